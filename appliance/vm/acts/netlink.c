/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/acts/netlink.h"

#include "base/util.h"

#include <assert.h>
#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ANSWER_S 5

/* A request, which grows behind its head; aligned as the kernel wants it. */
struct request {
	struct nlmsghdr head;
	struct ifinfomsg link;
	char room[1024];
};

int netlink_open(void)
{
	const struct timeval patience = {.tv_sec = ANSWER_S};
	const int on = 1;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	return fd;
}

/* --- requests --- */

static struct request begin(uint16_t type, uint16_t flags, int index)
{
	return (struct request){.head = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
	                                .nlmsg_type = type,
	                                .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags,
	                                .nlmsg_seq = 1},
	        .link = {.ifi_family = AF_UNSPEC, .ifi_index = index}};
}

static void *tail(struct request *r)
{
	return (char *)r + NLMSG_ALIGN(r->head.nlmsg_len);
}

static struct rtattr *put(struct request *r, unsigned short type, const void *data, size_t size)
{
	struct rtattr *a = tail(r);

	assert(NLMSG_ALIGN(r->head.nlmsg_len) + RTA_SPACE(size) <= sizeof(*r));
	a->rta_type = type;
	a->rta_len = (unsigned short)RTA_LENGTH(size);
	if (size)
		memcpy(RTA_DATA(a), data, size);
	r->head.nlmsg_len = NLMSG_ALIGN(r->head.nlmsg_len) + (uint32_t)RTA_SPACE(size);
	return a;
}

static void put_text(struct request *r, unsigned short type, const char *text)
{
	put(r, type, text, strlen(text) + 1);
}

static void put_u32(struct request *r, unsigned short type, uint32_t value)
{
	put(r, type, &value, sizeof(value));
}

static struct rtattr *nest(struct request *r, unsigned short type)
{
	return put(r, type | NLA_F_NESTED, NULL, 0);
}

static void end_nest(struct request *r, struct rtattr *a)
{
	a->rta_len = (unsigned short)((char *)tail(r) - (char *)a);
}

static void put_link(struct request *r, const struct netlink_link *link)
{
	if (link->up)
		r->link.ifi_flags = r->link.ifi_change = IFF_UP;
	if (link->name)
		put_text(r, IFLA_IFNAME, link->name);
	if (link->alias)
		put(r, IFLA_IFALIAS, link->alias, strlen(link->alias));
	if (link->mac)
		put(r, IFLA_ADDRESS, link->mac, NETLINK_MAC);
	if (link->mtu)
		put_u32(r, IFLA_MTU, link->mtu);
	if (link->master)
		put_u32(r, IFLA_MASTER, (uint32_t)link->master);
	if (link->no_addresses) {
		struct rtattr *family = nest(r, IFLA_AF_SPEC), *inet6 = nest(r, AF_INET6);
		const uint8_t none = IN6_ADDR_GEN_MODE_NONE;

		put(r, IFLA_INET6_ADDR_GEN_MODE, &none, sizeof(none));
		end_nest(r, inet6);
		end_nest(r, family);
	}
}

/* --- answers --- */

