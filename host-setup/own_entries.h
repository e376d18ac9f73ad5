/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our entries in a folder of the Boot Loader Specification's (loader_entry.h): what systemd-boot and GRUB's blscfg
 * have in common. They are made anew as kernels come and go, by the plugin for kernel-install(8) that calls
 * `playthrough-setup renew`; its comment lines hold what they are made with.
 */
#ifndef SETUP_OWN_ENTRIES_H
#define SETUP_OWN_ENTRIES_H

#include "edits.h"
#include "loader_entry.h"

#define OWN_ENTRIES_PLUGIN "/etc/kernel/install.d/95-playthrough.install"

/* @folder may be NULL everywhere: it is not found. */

/* Adds the paths of ours that are there. -errno where they cannot be seen. */
int own_entries_list(const struct root *root, const char *folder, struct strv *paths);
/* Any of ours; a folder that this user may not read is taken at the journal's word. */
bool own_entries_has(const struct root *root, const char *folder);
/* Any of ours, or what is left of one whose writing was cut off. */
bool own_entries_has_traces(const struct root *root, const char *folder);
/*
 * The file name of ours with the newest kernel, of the same line as the entry @like where that is not NULL
 * (loader_entry.h); caller frees. NULL: there is none.
 */
char *own_entries_newest(const struct root *root, const char *folder, const char *like);
/* Whether @name, in whatever letters, is one of ours that are there. */
bool own_entries_holds(const struct root *root, const char *folder, const char *name);
/*
 * Whether the stock entry @name, of which ours is @own_name, is of this system and not of another one that shares $BOOT: by the
 * machine's id where the entry has one, else by its root file system.
 */
bool own_entries_are_of_this_system(const struct root *root, const char *name, const char *own_name,
        const struct loader_entry *entry);
/* What the plugin says our entries are made with; caller frees. NULL: it is not there. */
char *own_entries_arguments(const struct root *root);
/* The same of another hook that has that line. */
char *own_entries_arguments_in(const struct root *root, const char *hook);
/* Writes @wanted, and removes every other entry of ours and what is left of any. */
int own_entries_make(
        const struct root *root, const char *folder, const struct edits *wanted, struct err *err);
/* Removes those that start copies (unified.h) unless @wanted has them as they are: before the copies change. */
int own_entries_drop_copied(
        const struct root *root, const char *folder, const struct edits *wanted, struct err *err);
/* Fails with PT-BOOT-04 unless there are entries of ours and all are of plan @id. */
int own_entries_check(const struct root *root, const char *folder, const char *id, struct err *err);

#endif
