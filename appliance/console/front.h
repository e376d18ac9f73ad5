/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The source that is the front end, off screen: playthrough-gui at the other end of a socket (bus/screen_wire.h). While it
 * is not shown its pixels stay with us, so that it draws nothing.
 */
#ifndef CONSOLE_FRONT_H
#define CONSOLE_FRONT_H

#include "base/err.h"
#include "console/source.h"

#include <systemd/sd-event.h>

/* @fd is owned from here on, also when this fails. @handler must outlive it. NULL with @err. */
struct source *front_create(sd_event *event, int fd, uint32_t width, uint32_t height,
        const struct source_handler *handler, struct err *err);

#endif
