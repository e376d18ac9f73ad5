/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each call of org.playthrough.Appliance1 does with the VMs, and what the VMs report back. */
#include "base/i18n.h"
#include "daemon.h"

#include <errno.h>
#include <unistd.h>

static const char *job_state_name(enum vm_job_state state)
{
	switch (state) {
	case VM_JOB_RUNNING:
		return "running";
	case VM_JOB_DONE:
		return "done";
	case VM_JOB_FAILED:
		return "failed";
	case VM_JOB_CANCELLED:
		return "cancelled";
	}
	return "failed";
}

/* JSON as text; takes the reference. NULL stays NULL. Caller frees. */
static char *dump(json_t *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

	json_decref(json);
	return text;
}

static void report_job(struct daemon *daemon, struct vm_job *job)
{
	struct vm_job_info info = vm_job_info(job);
	cleanup_free char *result = dump(json_incref(info.result));
	const struct bus_job_facts facts = {
	        .id = info.id,
	        .kind = info.kind,
	        .vm = info.vm,
	        .state = job_state_name(info.state),
	        .stage = info.stage,
	        .percent = info.percent,
	        .err = info.state == VM_JOB_FAILED ? info.err : NULL,
	        .result = result,
	        .handle = info.state == VM_JOB_RUNNING ? job : NULL,
	};

	bus_service_job_changed(daemon->service, &facts);
}

static int started(struct daemon *daemon, struct vm_job *job, unsigned *id, struct err *err)
{
	if (!job)
		return err->number ? err->number : -EIO;
	*id = vm_job_info(job).id;
	report_job(daemon, job);
	return 0;
}

static char *act_list_vms(void *user, struct err *err)
{
	struct daemon *daemon = user;

	(void)err;
	return dump(vms_list_json(daemon->vms));
}

static char *act_status(void *user, const char *vm, struct err *err)
{
	struct daemon *daemon = user;

	return dump(vms_status_json(daemon->vms, vm, err));
}

static char *act_usb_list(void *user, struct err *err)
{
	struct daemon *daemon = user;

	(void)err;
	return dump(vms_usb_answer(daemon->vms, VMS_USB_LIST));
}

static char *act_usb_ports(void *user, struct err *err)
{
	struct daemon *daemon = user;

	(void)err;
	return dump(vms_usb_answer(daemon->vms, VMS_USB_PORTS));
}

static char *act_log(void *user, const char *vm, struct err *err)
{
	struct daemon *daemon = user;

	return vms_log(daemon->vms, vm, err);
}

/* QEMU may be installed or removed while the daemon runs, so it is looked for at each start. */
static int check_qemu(const struct daemon *daemon, struct err *err)
{
	if (access(daemon->qemu, X_OK) == 0)
		return 0;
	err_set(err, -ENOENT, _("%s: QEMU is not installed, no VM can run without it"),
	        daemon->qemu);
	err_hint(err, _("install it: apt-get install qemu-system-x86"));
	err_code(err, CODE_QEMU_ABSENT);
	return -ENOENT;
}

static int act_start(void *user, const char *vm, unsigned *job, struct err *err)
{
	const struct vm_start_options options = {.picture_fd = -1};
	struct daemon *daemon = user;
	int r = check_qemu(daemon, err);

	return r < 0 ? r : started(daemon, vms_start(daemon->vms, vm, &options, err), job, err);
}

static int act_test_drive(void *user, const char *vm, const struct bus_test_drive *want,
        unsigned *job, struct err *err)
{
	const struct vm_start_options options = {
	        .test_drive = true, .keep = want->keep, .picture_fd = want->picture};
	struct daemon *daemon = user;
	int r = check_qemu(daemon, err);

	if (r < 0) {
		int picture = want->picture;

		close_fd(&picture);
		return r;
	}
	return started(daemon, vms_start(daemon->vms, vm, &options, err), job, err);
}

static int act_stop(void *user, const char *vm, bool force, unsigned *job, struct err *err)
{
	struct daemon *daemon = user;

	return started(daemon, vms_stop(daemon->vms, vm, force, err), job, err);
}

static int act_usb_attach(
        void *user, const char *vm, const char *device, unsigned *job, struct err *err)
{
	struct daemon *daemon = user;

	return started(daemon, vms_usb_attach(daemon->vms, vm, device, err), job, err);
}

static int act_usb_detach(
        void *user, const char *vm, const char *device, unsigned *job, struct err *err)
{
	struct daemon *daemon = user;

	return started(daemon, vms_usb_detach(daemon->vms, vm, device, err), job, err);
}

static int act_usb_give_back(void *user, unsigned *n, struct err *err)
{
	struct daemon *daemon = user;

	(void)err;
	*n = vms_usb_give_back_all(daemon->vms);
	return 0;
}

static char *act_usb_why(void *user, struct err *err)
{
	struct daemon *daemon = user;

	(void)err;
	return dump(vms_usb_answer(daemon->vms, VMS_USB_WHY));
}

static char *act_usb_assign(void *user, const char *vm, const char *device,
        const struct bus_usb_assign *want, struct err *err)
{
	const struct usb_assign_options options = {.by = want->by, .as = want->as};
	struct daemon *daemon = user;

	return dump(vms_usb_assign(daemon->vms, vm, device, &options, err));
}

static char *act_usb_unassign(void *user, const char *vm, const char *what, struct err *err)
{
	struct daemon *daemon = user;

	return dump(vms_usb_unassign(daemon->vms, vm, what, err));
}

static char *act_disk_list(void *user, struct err *err)
{
	struct daemon *daemon = user;

	return dump(vms_disk_list(daemon->vms, err));
}

static char *act_profile_offers(void *user, struct err *err)
{
	struct daemon *daemon = user;

	return dump(vms_profile_offers(daemon->vms, err));
}

