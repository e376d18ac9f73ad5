/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boot loaders: which one starts this PC, and how it gets our entry, tries it once and keeps it.
 *
 * One file and one row of the table for each. The stock entry is never edited.
 */
#ifndef SETUP_LOADER_H
#define SETUP_LOADER_H

#include "edits.h"

struct loader {
	const char *name;
	/* Where it was found, e.g. "/boot/grub/grub.cfg", or NULL. */
	const char *(*detect)(const struct root *root);
	/* The rest is NULL for a loader that is known and not supported yet. */
	/*
	 * The files that apply writes for it, as edits whose new bytes are templates: our second initramfs
	 * (OVERLAY_NAME, left empty) where the loader can read it, and what makes our entry anew
	 * when a kernel comes or goes. Fails with a code where this PC's way to start is one we cannot add to.
	 */
	int (*files)(const struct root *root, struct edits *out, struct err *err);
	/* Whether @path is one of those that make the entry: undo takes them away first. */
	bool (*owns)(const char *path);
	/*
	 * What refresh() will write, as templates, so that a plan can show it; NULL where only the loader's
	 * own tool knows.
	 */
	int (*entries)(const struct root *root, struct edits *out, struct err *err);
	/* Adds what a plan has to say beyond its files; NULL. */
	void (*notes)(const struct root *root, struct strv *out);
	/*
	 * For a loader that a person configures: the lines to add, with @ARGUMENTS@ for ours. NULL where Playthrough
	 * does it.
	 */
	int (*instructions)(const struct root *root, struct strv *out, struct err *err);
	/*
	 * Asked before apply writes anything: what only root sees, and a plan does not look at. NULL: nothing.
	 */
	int (*ready)(const struct root *root, struct err *err);
	const char *refresh_tool; /* as people know it, for the plan: "update-grub" */
	/*
	 * Makes the loader's menu agree with what is installed now: with our entry while the files above are
	 * there, without it when they are not. Atomic: old or new bytes are there.
	 */
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
	/* False too while a newer kernel than the kept one is tried: that one is to be judged. */
	bool (*is_kept)(const struct root *root, const char *id);
	/*
	 * After refresh(): where our entry is the default and one of a newer kernel has come, that one is tried once. NULL
	 * where the menu sees to that by itself.
	 */
	int (*try_new)(const struct root *root, struct err *err);
	/* What a person had made the default before us, which keep() replaces; caller frees. May be NULL. */
	char *(*choice)(const struct root *root);
	/* Takes back try_once and keep; @choice (NULL: none) is what choice() gave before the first apply. */
	int (*forget)(const struct root *root, const char *choice, struct err *err);
	/* The file the two write, so that one which was not there before goes away again; NULL. */
	const char *memory;
};

extern const struct loader loader_grub, loader_grub_bls, loader_systemd_boot;

/* The row for this PC; @where says what was found. NULL with PT-BOOT-01 when none is supported. */
const struct loader *loader_detect(const struct root *root, const char **where, struct err *err);

/* The row with that name; NULL: none. */
const struct loader *loader_of_name(const char *name);

/* Why Playthrough adds no entry of its own where systemd-boot starts unified images; caller frees. NULL: it does. */
char *loader_unified_why_not(const struct root *root);

/* Adds @path to @out with the file @template of DATADIR/boot as its new bytes. */
int loader_add_template(const struct root *root, struct edits *out, const char *path,
        const char *template, mode_t mode, struct err *err);

#endif
