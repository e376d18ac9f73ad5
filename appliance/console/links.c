/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/links.h"

#include "console/core.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* What is on its way to one who takes everything: little, as nothing large is sent just then. */
#define BEHIND_BYTES 16384

struct entry {
	int fd;         /* a copy; -1: the place is free */
	const void *id; /* libspice's name of it; NULL: not known yet */
	bool open;      /* it has said who it is */
	uint64_t since_us;
};

struct links {
	sd_event *event;
	sd_event_source *timer;
	struct entry entries[LINKS_MOST];
	struct entry *newest;
};

static void forget(struct entry *e)
{
	close_fd(&e->fd);
	*e = (struct entry){.fd = -1};
}

/* libspice sees that it has ended, and tells of it. */
static void cut(struct entry *e)
{
	shutdown(e->fd, SHUT_RDWR);
	e->open = true; /* not half open any more */
}

static struct entry *oldest_half_open(struct links *l, unsigned *count)
{
	struct entry *oldest = NULL;

	*count = 0;
	for (size_t i = 0; i < LINKS_MOST; i++) {
		struct entry *e = &l->entries[i];

		if (e->fd < 0 || e->open)
			continue;
		++*count;
		if (!oldest || e->since_us < oldest->since_us)
			oldest = e;
	}
	return oldest;
}

static int on_time(sd_event_source *source, uint64_t now, void *user)
{
	struct links *l = user;
	struct entry *e;
	unsigned count;

	while ((e = oldest_half_open(l, &count)) != NULL && e->since_us + LINKS_TIME_US <= now)
		cut(e);
	if (!e)
		return 0;
	sd_event_source_set_time(source, e->since_us + LINKS_TIME_US);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static struct entry *free_place(struct links *l)
{
	for (size_t i = 0; i < LINKS_MOST; i++) {
		if (l->entries[i].fd < 0)
			return &l->entries[i];
	}
	return NULL;
}

bool links_add(struct links *l, int fd)
{
	unsigned count;
	struct entry *oldest = oldest_half_open(l, &count), *e = free_place(l);

	if (count >= LINKS_HALF_OPEN_MOST)
		cut(oldest);
	if (!e)
		return false;
	e->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (e->fd < 0)
		return false;
	sd_event_now(l->event, CLOCK_MONOTONIC, &e->since_us);
	l->newest = e;
	if (count)
		return true;
	sd_event_source_set_time(l->timer, e->since_us + LINKS_TIME_US);
	sd_event_source_set_enabled(l->timer, SD_EVENT_ONESHOT);
	return true;
}

void links_refused(struct links *l)
{
	if (l->newest)
		forget(l->newest);
	l->newest = NULL;
}

static struct entry *find(struct links *l, const void *id)
{
	for (size_t i = 0; i < LINKS_MOST; i++) {
		if (l->entries[i].fd >= 0 && l->entries[i].id == id)
			return &l->entries[i];
	}
	return NULL;
}

/* The first event of a connection comes from within spice_server_add_client(). */
static void on_channel(void *user, int event, const SpiceChannelEventInfo *info)
{
	struct links *l = user;
	struct entry *e;

	if (event == SPICE_CHANNEL_EVENT_CONNECTED && l->newest)
		l->newest->id = info;
	l->newest = NULL;
	e = event == SPICE_CHANNEL_EVENT_CONNECTED ? NULL : find(l, info);
	if (!e)
		return;
	if (event == SPICE_CHANNEL_EVENT_DISCONNECTED)
		forget(e);
	else
		e->open = true;
}

bool link_behind(int fd)
{
	int bytes;

	return ioctl(fd, SIOCOUTQ, &bytes) == 0 && bytes > BEHIND_BYTES;
}

bool links_behind(const struct links *l)
{
	for (size_t i = 0; i < LINKS_MOST; i++) {
		if (l->entries[i].fd >= 0 && link_behind(l->entries[i].fd))
			return true;
	}
	return false;
}

struct links *links_create(sd_event *event)
{
	struct links *l = xcalloc(1, sizeof(*l));

	l->event = event;
	for (size_t i = 0; i < LINKS_MOST; i++)
		l->entries[i].fd = -1;
	if (sd_event_add_time(event, &l->timer, CLOCK_MONOTONIC, UINT64_MAX, 0, on_time, l) < 0)
		abort();
	sd_event_source_set_enabled(l->timer, SD_EVENT_OFF);
	core_listen(on_channel, l);
	return l;
}

void links_destroy(struct links *l)
{
	if (!l)
		return;
	core_listen_no_more(on_channel, l);
	sd_event_source_disable_unref(l->timer);
	for (size_t i = 0; i < LINKS_MOST; i++)
		forget(&l->entries[i]);
	free(l);
}
