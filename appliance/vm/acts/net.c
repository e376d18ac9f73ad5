/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/acts/net.h"

#include "base/i18n.h"
#include "base/net_name.h"
#include "vm/acts/net_parts.h"
#include "vm/plan/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#define TUN        "/dev/net/tun"
#define VHOST      "/dev/vhost-net"
#define LINKS      "/sys/class/net"
#define OUR_BRIDGE "Playthrough"
#define SETTLE_MS  2000

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* The alias of a link that was made for this card; caller frees. */
static char *alias_of(const struct act_link *l)
{
	return xasprintf("Playthrough: %s%s%s", l->vm, *l->card ? " " : "", l->card);
}

static int check(const struct act_link *l, struct err *err)
{
	cleanup_free char *tap = net_link_of_vm(l->vm, l->card),
	                  *mac = net_mac_parse(l->mac ? l->mac : "");

	if (streq(tap, l->tap) && mac && (!l->link || net_link_check(l->link) == 0) &&
	        (l->link || l->type == PROFILE_NETWORK_PRIVATE) && l->lock && l->vlan <= 4094 &&
	        l->queues >= 1 && l->queues <= VM_QUEUES_MOST &&
	        (!l->own_bridge || streq(l->link, VM_BRIDGE)))
		return 0;
	return err_set(err, -EINVAL, _("%s is not a link for VM %s"), l->tap, l->vm);
}

static int tell(int r, const char *name, struct err *err)
{
	return r < 0 ? err_errno(err, r, _("network link %s"), name) : 0;
}

/* The guest's address on the link of a macvtap; what a tap has itself must be another one. */
static void parse_mac(const char *text, uint8_t mac[NETLINK_MAC])
{
	for (unsigned i = 0; i < NETLINK_MAC; i++)
		mac[i] = (uint8_t)strtoul(text + 3 * i, NULL, 16);
}

/* A bridge takes the lowest address of its ports for its own: with fe before it, it never takes this one. */
static void parse_tap_mac(const char *text, uint8_t mac[NETLINK_MAC])
{
	parse_mac(text, mac);
	mac[0] = 0xfe;
}

/* 0: unknown */
static unsigned number_of(const struct root *root, const char *link, const char *file)
{
	cleanup_free char *path = xasprintf(LINKS "/%s/%s", link, file);
	uint64_t n;

	return root_read_u64(root, path, 10, &n) < 0 || n > UINT16_MAX ? 0 : (unsigned)n;
}

static unsigned mtu_of(const struct root *root, const char *link)
{
	return number_of(root, link, "mtu");
}

/* The VLAN that a bridge puts every new port in; 0: none. */
static unsigned default_vlan(const struct root *root, const char *bridge)
{
	return number_of(root, bridge, "bridge/default_pvid");
}

/* Whose it is, before anything of this name is made: -EEXIST where it is there. */
static int check_absent(int nl, const char *name, struct err *err)
{
	cleanup_free char *alias = NULL;
	int r = netlink_alias(nl, name, &alias);

	if (r < 0)
		return r == -ENODEV ? 0 : tell(r, name, err);
	err_set(err, -EEXIST, _("there is a network link %s already (ip -d link show %s): %s"),
	        name, name, *alias ? alias : _("not one of ours"));
	err_hint(err, _("remove it, or give the VM another name: ip link delete %s"), name);
	err_code(err, CODE_NET_LINK);
	return -EEXIST;
}

/* A kernel without IPv6 gives no such addresses anyway. */
static int set_link(int nl, int index, struct netlink_link *link)
{
	int r = netlink_set(nl, index, link);

	if (!link->no_addresses || (r != -EAFNOSUPPORT && r != -EINVAL))
		return r;
	link->no_addresses = false;
	return netlink_set(nl, index, link);
}

/* --- taps --- */

static int open_tun(const struct root *root, const char *name, bool many, int *fd, struct err *err)
{
	struct ifreq request = {.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR |
	                                             (many ? IFF_MULTI_QUEUE : 0))};
	cleanup_close int opened = root_openat(root, TUN, O_RDWR | O_NONBLOCK, 0);

	if (opened < 0)
		return err_errno(err, opened, TUN);
	strcpy(request.ifr_name, name);
	if (ioctl(opened, TUNSETIFF, &request) < 0)
		return err_errno(err, -errno, _("network link %s"), name);
	*fd = take_fd(opened);
	return 0;
}

