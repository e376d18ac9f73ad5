/* SPDX-License-Identifier: GPL-2.0-or-later */
/* USB hot-plug against a QEMU and a PC that are played: the good way, and each thing that can come in between. */
#include "fake_usb.h"
#include "vm/usb/kept.h"

/* --- the good way --- */

static void test_by_rule(void **state)
{
	struct fake *f = *state;

	fake_rule(f, PORT);
	fake_plug(f, "1-1", WHEEL);
	expect(f, 0);
	assert_int_equal(f->usb_changes, 0); /* the first look has nothing to compare with */
	fake_plug(f, "1-2", WHEEL);
	expect(f, 1);
	assert_int_equal(f->usb_changes, 2); /* plugged, attached */
	fake_unplug(f, "1-2");
	expect(f, 0);
	assert_int_equal(f->usb_changes, 4); /* unplugged, detached */
	fake_event(f);                       /* an event of nothing */
	assert_int_equal(f->usb_changes, 4);
	assert_int_equal(f->refused, 0);
	assert_null(f->vms->usb.wake);
}

static void test_by_hand(void **state)
{
	struct fake *f = *state;
	struct err err;

	fake_plug(f, "1-2", WHEEL);
	expect(f, 0);
	assert_non_null(vms_usb_attach(f->vms, "games", "1-2", &err));
	assert_int_equal(f->jobs_ended, 0);
	fake_settle(f);
	expect(f, 1);
	assert_int_equal(f->jobs_ended, 1);
	assert_int_equal(f->end, VM_JOB_DONE);
	assert_int_equal(f->usb_changes, 1);
	assert_null(vms_usb_attach(f->vms, "games", "1-2", &err));
	assert_true(err_is(&err, CODE_USB_TAKEN));
	assert_non_null(strstr(err.message, "games"));
	assert_non_null(vms_usb_detach(f->vms, "games", PORT, &err));
	fake_settle(f);
	expect(f, 0);
	assert_int_equal(f->usb_changes, 2);
}

static void test_200_cycles(void **state)
{
	struct fake *f = *state;

	fake_rule(f, PORT);
	for (unsigned i = 0; i < 200; i++) {
		fake_plug(f, "1-2", WHEEL);
		fake_pass(f, S);
		expect(f, 1);
		fake_unplug(f, "1-2");
		expect(f, 0);
	}
	assert_int_equal(f->added, 200);
	assert_int_equal(f->deleted, 200);
	assert_int_equal(f->refused, 0);
	assert_int_equal(f->max_fds, 1);
	assert_int_equal(f->vm->journal.n_kept, 0);
	assert_true(f->vm->follow.n <= 1);
}

/* --- whose it is --- */

static void test_detached_by_hand_stays_away(void **state)
{
	struct fake *f = *state;

	fake_rule(f, PORT);
	fake_plug(f, "1-2", WHEEL);
	assert_non_null(vms_usb_detach(f->vms, "games", "1-2", NULL));
	fake_settle(f);
	fake_event(f);
	expect(f, 0);
	fake_remove(f, "1-2"); /* resets itself */
	fake_event(f);
	fake_plug(f, "1-2", WHEEL);
	expect(f, 0);
	fake_unplug(f, "1-2"); /* a person unplugs it */
	fake_pass(f, 3 * S);
	fake_plug(f, "1-2", WHEEL);
	expect(f, 1);
	assert_int_equal(f->vm->journal.n_kept, 0);
}

/* A person attached it: its next mode is followed, in its socket; not after ten seconds. */
static void test_mode_switch_is_followed(void **state)
{
	struct fake *f = *state;

	fake_plug(f, "1-2", 0x46d, 0xc261);
	assert_non_null(vms_usb_attach(f->vms, "games", "1-2", NULL));
	fake_settle(f);
	fake_unplug(f, "1-2");
	expect(f, 0);
	fake_pass(f, 5 * S);
	fake_plug(f, "1-2", WHEEL);
	expect(f, 1);
	assert_true(f->vm->journal.usb[0].by_hand);
	fake_unplug(f, "1-2");
	fake_pass(f, 11 * S);
	fake_plug(f, "1-2", WHEEL);
	expect(f, 0);
	assert_int_equal(f->vm->follow.n, 0);
}

