/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's arguments for the guest's network cards. */
#include "vm/plan/plan_parts.h"

#include "profile/forward.h"

/* https://www.qemu.org/docs/master/system/invocation.html: hostfwd=[tcp|udp]:[hostaddr]:hostport-[guestaddr]:guestport */
static void add_slirp(const struct planning *p, const struct vm_claim_net *net, const char *id)
{
	cleanup_strv struct strv parts = {0};
	cleanup_free char *value = NULL;
	struct forwards forwards;

	strv_addf(&parts, "user,id=%s", id);
	forwards_parse(net->forward, &forwards, NULL);
	for (size_t i = 0; i < forwards.n; i++) {
		const struct forward *f = &forwards.list[i];

		for (unsigned k = 0; k < f->count; k++)
			strv_addf(&parts, "hostfwd=%s:%s:%u-:%u", f->udp ? "udp" : "tcp",
			        f->address, f->port + k, f->guest + k);
	}
	forwards_finish(&forwards);
	value = strv_join(&parts, ",");
	args_option(&p->plan->args, "-netdev", "%s", value);
}

static void add_passt(const struct planning *p, size_t index, const char *id)
{
	unsigned fd = plan_add_fd(p->plan, VM_FD_PASST, index, NULL, true);

	args_option(&p->plan->args, "-netdev", "stream,id=%s,server=off,addr.type=fd,addr.str=%u",
	        id, fd);
}

/* "10:11": a descriptor for each queue. Caller frees. */
static char *add_queues(const struct planning *p, size_t index, enum vm_fd_kind kind)
{
	cleanup_strv struct strv numbers = {0};
	struct vm_plan *plan = p->plan;

	for (unsigned i = 0; i < plan->nets[index].queues; i++) {
		strv_addf(&numbers, "%u", plan_add_fd(plan, kind, index, NULL, true));
		plan->fds[plan->n_fds - 1].queue = i;
	}
	return strv_join(&numbers, ":");
}

static void add_tap(const struct planning *p, size_t index, const char *id)
{
	const struct vm_claim_net *net = &p->plan->nets[index];
	const char *many = net->queues > 1 ? "s" : "";
	cleanup_free char *taps = add_queues(p, index, VM_FD_TAP);
	cleanup_free char *vhosts = net->vhost ? add_queues(p, index, VM_FD_VHOST) : NULL;

	if (vhosts)
		args_option(&p->plan->args, "-netdev", "tap,id=%s,fd%s=%s,vhost=on,vhostfd%s=%s",
		        id, many, taps, many, vhosts);
	else
		args_option(&p->plan->args, "-netdev", "tap,id=%s,fd%s=%s", id, many, taps);
}

/* No boot ROM: it would only look for a boot server. A queue has two vectors; the card itself has two more. */
static void add_card(const struct planning *p, size_t index, const char *id)
{
	const struct vm_claim_net *net = &p->plan->nets[index];
	cleanup_free char *mac = net->mac ? xasprintf(",mac=%s", net->mac) : xstrdup("");
	cleanup_free char *queues =
	        net->queues > 1 ? xasprintf(",mq=on,vectors=%u", 2 * net->queues + 2) : xstrdup("");
	const bool more = index == 0 && p->plan->n_nets > 1;

	args_option(&p->plan->args, "-device",
	        "%s,id=nic%s%s,netdev=%s,romfile=%s%s,bus=pcie.0,addr=%02x.%zu%s",
	        net->e1000e ? "e1000e" : "virtio-net-pci", *net->name ? "-" : "", net->name, id,
	        mac, queues, SLOT_NETWORK, index, more ? ",multifunction=on" : "");
}

static void add_network(const struct planning *p, size_t index)
{
	const struct vm_claim_net *net = &p->plan->nets[index];
	cleanup_free char *id = vm_net_id(net);

	switch (net->type) {
	case PROFILE_NETWORK_NONE:
		return;
	case PROFILE_NETWORK_USER:
		if (net->passt)
			add_passt(p, index, id);
		else
			add_slirp(p, net, id);
		break;
	case PROFILE_NETWORK_BRIDGE:
	case PROFILE_NETWORK_OVS:
	case PROFILE_NETWORK_MACVTAP:
	case PROFILE_NETWORK_PRIVATE:
		add_tap(p, index, id);
		break;
	}
	add_card(p, index, id);
}

void args_network(const struct planning *p)
{
	if (!p->plan->n_nets)
		args_option(&p->plan->args, "-nic", "none");
	for (size_t i = 0; i < p->plan->n_nets; i++)
		add_network(p, i);
}
