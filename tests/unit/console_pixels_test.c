/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/pixels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* pixman.h */
#define A8R8G8B8 0x20028888u
#define X8B8G8R8 0x20030888u
#define B8G8R8X8 0x20080888u
#define R8G8B8X8 0x20090888u
#define R8G8B8   0x18020888u
#define R5G6B5   0x10020565u
#define X1R5G5B5 0x10020555u
#define A8       0x08018000u

static uint32_t converted(uint32_t format, uint32_t pixel)
{
	uint8_t bytes[4];
	const struct pixels p = {bytes, (format >> 24) / 8, (format >> 24) / 8, format, 1, 1};
	uint32_t out = 0xdeadbeef;

	memcpy(bytes, &pixel, sizeof(bytes));
	assert_true(pixels_good(&p));
	pixels_copy(&p, &out, 1, 0, 0);
	return out;
}

static void test_formats(void **state)
{
	(void)state;
	assert_int_equal(converted(PIXELS_XRGB, 0x12345678), 0x345678);
	assert_int_equal(converted(A8R8G8B8, 0x12345678), 0x345678);
	assert_int_equal(converted(X8B8G8R8, 0x12345678), 0x785634);
	assert_int_equal(converted(B8G8R8X8, 0x12345678), 0x563412);
	assert_int_equal(converted(R8G8B8X8, 0x12345678), 0x123456);
	assert_int_equal(converted(R8G8B8, 0x345678), 0x345678);
	assert_int_equal(converted(R5G6B5, 0xffff), 0xffffff);
	assert_int_equal(converted(R5G6B5, 0xf800), 0xff0000);
	assert_int_equal(converted(R5G6B5, 0x07e0), 0x00ff00);
	assert_int_equal(converted(X1R5G5B5, 0x7fff), 0xffffff);
	assert_int_equal(converted(X1R5G5B5, 0x8000), 0);
}

static void test_place(void **state)
{
	static const uint32_t from[] = {1, 2, 99, 3, 4, 99};
	const struct pixels p = {(const uint8_t *)from, sizeof(from), 12, PIXELS_XRGB, 2, 2};
	uint32_t to[4 * 3] = {0};

	(void)state;
	pixels_copy(&p, to, 4, 1, 1);
	assert_int_equal(to[5], 1);
	assert_int_equal(to[6], 2);
	assert_int_equal(to[7], 0);
	assert_int_equal(to[9], 3);
	assert_int_equal(to[10], 4);
}

static void test_bad(void **state)
{
	static const uint8_t bytes[64];
	static const struct pixels bad[] = {
	        {bytes, 64, 16, PIXELS_XRGB, 4, 5},       /* too few bytes */
	        {bytes, 64, 15, PIXELS_XRGB, 4, 4},       /* rows overlap */
	        {bytes, 64, 16, PIXELS_XRGB, 0, 4},       /* nothing */
	        {bytes, 64, 16, PIXELS_XRGB, 4, 0},       /* nothing */
	        {bytes, 64, 0, PIXELS_XRGB, 4, 4},        /* no stride */
	        {bytes, 64, 16, A8, 4, 4},                /* no colours */
	        {bytes, 64, 16, 0, 4, 4},                 /* no format */
	        {bytes, 64, 16, 0xffffffff, 4, 4},        /* no format */
	        {bytes, 64, 16, 0x10020888, 4, 4},        /* more bits than the pixel has */
	        {bytes, 64, 65536, PIXELS_XRGB, 8000, 1}, /* wider than any screen */
	        {bytes, 64, UINT32_MAX, PIXELS_XRGB, 4, UINT32_MAX},
	};
	const struct pixels last_row_short = {bytes, 3 * 20 + 16 - 12, 20, PIXELS_XRGB, 1, 4};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(pixels_good(&bad[i]));
	assert_true(pixels_good(&last_row_short));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_formats),
	        cmocka_unit_test(test_place),
	        cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
