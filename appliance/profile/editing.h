/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A profile that is being edited: its files as they are, what is to be written, and the writing, which replaces
 * a file only where it still is what was read.
 *
 * A profile of the first folder is edited where it is; any other, which is the distribution's or another
 * person's, stays as it is and gets a drop-in in the first folder, NAME.profile.d/usb.conf.
 */
#ifndef PROFILE_EDITING_H
#define PROFILE_EDITING_H

#include "profile/profile.h"

struct profile_editing {
	const struct strv *folders;
	struct strv files;      /* as profile_files() */
	struct profile profile; /* as it is now */
	struct profile_edit_file {
		char *file, *old, *text; /* old NULL: it is not there yet; text NULL: it goes */
	} * edits;
	size_t n;
};

/* @folders, of which there is at least one, must outlive it. To be finished in any case. */
int profile_editing_begin(
        struct profile_editing *e, const struct strv *folders, const char *name, struct err *err);
void profile_editing_finish(struct profile_editing *e);

/* A new section at the end of the file that is the person's; see profile_add_section(). */
int profile_editing_add(struct profile_editing *e, const char *comment, const char *section,
        const char *keys, struct err *err);
/* Takes sections out of every file that has them; refuses where one of these is not ours to edit. */
int profile_editing_remove(struct profile_editing *e, const struct strv *sections, struct err *err);
/*
 * Writes what was edited, after it was read as a profile: @out is that. A file that somebody else changed since it was
 * read, and a symbolic link, stay as they are, and that is an error.
 */
int profile_editing_write(struct profile_editing *e, struct profile *out, struct err *err);

#endif
