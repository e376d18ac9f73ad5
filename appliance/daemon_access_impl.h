/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What daemon_access.c and daemon_access_status.c share; nobody else includes it. */
#ifndef DAEMON_ACCESS_IMPL_H
#define DAEMON_ACCESS_IMPL_H

#include "bus/console_settings.h"
#include "daemon.h"

/* A listening socket of ours, and where it listens. */
struct access_listener {
	int fd;
	struct net_address at;
};

struct daemon_access {
	struct daemon *daemon;
	struct console_settings settings;
	struct access_listener viewers, browsers;
	struct console_report report; /* of the console that is there; else zero */
	sd_event_source *retry;
	uint64_t wait_us;    /* until the next one */
	uint64_t started_us; /* a session's console, that has not come yet; 0: none */
	char *problem;       /* why it cannot be reached though it is enabled; NULL */
};

#endif
