/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MAX ((size_t)1 << 20)

static int64_t now_ms(void)
{
	return (int64_t)(monotonic_us() / 1000);
}

/* In the child: never returns. The errno of a failed exec goes up the close-on-exec pipe. */
static void __attribute__((noreturn))
become(char *const *argv, char *const *env, int out, int report)
{
	sigset_t none;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), e;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	/* Ignored signals stay ignored over exec, and a library's descriptor may lack CLOEXEC. */
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
	for (; env && *env; env++)
		putenv(*env);
	if (null >= 0 && dup2(null, 0) >= 0 && dup2(out, 1) >= 0 && dup2(out, 2) >= 0)
		execvp(argv[0], argv);
	e = errno;
	if (write(report, &e, sizeof(e)) < 0)
		_exit(126);
	_exit(127);
}

/* Adds what there is to read; false once the other end is closed. Past the limit it is dropped. */
static bool collect(int fd, struct child_result *out, size_t *used)
{
	char part[4096];
	ssize_t n = read(fd, part, sizeof(part));

	if (n < 0 && errno == EINTR)
		return true;
	if (n <= 0)
		return false;
	if (*used + (size_t)n > OUTPUT_MAX)
		return true;
	out->output = xrealloc(out->output, *used + (size_t)n + 1, 1);
	memcpy(out->output + *used, part, (size_t)n);
	*used += (size_t)n;
	out->output[*used] = '\0';
	return true;
}

/*
 * Until the child ended (it may close its output long before) or the deadline passed: -ETIMEDOUT. What
 * it leaves running with our pipe open is not waited for.
 */
static int supervise(int fd, int pidfd, int64_t deadline, struct child_result *out)
{
	size_t used = 0;

	out->output = xcalloc(1, 1);
	for (;;) {
		struct pollfd p[] = {{.fd = fd, .events = POLLIN}, {.fd = pidfd, .events = POLLIN}};
		int64_t left = deadline - now_ms();
		int n;

		if (left <= 0)
			return -ETIMEDOUT;
		n = poll(p, 2, left > INT32_MAX ? INT32_MAX : (int)left);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n <= 0)
			continue;
		/* Output first, so that none is lost when both are there. */
		if (p[0].revents && !collect(fd, out, &used))
			fd = -1;
		else if (!p[0].revents && p[1].revents)
			return 0;
	}
}

/* 0 once the program runs, or the errno that its exec failed with, negative. */
static int await_exec(int report)
{
	int failed = 0;
	ssize_t n;

	do
		n = read(report, &failed, sizeof(failed));
	while (n < 0 && errno == EINTR);
	return n == sizeof(failed) ? -failed : 0;
}

int child_run(char *const *argv, char *const *env, unsigned timeout_ms, struct child_result *out,
        struct err *err)
{
	cleanup_close int from = -1, to = -1, report_from = -1, report_to = -1, pidfd = -1;
	int64_t deadline = now_ms() + timeout_ms;
	int output[2], report[2], status = 0, r;
	pid_t pid;

	*out = (struct child_result){0};
	if (pipe2(output, O_CLOEXEC) < 0)
		return err_errno(err, -errno, "%s: pipe", argv[0]);
	from = output[0];
	to = output[1];
	if (pipe2(report, O_CLOEXEC) < 0)
		return err_errno(err, -errno, "%s: pipe", argv[0]);
	report_from = report[0];
	report_to = report[1];
	pid = fork();
	if (pid == 0)
		become(argv, env, to, report_to);
	if (pid < 0)
		return err_errno(err, -errno, "%s: fork", argv[0]);
	close_fd(&to);
	close_fd(&report_to);
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	r = pidfd < 0 ? -errno : await_exec(report_from);
	if (r == 0)
		r = supervise(from, pidfd, deadline, out);
	if (r < 0) {
		kill(-pid, SIGKILL); /* its own children too */
		kill(pid, SIGKILL);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	out->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	if (r == -ETIMEDOUT)
		return err_set(err, r, "%s: did not end within %u ms", argv[0], timeout_ms);
	return r < 0 ? err_errno(err, r, "%s: cannot be run", argv[0]) : 0;
}

int child_check(char *const *argv, char *const *env, unsigned timeout_ms, struct err *err)
{
	struct child_result result;
	int r = child_run(argv, env, timeout_ms, &result, err);
	cleanup_free char *output = result.output;
	const char *text, *line;

	if (r < 0 || result.status == 0)
		return r;
	text = strip(output);
	line = strrchr(text, '\n');
	return err_set(err, -EIO, "%s: ended with status %d%s%s", argv[0], result.status,
	        *text ? ": " : "", line ? line + 1 : text);
}

char *child_path_env(void)
{
	const char *path = getenv("PATH");

	return xasprintf("PATH=%s%s/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin", path ? path : "",
	        path ? ":" : "");
}
