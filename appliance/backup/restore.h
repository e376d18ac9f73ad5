/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VM made anew from a backup: first all of it is looked at, then written under hidden names and compared with the checksums, then
 * it gets its names, and its profile last. Nothing that exists is replaced.
 */
#ifndef BACKUP_RESTORE_H
#define BACKUP_RESTORE_H

#include "backup/collect.h"
#include "backup/watch.h"

struct restore_request {
	int fd;           /* of the backup */
	const char *file; /* its name, for messages */
	const char *as;   /* another name for the VM; NULL */
	bool trust;       /* files of this PC that its profile names are taken as they are named */
	const char *images;
	const struct strv *profiles;
	const char *state;
	/* The folder of a VM's TPM. Caller frees. */
	char *(*tpm)(const void *user, const char *vm);
	const void *user;
};

struct restore_plan {
	struct backup_manifest manifest;
	char *name, *tpm;
	struct strv paths,
	        folders; /* where each item goes; what is made for them, the inner ones last */
	char **texts;    /* of the profile and its drop-ins, as they are written; else NULL */
	size_t n_texts;
	char *merged; /* the profile as a whole, but without its images: what else it wants of this PC */
};

/* Removes what an earlier restore that was killed has left. */
int restore_clear(const struct restore_request *request, struct err *err);
/* Nothing is written. Refuses what restore_run() would refuse. */
int restore_look(const struct restore_request *request, struct restore_plan *out, struct err *err);
/*
 * All that restore_run() does but the writing: the whole backup is read and compared with its checksums, and every file system
 * has room for it. Nothing is written.
 */
int restore_rehearse(const struct restore_request *request, const struct restore_plan *plan,
        struct backup_watch *watch, struct err *err);
int restore_run(const struct restore_request *request, const struct restore_plan *plan,
        struct backup_watch *watch, struct err *err);
void restore_plan_finish(struct restore_plan *plan);

#endif