static void test_moved_by_serial(void **state)
{
	struct fake *f = *state;

	fake_put(f, "1-2", WHEEL, "A1");
	assert_non_null(vms_usb_attach(f->vms, "games", "1-2", NULL));
	fake_settle(f);
	fake_unplug(f, "1-2");
	fake_put(f, "1-3", WHEEL, "A2");
	fake_event(f);
	expect(f, 0);
	fake_put(f, "1-4", WHEEL, "A1");
	fake_event(f);
	expect(f, 1);
	assert_string_equal(f->vm->journal.usb[0].sysname, "1-4");
}

/* Between two looks: gone, and another there with the same numbers. */
static void test_same_numbers_another_device(void **state)
{
	struct fake *f = *state;

	fake_rule(f, PORT);
	fake_plug(f, "1-2", WHEEL);
	fake_remove(f, "1-2");
	f->plugs--;
	fake_put(f, "filler", WHEEL, NULL); /* or the file system gives the same inode again */
	f->plugs--;
	fake_put(f, "1-2", WHEEL, NULL);
	fake_event(f);
	fake_pass(f, S);
	expect(f, 1);
	assert_int_equal(f->added, 2);
	assert_int_equal(f->deleted, 1);
	assert_int_equal(f->refused, 0); /* the id is used again only after DEVICE_DELETED */
}

/* As by hand, where nobody waits for a job: not while it is just on its way in. */
static void test_taken_out(void **state)
{
	struct fake *f = *state;

	fake_rule(f, PORT);
	f->hold = "device_add";
	fake_plug(f, "1-2", WHEEL);
	assert_false(vm_usb_take_out(f->vm, &f->vm->journal.usb[0]));
	fake_answer(f);
	fake_settle(f);
	expect(f, 1);
	assert_true(vm_usb_take_out(f->vm, &f->vm->journal.usb[0]));
	fake_settle(f);
	fake_event(f);
	expect(f, 0);
	assert_int_equal(f->jobs_ended, 0);
}

/* --- in between --- */

static void test_gone_before_open(void **state)
{
	struct fake *f = *state;

	fake_rule(f, PORT);
	fake_open_result = -ENODEV;
	fake_plug(f, "1-2", WHEEL);
	expect(f, 0);
	assert_int_equal(f->vm->journal.n_kept, 0); /* that is no reason against it */
	fake_open_result = 0;
	fake_event(f);
	expect(f, 1);
}

/* Unplugged while an act is under way: taken out as soon as that has ended. */
static void unplug_while(struct fake *f, const char *command)
{
	fake_rule(f, PORT);
	f->hold = command;
	fake_plug(f, "1-2", WHEEL);
	assert_non_null(f->held);
	fake_unplug(f, "1-2");
	assert_true(vms_usb_busy(f->vms));
	fake_answer(f);
	fake_pass(f, S);
	expect(f, 0);
	assert_int_equal(f->added, f->deleted);
}

static void test_gone_before_add_fd(void **state)
{
	unplug_while(*state, "add-fd");
}

static void test_gone_before_device_add(void **state)
{
	unplug_while(*state, "device_add");
}

static void test_refused(void **state)
{
	static const char *const commands[] = {"add-fd", "device_add"};
	struct fake *f = *state;

	fake_rule(f, PORT);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		f->refuse = commands[i];
		fake_plug(f, "1-2", WHEEL);
		expect(f, 0);
		assert_int_equal(f->vm->journal.n_kept, 1);
		fake_event(f); /* not again */
		f->refuse = NULL;
		fake_event(f);
		expect(f, 0);
		fake_unplug(f, "1-2");
		assert_int_equal(f->vm->journal.n_kept, 0);
	}
	fake_plug(f, "1-2", WHEEL);
	expect(f, 1);
}

static void test_refused_tells_the_job(void **state)
{
	struct fake *f = *state;

	fake_plug(f, "1-2", WHEEL);
	f->refuse = "device_add";
	assert_non_null(vms_usb_attach(f->vms, "games", "1-2", NULL));
	fake_settle(f);
	expect(f, 0);
	assert_int_equal(f->jobs_ended, 1);
	assert_int_equal(f->end, VM_JOB_FAILED);
	assert_non_null(strstr(f->message, "QEMU: no"));
}

/* QEMU has been silent for too long, and does it after all: it is made to let go again. */
static void test_device_add_late(void **state)
{
	struct fake *f = *state;

	fake_plug(f, "1-2", WHEEL);
	f->hold = "device_add";
	f->vms->usb.command_ms = 30;
	assert_non_null(vms_usb_attach(f->vms, "games", "1-2", NULL));
	fake_settle(f);
	f->vms->usb.command_ms = 10000;
	while (f->vms->usb.acts->stage != USB_DELETING)
		sd_event_run(f->event, 100000);
	fake_settle(f);
	assert_int_equal(f->n_devices, 0);
	fake_answer(f);
	fake_settle(f);
	assert_int_equal(f->added, 1);
	expect(f, 0);
	assert_int_equal(f->jobs_ended, 1);
	assert_int_equal(f->end, VM_JOB_FAILED);
	assert_non_null(strstr(f->message, "device_add in time"));
}