static char *act_profile_show(void *user, const char *name, struct err *err)
{
	struct daemon *daemon = user;

	return dump(vms_profile_show(daemon->vms, name, err));
}

static char *act_profile_check(void *user, const char *name, const char *text, struct err *err)
{
	struct daemon *daemon = user;

	return dump(vms_profile_check(daemon->vms, name, text, err));
}

static char *act_profile_write(
        void *user, const char *name, const char *text, const char *expected, struct err *err)
{
	struct daemon *daemon = user;

	return vms_profile_write(daemon->vms, name, text, expected, err);
}

static char *act_profile_remove(void *user, const char *name, const char *expected, struct err *err)
{
	struct daemon *daemon = user;

	return vms_profile_remove(daemon->vms, name, expected, err);
}

static void on_answered(void *user, const struct err *err)
{
	bus_service_answer(user, err);
}

static int act_pause(void *user, const char *vm, bool pause, sd_bus_message *call, struct err *err)
{
	struct daemon *daemon = user;

	return vms_pause(daemon->vms, vm, pause, on_answered, call, err);
}

static int act_sleep(void *user, const char *vm, sd_bus_message *call, struct err *err)
{
	struct daemon *daemon = user;

	return vms_sleep(daemon->vms, vm, on_answered, call, err);
}

static int act_screenshot(void *user, const char *vm, int fd, sd_bus_message *call, struct err *err)
{
	struct daemon *daemon = user;

	return vms_screenshot(daemon->vms, vm, fd, on_answered, call, err);
}

static int act_cd_change(
        void *user, const struct bus_cd_change *change, sd_bus_message *call, struct err *err)
{
	const struct vm_cdrom_act act = {
	        .drive = change->drive, .fd = change->file, .force = change->force};
	struct daemon *daemon = user;

	return vms_cdrom(daemon->vms, change->vm, &act, on_answered, call, err);
}

static int act_press(
        void *user, const char *vm, const char *keys, sd_bus_message *call, struct err *err)
{
	struct daemon *daemon = user;

	return vms_press(daemon->vms, vm, keys, on_answered, call, err);
}

static int act_console_show(void *user, const char *vm, struct err *err)
{
	struct daemon *daemon = user;
	json_t *status = vm[0] ? vms_status_json(daemon->vms, vm, err) : json_null();

	if (!status)
		return err->number;
	json_decref(status);
	daemon_console_show(daemon, vm);
	return 0;
}

static char *act_console_status(void *user, struct err *err)
{
	(void)err;
	return dump(daemon_access_status(user));
}

static int act_console_enable(void *user, const char *listen, const char *web, struct err *err)
{
	return daemon_access_enable(user, listen, web, err);
}

static int act_console_disable(void *user, struct err *err)
{
	int r = daemon_access_disable(user, err);

	daemon_session_changed(user);
	return r;
}

static char *act_console_ticket(void *user, unsigned minutes, struct err *err)
{
	return daemon_access_ticket(user, minutes, err);
}

static int act_sound_open(void *user, int *fd, struct err *err)
{
	return daemon_console_sound(user, fd, err);
}

static int act_disk(void *user, const struct bus_disk_act *act, unsigned *job, struct err *err)
{
	struct vm_job *made = NULL;
	int r = daemon_disk_act(user, act, &made, err);

	return r < 0 ? r : started(user, made, job, err);
}

static void act_cancel(void *user, void *handle)
{
	(void)user;
	vm_job_cancel(handle);
}

const struct bus_service_ops daemon_acts = {
        .list_vms = act_list_vms,
        .status = act_status,
        .usb_list = act_usb_list,
        .usb_ports = act_usb_ports,
        .log = act_log,
        .start = act_start,
        .stop = act_stop,
        .pause = act_pause,
        .sleep = act_sleep,
        .test_drive = act_test_drive,
        .usb_attach = act_usb_attach,
        .usb_detach = act_usb_detach,
        .usb_give_back = act_usb_give_back,
        .usb_why = act_usb_why,
        .usb_assign = act_usb_assign,
        .usb_unassign = act_usb_unassign,
        .disk_list = act_disk_list,
        .profile_offers = act_profile_offers,
        .profile_show = act_profile_show,
        .profile_check = act_profile_check,
        .profile_write = act_profile_write,
        .profile_remove = act_profile_remove,
        .screenshot = act_screenshot,
        .cd_change = act_cd_change,
        .press = act_press,
        .console_show = act_console_show,
        .console_status = act_console_status,
        .console_enable = act_console_enable,
        .console_disable = act_console_disable,
        .console_ticket = act_console_ticket,
        .sound_open = act_sound_open,
        .disk_act = act_disk,
        .cancel = act_cancel,
};

static void on_vm_changed(void *user, const char *name)
{
	struct daemon *daemon = user;
	json_t *status = daemon->vms ? vms_status_json(daemon->vms, name, NULL) : NULL;
	const char *state = json_string_value(json_object_get(status, "state"));

	bus_service_vm_changed(daemon->service, name, state ? state : vm_state_name(VM_STOPPED));
	json_decref(status);
	if (daemon->vms)
		daemon_console_vm_changed(daemon, name);
	daemon_session_changed(daemon);
}

static void on_job_changed(void *user, struct vm_job *job)
{
	report_job(user, job);
	daemon_session_changed(user);
}

static void on_usb_changed(void *user)
{
	struct daemon *daemon = user;

	bus_service_usb_changed(daemon->service);
}

struct vm_listener daemon_listener(struct daemon *daemon)
{
	return (struct vm_listener){.vm_changed = on_vm_changed,
	        .job_changed = on_job_changed,
	        .usb_changed = on_usb_changed,
	        .user = daemon};
}
