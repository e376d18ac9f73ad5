/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The USB sockets of the PC and what is plugged in where: give it to the game now, take it back. Plug it in,
 * press A. What lasts is behind the three dots of each row.
 */
#include "base/i18n.h"
#include "draw/sign.h"
#include "screens/screens.h"

#include <stdio.h>

/* How long a device counts as just plugged in. */
#define NEW_MS 60000u
/* Deeper hubs are not indented further. */
#define INDENT_MOST 4u

struct list {
	struct view *view;
	const struct model_vm *game; /* that a device would go to; NULL */
	const struct model_usb *fresh;
	struct rect at;
	int scroll;
	bool moving; /* on its way: rows are cut at the edges */
};

static const struct model_usb *fresh_device(const struct view *view)
{
	const struct model_usb *usb = model_newest_usb(view->model);

	return usb && view->ui->now_ms < usb->seen_ms + NEW_MS ? usb : NULL;
}

static bool has_game(const struct view *view)
{
	for (size_t i = 0; i < view->model->n_vms; i++)
		if (view->model->vms[i].state == MODEL_RUNNING)
			return true;
	return false;
}

/* --- measures --- */

static bool can_focus(const struct model_usb_row *row)
{
	return row->device != NULL;
}

static int text_height(const struct theme *t)
{
	return t->size[TEXT_BODY] + t->size[TEXT_SMALL] * 11 / 10;
}

/* One height for each kind of row, whatever is in it. */
static int row_height(const struct theme *t, const struct model_usb_row *row)
{
	switch (row->kind) {
	case MODEL_ROW_DEVICE:
		return text_height(t) + t->gap;
	case MODEL_ROW_HUB:
		return t->size[TEXT_BODY] + t->gap;
	case MODEL_ROW_CONTROLLER:
		return t->size[TEXT_SMALL] * 3 / 2;
	case MODEL_ROW_EMPTY:
		break;
	}
	return t->size[TEXT_SMALL] * 3 / 2;
}

static int row_step(const struct theme *t, const struct model_usb_row *row)
{
	return row_height(t, row) + t->gap * 2 / 3;
}

static int button_step(const struct ui *ui)
{
	return ui_button_height(ui) + ui->theme.gap * 2 / 3;
}

static int dots_width(const struct theme *t)
{
	return t->size[TEXT_BODY] * 2;
}

static void row_id(char *id, const char *what, const struct model_usb_row *row)
{
	snprintf(id, UI_ID_MOST, "%s/%s", what, model_usb_key(row));
}

static bool row_focused(const struct view *view, const struct model_usb_row *row)
{
	char id[UI_ID_MOST], more[UI_ID_MOST];

	row_id(id, "usb", row);
	row_id(more, "more", row);
	return ui_focused(view->ui, id) || ui_focused(view->ui, more);
}

/* --- a row --- */

static int new_width(struct ui *ui)
{
	return ui_text_width(ui, TEXT_SMALL, true, _("New")) + ui->theme.size[TEXT_SMALL] * 3 / 2;
}

static void draw_new(struct view *view, int x, int y)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	int h = t->size[TEXT_BODY];
	struct rect pill = {x, y, new_width(ui), h};

	if (ui->canvas)
		canvas_round(ui->canvas, pill, h / 2, t->focus);
	pill.y += (h - t->size[TEXT_SMALL]) / 2;
	ui_text(ui,
	        &(struct ui_label){.rect = pill,
	                .size = TEXT_SMALL,
	                .bold = true,
	                .color = t->on_focus,
	                .align = UI_CENTER},
	        _("New"));
}

/* Where it is, or where a rule will take it. Caller frees. */
static char *where_words(const struct view *view, const struct model_usb *usb, bool *held)
{
	const struct model_usb_why *why = model_usb_why(view->model, usb->sysname);
	const struct model_usb_rule *rule = model_usb_awaited(why);

	*held = *usb->vm != '\0';
	if (*held)
		return xstrdup(usb_title(view, usb->vm));
	if (rule && !*why->refused)
		return xasprintf(_("kept for %s"), usb_title(view, rule->vm));
	return xstrdup(_("with this PC"));
}

