/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * playthrough-launch [--alone] SOCKET: becomes QEMU with the descriptors and arguments the daemon sends.
 *
 * systemd starts it as the VM's own user, because systemd cannot hand open files to a service it makes on the
 * fly. QEMU gets 0, 1, 2 and what was sent, nothing else. Without systemd the daemon starts it itself, with --alone: it
 * leaves its parent first.
 */
#include "vm/acts/launch_wire.h"
#include "base/version.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

/* Descriptors wait up here until the low numbers they are to get are free. */
#define PARKED (LAUNCH_FD_FIRST + (int)LAUNCH_FDS_MAX)

struct order {
	struct launch_header header;
	int fds[LAUNCH_FDS_MAX];
	size_t n_fds;
};

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "playthrough-launch: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void __attribute__((noreturn)) die_protocol(const char *what)
{
	fprintf(stderr, "playthrough-launch: the daemon sent %s\n", what);
	exit(1);
}

static int connect_daemon(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		die(path);
	}
	strcpy(address.sun_path, path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die(path);
	return fd;
}

static void receive_header(int socket, struct order *order)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(LAUNCH_FDS_MAX * sizeof(int))];
	} control;
	struct iovec part = {.iov_base = &order->header, .iov_len = sizeof(order->header)};
	struct msghdr message = {.msg_iov = &part,
	        .msg_iovlen = 1,
	        .msg_control = &control,
	        .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(socket, &message, MSG_WAITALL | MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;

	if (n == 0) /* the daemon is gone, and the start with it */
		exit(0);
	if (n != sizeof(order->header) || order->header.magic != LAUNCH_MAGIC)
		die_protocol("no order");
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		order->n_fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(order->fds, CMSG_DATA(c), order->n_fds * sizeof(int));
	}
	if (!order->n_fds || order->n_fds != order->header.n_fds || message.msg_flags & MSG_CTRUNC)
		die_protocol("another number of descriptors than it said");
	if (!order->header.n_args || order->header.size > LAUNCH_ARGS_MAX ||
	        order->header.n_args > order->header.size)
		die_protocol("arguments that are none");
}

static char **receive_arguments(int socket, const struct launch_header *header)
{
	char *text = calloc(1, header->size + 1), *at = text;
	char **argv = calloc(header->n_args + 1, sizeof(*argv));

	if (!text || !argv)
		die("memory");
	if (recv(socket, text, header->size, MSG_WAITALL) != (ssize_t)header->size)
		die_protocol("fewer arguments than it said");
	for (uint32_t i = 0; i < header->n_args; i++) {
		if (at >= text + header->size)
			die_protocol("fewer arguments than it said");
		argv[i] = at;
		at += strlen(at) + 1;
	}
	return argv;
}

/* Puts each descriptor at its number; all others are closed. */
static void place_descriptors(struct order *order)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	for (size_t i = 0; i < order->n_fds; i++) {
		order->fds[i] = fcntl(order->fds[i], F_DUPFD_CLOEXEC, PARKED);
		if (order->fds[i] < 0)
			die("dup");
	}
	if (null < 0 || dup2(null, 0) < 0)
		die("/dev/null");
	for (size_t i = 1; i < order->n_fds; i++) {
		if (dup2(order->fds[i], LAUNCH_FD_FIRST + (int)i - 1) < 0)
			die("dup2");
	}
	if (dup2(order->fds[0], 1) < 0 || dup2(order->fds[0], 2) < 0)
		die("dup2");
	syscall(SYS_close_range, 3, LAUNCH_FD_FIRST - 1, 0);
	syscall(SYS_close_range, LAUNCH_FD_FIRST + (int)order->n_fds - 1, ~0U, 0);
}

int main(int argc, char **argv)
{
	struct order order = {0};
	char **arguments;
	sigset_t none;
	int socket;

	if (version_asked(argc, argv, "playthrough-launch"))
		return 0;
	if (argc != 2 && !(argc == 3 && strcmp(argv[1], LAUNCH_ALONE) == 0)) {
		fputs("usage: playthrough-launch [--alone] SOCKET\n", stderr);
		return 2;
	}
	if (argc == 3 && fork() != 0)
		return 0;
	alarm(LAUNCH_DEADLINE_S);
	socket = connect_daemon(argv[argc - 1]);
	receive_header(socket, &order);
	arguments = receive_arguments(socket, &order.header);
	alarm(0);
	place_descriptors(&order);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	execv(arguments[0], arguments);
	die(arguments[0]);
}
