/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gives back what a VM held: USB interfaces to their drivers, nodes to root, functions to their drivers. Each step may
 * have been done already; what does not come back is quarantined, with the reason.
 */
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "base/log.h"
#include "vm/acts/hand_over.h"

#include <errno.h>
#include <unistd.h>

static void note_loss(struct vm *vm, const struct journal_pci *p, const struct err *err)
{
	struct pci_addr_text addr = pci_addr_format(p->addr);

	if (err->number == -ENODEV) { /* unplugged: nothing to give back */
		log_warning("VM %s: %s", vm->name, err->message);
		return;
	}
	vms_quarantine_add(vm->vms, p, err);
	log_error(err, "VM %s: %s is quarantined", vm->name, addr.s);
	vm->lost = *err;
	err_code(&vm->lost, CODE_VM_QUARANTINE);
	err_prefix(&vm->lost, _("%s did not come back to the host and is quarantined"), addr.s);
	err_hint(&vm->lost, _("switch this PC off and on again; see the kernel log (dmesg)"));
}

/* In reverse: what was taken from the card last comes back first. */
static size_t hand_of(const struct vm *vm, size_t step)
{
	return vm->journal.n_hand - 1 - step;
}

static void step_done(struct vm *vm, const struct err *err)
{
	struct journal *j = &vm->journal;
	size_t first = vm->usb_steps + 1 + j->n_groups; /* of PCI; see release_step() */
	size_t shares = first + j->n_pci + j->n_hand;

	if (vm->step >= shares && vm->step < shares + j->n_shares)
		vm_share_released(vm, vm->step - shares, err);
	if (!err)
		return;
	if (vm->step >= first && vm->step < first + j->n_pci)
		note_loss(vm, &j->pci[vm->step - first], err);
	else if (vm->step >= first + j->n_pci && vm->step < first + j->n_pci + j->n_hand)
		vm_hand_back_failed(vm, hand_of(vm, vm->step - first - j->n_pci), err);
	else
		log_error(err, "VM %s", vm->name);
}

static void release_next(struct vm *vm);

static void on_step(void *user, int fd, const struct err *err)
{
	struct vm *vm = user;

	(void)fd;
	vm->act = NULL;
	step_done(vm, err);
	vm->step++;
	release_next(vm);
}

static int release_pci(struct vm *vm, const struct journal_pci *p, struct err *err)
{
	const struct act_give_back back = {.previous = p->previous,
	        .bar = p->touched ? p->bar : -1,
	        .bar_was = p->bar_was,
	        .reset = p->touched ? p->reset_was : NULL,
	        .home = p->home,
	        .handed = p->handed,
	        .function = {.addr = p->addr,
	                .vendor = p->vendor,
	                .device = p->device,
	                .subsystem_vendor = p->subsystem_vendor,
	                .subsystem_device = p->subsystem_device,
	                .path = p->path,
	                .group = p->group}};

	if (!p->home && !p->touched)
		return 0;
	if (p->stuck) /* whoever touches it now waits for the driver too */
		return err_set(err, -ETIMEDOUT, _("its driver hangs in the kernel"));
	return vms_act(vm->vms, ACT_GIVE_BACK, &back, p->handed ? 2 * HAND_MS : 2 * ACT_MS, on_step,
	        vm, &vm->act, err);
}

static int release_group(struct vm *vm, const struct journal_group *g, struct err *err)
{
	const struct act_group group = {.group = g->id};

	return !g->given ? 0
	                 : vms_act(vm->vms, ACT_GROUP, &group, ACT_MS, on_step, vm, &vm->act, err);
}

static int release_usb(struct vm *vm, const struct journal_usb *u, struct err *err)
{
	const struct act_usb usb = {.sysname = u->sysname,
	        .busnum = u->busnum,
	        .devnum = u->devnum,
	        .vendor = u->vendor,
	        .product = u->product,
	        .instance = u->instance};

	if (vm->vms->env.session)
		return 0; /* not allowed to, and QEMU has done it when it ended in order */
	return vms_act(vm->vms, ACT_USB_BACK, &usb, ACT_MS, on_step, vm, &vm->act, err);
}

void vm_isolation_ended(struct vm *vm)
{
	on_step(vm, -1, NULL);
}

void vm_pages_returned(struct vm *vm, const struct err *err)
{
	on_step(vm, -1, err);
}

static bool is_under_way(const struct vm *vm)
{
	return vm->act || vm->isolation.wait == ISOLATION_IN_RELEASE ||
	       vm->pages.wait != PAGES_NO_WAIT;
}

/*
 * Begins one step, which may be under way then. USB first: with a keyboard a person can watch the rest, which may take
 * long. Processors before PCI functions: their drivers ask for interrupts, which shall be where they always were.
 */
