/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An edit: one file of the host, its bytes now and the bytes it is to have. And how people read edits, as
 * a unified diff.
 */
#ifndef SETUP_EDITS_H
#define SETUP_EDITS_H

#include "base/root.h"

/* On a file system that knows no modes (an EFI system partition): the mode is what its mount says. */
#define EDIT_MODE_ANY 0

struct edit {
	char *path;
	bool existed;
	char *old_bytes; /* "" when it did not exist */
	size_t old_size;
	mode_t old_mode;
	char *new_bytes;
	size_t new_size;
	mode_t mode; /* or EDIT_MODE_ANY */
};

struct edits {
	struct edit *list; /* in the order in which they are written */
	size_t n;
};

/*
 * Adds a file with what it holds now and nothing that it is to hold: that is for the caller to set. Fails where
 * the file is there and unreadable, or is something else than a file (PT-SETUP-19).
 */
int edits_add(struct edits *edits, const struct root *root, const char *path, mode_t mode,
        struct err *err);
/* @bytes are the edit's from now on. */
void edit_set(struct edit *edit, void *bytes, size_t size);
bool edit_changes(const struct edit *edit);   /* bytes or mode differ */
bool edits_change(const struct edits *edits); /* any of them does */
void edits_finish(struct edits *edits);

/* The edit as a unified diff, "" when nothing changes; caller frees. */
char *edit_diff(const struct edit *edit);

#endif
