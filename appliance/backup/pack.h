/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tar of the items of a manifest, with the manifest last: pax format, holes left out, as tar(1) reads it.
 */
#ifndef BACKUP_PACK_H
#define BACKUP_PACK_H

#include "backup/manifest.h"
#include "backup/watch.h"

/* Bytes of @fd that are no holes, where the file system knows holes; -errno. */
int pack_data(int fd, uint64_t *data);

/*
 * Writes the files @fds[i] of the manifest's items to @out, which is at its beginning, and fills in size, data and sha256 of
 * each. @file is out's name for messages.
 */
int pack_write(int out, const char *file, struct backup_manifest *manifest, const int *fds,
        struct backup_watch *watch, struct err *err);

#endif
