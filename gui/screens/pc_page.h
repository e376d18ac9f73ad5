/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A page about the setup of this PC: a title, and below it cards to read and to press. */
#ifndef SCREENS_PC_PAGE_H
#define SCREENS_PC_PAGE_H

#include "screens/screens.h"

#define PC_PAGE_MOST (PC_POINTS_MOST + 8)

struct pc_page {
	const char *title;
	color color;
	struct block blocks[PC_PAGE_MOST];
	size_t n;
};

/* To be read; @code: NULL, or it must outlive the page. */
void pc_page_say(struct pc_page *page, const char *label, const char *text, const char *code);
/* To be pressed. */
void pc_page_offer(struct pc_page *page, const char *act, const char *label, const char *text);
/* How this PC is restarted, where it can be from here. */
void pc_page_restart(struct view *view, struct pc_page *page);
void pc_page_undo(struct pc_page *page);
/* What verify found: each with what to do, where there is something. */
void pc_page_findings(const struct setup_state *state, struct pc_page *page);
/* What the next start is: the plan that was applied may be another one by now, or not known. */
const char *words_of_trial(const struct view *view);

/* How an act with the setup ended. */
void pc_page_ended(struct view *view, struct pc_page *page);

#endif
