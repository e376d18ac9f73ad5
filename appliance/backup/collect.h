/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What belongs to a VM, opened and held so that nobody writes it meanwhile. */
#ifndef BACKUP_COLLECT_H
#define BACKUP_COLLECT_H

#include "backup/manifest.h"
#include "base/strv.h"

struct backup_places {
	const struct strv *profiles; /* folders; the first is this PC's own */
	const char *state;           /* folder with one of each VM's, for firmware variables */
	char *tpm;                   /* the folder of this VM's TPM */
};

struct collection {
	struct backup_manifest manifest;
	int *fds; /* of the items */
	size_t n_fds;
	int tpm_lock;  /* held open; -1: none */
	uint64_t data; /* bytes in all of them that are no holes */
};

int collect(const struct backup_places *places, const char *name, struct collection *out,
        struct err *err);
void collection_finish(struct collection *collection);

#endif
