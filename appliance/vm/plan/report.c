/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/plan/report.h"

#include "base/i18n.h"
#include "base/log.h"
#include "base/socket.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/* So many reads a second at most: a flood must not starve the other VMs. */
#define READS_PER_S 200

struct report {
	sd_event_source *io;
	int fd;
	report_line line;
	void *user;
	char in[REPORT_LINE_MAX];
	size_t used;
	bool skipping; /* a line that is too long, until its end */
	bool dead, busy;
	json_int_t last_seq;
	json_t *lines;
	size_t bytes; /* of all lines kept, about */
	size_t *sizes, n_sizes;
};

json_t *report_lines(const struct report *r)
{
	return r->lines;
}

static void release(struct report *r)
{
	json_decref(r->lines);
	free(r->sizes);
	free(r);
}

static void disconnect(struct report *r)
{
	r->io = sd_event_source_disable_unref(r->io);
	close_fd(&r->fd);
}

void report_destroy(struct report *r)
{
	if (!r)
		return;
	disconnect(r);
	r->dead = true;
	if (!r->busy)
		release(r);
}

static void forget_oldest(struct report *r)
{
	json_array_remove(r->lines, 0);
	r->bytes -= r->sizes[0];
	memmove(r->sizes, r->sizes + 1, --r->n_sizes * sizeof(*r->sizes));
}

static void keep(struct report *r, json_t *line, size_t size)
{
	json_array_append(r->lines, line);
	*list_append(r->sizes, r->n_sizes) = size;
	r->bytes += size;
	while (r->n_sizes > REPORT_LINES_MAX || r->bytes > REPORT_BYTES_MAX)
		forget_oldest(r);
}

static void on_line(struct report *r, const char *text, size_t size)
{
	json_t *line = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	json_t *seq = json_object_get(line, "seq");
	const char *event = json_string_value(json_object_get(line, "event"));

	if (event && json_is_integer(seq) && json_integer_value(seq) > r->last_seq) {
		r->last_seq = json_integer_value(seq);
		keep(r, line, size);
		r->line(r->user, event, line);
	}
	json_decref(line);
}

static void take_lines(struct report *r)
{
	size_t start = 0;
	char *end;

	while (!r->dead && (end = memchr(r->in + start, '\n', r->used - start)) != NULL) {
		size_t size = (size_t)(end - r->in) - start;

		if (!r->skipping && size)
			on_line(r, r->in + start, size);
		r->skipping = false;
		start += size + 1;
	}
	memmove(r->in, r->in + start, r->used - start);
	r->used -= start;
	if (r->used == sizeof(r->in)) {
		r->skipping = true;
		r->used = 0;
	}
}

static int on_input(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct report *r = user;
	ssize_t n = recv(fd, r->in + r->used, sizeof(r->in) - r->used, MSG_DONTWAIT);

	(void)source, (void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		disconnect(r); /* QEMU ends; its death is told elsewhere */
		return 0;
	}
	r->used += (size_t)n;
	r->busy = true;
	take_lines(r);
	r->busy = false;
	if (r->dead)
		release(r);
	return 0;
}

int report_connect(sd_event *event, const char *path, report_line line, void *user,
        struct report **out, struct err *err)
{
	int fd = socket_connect(path, err), e;
	struct report *r;

	if (fd < 0)
		return fd;
	r = xcalloc(1, sizeof(*r));
	*r = (struct report){.fd = fd, .line = line, .user = user, .lines = json_array()};
	e = sd_event_add_io(event, &r->io, fd, EPOLLIN, on_input, r);
	e = e < 0 ? e : sd_event_source_set_ratelimit(r->io, 1000000, READS_PER_S);
	if (e < 0) {
		report_destroy(r);
		return err_errno(err, e, _("test guest's report"));
	}
	*out = r;
	return 0;
}
