/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * User mode networking by passt(1): a process beside QEMU that opens ordinary sockets for what the guest sends. It ends
 * when QEMU closes its end of the connection, however QEMU ends.
 */
#ifndef VM_PASST_H
#define VM_PASST_H

#include "base/err.h"
#include "base/strv.h"

#include <systemd/sd-bus.h>

struct passt_request {
	sd_bus *bus; /* NULL: session mode */
	const char *vm;
	const char *forward; /* words of profile/forward.h; NULL */
	int log;             /* session mode: where its words go */
};

/* Its arguments, of which the first is the program; its end of the connection is its standard input. */
void passt_arguments(const char *forward, struct strv *args);

/*
 * Returns the end of its connection that QEMU gets, or -errno. As a systemd service, @failed is called with the error
 * where it does not start, unless *@call was unreferenced before.
 */
int passt_start(const struct passt_request *request,
        void (*failed)(void *user, const struct err *err), void *user, sd_bus_slot **call,
        struct err *err);

/* Before QEMU has it: whether whoever has the other end has gone. */
bool passt_is_gone(int fd);

#endif
