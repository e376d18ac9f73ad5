/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the web server share; nobody else includes it. */
#ifndef CONSOLE_WEB_IMPL_H
#define CONSOLE_WEB_IMPL_H

#include "console/peers.h"
#include "console/web.h"
#include "console/web_files.h"
#include "console/web_relay.h"

#include <microhttpd.h>

enum web_stage {
	WEB_ASKS,   /* for files */
	WEB_OPENS,  /* is a WebSocket now; its ticket was not taken yet */
	WEB_VIEWS,  /* its ticket was */
	WEB_LEAVES, /* told to end; what was under way to it may still arrive */
	WEB_LEFT    /* cut off */
};

/* One connection, for as long as libmicrohttpd has it. */
struct web_guest {
	struct web *web;
	struct web_guest *next;
	int fd; /* libmicrohttpd's */
	struct peer_address address;
	enum web_stage stage;
	uint64_t since_us;                     /* of its stage */
	struct MHD_UpgradeResponseHandle *urh; /* of a WebSocket, until it is told to end */
	struct web_relay *relay;
};

struct web {
	sd_event *event;
	SpiceServer *server;
	struct web_files files;
	struct peers peers;
	struct MHD_Daemon *daemon;
	int listener;
	sd_event_source *listener_io, *daemon_io, *again, *sweep;
	struct web_guest *guests;
	unsigned guests_n;
	const struct peer_address *arriving;
	bool paused;
};

/* web_serve.c: answers; opens a WebSocket. */
enum MHD_Result web_serve(void *user, struct MHD_Connection *connection, const char *path,
        const char *method, const char *version, const char *upload, size_t *upload_n, void **own);

/* web_guest.c: its WebSocket begins, with libmicrohttpd's local socket, or ends. */
void web_guest_open(struct web_guest *guest, int browser, const void *early, size_t early_n,
        struct MHD_UpgradeResponseHandle *urh);
void web_guest_begin(struct web_guest *guest);
void web_guest_leave(struct web_guest *guest);
/* Looks whether it has been in its stage for too long, or has gone without a word. */
void web_guest_check(struct web_guest *guest, uint64_t now_us);

/* web.c: libmicrohttpd has something to do that it cannot have noticed; the time. */
void web_kick(struct web *web);
uint64_t web_now_us(const struct web *web);

#endif
