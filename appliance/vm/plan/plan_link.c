/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's network cards and where they lead: a link of this PC, or user mode. Which of them can be had. */
#include "vm/plan/plan_parts.h"

#include "base/i18n.h"
#include "base/net_name.h"

#include <errno.h>

static bool is_on_link(enum profile_network type)
{
	switch (type) {
	case PROFILE_NETWORK_USER:
	case PROFILE_NETWORK_NONE:
		break;
	case PROFILE_NETWORK_BRIDGE:
	case PROFILE_NETWORK_OVS:
	case PROFILE_NETWORK_MACVTAP:
	case PROFILE_NETWORK_PRIVATE:
		return true;
	}
	return false;
}

/* --- refusals --- */

static int check_rights(const struct planning *p, struct err *err)
{
	if (!p->options->session || p->options->makes_links)
		return 0;
	err_set(err, -EPERM,
	        _("its network is a link of this PC, which needs the system's daemon"));
	err_hint(err, _("start it without --session, or write type=user in [network]"));
	return plan_refuse(err, CODE_VM_SESSION);
}

static int check_kernel(const struct planning *p, const struct profile_net *want, struct err *err)
{
	if (want->type == PROFILE_NETWORK_MACVTAP || p->host->links.tun)
		return 0;
	err_set(err, -ENODEV, _("its network needs /dev/net/tun, which is not there"));
	err_hint(err, _("load it: modprobe tun"));
	return plan_refuse(err, CODE_NET_KERNEL);
}

static int refuse_absent(const char *name, struct err *err)
{
	err_set(err, -ENODEV, _("the network link %s is not there (/sys/class/net/%s)"), name,
	        name);
	err_hint(err, _("correct link= in [network]; playthrough profile offers lists those that "
	                "can be had"));
	return plan_refuse(err, CODE_NET_LINK);
}

static int refuse_down(const char *name, struct err *err)
{
	err_set(err, -ENETDOWN, _("the network link %s is down (/sys/class/net/%s/flags)"), name,
	        name);
	err_hint(err,
	        _("set it up: ip link set %s up; and have this PC's network configuration do "
	          "so at its start"),
	        name);
	return plan_refuse(err, CODE_NET_LINK);
}

/* Making a bridge of it for the asking could cut this PC's only way to its network: that stays a person's act. */
static int refuse_card(const char *name, struct err *err)
{
	err_set(err, -ENOTSUP,
	        _("%s is a network card and no bridge (/sys/class/net/%s/bridge is not there)"),
	        name, name);
	err_hint(err,
	        _("write type=macvtap, or make a bridge with %s in it in this PC's network "
	          "configuration, which moves this PC's addresses to the bridge and cuts its "
	          "connections meanwhile, and name that in link="),
	        name);
	return plan_refuse(err, CODE_NET_LINK);
}

static int refuse_no_bridge(const struct planning *p, const char *name, struct err *err)
{
	err_set(err, -ENOTSUP,
	        _("%s is no bridge of Linux (/sys/class/net/%s/bridge is not there)"), name, name);
	err_hint(err, p->host->links.ovs
	                      ? _("write type=ovs if it is one of Open vSwitch (ovs-vsctl list-br)")
	                      : _("name a bridge in link=; playthrough profile offers lists them"));
	return plan_refuse(err, CODE_NET_LINK);
}

static int check_vlan(
        const struct profile_net *want, const struct net_link *bridge, struct err *err)
{
	if (!want->vlan || bridge->vlan_filtering)
		return 0;
	err_set(err, -ENOTSUP,
	        _("vlan=%u: the bridge %s keeps no VLANs apart "
	          "(/sys/class/net/%s/bridge/vlan_filtering: 0)"),
	        want->vlan, bridge->name, bridge->name);
	err_hint(err,
	        _("switch it on in the bridge's configuration (ip link set %s type bridge "
	          "vlan_filtering 1), or name a bridge of that VLAN alone in link="),
	        bridge->name);
	return plan_refuse(err, CODE_NET_VLAN);
}

