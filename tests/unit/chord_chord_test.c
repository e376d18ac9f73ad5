/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chords against a clock that the test steps. */
#include "chord/chord.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define KEYBOARD (CHORD_LEFT_SHIFT | CHORD_RIGHT_SHIFT | CHORD_LEFT_CTRL | CHORD_LEFT_ALT)
#define PAD      (CHORD_GUIDE | CHORD_START | CHORD_SELECT)
#define PLAIN    (CHORD_START | CHORD_SELECT | CHORD_L1 | CHORD_R1)

static void test_held_its_time(void **state)
{
	struct chord_watch w = {0};

	(void)state;
	chord_update(&w, KEYBOARD & ~CHORD_LEFT_ALT, 100);
	assert_true(chord_next_ms(&w) == UINT64_MAX);
	chord_update(&w, KEYBOARD, 5000);
	assert_int_equal(chord_due(&w, 5999), CHORD_NONE);
	assert_int_equal(chord_next_ms(&w), 6000);
	assert_int_equal(chord_due(&w, 6000), CHORD_KEYBOARD);
	assert_int_equal(chord_due(&w, 9000), CHORD_NONE); /* told once */
	assert_true(chord_next_ms(&w) == UINT64_MAX);
}

static void test_let_go_too_early(void **state)
{
	struct chord_watch w = {0};

	(void)state;
	chord_update(&w, KEYBOARD, 0);
	chord_update(&w, KEYBOARD & ~CHORD_RIGHT_SHIFT, 999);
	assert_int_equal(chord_due(&w, 2000), CHORD_NONE);
	chord_update(&w, KEYBOARD, 2000); /* the time begins anew */
	assert_int_equal(chord_due(&w, 2999), CHORD_NONE);
	assert_int_equal(chord_due(&w, 3000), CHORD_KEYBOARD);
}

static void test_more_reports_do_not_prolong(void **state)
{
	struct chord_watch w = {0};

	(void)state;
	for (unsigned ms = 0; ms <= 1000; ms += 8)
		chord_update(&w, KEYBOARD | CHORD_L1, ms);
	assert_int_equal(chord_due(&w, 1000), CHORD_KEYBOARD);
	chord_update(&w, 0, 1100);
	chord_update(&w, KEYBOARD, 1200);
	assert_int_equal(chord_due(&w, 2200), CHORD_KEYBOARD); /* once for each holding */
}

static void test_pads(void **state)
{
	struct chord_watch w = {0};

	(void)state;
	chord_update(&w, PAD, 0);
	assert_int_equal(chord_due(&w, 1999), CHORD_NONE);
	assert_int_equal(chord_due(&w, 2000), CHORD_PAD);
	w = (struct chord_watch){0};
	chord_update(&w, PLAIN, 0);
	assert_int_equal(chord_due(&w, 2999), CHORD_NONE);
	assert_int_equal(chord_next_ms(&w), 3000);
	assert_int_equal(chord_due(&w, 3000), CHORD_PAD);
}

static void test_possible(void **state)
{
	(void)state;
	assert_int_equal(chord_possible(KEYBOARD), CHORD_KEYBOARD);
	assert_int_equal(chord_possible(PAD), CHORD_PAD);
	assert_int_equal(chord_possible(PLAIN), CHORD_PAD);
	assert_int_equal(chord_possible(CHORD_START | CHORD_SELECT | CHORD_L1), CHORD_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_held_its_time),
	        cmocka_unit_test(test_let_go_too_early),
	        cmocka_unit_test(test_more_reports_do_not_prolong),
	        cmocka_unit_test(test_pads),
	        cmocka_unit_test(test_possible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
