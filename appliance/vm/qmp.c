/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/qmp.h"

#include "base/i18n.h"
#include "base/socket.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#define READ_SIZE ((size_t)65536)

/*
 * QEMU greets from a thread of its own, and answers only when its main thread has taken, cleared and pinned
 * all of the guest's memory. How long that may last is for whoever starts it to say; this is only not for ever.
 */
#define HANDSHAKE_MS (10u * 60 * 1000)

struct command {
	struct command *next; /* in struct qmp's list, oldest first */
	struct qmp *qmp;
	uint64_t id;
	char *name;
	char *text;
	size_t size, sent;
	int fd;
	bool handshake;
	sd_event_source *deadline;
	qmp_reply reply;
	void *user;
};

struct qmp {
	unsigned refs; /* one is the owner's, one each dispatch's */
	sd_event *event;
	sd_event_source *io;
	int fd;
	struct qmp_handler handler;
	char *in;
	size_t used, room, scanned;
	struct command *commands;
	uint64_t last_id;
	bool greeted, ready, closed, dead;
	char version[64];
};

static void unref(struct qmp *q)
{
	if (--q->refs)
		return;
	assert(!q->commands);
	free(q->in);
	free(q);
}

static void cleanup_unref(struct qmp **q)
{
	unref(*q);
}

/* Takes a command out of the list, tells its end and frees it. */
static void finish_command(struct qmp *q, struct command *c, json_t *result, const struct err *err)
{
	struct command **at = &q->commands;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	sd_event_source_disable_unref(c->deadline);
	close_fd(&c->fd);
	free(c->text);
	if (c->reply)
		c->reply(c->user, result, err);
	free(c->name);
	free(c);
}

static void fail_commands(struct qmp *q, const struct err *err)
{
	while (q->commands)
		finish_command(q, q->commands, NULL, err);
}

static void close_connection(struct qmp *q)
{
	q->closed = true;
	q->io = sd_event_source_disable_unref(q->io);
	close_fd(&q->fd);
}

static void fail(struct qmp *q, const struct err *err)
{
	if (q->closed)
		return;
	close_connection(q);
	fail_commands(q, err);
	if (!q->dead && q->handler.closed)
		q->handler.closed(q->handler.user, err);
}

static void watch(struct qmp *q)
{
	bool unsent = false;

	for (struct command *c = q->commands; c; c = c->next)
		unsent |= c->sent < c->size && (q->ready || (q->greeted && c->handshake));
	sd_event_source_set_io_events(q->io, EPOLLIN | (unsent ? EPOLLOUT : 0u));
}

/* Returns whether all of it is on its way; false also when the socket is full. */
static bool send_command(struct qmp *q, struct command *c)
{
	ssize_t n = socket_send(q->fd, c->text + c->sent, c->size - c->sent, &c->fd, c->fd >= 0);

	/* The end is told by the reading side alone: whoever sends is not called back from within. */
	if (n < 0 && n != -EAGAIN)
		shutdown(q->fd, SHUT_RDWR);
	if (n < 0)
		return false;
	c->sent += (size_t)n;
	close_fd(&c->fd); /* went with the first byte */
	return c->sent == c->size;
}

static void flush(struct qmp *q)
{
	for (struct command *c = q->commands; c; c = c->next) {
		if (!q->ready && !(q->greeted && c->handshake))
			continue;
		if (c->sent < c->size && !send_command(q, c))
			break;
	}
	watch(q);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *user)
{
	struct command *c = user;
	struct err err;

	(void)source, (void)usec;
	err_set(&err, -ETIMEDOUT, _("QEMU did not answer the QMP command %s in time"), c->name);
	finish_command(c->qmp, c, NULL, &err);
	return 0;
}

static struct command *queue(struct qmp *q, const char *name, json_t *arguments, int fd,
        unsigned timeout_ms, qmp_reply reply, void *user)
{
	struct command *c = xcalloc(1, sizeof(*c)), **at = &q->commands;
	json_t *message = json_pack("{s:s, s:I}", "execute", name, "id", (json_int_t)++q->last_id);
	cleanup_free char *text = NULL;

	if (arguments)
		json_object_set_new(message, "arguments", arguments);
	text = json_dumps(message, JSON_COMPACT);
	json_decref(message);
	*c = (struct command){.qmp = q, .id = q->last_id, .fd = fd, .reply = reply, .user = user};
	c->name = xstrdup(name);
	c->text = xasprintf("%s\n", text ? text : "{}");
	c->size = strlen(c->text);
	sd_event_add_time_relative(q->event, &c->deadline, CLOCK_MONOTONIC,
	        (uint64_t)timeout_ms * 1000, 0, on_deadline, c);
	while (*at)
		at = &(*at)->next;
	*at = c;
	return c;
}

void qmp_send(struct qmp *q, const char *command, json_t *arguments, int fd, unsigned timeout_ms,
        qmp_reply reply, void *user)
{
	struct err err;

	if (!q->closed) {
		queue(q, command, arguments, fd, timeout_ms, reply, user);
		if (q->ready)
			flush(q);
		return;
	}
	json_decref(arguments);
	close_fd(&fd);
	err_set(&err, -EPIPE, _("QMP command %s: QEMU has closed the connection"), command);
	if (reply)
		reply(user, NULL, &err);
}

static void on_capabilities(void *user, json_t *result, const struct err *err)
{
	struct qmp *q = user;

	(void)result;
	if (err) {
		if (err->number != -ECANCELED && err->number != -EPIPE)
			fail(q, err);
		return;
	}
	q->ready = true;
	if (q->handler.ready)
		q->handler.ready(q->handler.user);
	if (!q->closed)
		flush(q);
}

