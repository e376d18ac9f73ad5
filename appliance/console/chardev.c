/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/chardev.h"

#include "base/log.h"
#include "console/agent_stream.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define DRAIN_MOST 16u /* reads in one turn of the loop, of a port that nobody hears */

struct chardev {
	SpiceCharDeviceInstance device; /* first: libspice's calls bring only this */
	sd_event *event;
	enum chardev_kind kind;
	struct chardev_handler handler;
	SpiceServer *server; /* NULL: no viewer has it */
	int fd;
	sd_event_source *io;
	bool reads; /* until there is something, it is waited for */
	uint8_t *backlog;
	size_t n_backlog;
	bool full;   /* libspice holds what it could not write */
	bool awaits; /* the port is about to be there: until then all is kept */
	struct agent_stream from, to;
};

/* --- the connection --- */

static void watch(struct chardev *c)
{
	bool writes = c->n_backlog && !c->awaits;
	uint32_t events = (c->reads ? EPOLLIN : 0u) | (writes ? EPOLLOUT : 0u);

	if (!c->io)
		return;
	sd_event_source_set_io_events(c->io, events);
	sd_event_source_set_enabled(c->io, events ? SD_EVENT_ON : SD_EVENT_OFF);
}

static void disconnect(struct chardev *c)
{
	c->io = sd_event_source_disable_unref(c->io);
	close_fd(&c->fd);
	free(take_ptr(c->backlog));
	c->n_backlog = 0;
	c->awaits = false;
	agent_stream_reset(&c->from);
	agent_stream_reset(&c->to);
}

/* Of libspice's own accord nothing more is written until it is told. */
static void tell_room(struct chardev *c)
{
	if (!c->full)
		return;
	c->full = false;
	if (c->server)
		spice_server_char_device_wakeup(&c->device);
}

/* Whether the port is still there. */
static bool flush(struct chardev *c)
{
	ssize_t n = 0;

	while (c->n_backlog) {
		n = send(c->fd, c->backlog, c->n_backlog, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n <= 0)
			break;
		c->n_backlog -= (size_t)n;
		memmove(c->backlog, c->backlog + n, c->n_backlog);
	}
	if (!c->n_backlog)
		free(take_ptr(c->backlog));
	watch(c);
	return n >= 0 || errno == EAGAIN || errno == EINTR;
}

/* A USB device cannot go on where bytes of it are missing; an agent can begin anew. */
static void begin_anew(struct chardev *c)
{
	disconnect(c);
	tell_room(c);
	if (c->kind == CHARDEV_AGENT)
		c->handler.wanted(c->handler.user);
}

static void append(struct chardev *c, const void *bytes, size_t n)
{
	c->backlog = xrealloc(c->backlog, c->n_backlog + n, 1);
	memcpy(c->backlog + c->n_backlog, bytes, n);
	c->n_backlog += n;
}

/* --- libspice's calls --- */

/* All or nothing: libspice writes an agent's chunks whole, and so none is ever cut when it is detached. */
static int on_write(SpiceCharDeviceInstance *device, const uint8_t *bytes, int n)
{
	struct chardev *c = (struct chardev *)device;
	size_t most = c->kind == CHARDEV_AGENT ? CHARDEV_AGENT_MOST : CHARDEV_USB_MOST;

	if (n <= 0 || (c->fd < 0 && !c->awaits))
		return n;
	if ((size_t)n > most - c->n_backlog) {
		if (c->kind == CHARDEV_AGENT && c->n_backlog) {
			c->full = true;
			return 0;
		}
		log_warning("console: more than %zu bytes wait for a VM that takes none", most);
		begin_anew(c);
		return n;
	}
	append(c, bytes, (size_t)n);
	if (c->kind == CHARDEV_AGENT)
		agent_stream_feed(&c->to, bytes, (size_t)n, NULL, NULL);
	if (!c->awaits && !flush(c))
		begin_anew(c);
	return n;
}

/*
 * Waits for more only once all was read: a viewer that has had enough does not ask. libspice does not always read until
 * there is nothing: of a head that has not come as a whole it awaits the rest.
 */
static int on_read(SpiceCharDeviceInstance *device, uint8_t *bytes, int room)
{
	struct chardev *c = (struct chardev *)device;
	ssize_t n;

	if (c->fd < 0 || room <= 0)
		return 0;
	n = recv(c->fd, bytes, (size_t)room, MSG_DONTWAIT);
	if (n < room && !c->reads) {
		c->reads = true;
		watch(c);
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		begin_anew(c);
		return 0;
	}
	if (c->kind == CHARDEV_AGENT)
		agent_stream_feed(&c->from, bytes, (size_t)n, NULL, NULL);
	return (int)n;
}

