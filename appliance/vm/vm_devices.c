/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether this QEMU has every device that a plan wants, which it is asked before anything is claimed: distributions put some
 * of them into packages of their own, and QEMU would end only after the devices of this PC had left their drivers.
 */
#include "vm/vm_impl.h"

#include "base/child.h"
#include "base/i18n.h"
#include "base/log.h"
#include "vm/plan/cpu_help.h"

#include <errno.h>

#define ASK_MS 30000u /* of a PC that is busy, too */

/* How the child that asks tells that all is there but ARGS_PANIC_DEVICE. */
#define LACKS_PANIC (-ENXIO)

struct question {
	char *qemu;
	struct strv names;
	const struct strv *processors; /* see cpu_help.h */
	const struct strv *drivers;    /* of disks on the network */
	bool panic;                    /* whether ARGS_PANIC_DEVICE is asked for, too */
};

/* --- what the plan wants --- */

/* The console's and the sound's are taken out of the plan where QEMU has them not (vm_display.c, vm_sound.c). */
static bool is_dispensable(const char *name)
{
	static const char *const names[] = {
	        "usb-redir", "ich9-intel-hda", "hda-output", "hda-micro", ARGS_PANIC_DEVICE};

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

/* What it does not say is no refusal: QEMU itself then says what it lacks. Caller frees the answer. */
static char *ask(const struct question *q, const char *what, struct err *err)
{
	char *const argv[] = {q->qemu, (char *)what, (char *)"help", NULL};
	struct child_result result = {0};
	int r = child_run(argv, NULL, ASK_MS, &result, err);

	if (r == 0 && result.status == 0)
		return result.output;
	if (r == 0)
		err_set(err, -ENODATA, _("%s does not answer %s help"), q->qemu, what);
	free(result.output);
	return NULL;
}

static int check_devices(const struct question *q, bool *lacks_panic, struct err *err)
{
	cleanup_free char *help = ask(q, "-device", err);
	int r = help ? 0 : -ENODATA;

	if (help && !strstr(help, "\nname \""))
		r = err_set(err, -ENODATA, _("%s does not list its devices"), q->qemu);
	if (r == 0)
		strv_foreach (name, &q->names)
			r = r < 0 || vm_devices_listed(help, *name) ? r
			                                            : refuse(q->qemu, *name, err);
	*lacks_panic = r == 0 && q->panic && !vm_devices_listed(help, ARGS_PANIC_DEVICE);
	return r;
}

static int check_processors(const struct question *q, struct err *err)
{
	cleanup_free char *help = NULL;
	int r = 0;

	if (!q->processors->n)
		return 0;
	help = ask(q, "-cpu", err);
	if (!help)
		return -ENODATA;
	if (!cpu_help_is_list(help))
		return err_set(err, -ENODATA, _("%s does not list its processors"), q->qemu);
	strv_foreach (what, q->processors)
		r = r < 0 ? r : cpu_help_check(help, q->qemu, *what, err);
	return r;
}

/*
 * Drivers of disks are modules, of packages of their own in Debian, and QEMU lists them whether they are there or not. It is
 * told to open a disk whose address is none: before it says so it looks for the driver. nbd is in every QEMU.
 */
static const struct {
	const char *name, *address;
} drivers[] = {
        {"iscsi", "driver=iscsi,node-name=x,transport=tcp,portal=:,target=t,lun=0"},
        {"nfs", "driver=nfs,node-name=x,server.type=inet,server.host=,path=/"},
        {"rbd", "driver=rbd,node-name=x,pool=p,image=i,conf=/dev/null"},
};

static bool lacks_driver(const char *qemu, const char *address)
{
	const char *const argv[] = {qemu, "-machine", "none", "-nodefaults", "-display", "none",
	        "-blockdev", address, NULL};
	struct child_result result = {0};
	bool lacks =
	        child_run((char *const *)argv, NULL, ASK_MS, &result, NULL) == 0 &&
	        (strstr(result.output, "Unknown driver") || strstr(result.output, "module block-"));

	free(result.output);
	return lacks;
}

static int check_drivers(const struct question *q, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		if (!strv_has(q->drivers, drivers[i].name) ||
		        !lacks_driver(q->qemu, drivers[i].address))
			continue;
		err_set(err, -ENOPROTOOPT, _("%s has no driver for the disk that url= names (%s)"),
		        q->qemu, drivers[i].name);
		err_hint(err, _("install it (Debian: apt install qemu-block-extra)"));
		err_code(err, CODE_DISK_DRIVER);
		return -ENOPROTOOPT;
	}
	return 0;
}