static void draw_card(struct view *view, struct rect r, bool focused)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;

	if (!ui->canvas)
		return;
	canvas_round(ui->canvas, r, t->radius, focused ? t->card_lit : t->card);
	if (t->look.high_contrast)
		canvas_ring(ui->canvas, r, t->radius, t->ring / 2 + 1, t->line);
}

/* Of a socket far behind hubs only the end is told: its place tells the rest. Caller frees. */
static char *short_socket(const struct model_usb_row *row)
{
	const char *chain = usb_socket(row), *tail = chain;

	for (unsigned deep = row->depth; deep > 2 && strchr(tail, '.'); deep--)
		tail = strchr(tail, '.') + 1;
	return row->depth > 3 ? xasprintf("…%s", tail) : xstrdup(chain);
}

/* Its socket and its sign. Returns the x behind them. */
static int draw_socket(struct view *view, const struct model_usb_row *row, struct rect r, color c)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	cleanup_free char *socket = short_socket(row);
	int width = ui_text_width(ui, TEXT_SMALL, true, "0.0.0"), sign = t->size[TEXT_BODY];
	struct ui_label label = {
	        .rect = {r.x + t->gap, r.y + (r.h - t->size[TEXT_SMALL]) / 2, width, r.h},
	        .size = TEXT_SMALL,
	        .bold = true,
	        .color = t->dim,
	        .may_cut = true};
	int x = label.rect.x + width + t->gap;

	ui_text(ui, &label, socket);
	if (!row->device)
		return x;
	if (ui->canvas)
		sign_draw(ui->canvas, row->device->kind, x, r.y + (r.h - sign) / 2, sign, c);
	return x + sign + t->gap;
}

/* What it is, and what this PC does with it. */
static void draw_facts(struct view *view, const struct model_usb *usb, struct rect in)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	cleanup_free char *kind = xasprintf(*usb->uses ? "%s ·" : "%s", usb_kind_words(usb));
	struct ui_label label = {.rect = in, .size = TEXT_SMALL, .color = t->dim, .may_cut = true};
	int w = ui_text_width(ui, TEXT_SMALL, false, kind) + t->gap / 2;

	ui_text(ui, &label, kind);
	if (!*usb->uses || w + t->size[TEXT_SMALL] * 2 > in.w)
		return;
	label.rect.x += w;
	label.rect.w -= w;
	label.color = t->warn;
	ui_text(ui, &label, usb->uses);
}

static void draw_name(struct view *view, const struct model_usb *usb, struct rect in, bool fresh)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	struct ui_label label = {
	        .rect = in, .size = TEXT_BODY, .bold = true, .color = t->text, .may_cut = true};
	int w = ui_text_width(ui, TEXT_BODY, true, usb->name), room = in.w;

	if (fresh)
		room -= new_width(ui) + t->gap;
	label.rect.w = room;
	ui_text(ui, &label, usb->name);
	if (fresh)
		draw_new(view, in.x + (w < room ? w : room) + t->gap, in.y);
}

static void draw_device(struct list *l, const struct model_usb *usb, struct rect r, int x)
{
	struct ui *ui = l->view->ui;
	const struct theme *t = &ui->theme;
	int y = r.y + (r.h - text_height(t)) / 2, where_w = r.w * 28 / 100;
	int right = r.x + r.w - t->gap;
	bool held;
	cleanup_free char *where = where_words(l->view, usb, &held);
	struct ui_label label = {
	        .rect = {right - where_w, r.y + (r.h - t->size[TEXT_BODY]) / 2, where_w, r.h},
	        .size = TEXT_BODY,
	        .bold = held,
	        .color = held ? t->good : t->dim,
	        .align = UI_RIGHT,
	        .may_cut = true};
	struct rect in = {x, y, right - where_w - t->gap - x, t->size[TEXT_BODY]};

	draw_name(l->view, usb, in, usb == l->fresh);
	in.y += text_height(t) - t->size[TEXT_SMALL];
	draw_facts(l->view, usb, in);
	ui_text(ui, &label, where);
}

