/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/problem.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void it_says_what_happened(void **state)
{
	struct problem p = {0};
	struct err err = {0};
	cleanup_free char *text = NULL;

	(void)state;
	err_set(&err, -EIO, "disk games is in use");
	err_hint(&err, "unmount it");
	err_code(&err, CODE_DISK_USED);
	problem_add_err(&p, "What happened", &err);
	problem_add_err(&p, "Not this", &(struct err){0});
	problem_add(&p, "Console", "a line\n");
	problem_add(&p, "Check", NULL);
	text = problem_text(&p);
	assert_non_null(strstr(text,
	        "\n\n== What happened ==\ndisk games is in use (PT-DISK-01)\nunmount it\n"
	        "\n== Console ==\na line\n"
	        "\n== Check ==\nnothing is known\n"));
	assert_null(strstr(text, "Not this"));
	problem_finish(&p);
}

static void nobody_is_named(void **state)
{
	static const char said[] =
	        "/dev/disk/by-id/ata-Samsung_SSD_870_EVO_1TB_S5Y1NX0R123456-part2 is mounted on "
	        "/home/alice/Games\n"
	        "\"/dev/disk/by-id/nvme-eui.0025385b11501234\", later S5Y1NX0R123456 again\n"
	        "file:///home/alice/x 6ba7b810-9dad-11d1-80b4-00c04fd430c8 52:54:00:12:34:56\n"
	        "pad AB12XY34 at 0000:01:00.0, 10de:1b81";
	struct problem p = {0};
	cleanup_free char *text = NULL;

	(void)state;
	mask_learn_serial(&p.mask, "AB12XY34");
	problem_add(&p, "Console", said);
	text = problem_text(&p);
	assert_null(strstr(text, "S5Y1NX0R123456"));
	assert_null(strstr(text, "0025385b11501234"));
	assert_null(strstr(text, "alice"));
	assert_null(strstr(text, "6ba7b810"));
	assert_null(strstr(text, "52:54:00"));
	assert_null(strstr(text, "AB12XY34"));
	assert_non_null(strstr(text, "0000:01:00.0, 10de:1b81"));
	assert_non_null(strstr(text, "Samsung_SSD_870_EVO_1TB_"));
	problem_finish(&p);
}

static void of_much_the_end_is_told(void **state)
{
	cleanup_free char *much = xcalloc(1, 1 << 20), *text = NULL;
	struct problem p = {0};

	(void)state;
	memset(much, 'x', (1 << 20) - 1);
	for (size_t i = 99; i < (1 << 20) - 1; i += 100)
		much[i] = '\n';
	memcpy(much + (1 << 20) - 8, "the end", 7);
	problem_add(&p, "Console", much);
	text = problem_text(&p);
	assert_true(strlen(text) < PROBLEM_SECTION_MOST + 1000);
	assert_non_null(strstr(text, "the end"));
	assert_non_null(strstr(text, "== Console ==\nxxxx"));
	problem_finish(&p);
	/* One line without an end, of two bytes a letter. */
	for (size_t i = 0; i + 2 < 1 << 20; i += 2)
		memcpy(much + i, "\xd0\x96", 2);
	problem_add(&p, "Console", much);
	assert_true(starts_with(p.sections[0].text, "\xd0\x96"));
	problem_finish(&p);
}

static bool all_there(const char *path)
{
	(void)path;
	return true;
}

static bool only_home(const char *path)
{
	return streq(path, "/home/a");
}

static void chosen(const char *documents, const char *user_dirs, bool (*there)(const char *),
        const char *expected)
{
	cleanup_free char *path = problem_choose_folder(documents, user_dirs, "/home/a", there);

	assert_string_equal(path, expected);
}

static void documents_are_where_a_person_has_them(void **state)
{
	static const char dirs[] = "# comment\nXDG_DESKTOP_DIR=\"$HOME/Desktop\"\n"
	                           "XDG_DOCUMENTS_DIR=\"$HOME/\xd0\x94\"\n";

	(void)state;
	chosen("/d", dirs, all_there, "/d");
	chosen("d", dirs, all_there, "/home/a/\xd0\x94");
	chosen(NULL, "XDG_DOCUMENTS_DIR=\"/srv/d\"", all_there, "/srv/d");
	chosen(NULL, "XDG_DOCUMENTS_DIR=\"$(reboot)\"", all_there, "/home/a");
	chosen(NULL, "XDG_DOCUMENTS_DIR=", all_there, "/home/a");
	chosen(NULL, "XDG_DOCUMENTS_DIR=\"", all_there, "/home/a");
	chosen("/d", dirs, only_home, "/home/a");
	chosen(NULL, NULL, all_there, "/home/a");
	assert_null(problem_choose_folder(NULL, dirs, NULL, all_there));
}

static void nothing_is_overwritten(void **state)
{
	char folder[] = "/tmp/playthrough-problem-XXXXXX";
	cleanup_free char *command = NULL, *file = NULL, *first = NULL, *second = NULL;
	struct stat st;
	struct err err;

	(void)state;
	assert_non_null(mkdtemp(folder));
	command = xasprintf("rm -rf '%s'", folder);
	setenv("XDG_DOCUMENTS_DIR", folder, 1);
	assert_int_equal(problem_write(NULL, "night/../train", "x", 1700000000, &first, &err), 0);
	assert_int_equal(problem_write(NULL, "night/../train", "y", 1700000000, &second, &err), 0);
	assert_string_not_equal(first, second);
	assert_true(
	        starts_with(first + strlen(folder), "/playthrough-report-night____train-2023111"));
	assert_true(ends_with(second, "-2.txt"));
	assert_int_equal(stat(first, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	file = xasprintf("%s/mine.txt", folder);
	assert_int_equal(problem_write(file, "a", "x", 0, NULL, &err), 0);
	assert_int_equal(problem_write(file, "a", "longer", 0, NULL, &err), -EEXIST);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_size, 1);
	assert_int_equal(problem_write("/nonexistent/x", "a", "x", 0, NULL, &err), -ENOENT);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(it_says_what_happened),
	        cmocka_unit_test(nobody_is_named),
	        cmocka_unit_test(of_much_the_end_is_told),
	        cmocka_unit_test(documents_are_where_a_person_has_them),
	        cmocka_unit_test(nothing_is_overwritten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