/* --- the kinds --- */

static int check_bridge(const struct planning *p, const struct profile_net *want, struct err *err)
{
	const char *name = want->link;
	const struct net_link *link = links_find(&p->host->links, name ? name : VM_BRIDGE);

	if (!name) /* made when it is not there */
		return link && !link->bridge ? refuse_no_bridge(p, VM_BRIDGE, err) : 0;
	if (!link)
		return refuse_absent(name, err);
	if (!link->bridge)
		return link->device ? refuse_card(name, err) : refuse_no_bridge(p, name, err);
	return link->up ? check_vlan(want, link, err) : refuse_down(name, err);
}

/* Which of its bridges are there only its data base knows: the act asks it. */
static int check_ovs(const struct planning *p, struct err *err)
{
	const struct net_links *links = &p->host->links;

	if (links->ovs && links->ovs_vsctl)
		return 0;
	err_set(err, -ENOENT, _("its network is of Open vSwitch, and %s is not there"),
	        links->ovs_vsctl ? OVS_SOCKET : OVS_PROGRAM);
	err_hint(err, links->ovs_vsctl ? _("start it: systemctl start openvswitch-switch")
	                               : _("install it (Debian: apt install openvswitch-switch)"));
	return plan_refuse(err, CODE_NET_PROGRAM);
}

static int check_macvtap(const struct planning *p, const struct profile_net *want, struct err *err)
{
	const char *name = want->link;
	const struct net_link *link = links_find(&p->host->links, name);

	if (!link)
		return refuse_absent(name, err);
	if (link->wireless) {
		err_set(err, -ENOTSUP, _("%s is a wireless card (/sys/class/net/%s/phy80211)"),
		        name, name);
		err_hint(err, _("write type=user, or name a wired network card: an access point "
		                "takes packets from this PC's address alone"));
		return plan_refuse(err, CODE_NET_WIRELESS);
	}
	if (!link->ethernet) {
		err_set(err, -ENOTSUP, _("%s is no Ethernet link (/sys/class/net/%s/type)"), name,
		        name);
		err_hint(err, _("name an Ethernet card, or write type=user"));
		return plan_refuse(err, CODE_NET_LINK);
	}
	if (link->upper) {
		err_set(err, -EBUSY, _("%s belongs to %s already (/sys/class/net/%s/master)"), name,
		        link->upper, name);
		err_hint(err, _("write link=%s, with type=bridge if it is a bridge"), link->upper);
		return plan_refuse(err, CODE_NET_LINK);
	}
	return link->up ? 0 : refuse_down(name, err);
}

static int check_user(const struct planning *p, const struct profile_net *want, struct err *err)
{
	if (want->backend != PROFILE_BACKEND_PASST || p->host->links.passt)
		return 0;
	err_set(err, -ENOENT, _("backend=passt, and %s is not there"), PASST_PROGRAM);
	err_hint(err, _("install it (Debian: apt install passt), or write backend=auto"));
	return plan_refuse(err, CODE_NET_PROGRAM);
}

static int check_type(const struct planning *p, const struct profile_net *want, struct err *err)
{
	switch (want->type) {
	case PROFILE_NETWORK_USER:
		return check_user(p, want, err);
	case PROFILE_NETWORK_BRIDGE:
		return check_bridge(p, want, err);
	case PROFILE_NETWORK_OVS:
		return check_ovs(p, err);
	case PROFILE_NETWORK_MACVTAP:
		return check_macvtap(p, want, err);
	case PROFILE_NETWORK_NONE:
	case PROFILE_NETWORK_PRIVATE:
		break;
	}
	return 0;
}

/* --- the card --- */

static int plan_vhost(const struct planning *p, const struct profile_net *want,
        struct vm_claim_net *net, struct err *err)
{
	const bool can = p->host->links.vhost_net && !net->e1000e;

