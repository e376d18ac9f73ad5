/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus/console_start.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "playthrough-console"

/* The parent of what runs is gone at once, so that nobody has to wait for its end. */
static void __attribute__((noreturn))
become_console(const char *program, enum console_start_for what, int log)
{
	char *const viewer[] = {
	        (char *)program, (char *)"--session", (char *)"--exit-idle", (char *)"600", NULL};
	char *const seat[] = {(char *)program, (char *)"--session", (char *)"--exit-idle",
	        (char *)"20", (char *)"--late-front", NULL};
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;

	setsid();
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (fork() == 0 && chdir("/") == 0 && dup2(null, 0) >= 0 && dup2(log, 1) >= 0 &&
	        dup2(log, 2) >= 0)
		execv(program, what == CONSOLE_FOR_SEAT ? seat : viewer);
	_exit(127);
}

char *console_log_path(const struct paths *paths)
{
	return xasprintf("%s/console.log", paths->run_dir);
}

int console_start(const struct paths *paths, enum console_start_for what, struct err *err)
{
	cleanup_free char *program = xasprintf("%s/" PROGRAM, paths->libexec_dir);
	cleanup_free char *log_path = console_log_path(paths);
	cleanup_close int log = -1;
	pid_t pid;

	if (access(program, X_OK) < 0) {
		err_errno(err, -errno, "%s", program);
		err_code(err, CODE_CONSOLE_ABSENT);
		return -ENOENT;
	}
	log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (log < 0)
		return err_errno(err, -errno, "%s", log_path);
	pid = fork();
	if (pid < 0)
		return err_errno(err, -errno, "fork");
	if (pid == 0)
		become_console(program, what, log);
	waitpid(pid, NULL, 0);
	return 0;
}
