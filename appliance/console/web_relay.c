/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/web_relay.h"

#include "console/web_opening.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER_SIZE 65536u
/* libspice must not send far ahead of what a slow network takes: a picture of long ago is of no use. */
#define KERNEL_SIZE 65536

/* One way. */
struct stream {
	uint8_t bytes[BUFFER_SIZE];
	size_t at, used;
	bool ended; /* nothing more comes in */
	bool dead;  /* nobody takes it any more */
};

struct web_relay {
	struct web_relay_handler handler;
	int browser, spice, offered;
	sd_event_source *browser_io, *spice_io;
	bool begun, answered;
	struct web_answer answer;
	struct web_ticket ticket;
	struct stream in, out; /* from the browser, to it */
};

/* --- one way --- */

static bool has_room(const struct stream *s)
{
	return !s->ended && s->used < BUFFER_SIZE;
}

/* Returns how much came. */
static size_t fill(struct stream *s, int fd)
{
	ssize_t n;

	if (!has_room(s))
		return 0;
	if (s->at) {
		memmove(s->bytes, s->bytes + s->at, s->used);
		s->at = 0;
	}
	n = recv(fd, s->bytes + s->used, BUFFER_SIZE - s->used, MSG_DONTWAIT);
	if (n < 0)
		s->ended = errno != EAGAIN && errno != EINTR;
	else if (n == 0)
		s->ended = true;
	else
		s->used += (size_t)n;
	return n > 0 ? (size_t)n : 0;
}

static void take(struct stream *s, size_t n)
{
	s->used -= n;
	s->at = s->used ? s->at + n : 0;
}

static void drain(struct stream *s, int fd)
{
	ssize_t n;

	if (!s->used)
		return;
	n = send(fd, s->bytes + s->at, s->used, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n >= 0)
		take(s, (size_t)n);
	else if (errno != EAGAIN && errno != EINTR)
		s->dead = true;
	if (s->dead)
		s->used = 0;
}

/* --- both --- */

/* What libspice says to its web server, which is us. */
static void take_answer(struct web_relay *r)
{
	size_t used;
	int result = web_answer_take(&r->answer, r->out.bytes + r->out.at, r->out.used, &used);

	take(&r->out, used);
	r->answered = result > 0;
	if (result < 0)
		r->out.ended = r->out.dead = true;
}

static void hear_spice(struct web_relay *r)
{
	size_t n = fill(&r->out, r->spice);
	const uint8_t *bytes = r->out.bytes + r->out.at + r->out.used - n;

	if (n && !r->answered) {
		take_answer(r);
		n = r->out.used;
		bytes = r->out.bytes + r->out.at;
	}
	if (!r->answered || r->ticket.verdict != WEB_OPEN)
		return;
	web_ticket_watch(&r->ticket, bytes, n);
	if (r->ticket.verdict != WEB_OPEN)
		r->handler.verdict(r->handler.user, r->ticket.verdict);
}

static void set(sd_event_source *source, bool read, bool write)
{
	uint32_t mask = (read ? EPOLLIN : 0u) | (write ? EPOLLOUT : 0u);

	/* epoll tells of an end whatever is asked: who wants nothing is not to be woken without end. */
	sd_event_source_set_io_events(source, mask);
	sd_event_source_set_enabled(source, mask ? SD_EVENT_ON : SD_EVENT_OFF);
}

static void listen_on(struct web_relay *r)
{
	set(r->browser_io, has_room(&r->in), r->answered && r->out.used);
	set(r->spice_io, r->begun && has_room(&r->out), r->answered && r->in.used);
}

static bool is_over(const struct web_relay *r)
{
	return r->out.dead || (r->out.ended && !r->out.used) || (r->in.ended && !r->in.used);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct web_relay *r = user;

	(void)source, (void)events;
	if (fd == r->browser)
		fill(&r->in, r->browser);
	else
		hear_spice(r);
	if (r->answered) {
		drain(&r->in, r->spice);
		drain(&r->out, r->browser);
	}
	listen_on(r);
	if (is_over(r))
		r->handler.ended(r->handler.user);
	return 0;
}

/* --- life --- */

static int make_sockets(struct web_relay *r)
{
	const int size = KERNEL_SIZE;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return -errno;
	r->spice = pair[0];
	r->offered = pair[1];
	setsockopt(r->offered, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return 0;
}

struct web_relay *web_relay_create(sd_event *event, int browser, const void *early, size_t n,
        const struct web_relay_handler *handler)
{
	struct web_relay *r = xcalloc(1, sizeof(*r));

	r->handler = *handler;
	r->browser = browser;
	r->spice = r->offered = -1;
	if (n > WEB_EARLY_MOST || make_sockets(r) < 0 ||
	        sd_event_add_io(event, &r->browser_io, browser, EPOLLIN, on_io, r) < 0 ||
	        sd_event_add_io(event, &r->spice_io, r->spice, 0, on_io, r) < 0) {
		web_relay_destroy(r);
		return NULL;
	}
	if (n)
		memcpy(r->in.bytes, early, n);
	r->in.used = n;
	listen_on(r);
	return r;
}

int web_relay_begin(struct web_relay *r)
{
	size_t n = strlen(web_opening_to_spice);

	if (r->begun)
		return 0;
	/* Into an empty socket it goes as one. */
	if (send(r->spice, web_opening_to_spice, n, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)n)
		return -EIO;
	if (!r->handler.offer(r->handler.user, r->offered))
		return -EIO;
	r->offered = -1;
	r->begun = true;
	listen_on(r);
	return 0;
}

void web_relay_destroy(struct web_relay *r)
{
	if (!r)
		return;
	sd_event_source_disable_unref(r->browser_io);
	sd_event_source_disable_unref(r->spice_io);
	close_fd(&r->spice);
	close_fd(&r->offered);
	free(r);
}