static void draw_line(struct view *view, const char *s, struct rect r, int x, bool bold)
{
	const struct theme *t = &view->ui->theme;
	const struct ui_label label = {
	        .rect = {x, r.y + (r.h - t->size[TEXT_SMALL]) / 2, r.x + r.w - x - t->gap, r.h},
	        .size = TEXT_SMALL,
	        .bold = bold,
	        .color = t->dim,
	        .may_cut = true};

	ui_text(view->ui, &label, s);
}

static void draw_controller(struct view *view, const struct model_usb_row *row, struct rect r)
{
	cleanup_free char *address = xstrndup(row->port, strcspn(row->port, "/"));
	cleanup_free char *line = *row->name ? xasprintf(_("USB controller %s"), row->name)
	                                     : xasprintf(_("USB controller %s"), address);

	draw_line(view, line, r, r.x, true);
}

/* There, and nothing to be looked at: it has no card. */
static void draw_empty(struct view *view, const struct model_usb_row *row, struct rect r)
{
	int x = draw_socket(view, row, r, view->ui->theme.dim);

	draw_line(view, _("empty"), r, x, false);
}

static void draw_row(struct list *l, const struct model_usb_row *row, struct rect r, bool focused)
{
	const struct theme *t = &l->view->ui->theme;
	int x;

	switch (row->kind) {
	case MODEL_ROW_CONTROLLER:
		draw_controller(l->view, row, r);
		break;
	case MODEL_ROW_EMPTY:
		draw_empty(l->view, row, r);
		break;
	case MODEL_ROW_HUB:
		draw_card(l->view, r, focused);
		x = draw_socket(l->view, row, r, t->dim);
		draw_line(l->view, row->device->name, r, x, false);
		break;
	case MODEL_ROW_DEVICE:
		draw_card(l->view, r, focused);
		x = draw_socket(l->view, row, r, *row->device->vm ? t->good : t->text);
		draw_device(l, row->device, r, x);
		break;
	}
}

/* --- acts --- */

static void open_details(struct view *view, const struct model_usb_row *row)
{
	const struct model_vm *game = usb_game(view);

	want(view, INTENT_GO, game ? game->name : view->vm, model_usb_key(row));
	view->intent.screen = SCREEN_DEVICE;
}

static void activate(struct list *l, const struct model_usb_row *row)
{
	const struct model_usb *usb = row->device;

	if (*usb->vm)
		want(l->view, INTENT_TAKE, usb->vm, usb->sysname);
	else if (!usb->hub && l->game)
		want(l->view, INTENT_GIVE, l->game->name, usb->sysname);
	else
		open_details(l->view, row);
}

static void draw_dots(struct view *view, struct rect r, bool focused)
{
	const struct theme *t = &view->ui->theme;
	int size = t->size[TEXT_BODY] / 6 + 1, y = r.y + (r.h - size) / 2;

	draw_card(view, r, focused);
	for (int i = -1; i <= 1 && view->ui->canvas; i++)
		canvas_round(view->ui->canvas,
		        (struct rect){r.x + (r.w - size) / 2 + i * size * 2, y, size, size}, size,
		        focused ? t->text : t->dim);
}

static bool is_first(const struct list *l, const struct model_usb_row *row)
{
	if (l->fresh)
		return row->device == l->fresh;
	for (const struct model_usb_row *r = l->view->model->rows; r < row; r++)
		if (r->kind == MODEL_ROW_DEVICE)
			return false;
	return row->kind == MODEL_ROW_DEVICE;
}

static bool is_shown(const struct list *l, struct rect r)
{
	if (l->moving)
		return !rect_empty(rect_cut(r, l->at));
	return r.y >= l->at.y && r.y + r.h <= l->at.y + l->at.h;
}

