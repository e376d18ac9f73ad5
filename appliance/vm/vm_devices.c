/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether this QEMU has every device that a plan wants, which it is asked before anything is claimed: distributions put some
 * of them into packages of their own, and QEMU would end only after the devices of this PC had left their drivers.
 */
#include "vm/vm_impl.h"

#include "base/child.h"
#include "base/i18n.h"
#include "base/log.h"

#include <errno.h>

#define ASK_MS 30000u /* of a PC that is busy, too */

struct question {
	const char *qemu;
	struct strv names;
};

/* --- what the plan wants --- */

/* The console's and the sound's are taken out of the plan where QEMU has them not (vm_display.c, vm_sound.c). */
static bool is_dispensable(const char *name)
{
	static const char *const names[] = {
	        "usb-redir", "ich9-intel-hda", "hda-output", "hda-micro"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (streq(names[i], name))
			return true;
	return false;
}

void vm_devices_of(const struct strv *args, struct strv *names)
{
	for (size_t i = 0; i + 1 < args->n; i++) {
		cleanup_free char *name = NULL;

		if (!streq(args->list[i], "-device"))
			continue;
		name = xstrndup(args->list[i + 1], strcspn(args->list[i + 1], ","));
		if (!is_dispensable(name) && !strv_has(names, name))
			strv_add(names, name);
	}
}

static bool is_known(const struct vms *vms, const struct strv *names)
{
	strv_foreach (name, names)
		if (!strv_has(&vms->devices, *name))
			return false;
	return true;
}

/* --- the answer --- */

/* A line of `-device help` is: name "virtio-vga", bus PCI, alias "...", desc "..." */
bool vm_devices_listed(const char *help, const char *name)
{
	cleanup_free char *words = xasprintf("\nname \"%s\"", name);
	const char *at = strstr(help, words);

	return at || starts_with(help, words + 1);
}

static int refuse(const char *qemu, const char *name, struct err *err)
{
	err_set(err, -ENODEV, _("%s has no device %s, which this VM needs (%s -device help)"), qemu,
	        name, qemu);
	err_hint(err,
	        _("install all of QEMU (Debian: apt install qemu-system-x86 qemu-system-gui), or "
	          "choose another kind of that device in the profile"));
	err_code(err, CODE_QEMU_DEVICE);
	return -ENODEV;
}

/* What it does not say is no refusal: QEMU itself then says what it lacks. */
static int ask_in_child(const void *argument, int *fd, struct err *err)
{
	const struct question *q = argument;
	char *const argv[] = {(char *)q->qemu, (char *)"-device", (char *)"help", NULL};
	struct child_result result = {0};
	int r = child_run(argv, NULL, ASK_MS, &result, err);

	(void)fd;
	if (r == 0 && (result.status != 0 || !strstr(result.output, "\nname \"")))
		r = err_set(err, -ENODATA, _("%s does not list its devices"), q->qemu);
	if (r == 0)
		strv_foreach (name, &q->names)
			r = r < 0 || vm_devices_listed(result.output, *name)
			            ? r
			            : refuse(q->qemu, *name, err);
	free(result.output);
	return r;
}

static void on_asked(void *user, int fd, const struct err *err)
{
	struct vm *vm = user;

	(void)fd;
	vm->act = NULL;
	if ((err && err_is(err, CODE_QEMU_DEVICE)) || vm->state == VM_STOPPING) {
		vm_start_fail(vm, err);
		return;
	}
	if (err)
		log_warning("%s", err->message);
	else
		vm_devices_of(&vm->starting->plan.args, &vm->vms->devices);
	vm_take(vm);
}

bool vm_devices_ready(struct vm *vm)
{
	struct vms *vms = vm->vms;
	struct question q = {.qemu = vms->env.qemu};
	struct err err;
	bool ready = true;

	vm_devices_of(&vm->starting->plan.args, &q.names);
	if (!is_known(vms, &q.names)) {
		ready = disposable_run(vms->env.event, ask_in_child, &q, 2 * ASK_MS, on_asked, vm,
		                &vm->act, &err) < 0;
		if (ready)
			log_error(&err, "%s", q.qemu);
	}
	strv_finish(&q.names);
	return ready;
}
