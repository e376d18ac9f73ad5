/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/tiles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define WIDTH  100u
#define HEIGHT 70u
#define ROOM   16u

struct fixture {
	uint32_t pixels[WIDTH * HEIGHT];
	struct picture picture;
	struct tiles tiles;
	struct rect out[ROOM];
};

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->picture = (struct picture){WIDTH, HEIGHT, f->pixels};
	tiles_init(&f->tiles, WIDTH, HEIGHT);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	tiles_finish(&f->tiles);
	free(f);
	return 0;
}

static size_t take(struct fixture *f)
{
	return tiles_take(&f->tiles, &f->picture, f->out, ROOM);
}

static void expect(const struct rect *r, uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	assert_int_equal(r->x, x);
	assert_int_equal(r->y, y);
	assert_int_equal(r->width, width);
	assert_int_equal(r->height, height);
}

static void test_first_is_all_of_it(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(take(f), 1);
	expect(&f->out[0], 0, 0, WIDTH, HEIGHT);
	assert_int_equal(take(f), 0);
}

/* Whatever colour it has: white and opaque, as the front end writes it, or what was there before. */
static void test_forgotten_is_all_of_it(void **state)
{
	struct fixture *f = *state;

	memset(f->pixels, 0xff, sizeof(f->pixels));
	assert_int_equal(take(f), 1);
	expect(&f->out[0], 0, 0, WIDTH, HEIGHT);
	tiles_forget(&f->tiles);
	assert_int_equal(take(f), 1);
	expect(&f->out[0], 0, 0, WIDTH, HEIGHT);
	assert_int_equal(take(f), 0);
}

/* Damage is a hint: what is as it was is not sent. */
static void test_only_what_differs(void **state)
{
	struct fixture *f = *state;

	take(f);
	tiles_mark(&f->tiles, &(struct rect){0, 0, WIDTH, HEIGHT});
	assert_int_equal(take(f), 0);
	f->pixels[40 * WIDTH + 40] = 0xffffff;
	tiles_mark(&f->tiles, &(struct rect){0, 0, WIDTH, HEIGHT});
	assert_int_equal(take(f), 1);
	expect(&f->out[0], 40, 40, 1, 1);
	assert_int_equal(f->tiles.mirror[40 * WIDTH + 40], 0xffffff);
}

static void test_only_what_was_marked(void **state)
{
	struct fixture *f = *state;

	take(f);
	f->pixels[0] = f->pixels[WIDTH * HEIGHT - 1] = 1;
	tiles_mark(&f->tiles, &(struct rect){WIDTH - 1, HEIGHT - 1, 1, 1});
	assert_int_equal(take(f), 1);
	expect(&f->out[0], WIDTH - 1, HEIGHT - 1, 1, 1);
	tiles_mark(&f->tiles, &(struct rect){0, 0, 1, 1});
	assert_int_equal(take(f), 1);
	expect(&f->out[0], 0, 0, 1, 1);
}

static void test_neighbours_are_one(void **state)
{
	struct fixture *f = *state;

	take(f);
	for (uint32_t y = 10; y < 60; y++)
		for (uint32_t x = 10; x < 50; x++)
			f->pixels[y * WIDTH + x] = 7;
	tiles_mark(&f->tiles, &(struct rect){10, 10, 40, 50});
	assert_int_equal(take(f), 1);
	expect(&f->out[0], 10, 10, 40, 50);
}

static void test_apart_are_two(void **state)
{
	struct fixture *f = *state;

	take(f);
	f->pixels[0] = f->pixels[40 * WIDTH + 70] = 7;
	tiles_mark(&f->tiles, &(struct rect){0, 0, WIDTH, HEIGHT});
	assert_int_equal(take(f), 2);
	expect(&f->out[0], 0, 0, 1, 1);
	expect(&f->out[1], 70, 40, 1, 1);
}

/* More than there is room for is one large rectangle at the end, in which nothing is missing. */
static void test_no_room(void **state)
{
	struct fixture *f = *state;
	struct rect one;

	take(f);
	f->pixels[0] = f->pixels[40 * WIDTH + 70] = f->pixels[65 * WIDTH + 40] = 7;
	tiles_mark(&f->tiles, &(struct rect){0, 0, WIDTH, HEIGHT});
	assert_int_equal(tiles_take(&f->tiles, &f->picture, &one, 1), 1);
	expect(&one, 0, 0, 71, 66);
}

/* One that is not much larger than the two of them costs less than two. */
static void test_near_ones_are_one(void **state)
{
	struct fixture *f = *state;

	take(f);
	f->pixels[0] = f->pixels[3 * WIDTH + 70] = 7;
	tiles_mark(&f->tiles, &(struct rect){0, 0, WIDTH, HEIGHT});
	assert_int_equal(take(f), 1);
	expect(&f->out[0], 0, 0, 71, 4);
}

static void test_marks_outside(void **state)
{
	static const struct rect outside[] = {{WIDTH, 0, 1, 1}, {0, HEIGHT, 1, 1}, {0, 0, 0, 1},
	        {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX}};
	struct fixture *f = *state;

	take(f);
	for (size_t i = 0; i < ARRAY_SIZE(outside); i++) {
		tiles_mark(&f->tiles, &outside[i]);
		assert_false(f->tiles.any);
	}
	f->pixels[WIDTH - 1] = 3;
	tiles_mark(&f->tiles, &(struct rect){WIDTH - 1, 0, UINT32_MAX, UINT32_MAX});
	assert_int_equal(take(f), 1);
}

static void test_forgotten(void **state)
{
	struct fixture *f = *state;

	take(f);
	tiles_forget(&f->tiles);
	assert_int_equal(take(f), 1);
	expect(&f->out[0], 0, 0, WIDTH, HEIGHT);
}

/* A thousand changes in a second are sixty pictures at most. */
static void test_pace(void **state)
{
	uint64_t last = 0, sent = 0;

	(void)state;
	for (uint64_t now = 1000000; now < 2000000; now += 1000) {
		if (picture_time_us(now, last) > now)
			continue;
		last = now;
		sent++;
	}
	assert_in_range(sent, 50, 60);
	assert_int_equal(picture_time_us(5, 0), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_first_is_all_of_it, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_forgotten_is_all_of_it, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_only_what_differs, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_only_what_was_marked, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_neighbours_are_one, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_apart_are_two, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_no_room, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_near_ones_are_one, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_marks_outside, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_forgotten, set_up, tear_down),
	        cmocka_unit_test(test_pace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
