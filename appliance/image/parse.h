/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What qemu-img says, read: its JSON and its progress. Pure. The words come from an image that a stranger may have made:
 * everything has bounds, and what is not understood is an error.
 */
#ifndef IMAGE_PARSE_H
#define IMAGE_PARSE_H

#include "base/err.h"

#include <jansson.h>

#define IMAGE_SNAPSHOTS_MOST 256u /* that are told of */

struct image_info {
	char *format;
	uint64_t size, used; /* bytes: as a guest sees it; in the file system */
	bool encrypted, corrupt, luks;
	char *backing;        /* the file it stands on, as it says itself; NULL: none */
	char *backing_format; /* NULL: not said */
	json_t *snapshots;    /* [{"id", "tag", "date", "vm_state_bytes"}] */
	size_t n_snapshots;   /* all of them */
	json_t *bitmaps;      /* names */
};

/* -EBADMSG with @err, and nothing to finish, where @text is no such JSON. */
int image_parse_info(const char *text, struct image_info *out, struct err *err);
void image_info_finish(struct image_info *info);

/* {"errors", "leaks", "errors_fixed", "leaks_fixed"} of `check`; NULL with @err. New reference. */
json_t *image_parse_check(const char *text, struct err *err);
/* Bytes that a copy takes, of `measure`. */
int image_parse_measure(const char *text, uint64_t *out, struct err *err);

/* The last "(12.34/100%)" of what `-p` has written so far: whole percent, or -1. */
int image_parse_progress(const char *text);

/* "64G": a size with K, M, G, T or P of 1024. Returns 0, -EINVAL or -ERANGE (no whole sector of 512 bytes, 0, past 2^60). */
int image_parse_size(const char *text, uint64_t *out);

/* Whether @tag can name a snapshot: letters, digits, and "._-" after the first; at most 64. */
bool image_tag_is_good(const char *tag);

#endif
