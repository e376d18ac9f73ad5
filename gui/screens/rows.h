/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list of rows, each a title with a line below it, and beside it, or below where letters are large, a panel with what the
 * focused one is about.
 */
#ifndef SCREENS_ROWS_H
#define SCREENS_ROWS_H

#include "screens/screens.h"

enum row_mark {
	MARK_NONE,
	MARK_RADIO, /* one of several */
	MARK_RADIO_ON,
	MARK_BOX, /* any of several */
	MARK_BOX_ON,
	MARK_STOP, /* not to be had */
	MARK_WARN,
	MARK_ADD,
	MARK_NEXT
};

struct row {
	char id[UI_ID_MOST];
	char *title, *line; /* owned */
	enum row_mark mark;
	color line_color; /* 0: as usual */
	bool dim;         /* cannot be chosen */
	bool adjust;      /* left and right change it */
};

struct rows {
	struct row *list;
	size_t n, first;   /* first: has the focus when the page is new */
	bool button_first; /* unless one of the page's buttons has */
};

/* Where they stand, with the panel, above a row of buttons. */
struct rows_page {
	struct rect list, panel;
	int buttons_y;
	bool wide; /* the panel stands beside */
};

struct rows_hit {
	size_t focus; /* the row that has the focus, or had it last; rows->n: there are none */
	bool activated, adjusted;
	int by; /* of adjusted: -1, 1 */
};

/* Takes @title and @line; @line may be NULL. */
struct row *rows_add(struct rows *rows, const char *id, char *title, char *line);
void rows_finish(struct rows *rows);

/* @y: where the room for them begins. */
struct rows_page rows_lay_out(struct view *view, int y, bool buttons);
/* @last: the row that had the focus, kept by whoever draws while a button has it. */
struct rows_hit rows_pass(struct view *view, enum screen screen, const struct rows_page *page,
        const struct rows *rows);

/* What is said in the panel, from its top down, as much as there is room for. */
struct panel {
	struct rect in;
	int y;
};
struct panel panel_begin(struct view *view, const struct rows_page *page);
void panel_say(struct view *view, struct panel *panel, enum text_size size, bool bold, color c,
        const char *s);

#endif
