/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ports of a VM that viewers can have, found at QEMU's D-Bus display (org.qemu.Display1.Chardev): its agent's, and USB
 * channels. What a profile says of them is in their names (vm/plan/args.c), so that nobody else need know.
 */
#ifndef CONSOLE_PORTS_H
#define CONSOLE_PORTS_H

#include <spice.h>
#include <stdbool.h>
#include <systemd/sd-bus.h>

struct ports;

/* @changed: from the loop, whenever an agent comes or goes. @bus must outlive it. */
struct ports *ports_create(sd_event *event, sd_bus *bus, void (*changed)(void *user), void *user);
void ports_destroy(struct ports *ports); /* takes NULL, and detaches */

/* An agent in the guest listens. */
bool ports_have_agent(const struct ports *ports); /* takes NULL */
/* ... and may have what viewers copy. */
bool ports_share_clipboard(const struct ports *ports);

/* @server NULL: viewers have it no more. */
void ports_give_agent(struct ports *ports, SpiceServer *server);
void ports_give_usb(struct ports *ports, SpiceServer *server);

#endif
