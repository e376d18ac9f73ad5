/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * playthrough-acts: does for the daemon what takes root's rights, and nothing that is not in vm/acts/requests.h.
 *
 * The daemon talks to guests (QMP), to whoever the bus lets in, and reads profiles; this program hears nobody but it. Each
 * connection is one request of fixed form, done by a process of its own, since the kernel may keep that one. The second socket
 * tells whoever connects what of this PC root alone may read (host/rooted.h), and hears nothing. It ends when nobody has had a
 * wish for a minute, and never while a connection is open.
 */
#include "base/i18n.h"
#include "base/version.h"
#include "host/rooted.h"
#include "vm/acts/serve.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LISTEN_FD 3 /* sd_listen_fds(3), in the order of the unit: requests, facts */
#define N_LISTEN  2
#define IDLE_S    60 /* then it ends; systemd starts it again */
#define CHILDREN  64u
#define FACTS_S   10

/* The socket's mode lets root alone in; nothing is done for anybody else either way. */
static bool is_root(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == 0;
}

static void __attribute__((noreturn)) serve(int connection, bool facts)
{
	const struct acts_place place = {.system = true, .libexec_dir = LIBEXECDIR};
	struct timeval limit = {.tv_sec = FACTS_S};
	int fd = dup(connection); /* above those that listen */

	sigset_t none;

	sigemptyset(&none);
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (fd < 0 || dup2(fd, 3) < 0)
		_exit(1);
	syscall(SYS_close_range, 4, ~0U, 0);
	if (!facts)
		acts_serve(3, &place);
	setsockopt(3, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	alarm(FACTS_S);
	rooted_tell(3);
	_exit(0);
}

static int take_connection(int listening, bool facts, unsigned *children)
{
	cleanup_close int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	pid_t pid;

	if (fd < 0)
		return errno == ECONNABORTED || errno == EINTR || errno == EAGAIN ? 0 : -errno;
	if (!is_root(fd))
		return 0;
	pid = fork();
	if (pid == 0)
		serve(fd, facts);
	*children += pid > 0;
	return 0;
}

static void reap(unsigned *children)
{
	while (*children && waitpid(-1, NULL, WNOHANG) > 0)
		--*children;
}

/* 0: nobody has wished for anything. */
static int loop(void)
{
	struct pollfd p[N_LISTEN] = {{LISTEN_FD, POLLIN, 0}, {LISTEN_FD + 1, POLLIN, 0}};
	const struct timespec idle = {.tv_sec = IDLE_S};
	unsigned children = 0;
	sigset_t none;

	sigemptyset(&none);
	for (;;) {
		int n = ppoll(
		        p, children < CHILDREN ? N_LISTEN : 0, children ? NULL : &idle, &none);
		int r = 0;

		reap(&children);
		if (n == 0 && !children)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; n > 0 && i < N_LISTEN && r == 0; i++)
			if (p[i].revents)
				r = take_connection(p[i].fd, i == 1, &children);
		if (r < 0)
			return r;
	}
}

/* It wakes the loop, no more. */
static void on_child(int number)
{
	(void)number;
}

int main(int argc, char **argv)
{
	const struct sigaction wake = {.sa_handler = on_child, .sa_flags = SA_NOCLDSTOP};
	sigset_t ends;
	int r;

	i18n_init();
	if (version_asked(argc, argv, "playthrough-acts"))
		return 0;
	/* Heard of while it waits alone. */
	sigemptyset(&ends);
	sigaddset(&ends, SIGCHLD);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	sigaction(SIGCHLD, &wake, NULL);
	r = loop();
	if (r < 0)
		fprintf(stderr, "playthrough-acts: %s\n", strerror(-r));
	return r < 0;
}
