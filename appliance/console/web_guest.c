/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/web_impl.h"

#include "base/i18n.h"
#include "base/log.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>

#define SECOND_US 1000000u

/* How long each stage may last; 0: for ever. A browser makes a new connection where an old one has ended. */
static const unsigned stage_seconds[] = {
        [WEB_ASKS] = 30, [WEB_OPENS] = 20, [WEB_VIEWS] = 0, [WEB_LEAVES] = 5, [WEB_LEFT] = 0};

static void enter(struct web_guest *guest, enum web_stage stage)
{
	guest->stage = stage;
	guest->since_us = web_now_us(guest->web);
}

/* --- its relay --- */

/* It comes in plain text from this very process, and shows its ticket as everybody does. */
static bool on_offer(void *user, int fd)
{
	struct web_guest *guest = user;

	return spice_server_add_client(guest->web->server, fd, 0) == 0;
}

static void tell_wrong(const struct web_guest *guest)
{
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(AF_INET6, guest->address.bytes, text, sizeof(text));
	log_warning(_("a wrong ticket from a browser at %s"), text);
}

static void on_verdict(void *user, enum web_verdict verdict)
{
	struct web_guest *guest = user;

	switch (verdict) {
	case WEB_TAKEN:
		enter(guest, WEB_VIEWS);
		peers_right(&guest->web->peers, &guest->address);
		break;
	case WEB_WRONG:
		tell_wrong(guest);
		peers_wrong(&guest->web->peers, &guest->address, web_now_us(guest->web));
		break;
	case WEB_OPEN:
	case WEB_ODD:
		break;
	}
}

static void on_ended(void *user)
{
	web_guest_leave(user);
}

void web_guest_open(struct web_guest *guest, int browser, const void *early, size_t early_n,
        struct MHD_UpgradeResponseHandle *urh)
{
	const struct web_relay_handler handler = {on_offer, on_verdict, on_ended, guest};
	const int yes = 1;

	/* libmicrohttpd has just had the kernel wait for more before it sends anything small. */
	setsockopt(guest->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	enter(guest, WEB_OPENS);
	guest->urh = urh;
	fcntl(browser, F_SETFD, FD_CLOEXEC);
	guest->relay = web_relay_create(guest->web->event, browser, early, early_n, &handler);
	if (!guest->web->paused)
		web_guest_begin(guest);
}

/* Where it fails it has no relay, which is noticed at the next look: this is within a call of libmicrohttpd's. */
void web_guest_begin(struct web_guest *guest)
{
	if (guest->relay && web_relay_begin(guest->relay) < 0) {
		web_relay_destroy(guest->relay);
		guest->relay = NULL;
	}
}

void web_guest_leave(struct web_guest *guest)
{
	web_relay_destroy(take_ptr(guest->relay));
	if (!guest->urh)
		return;
	enter(guest, WEB_LEAVES);
	MHD_upgrade_action(take_ptr(guest->urh), MHD_UPGRADE_ACTION_CLOSE);
	web_kick(guest->web);
}

/* --- its time --- */

/* No browser closes one direction only; libmicrohttpd would wait for the other one. */
static bool has_gone(const struct web_guest *guest)
{
	struct tcp_info info = {0};
	socklen_t size = sizeof(info);

	return getsockopt(guest->fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
	       (info.tcpi_state == TCP_CLOSE_WAIT || info.tcpi_state == TCP_CLOSE);
}

/* Its descriptor is libmicrohttpd's to close, which it does once it reads the end. */
static void cut_off(struct web_guest *guest)
{
	enter(guest, WEB_LEFT);
	shutdown(guest->fd, SHUT_RDWR);
	web_kick(guest->web);
}

void web_guest_check(struct web_guest *guest, uint64_t now_us)
{
	uint64_t most_us = stage_seconds[guest->stage] * (uint64_t)SECOND_US;
	bool late = most_us && now_us - guest->since_us > most_us;

	switch (guest->stage) {
	case WEB_OPENS:
	case WEB_VIEWS:
		if (late || !guest->relay || has_gone(guest))
			web_guest_leave(guest);
		break;
	case WEB_ASKS:
	case WEB_LEAVES:
		if (late)
			cut_off(guest);
		break;
	case WEB_LEFT:
		break;
	}
}
