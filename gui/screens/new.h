/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the pages of a new game share. */
#ifndef SCREENS_NEW_H
#define SCREENS_NEW_H

#include "screens/drafts.h"
#include "screens/rows.h"

/* To the next page; where a disk of this PC is to be confirmed, that is asked first. */
void new_go_on(struct view *view);
/* The bar below, and what its buttons do. @next: there is a next page. */
void new_hints(struct view *view, const char *confirm, bool next);
/* The page of a question with a list of answers, from @y on. */
void new_pass_choices(struct view *view, int y, enum wizard_step step);

#endif
