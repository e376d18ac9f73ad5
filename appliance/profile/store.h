/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole profiles written and removed, each only where it still is what was read.
 *
 * All of it happens in the first folder. A profile of a later one, which is the distribution's or another person's,
 * stays as it is: what is written lies in the first folder and counts in its place.
 */
#ifndef PROFILE_STORE_H
#define PROFILE_STORE_H

#include "profile/profile.h"

#define PROFILE_TEXT_MAX (64u << 10)

/* NAME.profile in the first folder, whether it is there or not. Caller frees. */
char *profile_own_file(const struct strv *folders, const char *name);
/* The files that the profile is read from once it lies there, in their order. */
int profile_own_files(
        const struct strv *folders, const char *name, struct strv *files, struct err *err);

/*
 * @expected: the text as it was read, of whichever file has that name; "" for a profile that is not there yet. Writes
 * nothing that is not a good profile. The file's path goes to @file; caller frees.
 */
int profile_store_write(const struct strv *folders, const char *name, const char *text,
        const char *expected, char **file, struct err *err);
/*
 * Puts the profile and its drop-ins aside, under names that are not read: NAME.profile.removed, and with a number where
 * that is taken. Where the profile lies now goes to @file; caller frees.
 */
int profile_store_remove(const struct strv *folders, const char *name, const char *expected,
        char **file, struct err *err);

#endif
