/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon tells, what is seen of it, and what the card says; the sources are played. */
#include "console/vms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

static const uint32_t pixel;
static struct source front, card, first, second;

static struct console_message message(const char *vm, enum console_vm_state state, bool display)
{
	struct console_message m = {.magic = CONSOLE_MAGIC,
	        .kind = CONSOLE_VM,
	        .state = (uint8_t)state,
	        .display = display};

	snprintf(m.vm, sizeof(m.vm), "%s", vm);
	return m;
}

static struct console_vm *tell(
        struct console_vms *vms, const char *name, enum console_vm_state state, bool display)
{
	const struct console_message m = message(name, state, display);
	struct source *old;

	return console_vms_tell(vms, &m, &old);
}

static int set_up(void **state)
{
	*state = xcalloc(1, sizeof(struct console_vms));
	front = card = first = second = (struct source){.picture = {1, 1, &pixel}};
	return 0;
}

static int tear_down(void **state)
{
	struct console_vm *vm;

	console_vms_set_stale(*state);
	while ((vm = console_vms_take_stale(*state)) != NULL)
		console_vm_free(vm);
	free(*state);
	return 0;
}

static struct source *choose(
        const struct console_vms *vms, const char *wanted, bool wants_front, uint64_t now_us)
{
	const struct console_choice choice = {wanted, wants_front, &front, &card, now_us};

	return console_choose(vms, &choice);
}

static void test_choice(void **state)
{
	struct console_vms *vms = *state;

	assert_ptr_equal(choose(vms, NULL, false, 0), &front);
	front.picture.pixels = NULL;
	assert_ptr_equal(choose(vms, NULL, false, 0), &card);
	front.picture.pixels = &pixel;
	tell(vms, "one", CONSOLE_VM_RUNNING, true)->source = &first;
	assert_ptr_equal(choose(vms, NULL, false, 0), &first);
	tell(vms, "two", CONSOLE_VM_RUNNING, true)->source = &second;
	assert_ptr_equal(choose(vms, NULL, false, 0), &second);
	assert_ptr_equal(choose(vms, "one", false, 0), &first);
	assert_ptr_equal(choose(vms, "gone", false, 0), &second);
	assert_ptr_equal(choose(vms, NULL, true, 0), &front);
}

/* What is seen is heard; behind the front end what was heard before, and where that has ended, whichever is there. */
static void test_sound(void **state)
{
	struct console_vms *vms = *state;

	assert_null(console_choose_sound(vms, &front, NULL));
	tell(vms, "one", CONSOLE_VM_RUNNING, true)->source = &first;
	tell(vms, "two", CONSOLE_VM_RUNNING, true)->source = &second;
	assert_ptr_equal(console_choose_sound(vms, &first, &second), &first);
	assert_ptr_equal(console_choose_sound(vms, &front, &first), &first);
	assert_ptr_equal(console_choose_sound(vms, NULL, NULL), &second);
	console_vms_find(vms, "two")->source = NULL;
	assert_ptr_equal(console_choose_sound(vms, &card, &second), &first);
}

/* A VM without an emulated screen is not waited for, and is not one that shows nothing. */
static void test_blind(void **state)
{
	struct console_vms *vms = *state;
	struct source blind = {.blind = true};
	struct console_choice choice = {.card = &card, .now_us = 1};
	struct console_vm *vm = tell(vms, "one", CONSOLE_VM_RUNNING, true);
	cleanup_free char *heading = NULL, *text = NULL;

	vm->source = &blind;
	vm->since_us = 1;
	assert_ptr_equal(console_choose(vms, &choice), &card);
	console_words(vms, true, true, &heading, &text);
	assert_non_null(strstr(text, "without an emulated screen"));
}

/* A connection that is just made is waited for, but not for ever. */
static void test_patience(void **state)
{
	struct console_vms *vms = *state;
	struct console_vm *vm = tell(vms, "one", CONSOLE_VM_RUNNING, true);

	first.picture.pixels = NULL;
	vm->source = &first;
	vm->since_us = 1000;
	assert_null(choose(vms, NULL, false, 1000));
	assert_ptr_equal(choose(vms, NULL, false, 1000 + CONSOLE_PATIENCE_US), &front);
}

