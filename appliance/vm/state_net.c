/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's network card in the journal of its VM. */
#include "vm/state.h"

#include "base/net_name.h"
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

json_t *journal_net_to_json(const struct journal_net *n)
{
	return json_pack("{s:s, s:s*, s:s*, s:s*, s:b, s:b, s:b, s:i, s:i, s:b}", "type",
	        types[n->type], "tap", n->tap, "link", n->link, "mac", n->mac, "own_bridge",
	        n->own_bridge, "passt", n->passt, "vhost", n->vhost, "vlan", (int)n->vlan, "queues",
	        (int)n->queues, "made", n->made);
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

int journal_net_load(json_t *o, struct journal_net *n)
{
	const char *type, *tap = NULL, *link = NULL, *mac = NULL;
	int own_bridge, passt, vhost, vlan, queues, made;

	if (!o) {
		n->type = PROFILE_NETWORK_NONE;
		return 0;
	}
	if (json_unpack(o, "{s:s, s?s, s?s, s?s, s:b, s:b, s:b, s:i, s:i, s:b}", "type", &type,
	            "tap", &tap, "link", &link, "mac", &mac, "own_bridge", &own_bridge, "passt",
	            &passt, "vhost", &vhost, "vlan", &vlan, "queues", &queues, "made", &made) < 0 ||
	        vlan < 0 || vlan > 4094 || queues < 0)
		return -EINVAL;
	*n = (struct journal_net){.tap = xstrdup(tap),
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

void journal_net_finish(struct journal_net *n)
{
	free(n->tap);
	free(n->link);
	free(n->mac);
	*n = (struct journal_net){0};
}
