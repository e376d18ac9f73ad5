/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/link.h"
#include "base/socket.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* How long it waits until it tries again. */
#define RETRY_US 500000u

struct link {
	sd_event *event;
	const char *path;
	struct link_handler handler;
	int fd;
	sd_event_source *io, *timer;
};

static void retry_later(struct link *link)
{
	sd_event_source_set_time_relative(link->timer, RETRY_US);
	sd_event_source_set_enabled(link->timer, SD_EVENT_ONESHOT);
}

static void drop(struct link *link)
{
	bool was = link->fd >= 0;

	link->io = sd_event_source_disable_unref(link->io);
	close_fd(&link->fd);
	retry_later(link);
	if (was)
		link->handler.lost(link->handler.user);
}

static int on_message(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct console_message m;
	struct link *link = user;
	int passed = -1;
	size_t n_passed;
	ssize_t n = socket_receive(fd, &m, sizeof(m), &passed, 1, &n_passed);

	(void)source, (void)events;
	if (n == -EAGAIN)
		return 0;
	if (n <= 0 || !console_message_good(&m, (size_t)n, passed >= 0)) {
		close_fd(&passed);
		drop(link);
		return 0;
	}
	link->handler.message(link->handler.user, &m, passed);
	return 0;
}

static void try_connect(struct link *link)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	cleanup_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	strncpy(address.sun_path, link->path, sizeof(address.sun_path) - 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	        sd_event_add_io(link->event, &link->io, fd, EPOLLIN, on_message, link) < 0) {
		retry_later(link);
		return;
	}
	link->fd = take_fd(fd);
}

static int on_time(sd_event_source *source, uint64_t usec, void *user)
{
	struct link *link = user;

	(void)source, (void)usec;
	if (link->fd < 0)
		try_connect(link);
	return 0;
}

/* It is small, and the daemon reads: where it does not go, the connection is about to end. */
void link_say(struct link *link, const struct console_report *report)
{
	if (link->fd >= 0)
		send(link->fd, report, sizeof(*report), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void link_again(struct link *link)
{
	drop(link);
}

int link_create(sd_event *event, const char *path, const struct link_handler *handler,
        struct link **out, struct err *err)
{
	struct link *link;
	int r;

	if (strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return err_errno(err, -ENAMETOOLONG, "%s", path);
	link = xcalloc(1, sizeof(*link));
	*link = (struct link){.event = event, .path = path, .handler = *handler, .fd = -1};
	r = sd_event_add_time(event, &link->timer, CLOCK_MONOTONIC, 0, 100000, on_time, link);
	if (r < 0) {
		free(link);
		return err_errno(err, r, "sd-event");
	}
	*out = link;
	return 0;
}

void link_destroy(struct link *link)
{
	if (!link)
		return;
	sd_event_source_disable_unref(link->io);
	sd_event_source_disable_unref(link->timer);
	close_fd(&link->fd);
	free(link);
}
