/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GRUB's environment block, grubenv, and its files that are replaced: what its two kinds of set-up share. */
#ifndef SETUP_GRUB_ENV_H
#define SETUP_GRUB_ENV_H

#include "base/root.h"

#define GRUB_READY ".playthrough-next" /* beside what it is to replace */

/* Whether GRUB itself can write to the grubenv in @folder while it starts; @why (caller frees) when not. */
bool grub_env_writable(const struct root *root, const char *folder, char **why);
/* The mode for a new file at @path: EDIT_MODE_ANY (edits.h) where the file system has no modes to set (vfat). */
mode_t grub_file_mode(const struct root *root, const char *path, mode_t mode);
/*
 * Has @tool (grub-editenv, grub2-editenv) do @words ("set", "a=b", NULL) to the grubenv at @path; on the disk when it
 * returns, and the old or the new block is there at every instant.
 */
int grub_env_edit(const struct root *root, const char *tool, const char *path, char *const *words,
        struct err *err);

/* A file beside the one that @path leads to: a symbolic link to grub.cfg or grubenv stays one. Caller frees. */
char *grub_beside(const struct root *root, const char *path, const char *suffix);
/* Puts the file beside @path, with suffix GRUB_READY, in its place (settle.h). */
int grub_replace(const struct root *root, const char *path, struct err *err);
/* What the two above left beside @path when they were cut. */
void grub_remove_beside(const struct root *root, const char *path);

#endif