/* --- DEVICE_DELETED --- */

static void test_deleted_after_the_reply(void **state)
{
	struct fake *f = *state;

	fake_rule(f, PORT);
	f->event_late = true;
	fake_plug(f, "1-2", WHEEL);
	fake_unplug(f, "1-2");
	expect(f, 0);
}

static void test_deleted_twice_and_unknown(void **state)
{
	struct fake *f = *state;
	cleanup_free char *id = NULL;

	fake_rule(f, PORT);
	fake_plug(f, "1-2", WHEEL);
	id = xstrdup(f->vm->journal.usb[0].id);
	fake_unplug(f, "1-2");
	fake_event_deleted(f, id);
	fake_event_deleted(f, "disk-1");
	fake_event_deleted(f, "");
	fake_settle(f);
	expect(f, 0);
	fake_plug(f, "1-2", WHEEL);
	expect(f, 1);
}

/* By somebody at QEMU's monitor, or after we gave up: the entry goes with it. */
static void test_deleted_unasked(void **state)
{
	struct fake *f = *state;

	fake_rule(f, PORT);
	fake_plug(f, "1-2", WHEEL);
	f->n_devices = 0;
	usb_kept_add_entry(&f->vm->journal, &f->vm->journal.usb[0], true);
	fake_event_deleted(f, f->vm->journal.usb[0].id);
	fake_settle(f);
	expect(f, 0);
}

/* Never: asked again at the next looks, where QEMU says that it has no such device. */
static void test_deleted_never(void **state)
{
	struct fake *f = *state;
	struct vm_usb_act *a;

	fake_rule(f, PORT);
	fake_plug(f, "1-2", WHEEL);
	f->no_event = true;
	fake_unplug(f, "1-2");
	a = f->vms->usb.acts;
	assert_non_null(a);
	assert_non_null(a->deadline);
	sd_event_source_set_time(a->deadline, 0); /* ten seconds later */
	fake_settle(f);
	assert_false(vms_usb_busy(f->vms));
	assert_int_equal(f->vm->journal.n_usb, 1);
	fake_event(f);
	expect(f, 0);
}

/* QEMU does not let go, says no: it is not asked at each event of every other device. */
static void test_detach_refused(void **state)
{
	struct fake *f = *state;

	fake_rule(f, PORT);
	fake_plug(f, "1-2", WHEEL);
	f->refuse = "device_del";
	fake_unplug(f, "1-2");
	for (unsigned i = 0; i < 50; i++)
		fake_event(f);
	assert_int_equal(f->refused, USB_REFUSALS);
	assert_int_equal(f->vm->journal.n_usb, 1);
	f->refuse = NULL;
	fake_event_deleted(f, f->vm->journal.usb[0].id);
	f->n_devices = 0;
	fake_settle(f);
	expect(f, 0);
}

/* The system's daemon: a child sees to the host's drivers. DEVICE_DELETED meanwhile, again, changes nothing. */
static void test_given_back(void **state)
{
	struct fake *f = *state;
	cleanup_free char *probe = NULL;

	fake_rule(f, PORT);
	f->vms->env.session = false;
	fake_put(f, "1-2", WHEEL, NULL);
	fake_file(f, "1-2/1-2:1.0", "bInterfaceClass", "03");
	fake_link(f, "1-2/1-2:1.0");
	fake_event(f);
	expect(f, 1);
	assert_int_equal(root_write(&f->vms->root, PROBE, "", 0, 0644, NULL), 0);
	assert_non_null(vms_usb_detach(f->vms, "games", "1-2", NULL));
	while (!fake_has_child(f)) {
		fake_serve(f);
		sd_event_run(f->event, 0);
	}
	fake_event_deleted(f, f->vm->journal.usb[0].id);
	fake_settle(f);
	expect(f, 0);
	assert_int_equal(f->jobs_ended, 1);
	assert_int_equal(f->end, VM_JOB_DONE);
	probe = root_read(&f->vms->root, PROBE);
	assert_string_equal(probe, "1-2:1.0");
}

