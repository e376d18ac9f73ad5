/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person answers at the first start. */
#include "host-setup/first/answers.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_files(void **state)
{
	cleanup_free char *locale = first_locale_text(&first_languages[1]);
	cleanup_free char *one = first_keyboard_text(&first_layouts[first_find_layout("de")]);
	cleanup_free char *two =
	        first_keyboard_text(&first_layouts[first_find_layout(first_languages[1].layout)]);

	(void)state;
	assert_string_equal(locale, "LANG=ru_RU.UTF-8\n");
	assert_non_null(strstr(one, "XKBLAYOUT=\"de\"\n"));
	assert_non_null(strstr(one, "XKBOPTIONS=\"\"\n"));
	assert_non_null(strstr(two, "XKBLAYOUT=\"us,ru\"\n"));
	assert_non_null(strstr(two, "XKBOPTIONS=\"grp:alt_shift_toggle\"\n"));
	assert_int_equal(first_find_layout("none"), 0);
}

/* Every layout that has two toggles between them, and no other does. */
static void test_layouts(void **state)
{
	(void)state;
	for (size_t i = 0; i < first_n_layouts; i++)
		assert_int_equal(
		        first_layouts[i].toggles, strchr(first_layouts[i].layout, ',') != NULL);
}

static void test_user(void **state)
{
	static const char *const wrong[] = {"", "Ann", "1ann", "-ann", "an n", "ann:x", "ann\n",
	        "анна", "root", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	struct err err = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(first_check_user(wrong[i], "p", "p", NULL), -EINVAL);
	assert_int_equal(first_check_user("ann", "p:w", "p:w", &err), 0);
	assert_int_equal(first_check_user("ann-2_b", "пароль", "пароль", &err), 0);
	assert_int_equal(first_check_user("ann", "", "", &err), -EINVAL);
	assert_int_equal(first_check_user("ann", "one", "two", &err), -EINVAL);
	assert_string_equal(err.message, "the two passwords differ");
}

static void test_person(void **state)
{
	static const char passwd[] = "root:x:0:0::/root:/bin/bash\nmail:x:8:8::/:/bin/false\n"
	                             "ann:x:1000:1000::/home/ann:/bin/bash\nbob\n";

	(void)state;
	assert_true(first_is_person(passwd, "ann"));
	assert_false(first_is_person(passwd, "an"));
	assert_false(first_is_person(passwd, "mail"));
	assert_false(first_is_person(passwd, "bob"));
	assert_false(first_is_person("", "ann"));
}

static void assert_home(const struct root *root, const char *wanted)
{
	cleanup_free char *home = first_home(root, "ann");

	assert_string_equal(home, wanted);
	assert_int_equal(root_make_folder(root, home, NULL), 0);
}

/* The files of one who was removed are never the next one's. */
static void test_home(void **state)
{
	char folder[] = "/tmp/first-test-XXXXXX";
	cleanup(root_close) struct root root = {.fd = -1};
	cleanup_free char *remove = NULL;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(root_open(&root, folder, NULL), 0);
	assert_home(&root, "/home/ann");
	assert_home(&root, "/home/ann-2");
	assert_home(&root, "/home/ann-3");
	remove = xasprintf("rm -rf %s", folder);
	assert_int_equal(system(remove), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_files),
	        cmocka_unit_test(test_layouts),
	        cmocka_unit_test(test_user),
	        cmocka_unit_test(test_person),
	        cmocka_unit_test(test_home),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
