/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/guest_agent.h"

#include "base/i18n.h"
#include "base/socket.h"
#include "base/util.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>

#define SYNC_MS 5000u
/* No byte of UTF-8: it ends whatever the agent has of a question that was cut off, and begins its answer. */
#define MARK 0xffu

/* --- what it says --- */

/* The answer without the blanks that another agent may write. */
static bool is_answer(const struct guest_agent_reader *r)
{
	char want[32], has[32];
	size_t n = 0;

	snprintf(want, sizeof(want), "{\"return\":%u}", r->id);
	for (size_t i = 0; i < r->used; i++) {
		if (strchr(" \t\r", r->line[i]))
			continue;
		if (n + 1 == sizeof(has))
			return false;
		has[n++] = r->line[i];
	}
	has[n] = '\0';
	return streq(has, want);
}

static bool is_error(const struct guest_agent_reader *r)
{
	size_t at = 0;

	while (at < r->used && strchr(" \t\r{", r->line[at]))
		at++;
	return r->used - at >= 7 && memcmp(r->line + at, "\"error\"", 7) == 0;
}

static enum guest_agent_news take_line(struct guest_agent_reader *r)
{
	enum guest_agent_news news = GUEST_AGENT_NOTHING;

	if (r->synced && !r->too_long && is_error(r))
		news = GUEST_AGENT_REFUSED;
	else if (r->begun && !r->synced && !r->too_long && is_answer(r))
		news = GUEST_AGENT_SYNCED;
	r->synced |= news == GUEST_AGENT_SYNCED;
	r->used = 0;
	r->too_long = false;
	return news;
}

enum guest_agent_news guest_agent_read(struct guest_agent_reader *r, unsigned char byte)
{
	if (++r->bytes > GUEST_AGENT_BYTES_MOST)
		return GUEST_AGENT_FLOOD;
	if (byte == MARK) {
		r->begun = true;
		r->used = 0;
		r->too_long = false;
		return GUEST_AGENT_NOTHING;
	}
	if (byte == '\n')
		return take_line(r);
	/* An error may be as long as it likes: its beginning tells. */
	if (r->used < sizeof(r->line))
		r->line[r->used++] = byte ? (char)byte : '?';
	else
		r->too_long = !is_error(r);
	return GUEST_AGENT_NOTHING;
}

/* --- the conversation --- */

struct guest_agent {
	sd_event *event;
	int fd;
	sd_event_source *io, *deadline;
	struct guest_agent_reader reader;
	enum guest_agent_wish wish;
	void (*refused)(void *user, const struct err *why);
	void *user;
};

static void hang_up(struct guest_agent *a)
{
	a->io = sd_event_source_disable_unref(a->io);
	a->deadline = sd_event_source_disable_unref(a->deadline);
	close_fd(&a->fd);
}

void guest_agent_destroy(struct guest_agent *a)
{
	if (!a)
		return;
	hang_up(a);
	free(a);
}

/* The last thing that is done with it: it may be destroyed in there. */
static void give_up(struct guest_agent *a, int number, const char *why)
{
	struct err err;

	hang_up(a);
	err_set(&err, number, "%s", why);
	a->refused(a->user, &err);
}

static bool say(const struct guest_agent *a, const char *text)
{
	size_t n = strlen(text);

	return send(a->fd, text, n, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)n;
}

static const char *words(enum guest_agent_wish wish)
{
	return wish == GUEST_AGENT_SLEEP ? "{\"execute\":\"guest-suspend-ram\"}\n"
	                                 : "{\"execute\":\"guest-shutdown\"}\n";
}

/* Whether the conversation goes on. */
static bool hear(struct guest_agent *a, unsigned char byte)
{
	switch (guest_agent_read(&a->reader, byte)) {
	case GUEST_AGENT_NOTHING:
		return true;
	case GUEST_AGENT_SYNCED:
		a->deadline = sd_event_source_disable_unref(a->deadline);
		if (say(a, words(a->wish)))
			return true;
		give_up(a, -EPIPE, _("the agent in the guest does not listen any more"));
		return false;
	case GUEST_AGENT_REFUSED:
		give_up(a, -EREMOTEIO,
		        a->wish == GUEST_AGENT_SLEEP
		                ? _("the agent in the guest refuses to have it sleep")
		                : _("the agent in the guest refuses to shut it down"));
		return false;
	case GUEST_AGENT_FLOOD:
		give_up(a, -EMSGSIZE, _("the agent in the guest says too much"));
		return false;
	}
	return true;
}

static int on_input(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct guest_agent *a = user;
	unsigned char bytes[1024];
	ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	(void)source, (void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	/* QEMU ends, since the guest is off: its death is told elsewhere. */
	if (n <= 0) {
		hang_up(a);
		return 0;
	}
	for (ssize_t i = 0; i < n; i++)
		if (!hear(a, bytes[i]))
			return 0;
	return 0;
}

static int on_late(sd_event_source *source, uint64_t usec, void *user)
{
	(void)source, (void)usec;
	give_up(user, -ETIMEDOUT, _("the agent in the guest does not answer"));
	return 0;
}

/* A number that no answer to an older question has. */
static uint32_t new_id(void)
{
	uint32_t id = 0;

	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		id = (uint32_t)time(NULL);
	return id >> 1;
}

int guest_agent_connect(
        sd_event *event, const char *path, struct guest_agent **out, struct err *err)
{
	int fd = socket_connect(path, err);

	if (fd < 0)
		return fd;
	*out = xcalloc(1, sizeof(**out));
	**out = (struct guest_agent){.event = event, .fd = fd};
	return 0;
}

int guest_agent_ask(struct guest_agent *a, enum guest_agent_wish wish,
        void (*refused)(void *user, const struct err *why), void *user, struct err *err)
{
	cleanup_free char *question = NULL;
	int r;

	a->wish = wish;
	a->refused = refused;
	a->user = user;
	a->reader.id = new_id();
	question = xasprintf("%c{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":%u}}\n",
	        (int)MARK, a->reader.id);
	if (a->fd < 0 || a->io || !say(a, question))
		return err_set(err, -EPIPE, _("the agent in the guest does not listen any more"));
	r = sd_event_add_io(a->event, &a->io, a->fd, EPOLLIN, on_input, a);
	if (r >= 0)
		r = sd_event_add_time_relative(a->event, &a->deadline, CLOCK_MONOTONIC,
		        (uint64_t)SYNC_MS * 1000, 0, on_late, a);
	return r < 0 ? err_errno(err, r, "sd-event") : 0;
}
