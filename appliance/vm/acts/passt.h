/* SPDX-License-Identifier: GPL-2.0-or-later */
/* User mode networking by passt(1), which opens ordinary sockets for what the guest sends; see side.h. */
#ifndef VM_PASST_H
#define VM_PASST_H

#include "base/strv.h"

/*
 * Its arguments, of which the first is the program; its end of the connection is its standard input. @forward: words of
 * profile/forward.h; NULL.
 */
void passt_arguments(const char *forward, struct strv *args);

#endif
