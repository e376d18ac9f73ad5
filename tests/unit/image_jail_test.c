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
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int again(int fd, int flags)
{
	cleanup_free char *path = xasprintf("/proc/self/fd/%d", fd);

	return open(path, flags | O_CLOEXEC);
}

/* What Landlock has no say in, by the old calls and by the new ones: each is refused by its name already. */
static bool changes_names(const char *path)
{
	const struct {
		long number, a, b, c;
	} calls[] = {
#ifdef __NR_chmod
	        {__NR_chmod, (long)path, 0777, 0},
	        {__NR_chown, (long)path, 0, 0},
	        {__NR_lchown, (long)path, 0, 0},
	        {__NR_unlink, (long)path, 0, 0},
	        {__NR_rename, (long)path, (long)path, 0},
	        {__NR_link, (long)path, (long)"/tmp/x", 0},
	        {__NR_symlink, (long)path, (long)"/tmp/x", 0},
	        {__NR_utimes, (long)path, 0, 0},
	        {__NR_mkdir, (long)"/tmp/x", 0700, 0},
#endif
	        {__NR_truncate, (long)path, 0, 0},
	        {__NR_fchmodat, AT_FDCWD, (long)path, 0777},
	        {__NR_fchownat, AT_FDCWD, (long)path, 0},
	        {452 /* fchmodat2 */, AT_FDCWD, (long)path, 0777},
	        {__NR_removexattr, (long)path, (long)"user.x", 0},
	        {__NR_setxattr, (long)path, (long)"user.x", (long)""},
	        {__NR_utimensat, AT_FDCWD, (long)path, 0},
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (syscall(calls[i].number, calls[i].a, calls[i].b, calls[i].c, 0, 0) == 0 ||
		        errno != EPERM)
			return true;
	return false;
}

/* In the child: 0, or the number of what should not have been. */
static int look_around(int source, int target, const char *path)
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
	if (changes_names(path))
		return 9;
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
		_exit(look_around(source, target, other));
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