/* Opening may have taken a disk's driver off: whatever ends it, the host's drivers are asked to come back. */
static void probed(struct fake *f, size_t n_entries)
{
	cleanup_free char *probe = NULL;

	fake_settle(f);
	assert_false(vms_usb_busy(f->vms));
	assert_int_equal(f->vm->journal.n_usb, n_entries);
	probe = root_read(&f->vms->root, PROBE);
	assert_string_equal(probe, "1-2:1.0");
	assert_int_equal(root_write(&f->vms->root, PROBE, "", 0, 0644, NULL), 0);
}

static void test_driver_comes_back(void **state)
{
	struct fake *f = *state;

	f->vms->env.session = false;
	fake_put(f, "1-2", WHEEL, NULL);
	fake_file(f, "1-2/1-2:1.0", "bInterfaceClass", "08");
	fake_link(f, "1-2/1-2:1.0");
	assert_int_equal(root_write(&f->vms->root, PROBE, "", 0, 0644, NULL), 0);
	fake_open_result = -EIO;
	assert_non_null(vms_usb_attach(f->vms, "games", "1-2", NULL));
	probed(f, 0);
	fake_open_result = 0;
	f->refuse = "add-fd";
	assert_non_null(vms_usb_attach(f->vms, "games", "1-2", NULL));
	probed(f, 0);
	/* The VM ends before the child has: it is waited for, and the entry stays for the release. */
	assert_non_null(vms_usb_attach(f->vms, "games", "1-2", NULL));
	assert_true(fake_has_child(f));
	vm_usb_give_up(f->vm);
	f->vm->state = VM_STOPPING;
	assert_int_equal(f->end, VM_JOB_CANCELLED);
	assert_true(vms_usb_busy(f->vms));
	probed(f, 1);
}

/* Another one is in its place by now: nothing is left to be given back, and that is no failure. */
static void test_gone_before_its_return(void **state)
{
	struct fake *f = *state;

	f->vms->env.session = false;
	fake_plug(f, "1-2", WHEEL);
	assert_non_null(vms_usb_attach(f->vms, "games", "1-2", NULL));
	fake_settle(f);
	expect(f, 1);
	fake_file(f, "1-2", "devnum", "99");
	f->vm->journal.usb[0].instance = 0;
	assert_non_null(vms_usb_detach(f->vms, "games", "1-2", NULL));
	fake_settle(f);
	expect(f, 0);
	assert_int_equal(f->jobs_ended, 2);
	assert_string_equal(f->message, "");
	assert_int_equal(f->end, VM_JOB_DONE);
}

/* --- refusals --- */

static void test_full(void **state)
{
	struct fake *f = *state;
	struct err err;

	for (unsigned i = 1; i <= 14; i++) {
		cleanup_free char *name = xasprintf("1-%u", i);

		fake_plug(f, name, WHEEL);
		if (i == 14)
			break;
		assert_non_null(vms_usb_attach(f->vms, "games", name, &err));
		fake_settle(f);
	}
	expect(f, 13);
	assert_null(vms_usb_attach(f->vms, "games", "1-14", &err));
	assert_true(err_is(&err, CODE_USB_FULL));
	assert_int_equal(f->refused, 0);
}

/* The interface's driver, as the kernel shows it. */
static void drive(struct fake *f, const char *device, const char *class, const char *driver)
{
	cleanup_free char *interface = xasprintf("%s/%s:1.0", device, device);
	cleanup_free char *link = xasprintf("%s/" FAKE_BUS "/%s/driver", f->folder, interface);

	fake_file(f, interface, "bInterfaceClass", class);
	fake_file(f, interface, "bInterfaceSubClass", "01");
	fake_file(f, interface, "bInterfaceProtocol", "01");
	fake_link(f, interface);
	assert_int_equal(symlink(driver, link), 0);
}

/* Both are wanted at the same look, when the host still drives both: one of them stays with it. */
static void test_last_keyboard_of_two(void **state)
{
	struct fake *f = *state;

	fake_rule(f, PORT);
	fake_rule(f, "0000:00:14.0/3");
	fake_put(f, "1-2", 0x46d, 0xc31c, NULL);
	fake_put(f, "1-3", 0x46d, 0xc31c, NULL);
	drive(f, "1-2", "03", "usbhid");
	drive(f, "1-3", "03", "usbhid");
	fake_event(f);
	expect(f, 1);
	assert_string_equal(f->vm->journal.usb[0].sysname, "1-2");
	assert_null(vms_usb_attach(f->vms, "games", "1-3", NULL));
}

