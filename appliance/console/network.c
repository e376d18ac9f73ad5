/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/network.h"

#include "base/i18n.h"
#include "base/log.h"
#include "bus/net_address.h"
#include "console/certificate.h"
#include "console/core.h"
#include "console/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ACCEPTS_MOST 50u /* in a second; libspice makes a key for each that gets as far */
#define SECOND_US    1000000u
/* What is on its way to one who takes everything: little, as nothing large is sent just then. */
#define BEHIND_BYTES 16384

struct network {
	sd_event *event;
	SpiceServer *server;
	const struct certificate *certificate;
	struct network_handler handler;
	int listener;
	sd_event_source *accepting, *deadline, *expiry;
	bool paused, closing;
	struct gate gate;
	struct gate_link *adding; /* the one that libspice is being told of */
	const void *viewer;       /* libspice's name of its main channel; NULL: nobody looks */
	enum console_viewer kind; /* of the viewer, or of the last one */
	struct in6_addr from;     /* likewise */
	uint64_t left;            /* the loop's iteration in which the last one went */
};

static uint64_t now_of(const struct network *n)
{
	uint64_t now_us = 0;

	sd_event_now(n->event, CLOCK_MONOTONIC, &now_us);
	return now_us;
}

/* --- TLS --- */

int network_prepare(struct network_door *door, SpiceServer *server,
        const struct certificate *certificate, struct err *err)
{
	*door = (struct network_door){.folder = "/tmp/playthrough-XXXXXX"};
	if (!mkdtemp(door->folder))
		return err_errno(err, -errno, "%s", door->folder);
	door->socket = xasprintf("%s/s", door->folder);
	/*
	 * Both of libspice's listeners go to the same path, and only the second of them is there to be found. The number of
	 * the port is not used, but has to be one.
	 */
	spice_server_set_addr(server, door->socket, SPICE_ADDR_FLAG_UNIX_ONLY);
	if (spice_server_set_tls(server, 1, certificate->certificate, certificate->certificate,
	            certificate->key, NULL, NULL, NULL) == 0)
		return 0;
	network_prepared(door);
	return err_set(err, -EIO, "libspice: TLS");
}

void network_prepared(struct network_door *door)
{
	if (!door->socket)
		return;
	unlink(door->socket);
	rmdir(door->folder);
	free(take_ptr(door->socket));
}

/* --- links --- */

