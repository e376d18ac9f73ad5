/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys without a window system: the same do the same as in a window. */
#include "input/keys.h"

#include <linux/input-event-codes.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void keys_are_actions(void **state)
{
	(void)state;
	assert_int_equal(action_of_key(KEY_UP), ACTION_UP);
	assert_int_equal(action_of_key(KEY_ENTER), ACTION_CONFIRM);
	assert_int_equal(action_of_key(KEY_ESC), ACTION_BACK);
	assert_int_equal(action_of_key(KEY_F10), ACTION_MENU);
	assert_int_equal(action_of_key(KEY_A), ACTION_NONE);
	assert_int_equal(action_of_key(0), ACTION_NONE);
	assert_int_equal(action_of_key(UINT32_MAX), ACTION_NONE);
}

static void a_key_goes_down_and_up(void **state)
{
	struct input input = {0};
	struct input_event event;

	(void)state;
	keys_feed(&input, KEY_DOWN, true, false, 10);
	keys_feed(&input, KEY_A, true, false, 10);
	assert_true(input_next(&input, &event));
	assert_int_equal(event.action, ACTION_DOWN);
	assert_false(input_next(&input, &event));
	assert_int_equal(input_deadline(&input), 10 + INPUT_REPEAT_FIRST_MS);
	keys_feed(&input, KEY_DOWN, false, false, 20);
	assert_int_equal(input_deadline(&input), UINT64_MAX);
}

static void while_typing_letters_are_letters(void **state)
{
	struct input input = {0};
	struct input_event event;

	(void)state;
	keys_feed(&input, KEY_X, true, true, 10);
	keys_feed(&input, KEY_X, false, true, 11);
	keys_feed(&input, KEY_SPACE, true, true, 12);
	assert_false(input_next(&input, &event));
	keys_feed(&input, KEY_BACKSPACE, true, true, 13);
	assert_true(input_next(&input, &event));
	assert_int_equal(event.kind, INPUT_TEXT);
	assert_string_equal(event.text, "\b");
	keys_feed(&input, KEY_ESC, true, true, 14);
	assert_true(input_next(&input, &event));
	assert_int_equal(event.action, ACTION_BACK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(keys_are_actions),
	        cmocka_unit_test(a_key_goes_down_and_up),
	        cmocka_unit_test(while_typing_letters_are_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
