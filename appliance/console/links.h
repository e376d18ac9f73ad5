/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connections that were handed to libspice, which tells of none of them by its descriptor: how many have not said yet
 * who they are, and whether one of them does not take what it is sent.
 */
#ifndef CONSOLE_LINKS_H
#define CONSOLE_LINKS_H

#include "base/util.h"

#include <systemd/sd-event.h>

/* One more takes the place of the oldest: whoever keeps many half open keeps nobody out who is quick. */
#define LINKS_HALF_OPEN_MOST 32u
#define LINKS_MOST           96u /* a viewer has a dozen */
#define LINKS_TIME_US        10000000u

struct links;

struct links *links_create(sd_event *event);
void links_destroy(struct links *links); /* takes NULL */

/* Just before spice_server_add_client() gets @fd, of which a copy is kept. False: there are too many, or no descriptors. */
bool links_add(struct links *links, int fd);
/* libspice has not taken the one that was added last. */
void links_refused(struct links *links);

/*
 * Whether one of them does not take what it was sent. libspice's worker waits for such a one where the picture gets
 * another size, for 15 s, and whoever takes its place has the main thread wait for the worker.
 */
bool links_behind(const struct links *links);
/* The same of one socket. */
bool link_behind(int fd);

#endif
