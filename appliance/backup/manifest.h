/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a backup of a VM holds, and what of the VM it does not: manifest.json, the last member of its tar.
 *
 * It may come from a stranger. Reading it refuses whatever could lead out of the folders that a restore writes into, so
 * that the rest works with names that are names. Pure.
 */
#ifndef BACKUP_MANIFEST_H
#define BACKUP_MANIFEST_H

#include "base/err.h"

#define BACKUP_MANIFEST      "manifest.json"
#define BACKUP_MANIFEST_MOST (1u << 20) /* bytes */
#define BACKUP_ITEMS_MOST    256u
#define BACKUP_LEFT_MOST     64u
#define BACKUP_DIGEST        32u /* bytes of SHA-256 */

/* The order is that of the members, and of the words in manifest.c. */
enum backup_kind {
	BACKUP_PROFILE,
	BACKUP_DROP_IN,
	BACKUP_VARIABLES, /* of the UEFI firmware */
	BACKUP_TPM,
	BACKUP_IMAGE
};

/* All of fixed size, so that it can go through a pipe as it is. */
struct backup_item {
	enum backup_kind kind;
	char member
	        [128]; /* in the tar: "images/1-windows.qcow2"; one folder, and nothing but A-Za-z0-9._- */
	char name[256];  /* of its file */
	char path[1024]; /* where the file lay, for people alone */
	char disk[32];   /* of an image: NAME of its [disk NAME]; else "" */
	bool backing; /* of an image: what another one of this disk stands on; it lies beside that */
	uint64_t size;                       /* of the file */
	uint64_t data;                       /* bytes of it that are no holes */
	unsigned char sha256[BACKUP_DIGEST]; /* of the whole file, holes as zeros */
};

/* Something that the VM needs or has and the backup does not carry. */
struct backup_left {
	char what[512], why[512];
};

struct backup_manifest {
	char name[32]; /* of the VM */
	char made[32]; /* when, as 2026-11-26T09:00:00Z */
	struct backup_item *items;
	size_t n;
	struct backup_left *left;
	size_t n_left;
};

/* "image", as the manifest has it. */
const char *backup_kind_word(enum backup_kind kind);
/* The folder of its members: "images". */
const char *backup_kind_folder(enum backup_kind kind);
/* An item for the file @path, with its member's name and its own; -EINVAL where no backup can hold such a name. */
int backup_item_make(struct backup_manifest *manifest, enum backup_kind kind, const char *path,
        const char *name, struct err *err);
void backup_leave(struct backup_manifest *manifest, const char *what, const char *why);

/* Whether each of them, and all together, are such as a backup has: the same for one read and one received. */
int backup_manifest_check(const struct backup_manifest *manifest, struct err *err);
/* Bytes of data in all items. */
uint64_t backup_manifest_data(const struct backup_manifest *manifest);

char *backup_manifest_write(const struct backup_manifest *manifest); /* JSON; caller frees */
/* Nothing of @out needs finishing after a failure. */
int backup_manifest_read(
        const char *text, size_t size, struct backup_manifest *out, struct err *err);
void backup_manifest_finish(struct backup_manifest *manifest);

/* @name may be the name of a file that a restore makes: not hidden, no folder, nothing that steers a terminal. */
bool backup_is_file_name(const char *name);

#endif
