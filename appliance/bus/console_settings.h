/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The console on the network, as the daemon keeps it: /etc/playthrough/console.conf, in a session console.conf in the user's
 * folder of settings. It holds the ticket and is for its owner alone.
 */
#ifndef BUS_CONSOLE_SETTINGS_H
#define BUS_CONSOLE_SETTINGS_H

#include "bus/console_wire.h"
#include "bus/net_address.h"

#define CONSOLE_PORT        5930u
#define CONSOLE_MINUTES_MAX (366u * 24 * 60)

struct console_settings {
	bool enabled;
	struct net_address listen, web;  /* web.port 0: no browsers */
	char ticket[CONSOLE_TICKET_MAX]; /* "": none */
	uint64_t expires;                /* seconds since 1970; 0: never */
};

/* Off, on every address once it is on, without a ticket. */
void console_settings_init(struct console_settings *settings);
/* -EINVAL with @err, which names the line. @out is whole in any case. */
int console_settings_parse(const char *text, struct console_settings *out, struct err *err);
/* What console_settings_parse() reads. Caller frees. */
char *console_settings_format(const struct console_settings *settings);
/* A file that is not there is that of console_settings_init(). */
int console_settings_read(const char *path, struct console_settings *out, struct err *err);
int console_settings_write(
        const char *path, const struct console_settings *settings, struct err *err);

/* Whether there is a ticket with which somebody could come in. */
bool console_ticket_good(const struct console_settings *settings, uint64_t now);
/*
 * A ticket of @bytes of chance: groups of letters and figures that are hard to mistake for one another, 80 bits in all,
 * which a person can type from one screen on another.
 */
#define CONSOLE_TICKET_BYTES 16u
void console_ticket_make(
        const uint8_t bytes[CONSOLE_TICKET_BYTES], char ticket[CONSOLE_TICKET_MAX]);

#endif
