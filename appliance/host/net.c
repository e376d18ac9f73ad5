/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/net.h"
#include "host/attr.h"
#include "host/usb.h"

#include <errno.h>

#define INTERFACES "/sys/class/net"
#define STACK_MAX  8 /* VLAN on bridge on bond on port: more is a broken tree */

enum { ROUTE_UP = 0x1, ROUTE_REJECT = 0x200 }; /* linux/route.h */

static bool is_up_route(const char *flags)
{
	uint64_t value;

	return parse_u64(flags, 16, UINT32_MAX, &value) == 0 && value & ROUTE_UP &&
	       !(value & ROUTE_REJECT);
}

/* Iface Destination Gateway Flags RefCnt Use Metric Mask ... */
static const char *default_route4(const struct strv *f)
{
	if (f->n < 8 || !streq(f->list[1], "00000000") || !streq(f->list[7], "00000000"))
		return NULL;
	return is_up_route(f->list[3]) ? f->list[0] : NULL;
}

/* destination prefix source prefix next-hop metric refcount use flags interface */
static const char *default_route6(const struct strv *f)
{
	if (f->n < 10 || !streq(f->list[0], "00000000000000000000000000000000") ||
	        !streq(f->list[1], "00") || streq(f->list[9], "lo"))
		return NULL;
	return is_up_route(f->list[8]) ? f->list[9] : NULL;
}

static void take_routes(const struct root *root, const char *path,
        const char *(*default_route)(const struct strv *), struct strv *out)
{
	cleanup_free char *text = root_read(root, path);
	char *rest = text;

	for (char *line; (line = text_next_line(&rest));) {
		struct strv fields = {0};
		const char *name;

		strv_split(&fields, line, " \t");
		name = default_route(&fields);
		if (name && !strv_has(out, name))
			strv_add(out, name);
		strv_finish(&fields);
	}
}

/* Has it a default route itself, or has a bridge, bond or VLAN that stands on it? */
static bool carries_default(
        const struct root *root, const char *name, const struct strv *routes, int depth)
{
	cleanup_free char *folder = xasprintf(INTERFACES "/%s", name);
	struct strv entries = {0};
	bool found = strv_has(routes, name);

	if (found || depth >= STACK_MAX)
		return found;
	root_list(root, folder, &entries);
	strv_foreach (entry, &entries) {
		if (!found && starts_with(*entry, "upper_"))
			found = carries_default(root, *entry + strlen("upper_"), routes, depth + 1);
	}
	strv_finish(&entries);
	return found;
}

/*
 * In switchdev mode a card has a link for each of its functions beside those of its plugs. Linux, net/devlink/port.c,
 * __devlink_port_phys_port_name_get(): "p0" and "p0s1" are plugs, "pf0", "pf0vf1", "pf0sf88" and "c1pf0vf1" are functions.
 */
static bool is_of_function(const struct root *root, const char *name)
{
	cleanup_free char *port = attr_text(root, INTERFACES "/%s/phys_port_name", name);

	return port && (starts_with(port, "pf") || (starts_with(port, "c") && strstr(port, "pf")));
}

static void take_interface(
        const struct root *root, const char *name, const struct strv *routes, struct net *out)
{
	cleanup_free char *link = xasprintf(INTERFACES "/%s/device", name);
	cleanup_free char *real = root_real_path(root, link);
	cleanup_free char *state = NULL;
	struct net_interface *i;

	if (!real)
		return; /* lo, bridges, taps: no device behind them */
	state = attr_text(root, INTERFACES "/%s/operstate", name);
	i = list_append(out->list, out->n);
	i->name = text_clean(xstrdup(name));
	i->has_controller = path_controller(real, &i->controller);
	i->usb = usb_name_in_path(real);
	i->of_function = is_of_function(root, name);
	i->up = state && streq(state, "up");
	i->default_route = carries_default(root, name, routes, 0);
}

static void take_all_routes(const struct root *root, struct strv *out)
{
	take_routes(root, "/proc/net/route", default_route4, out);
	take_routes(root, "/proc/net/ipv6_route", default_route6, out);
}

bool net_has_default_route(const struct root *root)
{
	cleanup_strv struct strv routes = {0};

	take_all_routes(root, &routes);
	return routes.n;
}

int net_take(const struct root *root, struct net *out, struct err *err)
{
	struct strv names = {0}, routes = {0};
	int r = root_list(root, INTERFACES, &names);

	*out = (struct net){0};
	if (r < 0 && r != -ENOENT)
		return err_errno(err, r, "%s" INTERFACES, root->path);
	take_all_routes(root, &routes);
	strv_foreach (name, &names)
		take_interface(root, *name, &routes, out);
	strv_finish(&names);
	strv_finish(&routes);
	return 0;
}

void net_finish(struct net *net)
{
	for (size_t i = 0; i < net->n; i++) {
		free(net->list[i].name);
		free(net->list[i].usb);
	}
	free(net->list);
	*net = (struct net){0};
}