static void test_old_sources_come_back(void **state)
{
	struct console_vms *vms = *state;
	struct console_message m = message("one", CONSOLE_VM_STOPPING, false);
	struct source *old;

	tell(vms, "one", CONSOLE_VM_RUNNING, true)->source = &first;
	console_vms_tell(vms, &m, &old);
	assert_null(old); /* its last pictures are worth seeing */
	assert_ptr_equal(console_vms_of(vms, &first), vms->list);
	m = message("one", CONSOLE_VM_STOPPED, false);
	console_vms_tell(vms, &m, &old);
	assert_ptr_equal(old, &first);
	assert_null(console_vms_of(vms, &first));
	tell(vms, "one", CONSOLE_VM_RUNNING, true)->source = &first;
	m = message("one", CONSOLE_VM_RUNNING, true);
	console_vms_tell(vms, &m, &old);
	assert_ptr_equal(old, &first);
}

static void test_stale(void **state)
{
	struct console_vms *vms = *state;
	struct console_vm *vm;

	tell(vms, "one", CONSOLE_VM_RUNNING, false);
	tell(vms, "two", CONSOLE_VM_RUNNING, false);
	console_vms_set_stale(vms);
	tell(vms, "two", CONSOLE_VM_RUNNING, false);
	vm = console_vms_take_stale(vms);
	assert_string_equal(vm->name, "one");
	console_vm_free(vm);
	assert_null(console_vms_take_stale(vms));
	assert_non_null(console_vms_find(vms, "two"));
}

static void expect_words(
        const struct console_vms *vms, bool daemon, const char *in_heading, const char *in_text)
{
	cleanup_free char *heading = NULL, *text = NULL;

	console_words(vms, daemon, false, &heading, &text);
	assert_non_null(strstr(heading, in_heading));
	assert_non_null(strstr(text, in_text));
}

static void test_words(void **state)
{
	struct console_vms *vms = *state;
	struct console_message m = message("one", CONSOLE_VM_STOPPED, false);
	struct source *old;

	expect_words(vms, false, "does not run", "systemctl start playthroughd");
	expect_words(vms, true, "No game", "playthrough start NAME");
	tell(vms, "one", CONSOLE_VM_STARTING, false);
	expect_words(vms, true, "one", "starting");
	tell(vms, "one", CONSOLE_VM_RUNNING, false);
	expect_words(vms, true, "one", "type=virtio");
	expect_words(vms, false, "one", "type=virtio");
	tell(vms, "one", CONSOLE_VM_RUNNING, true);
	expect_words(vms, true, "one", "nothing at the moment");
	tell(vms, "one", CONSOLE_VM_STOPPING, false);
	expect_words(vms, true, "one", "shutting down");
	strcpy(m.why, "it burst");
	console_vms_tell(vms, &m, &old);
	expect_words(vms, true, "one has ended", "it burst");
}

static void test_wire(void **state)
{
	struct console_message m = message("one", CONSOLE_VM_RUNNING, true);

	(void)state;
	assert_true(console_message_good(&m, sizeof(m), true));
	assert_false(console_message_good(&m, sizeof(m), false));
	assert_false(console_message_good(&m, sizeof(m) - 1, true));
	m.state = 4;
	assert_false(console_message_good(&m, sizeof(m), true));
	m = message("", CONSOLE_VM_RUNNING, false);
	assert_false(console_message_good(&m, sizeof(m), false));
	m.kind = CONSOLE_SHOW;
	assert_true(console_message_good(&m, sizeof(m), false));
	m.kind = CONSOLE_BEGUN;
	assert_true(console_message_good(&m, sizeof(m), false));
	m.kind = CONSOLE_SOUND;
	assert_true(console_message_good(&m, sizeof(m), true));
	assert_false(console_message_good(&m, sizeof(m), false));
	m.kind = 9;
	assert_false(console_message_good(&m, sizeof(m), false));
	m.kind = CONSOLE_SHOW;
	memset(m.why, 'x', sizeof(m.why));
	assert_false(console_message_good(&m, sizeof(m), false));
	m.magic = 0;
	assert_false(console_message_good(&m, sizeof(m), false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_choice, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_sound, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_blind, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_patience, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_old_sources_come_back, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_stale, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_words, set_up, tear_down),
	        cmocka_unit_test(test_wire),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
