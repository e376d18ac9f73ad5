/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process beside QEMU that does one thing for its guest: passt(1) its network, swtpm(8) its TPM. Its end of a connection is
 * its standard input, the other end QEMU's. It is a systemd service under a user of its own, without capabilities, which ends
 * at the latest by side_stop(); or in session mode a process of this user, which ends when the other end is closed.
 */
#ifndef VM_SIDE_H
#define VM_SIDE_H

#include "base/err.h"
#include "base/strv.h"

#include <systemd/sd-bus.h>

struct side;

struct side_request {
	sd_event *event;
	sd_bus *bus;           /* NULL: session mode */
	const char *kind, *vm; /* its unit is side_unit_name() of them and the next */
	const char *card; /* the network card that it serves, if the VM may have others; NULL */
	const char *description;
	const struct strv *args; /* the first is the program's path */
	const char *state;       /* of a service: its folder in /var/lib, made for it; NULL: none */
	bool network;            /* of a service: it is in this PC's network, and shuts itself in */
	int log;                 /* session mode: where its words go; stays the caller's */
};

/*
 * "playthrough-passt-games.service", and of [network lan] "playthrough-passt-games_lan.service": no VM's own unit is called
 * so, whatever it is called. Caller frees.
 */
char *side_unit_name(const char *kind, const char *vm, const char *card);
/* The StartTransientUnit call for it; @theirs is its end. 0 or -errno. */
int side_unit_message(const struct side_request *request, int theirs, sd_bus_message **out);

/*
 * Returns QEMU's end of its connection, or -errno. Of a service -EINPROGRESS: @done is called from the loop, with that end,
 * which is the callee's, or with the error, unless side_free() was called before.
 */
int side_start(const struct side_request *request,
        void (*done)(void *user, int fd, const struct err *err), void *user, struct side **out,
        struct err *err);
/* One that has not told its start closes its end. Takes NULL. */
void side_free(struct side *side);

/* Of a service, when QEMU has ended: passt ends by itself then, swtpm not always. Where there is none, nothing happens. */
void side_stop(sd_bus *bus, const char *kind, const char *vm, const char *card);

/* Before QEMU has it: whether whoever has the other end has gone. */
bool side_is_gone(int fd);

#endif
