/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A QEMU, played by a script, that lacks a device: the start ends before anything was claimed, and says which. */
#include "vm/vm_impl.h"

#include <setjmp.h>
#include <sys/stat.h>

#include <cmocka.h>

/* Of each QEMU that this file plays: a list of processors, and no pvpanic-pci. */
#define PROCESSORS                                                                            \
	"#!/bin/sh\nif [ $1 = -cpu ]; then cat <<END\nAvailable CPUs:\nx86 Haswell   Intel\n" \
	"\nRecognized CPUID flags:\n  3dnow avx\n  avx2\n\nEND\nelse cat <<END\n"             \
	"Network devices:\nname \"virtio-net-pci\", bus PCI\nEND\nfi\n"
#define HELP                                                              \
	"#!/bin/sh\necho asked >>%s/asked\ncat <<END\nNetwork devices:\n" \
	"name \"virtio-net-pci\", bus PCI\nname \"virtio-serial-pci\"\nEND\n"

struct fixture {
	char folder[64];
	sd_event *event;
	struct vms *vms;
	char *qemu;
	struct err end;
};

static void on_job(void *user, struct vm_job *job)
{
	struct vm_job_info info = vm_job_info(job);

	if (info.state != VM_JOB_RUNNING && info.err)
		((struct fixture *)user)->end = *info.err;
}

static void write_qemu(struct fixture *f, const char *text)
{
	assert_int_equal(root_write(&f->vms->root, f->qemu, text, strlen(text), 0755, NULL), 0);
}

static int setup(void **state)
{
	static const struct strv no_profiles;
	struct fixture *f = xcalloc(1, sizeof(*f));
	const struct vm_listener listener = {.job_changed = on_job, .user = f};
	struct vm_env env = {.session = true,
	        .run_dir = f->folder,
	        .state_dir = f->folder,
	        .data_dir = "",
	        .libexec_dir = "/nowhere",
	        .profile_folders = &no_profiles};
	cleanup_free char *folder = NULL, *help = NULL;

	strcpy(f->folder, "/tmp/playthrough-devices-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	assert_true(sd_event_new(&f->event) >= 0);
	f->qemu = xasprintf("%s/qemu", f->folder);
	env.event = f->event;
	env.qemu = f->qemu;
	assert_int_equal(vms_create(&env, &listener, &f->vms, NULL), 0);
	folder = xasprintf("%s/vm/games", f->folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	help = xasprintf(HELP, f->folder);
	write_qemu(f, help);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *command = xasprintf("rm -rf '%s'", f->folder);

	vms_destroy(f->vms);
	sd_event_unref(f->event);
	assert_int_equal(system(command), 0);
	free(f->qemu);
	free(f);
	return 0;
}

/* A VM whose plan has these arguments and claims a card. */
static struct vm *starting(struct fixture *f, const char *args)
{
	struct vm *vm = vms_get(f->vms, "games");

	vm->state = VM_STARTING;
	vm->journal.name = xstrdup("games");
	vm->starting = xcalloc(1, sizeof(*vm->starting));
	vm->starting->log = -1;
	strv_split(&vm->starting->plan.args, args, " ");
	vm->start_job = vm_job_create(vm, "start", NULL);
	*list_append(vm->journal.pci, vm->journal.n_pci) =
	        (struct journal_pci){.addr = {0x7fff, 0, 0, 0}, .bar = -1};
	return vm;
}

static void spin(struct fixture *f, const struct vm *vm)
{
	for (int i = 0; i < 200 && vm->state != VM_STOPPED; i++)
		sd_event_run(f->event, 50000);
}

static void test_lacks_one(void **state)
{
	struct fixture *f = *state;
	struct vm *vm = starting(f, "qemu -device virtio-net-pci,id=a -device tpm-crb,tpmdev=t");

	assert_false(vm_devices_ready(vm));
	assert_false(vm->journal.pci[0].touched);
	spin(f, vm);
	assert_int_equal(vm->state, VM_STOPPED);
	assert_true(err_is(&f->end, CODE_QEMU_DEVICE));
	assert_non_null(strstr(f->end.message, "has no device tpm-crb, which this VM needs"));
	assert_true(f->end.hint[0]);
	assert_int_equal(f->vms->devices.n, 0);
}

/* It is asked once; what it is known to have is not asked for again. */
static void test_known(void **state)
{
	struct fixture *f = *state;
	struct vm *vm = starting(f, "qemu -device virtio-net-pci,id=a");

	strv_add(&f->vms->devices, "virtio-net-pci");
	assert_true(vm_devices_ready(vm));
	assert_null(vm->act);
}

static void test_processors(void **state)
{
	struct fixture *f = *state;
	struct vm *vm = starting(f, "qemu -device virtio-net-pci,id=a");

	write_qemu(f, PROCESSORS);
	strv_add(&vm->starting->plan.cpu_words, "model Haswell");
	strv_add(&vm->starting->plan.cpu_words, "feature avx3");
	assert_false(vm_devices_ready(vm));
	spin(f, vm);
	assert_int_equal(vm->state, VM_STOPPED);
	assert_true(err_is(&f->end, CODE_QEMU_CPU));
	assert_non_null(strstr(f->end.message, "knows no feature avx3"));
	assert_non_null(strstr(f->end.hint, "did you mean avx"));
}

/* A crash that is not seen is no reason not to start. */
static void test_lacks_panic(void **state)
{
	struct fixture *f = *state;
	struct vm *vm =
	        starting(f, "qemu -device virtio-net-pci,id=a -device pvpanic-pci,id=panic");

	write_qemu(f, PROCESSORS);
	strv_add(&vm->starting->plan.cpu_words, "model Haswell");
	assert_false(vm_devices_ready(vm));
	for (int i = 0; i < 200 && vm->act; i++)
		sd_event_run(f->event, 50000);
	assert_true(f->vms->no_panic);
	assert_true(strv_has(&f->vms->devices, "model Haswell"));
	assert_true(strv_has(&f->vms->devices, "virtio-net-pci"));
	assert_false(strv_has(&f->vms->devices, "pvpanic-pci"));
}

static void test_names(void **state)
{
	cleanup_strv struct strv args = {0}, names = {0};
	static const char help[] = "name \"VGA\", bus PCI\nname \"virtio-vga\", bus PCI\n";

	(void)state;
	/* The console's and the sound's are no reason not to start. */
	strv_split(&args,
	        "-device a,x -S -device b -device usb-redir,id=r -device ich9-intel-hda,id=s "
	        "-device hda-micro -device hda-output -device a,y -name -device",
	        " ");
	vm_devices_of(&args, &names);
	assert_int_equal(names.n, 2);
	assert_true(vm_devices_listed(help, "VGA"));
	assert_true(vm_devices_listed(help, "virtio-vga"));
	assert_false(vm_devices_listed(help, "vga"));
	assert_false(vm_devices_listed(help, "virtio"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_lacks_one, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_known, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_processors, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_lacks_panic, setup, teardown),
	        cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
