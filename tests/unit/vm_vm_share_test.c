/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual functions in the life of VMs: made for a start, and gone with its failure, with the daemon's end at each point
 * of it, and with the last of two VMs. The PC is a folder; binding is refused there, as the children of a start look at the
 * real one.
 */
#include "vm/vm_impl.h"

#include <setjmp.h>
#include <time.h>

#include <cmocka.h>

#include "machine.h"

#define PARENT "/sys/devices/pci0000:00/0000:00:01.0/0000:f1:00.0"

static const char text[] =
        "include pc\ninclude intel-cpu\ninclude desktop\ninclude remapped\n"
        "unit dmar0 d2008c40660462 f050da\n"
        "pci 0000:00:01.0 8086:1901 060400 group=6 driver=pcieport\n"
        "pci 0000:00:01.0/0000:f1:00.0 1b36:0010 010802 group=7 driver=nvme\n"
        "pci 0000:00:01.0/0000:f1:00.1 1b36:0010 010802 group=8\n"
        "pci 0000:00:01.0/0000:f1:00.2 1b36:0010 010802 group=9\n"
        "link " PARENT "/virtfn0 ../0000:f1:00.1\nlink " PARENT "/virtfn1 ../0000:f1:00.2\n"
        "file " PARENT "/sriov_totalvfs 2\nfile " PARENT "/sriov_drivers_autoprobe 1\n";
static const char profile[] =
        "[memory]\nsize=64M\n[boot]\nfirmware=bios\n[cpu]\naccel=tcg\n[pci part]\n"
        "address=0000:f1:00.0\nid=1b36:0010\nvirtual-function=auto\nvirtual-function-count=2\n";

struct fixture {
	struct machine pc;
	sd_event *event;
	struct vms *vms;
	struct strv folders;
	char *run_dir;
	struct err end; /* what the end of the job says */
};

static void on_job(void *user, struct vm_job *job)
{
	struct vm_job_info info = vm_job_info(job);

	if (info.state != VM_JOB_RUNNING && info.err)
		((struct fixture *)user)->end = *info.err;
}

static void start_daemon(struct fixture *f)
{
	const struct vm_listener listener = {.job_changed = on_job, .user = f};
	struct vm_env env = {.event = f->event,
	        .session = true,
	        .run_dir = f->run_dir,
	        .state_dir = f->run_dir,
	        .data_dir = "",
	        .libexec_dir = "",
	        .qemu = "/qemu",
	        .profile_folders = &f->folders};

	assert_int_equal(vms_create(&env, &listener, &f->vms, NULL), 0);
	f->vms->env.session = false;
	root_close(&f->vms->root);
	assert_int_equal(root_open(&f->vms->root, f->pc.folder, NULL), 0);
}

static void set_number(struct fixture *f, const char *number)
{
	machine_write(&f->pc, PARENT "/sriov_numvfs", number);
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	cleanup_strv struct strv lines = {0};

	machine_open(&f->pc, NULL);
	strv_split(&lines, text, "\n");
	strv_foreach (line, &lines) {
		cleanup_free char *part = NULL, *file = NULL, *cwd = xstrdup("");

		part = xasprintf("tests/machines/%s.part", *line + strlen("include "));
		if (starts_with(*line, "include "))
			machine_include(&f->pc, part, false);
		else
			machine_line(&f->pc, *line, &file, &cwd);
	}
	set_number(f, "0");
	machine_write(&f->pc, "/profiles/games.profile", profile);
	f->run_dir = xasprintf("%s/run/playthrough", f->pc.folder);
	strv_addf(&f->folders, "%s/profiles", f->pc.folder);
	assert_true(sd_event_new(&f->event) >= 0);
	start_daemon(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	vms_destroy(f->vms);
	sd_event_unref(f->event);
	strv_finish(&f->folders);
	free(f->run_dir);
	machine_close(&f->pc);
	free(f);
	return 0;
}

static void expect(const struct fixture *f, const char *file, const char *want)
{
	cleanup_free char *path = xasprintf(PARENT "/%s", file), *found = NULL;

	found = root_read(&f->pc.root, path);
	assert_string_equal(found, want);
}

static void await_stopped(struct fixture *f, const struct vm *vm)
{
	for (unsigned i = 0; vm->state != VM_STOPPED && i < 1000; i++)
		sd_event_run(f->event, 100000);
	assert_int_equal(vm->state, VM_STOPPED);
}

/* A VM as a journal has it, or one that runs. */
static struct vm *with_part(struct fixture *f, const char *name, unsigned vf, bool made)
{
	struct vm *vm = vms_get(f->vms, name);

	vm->state = VM_RUNNING;
	vm->journal.name = xstrdup(name);
	*list_append(vm->journal.shares, vm->journal.n_shares) =
	        (struct journal_share){.kind = VM_SHARE_VIRTUAL,
	                .parent = {0, 0xf1, 0, 0},
	                .vendor = 0x1b36,
	                .device = 0x0010,
	                .vf = vf,
	                .vfs = 2,
	                .autoprobe = true,
	                .made = made};
	return vm;
}

static void end_vm(struct fixture *f, struct vm *vm)
{
	vm->state = VM_STOPPING;
	vm_release(vm);
	await_stopped(f, vm);
}

/* The second plan has what was made, up to the binding, which fails here: then all of it goes. */
static void test_start(void **state)
{
	const struct vm_start_options options = {.picture_fd = -1};
	struct fixture *f = *state;
	struct err err = {0};
	struct vm *vm;

	if (!vms_start(f->vms, "games", &options, &err))
		fail_msg("%s %s", err.message, err.hint);
	vm = vms_find(f->vms, "games");
	assert_int_equal(vm->journal.n_shares, 1);
	assert_int_equal(vm->journal.n_pci, 0); /* it is not there yet */
	for (unsigned i = 0; !vm->journal.n_pci && vm->state == VM_STARTING && i < 1000; i++)
		sd_event_run(f->event, 100000);
	if (!vm->journal.n_pci)
		fail_msg("%s", f->end.message);
	expect(f, "sriov_numvfs", "2");
	expect(f, "sriov_drivers_autoprobe", "0");
	assert_int_equal(vm->journal.pci[0].addr.function, 1);
	assert_int_equal(vm->journal.pci[0].group, 8);
	assert_true(vm->journal.shares[0].made);
	assert_true(vm_plan_is_whole(&vm->starting->plan));
	await_stopped(f, vm);
	assert_non_null(strstr(f->end.message, "0000:f1:00.1"));
	expect(f, "sriov_numvfs", "0");
	expect(f, "sriov_drivers_autoprobe", "1");
}

/* The daemon ends before, within and after the act; the next one undoes it. */
static void test_daemon_ends(void **state)
{
	static const struct {
		const char *number, *autoprobe;
	} points[] = {{"0", "1"}, {"0", "0"}, {"2", "0"}, {"2", "1"}};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(points); i++) {
		struct vm *vm = with_part(f, "games", 0, true);

		assert_int_equal(vm_journal(vm, NULL), 0);
		set_number(f, points[i].number);
		machine_write(&f->pc, PARENT "/sriov_drivers_autoprobe", points[i].autoprobe);
		vms_destroy(f->vms);
		start_daemon(f);
		assert_int_equal(vms_adopt_all(f->vms, NULL), 0);
		vm = vms_find(f->vms, "games");
		assert_non_null(vm);
		assert_int_equal(vm->journal.shares[0].vfs, 2);
		await_stopped(f, vm);
		expect(f, "sriov_numvfs", "0");
		expect(f, "sriov_drivers_autoprobe", "1");
	}
}

