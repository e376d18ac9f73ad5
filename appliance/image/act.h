/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is done with image files, one after the other and to the end: these wait, for qemu-img and for disks, and belong into
 * a process of their own (image/task.h). The source of a copy is never opened for writing, and a new file has its
 * name only when it is whole.
 */
#ifndef IMAGE_ACT_H
#define IMAGE_ACT_H

#include "image/run.h"

#include <jansson.h>

/* What an image notes for the next incremental backup begins with it; see vm/vm_backup.c. */
#define IMAGE_BACKUP_BITMAP "playthrough-backup-"

enum image_verb {
	IMAGE_CREATE,
	IMAGE_INFO,
	IMAGE_CHECK,
	IMAGE_RESIZE,
	IMAGE_SNAPSHOT, /* inside a qcow2 image */
	IMAGE_REVERT,   /* to one of these */
	IMAGE_FORGET,   /* removes one */
	IMAGE_OVERLAY,  /* a new image that stands on this one */
	IMAGE_EMPTY,    /* an image that stands on another, as it was when it was made */
	IMAGE_IMPORT,   /* a copy in another format */
	IMAGE_BACKUP,   /* ditto, of a VM's disk that stands still */
	IMAGE_COMPACT,  /* in place of itself */
	IMAGE_PREPARE,  /* an empty file that a running QEMU is to fill */
	IMAGE_PUBLISH,  /* that file, filled */
	IMAGE_DISCARD,  /* or not filled: it goes */
};

struct image_backing {
	char *path, *format;
};

struct image_request {
	enum image_verb verb;
	char *file;   /* the image; whole path */
	char *format; /* its format; NULL: found out */
	struct image_backing
	        backing[IMAGE_CHAIN_MOST - 1]; /* what it stands on, the nearest first */
	size_t n_backing;
	char *target, *target_format; /* of a new file; NULL: qcow2 */
	uint64_t size;
	bool shrink, encrypt; /* encrypt: the new file */
	char *repair;         /* "leaks" or "all"; NULL: nothing is repaired */
	char *tag;
	int secret;        /* a descriptor with the passphrase; -1: none. Owned */
	char *secret_file; /* where it is read when it was not given; NULL */
	char *hidden;      /* IMAGE_PUBLISH: what IMAGE_PREPARE has made */
	int fd;            /* IMAGE_PREPARE gives it; IMAGE_PUBLISH takes it. Owned */
};

void image_request_finish(struct image_request *request);

/* Its result as JSON, a new reference; NULL with @err. What was made is said, and where. */
json_t *image_act(const struct image_env *env, struct image_request *request, struct err *err);

#endif
