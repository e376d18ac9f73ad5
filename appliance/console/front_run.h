/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the front end off screen comes from. In a session it is started here, with a socket of its own; for this PC it is
 * a service of another user's, which listens at RUN_DIR/front.sock. Whenever it ends it is had anew, in a while.
 */
#ifndef CONSOLE_FRONT_RUN_H
#define CONSOLE_FRONT_RUN_H

#include "bus/paths.h"

#include <systemd/sd-event.h>

#define FRONT_SOCKET "front.sock"

struct front_run;

/* @found: from the loop; @fd is the callee's. @paths must outlive it. */
struct front_run *front_run_create(
        sd_event *event, const struct paths *paths, void (*found)(void *user, int fd), void *user);
void front_run_destroy(struct front_run *run); /* takes NULL */
/* The one that was found is gone. */
void front_run_ended(struct front_run *run); /* takes NULL */

#endif
