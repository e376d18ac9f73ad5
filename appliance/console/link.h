/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The console's end of its connection to the daemon (bus/console_wire.h); made anew for as long as there is none. */
#ifndef CONSOLE_LINK_H
#define CONSOLE_LINK_H

#include "bus/console_wire.h"

#include <systemd/sd-event.h>

struct link;

/* From the loop. */
struct link_handler {
	/* @fd is the callee's: a connection to the VM's display, or -1. */
	void (*message)(void *user, const struct console_message *message, int fd);
	/* The daemon is gone; everything will be told anew once it is there. */
	void (*lost)(void *user);
	void *user;
};

/* @path must outlive it. */
int link_create(sd_event *event, const char *path, const struct link_handler *handler,
        struct link **out, struct err *err);
void link_destroy(struct link *link); /* takes NULL */
/* Where the daemon is there. */
void link_say(struct link *link, const struct console_report *report);
/* To be told everything anew, in a moment. */
void link_again(struct link *link);

#endif
