/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Only for offscreen.c: where its readers come from. */
#ifndef GUI_OFFSCREEN_H
#define GUI_OFFSCREEN_H

#include "base/err.h"

/*
 * @where: a path, at which it listens from now on for its own user, or the number of a descriptor that was handed
 * over. Returns a SOCK_SEQPACKET socket that does not block, *@listens telling which kind it is; or -errno.
 */
int offscreen_socket(const char *where, bool *listens, struct err *err);

#endif
