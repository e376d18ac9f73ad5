/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest has reset its machine, and VFIO its cards with it: each card is read, and one that does not answer any more is
 * quarantined at once. The guest goes on without it; nobody else gets it when the VM has ended. QEMU sends its event RESET when
 * all its devices are reset (qapi/run-state.json; qemu_system_reset() in softmmu/runstate.c).
 *
 * To read is to ask the hardware, which may hang: a child does it, one card after the other.
 */
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "base/log.h"

#include <errno.h>

/* What nobody gets an answer of within that time does not answer. */
static void set_loss(const struct journal_pci *p, const struct err *why, struct err *out)
{
	if (why->number == -ETIMEDOUT)
		err_set(out, -ENOTRECOVERABLE,
		        _("PCI device %s was not read within %u s after its reset "
		          "(/sys/bus/pci/devices/%s/config)"),
		        pci_addr_format(p->addr).s, ACT_MS / 1000, pci_addr_format(p->addr).s);
	else
		*out = *why;
}

static void tell(struct vm *vm, const struct err *loss)
{
	const struct vm_listener *listener = &vm->vms->listener;

	vm->trouble = *loss;
	vm->trouble_ends = false;
	err_prefix(&vm->trouble, _("when the guest reset itself"));
	err_code(&vm->trouble, CODE_VM_QUARANTINE);
	err_hint(&vm->trouble,
	        _("shut the guest down, or end it: playthrough stop %s; then switch this PC off "
	          "and "
	          "on again: a warm reboot may not be enough"),
	        vm->name);
	log_error(&vm->trouble, "VM %s", vm->name);
	if (listener->vm_changed)
		listener->vm_changed(listener->user, vm->name);
}

/* One that was unplugged meanwhile is no loss of the host's, and one that cannot be asked is not judged. */
static void judge(struct vm *vm, const struct journal_pci *p, const struct err *err)
{
	struct err loss;

	if (!err)
		return;
	if (err->number != -ENOTRECOVERABLE && err->number != -ETIMEDOUT) {
		log_warning("VM %s: %s", vm->name, err->message);
		return;
	}
	set_loss(p, err, &loss);
	vms_quarantine_add(vm->vms, p, &loss);
	tell(vm, &loss);
}

static void read_next(struct vm *vm);

static void on_read(void *user, int fd, const struct err *err)
{
	struct vm *vm = user;

	(void)fd;
	vm->reset.act = NULL;
	judge(vm, &vm->journal.pci[vm->reset.next], err);
	vm->reset.next++;
	read_next(vm);
}

/* What is quarantined already is not touched again. */
static bool is_to_read(const struct vm *vm, const struct journal_pci *p)
{
	return p->pass && !vms_quarantine_find(vm->vms, p->addr);
}

static bool begin_reading(struct vm *vm, const struct journal_pci *p)
{
	struct err err;

	if (vms_act(vm->vms, ACT_SURVIVED, &p->addr, ACT_MS, on_read, vm, &vm->reset.act, &err) ==
	        0)
		return true;
	log_error(&err, "VM %s", vm->name);
	return false;
}

static void read_next(struct vm *vm)
{
	struct vm_reset *reset = &vm->reset;

	for (; reset->next < vm->journal.n_pci; reset->next++) {
		const struct journal_pci *p = &vm->journal.pci[reset->next];

		if (is_to_read(vm, p) && begin_reading(vm, p))
			return;
	}
	if (!reset->again)
		return;
	*reset = (struct vm_reset){0};
	read_next(vm);
}

/* Another one while the cards are read: they are read once more after that. */
void vm_reset_event(struct vm *vm, const char *name)
{
	if (!streq(name, "RESET") || vm->releasing)
		return;
	vm->reset.again = vm->reset.act;
	if (vm->reset.act)
		return;
	vm->reset.next = 0;
	read_next(vm);
}

void vm_reset_end(struct vm *vm)
{
	disposable_forget(take_ptr(vm->reset.act));
	vm->reset = (struct vm_reset){0};
}
