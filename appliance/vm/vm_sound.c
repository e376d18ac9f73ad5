/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether this QEMU can have an emulated sound card whose samples come over D-Bus, which is asked of it: the driver is a
 * module that a package may lack. A VM then runs without, and the journal says so; it is no reason not to start.
 */
#include "vm/vm_impl.h"

#include "base/child.h"
#include "base/i18n.h"
#include "base/log.h"

#include <errno.h>

#define ASK_MS 30000u /* of a PC that is busy, too */

/* What QEMU answers to `@what help`, its modules' complaints among it. */
static int ask(const char *qemu, const char *what, struct strv *lines, struct err *err)
{
	char *const argv[] = {(char *)qemu, (char *)what, (char *)"help", NULL};
	struct child_result result = {0};
	int r = child_run(argv, NULL, ASK_MS, &result, err);

	if (r == 0)
		strv_split(lines, result.output, "\r\n");
	free(result.output);
	return r;
}

static bool says(const struct strv *lines, const char *begin)
{
	strv_foreach (line, lines) {
		if (starts_with(*line, begin))
			return true;
	}
	return false;
}

static int ask_devices(const char *qemu, struct err *err)
{
	static const char *const devices[] = {"ich9-intel-hda", "hda-output", "hda-micro"};
	cleanup_strv struct strv lines = {0};
	int r = ask(qemu, "-device", &lines, err);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(devices); i++) {
		cleanup_free char *begin = xasprintf("name \"%s\"", devices[i]);

		if (!says(&lines, begin))
			r = err_set(err, -ENOTSUP,
			        _("%s has no %s (-device help): VMs run without an emulated sound "
			          "card"),
			        qemu, devices[i]);
	}
	return r;
}

static int ask_in_child(const void *qemu, int *fd, struct err *err)
{
	cleanup_strv struct strv drivers = {0};
	int r = ask(qemu, "-audiodev", &drivers, err);

	(void)fd;
	if (r < 0)
		return r;
	if (strv_has(&drivers, "dbus"))
		return ask_devices(qemu, err);
	return err_set(err, -ENOTSUP,
	        _("%s has no D-Bus sound (-audiodev help): VMs run without an emulated sound card"),
	        (const char *)qemu);
}

static void on_asked(void *user, int fd, const struct err *err)
{
	struct vm *vm = user;

	(void)fd;
	vm->act = NULL;
	vm->vms->dbus_sound = !err                      ? VMS_DISPLAY_YES
	                      : err->number == -ENOTSUP ? VMS_DISPLAY_NO
	                                                : VMS_DISPLAY_UNKNOWN;
	/* Where it was too slow to say this VM goes without, and the next one asks again. */
	if (err) {
		vm_plan_without_sound(&vm->starting->plan);
		log_warning("%s", err->message);
	}
	if (vm->state == VM_STOPPING)
		vm_start_fail(vm, NULL);
	else
		vm_launch(vm);
}

bool vm_sound_ready(struct vm *vm)
{
	struct vms *vms = vm->vms;
	struct vm_plan *plan = &vm->starting->plan;
	struct err err;

	if (plan->sound == PROFILE_SOUND_NONE || vms->dbus_sound == VMS_DISPLAY_YES)
		return true;
	if (vms->dbus_sound == VMS_DISPLAY_UNKNOWN) {
		if (disposable_run(vms->env.event, ask_in_child, vms->env.qemu, 3 * ASK_MS,
		            on_asked, vm, &vm->act, &err) == 0)
			return false;
		log_error(&err, "%s", vms->env.qemu);
	}
	vm_plan_without_sound(plan);
	return true;
}
