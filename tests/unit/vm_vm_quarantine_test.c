/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A card that is made to die in its reset, from the end of its VM on: it is read, quarantined with the reason, and no
 * start gets it, of this daemon or of the next one, until the file in the run directory is gone with the power.
 */
#include "vm/vm_impl.h"

#include <setjmp.h>
#include <time.h>

#include <cmocka.h>

#include "machine.h"

#define CARD  "/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0"
#define SOUND "/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.1"

static const char text[] =
        "include pc\ninclude intel-cpu\ninclude desktop\ninclude remapped\n"
        "unit dmar0 d2008c40660462 f050da\n"
        "pci 0000:00:01.0 8086:1901 060400 group=6 driver=pcieport\n"
        "pci 0000:00:01.0/0000:01:00.0 10de:1b81 030000 group=6 driver=vfio-pci sub=1043:8599\n"
        "pci 0000:00:01.0/0000:01:00.1 10de:10f0 040300 group=6 driver=vfio-pci sub=1043:8599\n";
static const char profile[] = "[boot]\nfirmware=bios\n[gpu]\naddress=0000:01:00.0\nid=10de:1b81\n"
                              "[audio]\naddress=0000:01:00.1\nid=10de:10f0\n";

struct fixture {
	struct machine pc;
	sd_event *event;
	struct vms *vms;
	struct strv folders;
	char *run_dir;
	char lost[1024]; /* what the end of the job says */
};

static void on_job(void *user, struct vm_job *job)
{
	struct vm_job_info info = vm_job_info(job);

	if (info.state != VM_JOB_RUNNING && info.err)
		strcpy(((struct fixture *)user)->lost, info.err->message);
}

/* The system's daemon of the PC in the folder, with its run directory there. */
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
	f->vms->env.run_dir = "/run/playthrough";
	root_close(&f->vms->root);
	assert_int_equal(root_open(&f->vms->root, f->pc.folder, NULL), 0);
	assert_int_equal(vms_quarantine_load(f->vms, NULL), 0);
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
	machine_write(&f->pc, CARD "/config", "\xde\x10\x81\x1b\x07\x01\x10\x01");
	machine_write(&f->pc, SOUND "/config", "\xde\x10\xf0\x10\x07\x01\x10\x01");
	machine_write(&f->pc, CARD "/driver_override", "(null)\n");
	machine_write(&f->pc, SOUND "/driver_override", "(null)\n");
	machine_write(&f->pc, "/profiles/games.profile", profile);
	machine_write(&f->pc, "/run/playthrough/vm/.keep", "");
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

