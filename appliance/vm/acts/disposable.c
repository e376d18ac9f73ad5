/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/acts/disposable.h"

#include "base/i18n.h"
#include "base/socket.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct disposable {
	sd_event_source *answer, *deadline;
	int socket, pidfd;
	disposable_done done;
	void *user;
};

/* Once nobody waits for it: stays in the loop until the kernel lets the child go. */
struct reaper {
	int pidfd;
};

static void free_reaper(void *user)
{
	struct reaper *reaper = user;

	close_fd(&reaper->pidfd);
	free(reaper);
}

static int on_child_end(sd_event_source *source, int fd, uint32_t events, void *user)
{
	siginfo_t info;

	(void)events, (void)user;
	waitid(P_PIDFD, (id_t)fd, &info, WEXITED | WNOHANG);
	sd_event_source_set_enabled(source, SD_EVENT_OFF);
	sd_event_source_set_floating(
	        source, false); /* which drops the loop's reference, the last */
	return 0;
}

static void reap_later(sd_event *event, int pidfd)
{
	struct reaper *reaper = xcalloc(1, sizeof(*reaper));
	sd_event_source *source = NULL;

	reaper->pidfd = pidfd;
	if (sd_event_add_io(event, &source, pidfd, EPOLLIN, on_child_end, reaper) < 0) {
		free_reaper(reaper);
		return;
	}
	sd_event_source_set_destroy_callback(source, free_reaper);
	sd_event_source_set_floating(source, true);
	sd_event_source_unref(source);
}

void disposable_forget(struct disposable *d)
{
	if (!d)
		return;
	if (d->pidfd >= 0)
		reap_later(sd_event_source_get_event(d->answer), take_fd(d->pidfd));
	sd_event_source_disable_unref(d->answer);
	sd_event_source_disable_unref(d->deadline);
	close_fd(&d->socket);
	free(d);
}

static void finish(struct disposable *d, int fd, const struct err *err)
{
	disposable_done done = d->done;
	void *user = d->user;

	disposable_forget(d);
	done(user, fd, err);
}

int disposable_hear(int socket, int *fd, struct err *err)
{
	struct err heard = {0};
	size_t n_fds;
	ssize_t n;

	*fd = -1;
	n = socket_receive(socket, &heard, sizeof(heard), fd, 1, &n_fds);
	if (n == -EAGAIN)
		return -EAGAIN;
	if (n != sizeof(heard)) {
		close_fd(fd);
		return err_set(err, -EIO, _("the helper process ended before it answered"));
	}
	if (err)
		*err = heard;
	return heard.number;
}

static int on_answer(sd_event_source *source, int socket, uint32_t events, void *user)
{
	struct err err = {0};
	int fd, r = disposable_hear(socket, &fd, &err);

	(void)source, (void)events;
	if (r != -EAGAIN || err.number)
		finish(user, fd, r < 0 ? &err : NULL);
	return 0;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *user)
{
	struct disposable *d = user;
	struct err err;

	(void)source, (void)usec;
	if (d->pidfd >= 0)
		syscall(SYS_pidfd_send_signal, d->pidfd, SIGKILL, NULL, 0);
	err_set(&err, -ETIMEDOUT, _("the kernel did not finish it in time"));
	finish(d, -1, &err);
	return 0;
}

void disposable_answer(int socket, int r, int fd, struct err *err)
{
	if (r < 0 && !err->number)
		err_errno(err, r, _("the act failed"));
	if (r >= 0) /* what the act came across on its way is no failure of it */
		*err = (struct err){0};
	socket_send(socket, err, sizeof(*err), &fd, r == 0 && fd >= 0);
}

static void __attribute__((noreturn))
child(int socket, disposable_function function, const void *argument)
{
	struct err err = {0};
	sigset_t none;
	int fd = -1, r;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGCHLD, SIG_DFL);
	if (socket != 3 && dup2(socket, 3) < 0)
		_exit(1);
	syscall(SYS_close_range, 4, ~0U, 0);
	r = function(argument, &fd, &err);
	disposable_answer(3, r, fd, &err);
	_exit(0);
}

static int watch(sd_event *event, struct disposable *d, unsigned timeout_ms)
{
	int r = sd_event_add_io(event, &d->answer, d->socket, EPOLLIN, on_answer, d);

	if (r < 0)
		return r;
	return sd_event_add_time_relative(event, &d->deadline, CLOCK_MONOTONIC,
	        (uint64_t)timeout_ms * 1000, 0, on_deadline, d);
}

void disposable_follow(sd_event *event, int socket, int pidfd, unsigned timeout_ms,
        disposable_done done, void *user, struct disposable **out)
{
	struct disposable *d = xcalloc(1, sizeof(*d));

	*d = (struct disposable){.socket = socket, .pidfd = pidfd, .done = done, .user = user};
	if (watch(event, d, timeout_ms) < 0)
		abort(); /* only memory and a missing clock make that fail */
	*out = d;
}

int disposable_run(sd_event *event, disposable_function function, const void *argument,
        unsigned timeout_ms, disposable_done done, void *user, struct disposable **out,
        struct err *err)
{
	int pair[2], pidfd;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return err_errno(err, -errno, "socketpair");
	pid = fork();
	if (pid == 0)
		child(pair[1], function, argument);
	close_fd(&pair[1]);
	pidfd = pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0) {
		err_errno(err, -errno, "fork");
		close_fd(&pair[0]);
		return err ? err->number : -EIO;
	}
	disposable_follow(event, pair[0], pidfd, timeout_ms, done, user, out);
	return 0;
}
