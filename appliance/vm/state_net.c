/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's network cards in the journal of its VM. */
#include "vm/state.h"

#include "base/net_name.h"
#include "profile/file.h"
#include "vm/plan/plan.h"

#include <errno.h>

static const char *const types[] = {
        [PROFILE_NETWORK_USER] = "user",
        [PROFILE_NETWORK_NONE] = "none",
        [PROFILE_NETWORK_BRIDGE] = "bridge",
        [PROFILE_NETWORK_OVS] = "ovs",
        [PROFILE_NETWORK_MACVTAP] = "macvtap",
        [PROFILE_NETWORK_PRIVATE] = "private",
};

static json_t *to_json(const struct journal_net *n)
{
	return json_pack("{s:s, s:s, s:s*, s:s*, s:s*, s:b, s:b, s:b, s:i, s:i, s:b}", "name",
	        n->name, "type", types[n->type], "tap", n->tap, "link", n->link, "mac", n->mac,
	        "own_bridge", n->own_bridge, "passt", n->passt, "vhost", n->vhost, "vlan",
	        (int)n->vlan, "queues", (int)n->queues, "made", n->made);
}

json_t *journal_nets_to_json(const struct journal *j)
{
	json_t *all = json_array();

	for (size_t i = 0; i < j->n_nets; i++)
		json_array_append_new(all, to_json(&j->nets[i]));
	return all;
}

static int load_type(const char *word, enum profile_network *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (!streq(types[i], word))
			continue;
		*out = (enum profile_network)i;
		return 0;
	}
	return -EINVAL;
}

/* What is made can be removed again only if all of it is what it was. */
static bool is_whole(const struct journal_net *n)
{
	if ((n->tap && net_link_check(n->tap) < 0) || (n->link && net_link_check(n->link) < 0))
		return false;
	return !n->made || (n->tap && n->mac && n->queues >= 1 && n->queues <= VM_QUEUES_MOST);
}

static int load_one(json_t *o, struct journal *j)
{
	const char *name = "", *type, *tap = NULL, *link = NULL, *mac = NULL;
	int own_bridge = 0, passt = 0, vhost = 0, vlan = -1, queues = -1, made = 0;
	struct journal_net *n;

	if (json_unpack(o, "{s?s, s:s, s?s, s?s, s?s, s:b, s:b, s:b, s:i, s:i, s:b}", "name", &name,
	            "type", &type, "tap", &tap, "link", &link, "mac", &mac, "own_bridge",
	            &own_bridge, "passt", &passt, "vhost", &vhost, "vlan", &vlan, "queues", &queues,
	            "made", &made) < 0 ||
	        vlan < 0 || vlan > 4094 || queues < 0 || (*name && !ini_is_section_name(name)) ||
	        j->n_nets == PROFILE_NETS_MOST)
		return -EINVAL;
	n = list_append(j->nets, j->n_nets);
	*n = (struct journal_net){.name = xstrdup(name),
	        .tap = xstrdup(tap),
	        .link = xstrdup(link),
	        .mac = xstrdup(mac),
	        .own_bridge = own_bridge,
	        .passt = passt,
	        .vhost = vhost,
	        .vlan = (unsigned)vlan,
	        .queues = (unsigned)queues,
	        .made = made};
	return load_type(type, &n->type) < 0 || !is_whole(n) ? -EINVAL : 0;
}

/* It wrote type=none where there was no card. */
static int load_older(json_t *o, struct journal *j)
{
	const char *type = json_string_value(json_object_get(o, "type"));

	return !o || (type && streq(type, types[PROFILE_NETWORK_NONE])) ? 0 : load_one(o, j);
}

int journal_nets_load(const json_t *all, struct journal *j)
{
	json_t *nets = json_object_get(all, "nets"), *o;
	size_t i;
	int r = 0;

	if (!nets)
		return load_older(json_object_get(all, "net"), j);
	if (!json_is_array(nets))
		return -EINVAL;
	json_array_foreach (nets, i, o)
		r = r < 0 ? r : load_one(o, j);
	return r;
}

void journal_nets_finish(struct journal *j)
{
	for (size_t i = 0; i < j->n_nets; i++) {
		free(j->nets[i].name);
		free(j->nets[i].tap);
		free(j->nets[i].link);
		free(j->nets[i].mac);
	}
	free(j->nets);
	j->nets = NULL;
	j->n_nets = 0;
}
