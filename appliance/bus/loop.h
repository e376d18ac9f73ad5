/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the loops of our services have in common: how they end. */
#ifndef BUS_LOOP_H
#define BUS_LOOP_H

#include "base/err.h"

#include <systemd/sd-event.h>

/*
 * SIGTERM and SIGINT end the loop in order, with 0; a peer that is gone is told by write(), not by SIGPIPE. Before any child
 * or thread is made: they inherit the mask, and children have to put it back.
 */
int loop_ends_by_signals(sd_event *event, struct err *err);

#endif
