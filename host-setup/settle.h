/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settling: what was written can be read by somebody who knows nothing of the file system's journal.
 *
 * fsync(2) is enough for the kernel, which replays the journal at the next mount. GRUB reads ext4 and xfs
 * without doing so: after a cut of power it may follow an old folder to an old file, whose blocks can hold
 * something else by then. Freezing a file system writes its journal out to where it belongs.
 */
#ifndef SETUP_SETTLE_H
#define SETUP_SETTLE_H

#include "base/root.h"

/* The file system of the folder @path. By syncfs(2) where it cannot be frozen, and below another root than "/". */
int settle(const struct root *root, const char *path, struct err *err);

/*
 * Gives @path the bytes in @ready, a file beside it, which is gone then; mode and owner stay. By a rename between two settlings. The
 * blocks of the old file stay its own until the second one (@kept, which must not be there, names it meanwhile), so that at every
 * instant whoever reads the disk as it lies there finds the old or the new file, whole.
 */
int settle_replace(const struct root *root, const char *path, const char *ready, const char *kept,
        struct err *err);

#endif
