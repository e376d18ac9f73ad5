/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Errors over D-Bus, so that a client prints them as the daemon made them.
 *
 * The D-Bus error is named org.playthrough.Error.KIND (Refused, Denied, NotFound, Busy,
 * InvalidArgument, Timeout, Cancelled, else Failed). Its text has one line for the message, then one for
 * the hint, then one for the code; lines that are empty at the end are left out.
 */
#ifndef BUS_ERROR_H
#define BUS_ERROR_H

#include "base/err.h"

#include <systemd/sd-bus.h>

#define BUS_ERROR_PREFIX "org.playthrough.Error."

/* "org.playthrough.Error.NotFound" for -ENOENT. */
const char *bus_error_name(int number);
/* Answers a call with @err. Returns what sd_bus_reply_method_error() does. */
int bus_error_reply(sd_bus_message *call, const struct err *err);
/* Fills @sd from @err. Returns the negative number that a handler of sd-bus returns. */
int bus_error_set(sd_bus_error *sd, const struct err *err);

/*
 * What a failed call means to the person: our own errors as the daemon made them, the bus's errors
 * (nobody owns the name, no permission, no answer) in words. @number is what the call returned.
 */
int bus_error_read(const sd_bus_error *sd, int number, struct err *err);

#endif
