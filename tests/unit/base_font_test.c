/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Console fonts of both versions, made here byte by byte; some end too early. */
#include "base/font.h"
#include "base/util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Version 1: 256 pictures of one row each, which are their own numbers. @table follows. */
static size_t make_first(uint8_t *to, const uint16_t *table, size_t n)
{
	memcpy(to, "\x36\x04\x02\x01", 4);
	for (unsigned i = 0; i < 256; i++)
		to[4 + i] = (uint8_t)i;
	for (size_t i = 0; i < n; i++) {
		to[260 + 2 * i] = (uint8_t)table[i];
		to[261 + 2 * i] = (uint8_t)(table[i] >> 8);
	}
	return 260 + 2 * n;
}

static void test_first_version(void **state)
{
	/* Picture 0 is A, and what a sequence has is nobody's own; picture 1 is Я. */
	static const uint16_t table[] = {'A', 0xfffe, 'B', 'C', 0xffff, 0x042f, 0xffff};
	static struct font font;
	uint8_t bytes[512];
	size_t size = make_first(bytes, table, ARRAY_SIZE(table));

	(void)state;
	assert_true(font_init(&font, bytes, size));
	assert_int_equal(font.width, 8);
	assert_int_equal(font.count, 256);
	assert_int_equal(*font_glyph(&font, 'A'), 0);
	assert_int_equal(*font_glyph(&font, 0x042f), 1);
	assert_int_equal(*font_glyph(&font, 'B'), 'B'); /* what is not said is where ASCII has it */
	assert_int_equal(*font_glyph(&font, 0x0416), '?');
	assert_int_equal(*font_glyph(&font, 0x1f600), '?');
	assert_false(font_init(&font, bytes, 259));
	assert_false(font_init(&font, bytes, 3));
	bytes[3] = 0; /* no rows */
	assert_false(font_init(&font, bytes, size));
}

static size_t make_second(uint8_t *to, const char *table, size_t n)
{
	const uint32_t header[] = {0x864ab572, 0, 32, 1, 128, 2, 2, 8};

	memcpy(to, header, sizeof(header));
	for (unsigned i = 0; i < 128; i++)
		to[32 + 2 * i] = to[33 + 2 * i] = (uint8_t)i;
	memcpy(to + 32 + 256, table, n);
	return 32 + 256 + n;
}

static void test_second_version(void **state)
{
	static const char table[] = "A\xfe"
	                            "B\xff\xd0\xaf\xff\xe2\x82\xac\xff\xd0";
	static struct font font;
	uint8_t bytes[512];
	size_t size = make_second(bytes, table, sizeof(table) - 1);
	uint32_t *header = (uint32_t *)(void *)bytes;

	(void)state;
	assert_true(font_init(&font, bytes, size));
	assert_int_equal(font.height, 2);
	assert_int_equal(*font_glyph(&font, 'A'), 0);
	assert_int_equal(*font_glyph(&font, 0x042f), 1);
	assert_int_equal(*font_glyph(&font, 0x20ac), 2);
	assert_int_equal(*font_glyph(&font, 'B'), 'B');
	assert_false(font_init(&font, bytes, 32 + 255));
	assert_false(font_init(&font, bytes, 31));
	header[7] = 9; /* two bytes a row, of which the picture's size says nothing */
	assert_false(font_init(&font, bytes, size));
	header[7] = 8;
	header[2] = 0xfffffff0; /* it begins far behind its end */
	assert_false(font_init(&font, bytes, size));
	header[2] = 32;
	header[4] = 0;
	assert_false(font_init(&font, bytes, size));
	header[0] = 1;
	assert_false(font_init(&font, bytes, size));
}

static void test_characters(void **state)
{
	static const struct {
		const char *text;
		uint32_t codes[4];
	} cases[] = {{"aЯ", {'a', 0x042f}}, {"€😀", {0x20ac, 0x1f600}}, {"\x80z", {'?', 'z'}},
	        {"\xd0z", {'?', 'z'}}, {"\xe2\x82", {'?'}}, {"", {0}}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *at = cases[i].text;

		for (size_t n = 0; cases[i].codes[n]; n++)
			assert_int_equal(font_next_character(&at), cases[i].codes[n]);
		assert_int_equal(font_next_character(&at), 0);
		assert_int_equal(*at, '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_first_version),
	        cmocka_unit_test(test_second_version),
	        cmocka_unit_test(test_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
