/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boot loaders: which one starts this PC, and how it gets our entry, tries it once and keeps it.
 *
 * One file and one row of the table for each. The stock entry is never edited.
 */
#ifndef SETUP_LOADER_H
#define SETUP_LOADER_H

#include "initramfs.h"

struct loader {
	const char *name;
	/* Where it was found, e.g. "/boot/grub/grub.cfg", or NULL. */
	const char *(*detect)(const struct root *root);
	/* The rest is NULL for a loader that is known and not supported yet. */
	const struct boot_file *files;
	size_t n_files;
	const char *refresh_tool; /* as people know it, for the plan: "update-grub" */
	/* Writes the loader's configuration anew, by its own tool; atomic: old or new bytes are there. */
	int (*refresh)(const struct root *root, struct err *err);
	/* Whether the configuration holds our entry for plan @id. */
	int (*check)(const struct root *root, const char *id, struct err *err);
	bool (*has_entry)(const struct root *root); /* of ours, for whatever plan */
	/* The configuration differs by our being there, if only by an empty part. NULL: as has_entry(). */
	bool (*has_traces)(const struct root *root);
	/* Whether it can try an entry once by itself; @why (caller frees) gets the reason when not. */
	bool (*remembers)(const struct root *root, char **why);
	int (*try_once)(const struct root *root, const char *id, struct err *err);
	/* @kernel: the release that was found well; fails where the entry would start another one. */
	int (*keep)(const struct root *root, const char *id, const char *kernel, struct err *err);
	bool (*is_kept)(const struct root *root, const char *id);
	/* Takes back try_once and keep. */
	int (*forget)(const struct root *root, struct err *err);
	/* The file the two write, so that one which was not there before goes away again. */
	const char *memory;
};

extern const struct loader loader_grub;

/* The row for this PC; @where says what was found. NULL with PT-BOOT-01 when none is supported. */
const struct loader *loader_detect(const struct root *root, const char **where, struct err *err);

#endif