/* Names the tap, and gives it what a port needs; it is up once it is plugged in. */
static int dress_tap(
        const struct root *root, int nl, const struct act_link *l, int master, struct err *err)
{
	cleanup_free char *alias = alias_of(l);
	struct netlink_link link = {.alias = alias, .master = master, .no_addresses = true};
	uint8_t mac[NETLINK_MAC];
	int index = netlink_index(nl, l->tap), r;

	parse_tap_mac(l->mac, mac);
	link.mac = mac;
	link.mtu = l->link ? mtu_of(root, l->link) : 0;
	r = index < 0 ? index : set_link(nl, index, &link);
	if (r == 0 && master && l->vlan)
		r = netlink_vlan(nl, index, l->vlan, default_vlan(root, l->link));
	r = r < 0 ? r : netlink_set(nl, index, &(struct netlink_link){.up = true});
	return tell(r, l->tap, err);
}

/* --- bridges --- */

static int make_bridge(int nl, struct err *err)
{
	struct netlink_link link = {
	        .name = VM_BRIDGE, .alias = OUR_BRIDGE, .up = true, .no_addresses = true};
	cleanup_free char *alias = NULL;
	int r = netlink_alias(nl, VM_BRIDGE, &alias);

	if (r == 0 && streq(alias, OUR_BRIDGE))
		return 0;
	r = check_absent(nl, VM_BRIDGE, err);
	if (r < 0)
		return r;
	r = netlink_add_bridge(nl, ACT_LINK_HALF);
	r = r < 0 ? r : netlink_index(nl, ACT_LINK_HALF);
	return tell(r < 0 ? r : set_link(nl, r, &link), VM_BRIDGE, err);
}

static int plug_bridge(const struct root *root, int nl, const struct act_link *l, struct err *err)
{
	int r = l->own_bridge ? make_bridge(nl, err) : 0;

	if (r < 0)
		return r;
	r = netlink_index(nl, l->link);
	return r < 0 ? tell(r, l->link, err) : dress_tap(root, nl, l, r, err);
}

static int make_tap(const struct root *root, const struct act_link *l, int *fd, struct err *err)
{
	cleanup_close int nl = netlink_open(), opened = -1;
	int r = nl < 0 ? tell(nl, l->tap, err) : check_absent(nl, l->tap, err);

	r = r < 0 ? r : open_tun(root, l->tap, l->queues > 1, &opened, err);
	if (r == 0 && l->type == PROFILE_NETWORK_BRIDGE)
		r = plug_bridge(root, nl, l, err);
	else if (r == 0)
		r = dress_tap(root, nl, l, 0, err);
	if (r == 0 && l->type == PROFILE_NETWORK_OVS)
		r = act_ovs_add(l, err);
	if (r == 0)
		*fd = take_fd(opened);
	return r;
}

/* --- macvtap --- */

/* Whether this is the node of which sysfs tells, "246:1". */
static bool is_node_of(const struct root *root, int fd, const char *name, int index)
{
	cleanup_free char *file = xasprintf(LINKS "/%s/tap%d/dev", name, index);
	cleanup_free char *want = root_read(root, file), *found = NULL;
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) || !want)
		return false;
	found = xasprintf("%u:%u", major(st.st_rdev), minor(st.st_rdev));
	return streq(found, want);
}

/* The kernel or udev makes the node, in a moment; until then one of another namespace's link may be in its place. */
static int open_node(const struct root *root, const char *name, int index, int *fd, struct err *err)
{
	cleanup_free char *node = xasprintf("/dev/tap%d", index);
	int opened = -ENOENT;

	for (long waited = 0; waited <= SETTLE_MS; waited += 20) {
		if (waited)
			sleep_ms(20);
		opened = root_openat(root, node, O_RDWR | O_NONBLOCK, 0);
		if (opened >= 0 && is_node_of(root, opened, name, index)) {
			*fd = opened;
			return 0;
		}
		close_fd(&opened);
	}
	if (root_exists(root, node))
		return err_set(err, -EXDEV, _("%s is not the network link %s"), node, name);
	return err_errno(err, -ENOENT, "%s", node);
}

