/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pictures: in the terminal by characters, in a file as SVG. */
#include "qualify/chart.h"
#include "fio_answer.h"
#include "qualify/svg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const struct shape ssd = {"SSD",
        {{10500, {92, 105, 160, 300, 1100, 4200}, {0}},
                {95000, {330, 400, 600, 900, 2000, 5000}, {0}},
                {520, {15000, 16000, 18000, 22000, 30000, 41000}, {100, 50, 0}}},
        0};

static void measure(struct qualify_measured *out)
{
	cleanup_free char *answer = shape_answer(&ssd);

	*out = (struct qualify_measured){0};
	assert_int_equal(qualify_fio_read(answer, strlen(answer), out, NULL), 0);
}

static void test_spark(void **state)
{
	static const double values[] = {0, 50, 100, 13}, none[] = {0, 0};
	cleanup_free char *utf8 = qualify_chart_spark(values, 4, true);
	cleanup_free char *ascii = qualify_chart_spark(values, 4, false);
	cleanup_free char *flat = qualify_chart_spark(none, 2, true);
	cleanup_free char *empty = qualify_chart_spark(NULL, 0, true);

	(void)state;
	assert_string_equal(utf8, "▁▅█▂");
	assert_string_equal(ascii, "_o#.");
	assert_string_equal(flat, "▁▁");
	assert_string_equal(empty, "");
}

static void test_time_bars(void **state)
{
	cleanup_free char *ten_us = qualify_chart_time(10000, false);
	cleanup_free char *ten_s = qualify_chart_time(UINT64_C(10000000000), false);
	cleanup_free char *longer = qualify_chart_time(UINT64_MAX, false);
	cleanup_free char *none = qualify_chart_time(0, true);

	(void)state;
	assert_string_equal(ten_us, "#");
	assert_string_equal(ten_s, "####################################");
	assert_string_equal(longer, ten_s);
	assert_string_equal(none, "");
}

static char *chart(const struct qualify_measured *measured, bool utf8)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	qualify_chart_print(out, measured, utf8);
	fclose(out);
	return text;
}

static void test_chart(void **state)
{
	struct qualify_measured measured, nothing = {0};
	cleanup_free char *text = NULL, *empty = chart(&nothing, true);

	(void)state;
	measure(&measured);
	text = chart(&measured, false);
	assert_non_null(strstr(text, "  sequential reads             #o######      511 MB/s\n"));
	assert_non_null(strstr(text, "\n    99.99 %  1.1 ms   ############"));
	assert_null(strstr(text, "writes"));
	assert_string_equal(empty, "");
	for (const char *c = text; *c; c++)
		assert_true((unsigned char)*c < 0x80 || strncmp(c, "\302\265", 2) == 0 ||
		            strncmp(c - 1, "\302\265", 2) == 0); /* µ */
}

static char *draw(const char *title, const struct qualify_measured *measured)
{
	const struct qualify_opinion opinion = {.verdict = QUALIFY_GOOD};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	qualify_svg_print(out, title, "500 GB", measured, &opinion);
	fclose(out);
	return text;
}

static unsigned count(const char *text, const char *what)
{
	unsigned n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

static void test_svg(void **state)
{
	struct qualify_measured measured;
	cleanup_free char *text = NULL;

	(void)state;
	measure(&measured);
	text = draw("<b onload=\"x\">&\001 disk", &measured);
	assert_true(starts_with(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg "));
	assert_true(ends_with(text, "</svg>\n"));
	assert_non_null(strstr(text, ">&lt;b onload=\"x\"&gt;&amp; disk</text>"));
	assert_non_null(strstr(text, ">good for games</text>"));
	/* the ground, a bar a slice, and the legend */
	assert_int_equal(count(text, "<rect "), 1 + measured.n_slices + 3);
	assert_int_equal(count(text, "<polyline "), 3);
	assert_null(strstr(text, "nan"));
	assert_null(strstr(text, "inf"));
}

/* A disk that only has errors has a picture without bars. */
static void test_empty_svg(void **state)
{
	const struct qualify_measured nothing = {0};
	cleanup_free char *text = draw("disk", &nothing);

	(void)state;
	assert_int_equal(count(text, "<rect "), 1);
	assert_null(strstr(text, "nan"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_spark),
	        cmocka_unit_test(test_time_bars),
	        cmocka_unit_test(test_chart),
	        cmocka_unit_test(test_svg),
	        cmocka_unit_test(test_empty_svg),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
