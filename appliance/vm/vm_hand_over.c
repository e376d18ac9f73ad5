/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One act after the other that takes a card out of the host's hands, and back; see vm/plan/hand_over.h. */
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "base/log.h"
#include "vm/acts/hand_over.h"

#include <errno.h>

void vm_hand_over_journal(struct vm *vm, const struct vm_plan *plan)
{
	struct journal *j = &vm->journal;

	for (size_t i = 0; i < plan->n_hand; i++)
		hand_acts_add(&j->hand, &j->n_hand, plan->hand[i].kind, plan->hand[i].what);
}

static unsigned deadline_ms(const struct hand_act *act)
{
	/* Looking takes its time too. */
	if (act->kind == HAND_FREE)
		return HAND_FREE_MS + HAND_MS;
	return act->kind == HAND_STOP ? HAND_UNIT_MS : HAND_MS;
}

/* --- to the VM --- */

static void on_done(void *user, int fd, const struct err *err)
{
	struct vm *vm = user;

	(void)fd;
	vm->act = NULL;
	if (err || vm->state == VM_STOPPING) {
		vm_start_fail(vm, err);
		return;
	}
	vm->starting->handed++;
	vm_claim(vm);
}

bool vm_hand_over_next(struct vm *vm)
{
	struct journal *j = &vm->journal;
	struct hand_act *act;
	struct err err;
	int r;

	if (vm->starting->handed >= j->n_hand)
		return false;
	act = &j->hand[vm->starting->handed];
	act->begun = true;
	r = vm_journal(vm, &err);
	if (r == 0)
		log_info("VM %s: the host's picture leaves its card: %s %s", vm->name,
		        hand_kind_word(act->kind), act->what);
	r = r < 0 ? r
	          : vms_act(vm->vms, ACT_HAND, act, deadline_ms(act), on_done, vm, &vm->act, &err);
	if (r < 0)
		vm_start_fail(vm, &err);
	return true;
}

const struct err *vm_hand_over_stuck(struct journal_pci *p, const struct err *why, struct err *own)
{
	if (!p->handed || why->number != -ETIMEDOUT)
		return why;
	p->stuck = true;
	err_set(own, -ETIMEDOUT, _("PCI device %s: driver %s did not let go of it within %u s"),
	        pci_addr_format(p->addr).s, p->previous ? p->previous : _("none"), HAND_MS / 1000);
	err_hint(own,
	        _("the card is left alone: restart this PC; see the kernel log (dmesg) for what "
	          "still uses it, and name its service in hand-over-stop="));
	err_code(own, CODE_HAND_STUCK);
	return own;
}

/* --- and back --- */

int vm_hand_back(struct vm *vm, size_t index, disposable_done done, struct err *err)
{
	const struct hand_act *act = &vm->journal.hand[index];

	if (!act->begun)
		return 0;
	return vms_act(vm->vms, ACT_HAND_BACK, act, deadline_ms(act), done, vm, &vm->act, err);
}

void vm_hand_back_failed(struct vm *vm, size_t index, const struct err *err)
{
	const struct hand_act *act = &vm->journal.hand[index];

	log_error(err, "VM %s: %s %s", vm->name, hand_kind_word(act->kind), act->what);
	if (vm->lost.number) /* a card that is lost is the reason of what follows */
		return;
	vm->lost = *err;
	err_code(&vm->lost, CODE_HAND_LOST);
	err_prefix(&vm->lost, _("the host did not get its picture back (%s)"), act->what);
	err_hint(&vm->lost, _("start what is missing by hand, from afar where the screen is dark; "
	                      "or restart this PC"));
}