static int open_macvtap(
        const struct root *root, int nl, const struct act_link *l, int *fd, struct err *err)
{
	struct ifreq request = {.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR |
	                                             (l->queues > 1 ? IFF_MULTI_QUEUE : 0))};
	cleanup_close int opened = -1;
	int index = netlink_index(nl, l->tap);
	int r = index < 0 ? tell(index, l->tap, err) : open_node(root, l->tap, index, &opened, err);

	if (r < 0)
		return r;
	strcpy(request.ifr_name, l->tap);
	if (ioctl(opened, TUNSETIFF, &request) < 0)
		return err_errno(err, -errno, _("network link %s"), l->tap);
	*fd = take_fd(opened);
	return 0;
}

static int remove_macvtap(int nl, const struct act_link *l)
{
	cleanup_free char *alias = NULL, *ours = alias_of(l);
	int index = netlink_index(nl, l->tap), r = netlink_alias(nl, l->tap, &alias);

	if (r < 0 || !streq(alias, ours))
		return r == -ENODEV ? 0 : r;
	r = index < 0 ? index : netlink_remove(nl, index);
	return r == -ENODEV ? 0 : r;
}

/* It outlives its QEMU: one with the name of this VM, which does not run, is left of an earlier run. */
static int clear_macvtap(int nl, const struct act_link *l, struct err *err)
{
	int r = tell(remove_macvtap(nl, l), l->tap, err);

	return r < 0 ? r : check_absent(nl, l->tap, err);
}

static int make_macvtap(const struct root *root, const struct act_link *l, int *fd, struct err *err)
{
	cleanup_free char *alias = alias_of(l);
	cleanup_close int nl = netlink_open();
	const struct netlink_link dress = {.name = l->tap, .alias = alias, .up = true};
	uint8_t mac[NETLINK_MAC];
	const struct netlink_link link = {.mac = mac};
	int parent = nl < 0 ? nl : netlink_index(nl, l->link);
	int r = parent < 0 ? tell(parent, l->link, err) : clear_macvtap(nl, l, err);

	if (r < 0)
		return r;
	parse_mac(l->mac, mac);
	/* An alias is not heard when a link is made. */
	r = netlink_add_macvtap(nl, ACT_LINK_HALF, parent, &link);
	r = r < 0 ? r : netlink_index(nl, ACT_LINK_HALF);
	r = tell(r < 0 ? r : netlink_set(nl, r, &dress), l->tap, err);
	r = r < 0 ? r : open_macvtap(root, nl, l, fd, err);
	if (r < 0)
		remove_macvtap(nl, l);
	return r;
}

/* --- a network with this PC alone --- */

/* Within the new namespace: tap and veth on a bridge. All of it goes with the last descriptor of the tap. */
static int build_private(const struct root *root, int nl, int netns, const struct act_link *l,
        int *fd, struct err *err)
{
	cleanup_close int opened = -1;
	const struct netlink_link up = {.up = true};
	struct netlink_link port = {.up = true};
	int r = open_tun(root, "tap0", false, &opened, err);

	if (r < 0)
		return r;
	r = netlink_add_bridge(nl, "bridge0");
	r = r < 0 ? r : netlink_add_veth(nl, "veth0", l->tap, netns);
	port.master = r < 0 ? r : netlink_index(nl, "bridge0");
	r = port.master < 0 ? port.master : netlink_set(nl, port.master, &up);
	r = r < 0 ? r : netlink_set(nl, netlink_index(nl, "veth0"), &port);
	r = r < 0 ? r : netlink_set(nl, netlink_index(nl, "tap0"), &port);
	if (r == 0)
		*fd = take_fd(opened);
	return tell(r, l->tap, err);
}

static int make_private(const struct root *root, const struct act_link *l, int *fd, struct err *err)
{
	cleanup_close int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), inside = -1;
	cleanup_close int nl = netlink_open(), opened = -1;
	cleanup_free char *alias = alias_of(l);
	const struct netlink_link end = {.alias = alias, .up = true};
	int r = nl < 0 ? tell(nl, l->tap, err) : check_absent(nl, l->tap, err);

	if (r < 0)
		return r;
	if (here < 0 || unshare(CLONE_NEWNET) < 0)
		return err_errno(err, -errno, _("a network namespace for VM %s"), l->vm);
	inside = netlink_open();
	r = inside < 0 ? tell(inside, l->tap, err)
	               : build_private(root, inside, here, l, &opened, err);
	r = r < 0 ? r : tell(netlink_set(nl, netlink_index(nl, l->tap), &end), l->tap, err);
	if (r == 0)
		*fd = take_fd(opened);
	return r;
}

