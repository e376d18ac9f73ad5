/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs qemu-img(1) to its end, shut in by playthrough-image: in system mode as a transient systemd service with the
 * user whose image it is, in session mode as a child. Waits, so it belongs into a process of its own (image/task.h).
 */
#ifndef IMAGE_RUN_H
#define IMAGE_RUN_H

#include "base/err.h"
#include "image/args.h"

#include <sys/types.h>

/* Where programs are, and how acts are told of. */
struct image_env {
	bool system;          /* root: qemu-img runs as a systemd service */
	const char *helper;   /* playthrough-image */
	const char *qemu_img; /* its path */
	int cancel;           /* readable when it shall end; -1: never */
	void (*told)(void *user, const char *stage, unsigned percent);
	void *user;
	/*
	 * Opens a regular file, and a folder to write in, that nobody can have swapped for another's: vm/acts/acts.h. 0 or
	 * -errno.
	 */
	int (*open_file)(const char *path, bool writable, int *fd, struct err *err);
	int (*open_folder)(const char *path, int *fd, struct err *err);
	int (*open_secret)(const char *path, int *fd, struct err *err); /* a passphrase */
};

/* One call of qemu-img, being put together. */
struct image_run {
	struct strv args;
	int files[IMAGE_CHAIN_MOST +
	          2]; /* borrowed; the number of files[N] there is IMAGE_FD_FIRST + N */
	size_t n_files;
	uint32_t writable; /* bit N */
	uid_t uid;         /* as whom, in system mode */
	gid_t gid;
	uint64_t file_bytes; /* no file of it gets larger; 0: as the system has it */
	const char *stage;   /* for told(); NULL: nothing is told */
	unsigned from, to;   /* percent at its beginning and end */
};

/* Adds a file and returns its number there. */
unsigned image_run_file(struct image_run *run, int fd, bool writable);
void image_run_finish(struct image_run *run);
/*
 * 0 when it ended with a status of which bit S of @fine is set (bit 0 is always), @status (may be NULL) gets it; else -EIO with its
 * own words, -ECANCELED, -ENOMEM or -ETIMEDOUT past its limits. @output (may be NULL) gets its standard output, at most 1 MiB;
 * caller frees.
 */
int image_run(const struct image_env *env, const struct image_run *run, unsigned fine, int *status,
        char **output, struct err *err);

/* Whether QEMU's words are of a file system that is full, over a quota, or has no files of that size. */
bool image_is_of_room(const char *words);
/* What a person is told then: returns -ENOSPC. */
int image_refuse_space(const char *words, struct err *err);

#endif
