/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Immediate mode: a screen is a function that draws a model, and on the way declares what can be chosen, each
 * item with an id that stays the same and its rectangle. What the person did is answered there too.
 *
 * One pass of a screen takes at most one event:
 *	ui_begin(); draw; ui_item()...; ui_hint()...; ui_end();
 * Focus is never nowhere: it is kept by id, for each scope (a screen, a dialog) by itself, and goes to the nearest
 * item where its own has gone. A pass without pixels (canvas NULL) decides all the same and draws nothing.
 */
#ifndef UI_UI_H
#define UI_UI_H

#include "base/util.h"
#include "draw/glyph.h"
#include "draw/text.h"
#include "draw/theme.h"
#include "input/input.h"
#include "ui/focus.h"

#define UI_HINTS_MOST  5u
#define UI_SCOPES_MOST 32u
#define UI_HOLD_MS     1500u
#define UI_MOVE_MS     140u

enum ui_flags {
	UI_FIRST = 1,  /* has the focus when the scope is new */
	UI_HOLD = 2,   /* confirmed by holding */
	UI_ADJUST = 4, /* left and right change it */
	UI_NO_RING = 8 /* shows its focus itself */
};

/* What happened to an item in this pass. */
struct ui_result {
	bool focused, activated;
	int adjust;     /* -1, 1 */
	double holding; /* 0-1 */
};

/* A text that was drawn, for tests of the layout. */
struct ui_seen {
	const char *s;
	struct rect rect;
	int height;
	color color;
	bool cut, may_cut;
};

struct ui_label {
	struct rect rect;
	enum text_size size;
	bool bold;
	color color;
	enum { UI_LEFT, UI_CENTER, UI_RIGHT } align;
	unsigned lines; /* at most; 0: one */
	bool may_cut;   /* somebody's own words, of any length */
};

struct ui_scope {
	char name[UI_ID_MOST], focus[UI_ID_MOST];
	struct rect focus_rect;
	double scroll;
	bool placed; /* scroll was set once */
};

struct ui {
	struct theme theme;
	struct text *text;
	struct canvas *canvas; /* NULL: a pass that draws nothing */
	enum input_device device;
	bool plain_labels; /* the pad's A is the lower button, whatever it says */
	uint64_t now_ms;

	struct ui_item *items, *before; /* of this pass, and of the one before */
	size_t n_items, n_before;
	struct ui_scope scopes[UI_SCOPES_MOST], *scope;
	unsigned n_scopes;
	bool inert; /* what is below a dialog: drawn, and nothing can be chosen */

	struct input_event event; /* of this pass; ACTION_NONE and UI_NO_EVENT: none */
	bool has_event;
	int pointer_x, pointer_y;
	char pressed[UI_ID_MOST], holding[UI_ID_MOST];
	uint64_t holding_ms;

	struct ui_hint {
		enum action action;
		char *label;
		struct rect rect;
	} hints[UI_HINTS_MOST];
	unsigned n_hints;
	enum action clicked; /* of the hint that was clicked in this pass */

	struct rect ring_from, ring_to;
	uint64_t ring_ms;
	bool ring_set;

	bool again;           /* the pass must be made anew: focus went elsewhere */
	uint64_t deadline_ms; /* when there is something new to draw; UINT64_MAX */

	void (*audit)(void *user, const struct ui_seen *seen);
	void *audit_user;
};

void ui_init(struct ui *ui, struct text *text);
void ui_finish(struct ui *ui);

/* @event NULL: only drawn anew. */
void ui_begin(struct ui *ui, const struct theme *theme, struct canvas *canvas, const char *scope,
        const struct input_event *event, uint64_t now_ms);
/* What was drawn so far, with `inert` set, lies below a dialog, whose scope this pass has. */
void ui_begin_over(struct ui *ui);
void ui_end(struct ui *ui);

/* The item as declared; its focus is known from the pass before. @id is cut at UI_ID_MOST. */
struct ui_result ui_item(struct ui *ui, const char *id, struct rect rect, unsigned flags);
bool ui_focused(const struct ui *ui, const char *id);
/* "" before the first pass. */
const char *ui_focus(const struct ui *ui);
void ui_set_focus(struct ui *ui, const char *id);
/* That scope shows something else than the last time: it begins at its first item. */
void ui_forget(struct ui *ui, const char *scope);
/* Whether this pass's event is a press of @action. */
bool ui_pressed(const struct ui *ui, enum action action);
/* A picture is wanted @ms from now. */
void ui_wake(struct ui *ui, uint64_t ms);
/* Moves a scope's scroll to @target, at once or in a moment. Returns where it is. */
int ui_scroll(struct ui *ui, const char *scope, int target);

/* Draws text into a rectangle from its top. Returns the height it took. */
int ui_text(struct ui *ui, const struct ui_label *label, const char *s);
/* How high it would be. */
int ui_text_height(struct ui *ui, const struct ui_label *label, const char *s);
int ui_text_width(struct ui *ui, enum text_size size, bool bold, const char *s);

/* A button as wide as its text; with UI_HOLD it says that it is held. Returns whether it was confirmed. */
bool ui_button(struct ui *ui, const char *id, int x, int y, const char *label, unsigned flags);
int ui_button_width(struct ui *ui, const char *label);
int ui_button_height(const struct ui *ui);

/* The bar below: at most five, the most needed first; those that find no room are left out. */
void ui_hint(struct ui *ui, enum action action, const char *label);
int ui_hints_height(const struct ui *ui);
/* What is left of the safe area above the hints. */
struct rect ui_body(const struct ui *ui);

#endif
