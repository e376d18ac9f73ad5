/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line of text: nothing of it is ever cut within a character, and what is not allowed does not get in. */
#include "ui/keyboard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void letters_come_and_go_whole(void **state)
{
	struct keyboard k;

	(void)state;
	keyboard_init(&k, "Игра 🎮", 100, NULL, KEYBOARD_CYRILLIC);
	assert_int_equal(k.cursor, strlen("Игра 🎮"));
	keyboard_delete(&k);
	assert_string_equal(k.text, "Игра ");
	keyboard_delete(&k);
	keyboard_delete(&k);
	assert_string_equal(k.text, "Игр");
	keyboard_move(&k, -1);
	keyboard_move(&k, -1);
	assert_int_equal(k.cursor, strlen("И"));
	assert_true(keyboard_type(&k, "ё"));
	assert_string_equal(k.text, "Иёгр");
	keyboard_delete_after(&k);
	assert_string_equal(k.text, "Иёр");
	for (int i = 0; i < 9; i++)
		keyboard_move(&k, -1);
	assert_int_equal(k.cursor, 0);
	keyboard_delete(&k);
	assert_string_equal(k.text, "Иёр");
	for (int i = 0; i < 9; i++)
		keyboard_move(&k, 1);
	assert_int_equal(k.cursor, strlen("Иёр"));
	keyboard_delete_after(&k);
	assert_string_equal(k.text, "Иёр");
}

static void a_line_has_an_end(void **state)
{
	struct keyboard k;

	(void)state;
	keyboard_init(&k, "abcdef", 4, NULL, KEYBOARD_LATIN);
	assert_string_equal(k.text, "abcd");
	assert_false(keyboard_type(&k, "e"));
	keyboard_delete(&k);
	/* Two bytes where one has room. */
	assert_false(keyboard_type(&k, "я"));
	assert_true(keyboard_type(&k, "z"));
	assert_string_equal(k.text, "abcz");
	keyboard_init(&k, "", 100000, NULL, KEYBOARD_LATIN);
	assert_int_equal(k.most, KEYBOARD_MOST);
	for (unsigned i = 0; i < KEYBOARD_MOST + 9; i++)
		keyboard_type(&k, "x");
	assert_int_equal(strlen(k.text), KEYBOARD_MOST);
}

static void garbage_does_not_get_in(void **state)
{
	struct keyboard k;

	(void)state;
	keyboard_init(&k, "a\n\x1b[2J\x80\xff\xc3", 100, NULL, KEYBOARD_LATIN);
	assert_string_equal(k.text, "a[2J");
	assert_false(keyboard_type(&k, "\xc2\x9b"));
	assert_false(keyboard_type(&k, "\x7f"));
	assert_false(keyboard_type(&k, ""));
	assert_string_equal(k.text, "a[2J");
}

static void only_what_is_allowed(void **state)
{
	struct keyboard k;

	(void)state;
	keyboard_init(&k, "0000:01-z", 100, "0123456789abcdef:", KEYBOARD_CYRILLIC);
	assert_string_equal(k.text, "0000:01");
	/* No letter of that layout may be typed: another one is shown. */
	assert_int_equal(k.layout, KEYBOARD_SYMBOLS);
	keyboard_switch(&k);
	assert_int_equal(k.layout, KEYBOARD_LATIN);
	assert_string_equal(keyboard_key(&k, 1, 0), "q");
	assert_false(keyboard_allows(&k, "q"));
	assert_true(keyboard_allows(&k, "a"));
	keyboard_press(&k, 1, 0);
	keyboard_press(&k, 2, 0);
	assert_string_equal(k.text, "0000:01a");
	keyboard_switch(&k);
	assert_int_equal(k.layout, KEYBOARD_SYMBOLS);
	/* Digits alone are everywhere. */
	keyboard_init(&k, "", 9, "0123456789", KEYBOARD_LATIN);
	keyboard_press(&k, 0, 9);
	assert_string_equal(k.text, "0");
}

static void layouts_follow_one_another(void **state)
{
	struct keyboard k;

	(void)state;
	keyboard_init(&k, "", 100, NULL, KEYBOARD_LATIN);
	assert_true(k.shift); /* a name begins */
	assert_string_equal(keyboard_key(&k, 1, 0), "Q");
	keyboard_press(&k, 1, 0);
	assert_false(k.shift);
	assert_string_equal(keyboard_next_words(&k), "АБВ");
	keyboard_switch(&k);
	keyboard_press(&k, 1, 11);
	keyboard_press(&k, 2, 11);
	assert_string_equal(k.text, "Qъё");
	keyboard_switch(&k);
	assert_string_equal(keyboard_key(&k, 2, 8), "@");
	assert_string_equal(keyboard_next_words(&k), "ABC");
	keyboard_switch(&k);
	assert_int_equal(k.layout, KEYBOARD_LATIN);
	assert_string_equal(keyboard_key(&k, 4, 0), "");
	assert_string_equal(keyboard_key(&k, 0, 12), "");
}

/* Every character that a profile's texts are made of is on some key. */
static void every_sign_can_be_typed(void **state)
{
	(void)state;
	for (char c = '!'; c < 0x7f; c++) {
		struct keyboard k;
		bool found = false;

		keyboard_init(&k, "", 9, NULL, KEYBOARD_LATIN);
		for (unsigned i = 0; i < 2u * KEYBOARD_LAYOUTS; i++) {
			k.layout = (enum keyboard_layout)(i / 2);
			k.shift = i % 2;
			for (unsigned n = 0; n < KEYBOARD_ROWS * KEYBOARD_COLUMNS; n++)
				found |= *keyboard_key(&k, n / KEYBOARD_COLUMNS,
				                 n % KEYBOARD_COLUMNS) == c;
		}
		if (!found)
			fail_msg("no key has %c", c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(letters_come_and_go_whole),
	        cmocka_unit_test(a_line_has_an_end),
	        cmocka_unit_test(garbage_does_not_get_in),
	        cmocka_unit_test(only_what_is_allowed),
	        cmocka_unit_test(layouts_follow_one_another),
	        cmocka_unit_test(every_sign_can_be_typed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