/* A viewer takes a USB channel, or leaves it: then its device goes out of the guest. */
static void on_state(SpiceCharDeviceInstance *device, int connected)
{
	struct chardev *c = (struct chardev *)device;

	if (c->kind == CHARDEV_USB) {
		disconnect(c);
		c->full = false;
		c->awaits = connected;
		if (connected)
			c->handler.wanted(c->handler.user);
	}
	c->reads = true;
	watch(c);
}

static const SpiceCharDeviceInterface interface = {
        .base = {SPICE_INTERFACE_CHAR_DEVICE, "playthrough", SPICE_INTERFACE_CHAR_DEVICE_MAJOR,
                SPICE_INTERFACE_CHAR_DEVICE_MINOR},
        .state = on_state,
        .write = on_write,
        .read = on_read,
        .flags = SPICE_CHAR_DEVICE_NOTIFY_WRITABLE,
};

/* --- whether viewers have it --- */

/* What nobody hears. */
static void drain(struct chardev *c)
{
	uint8_t bytes[4096];

	for (unsigned i = 0; i < DRAIN_MOST; i++) {
		ssize_t n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			begin_anew(c);
			return;
		}
		agent_stream_feed(&c->from, bytes, (size_t)n, NULL, NULL);
	}
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct chardev *c = user;

	(void)source, (void)fd;
	if (events & EPOLLOUT) {
		if (!flush(c)) {
			begin_anew(c);
			return 0;
		}
		tell_room(c);
	}
	if (c->fd < 0 || !(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return 0;
	if (!c->server) {
		drain(c);
		return 0;
	}
	c->reads = false;
	watch(c);
	spice_server_char_device_wakeup(&c->device);
	return 0;
}

/* Who comes in the midst of a message would take the rest of it for a beginning. */
void chardev_attach(struct chardev *c, SpiceServer *server)
{
	if (c->server)
		return;
	if (!agent_stream_is_between(&c->from))
		begin_anew(c);
	c->server = server;
	if (spice_server_add_interface(server, &c->device.base) != 0) {
		log_warning("libspice: %s", c->device.subtype);
		c->server = NULL;
	}
	c->reads = true;
	watch(c);
}

/* The agent takes its own clipboard back, and asks nobody any more. */
static void say_goodbye(struct chardev *c)
{
	static const struct __attribute__((packed)) {
		VDIChunkHeader chunk;
		VDAgentMessage message;
	} goodbye = {.chunk = {VDP_SERVER_PORT, sizeof(VDAgentMessage)},
	        .message = {.protocol = VD_AGENT_PROTOCOL, .type = VD_AGENT_CLIENT_DISCONNECTED}};

	if (c->fd < 0)
		return;
	if (!agent_stream_is_between(&c->to) ||
	        c->n_backlog + sizeof(goodbye) > CHARDEV_AGENT_MOST) {
		begin_anew(c);
		return;
	}
	append(c, &goodbye, sizeof(goodbye));
	if (!flush(c))
		begin_anew(c);
}

void chardev_detach(struct chardev *c)
{
	SpiceServer *server = take_ptr(c->server);

	if (!server)
		return;
	spice_server_remove_interface(&c->device.base);
	c->full = false;
	c->reads = true;
	if (c->kind == CHARDEV_AGENT)
		say_goodbye(c);
	else
		disconnect(c);
	watch(c);
}

/* --- life --- */

int chardev_connect(struct chardev *c)
{
	cleanup_close int theirs = -1;
	const size_t n_kept = c->awaits ? c->n_backlog : 0;
	uint8_t *kept = c->awaits ? take_ptr(c->backlog) : NULL;
	const bool awaits = c->awaits;
	int pair[2], r;

	disconnect(c);
	c->backlog = kept;
	c->n_backlog = n_kept;
	c->awaits = awaits;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return -errno;
	c->fd = pair[0];
	theirs = pair[1];
	c->reads = true;
	r = sd_event_add_io(c->event, &c->io, c->fd, EPOLLIN, on_io, c);
	if (r < 0) {
		disconnect(c);
		return r;
	}
	return take_fd(theirs);
}

void chardev_opened(struct chardev *c)
{
	c->awaits = false;
	watch(c);
}

struct chardev *chardev_create(
        sd_event *event, enum chardev_kind kind, const struct chardev_handler *handler)
{
	struct chardev *c = xcalloc(1, sizeof(*c));

	*c = (struct chardev){.event = event, .kind = kind, .handler = *handler, .fd = -1};
	c->device.base.sif = &interface.base;
	c->device.subtype = kind == CHARDEV_AGENT ? "vdagent" : "usbredir";
	return c;
}

void chardev_destroy(struct chardev *c)
{
	if (!c)
		return;
	c->handler.wanted = NULL;
	disconnect(c);
	free(c);
}
