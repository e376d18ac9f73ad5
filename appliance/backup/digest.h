/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 of a file, holes as zeros: what sha256sum(1) says of it. */
#ifndef BACKUP_DIGEST_H
#define BACKUP_DIGEST_H

#include "backup/manifest.h"
#include "backup/watch.h"

struct digest;
struct digest *digest_create(void);
void digest_add(struct digest *digest, const void *bytes, size_t n);
/* A hole can be as long as a disk: 0, or -ECANCELED. */
int digest_zeros(struct digest *digest, uint64_t n, struct backup_watch *watch, struct err *err);
void digest_end(struct digest *digest, unsigned char out[BACKUP_DIGEST]);
void digest_destroy(struct digest **digest); /* for cleanup */

#endif
