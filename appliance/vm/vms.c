/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The set of all VMs, and what every part of a VM's life needs. */
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "base/log.h"
#include "bus/paths.h"
#include "vm/usb/monitor.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LINE_ROOM 8192

const char *vm_state_name(enum vm_state state)
{
	static const char *const names[] = {
	        [VM_STOPPED] = "stopped",
	        [VM_STARTING] = "starting",
	        [VM_RUNNING] = "running",
	        [VM_STOPPING] = "stopping",
	};

	return names[state];
}

struct vm *vms_find(struct vms *vms, const char *name)
{
	struct vm *vm = vms->list;

	while (vm && !streq(vm->name, name))
		vm = vm->next;
	return vm;
}

struct vm *vms_get(struct vms *vms, const char *name)
{
	struct vm *vm = vms_find(vms, name);

	if (vm)
		return vm;
	vm = xcalloc(1, sizeof(*vm));
	vm->vms = vms;
	vm->name = xstrdup(name);
	vm->pidfd = vm->picture = -1;
	vm->next = vms->list;
	vms->list = vm;
	return vm;
}

char *vm_file(const struct vm *vm, const char *name)
{
	return xasprintf("%s/vm/%s/%s", vm->vms->env.run_dir, vm->name, name);
}

int vm_journal(struct vm *vm, struct err *err)
{
	cleanup_free char *file = vm_file(vm, "state.json");

	return journal_save(&vm->vms->root, file, &vm->journal, err);
}

void vm_set_state(struct vm *vm, enum vm_state state)
{
	const struct vm_listener *listener = &vm->vms->listener;

	if (vm->state == state)
		return;
	vm->state = state;
	vms_hold_acts(vm->vms);
	vms_facts_drop(vm->vms);
	if (listener->vm_changed)
		listener->vm_changed(listener->user, vm->name);
	vms_chord_refresh(vm->vms);
}

void vm_timer(struct vm *vm, unsigned ms, sd_event_time_handler_t handler)
{
	vm->timer = sd_event_source_disable_unref(vm->timer);
	if (handler)
		sd_event_add_time_relative(vm->vms->env.event, &vm->timer, CLOCK_MONOTONIC,
		        (uint64_t)ms * 1000, 0, handler, vm);
}

void vm_soon(struct vm *vm, sd_event_handler_t handler)
{
	vm->soon = sd_event_source_disable_unref(vm->soon);
	sd_event_add_defer(vm->vms->env.event, &vm->soon, handler, vm);
}

/* Of a console that was gone before QEMU had greeted it (its ui/dbus.c): nothing that a VM ends of. */
static bool is_of_console(const char *line)
{
	return strstr(line, "Failed to setup peer connection") != NULL;
}

/* QEMU follows its error with lines of advice; the line that names the program is the error. */
static const char *best_line(const struct strv *lines)
{
	const char *last = NULL;

	for (size_t i = lines->n; i-- > 0;) {
		const char *line = lines->list[i];

		if (is_of_console(line))
			continue;
		if (starts_with(line, "qemu-system") || starts_with(line, "playthrough-launch"))
			return line;
		last = last ? last : line;
	}
	return last;
}

char *vm_last_line(const struct vm *vm, const char *log)
{
	cleanup_free char *file = vm_file(vm, log);
	cleanup_close int fd = root_openat(&vm->vms->root, file, O_RDONLY | O_NONBLOCK, 0);
	cleanup_strv struct strv lines = {0};
	char text[LINE_ROOM + 1];
	const char *line, *colon;
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	n = pread(fd, text, LINE_ROOM, st.st_size > LINE_ROOM ? st.st_size - LINE_ROOM : 0);
	if (n <= 0)
		return NULL;
	text[n] = '\0';
	strv_split(&lines, text, "\r\n");
	line = best_line(&lines);
	colon = line && starts_with(line, "qemu-system") ? strstr(line, ": ") : NULL;
	return xstrdup(colon ? colon + 2 : line);
}