static void test_two_vms(void **state)
{
	struct fixture *f = *state;
	struct vm *one = with_part(f, "one", 0, true), *two = with_part(f, "two", 1, true);

	set_number(f, "2");
	end_vm(f, one);
	expect(f, "sriov_numvfs", "2");
	end_vm(f, two);
	expect(f, "sriov_numvfs", "0");
}

/* While virtual functions are being made, sysfs has none of them yet: the whole card is not to be had all the same. */
static void test_whole_card(void **state)
{
	const struct vm_start_options options = {.picture_fd = -1};
	struct fixture *f = *state;
	struct err err = {0};

	machine_write(&f->pc, "/profiles/whole.profile",
	        "[memory]\nsize=64M\n[boot]\nfirmware=bios\n[cpu]\naccel=tcg\n[pci card]\n"
	        "address=0000:f1:00.0\nid=1b36:0010\n");
	with_part(f, "one", 0, true)->state = VM_STARTING;
	assert_null(vms_start(f->vms, "whole", &options, &err));
	assert_true(err_is(&err, CODE_VM_CLAIMED));
	assert_non_null(strstr(err.message, "0000:f1:00.0 is in use by VM one"));
}

/* What a person has made stays, and so does what another program's VM has. */
static void test_others_stay(void **state)
{
	struct fixture *f = *state;

	set_number(f, "2");
	end_vm(f, with_part(f, "one", 0, false));
	expect(f, "sriov_numvfs", "2");
	machine_link(&f->pc, "/sys/bus/pci/devices/0000:f1:00.2/driver",
	        "/sys/bus/pci/drivers/vfio-pci");
	end_vm(f, with_part(f, "one", 0, true));
	expect(f, "sriov_numvfs", "2");
}

/* They could not be removed, which is told; the next VM that has one does it, also under another daemon. */
static void test_left(void **state)
{
	const struct vm_share again = {
	        .kind = VM_SHARE_VIRTUAL, .parent = {0, 0xf1, 0, 0}, .vf = 1, .there = true};
	struct vm_claim_pci claim = {.share = again};
	const struct vm_plan plan = {.pci = &claim, .n_pci = 1};
	struct fixture *f = *state;
	cleanup_free char *link =
	        machine_path(&f->pc, "", "/sys/bus/pci/devices/0000:f1:00.2/driver");
	struct vm *vm = with_part(f, "one", 0, true);

	set_number(f, "2");
	machine_link(&f->pc, "/sys/bus/pci/devices/0000:f1:00.2/driver",
	        "/sys/bus/pci/drivers/vfio-pci");
	end_vm(f, vm);
	assert_true(err_is(&vm->lost, CODE_SHARE_FAILED));
	assert_non_null(strstr(vm->lost.hint, "sriov_numvfs"));
	assert_int_equal(unlink(link), 0);
	vms_destroy(f->vms);
	start_daemon(f);
	vms_shares_left_load(f->vms);
	vm = vms_get(f->vms, "two");
	vm->journal.name = xstrdup("two");
	vm_shares_journal(vm, &plan);
	assert_true(vm->journal.shares[0].made && vm->journal.shares[0].autoprobe);
	end_vm(f, vm);
	expect(f, "sriov_numvfs", "0");
	assert_null(vms_shares_left_find(f->vms, again.parent));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_start, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_daemon_ends, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_two_vms, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_others_stay, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_left, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_whole_card, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
