/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's network cards in a VM's life: their links are made, told, and removed. */
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "base/log.h"
#include "profile/keys.h"
#include "vm/acts/net.h"

#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

/* Of the application that asks for this PC's id: any will do that stays. */
#define MAC_ID SD_ID128_MAKE(5a, 7e, 15, 2c, 1f, 0b, 4d, 5e, 9a, 37, 42, 0d, 86, c1, e3, 94)
/* What QEMU gives its first card; linux/qemu: net/net.c */
#define MAC_OF_QEMU "52:54:00:12:34:56"
#define SWEEP_MS    30000u

/* --- what a plan is told --- */

static bool may_make_links(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};

	return syscall(SYS_capget, &head, data) == 0 && data[0].effective & (1u << CAP_NET_ADMIN);
}

void vms_network_options(struct vm_options *options)
{
	sd_id128_t id;

	options->makes_links = may_make_links() || acts_reachable();
	/* A PC without an id has the same addresses as another such one. */
	if (sd_id128_get_machine_app_specific(MAC_ID, &id) == 0)
		options->mac_seed = id.qwords[0] ^ id.qwords[1];
}

void vm_network_journal(struct vm *vm, const struct vm_plan *plan)
{
	struct journal *j = &vm->journal;

	journal_nets_finish(j);
	for (size_t i = 0; i < plan->n_nets; i++) {
		const struct vm_claim_net *net = &plan->nets[i];

		*list_append(j->nets, j->n_nets) = (struct journal_net){.name = xstrdup(net->name),
		        .type = net->type,
		        .tap = xstrdup(net->tap),
		        .link = xstrdup(net->link),
		        .mac = xstrdup(net->mac ? net->mac : MAC_OF_QEMU),
		        .own_bridge = net->own_bridge,
		        .passt = net->passt,
		        .vhost = net->vhost,
		        .vlan = net->vlan,
		        .queues = net->queues};
	}
}

/* --- the link --- */

struct order {
	struct act_queue queue;
	char lock[PATH_MAX];
};

/* Its pointers are of @vm, and of itself. */
static void set_order(const struct vm *vm, size_t index, unsigned queue, struct order *out)
{
	const struct journal_net *n = &vm->journal.nets[index];

	*out = (struct order){.queue.queue = queue,
	        .queue.link = {.type = n->type,
	                .vm = vm->name,
	                .card = n->name,
	                .tap = n->tap,
	                .link = n->link,
	                .mac = n->mac,
	                .lock = out->lock,
	                .own_bridge = n->own_bridge,
	                .vlan = n->vlan,
	                .queues = n->queues}};
	snprintf(out->lock, sizeof(out->lock), "%s/links.lock", vm->vms->env.run_dir);
}

int vm_network_open(
        struct vm *vm, size_t index, unsigned queue, disposable_done done, struct err *err)
{
	struct journal_net *n = &vm->journal.nets[index];
	struct order order;
	int r = 0;

	set_order(vm, index, queue, &order);
	if (!n->made) {
		n->made = true;
		r = vm_journal(vm, err);
	}
	return r < 0 ? r
	             : vms_act(vm->vms, ACT_LINK, &order.queue, 2 * ACT_MS, done, vm, &vm->act,
	                       err);
}

int vm_network_open_vhost(struct vm *vm, disposable_done done, struct err *err)
{
	const struct act_nothing nothing = {0};

	return vms_act(vm->vms, ACT_VHOST, &nothing, ACT_MS, done, vm, &vm->act, err);
}

int vm_network_release(struct vm *vm, size_t index, disposable_done done, struct err *err)
{
	struct order order;

	if (!vm->journal.nets[index].made)
		return 0;
	set_order(vm, index, 0, &order);
	return vms_act(vm->vms, ACT_LINK_REMOVE, &order.queue, 2 * ACT_MS, done, vm, &vm->act, err);
}

/* --- what a power cut has left --- */

static void on_swept(void *user, int fd, const struct err *err)
{
	struct vms *vms = user;

	(void)fd;
	vms->sweep = NULL;
	if (err)
		log_error(err, "Open vSwitch");
}

static bool has_links(const struct vm *vm)
{
	for (size_t i = 0; i < vm->journal.n_nets; i++)
		if (vm->journal.nets[i].made)
			return true;
	return false;
}

void vms_network_sweep(struct vms *vms)
{
	cleanup_strv struct strv names = {0};
	struct err err;

	if (vms->env.session || !root_exists(&vms->root, OVS_SOCKET))
		return;
	for (const struct vm *vm = vms->list; vm; vm = vm->next)
		if (has_links(vm))
			strv_add(&names, vm->name);
	if (vms_act(vms, ACT_LINK_SWEEP, &names, SWEEP_MS, on_swept, vms, &vms->sweep, &err) < 0)
		log_error(&err, "Open vSwitch");
}

/* --- what people are told --- */

static json_t *card_json(const struct journal_net *n)
{
	const struct key *key = key_find(key_section_find("network", NULL), "type", NULL);

	return json_pack("{s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:i, s:i, s:b}", "name", n->name,
	        "type", key->words[n->type], "link", n->link, "tap", n->tap, "mac", n->mac,
	        "backend",
	        n->type != PROFILE_NETWORK_USER ? NULL
	        : n->passt                      ? "passt"
	                                        : "slirp",
	        "vlan", (int)n->vlan, "queues", (int)n->queues, "vhost", n->vhost);
}

json_t *vm_networks_json(const struct vm *vm)
{
	json_t *all = json_array();

	for (size_t i = 0; vm->state != VM_STOPPED && i < vm->journal.n_nets; i++)
		json_array_append_new(all, card_json(&vm->journal.nets[i]));
	return all;
}
