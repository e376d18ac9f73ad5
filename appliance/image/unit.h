/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The transient systemd service in which playthrough-image runs in system mode, and how little it may do. */
#ifndef IMAGE_UNIT_H
#define IMAGE_UNIT_H

#include "base/err.h"

#include <sys/types.h>
#include <systemd/sd-bus.h>

/* Fills a StartTransientUnit call. 0 or -errno. */
int image_unit_fill(
        sd_bus_message *m, const char *unit, const char *helper, uid_t uid, gid_t gid, int input);
/* Asks systemd on a connection of its own, and waits for its answer. */
int image_unit_start(const char *helper, uid_t uid, gid_t gid, int input, struct err *err);

#endif
