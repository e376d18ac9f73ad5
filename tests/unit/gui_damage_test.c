/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between two pictures: never too little, and not much too much. */
#include "draw/damage.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define W    97
#define H    71
#define MOST 4

static uint32_t from[W * H], to[W * H];

static void clear(void)
{
	memset(from, 0, sizeof(from));
	memset(to, 0, sizeof(to));
}

static void equal_pictures_differ_in_nothing(void **state)
{
	struct rect rects[MOST];

	(void)state;
	clear();
	assert_int_equal(damage_copy(to, from, W, H, rects, MOST), 0);
}

static void a_spot_is_one_small_rectangle(void **state)
{
	struct rect rects[MOST];

	(void)state;
	clear();
	from[20 * W + 30] = from[22 * W + 33] = 1;
	assert_int_equal(damage_copy(to, from, W, H, rects, MOST), 1);
	assert_int_equal(rects[0].x, 30);
	assert_int_equal(rects[0].w, 4);
	assert_true(rects[0].h <= 16);
	assert_memory_equal(from, to, sizeof(to));
	assert_int_equal(damage_copy(to, from, W, H, rects, MOST), 0);
}

static void a_column_is_one_rectangle(void **state)
{
	struct rect rects[MOST];

	(void)state;
	clear();
	for (int y = 0; y < H; y++)
		from[y * W + W - 1] = 9;
	assert_int_equal(damage_copy(to, from, W, H, rects, MOST), 1);
	assert_int_equal(rects[0].x, W - 1);
	assert_int_equal(rects[0].h, H);
}

static bool is_in(const struct rect *rects, size_t n, int x, int y)
{
	for (size_t i = 0; i < n; i++)
		if (x >= rects[i].x && x < rects[i].x + rects[i].w && y >= rects[i].y &&
		        y < rects[i].y + rects[i].h)
			return true;
	return false;
}

static void all_that_differs_is_in_them(void **state)
{
	uint32_t before[W * H], seed = 1;

	(void)state;
	clear();
	for (int round = 0; round < 500; round++) {
		struct rect rects[MOST];
		size_t n;

		memcpy(before, to, sizeof(before));
		for (int i = 0; i < round % 12; i++) {
			seed = seed * 1103515245 + 12345;
			from[(seed >> 8) % (W * H)] = seed;
		}
		n = damage_copy(to, from, W, H, rects, MOST);
		assert_true(n <= MOST);
		assert_memory_equal(from, to, sizeof(to));
		for (size_t i = 0; i < n; i++)
			assert_true(rects[i].x >= 0 && rects[i].y >= 0 && rects[i].w > 0 &&
			            rects[i].h > 0 && rects[i].x + rects[i].w <= W &&
			            rects[i].y + rects[i].h <= H);
		for (int at = 0; at < W * H; at++)
			if (before[at] != to[at])
				assert_true(is_in(rects, n, at % W, at / W));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(equal_pictures_differ_in_nothing),
	        cmocka_unit_test(a_spot_is_one_small_rectangle),
	        cmocka_unit_test(a_column_is_one_rectangle),
	        cmocka_unit_test(all_that_differs_is_in_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