/* {"QMP": {"version": {"qemu": {"major": 7, ...}, "package": "Debian 1:7.2+dfsg-7"}}} */
static void take_version(struct qmp *q, json_t *greeting)
{
	const char *package = "";
	int major, minor, micro;

	if (json_unpack(greeting, "{s:{s:{s:i, s:i, s:i}, s?s}}", "version", "qemu", "major",
	            &major, "minor", &minor, "micro", &micro, "package", &package) == 0)
		snprintf(q->version, sizeof(q->version), "%d.%d.%d%s%s%s", major, minor, micro,
		        *package ? " (" : "", package, *package ? ")" : "");
}

const char *qmp_version(const struct qmp *q)
{
	return q->version;
}

static void on_greeting(struct qmp *q, json_t *greeting)
{
	if (q->greeted)
		return;
	take_version(q, greeting);
	q->greeted = true;
	queue(q, "qmp_capabilities", NULL, -1, HANDSHAKE_MS, on_capabilities, q)->handshake = true;
	flush(q);
}

static void on_answer(struct qmp *q, json_t *message)
{
	json_t *id = json_object_get(message, "id"), *error = json_object_get(message, "error");
	struct command *c = q->commands;
	const char *words, *class;
	struct err err;

	while (c && !(json_is_integer(id) && (uint64_t)json_integer_value(id) == c->id))
		c = c->next;
	if (!c)
		return; /* its deadline has passed */
	if (!error) {
		finish_command(q, c, json_object_get(message, "return"), NULL);
		return;
	}
	words = json_string_value(json_object_get(error, "desc"));
	class = json_string_value(json_object_get(error, "class"));
	err_set(&err, class && streq(class, "DeviceNotFound") ? -ENODEV : -EREMOTEIO, "QEMU: %s",
	        words ? words : _("refused without a reason"));
	finish_command(q, c, NULL, &err);
}

static void on_message(struct qmp *q, json_t *message)
{
	const char *event = json_string_value(json_object_get(message, "event"));

	if (event && q->handler.event)
		q->handler.event(q->handler.user, event, json_object_get(message, "data"));
	else if (json_object_get(message, "QMP"))
		on_greeting(q, json_object_get(message, "QMP"));
	else if (json_object_get(message, "return") || json_object_get(message, "error"))
		on_answer(q, message);
}

static void on_line(struct qmp *q, const char *line, size_t size)
{
	json_error_t where;
	struct err err;
	json_t *message = json_loadb(line, size, 0, &where);

	if (json_is_object(message)) {
		on_message(q, message);
	} else {
		err_set(&err, -EPROTO, _("QMP: QEMU sent what is no JSON object: %s"), where.text);
		fail(q, &err);
	}
	json_decref(message);
}

static void take_lines(struct qmp *q)
{
	size_t start = 0;
	char *end;

	while (!q->closed &&
	        (end = memchr(q->in + q->scanned, '\n', q->used - q->scanned)) != NULL) {
		size_t next = (size_t)(end - q->in) + 1, size = next - 1 - start;

		if (size && !(size == 1 && q->in[start] == '\r'))
			on_line(q, q->in + start, size);
		start = q->scanned = next;
	}
	memmove(q->in, q->in + start, q->used - start);
	q->used -= start;
	q->scanned = q->used;
}

static void on_input(struct qmp *q)
{
	struct err err;
	ssize_t n;

	if (q->room - q->used < READ_SIZE) {
		q->room = q->used + 2 * READ_SIZE;
		q->in = xrealloc(q->in, q->room, 1);
	}
	n = recv(q->fd, q->in + q->used, q->room - q->used, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		err_set(&err, -EPIPE, _("QEMU has closed its QMP connection"));
		fail(q, &err);
		return;
	}
	q->used += (size_t)n;
	take_lines(q);
	if (!q->closed && q->used > QMP_MESSAGE_MAX) {
		err_set(&err, -EMSGSIZE, _("QMP: QEMU sent a message of more than 16 MiB"));
		fail(q, &err);
	}
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *user)
{
	cleanup(cleanup_unref) struct qmp *q = user;

	(void)source, (void)fd;
	q->refs++;
	if (events & EPOLLOUT)
		flush(q);
	if (!q->closed && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		on_input(q);
	return 0;
}

int qmp_create(sd_event *event, int fd, const struct qmp_handler *handler, struct qmp **out,
        struct err *err)
{
	struct qmp *q = xcalloc(1, sizeof(*q));
	int r;

	*q = (struct qmp){.refs = 1, .event = event, .fd = fd, .handler = *handler};
	r = sd_event_add_io(event, &q->io, fd, EPOLLIN, on_io, q);
	if (r < 0) {
		close_fd(&q->fd);
		free(q);
		return err_errno(err, r, "QMP");
	}
	*out = q;
	return 0;
}

int qmp_connect(sd_event *event, const char *path, const struct qmp_handler *handler,
        struct qmp **out, struct err *err)
{
	int fd = socket_connect(path, err);

	return fd < 0 ? fd : qmp_create(event, fd, handler, out, err);
}

void qmp_destroy(struct qmp *q)
{
	struct err err;

	if (!q)
		return;
	q->dead = true;
	if (!q->closed)
		close_connection(q);
	err_set(&err, -ECANCELED, _("the connection to QEMU was given up"));
	fail_commands(q, &err);
	unref(q);
}
