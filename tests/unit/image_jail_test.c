/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process that is shut in: what it was given it can open, and nothing else. */
#include "image/jail.h"

#include "base/util.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int again(int fd, int flags)
{
	cleanup_free char *path = xasprintf("/proc/self/fd/%d", fd);

	return open(path, flags | O_CLOEXEC);
}

/* In the child: 0, or the number of what should not have been. */
static int look_around(int source, int target)
{
	const int files[] = {source, target};
	const struct jail jail = {.files = files,
	        .n_files = 2,
	        .writable = 2,
	        .file_bytes = 1 << 20,
	        .fence_needed = true};

	if (jail_enter(&jail) < 0 || jail_filter_calls() < 0)
		return 1;
	if (again(source, O_RDONLY) < 0 || again(target, O_RDWR) < 0)
		return 2;
	if (again(source, O_RDWR) >= 0 || again(source, O_WRONLY | O_TRUNC) >= 0)
		return 3;
	if (open("/etc/passwd", O_RDONLY) >= 0 || open("/tmp/x", O_RDWR | O_CREAT, 0600) >= 0)
		return 4;
	if (open("/usr/lib/os-release", O_RDONLY) < 0)
		return 5;
	if (socket(AF_INET, SOCK_STREAM, 0) >= 0 || socket(AF_UNIX, SOCK_STREAM, 0) >= 0)
		return 6;
	if (kill(getppid(), 0) == 0 || fork() >= 0 || fchmod(target, 0777) == 0)
		return 7;
	signal(SIGXFSZ, SIG_IGN);
	if (ftruncate(target, 2 << 20) == 0)
		return 8;
	return 0;
}

static void only_what_was_given(void **state)
{
	char one[] = "/tmp/pt-jail-XXXXXX", other[] = "/tmp/pt-jail-XXXXXX";
	cleanup_close int source = mkstemp(one), target = mkstemp(other);
	int status = 0;
	pid_t pid;

	(void)state;
	pid = fork();
	if (pid == 0)
		_exit(look_around(source, target));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	unlink(one);
	unlink(other);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(only_what_was_given)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