/* The kernel's answer to one request: a message, or 0 or -errno of its acknowledgement. */
static int receive(int nl, void *answer, size_t size)
{
	struct nlmsghdr *head = answer;
	ssize_t n = recv(nl, answer, size, 0);
	const struct nlmsgerr *error;

	if (n < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	if (!NLMSG_OK(head, (size_t)n))
		return -EPROTO;
	if (head->nlmsg_type != NLMSG_ERROR)
		return 1;
	error = NLMSG_DATA(head);
	return head->nlmsg_len < NLMSG_LENGTH(sizeof(error->error)) ? -EPROTO : error->error;
}

static int transact(int nl, const struct request *r)
{
	char answer[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
	int result;

	if (send(nl, r, r->head.nlmsg_len, 0) < 0)
		return -errno;
	do
		result = receive(nl, answer, sizeof(answer));
	while (result > 0);
	return result;
}

/* --- what is known --- */

/* The first of that type from @a on, in @left bytes; NULL: there is none. */
static struct rtattr *find(struct rtattr *a, int left, unsigned short type)
{
	for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if ((a->rta_type & NLA_TYPE_MASK) == type)
			return a;
	}
	return NULL;
}

static struct rtattr *find_in_link(struct nlmsghdr *head, unsigned short type)
{
	int left = (int)head->nlmsg_len - (int)NLMSG_LENGTH(sizeof(struct ifinfomsg));

	return find(IFLA_RTA((struct ifinfomsg *)NLMSG_DATA(head)), left, type);
}

/* What is known of a link, which is large where it has many addresses or functions; caller frees. NULL with errno. */
static struct nlmsghdr *ask_link(int nl, const struct request *r)
{
	const size_t size = 262144;
	cleanup_free void *answer = xcalloc(1, size);
	struct nlmsghdr *head = answer, *link = NULL;
	int result = send(nl, r, r->head.nlmsg_len, 0) < 0 ? -errno : 1;

	while (result > 0) {
		result = receive(nl, answer, size);
		if (result > 0 && !link && head->nlmsg_type == RTM_NEWLINK) {
			link = xcalloc(1, head->nlmsg_len);
			memcpy(link, head, head->nlmsg_len);
		}
	}
	errno = result < 0 ? -result : ENODEV;
	return link;
}

static int ask_alias(int nl, int index, char **out)
{
	const struct request r = begin(RTM_GETLINK, 0, index);
	cleanup_free struct nlmsghdr *link = ask_link(nl, &r);
	struct rtattr *a = link ? find_in_link(link, IFLA_IFALIAS) : NULL;

	if (!link)
		return -errno;
	*out = a ? xstrndup(RTA_DATA(a), strnlen(RTA_DATA(a), RTA_PAYLOAD(a))) : xstrdup("");
	return 0;
}

int netlink_index(int nl, const char *name)
{
	struct ifreq request = {0};

	if (strlen(name) >= sizeof(request.ifr_name))
		return -ENODEV;
	strcpy(request.ifr_name, name);
	return ioctl(nl, SIOCGIFINDEX, &request) < 0 ? -errno : request.ifr_ifindex;
}

int netlink_alias(int nl, const char *name, char **out)
{
	int index = netlink_index(nl, name);

	return index < 0 ? index : ask_alias(nl, index, out);
}

/* --- acts --- */

int netlink_set(int nl, int index, const struct netlink_link *link)
{
	struct request r = begin(RTM_NEWLINK, 0, index);

	put_link(&r, link);
	return transact(nl, &r);
}

int netlink_remove(int nl, int index)
{
	struct request r = begin(RTM_DELLINK, 0, index);

	return transact(nl, &r);
}

int netlink_add_bridge(int nl, const char *name)
{
	struct request r = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);
	struct rtattr *info;

	put_text(&r, IFLA_IFNAME, name);
	info = nest(&r, IFLA_LINKINFO);
	put_text(&r, IFLA_INFO_KIND, "bridge");
	end_nest(&r, info);
	return transact(nl, &r);
}

int netlink_add_macvtap(int nl, const char *name, int parent, const struct netlink_link *link)
{
	struct request r = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);
	struct rtattr *info, *data;

	put_text(&r, IFLA_IFNAME, name);
	put_u32(&r, IFLA_LINK, (uint32_t)parent);
	put_link(&r, link);
	info = nest(&r, IFLA_LINKINFO);
	put_text(&r, IFLA_INFO_KIND, "macvtap");
	data = nest(&r, IFLA_INFO_DATA);
	put_u32(&r, IFLA_MACVLAN_MODE, MACVLAN_MODE_BRIDGE);
	end_nest(&r, data);
	end_nest(&r, info);
	return transact(nl, &r);
}

int netlink_add_veth(int nl, const char *name, const char *peer, int netns)
{
	struct request r = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);
	const struct ifinfomsg other = {.ifi_family = AF_UNSPEC};
	struct rtattr *info, *data, *end;

	put_text(&r, IFLA_IFNAME, name);
	info = nest(&r, IFLA_LINKINFO);
	put_text(&r, IFLA_INFO_KIND, "veth");
	data = nest(&r, IFLA_INFO_DATA);
	end = put(&r, VETH_INFO_PEER | NLA_F_NESTED, &other, sizeof(other));
	put_text(&r, IFLA_IFNAME, peer);
	put_u32(&r, IFLA_NET_NS_FD, (uint32_t)netns);
	end_nest(&r, end);
	end_nest(&r, data);
	end_nest(&r, info);
	return transact(nl, &r);
}

