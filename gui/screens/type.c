/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line of text and a keyboard to type it with: by d-pad, mouse or finger, and by a real one, whose letters go straight
 * into the line.
 */
#include "base/i18n.h"
#include "screens/drafts.h"
#include "screens/screens.h"

#include <stdio.h>

/* The row below the letters: what each key does, and how many columns it has. */
static const struct {
	const char *id, *label;
	int key; /* of enum type_key; 0: done; -1: No */
	int columns;
} bottom[] = {
        {"shift", NULL, TYPE_SHIFT, 1},
        {"layout", NULL, TYPE_LAYOUT, 2},
        {"space", N_("Space"), TYPE_SPACE, 2},
        {"paste", N_("Paste"), TYPE_PASTE, 2},
        {"delete", NULL, TYPE_DELETE, 1},
        {"no", N_("No"), -1, 2},
        {"done", N_("Done"), 0, 2},
};

static void press(struct view *view, int key)
{
	want(view, key == 0 ? INTENT_TYPED : key < 0 ? INTENT_BACK : INTENT_TYPE_KEY, NULL, NULL);
	view->intent.number = key;
}

/* --- what it is for --- */

/* Caller frees. */
static char *title_of(const struct drafts *d)
{
	cleanup_free char *section = NULL;

	switch (d->typing) {
	case TYPING_TITLE:
	case TYPING_NOTHING:
		break;
	case TYPING_KEY:
		section = words_of_section(d->typing_section);
		return xasprintf("%s: %s", section, words_of_key(d->typing_section, d->typing_key));
	case TYPING_LINE:
		return xasprintf(_("Line %u"), d->typing_line);
	}
	return xstrdup(_("Name of the game"));
}

static const struct key *key_of(const struct drafts *d)
{
	size_t n = strcspn(d->typing_section, " ");

	for (const struct key_section *s = key_sections; s->name; s++) {
		if (strncmp(s->name, d->typing_section, n) || s->name[n])
			continue;
		for (const struct key *k = key_table; k->name; k++)
			if (key_belongs(k, s) && streq(k->name, d->typing_key))
				return k;
	}
	return NULL;
}

/* What was wrong with it, or what it is about. Caller frees. */
static char *words_below(const struct view *view, color *c)
{
	const struct drafts *d = view->drafts;
	const struct key *key = d->typing == TYPING_KEY ? key_of(d) : NULL;

	*c = view->ui->theme.bad;
	if (*d->typing_problem)
		return xstrdup(d->typing_problem);
	*c = view->ui->theme.dim;
	if (key)
		return xstrdup(_(key->doc));
	return xstrdup(d->typing == TYPING_TITLE ? _("As it stands on its card.") : "");
}

/* --- the line --- */

/* As much of @s from its end as is no wider than @width. */
static const char *end_that_fits(struct ui *ui, const char *s, int width)
{
	size_t n = strlen(s);
	const char *from = s;

	/* Far too long to be measured as a whole. */
	if (n > 300)
		from = s + n - 300;
	while (*from && (((unsigned char)*from & 0xc0) == 0x80 ||
	                        ui_text_width(ui, TEXT_HEADING, false, from) > width))
		from++;
	return from;
}

/* The cursor is always seen; what is before it matters more than what is behind. */
static void draw_line(struct view *view, const struct keyboard *k, struct rect box)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	struct rect in = rect_inset(box, t->gap / 2);
	cleanup_free char *before = xstrndup(k->text, k->cursor);
	const char *shown = end_that_fits(ui, before, in.w * 8 / 10);
	int h = t->size[TEXT_HEADING], y = box.y + (box.h - h) / 2, w;
	cleanup_free char *line = xasprintf("%s%.*s", shown, 400, k->text + k->cursor);
	struct ui_label label = {.rect = {in.x, y, in.w, h},
	        .size = TEXT_HEADING,
	        .color = t->text,
	        .may_cut = true};

	if (!ui->canvas)
		return;
	w = ui_text_width(ui, TEXT_HEADING, false, shown);
	canvas_round(ui->canvas, box, t->radius, t->card);
	canvas_ring(ui->canvas, box, t->radius, t->ring / 2 + 1, t->line);
	/* Cut between two characters by the label itself. */
	ui_text(ui, &label, line);
	canvas_fill(ui->canvas, (struct rect){in.x + w, y, t->ring / 2 + 1, h}, t->focus);
}

