/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * playthrough-image: runs qemu-img(1) once, shut in, on files that it is given as open descriptors.
 *
 * Disk images are a stranger's bytes. The daemon starts this as a transient service with the user of the image, a session's
 * daemon as its child; either way it talks on standard input (image/wire.h).
 */
#include "base/socket.h"
#include "image/jail.h"
#include "image/wire.h"
#include "base/version.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PARKED 64 /* descriptors wait up here until the low numbers are free */

struct order {
	struct image_order head;
	int fds[IMAGE_FILES_MOST + 2];
	size_t n_fds;
	char *text, *argv[256];
};

static void __attribute__((noreturn)) die(const char *what, int number)
{
	fprintf(stderr, "playthrough-image: %s: %s\n", what, strerror(number));
	exit(125);
}

static void receive(struct order *order)
{
	struct pollfd p = {.fd = 0, .events = POLLIN};
	struct image_order *head = &order->head;
	ssize_t n;

	if (poll(&p, 1, 30000) != 1)
		die("order", ETIMEDOUT);
	n = socket_receive(
	        0, head, sizeof(*head), order->fds, ARRAY_SIZE(order->fds), &order->n_fds);
	if (n == 0)
		exit(0);
	if (n != sizeof(*head) || head->magic != IMAGE_MAGIC || !head->size ||
	        head->size > IMAGE_ARGS_MOST || head->n_files > IMAGE_FILES_MOST ||
	        order->n_fds != head->n_files + 2 || !head->n_args ||
	        head->n_args >= ARRAY_SIZE(order->argv))
		die("order", EPROTO);
	order->text = xcalloc(head->size + 1, 1);
	if (recv(0, order->text, head->size, MSG_WAITALL) != (ssize_t)head->size)
		die("order", EPROTO);
}

static void split_arguments(struct order *order)
{
	char *at = order->text, *end = at + order->head.size;

	for (uint32_t i = 0; i < order->head.n_args; i++) {
		if (at >= end)
			die("arguments", EPROTO);
		order->argv[i] = at;
		at += strlen(at) + 1;
	}
}

static void park(struct order *order)
{
	for (size_t i = 0; i < order->n_fds; i++) {
		int fd = fcntl(order->fds[i], F_DUPFD_CLOEXEC, PARKED);

		if (fd < 0)
			die("descriptor", errno);
		close(order->fds[i]);
		order->fds[i] = fd;
	}
}

static void __attribute__((noreturn)) become(struct order *order)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), r;
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == 1)
		_exit(126);
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (size_t i = 2; i < order->n_fds; i++)
		if (dup2(order->fds[i], (int)(IMAGE_FD_FIRST + i) - 2) < 0)
			die("dup2", errno);
	if (null < 0 || dup2(null, 0) < 0 || dup2(order->fds[0], 1) < 0 ||
	        dup2(order->fds[1], 2) < 0)
		_exit(126);
	syscall(SYS_close_range, 3, IMAGE_FD_FIRST - 1, 0);
	syscall(SYS_close_range, IMAGE_FD_FIRST + order->head.n_files, ~0U, 0);
	r = jail_filter_calls();
	if (r < 0)
		die("system calls", -r);
	execv(order->argv[0], order->argv + 1);
	die(order->argv[0], errno);
}

/* Until it has ended; when nobody waits for it any more, it is killed. */
static int32_t supervise(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), status = 0;
	struct pollfd p[] = {{.fd = pidfd, .events = POLLIN}, {.fd = 0, .events = POLLIN}};

	while (poll(p, 2, -1) < 0 && errno == EINTR)
		;
	if (p[1].revents && !p[0].revents)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	struct order order = {0};
	struct jail jail;
	int32_t status;
	pid_t pid;
	int r;

	if (version_asked(argc, argv, "playthrough-image"))
		return 0;
	receive(&order);
	split_arguments(&order);
	park(&order);
	jail = (struct jail){.files = order.fds + 2,
	        .n_files = order.head.n_files,
	        .writable = order.head.writable,
	        .memory_bytes = order.head.memory_bytes,
	        .cpu_seconds = order.head.cpu_seconds,
	        .file_bytes = order.head.file_bytes,
	        .fence_needed = order.head.fence_needed};
	dup2(order.fds[1], 2);
	r = jail_enter(&jail);
	if (r < 0)
		die("fence", -r);
	pid = fork();
	if (pid == 0)
		become(&order);
	if (pid < 0)
		die("fork", errno);
	for (size_t i = 0; i < order.n_fds; i++)
		close(order.fds[i]);
	close(1);
	close(2);
	status = supervise(pid);
	return send(0, &status, sizeof(status), MSG_NOSIGNAL) == sizeof(status) ? 0 : 1;
}
