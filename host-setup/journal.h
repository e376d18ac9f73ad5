/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal of apply: what was there before, written and on the disk before anything is changed.
 *
 * JOURNAL_FOLDER/journal.json names every file with its mode and whether it existed; its old bytes lie in
 * JOURNAL_FOLDER/saved/, and beside them, named by their hash, the bytes that apply wrote. An interrupted apply or undo leaves a journal that undo_run() can finish from
 * any point, as each of its acts can be done twice.
 */
#ifndef SETUP_JOURNAL_H
#define SETUP_JOURNAL_H

#include "plan.h"

#define JOURNAL_FOLDER "/var/lib/playthrough/setup"
#define JOURNAL_FILE   JOURNAL_FOLDER "/journal.json"

enum journal_state { JOURNAL_NONE, JOURNAL_APPLYING, JOURNAL_APPLIED, JOURNAL_UNDOING };

struct journal_file {
	char *path;
	bool existed;
	mode_t mode;
	char *saved;         /* path of the old bytes; NULL when it did not exist */
	struct strv written; /* hashes of what apply wrote there, the last one last */
};

struct journal {
	enum journal_state state;
	char id[9];
	char *step; /* what was begun last, for people */
	struct journal_file *files;
	size_t n_files;
	struct strv folders; /* that were not there before, outermost first */
	bool memory_existed; /* the loader's memory (grubenv) */
	char *loader;     /* whose entry was added (loader.h, name); NULL in a journal of before */
	char *choice;     /* what a person had made the default (loader.h); NULL */
	char *boot;       /* the start it was applied in: the kernel's boot_id; NULL: not known */
	struct strv ways; /* into the host that remain, as way_in.h names them */
};

/* No journal is JOURNAL_NONE and no error; one that cannot be understood fails with PT-SETUP-13. */
int journal_load(const struct root *root, struct journal *out, struct err *err);
/*
 * Saves the old bytes of what @plan changes, then writes the journal with state applying. @journal is what
 * journal_load() gave: files it knows keep the bytes they had before the first apply.
 */
int journal_begin(const struct root *root, struct journal *journal, const struct plan *plan,
        const struct boot *boot, struct err *err);
/* Writes state and step; on the disk when it returns. */
int journal_set(const struct root *root, struct journal *journal, enum journal_state state,
        const char *step, struct err *err);
/* A step, which the journal holds untranslated, in the user's language. Caller frees. */
char *journal_step_words(const char *step);
/* The file's entry, or NULL. */
const struct journal_file *journal_find(const struct journal *journal, const char *path);
/* 16 digits over @bytes, by which the journal knows again what apply wrote. Caller frees. */
char *journal_hash(const void *bytes, size_t size);
/* Where the bytes with that hash lie. Caller frees. */
char *journal_written_path(const char *hash);
/*
 * The loader that has our entry, which may be another one than starts the PC now: a second one was installed, or chosen in
 * the firmware's menu. NULL with PT-BOOT-01 where no loader can be seen.
 */
const struct loader *journal_loader(
        const struct root *root, const struct journal *journal, struct err *err);
/* Leaves the file to the person who edited it: undo will not touch it. Not written yet. */
void journal_disown(struct journal *journal, const char *path);
/*
 * Whether the PC was started anew since the plan was applied: 1, 0, or -1 where a journal of before, or the kernel, does
 * not tell.
 */
int journal_restarted(const struct root *root, const struct journal *journal);
/* Puts one file back as it was. */
int journal_restore(const struct root *root, const struct journal_file *file, struct err *err);
/* Removes journal, saved bytes, and the folders that were not there before, as far as they are empty. */
int journal_remove(const struct root *root, struct journal *journal, struct err *err);
void journal_finish(struct journal *journal);

/*
 * Keeps other runs of apply and undo out while the descriptor is open. -EBUSY with PT-SETUP-18 when
 * one is at work. Creates JOURNAL_FOLDER; journal_unlock() removes it again when nothing is in it.
 */
int journal_lock(const struct root *root, struct err *err);
/* The same, after some seconds if need be: the health service's act, or a kernel that is installed, takes no longer. */
int journal_lock_soon(const struct root *root, struct err *err);
void journal_unlock(const struct root *root, int lock);

#endif