static int change_vlan(int nl, uint16_t type, int index, uint16_t vlan, uint16_t flags)
{
	const struct bridge_vlan_info info = {.flags = flags, .vid = vlan};
	struct request r = begin(type, 0, index);
	struct rtattr *spec;

	r.link.ifi_family = AF_BRIDGE;
	spec = nest(&r, IFLA_AF_SPEC);
	put(&r, IFLA_BRIDGE_VLAN_INFO, &info, sizeof(info));
	end_nest(&r, spec);
	return transact(nl, &r);
}

int netlink_vlan(int nl, int index, unsigned vlan, unsigned before)
{
	const uint16_t flags = BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED;
	int r = change_vlan(nl, RTM_SETLINK, index, (uint16_t)vlan, flags);

	if (r < 0 || !before || before == vlan)
		return r;
	return change_vlan(nl, RTM_DELLINK, index, (uint16_t)before, 0);
}

/* --- virtual functions --- */

/* Whether this IFLA_VF_INFO is of @vf, and what it says. */
static bool read_vf(struct rtattr *info, unsigned vf, struct netlink_vf *out)
{
	struct rtattr *mac = find(RTA_DATA(info), (int)RTA_PAYLOAD(info), IFLA_VF_MAC);
	struct rtattr *vlan = find(RTA_DATA(info), (int)RTA_PAYLOAD(info), IFLA_VF_VLAN);
	struct ifla_vf_mac m;
	struct ifla_vf_vlan v;

	if (!mac || !vlan || RTA_PAYLOAD(mac) < sizeof(m) || RTA_PAYLOAD(vlan) < sizeof(v))
		return false;
	memcpy(&m, RTA_DATA(mac), sizeof(m));
	memcpy(&v, RTA_DATA(vlan), sizeof(v));
	if (m.vf != vf || v.vf != vf)
		return false;
	memcpy(out->mac, m.mac, NETLINK_MAC);
	out->vlan = v.vlan;
	out->qos = v.qos;
	return true;
}

int netlink_vf_get(int nl, int index, unsigned vf, struct netlink_vf *out)
{
	struct request r = begin(RTM_GETLINK, 0, index);
	cleanup_free struct nlmsghdr *link = NULL;
	struct rtattr *list, *a;
	int left;

	put_u32(&r, IFLA_EXT_MASK, RTEXT_FILTER_VF);
	link = ask_link(nl, &r);
	if (!link)
		return -errno;
	list = find_in_link(link, IFLA_VFINFO_LIST);
	left = list ? (int)RTA_PAYLOAD(list) : 0;
	for (a = list ? RTA_DATA(list) : NULL; a && RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if ((a->rta_type & NLA_TYPE_MASK) == IFLA_VF_INFO && read_vf(a, vf, out))
			return 0;
	}
	return -ENODEV;
}

int netlink_vf_set(
        int nl, int index, unsigned vf, const struct netlink_vf *was, const struct netlink_vf *will)
{
	const struct ifla_vf_vlan vlan = {.vf = vf, .vlan = will->vlan, .qos = will->qos};
	struct request r = begin(RTM_NEWLINK, 0, index);
	struct ifla_vf_mac mac = {.vf = vf};
	struct rtattr *list = nest(&r, IFLA_VFINFO_LIST), *info = nest(&r, IFLA_VF_INFO);
	bool other_mac = memcmp(was->mac, will->mac, NETLINK_MAC) != 0;
	bool other_vlan = was->vlan != will->vlan || was->qos != will->qos;

	memcpy(mac.mac, will->mac, NETLINK_MAC);
	if (other_mac)
		put(&r, IFLA_VF_MAC, &mac, sizeof(mac));
	if (other_vlan)
		put(&r, IFLA_VF_VLAN, &vlan, sizeof(vlan));
	end_nest(&r, info);
	end_nest(&r, list);
	return other_mac || other_vlan ? transact(nl, &r) : 0;
}