static void add_function(struct journal *j, unsigned function, uint16_t device)
{
	*list_append(j->pci, j->n_pci) = (struct journal_pci){.addr = {0, 1, 0, function},
	        .bar = -1,
	        .vendor = 0x10de,
	        .device = device,
	        .subsystem_vendor = 0x1043,
	        .subsystem_device = 0x8599,
	        .name = xstrdup("card"),
	        .group = 6,
	        .pass = true,
	        .previous = xstrdup("vfio-pci"),
	        .home = true};
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* A VM with the card has ended, and everything is given back. Returns how long that took. */
static unsigned end_vm(struct fixture *f)
{
	struct vm *vm = vms_get(f->vms, "games");
	uint64_t from = now_ms();

	vm->state = VM_STOPPING;
	vm->journal.name = xstrdup("games");
	add_function(&vm->journal, 0, 0x1b81);
	add_function(&vm->journal, 1, 0x10f0);
	vm->stop_job = vm_job_create(vm, "stop", NULL);
	vm_release(vm);
	while (vm->state != VM_STOPPED && now_ms() - from < 20000)
		sd_event_run(f->event, 100000);
	assert_int_equal(vm->state, VM_STOPPED);
	return (unsigned)(now_ms() - from);
}

static void assert_start_refused(struct fixture *f, enum code code, const char *message)
{
	const struct vm_start_options options = {.picture_fd = -1};
	struct err err = {0};

	assert_null(vms_start(f->vms, "games", &options, &err));
	if (!err_is(&err, code) || !strstr(err.message, message) || !err.hint[0])
		fail_msg("%s: %s [%s]", err.code, err.message, err.hint);
}

static void die(struct fixture *f)
{
	machine_write(&f->pc, CARD "/config", "\xff\xff\xff\xff\xff\xff\xff\xff");
}

static void test_dead_card_is_quarantined(void **state)
{
	struct fixture *f = *state;

	die(f);
	printf("quarantined after %u ms\n", end_vm(f)); /* the goal: 2 s */
	assert_int_equal(f->vms->n_quarantine, 1);      /* its sound still answers */
	assert_true(f->vms->quarantine[0].dead);
	assert_non_null(strstr(f->lost, "0000:01:00.0 did not come back to the host"));
	assert_true(root_exists(&f->pc.root, "/run/playthrough/quarantine.json"));
	assert_start_refused(
	        f, CODE_VM_QUARANTINE, "did not survive its reset"); /* nobody looks at it again */
}

/* One that answers again, after a reset by hand say, is not trusted either. */
static void test_next_start_is_refused(void **state)
{
	static const char reason[] = "0000:01:00.0 is quarantined: PCI device 0000:01:00.0 did not "
	                             "survive its reset: its vendor reads as ffff";
	struct fixture *f = *state;

	die(f);
	end_vm(f);
	machine_write(&f->pc, CARD "/config", "\xde\x10\x81\x1b\x07\x01\x10\x01");
	assert_start_refused(f, CODE_VM_QUARANTINE, reason);
	vms_destroy(f->vms);
	start_daemon(f);
	assert_start_refused(f, CODE_VM_QUARANTINE, reason);
	/* A power cycle: the run directory is made anew. */
	vms_destroy(f->vms);
	assert_int_equal(root_remove(&f->pc.root, "/run/playthrough/quarantine.json", NULL), 0);
	start_daemon(f);
	assert_int_equal(f->vms->n_quarantine, 0);
}

static void test_living_card_is_free(void **state)
{
	struct fixture *f = *state;

	end_vm(f);
	assert_int_equal(f->vms->n_quarantine, 0);
	assert_string_equal(f->lost, "");
	assert_int_equal(vms_check_pci_free(f->vms, (struct pci_addr){0, 1, 0, 0}, NULL), 0);
}

/* --- the guest resets itself --- */

/* A VM with the card runs; its guest has reset itself, and all its cards are read. */
static struct vm *reset_guest(struct fixture *f)
{
	struct vm *vm = vms_get(f->vms, "games");
	uint64_t from = now_ms();

	vm->state = VM_RUNNING;
	if (!vm->journal.n_pci) {
		vm->journal.name = xstrdup("games");
		add_function(&vm->journal, 0, 0x1b81);
		add_function(&vm->journal, 1, 0x10f0);
	}
	vm_reset_event(vm, "RESET");
	assert_non_null(vm->reset.act);
	while (vm->reset.act && now_ms() - from < 30000)
		sd_event_run(f->event, 100000);
	assert_null(vm->reset.act);
	return vm;
}

static void assert_told(struct fixture *f, const struct vm *vm, const char *message)
{
	assert_int_equal(vm->state, VM_RUNNING); /* the guest goes on */
	assert_true(err_is(&vm->trouble, CODE_VM_QUARANTINE));
	if (!strstr(vm->trouble.message, message) ||
	        !strstr(vm->trouble.hint, "playthrough stop games"))
		fail_msg("%s [%s]", vm->trouble.message, vm->trouble.hint);
	assert_true(root_exists(&f->pc.root, "/run/playthrough/quarantine.json"));
	assert_int_equal(vms_check_pci_free(f->vms, (struct pci_addr){0, 1, 0, 0}, NULL), -EUCLEAN);
}

static void test_living_card_is_read_after_a_reset(void **state)
{
	struct fixture *f = *state;
	struct vm *vm = reset_guest(f);

	assert_int_equal(vm->trouble.number, 0);
	assert_int_equal(f->vms->n_quarantine, 0);
	vm_reset_event(vm, "SUSPEND");
	assert_null(vm->reset.act);
}

static void test_card_that_dies_in_a_reset_is_quarantined(void **state)
{
	struct fixture *f = *state;
	struct vm *vm;

	die(f);
	vm = reset_guest(f);
	assert_int_equal(f->vms->n_quarantine, 1);
	assert_told(f, vm, "when the guest reset itself: PCI device 0000:01:00.0 did not survive");
	/* The next reset reads what is left, and does not tell it again; nor does the end trust it. */
	reset_guest(f);
	assert_int_equal(f->vms->n_quarantine, 1);
	machine_write(&f->pc, CARD "/config", "\xde\x10\x81\x1b\x07\x01\x10\x01");
	vm_release(vm);
	while (vm->state != VM_STOPPED)
		sd_event_run(f->event, 100000);
	assert_start_refused(f, CODE_VM_QUARANTINE, "did not survive its reset");
}

/* A pipe that nobody writes to stands for a card whose answer does not come. */
static void test_card_that_hangs_in_a_reset_is_quarantined(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *config = xasprintf("%s" CARD "/config", f->pc.folder);

	assert_int_equal(unlink(config), 0);
	assert_int_equal(mkfifo(config, 0600), 0);
	assert_told(f, reset_guest(f), "0000:01:00.0 was not read within 10 s after its reset");
	assert_true(f->vms->quarantine[0].dead);
}

/* As often as it likes, and to its end. */
static void test_resets_in_a_row(void **state)
{
	struct fixture *f = *state;
	struct vm *vm = reset_guest(f);

	die(f);
	for (int i = 0; i < 3; i++)
		vm_reset_event(vm, "RESET");
	while (vm->reset.act)
		sd_event_run(f->event, 100000);
	assert_int_equal(f->vms->n_quarantine, 1);
	vm_reset_event(vm, "RESET");
	assert_non_null(vm->reset.act);
	vm_reset_end(vm);
	assert_null(vm->reset.act);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_dead_card_is_quarantined, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_next_start_is_refused, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_living_card_is_free, setup, teardown),
	        cmocka_unit_test_setup_teardown(
	                test_living_card_is_read_after_a_reset, setup, teardown),
	        cmocka_unit_test_setup_teardown(
	                test_card_that_dies_in_a_reset_is_quarantined, setup, teardown),
	        cmocka_unit_test_setup_teardown(
	                test_card_that_hangs_in_a_reset_is_quarantined, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_resets_in_a_row, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
