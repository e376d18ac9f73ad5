/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parts of PCI functions that stay with this PC, in a VM's life: made before the plan is made for good, told to their network
 * card, given back. Virtual functions go when the last VM that has one of that parent has ended, whichever made them.
 */
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "base/log.h"
#include "vm/acts/share.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define SHARE_MS 60000u /* a driver of a network card waits for its link meanwhile */

static bool is_of(const struct journal_share *s, struct pci_addr parent)
{
	return s->kind == VM_SHARE_VIRTUAL && pci_addr_equal(s->parent, parent);
}

static void parse_mac(const char *text, uint8_t mac[NETLINK_MAC])
{
	for (unsigned i = 0; i < NETLINK_MAC; i++)
		mac[i] = (uint8_t)strtoul(text + 3 * i, NULL, 16);
}

static char *format_mac(const uint8_t mac[NETLINK_MAC])
{
	return xasprintf(
	        "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static struct act_part order_of(const struct journal_share *s)
{
	return (struct act_part){
	        .share = {.kind = s->kind,
	                .parent = {.addr = s->parent, .vendor = s->vendor, .device = s->device},
	                .vf = s->vf,
	                .vfs = s->vfs,
	                .autoprobe = s->autoprobe,
	                .type = s->type,
	                .uuid = s->uuid,
	                .link = s->link}};
}

/* --- the journal's first words --- */

static uint64_t read_of(const struct vms *vms, struct pci_addr addr, const char *name, int base)
{
	cleanup_free char *path =
	        xasprintf("/sys/bus/pci/devices/%s/%s", pci_addr_format(addr).s, name);
	uint64_t value = 0;

	root_read_u64(&vms->root, path, base, &value);
	return value;
}

/* Another VM's of the same parent, whose start made its virtual functions; NULL: none. */
static const struct journal_share *find_maker(const struct vm *vm, struct pci_addr parent)
{
	for (const struct vm *other = vm->vms->list; other; other = other->next) {
		for (size_t i = 0; other != vm && i < other->journal.n_shares; i++) {
			const struct journal_share *s = &other->journal.shares[i];

			if (is_of(s, parent) && s->made)
				return s;
		}
	}
	return NULL;
}

/* The same of an earlier run, which nobody has removed since. */
static const struct journal_share *find_left(const struct vm *vm, struct pci_addr parent)
{
	const struct journal_share *left = vms_shares_left_find(vm->vms, parent);

	return left && read_of(vm->vms, parent, "sriov_numvfs", 10) == left->vfs ? left : NULL;
}

static void journal_share(struct vm *vm, const struct vm_share *share)
{
	struct journal *j = &vm->journal;
	const struct journal_share *maker =
	        share->kind == VM_SHARE_VIRTUAL ? find_maker(vm, share->parent) : NULL;
	struct journal_share *s = list_append(j->shares, j->n_shares);

	*s = (struct journal_share){.kind = share->kind,
	        .parent = share->parent,
	        .vendor = (uint16_t)read_of(vm->vms, share->parent, "vendor", 16),
	        .device = (uint16_t)read_of(vm->vms, share->parent, "device", 16),
	        .vf = share->vf,
	        .vfs = share->vfs,
	        .type = xstrdup(share->type),
	        .uuid = xstrdup(share->uuid),
	        .link = xstrdup(share->link),
	        .mac = xstrdup(share->mac),
	        .vlan = share->vlan};
	s->autoprobe = read_of(vm->vms, share->parent, "sriov_drivers_autoprobe", 10) == 1;
	s->made = share->kind == VM_SHARE_MEDIATED && share->there;
	if (!maker && share->kind == VM_SHARE_VIRTUAL)
		maker = find_left(vm, share->parent);
	if (!maker)
		return;
	s->made = true;
	s->vfs = maker->vfs;
	s->autoprobe = maker->autoprobe;
}

void vm_shares_journal(struct vm *vm, const struct vm_plan *plan)
{
	journal_shares_finish(&vm->journal);
	for (size_t i = 0; i < plan->n_pci; i++)
		if (plan->pci[i].share.kind != VM_SHARE_NO)
			journal_share(vm, &plan->pci[i].share);
}

/* --- whose they are --- */

void vms_taken_pci(const struct vms *vms, const char *but, struct vm_taken_pci **out, size_t *n)
{
	*out = NULL;
	*n = 0;
	for (const struct vm *vm = vms->list; vm; vm = vm->next) {
		const struct journal *j = &vm->journal;

		if (streq(vm->name, but))
			continue;
		for (size_t i = 0; i < j->n_pci; i++)
			*list_append(*out, *n) = (struct vm_taken_pci){j->pci[i].addr, -1};
		for (size_t i = 0; i < j->n_shares; i++)
			if (j->shares[i].kind == VM_SHARE_VIRTUAL)
				*list_append(*out, *n) = (struct vm_taken_pci){
				        j->shares[i].parent, (int)j->shares[i].vf};
	}
}

int vms_check_share_free(
        const struct vms *vms, const char *name, const struct vm_share *wanted, struct err *err)
{
	for (const struct vm *vm = vms->list; vm; vm = vm->next) {
		for (size_t i = 0; i < vm->journal.n_shares; i++) {
			const struct journal_share *s = &vm->journal.shares[i];

			if (streq(vm->name, name) || wanted->kind != VM_SHARE_VIRTUAL ||
			        !is_of(s, wanted->parent) || s->vf != wanted->vf)
				continue;
			err_set(err, -EBUSY, _("virtual function %u of %s is in use by VM %s"),
			        s->vf, pci_addr_format(s->parent).s, vm->name);
			err_code(err, CODE_VM_CLAIMED);
			err_hint(err,
			        _("stop that VM first: playthrough stop %s; or write "
			          "virtual-function=auto"),
			        vm->name);
			return -EBUSY;
		}
	}
	return 0;
}

/* --- made --- */

static void on_made(void *user, int fd, const struct err *err)
{
	struct vm *vm = user;

	(void)fd;
	vm->act = NULL;
	if (err || vm->state == VM_STOPPING) {
		vm_start_fail(vm, err);
		return;
	}
	vm->starting->shared++;
	vm_shares_make(vm);
}

void vm_shares_make(struct vm *vm)
{
	struct journal *j = &vm->journal;
	struct journal_share *s = &j->shares[vm->starting->shared];
	struct act_part order;
	struct err err;

	if (vm->starting->shared >= j->n_shares) {
		vm->starting->shared = 0;
		vm_start_planned(vm);
		return;
	}
	s->made |= s->kind == VM_SHARE_MEDIATED || s->vfs;
	order = order_of(s);
	if (vm_journal(vm, &err) < 0 ||
	        vms_act(vm->vms, ACT_SHARE_MAKE, &order, SHARE_MS, on_made, vm, &vm->act, &err) < 0)
		vm_start_fail(vm, &err);
}

/* --- told to their network card: what it says now, the journal, what it shall say --- */

static void on_told(void *user, int fd, const struct err *err)
{
	struct vm *vm = user;

	(void)fd;
	vm->act = NULL;
	if (err || vm->state == VM_STOPPING) {
		vm_start_fail(vm, err);
		return;
	}
	vm->starting->shared++;
	vm_claim(vm);
}

static int tell(struct vm *vm, struct journal_share *s, struct err *err)
{
	struct act_part order = order_of(s);

	order.address.vlan = s->vlan;
	order.address.qos = s->vlan == s->vlan_was ? s->qos_was : 0;
	parse_mac(s->mac, order.address.mac);
	return vms_act(vm->vms, ACT_SHARE_TELL, &order, SHARE_MS, on_told, vm, &vm->act, err);
}

static void on_asked(void *user, int fd, const struct err *err)
{
	struct vm *vm = user;
	struct journal_share *s = &vm->journal.shares[vm->starting->shared];
	struct netlink_vf now = {0};
	struct err own;

	if (!err && pread(fd, &now, sizeof(now), 0) != sizeof(now))
		err = (err_set(&own, -EIO, _("network link %s: no answer"), s->link), &own);
	close_fd(&fd);
	if (err || vm->state == VM_STOPPING) {
		on_told(vm, -1, err);
		return;
	}
	vm->act = NULL;
	s->mac_was = format_mac(now.mac);
	s->vlan_was = now.vlan;
	s->qos_was = now.qos;
	if (vm_journal(vm, &own) < 0 || tell(vm, s, &own) < 0)
		on_told(vm, -1, &own);
}

bool vm_share_next(struct vm *vm)
{
	struct journal *j = &vm->journal;
	size_t *at = &vm->starting->shared;
	struct act_part order;
	struct err err;

	while (*at < j->n_shares && !j->shares[*at].link)
		++*at;
	if (*at >= j->n_shares)
		return false;
	order = order_of(&j->shares[*at]);
	if (vms_act(vm->vms, ACT_SHARE_ASK, &order, SHARE_MS, on_asked, vm, &vm->act, &err) < 0)
		vm_start_fail(vm, &err);
	return true;
}

/* --- given back --- */

/* Whether another VM, or a share of this one that is released after it, has a virtual function of its parent. */
static bool is_wanted(const struct vm *vm, size_t index)
{
	const struct journal *j = &vm->journal;

	for (const struct vm *other = vm->vms->list; other; other = other->next) {
		size_t first = other == vm ? index + 1 : 0;

		for (size_t i = first; i < other->journal.n_shares; i++)
			if (is_of(&other->journal.shares[i], j->shares[index].parent))
				return true;
	}
	return false;
}

int vm_share_release(struct vm *vm, size_t index, disposable_done done, struct err *err)
{
	const struct journal_share *s = &vm->journal.shares[index];
	struct act_part order = order_of(s);

	order.remove = s->made && (s->kind == VM_SHARE_MEDIATED || !is_wanted(vm, index));
	order.tell = s->mac_was;
	if (!order.tell && !order.remove)
		return 0;
	if (s->mac_was)
		parse_mac(s->mac_was, order.address.mac);
	order.address.vlan = s->vlan_was;
	order.address.qos = s->qos_was;
	return vms_act(vm->vms, ACT_SHARE_BACK, &order, 2 * SHARE_MS, done, vm, &vm->act, err);
}

/* This PC has not all of its card back: that is told, and whoever has one of them next tries again. */
void vm_share_released(struct vm *vm, size_t index, const struct err *err)
{
	const struct journal_share *s = &vm->journal.shares[index];

	if (err) {
		vm->lost = *err;
		if (s->made)
			vms_shares_left_add(vm->vms, s);
	} else if (!read_of(vm->vms, s->parent, "sriov_numvfs", 10)) {
		vms_shares_left_drop(vm->vms, s->parent);
	}
}
