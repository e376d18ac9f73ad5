/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Session mode: clients on the private socket, each connection a D-Bus server of its own. */
#include "base/log.h"
#include "bus/session.h"
#include "daemon.h"

#include <time.h>
#include <unistd.h>

#define IDLE_US    (30ull * 1000000)
#define EARLY_MOST 64u /* sd-bus reads some hundred bytes at a time while it authenticates */

struct daemon_peer {
	struct daemon *daemon;
	sd_bus *bus;
	sd_bus_slot *connected, *disconnected;
	sd_event_source *early;
	struct daemon_peer *next_peer; /* link of daemon.peers */
};

static void peer_destroy(struct daemon_peer *peer)
{
	struct daemon_peer **link = &peer->daemon->peers;

	while (*link != peer)
		link = &(*link)->next_peer;
	*link = peer->next_peer;
	bus_service_detach(peer->daemon->service, peer->bus);
	sd_event_source_disable_unref(peer->early);
	sd_bus_slot_unref(peer->connected);
	sd_bus_slot_unref(peer->disconnected);
	sd_bus_flush_close_unref(peer->bus);
	free(peer);
}

/* Counts the idle time from now on. */
static void idle_restart(struct daemon *daemon)
{
	sd_event_source_set_time_relative(daemon->idle_timer, IDLE_US);
	sd_event_source_set_enabled(daemon->idle_timer, SD_EVENT_ONESHOT);
}

static int on_idle(sd_event_source *source, uint64_t now_us, void *user)
{
	struct daemon *daemon = user;

	(void)source;
	(void)now_us;
	if (!daemon->peers && vms_idle(daemon->vms) && !daemon_access_enabled(daemon))
		return sd_event_exit(daemon->event, 0);
	/* Who is needed counts nothing: the last client that leaves, or a VM that ends, begins anew. */
	return 0;
}

void daemon_session_changed(struct daemon *daemon)
{
	if (daemon->idle_timer)
		idle_restart(daemon);
}

static int on_disconnected(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	struct daemon_peer *peer = user;
	struct daemon *daemon = peer->daemon;

	(void)m;
	(void)ret;
	peer_destroy(peer);
	idle_restart(daemon);
	return 0;
}

static bool is_there(const struct daemon *daemon, const struct daemon_peer *wanted)
{
	for (const struct daemon_peer *peer = daemon->peers; peer; peer = peer->next_peer)
		if (peer == wanted)
			return true;
	return false;
}

/* Any of its calls may be its last. */
static int on_early(sd_event_source *source, void *user)
{
	struct daemon_peer *peer = user;
	struct daemon *daemon = peer->daemon;

	(void)source;
	for (unsigned i = 0; i < EARLY_MOST && is_there(daemon, peer); i++)
		if (sd_bus_process(peer->bus, NULL) <= 0)
			break;
	return 0;
}

/*
 * A client that does not wait for our answer (GDBus) sends its first call with the end of the authentication. sd-bus has then
 * read that, too, and waits for more to come before it looks at it.
 */
static int on_connected(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	struct daemon_peer *peer = user;

	(void)m;
	(void)ret;
	return sd_event_add_defer(peer->daemon->event, &peer->early, on_early, peer);
}

static int match_local(struct daemon_peer *peer, sd_bus_slot **slot, const char *signal,
        sd_bus_message_handler_t heard)
{
	return sd_bus_match_signal(peer->bus, slot, NULL, "/org/freedesktop/DBus/Local",
	        "org.freedesktop.DBus.Local", signal, heard, peer);
}

static int peer_attach(struct daemon *daemon, struct daemon_peer *peer, struct err *err)
{
	int r = match_local(peer, &peer->disconnected, "Disconnected", on_disconnected);

	r = r < 0 ? r : match_local(peer, &peer->connected, "Connected", on_connected);
	if (r >= 0)
		r = sd_bus_attach_event(peer->bus, daemon->event, SD_EVENT_PRIORITY_NORMAL);
	if (r < 0)
		return err_errno(err, r, "session client");
	return bus_service_attach(daemon->service, peer->bus, true, err);
}

static int on_connection(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct daemon *daemon = user;
	struct daemon_peer *peer;
	struct err err = {0};
	sd_bus *bus;

	(void)source;
	(void)events;
	if (session_accept(fd, &bus) < 0)
		return 0;
	peer = xcalloc(1, sizeof(*peer));
	*peer = (struct daemon_peer){.daemon = daemon, .bus = bus, .next_peer = daemon->peers};
	daemon->peers = peer;
	if (peer_attach(daemon, peer, &err) < 0) {
		log_error(&err, "session client");
		peer_destroy(peer);
	}
	return 0;
}

int daemon_session_start(struct daemon *daemon, struct err *err)
{
	int r = sd_event_add_io(daemon->event, &daemon->listener_source, daemon->listener, EPOLLIN,
	        on_connection, daemon);

	if (r >= 0)
		r = sd_event_add_time_relative(daemon->event, &daemon->idle_timer, CLOCK_MONOTONIC,
		        IDLE_US, 1000000, on_idle, daemon);
	return r < 0 ? err_errno(err, r, "sd-event") : 0;
}

void daemon_session_stop(struct daemon *daemon)
{
	while (daemon->peers)
		peer_destroy(daemon->peers);
	sd_event_source_disable_unref(daemon->listener_source);
	daemon->idle_timer = sd_event_source_disable_unref(daemon->idle_timer);
	if (daemon->listener < 0)
		return;
	unlink(daemon->paths.socket); /* before the lock goes: nobody else's can be there */
	close_fd(&daemon->listener);
}
