/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The start of one transient systemd service. The unit of the last run may still be on its way out: it is waited for. */
#ifndef VM_TRANSIENT_H
#define VM_TRANSIENT_H

#include "base/err.h"

#include <systemd/sd-bus.h>

struct transient;

/* From the loop, and at most one of the two; either may free the transient. */
struct transient_handler {
	void (*started)(void *user); /* Type=exec: its program runs. May be NULL */
	void (*failed)(void *user, const struct err *err);
	void *user;
};

/* A StartTransientUnit call on @bus, to be filled. 0 or -errno. */
int transient_message(sd_bus *bus, sd_bus_message **out);

/* @order is such a call for @unit, whole and not sent yet; it stays the caller's. */
int transient_start(sd_event *event, sd_bus_message *order, const char *unit,
        const struct transient_handler *handler, struct transient **out, struct err *err);
/* Nobody is called any more; what was asked of systemd goes on. Takes NULL. */
void transient_free(struct transient *transient);

#endif
