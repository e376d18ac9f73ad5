/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stick that trembles wakes nobody; one that is moved does, however slowly. */
#include "input/stir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static bool take(struct stir *stir, unsigned type, unsigned code, int value)
{
	const struct input_event events[] = {
	        {.type = (uint16_t)type, .code = (uint16_t)code, .value = value},
	        {.type = EV_SYN, .code = SYN_REPORT}};

	return stir_take(stir, events, 2);
}

static void trembling_is_nothing(void **state)
{
	struct stir stir = {0};

	(void)state;
	stir_set_axis(&stir, ABS_X, 0, 255);
	take(&stir, EV_ABS, ABS_X, 128);
	for (int i = 0; i < 1000; i++)
		assert_false(take(&stir, EV_ABS, ABS_X, 128 + i % 5 - 2));
}

static void a_slow_move_adds_up(void **state)
{
	struct stir stir = {0};
	unsigned looks = 0;

	(void)state;
	stir_set_axis(&stir, ABS_Y, -32768, 32767);
	for (int value = 0; value <= 32767; value += 100)
		looks += take(&stir, EV_ABS, ABS_Y, value);
	assert_true(looks >= STIR_PARTS / 2 - 1 && looks <= STIR_PARTS);
	assert_true(take(&stir, EV_ABS, ABS_Y, -32768));
}

static void all_else_counts(void **state)
{
	struct stir stir = {0};

	(void)state;
	assert_true(take(&stir, EV_KEY, BTN_SOUTH, 1));
	assert_true(take(&stir, EV_KEY, BTN_SOUTH, 0));
	assert_true(take(&stir, EV_ABS, ABS_HAT0X, -1));
	assert_true(take(&stir, EV_REL, REL_X, 1));
	assert_true(take(&stir, EV_SYN, SYN_DROPPED, 0));
	assert_false(take(&stir, EV_MSC, MSC_SCAN, 4));
	assert_false(stir_take(&stir, NULL, 0));
	/* Nothing is known of this axis: every move counts. */
	assert_true(take(&stir, EV_ABS, ABS_X, 1));
}

static void odd_axes_do_no_harm(void **state)
{
	struct stir stir = {0};

	(void)state;
	stir_set_axis(&stir, ABS_X, INT32_MIN, INT32_MAX);
	stir_set_axis(&stir, ABS_Y, 10, -10);
	stir_set_axis(&stir, ABS_MAX, 0, 1);
	assert_true(take(&stir, EV_ABS, ABS_X, INT32_MIN));
	assert_true(take(&stir, EV_ABS, ABS_X, INT32_MAX));
	assert_true(take(&stir, EV_ABS, ABS_Y, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(trembling_is_nothing),
	        cmocka_unit_test(a_slow_move_adds_up),
	        cmocka_unit_test(all_else_counts),
	        cmocka_unit_test(odd_axes_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
