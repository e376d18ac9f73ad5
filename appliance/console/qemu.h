/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The source that is a VM's emulated display: QEMU's D-Bus display, peer to peer, by sd-bus.
 *
 * Two connections: on the one that the daemon handed over we call QEMU (keys, pointer, which console there is), on a
 * second one, which we make and register, QEMU calls us with pictures. QEMU waits for our answers in its main loop
 * (registration reads a property of ours; ScanoutMap), so that nothing here may ever wait. Interface:
 * docs/interop/dbus-display.rst and ui/dbus-display1.xml of QEMU. A picture in a message may be of any size and format that
 * QEMU or its guest made up: all of it is checked.
 */
#ifndef CONSOLE_QEMU_H
#define CONSOLE_QEMU_H

#include "base/err.h"
#include "console/source.h"

#include <systemd/sd-event.h>

/* @fd is owned from here on, also when this fails. @handler must outlive it. NULL with @err. */
struct source *qemu_create(
        sd_event *event, int fd, const struct source_handler *handler, struct err *err);

#endif