/* Looked at before the kernel has made its interfaces: what it is then shows when its node is open. */
static void test_keyboard_before_its_interfaces(void **state)
{
	struct fake *f = *state;

	fake_rule(f, PORT);
	fake_put(f, "1-2", 0x46d, 0xc31c, NULL);
	fake_file(f, "1-2", "bNumInterfaces", "");
	fake_pass(f, S);
	vms_usb_event(f->vms);
	assert_true(fake_has_child(f));
	drive(f, "1-2", "03", "usbhid");
	fake_file(f, "1-2", "bNumInterfaces", " 1\n");
	fake_settle(f);
	expect(f, 0);
	assert_int_equal(f->vm->journal.n_kept, 1); /* refused: the only keyboard */
	fake_unplug(f, "1-2");
	fake_put(f, "1-2", WHEEL, NULL);
	fake_file(f, "1-2", "bNumInterfaces", ""); /* and stays so: the guest configures it */
	fake_event(f);
	expect(f, 1);
}

/* A disk behind an interface of the maker's own class. */
static void test_card_reader_in_use(void **state)
{
	static const struct {
		const char *path, *text;
	} files[] = {{"/" FAKE_BUS "/1-2/1-2:1.0/block/mmcblk0/dev", "179:0"},
	        {"/" FAKE_BUS "/1-2/1-2:1.0/block/mmcblk0/size", "1000"},
	        {"/proc/self/mountinfo", "36 35 179:0 / /media rw - vfat /dev/mmcblk0 rw\n"}};
	struct fake *f = *state;
	cleanup_free char *block = xasprintf("%s/sys/block", f->folder);
	cleanup_free char *link = xasprintf("%s/mmcblk0", block);
	struct err err;

	fake_put(f, "1-2", 0xbda, 0x129, NULL);
	drive(f, "1-2", "ff", "rtsx_usb");
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		assert_int_equal(root_write(&f->vms->root, files[i].path, files[i].text,
		                         strlen(files[i].text), 0644, NULL),
		        0);
	assert_int_equal(mkdir(block, 0755), 0);
	assert_int_equal(symlink("../../" FAKE_BUS "/1-2/1-2:1.0/block/mmcblk0", link), 0);
	assert_null(vms_usb_attach(f->vms, "games", "1-2", &err));
	assert_true(err_is(&err, CODE_DISK_USED));
	assert_non_null(strstr(err.message, "/media"));
	assert_int_equal(root_remove(&f->vms->root, "/proc/self/mountinfo", NULL), 0);
	assert_non_null(vms_usb_attach(f->vms, "games", "1-2", &err));
	fake_settle(f);
	expect(f, 1);
}

/* The kernel has it, udev does not yet: its own event will come. */
static void test_udev_first(void **state)
{
	struct fake *f = *state;

	fake_rule(f, PORT);
	assert_int_equal(root_write(&f->vms->root, "/run/udev/control", "", 0, 0644, NULL), 0);
	f->plugs = 3;
	fake_plug(f, "1-2", WHEEL);
	expect(f, 0);
	assert_int_equal(root_write(&f->vms->root, "/run/udev/data/c189:4", "", 0, 0644, NULL), 0);
	fake_event(f);
	expect(f, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        FAKE_TEST(test_by_rule),
	        FAKE_TEST(test_by_hand),
	        FAKE_TEST(test_200_cycles),
	        FAKE_TEST(test_detached_by_hand_stays_away),
	        FAKE_TEST(test_mode_switch_is_followed),
	        FAKE_TEST(test_moved_by_serial),
	        FAKE_TEST(test_same_numbers_another_device),
	        FAKE_TEST(test_taken_out),
	        FAKE_TEST(test_gone_before_open),
	        FAKE_TEST(test_gone_before_add_fd),
	        FAKE_TEST(test_gone_before_device_add),
	        FAKE_TEST(test_refused),
	        FAKE_TEST(test_refused_tells_the_job),
	        FAKE_TEST(test_device_add_late),
	        FAKE_TEST(test_deleted_after_the_reply),
	        FAKE_TEST(test_deleted_twice_and_unknown),
	        FAKE_TEST(test_deleted_unasked),
	        FAKE_TEST(test_deleted_never),
	        FAKE_TEST(test_detach_refused),
	        FAKE_TEST(test_given_back),
	        FAKE_TEST(test_driver_comes_back),
	        FAKE_TEST(test_gone_before_its_return),
	        FAKE_TEST(test_full),
	        FAKE_TEST(test_last_keyboard_of_two),
	        FAKE_TEST(test_keyboard_before_its_interfaces),
	        FAKE_TEST(test_card_reader_in_use),
	        FAKE_TEST(test_udev_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
