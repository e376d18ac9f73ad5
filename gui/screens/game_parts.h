/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the pages of one game share: the cover beside a column, its texts from the top, its buttons from the bottom. */
#ifndef SCREENS_GAME_PARTS_H
#define SCREENS_GAME_PARTS_H

#include "screens/screens.h"

struct game_page {
	struct rect cover,
	        in;    /* @in: the column beside it; no cover where the words need the room */
	int y, bottom; /* where the next text goes, and where the buttons begin */
};

/* Those that are `done` were pressed. */
struct game_button {
	const char *id, *label;
	bool done;
};

struct game_page game_lay_out(struct view *view);
/* As many lines as there is room for above the buttons, at most @lines. @own: it must not be cut. */
void game_say(struct view *view, struct game_page *p, enum text_size size, bool bold, color c,
        unsigned lines, const char *s, bool own);
void game_heading(
        struct view *view, struct game_page *p, const char *title, const char *line, color c);
/*
 * The buttons of a page, before its texts: the first has the focus. One that two pages share has another id where it is
 * not the first: focus goes to the first of a new page.
 */
void game_buttons(struct view *view, struct game_page *p, struct game_button *list, size_t n);
void game_bar(struct view *view, struct game_page *p, unsigned percent);
/* The stages of a start or stop; @job NULL: it has not told any yet. */
void game_stages(struct view *view, struct game_page *p, const struct model_job *job, bool start);

/* --- the pages --- */

void game_page_starting(struct view *view, struct game_page *p, const struct model_vm *vm,
        const struct model_job *job);
void game_page_failed(struct view *view, struct game_page *p, const struct model_vm *vm,
        const struct model_job *job);
void game_page_running(struct view *view, struct game_page *p, const struct model_vm *vm);
void game_page_stopping(struct view *view, struct game_page *p, const struct model_vm *vm);

#endif
