/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/front_run.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM  "playthrough-gui"
#define RETRY_US 2000000u
#define CHILD_FD 3

struct front_run {
	const struct paths *paths;
	char *socket;
	sd_event_source *timer;
	void (*found)(void *user, int fd);
	void *user;
};

/* In the child, which must touch nothing but the kernel: libspice has threads. */
static void __attribute__((noreturn)) become(const char *own, int fd)
{
	char *const argv[] = {
	        (char *)PROGRAM, (char *)"--session", (char *)"--offscreen", (char *)"3", NULL};
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	if (fd == CHILD_FD ? fcntl(fd, F_SETFD, 0) < 0 : dup2(fd, CHILD_FD) < 0)
		_exit(127);
	syscall(SYS_close_range, CHILD_FD + 1, ~0U, 0);
	execv(own, argv);
	execvp(PROGRAM, argv);
	_exit(127);
}

/* Nobody waits for it (SIGCHLD is ignored): that it ended is seen at its socket. */
static int run_own(const struct front_run *run)
{
	cleanup_free char *own = xasprintf("%s/" PROGRAM, run->paths->libexec_dir);
	cleanup_close int ours = -1, theirs = -1;
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return -errno;
	ours = pair[0];
	theirs = pair[1];
	pid = fork();
	if (pid == 0)
		become(own, theirs);
	return pid < 0 ? -errno : take_fd(ours);
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	cleanup_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
		return fd < 0 ? -errno : -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : take_fd(fd);
}

static void retry_later(struct front_run *run)
{
	sd_event_source_set_time_relative(run->timer, RETRY_US);
	sd_event_source_set_enabled(run->timer, SD_EVENT_ONESHOT);
}

static int on_time(sd_event_source *source, uint64_t usec, void *user)
{
	struct front_run *run = user;
	int fd = run->paths->session ? run_own(run) : connect_to(run->socket);

	(void)source, (void)usec;
	if (fd >= 0)
		run->found(run->user, fd);
	else
		retry_later(run);
	return 0;
}

struct front_run *front_run_create(
        sd_event *event, const struct paths *paths, void (*found)(void *user, int fd), void *user)
{
	struct front_run *run = xcalloc(1, sizeof(*run));

	*run = (struct front_run){.paths = paths, .found = found, .user = user};
	run->socket = xasprintf("%s/" FRONT_SOCKET, paths->run_dir);
	if (sd_event_add_time(event, &run->timer, CLOCK_MONOTONIC, 0, 100000, on_time, run) < 0)
		abort();
	return run;
}

void front_run_ended(struct front_run *run)
{
	if (run)
		retry_later(run);
}

void front_run_destroy(struct front_run *run)
{
	if (!run)
		return;
	sd_event_source_disable_unref(run->timer);
	free(run->socket);
	free(run);
}
