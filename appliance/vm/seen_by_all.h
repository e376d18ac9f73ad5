/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every user of this PC may see of its files. The daemon is root and answers whoever looks: what it tells of files
 * must be no more than the caller could find out alone.
 */
#ifndef VM_SEEN_BY_ALL_H
#define VM_SEEN_BY_ALL_H

#include "base/util.h"

/* False only where everybody can see that no file is there; what is hidden counts as there. */
bool seen_exists(const char *path);
/* Whether everybody may read the regular file behind this path. */
bool seen_readable(const char *path);

#endif
