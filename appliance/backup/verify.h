/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A backup read back as a restore would read it, each item compared with its checksum. */
#ifndef BACKUP_VERIFY_H
#define BACKUP_VERIFY_H

#include "backup/manifest.h"
#include "backup/watch.h"

/* @expected: the manifest that must be in it; NULL: whichever is. */
int backup_verify(int fd, const char *file, const struct backup_manifest *expected,
        struct backup_watch *watch, struct err *err);
/* The same for a file of its own, which came from the backup @file. */
int backup_verify_file(int fd, const char *file, const struct backup_item *item,
        struct backup_watch *watch, struct err *err);
/* What is told where a checksum is another one. */
int backup_refuse_digest(const char *file, const char *member, struct err *err);

#endif
