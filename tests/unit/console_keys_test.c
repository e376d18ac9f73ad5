/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/keys.h"
#include "console/typing.h"

#include <linux/input-event-codes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static size_t feed(const uint8_t *bytes, size_t n, struct key_event *out, size_t room)
{
	struct key_decoder decoder = {0};
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		if (found < room && key_decode(&decoder, bytes[i], &out[found]))
			found++;
	return found;
}

static void expect(const struct key_event *event, unsigned number, bool down)
{
	assert_int_equal(event->number, number);
	assert_int_equal(event->down, down);
}

static void test_plain_and_extended(void **state)
{
	static const uint8_t bytes[] = {0x1e, 0x9e, 0xe0, 0x53, 0xe0, 0xd3, 0x1e};
	struct key_event events[8];

	(void)state;
	assert_int_equal(feed(bytes, sizeof(bytes), events, 8), 5);
	expect(&events[0], 0x1e, true);
	expect(&events[1], 0x1e, false);
	expect(&events[2], 0xd3, true);
	expect(&events[3], 0xd3, false);
	expect(&events[4], 0x1e, true);
}

/* Both halves may come at once, or another key between them. */
static void test_pause(void **state)
{
	static const uint8_t together[] = {0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5, 0x1e};
	static const uint8_t apart[] = {0xe1, 0x1d, 0x45, 0x1e, 0x9e, 0xe1, 0x9d, 0xc5};
	struct key_event events[8];

	(void)state;
	assert_int_equal(feed(together, sizeof(together), events, 8), 3);
	expect(&events[0], 0xc6, true);
	expect(&events[1], 0xc6, false);
	expect(&events[2], 0x1e, true);
	assert_int_equal(feed(apart, sizeof(apart), events, 8), 4);
	expect(&events[0], 0xc6, true);
	expect(&events[1], 0x1e, true);
	expect(&events[3], 0xc6, false);
	assert_int_equal(key_evdev(0xc6), KEY_PAUSE);
}

static void test_made_up_shifts_and_nonsense(void **state)
{
	static const uint8_t bytes[] = {0xe0, 0x2a, 0xe0, 0x47, 0xe0, 0xaa, 0x80, 0xe0, 0x00};
	static const uint8_t broken[] = {0xe1, 0x45, 0xe1, 0x1d, 0xe1, 0x1d, 0x45};
	struct key_event events[8];

	(void)state;
	assert_int_equal(feed(bytes, sizeof(bytes), events, 8), 2);
	expect(&events[0], 0xc7, true);
	expect(&events[1], 0x80, true); /* no key of evdev's */
	assert_int_equal(key_evdev(0x80), 0);
	assert_int_equal(feed(broken, sizeof(broken), events, 8), 1);
	expect(&events[0], 0xc6, true);
}

static void test_evdev(void **state)
{
	static const struct {
		uint8_t number;
		unsigned key;
	} keys[] = {{0x01, KEY_ESC}, {0x1e, KEY_A}, {0x58, KEY_F12}, {0x9c, KEY_KPENTER},
	        {0xc8, KEY_UP}, {0xdb, KEY_LEFTMETA}, {0xb8, KEY_RIGHTALT}, {0x56, KEY_102ND},
	        {0x73, KEY_RO}, {0xff, 0}, {0x7f, 0}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		assert_int_equal(key_evdev(keys[i].number), keys[i].key);
}

static void test_held(void **state)
{
	struct keys_held held = {0};
	uint8_t number;

	(void)state;
	assert_false(keys_note(&held, &(struct key_event){0x1e, false}));
	assert_true(keys_note(&held, &(struct key_event){0x1e, true}));
	assert_true(keys_note(&held, &(struct key_event){0x1e, true}));
	assert_true(keys_note(&held, &(struct key_event){0xd3, true}));
	assert_true(keys_release_one(&held, &number));
	assert_int_equal(number, 0x1e);
	assert_true(keys_release_one(&held, &number));
	assert_int_equal(number, 0xd3);
	assert_false(keys_release_one(&held, &number));
}

static void test_switch(void **state)
{
	const struct key_event ctrl = {0x9d, true}, alt = {0x38, true}, home = {0xc7, true},
	                       up = {0xc7, false};
	struct keys_held held = {0};

	(void)state;
	keys_note(&held, &ctrl);
	keys_note(&held, &home);
	assert_false(keys_is_switch(&held, &home));
	keys_note(&held, &alt);
	assert_false(keys_is_switch(&held, &alt));
	assert_true(keys_is_switch(&held, &home));
	assert_false(keys_is_switch(&held, &up));
}

static const char *typed(struct typing *t, unsigned key)
{
	static char text[32];
	char up[32];

	typing_key(t, key, true, text, sizeof(text));
	typing_key(t, key, false, up, sizeof(up));
	assert_string_equal(up, "");
	return text;
}

static void test_typing(void **state)
{
	struct typing *t = typing_create();
	char text[32];

	(void)state;
	assert_non_null(t);
	assert_string_equal(typed(t, KEY_A), "a");
	typing_key(t, KEY_LEFTSHIFT, true, text, sizeof(text));
	assert_string_equal(typed(t, KEY_A), "A");
	typing_key(t, KEY_LEFTALT, true, text, sizeof(text));
	typing_key(t, KEY_LEFTALT, false, text, sizeof(text));
	typing_key(t, KEY_LEFTSHIFT, false, text, sizeof(text));
	assert_string_equal(typed(t, KEY_A), "ф");
	typing_release(t); /* keeps the layout */
	assert_string_equal(typed(t, KEY_A), "ф");
	assert_string_equal(typed(t, KEY_ENTER), "");
	assert_string_equal(typed(t, KEY_BACKSPACE), "");
	assert_string_equal(typed(t, 0x2ff), "");
	typing_key(t, KEY_LEFTCTRL, true, text, sizeof(text));
	assert_string_equal(typed(t, KEY_A), "");
	typing_destroy(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_plain_and_extended),
	        cmocka_unit_test(test_pause),
	        cmocka_unit_test(test_made_up_shifts_and_nonsense),
	        cmocka_unit_test(test_evdev),
	        cmocka_unit_test(test_held),
	        cmocka_unit_test(test_switch),
	        cmocka_unit_test(test_typing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
