/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A backup read. Whoever wrote it may be a stranger: a child without rights reads the tar and the manifest, and what it tells is
 * checked again here, so that bytes of an item are all that comes of it.
 */
#ifndef BACKUP_UNPACK_H
#define BACKUP_UNPACK_H

#include "backup/manifest.h"

struct unpack_events {
	/* First, and once. Below 0: an error. Above 0: enough, and unpack_run() returns that. */
	int (*manifest)(void *user, const struct backup_manifest *manifest, struct err *err);
	/* In the order of the items, each from its beginning to its end; holes are left out. */
	int (*data)(void *user, size_t item, uint64_t offset, const void *bytes, size_t n,
	        struct err *err);
	void *user;
};

/* @fd is an open file. Errors begin with @file. */
int unpack_run(int fd, const char *file, const struct unpack_events *events, struct err *err);
/* The same for what a child tells. */
int unpack_hear(int fd, const char *file, const struct unpack_events *events, struct err *err);

#endif