static void pass_row(struct list *l, const struct model_usb_row *row, struct rect r)
{
	struct ui *ui = l->view->ui;
	const struct theme *t = &ui->theme;
	struct rect dots = {r.x + r.w - dots_width(t), r.y, dots_width(t), r.h};
	struct ui_result on_row, on_dots;
	char id[UI_ID_MOST];

	if (!can_focus(row)) {
		if (is_shown(l, r))
			draw_row(l, row, r, false);
		return;
	}
	r.w -= dots.w + t->gap * 2 / 3;
	row_id(id, "usb", row);
	on_row = ui_item(ui, id, r, is_first(l, row) ? UI_FIRST : 0);
	row_id(id, "more", row);
	on_dots = ui_item(ui, id, dots, 0);
	if (is_shown(l, r)) {
		draw_row(l, row, r, on_row.focused);
		draw_dots(l->view, dots, on_dots.focused);
	}
	if (on_row.activated)
		activate(l, row);
	if (on_dots.activated || ((on_row.focused || on_dots.focused) && ui_pressed(ui, ACTION_Y)))
		open_details(l->view, row);
}

/* --- the list --- */

static size_t focusable_rows(const struct model *model)
{
	size_t n = 0;

	for (size_t i = 0; i < model->n_rows; i++)
		n += can_focus(&model->rows[i]);
	return n;
}

/* What of the list must be seen, from its top: what has the focus, and at an end also what cannot have it. */
struct span {
	int top, bottom, whole;
};

static struct span wanted_span(const struct list *l)
{
	const struct model *model = l->view->model;
	const struct theme *t = &l->view->ui->theme;
	size_t n = focusable_rows(model), seen = 0;
	bool given = model_usb_given(model);
	struct span span = {0};

	for (size_t i = 0; i < model->n_rows; i++) {
		const struct model_usb_row *row = &model->rows[i];

		seen += can_focus(row);
		if (can_focus(row) && row_focused(l->view, row)) {
			span.top = seen == 1 ? 0 : span.whole;
			span.bottom = seen == n ? INT32_MAX : span.whole + row_height(t, row);
		}
		span.whole += row_step(t, row);
	}
	span.whole += given ? button_step(l->view->ui) : 0;
	if (given && ui_focused(l->view->ui, "all"))
		span.top = span.bottom = span.whole;
	if (span.bottom > span.whole)
		span.bottom = span.whole;
	return span;
}

/* Where the list stands so that this is near its middle; a row begins there. */
static int wanted_scroll(const struct list *l)
{
	const struct model *model = l->view->model;
	struct span span = wanted_span(l);
	int wish = span.bottom - span.top > l->at.h ? span.top
	                                            : (span.top + span.bottom - l->at.h) / 2;
	int y = 0;

	if (wish > span.whole - l->at.h)
		wish = span.whole - l->at.h;
	for (size_t i = 0; i < model->n_rows && y < wish; i++)
		y += row_step(&l->view->ui->theme, &model->rows[i]);
	return y;
}

static void pass_all_back(struct list *l, int y)
{
	const struct rect r = {l->at.x, y, 0, ui_button_height(l->view->ui)};
	struct ui *ui = l->view->ui;

	if (!model_usb_given(l->view->model))
		return;
	/* A button out of sight is one that can be gone to. */
	if (is_shown(l, (struct rect){r.x, r.y, 1, r.h})) {
		if (ui_button(ui, "all", r.x, r.y, _("Give everything back"), 0))
			want(l->view, INTENT_GIVE_BACK, NULL, NULL);
	} else {
		ui_item(ui, "all", (struct rect){r.x, r.y, l->at.w, r.h}, 0);
	}
}