static void free_vm(struct vm *vm)
{
	/* QMP's open commands are told that it ends: none of them shall begin the ladder down. */
	vm->releasing = true;
	vm->state = VM_STOPPED;
	vm_usb_give_up(vm);
	vm_usb_forget(vm);
	disposable_forget(vm->act);
	vm_reset_end(vm);
	disposable_forget(vm->monitor);
	disposable_forget(vm->inputs);
	vm_starting_free(take_ptr(vm->starting));
	guest_agent_destroy(take_ptr(vm->agent));
	vm_sleep_forget(vm);
	qmp_destroy(take_ptr(vm->qmp));
	report_destroy(vm->report);
	sd_event_source_disable_unref(vm->death);
	sd_event_source_disable_unref(vm->timer);
	sd_event_source_disable_unref(vm->soon);
	sd_event_source_disable_unref(vm->logs);
	sd_event_source_disable_unref(vm->trim);
	vm_recover_finish(vm);
	close_fd(&vm->pidfd);
	close_fd(&vm->picture);
	journal_finish(&vm->journal);
	usb_follow_finish(&vm->follow);
	vm_cdroms_forget(vm);
	free(vm->isolation.why);
	free(vm->name);
	free(vm);
}

void vms_destroy(struct vms *vms)
{
	if (!vms)
		return;
	vms->listener = (struct vm_listener){0};
	vms_autostart_finish(vms);
	disposable_forget(vms->sweep);
	vms_chord_destroy(vms);
	vms_usb_give_back_finish(vms);
	vms_isolation_finish(vms);
	usb_monitor_destroy(vms->usb.monitor);
	vms_images_finish(vms);
	while (vms->list) {
		struct vm *vm = vms->list;

		vms->list = vm->next;
		free_vm(vm);
	}
	vm_job_free_all(vms);
	vms_usb_finish(vms);
	vms_quarantine_finish(vms);
	journal_shares_finish(&vms->left);
	vms_hands_off_destroy(vms);
	vms_facts_drop(vms);
	strv_finish(&vms->devices);
	close_fd(&vms->hold);
	root_close(&vms->root);
	free(vms->launcher);
	free(vms->state_dir);
	free(vms);
}

static void on_usb_changed(void *user)
{
	vms_facts_drop(user);
	vms_hands_off_plugged(user);
	vms_usb_event(user);
}

static int make_run_dir(const struct vms *vms, struct err *err)
{
	cleanup_free char *folder = xasprintf("%s/vm", vms->env.run_dir);
	mode_t mode = vms->env.session ? 0700 : 0711;

	if ((mkdir(vms->env.run_dir, mode) < 0 && errno != EEXIST) ||
	        (mkdir(folder, mode) < 0 && errno != EEXIST) || chmod(folder, mode) < 0)
		return err_errno(err, -errno, _("%s cannot be made"), folder);
	return 0;
}

int vms_create(const struct vm_env *env, const struct vm_listener *listener, struct vms **out,
        struct err *err)
{
	struct vms *vms = xcalloc(1, sizeof(*vms));
	struct err no_monitor;
	int r;

	vms->env = *env;
	vms->hold = -1;
	vms->listener = *listener;
	vms->usb.command_ms = VM_USB_COMMAND_MS;
	vms->launcher = xasprintf("%s/playthrough-launch", env->libexec_dir);
	vms->state_dir = env->state_dir ? xstrdup(env->state_dir) : paths_state_dir(env->session);
	r = root_open(&vms->root, "/", err);
	r = r < 0 ? r : make_run_dir(vms, err);
	if (r < 0) {
		close_fd(&vms->root.fd);
		free(vms->root.path);
		free(vms->launcher);
		free(vms->state_dir);
		free(vms);
		return r;
	}
	r = vms_quarantine_load(vms, err);
	vms_shares_left_load(vms);
	vms_hands_off_create(vms);
	vms_chord_create(vms);
	/* First listen, then look: no device that comes in between is missed. */
	if (usb_monitor_create(env->event, on_usb_changed, vms, &vms->usb.monitor, &no_monitor) < 0)
		log_warning("%s", no_monitor.message);
	vms_isolation_create(vms);
	r = r < 0 ? r : vms_adopt_all(vms, err);
	if (r < 0) {
		vms_destroy(vms);
		return r;
	}
	vms_hold_acts(vms);
	vms_recover_adopt(vms);
	vms_isolation_settle(vms);
	vms_network_sweep(vms);
	vms_usb_reconcile(vms);
	vms_chord_refresh(vms);
	*out = vms;
	return 0;
}

bool vms_idle(const struct vms *vms)
{
	for (const struct vm *vm = vms->list; vm; vm = vm->next) {
		if (vm->state != VM_STOPPED || vm->recover.due)
			return false;
	}
	return !vms->jobs && !vms->isolation.busy && !vms_usb_busy(vms);
}