static void arm(struct network *n)
{
	uint64_t at_us = gate_deadline(&n->gate);

	sd_event_source_set_time(n->deadline, at_us);
	sd_event_source_set_enabled(
	        n->deadline, at_us == UINT64_MAX ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

/* libspice reads the end, and lets go of it. */
static void cut(struct gate_link *link)
{
	shutdown(link->fd, SHUT_RDWR);
	link->state = GATE_CUT;
}

static void cut_all(struct network *n, enum gate_state state)
{
	for (size_t i = 0; i < GATE_LINKS; i++)
		if (n->gate.links[i].state == state && !gate_is_local(&n->gate.links[i]))
			cut(&n->gate.links[i]);
}

static bool link_behind(const struct gate_link *link)
{
	int bytes;

	return link->fd >= 0 && ioctl(link->fd, SIOCOUTQ, &bytes) == 0 && bytes > BEHIND_BYTES;
}

bool network_behind(const struct network *n)
{
	for (size_t i = 0; i < GATE_LINKS; i++)
		if (link_behind(&n->gate.links[i]))
			return true;
	return false;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *user)
{
	struct network *n = user;
	struct gate_link *link;

	(void)source, (void)usec;
	while ((link = gate_overdue(&n->gate, now_of(n))) != NULL)
		cut(link);
	arm(n);
	return 0;
}

/* Of a browser before its link begins: TLS, which it has been through, and the request. */
#define WEB_BYTES 2048u

/* How much has come of it, read by libspice or not. What is not TCP has come by the web server, or is local. */
static uint64_t heard_of(const struct gate_link *link)
{
	struct tcp_info info = {0};
	socklen_t size = sizeof(info);

	return getsockopt(link->fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0
	               ? WEB_BYTES
	               : info.tcpi_bytes_received;
}

static void note_failure(struct network *n, const struct gate_link *link)
{
	char from[NET_ADDRESS_TEXT];
	unsigned times = gate_failed(&n->gate, &link->from, now_of(n));

	net_host_format(&link->from, from);
	log_info(_("console: %s did not come in (%u times by now)"), from, times);
}

static void link_ended(struct network *n, struct gate_link *link)
{
	/* A port scanner, or one who only kept a place, has tried no ticket; nobody asks for one here. */
	if (link->state == GATE_HALF_OPEN && !gate_is_local(link) &&
	        heard_of(link) >= GATE_TICKET_BYTES)
		note_failure(n, link);
	close_fd(&link->fd);
	*link = (struct gate_link){.fd = -1};
	arm(n);
}

/* --- who looks --- */

static char *name_of(enum console_viewer kind, const struct in6_addr *from)
{
	char text[NET_ADDRESS_TEXT];

	if (kind != CONSOLE_VIEWER_NETWORK)
		return xstrdup(_("this PC"));
	net_host_format(from, text);
	return xstrdup(text);
}

static void tell_changed(struct network *n)
{
	if (n->handler.changed)
		n->handler.changed(n->handler.user);
}

/* The one before has been let go in the same breath, or is about to be. */
static void viewer_came(struct network *n, const void *id, const struct gate_link *link)
{
	cleanup_free char *before = name_of(n->kind, &n->from), *now = NULL;
	bool network = n->kind == CONSOLE_VIEWER_NETWORK;
	bool takes_over = n->viewer;
	uint64_t iteration = 0;

	sd_event_get_iteration(n->event, &iteration);
	takes_over |= n->left && n->left == iteration;
	n->viewer = id;
	n->kind = link && !gate_is_local(link) ? CONSOLE_VIEWER_NETWORK : CONSOLE_VIEWER_LOCAL;
	n->from = link ? link->from : (struct in6_addr){0};
	now = name_of(n->kind, &n->from);
	if (takes_over)
		log_info(_("console: a viewer from %s takes the place of the one from %s"), now,
		        before);
	else
		log_info(_("console: a viewer from %s"), now);
	tell_changed(n);
	if (takes_over && n->handler.took_over)
		n->handler.took_over(n->handler.user, network ? before : NULL);
}

static void viewer_left(struct network *n)
{
	cleanup_free char *from = name_of(n->kind, &n->from);

	n->viewer = NULL;
	sd_event_get_iteration(n->event, &n->left);
	log_info(_("console: the viewer from %s has gone"), from);
	tell_changed(n);
}

/*
 * libspice packs no picture where this says that the other end is on this PC (dcc-send.cpp, fill_bits()). A browser's link is
 * a local socket here, and has a network at its other end.
 */
static void have_packed(const struct gate_link *link, SpiceChannelEventInfo *info)
{
	if (info->type == SPICE_CHANNEL_DISPLAY && info->laddr_ext.ss_family == AF_UNIX &&
	        !gate_is_local(link))
		info->laddr_ext.ss_family = AF_INET6;
}

/* From the main thread: libspice sees to that. @info's address is its name from CONNECTED to DISCONNECTED. */
static void on_channel_event(void *user, int event, SpiceChannelEventInfo *info)
{
	struct network *n = user;
	struct gate_link *link = gate_find(&n->gate, info);

	switch (event) {
	case SPICE_CHANNEL_EVENT_CONNECTED:
		if (n->adding)
			take_ptr(n->adding)->id = info;
		break;
	case SPICE_CHANNEL_EVENT_INITIALIZED:
		if (link) {
			link->state = GATE_OPEN;
			gate_passed(&n->gate, &link->from);
			have_packed(link, info);
			arm(n);
		}
		if (info->type == SPICE_CHANNEL_MAIN)
			viewer_came(n, info, link);
		break;
	case SPICE_CHANNEL_EVENT_DISCONNECTED:
		if (link)
			link_ended(n, link);
		if (n->viewer == info)
			viewer_left(n);
		break;
	}
}

/* --- who comes --- */

bool network_may_come(const struct network *n, const struct in6_addr *from)
{
	return n->certificate && !n->closing && gate_wait(&n->gate, from, now_of(n)) == 0;
}

static struct gate_link *find_victim(struct network *n, const struct in6_addr *from)
{
	for (size_t i = 0; i < GATE_LINKS; i++)
		if (n->gate.links[i].state == GATE_HALF_OPEN)
			n->gate.links[i].heard = gate_is_local(&n->gate.links[i])
			                                 ? UINT64_MAX /* no stranger's */
			                                 : heard_of(&n->gate.links[i]);
	return gate_victim(&n->gate, from);
}

static struct gate_link *make_link(struct network *n, int fd, const struct in6_addr *from)
{
	struct gate_link *victim = find_victim(n, from), *link;

	if (victim)
		cut(victim);
	link = gate_place(&n->gate);
	if (!link)
		return NULL;
	*link = (struct gate_link){.state = GATE_HALF_OPEN,
	        .from = *from,
	        .since_us = now_of(n),
	        .fd = fcntl(fd, F_DUPFD_CLOEXEC, 3)};
	if (link->fd >= 0)
		return link;
	link->state = GATE_FREE;
	return NULL;
}

static void take(
        struct network *n, int given, const struct in6_addr *from, bool no_ticket, bool tls)
{
	cleanup_close int fd = given;
	struct gate_link *link = make_link(n, fd, from);

	if (!link)
		return;
	n->adding = link;
	if ((tls ? spice_server_add_ssl_client(n->server, fd, no_ticket)
	         : spice_server_add_client(n->server, fd, no_ticket)) == 0)
		fd = -1;
	if (n->adding) /* it has not even begun */
		link_ended(n, link);
	n->adding = NULL;
	arm(n);
}

void network_take(struct network *n, int fd, const struct in6_addr *from, bool tls)
{
	if (network_may_come(n, from))
		take(n, fd, from, false, tls);
	else
		close(fd);
}

void network_take_local(struct network *n, int fd)
{
	take(n, fd, &gate_local, true, false);
}

static int on_connection(sd_event_source *source, int listener, uint32_t events, void *user)
{
	struct network *n = user;
	struct sockaddr_storage peer;
	socklen_t size = sizeof(peer);
	struct in6_addr from;
	int fd = accept4(listener, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)source, (void)events;
	if (fd < 0)
		return 0;
	if (net_host_of((struct sockaddr *)&peer, &from))
		network_take(n, fd, &from, true);
	else
		close(fd);
	return 0;
}

/* --- what the daemon says --- */

static void refresh_accepting(struct network *n)
{
	if (n->accepting)
		sd_event_source_set_enabled(n->accepting, n->paused ? SD_EVENT_OFF : SD_EVENT_ON);
}

void network_listen(struct network *n, int fd)
{
	n->accepting = sd_event_source_disable_unref(n->accepting);
	close_fd(&n->listener);
	n->listener = fd;
	if (fd < 0)
		return;
	n->closing = false;
	if (!n->certificate)
		return; /* whoever comes waits in vain, and the status says so */
	if (sd_event_add_io(n->event, &n->accepting, fd, EPOLLIN, on_connection, n) < 0 ||
	        sd_event_source_set_ratelimit(n->accepting, SECOND_US, ACCEPTS_MOST) < 0)
		close_fd(&n->listener);
	refresh_accepting(n);
}

static void close_when_quiet(struct network *n)
{
	if (n->closing && !n->paused)
		cut_all(n, GATE_OPEN);
}

void network_close(struct network *n)
{
	network_listen(n, -1);
	n->closing = true;
	cut_all(n, GATE_HALF_OPEN);
	close_when_quiet(n);
}

void network_pause(struct network *n, bool pause)
{
	n->paused = pause;
	refresh_accepting(n);
	close_when_quiet(n);
}

static int on_expired(sd_event_source *source, uint64_t usec, void *user)
{
	struct network *n = user;

	(void)source, (void)usec;
	spice_server_set_ticket(n->server, NULL, 0, 0, 0);
	return 0;
}

/* libspice's own clock does not go on while the PC sleeps: the ticket ends by that of the wall. */
void network_ticket(struct network *n, const char *ticket, uint64_t expires)
{
	uint64_t now = (uint64_t)time(NULL);
	bool good = ticket[0] && (!expires || expires > now);

	sd_event_source_set_enabled(n->expiry, SD_EVENT_OFF);
	spice_server_set_ticket(n->server, good ? ticket : NULL, 0, 0, 0);
	if (!good || !expires)
		return;
	sd_event_source_set_time(n->expiry, expires * SECOND_US);
	sd_event_source_set_enabled(n->expiry, SD_EVENT_ONESHOT);
}

bool network_is_open(const struct network *n)
{
	return n->listener >= 0;
}

void network_report(const struct network *n, struct console_report *out)
{
	*out = (struct console_report){.magic = CONSOLE_MAGIC,
	        .viewer = n->viewer ? (uint8_t)n->kind : CONSOLE_VIEWER_NONE,
	        .has_certificate = n->certificate != NULL};
	if (out->viewer == CONSOLE_VIEWER_NETWORK)
		memcpy(out->address, &n->from, sizeof(out->address));
	if (n->certificate)
		memcpy(out->fingerprint, n->certificate->fingerprint, sizeof(out->fingerprint));
}

const struct certificate *network_certificate(const struct network *n)
{
	return n->certificate;
}

/* --- life --- */

void network_set_handler(struct network *n, const struct network_handler *handler)
{
	n->handler = *handler;
}

struct network *network_create(sd_event *event, SpiceServer *server,
        const struct certificate *certificate, struct err *err)
{
	struct network *n = xcalloc(1, sizeof(*n));
	int r;

	*n = (struct network){
	        .event = event, .server = server, .certificate = certificate, .listener = -1};
	gate_init(&n->gate);
	r = sd_event_add_time(
	        event, &n->deadline, CLOCK_MONOTONIC, UINT64_MAX, SECOND_US / 10, on_deadline, n);
	if (r >= 0)
		r = sd_event_add_time(event, &n->expiry, CLOCK_REALTIME, UINT64_MAX, SECOND_US / 10,
		        on_expired, n);
	if (r < 0) {
		network_destroy(n);
		err_errno(err, r, "sd-event");
		return NULL;
	}
	sd_event_source_set_enabled(n->deadline, SD_EVENT_OFF);
	sd_event_source_set_enabled(n->expiry, SD_EVENT_OFF);
	core_listen(on_channel_event, n);
	return n;
}

void network_destroy(struct network *n)
{
	if (!n)
		return;
	core_listen(NULL, NULL);
	sd_event_source_disable_unref(n->accepting);
	sd_event_source_disable_unref(n->deadline);
	sd_event_source_disable_unref(n->expiry);
	close_fd(&n->listener);
	for (size_t i = 0; i < GATE_LINKS; i++)
		close_fd(&n->gate.links[i].fd);
	free(n);
}
