/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All faults of a text at once, each with its place; and texts of which little can be said. */
#include "profile/problems.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define GPU "[gpu]\naddress=0000:01:00.0\nid=10de:1b81\n"

static const char file[] = "/nonexistent/games.profile";

static int find(const char *text, struct profile_problems *problems)
{
	cleanup_strv struct strv files = {0};
	struct profile profile;
	int r;

	strv_add(&files, file);
	r = profile_problems_find(&files, text, &profile, problems);
	if (r == 0)
		profile_finish(&profile);
	return r;
}

static void expect(const struct profile_problems *problems, size_t i, int line, const char *section,
        const char *key, const char *says)
{
	const struct profile_problem *p = &problems->list[i];

	assert_true(i < problems->n);
	assert_int_equal(p->line, line);
	assert_string_equal(p->section, section);
	assert_string_equal(p->key, key);
	assert_string_equal(p->file, file);
	assert_false(p->warning);
	if (!strstr(p->err.message, says) || strstr(p->err.message, file))
		fail_msg("%s", p->err.message);
}

static void test_good(void **state)
{
	struct profile_problems problems = {0};

	(void)state;
	assert_int_equal(find("", &problems), 0);
	assert_int_equal(find("[vm]\ntitle=Games\n" GPU, &problems), 0);
	assert_int_equal(problems.n, 0);
	profile_problems_finish(&problems);
}

static void test_all_at_once(void **state)
{
	struct profile_problems problems = {0};

	(void)state;
	assert_int_equal(find("[vm]\n"
	                      "titel=Games\n"
	                      "guest=windows-95\n"
	                      "# fine\n"
	                      "\n"
	                      "[memory]\n"
	                      "  size = lots\n"
	                      "[disk games]\n"
	                      "writable=yes\n"
	                      "[dsik more]\n"
	                      "image=/a\n"
	                      "nonsense\n",
	                         &problems),
	        -EINVAL);
	assert_int_equal(problems.n, 6);
	expect(&problems, 0, 2, "vm", "titel", "titel");
	assert_non_null(strstr(problems.list[0].err.hint, "title="));
	expect(&problems, 1, 3, "vm", "guest", "windows-95");
	expect(&problems, 2, 7, "memory", "size", "lots");
	expect(&problems, 3, 8, "disk games", "", "device=");
	expect(&problems, 4, 10, "dsik more", "", "dsik");
	expect(&problems, 5, 12, "dsik more", "", "nonsense");
	profile_problems_finish(&problems);
}

/* The missing address is the wrong one: told once. */
static void test_what_follows(void **state)
{
	struct profile_problems problems = {0};

	(void)state;
	assert_int_equal(
	        find("[gpu]\naddress=here\nid=10de:1b81\n[audio]\nid=1:2\n", &problems), -EINVAL);
	assert_int_equal(problems.n, 2);
	expect(&problems, 0, 2, "gpu", "address", "here");
	expect(&problems, 1, 5, "audio", "id", "");
	profile_problems_finish(&problems);
}

static void test_twice(void **state)
{
	struct profile_problems problems = {0};

	(void)state;
	assert_int_equal(
	        find(GPU "[gpu]\naddress=0000:02:00.0\nid=10de:1b82\n", &problems), -EINVAL);
	assert_int_equal(problems.n, 1);
	expect(&problems, 0, 4, "gpu", "", "twice");
	profile_problems_finish(&problems);
}

static void test_no_text(void **state)
{
	static const char *const texts[] = {"\xff\xfe", "a=b", "[", "[\n]", "]", "[vm", "\001",
	        "[vm]\n=\n", "[vm]\ntitle=\033[31m\n", "[disk ]\n", "[vm] # why\n"};
	struct profile_problems problems = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(find(texts[i], &problems), -EINVAL);
		assert_true(problems.n >= 1 && problems.list[0].line >= 1);
		profile_problems_finish(&problems);
	}
}

/* However much is wrong, what is told is bounded, and so is the time it takes. */
static void test_much(void **state)
{
	struct profile_problems problems = {0};
	cleanup_strv struct strv lines = {0};
	cleanup_free char *text = NULL;
	clock_t begin = clock();

	(void)state;
	strv_add(&lines, "[disk a]\nimage=/a\nwritable=perhaps");
	for (int i = 0; i < 1500; i++)
		strv_add(&lines, "[disk a]");
	text = strv_join(&lines, "\n");
	assert_int_equal(find(text, &problems), -EINVAL);
	assert_true(problems.n >= 1 && problems.n <= PROFILE_PROBLEMS_MAX);
	assert_true(clock() - begin < 10 * CLOCKS_PER_SEC);
	profile_problems_finish(&problems);
}

/* A drop-in is not in the text that is edited: its fault is told, with its file. */
static void test_drop_in(void **state)
{
	char folder[] = "/tmp/playthrough-problems-XXXXXX";
	struct profile_problems problems = {0};
	cleanup_strv struct strv files = {0};
	struct profile profile;
	FILE *out;

	(void)state;
	assert_non_null(mkdtemp(folder));
	strv_add(&files, file);
	strv_addf(&files, "%s/a.conf", folder);
	out = fopen(files.list[1], "w");
	assert_non_null(out);
	fputs("[vm]\nname=x\n", out);
	fclose(out);
	assert_int_equal(
	        profile_problems_find(&files, "[vm]\ntitel=x\n", &profile, &problems), -EINVAL);
	assert_int_equal(problems.n, 2);
	expect(&problems, 0, 2, "vm", "titel", "titel");
	assert_string_equal(problems.list[1].file, files.list[1]);
	assert_int_equal(problems.list[1].line, 2);
	unlink(files.list[1]);
	rmdir(folder);
	profile_problems_finish(&problems);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_good),
	        cmocka_unit_test(test_all_at_once),
	        cmocka_unit_test(test_what_follows),
	        cmocka_unit_test(test_twice),
	        cmocka_unit_test(test_no_text),
	        cmocka_unit_test(test_much),
	        cmocka_unit_test(test_drop_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
