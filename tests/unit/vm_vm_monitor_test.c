/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitor of a VM: switched when it runs, back in its end, and whatever fails holds up nothing. This file plays it. */
#include "fake_qemu.h"

#include <stdio.h>

static char
        shown[128]; /* the file that holds the monitor's input; it is in the hands of children */
static int get_result;

int __wrap_act_monitor_get(
        const struct root *root, const char *bus, uint8_t *input, struct err *err);
int __wrap_act_monitor_set(
        const struct root *root, const char *bus, uint8_t input, struct err *err);

static unsigned read_input(void)
{
	FILE *f = fopen(shown, "r");
	unsigned input = 0;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%x", &input), 1);
	fclose(f);
	return input;
}

static void write_input(unsigned input)
{
	FILE *f = fopen(shown, "w");

	assert_non_null(f);
	fprintf(f, "%x", input);
	fclose(f);
}

int __wrap_act_monitor_get(
        const struct root *root, const char *bus, uint8_t *input, struct err *err)
{
	(void)root;
	if (get_result < 0)
		return err_set(err, get_result, "it does not answer");
	*input = streq(bus, "i2c-3") ? (uint8_t)read_input() : 0;
	return 0;
}

int __wrap_act_monitor_set(const struct root *root, const char *bus, uint8_t input, struct err *err)
{
	(void)root, (void)err;
	if (streq(bus, "i2c-3"))
		write_input(input);
	return 0;
}

static void settle(struct fake *f)
{
	for (unsigned i = 0; i < 500 && (f->vm->monitor || f->vm->act); i++)
		sd_event_run(f->event, 20000);
	assert_null(f->vm->monitor);
	assert_null(f->vm->act);
}

static void begin(struct fake *f, unsigned input)
{
	snprintf(shown, sizeof(shown), "%s/input", f->folder);
	write_input(input);
	get_result = 0;
	f->vm->journal.monitor_bus = xstrdup("i2c-3");
	f->vm->journal.monitor_will = 0x0f;
	vm_monitor_play(f->vm);
	settle(f);
}

static void done(void *user, int fd, const struct err *err)
{
	(void)fd, (void)err;
	((struct vm *)user)->act = NULL;
}

static void test_there_and_back(void **state)
{
	struct fake *f = *state;
	struct err err;

	begin(f, 0x11);
	assert_int_equal(read_input(), 0x0f);
	assert_int_equal(f->vm->journal.monitor_was, 0x11);
	assert_int_equal(vm_monitor_release(f->vm, done, &err), 0);
	settle(f);
	assert_int_equal(read_input(), 0x11);
}

/* It shows the game already, and nobody knows what it showed before: it stays so. */
static void test_shows_it_already(void **state)
{
	struct fake *f = *state;

	begin(f, 0x0f);
	assert_int_equal(f->vm->journal.monitor_was, 0);
	assert_int_equal(vm_monitor_release(f->vm, done, NULL), 0);
	assert_null(f->vm->act);
	assert_int_equal(read_input(), 0x0f);
}

static void test_does_not_answer(void **state)
{
	struct fake *f = *state;

	begin(f, 0x11);
	f->vm->journal.monitor_was = 0;
	write_input(0x11);
	get_result = -ENOMSG;
	vm_monitor_play(f->vm);
	settle(f);
	assert_int_equal(read_input(), 0x11); /* what could not be undone is not done */
	assert_int_equal(f->vm->journal.monitor_was, 0);
	assert_true(f->vm->state == VM_RUNNING);
}

/* The end comes while it is still asked. */
static void test_ends_at_once(void **state)
{
	struct fake *f = *state;

	begin(f, 0x11);
	write_input(0x11);
	f->vm->journal.monitor_was = 0;
	vm_monitor_play(f->vm);
	assert_non_null(f->vm->monitor);
	assert_int_equal(vm_monitor_release(f->vm, done, NULL), 0);
	assert_null(f->vm->monitor);
	assert_int_equal(read_input(), 0x11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_there_and_back, fake_setup, fake_teardown),
	        cmocka_unit_test_setup_teardown(test_shows_it_already, fake_setup, fake_teardown),
	        cmocka_unit_test_setup_teardown(test_does_not_answer, fake_setup, fake_teardown),
	        cmocka_unit_test_setup_teardown(test_ends_at_once, fake_setup, fake_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
