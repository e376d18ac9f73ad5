/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A test running in a child process, as the main process sees it. */
#include "task.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util.h"

/* Small, so that a slow child does not get a queue of old pictures. */
#define SOCKET_BYTES 40000

static void __attribute__((noreturn))
run_child(int fd, const struct probe *given, task_run_fn run, const void *data)
{
	struct probe probe = *given;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* All else that the main process has open is none of the child's business. */
	dup2(fd, 3);
	close_range(4, ~0u, 0);
	probe.fd = 3;
	run(&probe, data);
	probe_end(&probe);
	_exit(0);
}

bool task_start(struct task *task, const struct probe *probe, int limit_ms, task_run_fn run,
        const void *data)
{
	int size = SOCKET_BYTES;
	int pair[2];

	memset(task, 0, sizeof *task);
	task->fd = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return false;
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	task->start_ms = task->said_ms = guest_now_ms();
	task->limit_ms = limit_ms;
	task->pid = fork();
	if (task->pid == 0)
		run_child(pair[1], probe, run, data);
	close(pair[1]);
	if (task->pid < 0) {
		close(pair[0]);
		return false;
	}
	task->fd = pair[0];
	return true;
}

/* Ends the task; true where a test was under way, which then failed for the reason given. */
static bool give_up(struct task *task, struct probe_message *message, const char *what)
{
	kill(task->pid, SIGKILL);
	close(task->fd);
	task->fd = -1;
	if (task->ended || task->capability[0] == '\0') {
		task->ended = true;
		return false;
	}
	task->ended = true;
	memset(message, 0, sizeof *message);
	message->kind = PROBE_MESSAGE_RESULT;
	message->status = PROBE_FAIL;
	guest_copy(message->capability, sizeof message->capability, task->capability);
	snprintf(message->detail, sizeof message->detail, "%s; it was waiting for: %.300s", what,
	        task->waiting);
	return true;
}

static bool check_deadline(struct task *task, struct probe_message *message)
{
	char what[64];

	if (task->ended || guest_now_ms() < task->start_ms + task->limit_ms)
		return false;
	snprintf(what, sizeof what, "the test did not end within %d s",
	        (int)(task->limit_ms / 1000));
	return give_up(task, message, what);
}

bool task_next_result(struct task *task, struct probe_message *message)
{
	while (task->fd >= 0) {
		ssize_t n = recv(task->fd, message, sizeof *message, MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return check_deadline(task, message);
		if (n != sizeof *message)
			return give_up(task, message, "the test's process died");
		switch (message->kind) {
		case PROBE_MESSAGE_RESULT:
			task->capability[0] = '\0';
			return true;
		case PROBE_MESSAGE_WAITING:
			guest_copy(task->capability, sizeof task->capability, message->capability);
			guest_copy(task->waiting, sizeof task->waiting, message->detail);
			break;
		case PROBE_MESSAGE_END:
			task->ended = true;
			task->owed -= task->owed > 0;
			break;
		}
	}
	return false;
}
