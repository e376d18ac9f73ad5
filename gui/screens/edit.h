/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the pages of the editor share. */
#ifndef SCREENS_EDIT_H
#define SCREENS_EDIT_H

#include "screens/drafts.h"
#include "screens/rows.h"

/* Has the text checked once it was quiet for a moment. The last thing of a page: what somebody pressed goes before. */
void edit_tick(struct view *view);
/* Draws the page that stands in while the profile is not known; returns whether it did. */
bool edit_pass_unknown(struct view *view);
/* A title of two lines at most, and below it what was found. Returns the y below it. */
int edit_head(struct view *view, const char *title);

/* The first problem of that key, or with key NULL of anything in that section; NULL: none is known. */
const struct checked_problem *edit_problem(
        const struct view *view, const char *section, const char *key);
/*
 * What a drop-in says in place of the profile, "8, from usb.conf", and that this is so in full. NULL: the profile counts.
 * Caller frees.
 */
char *edit_words_elsewhere(const struct view *view, const char *section, const char *key);
char *edit_words_in_vain(const struct view *view, const char *section, const char *key);
/* A section that goes, and is in a drop-in as well. NULL: it is in none. Caller frees. */
char *edit_words_stays(const struct view *view, const char *section);
/* Which drop-ins there are. */
void edit_tell_drop_ins(struct view *view, struct panel *panel);
/* "usb.conf" of a path. */
const char *edit_file_name(const char *file);
/* "gpu" of [gpu]: one that the row of offers is for; OFFER_KINDS: none. */
enum offer_kind edit_offers_of(const char *section);

#endif
