/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ladder down: the agent in the guest, the power button, QMP quit, SIGKILL; and what happens when QEMU is gone. */
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "base/log.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#define AGENT_MS     30000u /* with its answer; a guest that obeys may take the next rung's time, too */
#define POWERDOWN_MS 30000u
#define QUIT_MS      10000u
#define KILL_MS      10000u
#define KILLS_MAX    3u

static void climb(struct vm *vm, enum vm_rung rung);

static int on_rung_late(sd_event_source *source, uint64_t usec, void *user)
{
	struct vm *vm = user;

	(void)source, (void)usec;
	/* The loop may have had no room to listen for its end. */
	if (!vm->death && vm->pidfd >= 0 && process_has_ended(vm->pidfd))
		vm_gone(vm);
	else
		climb(vm, vm->rung < RUNG_KILL ? vm->rung + 1 : RUNG_KILL);
	return 0;
}

/* SIGKILL does not end a process that hangs in the kernel; nothing does but what it hangs on. */
static void tell_unkillable(struct vm *vm)
{
	struct err err;

	err_set(&err, -EBUSY,
	        _("VM %s: QEMU (process %d) did not end by SIGKILL: it hangs in the kernel"),
	        vm->name, (int)vm->journal.pid);
	err_hint(&err, _("see the kernel log (dmesg); its devices come back when it ends"));
	log_error(&err, "stop");
	vm_pages_settled(vm); /* others need not wait until it has its pages */
	vm_job_finish(take_ptr(vm->start_job), vm->end.number ? &vm->end : &err);
	vm_job_finish(take_ptr(vm->stop_job), &err);
}

static void kill_qemu(struct vm *vm)
{
	struct vms *vms = vm->vms;

	if (vm->journal.unit && vms->env.bus)
		launch_kill_unit(vms->env.bus, vm->journal.unit);
	syscall(SYS_pidfd_send_signal, vm->pidfd, SIGKILL, NULL, 0);
	if (++vm->kills == KILLS_MAX)
		tell_unkillable(vm);
}

static void climb(struct vm *vm, enum vm_rung rung)
{
	if (!vm->qmp)
		rung = RUNG_KILL;
	else if (rung == RUNG_AGENT && !vm->agent)
		rung = RUNG_POWERDOWN;
	if (rung > RUNG_AGENT)
		guest_agent_destroy(take_ptr(vm->agent));
	vm->rung = rung;
	switch (rung) {
	case RUNG_NONE:
		break;
	case RUNG_AGENT:
		vm_job_stage(vm->stop_job, "agent", 5);
		vm_pause_end(vm);
		vm_timer(vm, AGENT_MS, on_rung_late);
		vm_agent_ask(vm);
		break;
	case RUNG_POWERDOWN:
		vm_job_stage(vm->stop_job, "powerdown", 10);
		vm_pause_end(vm);
		qmp_send(vm->qmp, "system_powerdown", NULL, -1, POWERDOWN_MS, NULL, NULL);
		vm_timer(vm, POWERDOWN_MS, on_rung_late);
		break;
	case RUNG_QUIT:
		vm_job_stage(vm->stop_job, "quit", 40);
		qmp_send(vm->qmp, "quit", NULL, -1, QUIT_MS, NULL, NULL);
		vm_timer(vm, QUIT_MS, on_rung_late);
		break;
	case RUNG_KILL:
		vm_job_stage(vm->stop_job, "kill", 60);
		kill_qemu(vm);
		vm_timer(vm, KILL_MS, on_rung_late);
		break;
	}
}

/* From the loop alone. */
void vm_agent_refused(struct vm *vm)
{
	if (vm->rung == RUNG_AGENT && !vm->releasing)
		climb(vm, RUNG_POWERDOWN);
}

static void journal_ending(struct vm *vm)
{
	struct err err;

	vm->journal.phase = JOURNAL_ENDING;
	if (vm_journal(vm, &err) < 0)
		log_error(&err, "VM %s", vm->name);
}

void vm_end(struct vm *vm, enum vm_rung rung, const struct err *why)
{
	if (why && !vm->end.number)
		vm->end = *why;
	if (vm->releasing || vm->state == VM_STOPPED)
		return;
	if (vm->state != VM_STOPPING) {
		vm->kills = 0;
		vm_set_state(vm, VM_STOPPING);
		journal_ending(vm);
		vm_usb_give_up(vm);
	}
	if (vm->act) /* of the start: it ends within its deadline, and then comes here again */
		return;
	vm_starting_free(take_ptr(vm->starting));
	if (vm->pidfd < 0)
		vm_release(vm);
	else if (rung > vm->rung)
		climb(vm, rung);
}

