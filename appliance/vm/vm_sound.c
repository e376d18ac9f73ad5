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

#define ASK_MS 5000u

/* What QEMU answers to `@what help`, its modules' complaints among it. */
static void ask(const char *qemu, const char *what, struct strv *lines)
{
	char *const argv[] = {(char *)qemu, (char *)what, (char *)"help", NULL};
	struct child_result result = {0};
	struct err err;

	if (child_run(argv, NULL, ASK_MS, &result, &err) == 0)
		strv_split(lines, result.output, "\r\n");
	free(result.output);
}

static bool says(const struct strv *lines, const char *begin)
{
	strv_foreach (line, lines) {
		if (starts_with(*line, begin))
			return true;
	}
	return false;
}

static int ask_in_child(const void *qemu, int *fd, struct err *err)
{
	static const char *const devices[] = {"ich9-intel-hda", "hda-output", "hda-micro"};
	cleanup_strv struct strv drivers = {0}, cards = {0};

	(void)fd;
	ask(qemu, "-audiodev", &drivers);
	if (!strv_has(&drivers, "dbus"))
		return err_set(err, -ENOTSUP,
		        _("%s has no D-Bus sound (-audiodev help): VMs run without an emulated "
		          "sound card"),
		        (const char *)qemu);
	ask(qemu, "-device", &cards);
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		cleanup_free char *begin = xasprintf("name \"%s\"", devices[i]);

		if (!says(&cards, begin))
			return err_set(err, -ENOTSUP,
			        _("%s has no %s (-device help): VMs run without an emulated sound "
			          "card"),
			        (const char *)qemu, devices[i]);
	}
	return 0;
}

static void on_asked(void *user, int fd, const struct err *err)
{
	struct vm *vm = user;

	(void)fd;
	vm->act = NULL;
	vm->vms->dbus_sound = err ? VMS_DISPLAY_NO : VMS_DISPLAY_YES;
	if (err)
		log_warning("%s", err->message);
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