static int release_step(struct vm *vm, size_t step, struct err *err)
{
	struct journal *j = &vm->journal;

	if (step < vm->usb_steps) {
		if (step < j->n_inputs)
			return vm_input_release(vm, step, on_step, err);
		step -= j->n_inputs;
		if (step == 0)
			return vm_monitor_release(vm, on_step, err);
		if (step == 1)
			return vm_glass_release(vm, on_step, err);
		step -= 2;
		return step < j->n_usb ? release_usb(vm, &j->usb[step], err) : 0;
	}
	step -= vm->usb_steps;
	if (step == 0) {
		vm_isolation_end(vm);
		return 0;
	}
	step--;
	if (step < j->n_groups)
		return release_group(vm, &j->groups[step], err);
	step -= j->n_groups;
	if (step < j->n_pci)
		return release_pci(vm, &j->pci[step], err);
	step -= j->n_pci;
	if (step < j->n_hand)
		return vm_hand_back(vm, hand_of(vm, step), on_step, err);
	step -= j->n_hand;
	if (step < j->n_shares)
		return vm_share_release(vm, step, on_step, err);
	step -= j->n_shares;
	if (step < j->n_nets)
		return vm_network_release(vm, step, on_step, err);
	vm_pages_return(vm);
	return 0;
}

/* Two more than the devices: the processors and the huge pages. */
static size_t count_steps(const struct vm *vm)
{
	return vm->usb_steps + vm->journal.n_groups + vm->journal.n_pci + vm->journal.n_hand +
	       vm->journal.n_shares + vm->journal.n_nets + 2;
}

static void remove_files(struct vm *vm)
{
	static const char *const names[] = {"qmp.sock", "report.sock", VM_AGENT_SOCKET,
	        "launch.sock", "state.json"}; /* the journal last */
	struct err err;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_free char *path = vm_file(vm, names[i]);

		if (root_remove(&vm->vms->root, path, &err) < 0)
			log_error(&err, "VM %s", vm->name);
	}
}

static void finish(struct vm *vm)
{
	struct vm_job *start = take_ptr(vm->start_job), *stop = take_ptr(vm->stop_job);
	const struct err end = vm->end.number ? vm->end : vm->lost, lost = vm->lost;
	const bool had_usb = vm->journal.n_usb;
	const enum recover_end how = vm_recover_how(vm);

	remove_files(vm);
	report_destroy(take_ptr(vm->report));
	journal_finish(&vm->journal);
	close_fd(&vm->picture);
	usb_follow_finish(&vm->follow);
	free(take_ptr(vm->isolation.why));
	vm->releasing = false;
	vm->rung = RUNG_NONE;
	vm->asleep = false;
	vm_cdroms_forget(vm);
	vm->trouble = (struct err){0};
	sd_event_now(vm->vms->env.event, CLOCK_REALTIME, &vm->end_usec);
	if (vm->end.number && vm->end.number != -ECANCELED)
		log_error(&vm->end, "VM %s has ended", vm->name);
	else
		log_info("VM %s has ended", vm->name);
	vm_set_state(vm, VM_STOPPED);
	vms_usb_given_back(vm->vms, had_usb);
	vms_hands_off_plugged(vm->vms); /* a keyboard is seen to be one again */
	vm_job_finish(start, &end);
	vm_job_finish(stop, &lost);
	vm_recover_ended(vm, how);
}

static void release_next(struct vm *vm)
{
	struct err err;

	for (; vm->step < count_steps(vm); vm->step++) {
		int r = release_step(vm, vm->step, &err);

		if (is_under_way(vm))
			return;
		if (r < 0)
			step_done(vm, &err);
	}
	finish(vm);
}

void vm_release(struct vm *vm)
{
	if (vm->releasing)
		return;
	vm->releasing = true;
	vm->step = 0;
	vm->usb_steps = vm->journal.n_inputs + 2 + vm->journal.n_usb;
	vm_job_stage(vm->start_job, "release", 90);
	vm_job_stage(vm->stop_job, "release", 80);
	vm_timer(vm, 0, NULL);
	vm->logs = sd_event_source_disable_unref(vm->logs);
	vm->trim = sd_event_source_disable_unref(vm->trim);
	vm->soon = sd_event_source_disable_unref(vm->soon);
	vm_pages_settled(vm);
	disposable_forget(take_ptr(vm->inputs)); /* they are taken back below */
	vm->inputs_asked = false;
	vm_reset_end(vm);
	guest_agent_destroy(take_ptr(vm->agent));
	vm_sleep_forget(vm);
	qmp_destroy(take_ptr(vm->qmp));
	vm_sides_stop(vm);
	release_next(vm);
}