/* --- keys --- */

static void draw_key(
        struct view *view, struct rect r, const char *label, bool focused, bool on, bool dim)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	bool letter = utf8_columns(label, strlen(label)) == 1;
	enum text_size text = letter ? TEXT_HEADING : TEXT_BODY;
	int size = t->size[text];

	if (ui->canvas)
		canvas_round(ui->canvas, r, t->radius / 2 + 1, focused ? t->focus : t->card_lit);
	/* Where cards cannot be told from the ground, and where a key counts. */
	if (ui->canvas && (on || (t->look.high_contrast && !focused)))
		canvas_ring(
		        ui->canvas, r, t->radius / 2 + 1, t->ring / 2 + 1, on ? t->focus : t->line);
	ui_text(ui,
	        &(struct ui_label){.rect = {r.x, r.y + (r.h - size) / 2, r.w, size},
	                .size = text,
	                .bold = focused,
	                .color = focused ? t->on_focus
	                         : dim   ? t->line
	                                 : t->text,
	                .align = UI_CENTER,
	                .may_cut = true},
	        dim ? "" : label);
}

/* An arrow up, or to the left. */
static void draw_arrow(struct view *view, struct rect r, bool up, bool focused)
{
	struct canvas *canvas = view->ui->canvas;
	const struct theme *t = &view->ui->theme;
	double s = t->size[TEXT_BODY] * 0.36, x = r.x + r.w / 2.0, y = r.y + r.h / 2.0,
	       w = s / 4 + 1;
	color c = focused ? t->on_focus : t->text;

	if (!canvas)
		return;
	if (up) {
		canvas_line(canvas, x, y - s, x, y + s, w, c);
		canvas_line(canvas, x, y - s, x - s * 0.7, y - s * 0.2, w, c);
		canvas_line(canvas, x, y - s, x + s * 0.7, y - s * 0.2, w, c);
	} else {
		canvas_line(canvas, x - s, y, x + s, y, w, c);
		canvas_line(canvas, x - s, y, x - s * 0.2, y - s * 0.7, w, c);
		canvas_line(canvas, x - s, y, x - s * 0.2, y + s * 0.7, w, c);
	}
}

static void pass_letters(
        struct view *view, const struct keyboard *k, struct rect grid, int w, int h)
{
	int gap = view->ui->theme.gap / 3;

	for (unsigned row = 0; row < KEYBOARD_ROWS; row++)
		for (unsigned column = 0; column < KEYBOARD_COLUMNS; column++) {
			const char *letter = keyboard_key(k, row, column);
			struct rect r = {grid.x + (int)column * (w + gap),
			        grid.y + (int)row * (h + gap), w, h};
			struct ui_result result;
			char id[UI_ID_MOST];

			snprintf(id, sizeof(id), "k/%u/%u", row, column);
			/* The middle of the keyboard is near to everything. */
			result = ui_item(view->ui, id, r,
			        UI_NO_RING | (row == 1 && column == 4 ? UI_FIRST : 0));
			draw_key(view, r, letter, result.focused, false,
			        !keyboard_allows(k, letter));
			if (result.activated)
				press(view, (int)(row * KEYBOARD_COLUMNS + column));
		}
}

