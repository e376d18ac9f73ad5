/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts of functions that stay with this PC, in the journal of the VM that has them. */
#include "vm/state.h"

#include "base/net_name.h"

#include <errno.h>

static const char *const kinds[] = {
        [VM_SHARE_NO] = "none",
        [VM_SHARE_VIRTUAL] = "virtual",
        [VM_SHARE_MEDIATED] = "mediated",
};

static json_t *to_json(const struct journal_share *s)
{
	return json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:b, s:s*, s:s*, s:b, s:s*, s:s*, s:i, "
	                 "s:s*, s:i, s:i}",
	        "kind", kinds[s->kind], "parent", pci_addr_format(s->parent).s, "vendor", s->vendor,
	        "device", s->device, "vf", (int)s->vf, "vfs", (int)s->vfs, "autoprobe",
	        s->autoprobe, "type", s->type, "uuid", s->uuid, "made", s->made, "link", s->link,
	        "mac", s->mac, "vlan", (int)s->vlan, "mac_was", s->mac_was, "vlan_was",
	        (int)s->vlan_was, "qos_was", (int)s->qos_was);
}

json_t *journal_shares_to_json(const struct journal *j)
{
	json_t *all = json_array();

	for (size_t i = 0; i < j->n_shares; i++)
		json_array_append_new(all, to_json(&j->shares[i]));
	return all;
}

static int load_kind(const char *word, enum vm_share_kind *out)
{
	for (size_t i = VM_SHARE_VIRTUAL; i < ARRAY_SIZE(kinds); i++) {
		if (!streq(kinds[i], word))
			continue;
		*out = (enum vm_share_kind)i;
		return 0;
	}
	return -EINVAL;
}

static bool are_numbers(int vf, int vfs, int vlan, int vlan_was, int qos_was)
{
	return vf >= 0 && vf < PROFILE_VIRTUAL_MOST && vfs >= 0 && vfs <= PROFILE_VIRTUAL_MOST &&
	       vlan >= 0 && vlan <= 4094 && vlan_was >= 0 && vlan_was <= 4095 && qos_was >= 0 &&
	       qos_was <= 7;
}

static int load(json_t *o, struct journal_share *s)
{
	const char *kind, *parent, *type = NULL, *uuid = NULL, *link = NULL, *mac = NULL;
	const char *mac_was = NULL;
	int vendor, device, vf, vfs, autoprobe, made, vlan, vlan_was, qos_was = 0;

	if (json_unpack(o,
	            "{s:s, s:s, s:i, s:i, s:i, s:i, s:b, s?s, s?s, s:b, s?s, s?s, s:i, s?s, s:i, "
	            "s?i}",
	            "kind", &kind, "parent", &parent, "vendor", &vendor, "device", &device, "vf",
	            &vf, "vfs", &vfs, "autoprobe", &autoprobe, "type", &type, "uuid", &uuid, "made",
	            &made, "link", &link, "mac", &mac, "vlan", &vlan, "mac_was", &mac_was,
	            "vlan_was", &vlan_was, "qos_was", &qos_was) < 0 ||
	        !are_numbers(vf, vfs, vlan, vlan_was, qos_was) ||
	        (link && net_link_check(link) < 0))
		return -EINVAL;
	*s = (struct journal_share){.vendor = (uint16_t)vendor,
	        .device = (uint16_t)device,
	        .vf = (unsigned)vf,
	        .vfs = (unsigned)vfs,
	        .autoprobe = autoprobe,
	        .type = xstrdup(type),
	        .uuid = xstrdup(uuid),
	        .made = made,
	        .link = xstrdup(link),
	        .mac = xstrdup(mac),
	        .vlan = (unsigned)vlan,
	        .mac_was = xstrdup(mac_was),
	        .vlan_was = (unsigned)vlan_was,
	        .qos_was = (unsigned)qos_was};
	if (load_kind(kind, &s->kind) < 0 || pci_addr_parse(parent, &s->parent) < 0)
		return -EINVAL;
	return s->kind == VM_SHARE_MEDIATED && (!s->type || !s->uuid) ? -EINVAL : 0;
}

int journal_shares_load(json_t *array, struct journal *j)
{
	json_t *o;
	size_t i;

	if (array && !json_is_array(array))
		return -EINVAL;
	json_array_foreach (array, i, o)
		if (load(o, list_append(j->shares, j->n_shares)) < 0)
			return -EINVAL;
	return 0;
}

void journal_shares_finish(struct journal *j)
{
	for (size_t i = 0; i < j->n_shares; i++) {
		free(j->shares[i].type);
		free(j->shares[i].uuid);
		free(j->shares[i].link);
		free(j->shares[i].mac);
		free(j->shares[i].mac_was);
	}
	free(take_ptr(j->shares));
	j->n_shares = 0;
}
