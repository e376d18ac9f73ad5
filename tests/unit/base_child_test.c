/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running programs: status, output, deadline, and what they inherit. */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int shell(const char *script, unsigned timeout_ms, struct child_result *out, struct err *err)
{
	char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, (char *)(uintptr_t)script, NULL};

	return child_run(argv, NULL, timeout_ms, out, err);
}

static void expect_output(const char *script, int status, const char *output)
{
	struct child_result result;
	struct err err = {0};

	assert_int_equal(shell(script, 10000, &result, &err), 0);
	assert_int_equal(result.status, status);
	assert_string_equal(result.output, output);
	free(result.output);
}

static void test_status_and_output(void **state)
{
	(void)state;
	expect_output("echo out; echo err >&2; exit 3", 3, "out\nerr\n");
	expect_output("kill -9 $$", 128 + 9, "");
	expect_output("cat", 0, "");                              /* stdin is empty, not ours */
	expect_output("exec >&- 2>&-; sleep 0.1; exit 4", 4, ""); /* closes its output first */
}

static void test_environment(void **state)
{
	char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, (char[]){"echo $PT_A $PT_B"}, NULL};
	char *env[] = {(char[]){"PT_A=1"}, (char[]){"PT_B=2"}, NULL};
	struct child_result result;

	(void)state;
	assert_int_equal(child_run(argv, env, 10000, &result, NULL), 0);
	assert_string_equal(result.output, "1 2\n");
	assert_null(getenv("PT_A"));
	free(result.output);
}

static void test_inherits_nothing(void **state)
{
	int leak = open("/dev/null", O_RDONLY); /* without CLOEXEC, as a library may do */

	(void)state;
	assert_int_equal(dup2(leak, 42), 42);
	signal(SIGPIPE, SIG_IGN);
	/* SIGPIPE is bit 12 of the mask. */
	expect_output("test -e /proc/self/fd/42 && echo open; "
	              "grep -q 'SigIgn.*0...$' /proc/self/status || echo ignored",
	        0, "");
	signal(SIGPIPE, SIG_DFL);
	close(42);
	close(leak);
}

static void test_no_such_program(void **state)
{
	char *argv[] = {(char[]){"/nonexistent/update-grub"}, NULL};
	struct child_result result;
	struct err err = {0};

	(void)state;
	assert_int_equal(child_run(argv, NULL, 1000, &result, &err), -ENOENT);
	assert_non_null(strstr(err.message, "/nonexistent/update-grub"));
	free(result.output);
}

static void test_deadline(void **state)
{
	int64_t start = now_ms();
	struct child_result result;
	struct err err = {0};

	(void)state;
	assert_int_equal(shell("echo begun; sleep 60; echo never", 300, &result, &err), -ETIMEDOUT);
	assert_string_equal(result.output, "begun\n");
	assert_true(now_ms() - start < 5000);
	free(result.output);
	/* One that closed its output is not waited for longer either. */
	assert_int_equal(shell("exec >&- 2>&-; sleep 60", 300, &result, &err), -ETIMEDOUT);
	assert_true(now_ms() - start < 10000);
	free(result.output);
}

static void test_what_it_leaves_behind_is_not_waited_for(void **state)
{
	int64_t start = now_ms();

	(void)state;
	expect_output("sleep 5 & echo done", 0, "done\n");
	assert_true(now_ms() - start < 4000);
}

static void test_much_output(void **state)
{
	struct child_result result;

	(void)state;
	assert_int_equal(shell("head -c 3000000 /dev/zero | tr '\\0' x", 20000, &result, NULL), 0);
	assert_int_equal(result.status, 0);
	assert_true(strlen(result.output) > 1000000 && strlen(result.output) <= 1 << 20);
	free(result.output);
}

static void test_check(void **state)
{
	char *good[] = {(char[]){"true"}, NULL}, *bad[] = {(char[]){"false"}, NULL};
	char *tells[] = {
	        (char[]){"sh"}, (char[]){"-c"}, (char[]){"echo a; echo why; exit 2"}, NULL};
	struct err err = {0};

	(void)state;
	assert_int_equal(child_check(good, NULL, 10000, &err), 0);
	assert_int_equal(child_check(bad, NULL, 10000, &err), -EIO);
	assert_string_equal(err.message, "false: ended with status 1");
	assert_int_equal(child_check(tells, NULL, 10000, &err), -EIO);
	assert_string_equal(err.message, "sh: ended with status 2: why");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_status_and_output),
	        cmocka_unit_test(test_environment),
	        cmocka_unit_test(test_inherits_nothing),
	        cmocka_unit_test(test_no_such_program),
	        cmocka_unit_test(test_deadline),
	        cmocka_unit_test(test_what_it_leaves_behind_is_not_waited_for),
	        cmocka_unit_test(test_much_output),
	        cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