static void pass_bottom(struct view *view, const struct keyboard *k, struct rect grid, int w, int h)
{
	int gap = view->ui->theme.gap / 3, x = grid.x;
	int y = grid.y + (int)KEYBOARD_ROWS * (h + gap);

	for (size_t i = 0; i < ARRAY_SIZE(bottom); i++) {
		int columns = bottom[i].columns;
		struct rect r = {x, y, columns * w + (columns - 1) * gap, h};
		struct ui_result result = ui_item(view->ui, bottom[i].id, r, UI_NO_RING);
		bool arrow = bottom[i].key == TYPE_SHIFT || bottom[i].key == TYPE_DELETE;

		draw_key(view, r,
		        arrow             ? ""
		        : bottom[i].label ? _(bottom[i].label)
		                          : keyboard_next_words(k),
		        result.focused, bottom[i].key == TYPE_SHIFT && k->shift, false);
		if (arrow)
			draw_arrow(view, r, bottom[i].key == TYPE_SHIFT, result.focused);
		if (result.activated)
			press(view, bottom[i].key);
		x += r.w + gap;
	}
}

/* --- what is pressed besides --- */

/* The action of this pass, by being held as well: nobody presses forty times to take forty letters out. */
static bool pressed(const struct ui *ui, enum action action)
{
	return ui->has_event && !ui->inert && ui->event.kind == INPUT_PRESS &&
	       ui->event.action == action;
}

static void take_event(struct view *view)
{
	struct ui *ui = view->ui;

	if (ui->has_event && ui->event.kind == INPUT_TEXT) {
		want(view, INTENT_TYPE_KEY, NULL, ui->event.text);
		view->intent.number = TYPE_TEXT;
		/* Enter is done, then. */
		ui_set_focus(ui, "done");
	}
	if (pressed(ui, ACTION_X))
		press(view, TYPE_DELETE);
	if (pressed(ui, ACTION_Y))
		press(view, TYPE_SPACE);
	if (pressed(ui, ACTION_L1))
		press(view, TYPE_LEFT);
	if (pressed(ui, ACTION_R1))
		press(view, TYPE_RIGHT);
	if (ui_pressed(ui, ACTION_MENU))
		press(view, 0);
	if (ui_pressed(ui, ACTION_BACK))
		press(view, -1);
}

void screen_type(struct view *view)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	const struct keyboard *k = &view->drafts->keyboard;
	struct rect body = ui_body(ui), grid = body;
	cleanup_free char *title = title_of(view->drafts);
	bool large = t->look.scale > 125;
	color c;
	cleanup_free char *below = words_below(view, &c);
	int y, h, w, gap = t->gap / 3;
	struct rect line = {body.x, 0, body.w, t->size[TEXT_HEADING] * 3 / 2};

	y = put_words(
	            view, body, body.y, large ? TEXT_BODY : TEXT_HEADING, true, t->text, 1, title) -
	    t->gap / 2;
	line.y = y;
	draw_line(view, k, line);
	y += line.h + t->gap / 2;
	if (*below)
		put_words(view, body, y, TEXT_SMALL, false, c, large ? 1 : 2, below);
	y += t->size[TEXT_SMALL] * 108 / 100 * (large ? 1 : 2) + t->gap / 2;
	grid.y = y;
	h = (body.y + body.h - y - (int)KEYBOARD_ROWS * gap) / ((int)KEYBOARD_ROWS + 1);
	if (h > t->size[TEXT_BODY] * 3)
		h = t->size[TEXT_BODY] * 3;
	w = (body.w - ((int)KEYBOARD_COLUMNS - 1) * gap) / (int)KEYBOARD_COLUMNS;
	pass_letters(view, k, grid, w, h);
	pass_bottom(view, k, grid, w, h);
	ui_hint(ui, ACTION_MENU, _("Done"));
	ui_hint(ui, ACTION_BACK, _("No"));
	ui_hint(ui, ACTION_X, _("Delete"));
	ui_hint(ui, ACTION_Y, _("Space"));
	ui_hint(ui, ACTION_R1, _("Cursor"));
	take_event(view);
}