static void set_reason(struct vm *vm)
{
	cleanup_free char *line = NULL;

	if (vm->end.number || vm->rung != RUNG_NONE)
		return;
	if (vm->trouble.number && vm->trouble_ends) {
		vm->end = vm->trouble;
		err_prefix(&vm->end, _("VM %s"), vm->name);
		return;
	}
	if (vm->guest_off) {
		if (vm->start_job)
			err_set(&vm->end, -ESHUTDOWN,
			        _("VM %s: the guest switched itself off too early"), vm->name);
		return;
	}
	line = vm_last_line(vm, "qemu.log");
	if (line)
		err_set(&vm->end, -ECHILD, _("VM %s: QEMU ended by itself: %s"), vm->name, line);
	else
		err_set(&vm->end, -ECHILD,
		        _("VM %s: QEMU ended without a word, as when something kills it"),
		        vm->name);
	err_hint(&vm->end, _("see %s/vm/%s/qemu.log, and the guest's console: playthrough log %s"),
	        vm->vms->env.run_dir, vm->name, vm->name);
	err_code(&vm->end, CODE_QEMU_ENDED);
	/* Of a qcow2 image; QEMU, block/qcow2.c and crypto/block-luks.c. */
	if (line && (strstr(line, "key-secret") || strstr(line, "Invalid password"))) {
		err_hint(&vm->end,
		        _("an image of it is encrypted: name the file with its passphrase in the "
		          "profile (passphrase-file=), and see that it is the right one"));
		err_code(&vm->end, CODE_IMAGE_SECRET);
	}
}

void vm_gone(struct vm *vm)
{
	set_reason(vm);
	vm->death = sd_event_source_disable_unref(vm->death);
	close_fd(&vm->pidfd);
	if (vm->state != VM_STOPPING) {
		vm_set_state(vm, VM_STOPPING);
		journal_ending(vm);
		vm_usb_give_up(vm);
	}
	if (vm->act)
		return;
	vm_starting_free(take_ptr(vm->starting));
	vm_release(vm);
}

/* --- the call --- */

static int check_running(struct vms *vms, const char *name, struct vm **out, struct err *err)
{
	struct vm *vm = vms_find(vms, name);
	struct profile profile;

	*out = vm;
	if (vm && vm->state != VM_STOPPED && !vm->stop_job)
		return 0;
	if (vm && vm->stop_job)
		return err_set(err, -EALREADY, _("VM %s is being stopped already"), name);
	if (!vm) {
		int r = profile_find(vms->env.profile_folders, name, &profile, err);

		if (r < 0)
			return r;
		profile_finish(&profile);
	}
	err_set(err, -ESRCH, _("VM %s is not running"), name);
	err_code(err, CODE_VM_NOT_RUNNING);
	return -ESRCH;
}

static int begin_stop(sd_event_source *source, void *user)
{
	struct vm *vm = user;

	(void)source;
	if (vm->state != VM_STOPPED)
		vm_end(vm, vm->stop_rung, NULL);
	else /* its restart by rule was called off */
		vm_job_finish(take_ptr(vm->stop_job), NULL);
	return 0;
}

struct vm_job *vms_stop(struct vms *vms, const char *name, bool force, struct err *err)
{
	enum vm_rung rung = force ? RUNG_QUIT : RUNG_AGENT;
	struct err cancelled;
	struct vm *vm = vms_find(vms, name);

	/* Whoever does not want to wait for the guest any longer hastens the stop that is under way. */
	if (force && vm && vm->stop_job) {
		vm->stop_rung = RUNG_QUIT;
		if ((vm->rung == RUNG_AGENT || vm->rung == RUNG_POWERDOWN) && vm->pidfd >= 0 &&
		        !vm->releasing && !vm->act)
			climb(vm, RUNG_QUIT);
		return vm->stop_job;
	}
	if (vm && vm->state == VM_STOPPED && vm->recover.due) {
		if (vm->stop_job)
			return vm->stop_job;
		vm->stop_job = vm_job_create(vm, "stop", NULL);
		if (vm_recover_call_off(vm))
			vm_soon(vm, begin_stop);
		return vm->stop_job;
	}
	if (check_running(vms, name, &vm, err) < 0)
		return NULL;
	vm->stop_job = vm_job_create(vm, "stop", NULL);
	err_set(&cancelled, -ECANCELED, _("VM %s was stopped"), name);
	/* The end is told from the loop, never from in here: nothing of it can have happened yet. */
	vm->stop_rung = vm->state == VM_STARTING ? RUNG_QUIT : rung;
	if (vm->start_job && !vm->end.number)
		vm->end = cancelled;
	if (!vm->releasing) /* the release ends the job, and may wait for its own turn in the loop */
		vm_soon(vm, begin_stop);
	return vm->stop_job;
}