	net->vhost = can && want->vhost != PROFILE_VHOST_NO;
	if (can || want->vhost != PROFILE_VHOST_YES)
		return 0;
	if (net->e1000e) {
		err_set(err, -ENOTSUP, _("vhost=yes, and the guest's network card is e1000e"));
		err_hint(err, _("write model=virtio, or vhost=auto"));
	} else {
		err_set(err, -ENODEV, _("vhost=yes, and /dev/vhost-net is not there"));
		err_hint(err, _("load it: modprobe vhost_net; or write vhost=auto"));
	}
	return plan_refuse(err, CODE_NET_KERNEL);
}

static void plan_queues(const struct planning *p, struct vm_claim_net *net)
{
	net->queues = 1;
	/* The namespace of a private one has no name by which a second queue would find it. */
	if (net->e1000e || net->type == PROFILE_NETWORK_PRIVATE)
		return;
	net->queues = p->profile->cpus < VM_QUEUES_MOST ? p->profile->cpus : VM_QUEUES_MOST;
}

static int plan_on_link(const struct planning *p, const struct profile_net *want,
        struct vm_claim_net *net, struct err *err)
{
	int r = check_rights(p, err);

	r = r < 0 ? r : check_kernel(p, want, err);
	r = r < 0 ? r : check_type(p, want, err);
	r = r < 0 ? r : plan_vhost(p, want, net, err);
	if (r < 0)
		return r;
	plan_queues(p, net);
	net->tap = net_link_of_vm(p->profile->name, want->name);
	net->own_bridge = net->type == PROFILE_NETWORK_BRIDGE && !want->link;
	net->link = xstrdup(net->own_bridge ? VM_BRIDGE : want->link);
	net->vlan = want->vlan;
	return 0;
}

/* It copies this PC's own addresses and way out, and does nothing without one: passt(1). */
static bool takes_passt(const struct planning *p, const struct profile_net *want)
{
	const struct net_links *links = &p->host->links;

	switch (want->backend) {
	case PROFILE_BACKEND_AUTO:
		return links->passt && links->way_out;
	case PROFILE_BACKEND_PASST:
		return true;
	case PROFILE_BACKEND_SLIRP:
		break;
	}
	return false;
}

/* The first card in user mode is left the address that QEMU gives it. */
static char *mac_of(const struct planning *p, const struct profile_net *want)
{
	if (want->mac)
		return xstrdup(want->mac);
	return is_on_link(want->type) || *want->name
	               ? net_mac_of_vm(p->profile->name, want->name, p->options->mac_seed)
	               : NULL;
}

static int plan_card(const struct planning *p, const struct profile_net *want, struct err *err)
{
	struct vm_claim_net *net = list_append(p->plan->nets, p->plan->n_nets);

	net->name = xstrdup(want->name);
	net->type = want->type;
	net->e1000e = profile_network_card(p->profile, want) == PROFILE_NIC_E1000E;
	net->mac = mac_of(p, want);
	if (is_on_link(net->type))
		return plan_on_link(p, want, net, err);
	net->forward = xstrdup(want->forward);
	net->queues = 1;
	net->passt = takes_passt(p, want);
	return check_type(p, want, err);
}

int plan_link(const struct planning *p, struct err *err)
{
	for (size_t i = 0; i < p->profile->n_nets; i++) {
		const struct profile_net *want = &p->profile->nets[i];
		int r = want->type == PROFILE_NETWORK_NONE ? 0 : plan_card(p, want, err);

		if (r < 0)
			return plan_network_error(want, r, err);
	}
	return 0;
}

char *vm_net_id(const struct vm_claim_net *net)
{
	return xasprintf("network%s%s", *net->name ? "-" : "", net->name);
}

int vm_plan_network_is_possible(const struct host *host, const struct profile *profile,
        const struct vm_options *options, struct err *err)
{
	struct vm_plan plan = {0};
	const struct planning p = {host, profile, options, &plan};
	int r = plan_link(&p, err);

	vm_plan_finish(&plan);
	return r;
}
