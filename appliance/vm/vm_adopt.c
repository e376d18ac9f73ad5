/* SPDX-License-Identifier: GPL-2.0-or-later */
/* After a restart of the daemon: each VM in the journal runs on, or everything of it is given back. */
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "base/log.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The number alone may be another's by now: the time of its start tells. @pidfd is -1 where it has ended. A process of which this
 * cannot be found out may have the devices still.
 */
static int open_process(struct vms *vms, const struct journal *j, int *pidfd, struct err *err)
{
	cleanup_close int opened = j->pid ? (int)syscall(SYS_pidfd_open, j->pid, 0) : -1;
	uint64_t start;

	*pidfd = -1;
	if (opened < 0 && j->pid && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
		return err_errno(err, -errno, "pidfd_open(%d)", (int)j->pid);
	if (opened < 0)
		return 0;
	/* One that was killed is dead to /proc before the last of its threads has let go of its devices: its end is waited for. */
	start = process_began(&vms->root, j->pid);
	if (process_has_ended(opened))
		return 0;
	if (!start)
		return process_unknown(j->pid, err);
	if (start == j->pid_start)
		*pidfd = take_fd(opened);
	return 0;
}

/* One that did not run yet, or was being stopped already. */
static bool ended_wanted(const struct vm *vm)
{
	return vm->journal.phase != JOURNAL_RUNNING;
}

static int give_up(sd_event_source *source, void *user)
{
	struct vm *vm = user;
	struct err err;

	(void)source;
	if (vm->pidfd < 0) {
		if (!vm->end.number)
			err_set(&vm->end, ended_wanted(vm) ? -ECANCELED : -ECHILD,
			        _("VM %s: QEMU ended while no daemon ran"), vm->name);
		vm_release(vm);
		return 0;
	}
	err_set(&err, -ECANCELED, _("VM %s: its start was cut off with the daemon"), vm->name);
	vm_end(vm, vm->journal.phase == JOURNAL_STARTING ? RUNG_KILL : RUNG_AGENT, &err);
	return 0;
}

static void adopt_dead(struct vm *vm)
{
	log_info("VM %s: what it held is given back", vm->name);
	vm->state = VM_STOPPING;
	vm_soon(vm, give_up);
}

static void adopt_living(struct vm *vm)
{
	struct err err;
	bool wanted = vm->journal.phase == JOURNAL_RUNNING &&
	              (!vm->journal.test_drive || vm->journal.keep);

	vm->state = vm->journal.phase == JOURNAL_STARTING ? VM_STARTING : VM_RUNNING;
	vm->reported = true; /* nobody waits for it any more */
	if (vm_supervise(vm, &err) < 0) {
		log_error(&err, "VM %s is taken over without QMP", vm->name);
		vm_inputs_let_go(vm);
	} else {
		log_info("VM %s runs on and is taken over (process %d)", vm->name,
		        (int)vm->journal.pid);
	}
	vm_usb_adopt(vm);
	if (!wanted)
		vm_soon(vm, give_up);
}

static void put_aside(struct vms *vms, const char *file, const struct err *err)
{
	cleanup_free char *from = root_full_path(&vms->root, file);
	cleanup_free char *aside = xasprintf("%s.unreadable", from);

	log_error(err, "%s is put aside", from);
	if (rename(from, aside) < 0)
		log_warning("%s: %s", aside, strerror(errno));
}

static int load(struct vms *vms, const char *name, const char *file, struct journal *journal,
        struct err *err)
{
	int r = journal_load(&vms->root, file, journal, err);

	if (r == 0 && (!streq(journal->name, name) || profile_check_name(name, NULL) < 0)) {
		r = err_set(err, -EINVAL, _("%s is the journal of another VM"), file);
		journal_finish(journal);
	}
	return r;
}

static int adopt(struct vms *vms, const char *name, struct err *err)
{
	cleanup_free char *file = xasprintf("%s/vm/%s/state.json", vms->env.run_dir, name);
	struct journal journal;
	struct err why;
	struct vm *vm;
	int pidfd = -1, r = load(vms, name, file, &journal, &why);

	if (r == -EINVAL)
		put_aside(vms, file, &why);
	if (r == -EINVAL || r == -ENOENT || r == -ENOTDIR)
		return 0;
	/* One that cannot be read now is there all the same, and its VM with it. */
	if (r == 0) {
		r = open_process(vms, &journal, &pidfd, &why);
		if (r < 0)
			journal_finish(&journal);
	}
	if (r < 0) {
		if (err)
			*err = why;
		return r;
	}
	vm = vms_get(vms, name);
	vm->journal = journal;
	vm->pidfd = pidfd;
	if (vm->pidfd < 0)
		adopt_dead(vm);
	else
		adopt_living(vm);
	return 0;
}

int vms_adopt_all(struct vms *vms, struct err *err)
{
	cleanup_free char *folder = xasprintf("%s/vm", vms->env.run_dir);
	cleanup_strv struct strv names = {0};
	int r = root_list(&vms->root, folder, &names);

	if (r < 0)
		return err_errno(err, r, "%s", folder);
	strv_foreach (name, &names)
		r = r < 0 ? r : adopt(vms, *name, err);
	return r;
}
