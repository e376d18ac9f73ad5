/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What counts in place of a profile, and who says so. */
#include "model/drop_ins.h"
#include "model/parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define TWO                                                                                  \
	"[{\"file\": \"/d/a.conf\", \"text\": \"[cpu]\\ncount=6\\nmodel=max\\n\"},"          \
	" {\"file\": \"/d/secret.conf\", \"text\": null}, {\"text\": \"[vm]\"}, 7,"          \
	" {\"file\": \"/d/b.conf\", \"text\": \"[cpu]\\ncount=4\\n[usb pad]\\nid=1:2\\n\"}," \
	" {\"file\": \"/d/bad.conf\", \"text\": \"no profile\\n\"}]"

static void read_all(const char *text, struct drop_ins *out)
{
	json_t *json = json_loads(text, 0, NULL);

	assert_non_null(json);
	drop_ins_read(json, out);
	json_decref(json);
}

static void expect(const struct drop_ins *all, const char *section, const char *key,
        const char *value, const char *by)
{
	const char *file;
	cleanup_free char *said = drop_ins_value(all, section, key, &file);

	if (!value) {
		assert_null(said);
		return;
	}
	assert_non_null(said);
	assert_string_equal(said, value);
	assert_string_equal(file, by);
}

static void the_last_one_counts(void **state)
{
	cleanup(drop_ins_finish) struct drop_ins all;

	(void)state;
	read_all(TWO, &all);
	assert_int_equal(all.n, 4);
	assert_null(all.list[1].text);
	expect(&all, "cpu", "count", "4", "/d/b.conf");
	expect(&all, "cpu", "model", "max", "/d/a.conf");
	expect(&all, "cpu", "accel", NULL, NULL);
	expect(&all, "usb pad", "id", "1:2", "/d/b.conf");
	expect(&all, "usb wheel", "id", NULL, NULL);
	assert_string_equal(drop_ins_file(&all, "cpu"), "/d/a.conf");
	assert_string_equal(drop_ins_file(&all, "usb pad"), "/d/b.conf");
	assert_null(drop_ins_file(&all, "vm"));
}

static void a_section_that_is_elsewhere_only(void **state)
{
	cleanup(drop_ins_finish) struct drop_ins all, copy;
	cleanup_strv struct strv sections = {0};

	(void)state;
	read_all(TWO, &all);
	drop_ins_copy(&all, &copy);
	drop_ins_sections(&copy, "[vm]\ntitle=x\n", &sections);
	assert_int_equal(sections.n, 1);
	assert_string_equal(sections.list[0], "usb pad");
	strv_finish(&sections);
	drop_ins_sections(&copy, "[usb pad]\nport=1-1\n", &sections);
	assert_int_equal(sections.n, 0);
}

static void garbage_is_none(void **state)
{
	static const char *const texts[] = {
	        "{}", "[]", "[[]]", "[{\"file\": 7}]", "[{\"file\": \"\"}]"};
	cleanup(drop_ins_finish) struct drop_ins all = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		read_all(texts[i], &all);
		assert_int_equal(all.n, 0);
	}
	drop_ins_read(NULL, &all);
	assert_int_equal(all.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_last_one_counts),
	        cmocka_unit_test(a_section_that_is_elsewhere_only),
	        cmocka_unit_test(garbage_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
