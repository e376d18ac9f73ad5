/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/usb/limit.h"

#include "base/util.h"

typedef struct usb_limit_socket socket_t;

static socket_t *find(const struct usb_limit *limit, const char *port)
{
	for (size_t i = 0; i < limit->n; i++) {
		if (streq(limit->list[i].port, port))
			return &limit->list[i];
	}
	return NULL;
}

static uint64_t last_attach(const socket_t *s)
{
	return s->at[(s->next + USB_LIMIT_ATTACHES - 1) % USB_LIMIT_ATTACHES];
}

/* When it is as if nothing had been. */
static uint64_t calm_at(const socket_t *s)
{
	return (s->pauses ? s->until : last_attach(s)) + USB_LIMIT_USEC;
}

static void count(socket_t *s, uint64_t now)
{
	s->at[s->next] = now;
	s->next = (s->next + 1) % USB_LIMIT_ATTACHES;
}

/* 1 s, 2 s, 4 s ... */
static void begin_pause(socket_t *s, uint64_t now)
{
	uint64_t pause = s->pauses < 5 ? 1000000ull << s->pauses : USB_LIMIT_MAX_USEC;

	s->pauses++;
	s->until = now + (pause < USB_LIMIT_MAX_USEC ? pause : USB_LIMIT_MAX_USEC);
}

enum usb_limit_verdict usb_limit_ask(struct usb_limit *limit, const char *port, uint64_t now)
{
	socket_t *s = find(limit, port);
	bool storm;

	if (!s) {
		s = list_append(limit->list, limit->n);
		s->port = xstrdup(port);
	}
	if (s->pauses && now < s->until)
		return USB_LIMIT_WAIT;
	storm = s->pauses;
	count(s, now);
	/* The oldest of the ring is the eighth last. */
	if (!storm && (!s->at[s->next] || now > s->at[s->next] + USB_LIMIT_USEC))
		return USB_LIMIT_GO;
	begin_pause(s, now);
	return storm ? USB_LIMIT_GO : USB_LIMIT_BEGINS;
}

bool usb_limit_is_storm(const struct usb_limit *limit, const char *port)
{
	const socket_t *s = find(limit, port);

	return s && s->pauses;
}

char *usb_limit_calm(struct usb_limit *limit, uint64_t now)
{
	for (size_t i = limit->n; i-- > 0;) {
		socket_t *s = &limit->list[i];
		char *port = s->port;
		bool storm = s->pauses;

		if (now < calm_at(s))
			continue;
		*s = limit->list[--limit->n];
		if (storm)
			return port;
		free(port);
	}
	return NULL;
}

uint64_t usb_limit_next(const struct usb_limit *limit, uint64_t now)
{
	uint64_t next = UINT64_MAX;

	for (size_t i = 0; i < limit->n; i++) {
		const socket_t *s = &limit->list[i];
		uint64_t at = s->until > now ? s->until : calm_at(s);

		if (s->pauses && at < next)
			next = at;
	}
	return next;
}

void usb_limit_finish(struct usb_limit *limit)
{
	for (size_t i = 0; i < limit->n; i++)
		free(limit->list[i].port);
	free(limit->list);
	*limit = (struct usb_limit){0};
}
