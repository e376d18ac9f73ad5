/* SPDX-License-Identifier: GPL-2.0-or-later */
/* USB devices that come and go without end, and the time that goes by between two looks. */
#include "fake_usb.h"
#include "vm/usb/kept.h"

/* --- storms --- */

/* 50 times a second for 40 seconds. */
static void test_storm(void **state)
{
	struct fake *f = *state;
	unsigned before;

	fake_put(f, "1-2", WHEEL, NULL);
	fake_rule(f, PORT);
	for (unsigned i = 0; i < 40 * 50; i++) {
		fake_remove_quick(f, "1-2");
		vms_usb_event(f->vms);
		fake_pass(f, S / 100);
		fake_put_quick(f, "1-2");
		vms_usb_event(f->vms);
		fake_pass(f, S / 100);
	}
	assert_true(f->added > 8 && f->added < 20);
	assert_int_equal(f->added, f->deleted + f->n_devices);
	assert_true(f->vm->journal.n_usb <= 1 && f->vm->follow.n <= 1);
	assert_int_equal(f->vm->journal.n_kept, 0);
	assert_int_equal(f->max_fds, 1);
	assert_int_equal(f->vms->usb.limit.n, 1);
	assert_non_null(strstr(f->options, "\"guest-reset\": false"));
	/* It rests: attached at the end of its pause, and forgiven. */
	fake_put(f, "1-2", WHEEL, NULL);
	fake_event(f);
	fake_pass(f, 40 * S);
	expect(f, 1);
	fake_pass(f, 60 * S);
	assert_int_equal(f->vms->usb.limit.n, 0);
	assert_null(f->vms->usb.wake);
	before = f->added;
	fake_unplug(f, "1-2");
	fake_plug(f, "1-2", WHEEL);
	assert_int_equal(f->added, before + 1);
	assert_null(strstr(f->options, "guest-reset"));
}

/* Another device is as quick as ever meanwhile. */
static void test_storm_next_door(void **state)
{
	struct fake *f = *state;

	fake_rule(f, PORT);
	fake_rule(f, "0000:00:14.0/3");
	fake_put(f, "1-2", WHEEL, NULL);
	for (unsigned i = 0; i < 20; i++) {
		fake_put_quick(f, "1-2");
		vms_usb_event(f->vms);
		fake_pass(f, S / 50);
		fake_remove_quick(f, "1-2");
		vms_usb_event(f->vms);
		fake_pass(f, S / 50);
	}
	fake_put(f, "1-3", WHEEL, NULL);
	vms_usb_event(f->vms);
	fake_pass(f, S / 10);
	assert_int_equal(f->n_devices, 1);
	assert_string_equal(f->vm->journal.usb[0].sysname, "1-3");
}

/* --- time --- */

static void test_leading_and_trailing_edge(void **state)
{
	struct fake *f = *state;

	fake_rule(f, PORT);
	fake_rule(f, "0000:00:14.0/3");
	fake_put(f, "1-2", WHEEL, NULL);
	fake_pass(f, S);
	vms_usb_event(f->vms);
	assert_true(vms_usb_busy(f->vms)); /* within the event itself */
	fake_put(f, "1-3", WHEEL, NULL);
	vms_usb_event(f->vms);
	vms_usb_event(f->vms);
	assert_int_equal(f->vm->journal.n_usb, 1);
	assert_non_null(f->vms->usb.wake);
	fake_pass(f, USB_PACE_USEC);
	expect(f, 2);
	assert_null(f->vms->usb.wake);
}

/* Beside a VM that has a device and runs: nothing is armed, nothing wakes the daemon. */
static void test_quiet(void **state)
{
	struct fake *f = *state;

	fake_rule(f, PORT);
	fake_plug(f, "1-2", WHEEL);
	fake_pass(f, 60 * S);
	expect(f, 1);
	assert_null(f->vms->usb.wake);
	assert_null(f->vms->usb.soon);
	assert_null(f->vm->trim);
	assert_null(f->vm->timer);
	while (sd_event_run(f->event, 300000) > 0) /* the child that opened it ends */
		;
	assert_int_equal(sd_event_run(f->event, 500000), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        FAKE_TEST(test_storm),
	        FAKE_TEST(test_storm_next_door),
	        FAKE_TEST(test_leading_and_trailing_edge),
	        FAKE_TEST(test_quiet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
