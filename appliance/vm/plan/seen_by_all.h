/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every user of this PC may see of its files. The daemon is root and answers whoever looks: what it tells of files
 * must be no more than the caller could find out alone, and must not make it wait for a file system of the caller's.
 */
#ifndef VM_SEEN_BY_ALL_H
#define VM_SEEN_BY_ALL_H

#include "base/util.h"

/*
 * For any path, a stranger's too. False only where everybody can see that no file is there; what is hidden, behind a
 * symbolic link or on another file system than "/" counts as there.
 */
bool seen_exists(const char *path);
/* Opens a regular file, for reading, that everybody may read without leaving "/" or following a link; or -errno. */
int seen_open(const char *path);
/* Whether everybody may read the regular file behind this path of our own. */
bool seen_readable(const char *path);

#endif