/* --- the calls --- */

static int open_more(const struct root *root, const struct act_link *l, int *fd, struct err *err)
{
	cleanup_close int nl = -1;

	if (l->type != PROFILE_NETWORK_MACVTAP)
		return open_tun(root, l->tap, true, fd, err);
	nl = netlink_open();
	return nl < 0 ? tell(nl, l->tap, err) : open_macvtap(root, nl, l, fd, err);
}

/*
 * Whoever has it makes or removes links alone: what one finds is still so when it acts on that. What one has left half made,
 * and was killed, goes. Given up with the descriptor.
 */
static int take_turn(const struct root *root, const struct act_link *l, int *lock, struct err *err)
{
	cleanup_close int nl = -1;
	int index;

	*lock = root_openat(root, l->lock, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
	if (*lock < 0)
		return err_errno(err, *lock, "%s", l->lock);
	if (flock(*lock, LOCK_EX) < 0)
		return err_errno(err, -errno, "%s", l->lock);
	nl = netlink_open();
	index = nl < 0 ? nl : netlink_index(nl, ACT_LINK_HALF);
	return tell(index < 0 ? 0 : netlink_remove(nl, index), ACT_LINK_HALF, err);
}

int act_link_open(
        const struct root *root, const struct act_link *l, unsigned queue, int *fd, struct err *err)
{
	cleanup_close int lock = -1;
	int r = check(l, err);

	if (r < 0)
		return r;
	if (queue)
		return open_more(root, l, fd, err);
	r = take_turn(root, l, &lock, err);
	if (r < 0)
		return r;
	switch (l->type) {
	case PROFILE_NETWORK_BRIDGE:
	case PROFILE_NETWORK_OVS:
		return make_tap(root, l, fd, err);
	case PROFILE_NETWORK_MACVTAP:
		return make_macvtap(root, l, fd, err);
	case PROFILE_NETWORK_PRIVATE:
		return make_private(root, l, fd, err);
	case PROFILE_NETWORK_USER:
	case PROFILE_NETWORK_NONE:
		break;
	}
	return err_set(err, -EINVAL, _("%s is not a link for VM %s"), l->tap, l->vm);
}

int act_vhost_open(const struct root *root, int *fd, struct err *err)
{
	*fd = root_openat(root, VHOST, O_RDWR, 0);
	return *fd < 0 ? err_errno(err, *fd, VHOST) : 0;
}

/* Where no other VM is on it. Its own tap may be a moment behind its QEMU. */
static int remove_bridge(const struct root *root, int nl, struct err *err)
{
	cleanup_free char *alias = NULL;
	cleanup_strv struct strv ports = {0};
	int index = netlink_index(nl, VM_BRIDGE), r = netlink_alias(nl, VM_BRIDGE, &alias);

	if (r < 0 || !streq(alias, OUR_BRIDGE))
		return r == -ENODEV ? 0 : tell(r, VM_BRIDGE, err);
	root_list(root, LINKS "/" VM_BRIDGE "/brif", &ports);
	if (ports.n)
		return 0;
	r = index < 0 ? index : netlink_remove(nl, index);
	return r == -ENODEV ? 0 : tell(r, VM_BRIDGE, err);
}

static void await_gone(int nl, const char *name)
{
	for (long waited = 0; netlink_index(nl, name) >= 0 && waited <= SETTLE_MS; waited += 20)
		sleep_ms(20);
}

int act_link_remove(const struct root *root, const struct act_link *l, struct err *err)
{
	cleanup_close int nl = netlink_open(), lock = -1;
	int r = nl < 0 ? tell(nl, l->tap, err) : check(l, err);

	if (r < 0)
		return r;
	if (l->type == PROFILE_NETWORK_MACVTAP)
		return tell(remove_macvtap(nl, l), l->tap, err);
	await_gone(nl, l->tap);
	if (l->own_bridge) {
		r = take_turn(root, l, &lock, err);
		return r < 0 ? r : remove_bridge(root, nl, err);
	}
	return l->type == PROFILE_NETWORK_OVS ? act_ovs_remove(l, err) : 0;
}
