/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What qemu-img says, understood or refused. */
#include "image/parse.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void info_is_read(void **state)
{
	static const char text[] =
	        "{\"virtual-size\": 67108864, \"filename\": \"x\", \"format\": \"qcow2\", "
	        "\"actual-size\": 200704, \"encrypted\": true, \"backing-filename\": \"/a\", "
	        "\"backing-filename-format\": \"raw\", \"snapshots\": [{\"id\": \"1\", \"name\": "
	        "\"one\", \"date-sec\": 1700000000, \"vm-state-size\": 0}], \"format-specific\": "
	        "{\"type\": \"qcow2\", \"data\": {\"corrupt\": true, \"encrypt\": {\"format\": "
	        "\"luks\"}, \"bitmaps\": [{\"name\": \"b\", \"flags\": []}, {}]}}}";
	struct image_info info;
	struct err err = {0};

	(void)state;
	assert_int_equal(image_parse_info(text, &info, &err), 0);
	assert_string_equal(info.format, "qcow2");
	assert_int_equal(info.size, 64 << 20);
	assert_int_equal(info.used, 200704);
	assert_true(info.encrypted && info.luks && info.corrupt);
	assert_string_equal(info.backing, "/a");
	assert_string_equal(info.backing_format, "raw");
	assert_int_equal(info.n_snapshots, 1);
	assert_string_equal(
	        json_string_value(json_object_get(json_array_get(info.snapshots, 0), "tag")),
	        "one");
	assert_int_equal(json_array_size(info.bitmaps), 1);
	image_info_finish(&info);
}

static void other_words_are_refused(void **state)
{
	static const char *const texts[] = {"", "[]", "{", "{}", "{\"format\": \"raw\"", "null",
	        "{\"format\": 3, \"virtual-size\": 1}",
	        "{\"format\": \"raw\", \"virtual-size\": -1}",
	        "{\"format\": \"raw\", \"virtual-size\": 2305843009213693952}",
	        "{\"format\": \"raw\", \"format\": \"raw\", \"virtual-size\": 1}"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct image_info info;
		struct err err = {0};

		assert_int_equal(image_parse_info(texts[i], &info, &err), -EBADMSG);
		assert_true(err.message[0]);
	}
	assert_null(image_parse_check("no", NULL));
}

static void many_snapshots_have_an_end(void **state)
{
	cleanup_free char *text = NULL;
	json_t *list = json_array(), *json;
	struct image_info info;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		json_array_append_new(list, json_pack("{s:s}", "name", "s"));
	json = json_pack(
	        "{s:s, s:i, s:o}", "format", "qcow2", "virtual-size", 512, "snapshots", list);
	text = json_dumps(json, 0);
	json_decref(json);
	assert_int_equal(image_parse_info(text, &info, NULL), 0);
	assert_int_equal(info.n_snapshots, 1000);
	assert_int_equal(json_array_size(info.snapshots), IMAGE_SNAPSHOTS_MOST);
	image_info_finish(&info);
}

static void check_and_measure(void **state)
{
	json_t *json = image_parse_check("{\"check-errors\": 1, \"corruptions\": 2, \"leaks\": 3, "
	                                 "\"leaks-fixed\": 4}",
	        NULL);
	uint64_t bytes;

	(void)state;
	assert_int_equal(json_integer_value(json_object_get(json, "errors")), 3);
	assert_int_equal(json_integer_value(json_object_get(json, "leaks")), 3);
	assert_int_equal(json_integer_value(json_object_get(json, "leaks_fixed")), 4);
	json_decref(json);
	assert_int_equal(image_parse_measure("{\"required\": 5}", &bytes, NULL), 0);
	assert_int_equal(bytes, 5);
}

static void progress(void **state)
{
	static const struct {
		const char *text;
		int percent;
	} cases[] = {{"", -1}, {"    (0.00/100%)\r", 0},
	        {"    (0.00/100%)\r    (12.34/100%)\r", 12}, {"(100.00/100%)\r\n", 100},
	        {"(12", 12}, {"(x) (", -1}, {"(99999999999999/100%)", 100},
	        {"7.00/100%)\r    (8.1/100%)", 8}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(image_parse_progress(cases[i].text), cases[i].percent);
}

static void sizes(void **state)
{
	static const struct {
		const char *text;
		int r;
		uint64_t bytes;
	} cases[] = {{"512", 0, 512}, {"64G", 0, 64ull << 30}, {"1k", 0, 1024}, {"3m", 0, 3 << 20},
	        {"1024P", 0, 1ull << 60}, {"1025P", -ERANGE, 0}, {"0", -ERANGE, 0},
	        {"100", -ERANGE, 0}, {"", -EINVAL, 0}, {"G", -EINVAL, 0}, {"-1G", -EINVAL, 0},
	        {"1GG", -EINVAL, 0}, {"1.5G", -EINVAL, 0}, {"18446744073709551616", -EINVAL, 0}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t bytes = 0;
		int r = image_parse_size(cases[i].text, &bytes);

		assert_true(cases[i].r ? r < 0 : r == 0);
		assert_int_equal(bytes, cases[i].bytes);
	}
}

static void tags(void **state)
{
	(void)state;
	assert_true(image_tag_is_good("before-patch_1.2"));
	assert_false(image_tag_is_good("") || image_tag_is_good("-a") || image_tag_is_good("a/b") ||
	             image_tag_is_good(".a") || image_tag_is_good("a b") || image_tag_is_good("ä"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(info_is_read),
	        cmocka_unit_test(other_words_are_refused),
	        cmocka_unit_test(many_snapshots_have_an_end),
	        cmocka_unit_test(check_and_measure),
	        cmocka_unit_test(progress),
	        cmocka_unit_test(sizes),
	        cmocka_unit_test(tags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
