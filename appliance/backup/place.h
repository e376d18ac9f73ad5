/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where each item of a backup goes on this PC, and what the profile says of it there. Pure. */
#ifndef BACKUP_PLACE_H
#define BACKUP_PLACE_H

#include "backup/manifest.h"
#include "base/strv.h"

struct placing {
	const char *name;     /* of the VM here */
	const char *profiles; /* this PC's own folder of profiles */
	const char *state;    /* folder with one of each VM's */
	const char *tpm;      /* folder of this VM's TPM */
	const char *images;   /* folder; NULL: not said */
};

/*
 * Adds the path of each item. -EINVAL where there are images and no place for them. Images lie beside each other where their
 * names differ, else in a folder for each disk.
 */
int place_items(const struct backup_manifest *manifest, const struct placing *placing,
        struct strv *paths, struct err *err);

/*
 * @text, a profile's or drop-in's, with image= and backing= of each disk as they are here. NULL with @err: it is no profile, or a
 * disk stands on other files than the backup has of it. Caller frees.
 */
char *place_images(const struct backup_manifest *manifest, const struct strv *paths,
        const char *text, struct err *err);

#endif
