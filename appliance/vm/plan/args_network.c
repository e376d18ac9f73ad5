/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's arguments for the guest's network. */
#include "vm/plan/plan_parts.h"

#include "profile/forward.h"

/* https://www.qemu.org/docs/master/system/invocation.html: hostfwd=[tcp|udp]:[hostaddr]:hostport-[guestaddr]:guestport */
static void add_slirp(const struct planning *p)
{
	cleanup_strv struct strv parts = {0};
	cleanup_free char *value = NULL;
	struct forwards forwards;

	strv_add(&parts, "user,id=network");
	forwards_parse(p->profile->forward, &forwards, NULL);
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

static void add_passt(const struct planning *p)
{
	unsigned fd = plan_add_fd(p->plan, VM_FD_PASST, 0, NULL, true);

	args_option(&p->plan->args, "-netdev",
	        "stream,id=network,server=off,addr.type=fd,addr.str=%u", fd);
}

/* "10:11": a descriptor for each queue. Caller frees. */
static char *add_queues(const struct planning *p, enum vm_fd_kind kind)
{
	cleanup_strv struct strv numbers = {0};

	for (unsigned i = 0; i < p->plan->net.queues; i++)
		strv_addf(&numbers, "%u", plan_add_fd(p->plan, kind, i, NULL, true));
	return strv_join(&numbers, ":");
}

static void add_tap(const struct planning *p)
{
	const struct vm_claim_net *net = &p->plan->net;
	const char *many = net->queues > 1 ? "s" : "";
	cleanup_free char *taps = add_queues(p, VM_FD_TAP);
	cleanup_free char *vhosts = net->vhost ? add_queues(p, VM_FD_VHOST) : NULL;

	if (vhosts)
		args_option(&p->plan->args, "-netdev",
		        "tap,id=network,fd%s=%s,vhost=on,vhostfd%s=%s", many, taps, many, vhosts);
	else
		args_option(&p->plan->args, "-netdev", "tap,id=network,fd%s=%s", many, taps);
}

/* No boot ROM: it would only look for a boot server. A queue has two vectors; the card itself has two more. */
static void add_card(const struct planning *p)
{
	const struct vm_claim_net *net = &p->plan->net;
	cleanup_free char *mac = net->mac ? xasprintf(",mac=%s", net->mac) : xstrdup("");
	cleanup_free char *queues =
	        net->queues > 1 ? xasprintf(",mq=on,vectors=%u", 2 * net->queues + 2) : xstrdup("");

	args_option(&p->plan->args, "-device",
	        "%s,id=nic,netdev=network,romfile=%s%s,bus=pcie.0,addr=%02x.0",
	        net->e1000e ? "e1000e" : "virtio-net-pci", mac, queues, SLOT_NETWORK);
}

void args_network(const struct planning *p)
{
	switch (p->plan->net.type) {
	case PROFILE_NETWORK_NONE:
		args_option(&p->plan->args, "-nic", "none");
		return;
	case PROFILE_NETWORK_USER:
		if (p->plan->net.passt)
			add_passt(p);
		else
			add_slirp(p);
		break;
	case PROFILE_NETWORK_BRIDGE:
	case PROFILE_NETWORK_OVS:
	case PROFILE_NETWORK_MACVTAP:
	case PROFILE_NETWORK_PRIVATE:
		add_tap(p);
		break;
	}
	add_card(p);
}
