/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * playthrough-opens: tells the daemon which programs have a block device open.
 *
 * /proc/PID/fd of others is for CAP_SYS_PTRACE, which opens their memory, too; the daemon, which reads profiles and talks
 * to guests, therefore lacks it. This program has it, reads nothing that anybody sends, and has neither a network nor a
 * file to write to: whoever connects to its socket, which root alone may, gets the list and the end of it.
 */
#include "host/block_opens.h"
#include "base/version.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTEN_FD 3     /* sd_listen_fds(3) */
#define IDLE_MS   60000 /* then it ends; systemd starts it again */

static void answer(const struct root *root, int fd)
{
	struct block_opens opens;
	char *text;
	bool all = block_opens_scan(root, &opens);

	text = block_opens_format(&opens, all);
	for (size_t n = strlen(text), done = 0; done < n;) {
		ssize_t sent = send(fd, text + done, n - done, MSG_NOSIGNAL);

		if (sent <= 0)
			break;
		done += (size_t)sent;
	}
	free(text);
	block_opens_finish(&opens);
}

int main(int argc, char **argv)
{
	struct pollfd listening = {.fd = LISTEN_FD, .events = POLLIN};
	struct err err = {0};
	struct root root;

	if (version_asked(argc, argv, "playthrough-opens"))
		return 0;
	if (root_open(&root, "/", &err) < 0) {
		err_print(&err, "playthrough-opens");
		return 1;
	}
	while (poll(&listening, 1, IDLE_MS) > 0) {
		struct timeval limit = {.tv_sec = 2};
		int fd = accept4(LISTEN_FD, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0) {
			if (errno == ECONNABORTED || errno == EINTR || errno == EAGAIN)
				continue;
			perror("playthrough-opens: accept");
			break;
		}
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
		answer(&root, fd);
		close(fd);
	}
	root_close(&root);
	return 0;
}