static void pass_rows(struct list *l)
{
	const struct model *model = l->view->model;
	struct ui *ui = l->view->ui;
	const struct theme *t = &ui->theme;
	int y, target = wanted_scroll(l), unit = t->unit * 3;
	struct rect old = {0};

	l->scroll = ui_scroll(ui, screen_names[SCREEN_USB], target);
	l->moving = l->scroll != target;
	y = l->at.y - l->scroll;
	if (ui->canvas)
		old = canvas_clip(ui->canvas, l->at);
	for (size_t i = 0; i < model->n_rows; i++) {
		const struct model_usb_row *row = &model->rows[i];
		unsigned deep = row->depth > 1 ? row->depth - 1 : 0;
		int indent = (int)(deep > INDENT_MOST ? INDENT_MOST : deep) * unit;

		pass_row(l, row,
		        (struct rect){l->at.x + indent, y, l->at.w - indent, row_height(t, row)});
		y += row_step(t, row);
	}
	pass_all_back(l, y);
	if (model_usb_given(model))
		y += button_step(ui);
	if (ui->canvas)
		ui->canvas->clip = old;
	scroll_bar(l->view, l->at, l->scroll, y - l->at.y + l->scroll);
}

static void pass_nothing(struct list *l)
{
	struct view *view = l->view;
	struct ui *ui = view->ui;
	int y = put_text(view, l->at, l->at.y, TEXT_BODY, true, ui->theme.text, 2,
	        _("Nothing is plugged in."));

	if (ui_button(ui, "home", l->at.x, y, _("To the games"), UI_FIRST))
		want(view, INTENT_BACK, NULL, NULL);
	y += button_step(ui);
	l->at.h -= y - l->at.y;
	l->at.y = y;
}

/* Returns the y below it. */
static int explain(struct view *view, struct rect in, int y, const struct model_vm *game)
{
	const struct theme *t = &view->ui->theme;
	bool failed;
	cleanup_free char *line = usb_job_words(view, &failed);

	if (!line && game)
		line = xasprintf(
		        _("Plug a device in and press the button: it goes to %s."), game->title);
	else if (!line && has_game(view))
		line = xstrdup(_("Several games run: choose a device, then the game."));
	else if (!line)
		line = xstrdup(_("No game runs: all of them are with this PC."));
	return put_words(view, in, y, TEXT_BODY, false, failed ? t->bad : t->dim, 2, line);
}

static const struct model_usb_row *row_in_focus(const struct view *view)
{
	for (size_t i = 0; i < view->model->n_rows; i++)
		if (can_focus(&view->model->rows[i]) && row_focused(view, &view->model->rows[i]))
			return &view->model->rows[i];
	return NULL;
}

static void hints(struct view *view, const struct model_vm *game)
{
	const struct model_usb_row *at = row_in_focus(view);
	struct ui *ui = view->ui;
	char more[UI_ID_MOST] = "";
	bool details;

	if (at)
		row_id(more, "more", at);
	details = at && (ui_focused(ui, more) || (!*at->device->vm && (at->device->hub || !game)));
	ui_hint(ui, ACTION_CONFIRM,
	        !at               ? _("Choose")
	        : details         ? _("Details")
	        : *at->device->vm ? _("Take back")
	                          : _("Give to the game"));
	back_hint(view);
	if (at && !details)
		ui_hint(ui, ACTION_Y, _("Details"));
	if (!model_usb_given(view->model))
		return;
	ui_hint(ui, ACTION_X, _("Give everything back"));
	if (ui_pressed(ui, ACTION_X))
		want(view, INTENT_GIVE_BACK, NULL, NULL);
}

void screen_usb(struct view *view)
{
	const struct theme *t = &view->ui->theme;
	struct rect body = ui_body(view->ui);
	struct list l = {
	        .view = view, .game = usb_game(view), .fresh = fresh_device(view), .at = body};
	int y = screen_title(view, _("USB devices"));

	l.at.y = explain(view, body, y - t->gap, l.game) + t->gap / 2;
	l.at.h = body.y + body.h - l.at.y;
	l.at.w -= scroll_bar_width(view);
	if (focusable_rows(view->model) == 0)
		pass_nothing(&l);
	pass_rows(&l);
	if (l.fresh) /* until it is new no more */
		ui_wake(view->ui, l.fresh->seen_ms + NEW_MS - view->ui->now_ms);
	hints(view, l.game);
}
