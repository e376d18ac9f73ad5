/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The test guest's picture: the pattern by the pixel, and text from a font. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "picture.h"

#define WIDTH  400
#define HEIGHT 200

/* A font of version 1 with 256 signs of 8x8: 'A' is filled, and U+0410 looks like it. */
static size_t make_font(uint8_t *data)
{
	uint8_t *table = data + 4 + 256 * 8;

	memset(data, 0, 4 + 256 * 8);
	memcpy(data, "\x36\x04\x02\x08", 4);
	memset(data + 4 + 'A' * 8, 0xff, 8);
	data[4 + '?' * 8] = 0x80;
	for (unsigned i = 0; i < 256; i++) {
		if (i < 128) {
			*table++ = (uint8_t)i;
			*table++ = 0;
		}
		if (i == 'A') {
			memcpy(table, "\x10\x04\xfe\xff\x42\x00", 6);
			table += 6;
		}
		*table++ = 0xff;
		*table++ = 0xff;
	}
	return (size_t)(table - data);
}

struct fixture {
	uint8_t font_data[8192];
	struct font font;
	uint32_t pixels[WIDTH * HEIGHT];
	struct picture picture;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);

	if (!fixture)
		abort();
	*state = fixture;
	fixture->picture = (struct picture){fixture->pixels, WIDTH, HEIGHT};
	return !font_init(&fixture->font, fixture->font_data, make_font(fixture->font_data));
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

static uint32_t at(const struct fixture *fixture, uint32_t x, uint32_t y)
{
	return fixture->pixels[y * WIDTH + x];
}

static void pattern_is_the_nonce(void **state)
{
	const uint64_t nonce = 0x8001f00dcafe0001;
	struct fixture *fixture = *state;

	picture_draw(&fixture->picture, nonce, "", &fixture->font);
	for (uint32_t bit = 0; bit < 64; bit++) {
		uint32_t colour = nonce >> (63 - bit) & 1 ? PICTURE_WHITE : PICTURE_BLUE;
		uint32_t x = bit % 16 * 16, y = bit / 16 * 16;

		assert_int_equal(at(fixture, x, y), colour);
		assert_int_equal(at(fixture, x + 15, y), colour);
		assert_int_equal(at(fixture, x, y + 15), colour);
		assert_int_equal(at(fixture, x + 15, y + 15), colour);
	}
	assert_int_equal(at(fixture, 256, 0), PICTURE_RED);
	assert_int_equal(at(fixture, 271, 63), PICTURE_RED);
	assert_int_equal(at(fixture, 272, 0), PICTURE_BACKGROUND);
	assert_int_equal(at(fixture, 0, 64), PICTURE_BACKGROUND);
}

static void text_stands_below(void **state)
{
	struct fixture *fixture = *state;

	picture_draw(&fixture->picture, 0, "\x03 A\n\x04\xd0\x90", &fixture->font);
	assert_int_equal(at(fixture, 16, 80), PICTURE_BACKGROUND);
	assert_int_equal(at(fixture, 24, 80), 0x60d060);
	assert_int_equal(at(fixture, 31, 87), 0x60d060);
	assert_int_equal(at(fixture, 16, 90), 0xff6050);
}

static void text_never_leaves_the_picture(void **state)
{
	static char text[20000];
	struct fixture *fixture = *state;

	memset(text, 'A', sizeof text - 1);
	for (size_t i = 500; i < sizeof text - 1; i += 501)
		text[i] = '\n';
	picture_draw(&fixture->picture, 0, text, &fixture->font);
	assert_int_equal(at(fixture, 399, 80), 0xc0c8d0);
	fixture->picture.width = 100;
	fixture->picture.height = 20;
	picture_draw(&fixture->picture, ~0ull, text, &fixture->font);
	assert_int_equal(fixture->pixels[99], PICTURE_WHITE);
}

static void font_knows_what_it_has(void **state)
{
	struct fixture *fixture = *state;

	assert_ptr_equal(font_glyph(&fixture->font, 'A'), font_glyph(&fixture->font, 0x410));
	/* 'B' follows in a sequence of 'A', which says nothing about 'B' alone. */
	assert_ptr_not_equal(font_glyph(&fixture->font, 'B'), font_glyph(&fixture->font, 'A'));
	assert_ptr_equal(font_glyph(&fixture->font, 0x1f600), font_glyph(&fixture->font, '?'));
}

static void broken_fonts_are_refused(void **state)
{
	struct fixture *fixture = *state;
	uint8_t psf2[32] = {0x72, 0xb5, 0x4a, 0x86, [8] = 32, [16] = 255, [17] = 255};
	struct font font;

	assert_false(font_init(&font, "", 0));
	assert_false(font_init(&font, "none of it", 10));
	assert_false(font_init(&font, fixture->font_data, 100));
	assert_false(font_init(&font, psf2, sizeof psf2));
}

static void characters_come_one_by_one(void **state)
{
	const char *text = "a\xd0\x90\xe2\x82\xac\xff\xd0z";
	const uint32_t codes[] = {'a', 0x410, 0x20ac, '?', '?', 'z', 0};

	(void)state;
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		assert_int_equal(font_next_character(&text), codes[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(pattern_is_the_nonce, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(text_stands_below, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(text_never_leaves_the_picture, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(font_knows_what_it_has, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(broken_fonts_are_refused, set_up, tear_down),
	        cmocka_unit_test(characters_come_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