static int ask_in_child(const void *argument, int *fd, struct err *err)
{
	const struct question *q = argument;
	bool lacks_panic;
	int r = check_devices(q, &lacks_panic, err);

	(void)fd;
	r = r < 0 ? r : check_processors(q, err);
	r = r < 0 ? r : check_drivers(q, err);
	if (r < 0 || !lacks_panic)
		return r;
	return err_set(err, LACKS_PANIC, _("%s has no device %s: crashes of guests are not seen"),
	        q->qemu, ARGS_PANIC_DEVICE);
}

static void learn_all(struct vms *vms, const struct strv *names)
{
	strv_foreach (name, names)
		if (!strv_has(&vms->devices, *name))
			strv_add(&vms->devices, *name);
}

static void learn(struct vm *vm, bool lacks_panic)
{
	const struct vm_plan *plan = &vm->starting->plan;
	struct vms *vms = vm->vms;

	vm_devices_of(&plan->args, &vms->devices);
	learn_all(vms, &plan->cpu_words);
	learn_all(vms, &plan->drivers);
	vms->no_panic = lacks_panic;
	if (!lacks_panic && !strv_has(&vms->devices, ARGS_PANIC_DEVICE))
		strv_add(&vms->devices, ARGS_PANIC_DEVICE);
}

static bool is_lack(const struct err *err)
{
	return err && (err_is(err, CODE_QEMU_DEVICE) || err_is(err, CODE_QEMU_CPU) ||
	                      err_is(err, CODE_DISK_DRIVER));
}

static void on_asked(void *user, int fd, const struct err *err)
{
	struct vm *vm = user;

	(void)fd;
	vm->act = NULL;
	if (is_lack(err) || vm->state == VM_STOPPING) {
		vm_start_fail(vm, err);
		return;
	}
	if (err)
		log_warning("%s", err->message);
	if (!err || err->number == LACKS_PANIC)
		learn(vm, err);
	if (vm->vms->no_panic)
		args_panic_out(&vm->starting->plan);
	vm_take(vm);
}

static bool wants_panic(const struct vms *vms, const struct strv *args)
{
	bool known = vms->no_panic || strv_has(&vms->devices, ARGS_PANIC_DEVICE);

	strv_foreach (arg, args)
		if (starts_with(*arg, ARGS_PANIC_DEVICE ","))
			return !known;
	return false;
}

bool vm_devices_ready(struct vm *vm)
{
	struct vms *vms = vm->vms;
	struct vm_plan *plan = &vm->starting->plan;
	struct question q = {.qemu = (char *)vms->env.qemu,
	        .processors = &plan->cpu_words,
	        .drivers = &plan->drivers};
	struct err err;
	bool ready = true;

	vm_devices_of(&plan->args, &q.names);
	q.panic = wants_panic(vms, &plan->args);
	if (q.panic || !is_known(vms, &q.names) || !is_known(vms, q.processors) ||
	        !is_known(vms, q.drivers)) {
		ready = disposable_run(vms->env.event, ask_in_child, &q, 3 * ASK_MS, on_asked, vm,
		                &vm->act, &err) < 0;
		if (ready)
			log_error(&err, "%s", q.qemu);
	}
	if (ready && vms->no_panic)
		args_panic_out(plan);
	strv_finish(&q.names);
	return ready;
}
