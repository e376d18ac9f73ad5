/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/links.h"

#include "base/net_name.h"
#include "host/attr.h"
#include "host/net.h"

#define LINKS "/sys/class/net"

enum { ARPHRD_ETHERNET = 1, FLAG_UP = 0x1 }; /* linux/if_arp.h, linux/if.h */

static bool has(const struct root *root, const char *name, const char *entry)
{
	cleanup_free char *path = xasprintf(LINKS "/%s/%s", name, entry);

	return root_exists(root, path);
}

static uint64_t number(const struct root *root, const char *name, const char *entry, int base)
{
	cleanup_free char *path = xasprintf(LINKS "/%s/%s", name, entry);
	uint64_t value;

	return root_read_u64(root, path, base, &value) < 0 ? 0 : value;
}

static void take_link(const struct root *root, const char *name, struct net_links *out)
{
	struct net_link *l = list_append(out->list, out->n);
	cleanup_free char *master = xasprintf(LINKS "/%s/master", name);
	cleanup_free char *ports = xasprintf(LINKS "/%s/brif", name);

	*l = (struct net_link){.name = xstrdup(name),
	        .ethernet = number(root, name, "type", 10) == ARPHRD_ETHERNET && !streq(name, "lo"),
	        .up = number(root, name, "flags", 0) & FLAG_UP,
	        .device = has(root, name, "device"),
	        .wireless = has(root, name, "phy80211") || has(root, name, "wireless"),
	        .bridge = has(root, name, "bridge"),
	        .vlan_filtering = number(root, name, "bridge/vlan_filtering", 10) == 1,
	        .upper = root_link_name(root, master)};
	if (l->bridge)
		root_list(root, ports, &l->ports);
}

void links_take(const struct root *root, struct net_links *out)
{
	cleanup_strv struct strv names = {0};

	*out = (struct net_links){.tun = root_exists(root, "/dev/net/tun"),
	        .vhost_net = root_exists(root, "/dev/vhost-net"),
	        .ovs = root_exists(root, OVS_SOCKET),
	        .ovs_vsctl = root_exists(root, OVS_PROGRAM),
	        .passt = root_exists(root, PASST_PROGRAM),
	        .way_out = net_has_default_route(root)};
	root_list(root, LINKS, &names);
	strv_foreach (name, &names) {
		/* "bonding_masters" is a file beside the links. */
		if (net_link_check(*name) == 0 && has(root, *name, "type"))
			take_link(root, *name, out);
	}
}

void links_finish(struct net_links *links)
{
	for (size_t i = 0; i < links->n; i++) {
		free(links->list[i].name);
		free(links->list[i].upper);
		strv_finish(&links->list[i].ports);
	}
	free(links->list);
	*links = (struct net_links){0};
}

const struct net_link *links_find(const struct net_links *links, const char *name)
{
	for (size_t i = 0; i < links->n; i++)
		if (streq(links->list[i].name, name))
			return &links->list[i];
	return NULL;
}
