/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose file it is that root opens by a name which people may have a hand in. */
#ifndef BASE_OWNER_H
#define BASE_OWNER_H

#include "base/root.h"

#include <sys/stat.h>

/*
 * Whoever owns a part of the way to @path can have it lead to any file of the PC, and root would open that. So what was
 * @opened must be that user's own, by the only name it has, and still be what the name leads to; else -EPERM with
 * CODE_DISK_OWNER. Another user than root opens only what is its own to open: nothing is asked.
 */
int owner_check(
        const struct root *root, const char *path, const struct stat *opened, struct err *err);

#endif
