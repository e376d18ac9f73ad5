/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A child that is shut in can answer, and can do nothing else. */
#include "vm/acts/shut_in.h"

#include "base/util.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static bool is_refused(long r)
{
	return r == -1 && errno == EPERM;
}

/* A letter for each thing that is as it should be. */
static void __attribute__((noreturn)) try_all(int fd)
{
	char answer[8] = "-----";
	struct err err;

	if (shut_in(&err) == 0)
		answer[0] = 's';
	if (is_refused(open("/dev/null", O_RDONLY)))
		answer[1] = 'o';
	if (is_refused(socket(AF_UNIX, SOCK_STREAM, 0)))
		answer[2] = 'n';
	if (is_refused(fork()))
		answer[3] = 'f';
	if (is_refused(kill(getppid(), 0)))
		answer[4] = 'k';
	_exit(write(fd, answer, 5) == 5 ? 7 : 1);
}

static void test_shut_in(void **state)
{
	char answer[8] = "";
	int pair[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(pair), 0);
	pid = fork();
	if (pid == 0)
		try_all(pair[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	assert_int_equal(read(pair[0], answer, 5), 5);
	assert_string_equal(answer, "sonfk");
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_shut_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
