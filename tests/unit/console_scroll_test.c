/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/scroll.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define WIDTH  200u
#define HEIGHT 150u

struct fixture {
	uint32_t before[WIDTH * HEIGHT], after[WIDTH * HEIGHT];
	struct tiles tiles;
};

static const struct rect everything = {0, 0, WIDTH, HEIGHT};

static uint32_t noise(uint32_t n)
{
	return (n * 2654435761u ^ n >> 7) & 0xffffff;
}

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	for (uint32_t i = 0; i < WIDTH * HEIGHT; i++)
		f->before[i] = noise(i);
	memcpy(f->after, f->before, sizeof(f->after));
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

/* Within @r, what was @dy rows below; where there is nothing in it, something new. */
static void scroll_by(struct fixture *f, const struct rect *r, int32_t dy)
{
	for (uint32_t y = 0; y < r->height; y++) {
		int32_t from = (int32_t)y + dy;

		for (uint32_t x = r->x; x < r->x + r->width; x++)
			f->after[(r->y + y) * WIDTH + x] =
			        from >= 0 && from < (int32_t)r->height
			                ? f->before[(r->y + (uint32_t)from) * WIDTH + x]
			                : noise(0x100000 + y * WIDTH + x);
	}
}

static bool find(const struct fixture *f, struct scroll *out)
{
	return scroll_find(f->before, f->after, WIDTH, &everything, out);
}

static void expect(const struct scroll *s, struct rect to, int32_t dy)
{
	assert_memory_equal(&s->to, &to, sizeof(to));
	assert_int_equal(s->dy, dy);
}

static void test_all_of_it(void **state)
{
	struct fixture *f = *state;
	struct scroll s;

	scroll_by(f, &everything, 16);
	assert_true(find(f, &s));
	expect(&s, (struct rect){0, 0, WIDTH, HEIGHT - 16}, 16);
	scroll_by(f, &everything, -3);
	assert_true(find(f, &s));
	expect(&s, (struct rect){0, 3, WIDTH, HEIGHT - 3}, -3);
}

/* Whatever is beside it, above it or under it. */
static void test_a_part(void **state)
{
	const struct rect part = {32, 20, 96, 100};
	struct fixture *f = *state;
	struct scroll s;

	scroll_by(f, &part, 7);
	assert_true(find(f, &s));
	expect(&s, (struct rect){32, 20, 96, 93}, 7);
}

static void test_nothing_of_the_kind(void **state)
{
	const struct rect small = {0, 0, 40, 30};
	struct fixture *f = *state;
	struct scroll s;

	assert_false(find(f, &s)); /* it is as it was */
	scroll_by(f, &small, 2);
	assert_false(find(f, &s));
	for (uint32_t i = 0; i < WIDTH * HEIGHT; i++)
		f->after[i] = noise(i + 0x200000);
	assert_false(find(f, &s));
	for (uint32_t i = 0; i < WIDTH * HEIGHT; i++)
		f->after[i] = 5;
	assert_false(find(f, &s));
	memset(f->before, 0, sizeof(f->before)); /* one colour is wherever one looks for it */
	assert_false(find(f, &s));
	assert_false(scroll_find(f->before, f->after, WIDTH, &(struct rect){0}, &s));
}

/* What it says is so, whatever the pictures are. */
static void test_always_true(void **state)
{
	struct fixture *f = *state;

	for (uint32_t seed = 0; seed < 400; seed++) {
		uint32_t n = noise(seed + 77), colours = 1 + n % 5;
		const struct rect part = {
		        n % 60, n / 64 % 40, 70 + n / 4096 % 70, 70 + n / 256 % 40};
		struct scroll s;

		for (uint32_t i = 0; i < WIDTH * HEIGHT; i++)
			f->before[i] = f->after[i] = noise(i / colours + seed) % (1u << colours);
		scroll_by(f, &part, (int32_t)(n / 16 % 41) - 20);
		if (!find(f, &s))
			continue;
		for (uint32_t y = s.to.y; y < s.to.y + s.to.height; y++)
			assert_memory_equal(&f->after[y * WIDTH + s.to.x],
			        &f->before[(uint32_t)((int32_t)y + s.dy) * WIDTH + s.to.x],
			        s.to.width * sizeof(uint32_t));
	}
}

/* The mirror becomes the picture, by what moves and what is sent after it. */
static void move_and_take(struct fixture *f, int32_t dy)
{
	const struct picture before = {WIDTH, HEIGHT, f->before}, after = {WIDTH, HEIGHT, f->after};
	struct rect out[16];
	struct scroll s;
	size_t n;

	tiles_forget(&f->tiles);
	assert_false(tiles_scroll(&f->tiles, &before, &s));
	tiles_take(&f->tiles, &before, out, ARRAY_SIZE(out));
	scroll_by(f, &everything, dy);
	tiles_mark(&f->tiles, &everything);
	assert_true(tiles_scroll(&f->tiles, &after, &s));
	n = tiles_take(&f->tiles, &after, out, ARRAY_SIZE(out));
	assert_memory_equal(f->tiles.mirror, f->after, sizeof(f->after));
	assert_int_equal(n, 1);
	assert_int_equal(out[0].height, dy < 0 ? -dy : dy);
}

static void test_with_tiles(void **state)
{
	move_and_take(*state, 16);
	move_and_take(*state, -16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_all_of_it, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_a_part, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_nothing_of_the_kind, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_always_true, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_with_tiles, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
