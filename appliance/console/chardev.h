/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Carries bytes between a viewer and a port of a VM: its agent's, or a USB channel. Both ends of it are strangers; nothing is
 * read here but where an agent's messages begin.
 *
 * Nothing waits, and nothing piles up: a port that takes nothing has the viewer's agent wait (libspice gives it no more
 * tokens), and a USB channel, which libspice cannot hold, cut off; a viewer that takes nothing has the port wait.
 */
#ifndef CONSOLE_CHARDEV_H
#define CONSOLE_CHARDEV_H

#include "base/err.h"

#include <spice.h>
#include <systemd/sd-event.h>

#define CHARDEV_AGENT_MOST (256u << 10) /* bytes that wait for the port */
#define CHARDEV_USB_MOST   (4u << 20)

enum chardev_kind { CHARDEV_AGENT, CHARDEV_USB };

struct chardev;

struct chardev_handler {
	/*
	 * The port is to be connected with chardev_connect(): it has begun anew, or somebody is there for it. May come
	 * from within any call here but chardev_destroy().
	 */
	void (*wanted)(void *user);
	void *user;
};

struct chardev *chardev_create(
        sd_event *event, enum chardev_kind kind, const struct chardev_handler *handler);
/* Detached before. Takes NULL. */
void chardev_destroy(struct chardev *chardev);

/* Another connection, in place of one that there was: the port's end of it, which is the caller's; -errno. */
int chardev_connect(struct chardev *chardev);

/* The port has taken that end: what a viewer of a USB channel has said meanwhile goes there. */
void chardev_opened(struct chardev *chardev);

/* Viewers of @server have it from now on. One agent at a time. */
void chardev_attach(struct chardev *chardev, SpiceServer *server);
/* An agent hears that its viewer is gone, and what it says from now on is passed over. */
void chardev_detach(struct chardev *chardev);

#endif
