/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What no transient systemd service of ours may do, whatever it is for: systemd.exec(5), as the properties that
 * org.freedesktop.systemd1(5) has for a StartTransientUnit call.
 */
#ifndef BASE_FENCES_H
#define BASE_FENCES_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

/* What one of them needs all the same. */
struct fences {
	bool network;     /* this PC's network */
	bool netlink;     /* the kernel's and udev's news, which come with a network as well */
	bool writes_code; /* maps memory that it writes and runs */
	bool places;      /* says which processors its threads and which nodes its memory get */
	bool shuts_in; /* makes namespaces of @namespaces and mounts in them, to shut itself in */
	uint64_t namespaces; /* CLONE_NEW* that it may make */
};

/* Elements of the "a(sv)" that @m is in. Nobody but the caller says User= or DynamicUser=. 0 or -errno. */
int fences_add(sd_bus_message *m, const struct fences *needs);

#endif
