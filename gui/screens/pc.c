/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this PC can do: the verdict, and below it each point of the check, what stands in the way first. Beside the
 * list stands what the focused one is about; where letters are large there is no room for that, and a press opens it.
 */
#include "base/i18n.h"
#include "screens/screens.h"

#include <stdio.h>

#define GROUPS "groups"
#define NEXT   "next"
#define PLAN   "plan"
#define SETUP  "setup"

struct page {
	struct rect list, side; /* no side where words need the room */
	bool wide;
};

static int row_height(const struct view *view)
{
	const struct theme *t = &view->ui->theme;

	return t->size[TEXT_BODY] + t->size[TEXT_SMALL] * 16 / 10;
}

static int row_step(const struct view *view)
{
	return row_height(view) + view->ui->theme.gap / 2;
}

static struct page lay_out(struct view *view, int y)
{
	const struct theme *t = &view->ui->theme;
	struct rect body = ui_body(view->ui);
	struct page p = {
	        .list = {body.x, y, body.w, body.y + body.h - y}, .wide = t->look.scale <= 125};

	/* Whole rows. */
	if (p.list.h > row_step(view))
		p.list.h = p.list.h / row_step(view) * row_step(view);
	if (!p.wide)
		return p;
	p.list.w = body.w * 44 / 100;
	p.side = (struct rect){p.list.x + p.list.w + 2 * t->gap, y, body.w - p.list.w - 2 * t->gap,
	        p.list.h - t->gap / 2};
	return p;
}

/* Returns the y below it. */
static int pass_verdict(struct view *view, bool wide)
{
	const struct theme *t = &view->ui->theme;
	struct rect body = ui_body(view->ui), in = body;
	const struct pc *pc = &view->model->pc;
	color c;
	cleanup_free char *verdict = words_of_verdict(pc, &c, t);
	int y = wide ? screen_title(view, _("This PC")) - t->gap / 2 : body.y;
	int sign = t->size[TEXT_HEADING];

	draw_status(view, in.x, y, sign,
	        pc->verdict == PC_READY        ? PC_PASS
	        : pc->verdict == PC_IMPOSSIBLE ? PC_FAIL
	        : pc->verdict == PC_UNDECIDED  ? PC_UNKNOWN
	                                       : PC_WARN);
	in.x += sign + t->gap;
	in.w -= sign + t->gap;
	y = put_text(view, in, y, TEXT_HEADING, true, c, 3, verdict);
	if (wide)
		y = put_text(view, in, y - t->gap / 2, TEXT_BODY, false, t->dim, 3,
		        words_of_next(view->model));
	return y + t->gap / 2;
}

/* --- rows --- */

struct row {
	const char *id, *title;
	const char *line;             /* of one that is no point */
	const struct pc_point *point; /* NULL: none */
};

static void row_id(char *out, const char *id)
{
	snprintf(out, UI_ID_MOST, "pc/%s", id);
}

/* Whether there is something to tell of the setup: it was begun, or has just ended. */
static bool has_setup(const struct setup_state *state)
{
	return state->step != SETUP_IDLE || (state->told && state->phase != SETUP_NONE);
}

static const char *setup_line(const struct setup_state *state, enum pc_status *status)
{
	if (setup_state_busy(state)) {
		*status = PC_WARN;
		return state->act == SETUP_UNDO ? _("It is being undone")
		                                : _("It is being changed");
	}
	if (state->step == SETUP_DONE || !setup_state_over(state))
		return words_of_setup(state, status);
	*status = PC_WARN;
	return _("It did not work: read why");
}

/* Returns how many; @rows has room for every point and four more. */
static size_t collect(const struct view *view, bool wide, const char *cards, struct row *rows)
{
	const struct pc *pc = &view->model->pc;
	size_t n = 0;

	const struct row groups = {.id = GROUPS, .title = _("What goes together"), .line = cards};
	bool shown = pc->n_groups == 0;
	bool planned = pc->verdict == PC_APPLY || must_choose_card(pc);

	if (has_setup(&view->model->setup))
		rows[n++] = (struct row){.id = SETUP,
		        .title = _("How the setup is going"),
		        .line = setup_line(&view->model->setup, &(enum pc_status){0})};
	if (planned)
		rows[n++] = (struct row){.id = PLAN,
		        .title = _("What would be changed"),
		        .line = _("Every change, and what it costs")};
	else if (!wide)
		rows[n++] = (struct row){.id = NEXT,
		        .title = _("What to do next"),
		        .line = words_of_next(view->model)};
	for (size_t i = 0; i < pc->n_points; i++) {
		/* What stands in the way is read before the picture of it. */
		if (!shown && pc->points[i].status != PC_FAIL) {
			rows[n++] = groups;
			shown = true;
		}
		rows[n++] = (struct row){.id = pc->points[i].id,
		        .title = title_of_point(&pc->points[i]),
		        .point = &pc->points[i]};
	}
	if (!shown)
		rows[n++] = groups;
	return n;
}

/* An arrow. */
static void draw_next_sign(struct view *view, int x, int y, int size)
{
	struct canvas *canvas = view->ui->canvas;
	double w = size / 9.0 + 1, half = size / 2.0;
	color c = view->ui->theme.focus;

	if (!canvas)
		return;
	canvas_line(canvas, x + w, y + half, x + size - w, y + half, w, c);
	canvas_line(canvas, x + size - w, y + half, x + size * 0.6, y + size * 0.22, w, c);
	canvas_line(canvas, x + size - w, y + half, x + size * 0.6, y + size * 0.78, w, c);
}

/* Three boxes, two of them joined. */
static void draw_groups_sign(struct view *view, int x, int y, int size)
{
	struct canvas *canvas = view->ui->canvas;
	int box = size * 42 / 100, w = size / 12 + 1;
	color c = view->ui->theme.focus;

	if (!canvas)
		return;
	canvas_round(canvas, (struct rect){x, y, box, box}, w, c);
	canvas_round(canvas, (struct rect){x + size - box, y, box, box}, w, c);
	canvas_fill(canvas, (struct rect){x, y + (box - w) / 2, size, w}, c);
	canvas_ring(canvas, (struct rect){x + (size - box) / 2, y + size - box, box, box}, w, w, c);
}

static void draw_setup_sign(struct view *view, int x, int y, int size)
{
	enum pc_status status;

	setup_line(&view->model->setup, &status);
	draw_status(view, x, y, size, status);
}

static void draw_row(struct view *view, const struct row *row, struct rect r, bool focused)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	int sign = t->size[TEXT_BODY], pad = t->size[TEXT_SMALL] / 2,
	    x = r.x + sign + 2 * pad + pad;
	cleanup_free char *line =
	        row->point ? words_of_check(row->point->summary) : xstrdup(row->line);
	struct ui_label label = {.rect = {x, r.y + t->size[TEXT_SMALL] * 25 / 100,
	                                 r.x + r.w - x - pad, t->size[TEXT_BODY]},
	        .size = TEXT_BODY,
	        .bold = true,
	        .color = t->text,
	        .may_cut = true};

	if (ui->canvas)
		canvas_round(ui->canvas, r, t->radius, focused ? t->card_lit : t->card);
	if (streq(row->id, SETUP))
		draw_setup_sign(view, r.x + pad * 3 / 2, r.y + (r.h - sign) / 2, sign);
	else if (!row->point && !streq(row->id, GROUPS))
		draw_next_sign(view, r.x + pad * 3 / 2, r.y + (r.h - sign) / 2, sign);
	else if (row->point)
		draw_status(
		        view, r.x + pad * 3 / 2, r.y + (r.h - sign) / 2, sign, row->point->status);
	else
		draw_groups_sign(view, r.x + pad * 3 / 2, r.y + (r.h - sign) / 2, sign);
	ui_text(ui, &label, row->title);
	label.rect.y += t->size[TEXT_BODY] + t->size[TEXT_SMALL] / 10;
	label.size = TEXT_SMALL;
	label.bold = false;
	label.color = t->dim;
	ui_text(ui, &label, line);
}

static void pass_row(
        struct view *view, const struct row *row, struct rect r, struct rect list, bool first)
{
	char id[UI_ID_MOST];
	struct ui_result result;

	row_id(id, row->id);
	result = ui_item(view->ui, id, r, first ? UI_FIRST : 0);
	if (r.y + r.h > list.y && r.y < list.y + list.h)
		draw_row(view, row, r, result.focused);
	if (!result.activated)
		return;
	want_screen(view,
	        row->point               ? SCREEN_POINT
	        : streq(row->id, GROUPS) ? SCREEN_GROUPS
	        : streq(row->id, PLAN)   ? SCREEN_PLAN
	        : streq(row->id, SETUP)  ? SCREEN_SETUP
	                                 : SCREEN_POINT,
	        row->id);
}

static void pass_rows(
        struct view *view, struct rect list, const struct row *rows, size_t n, size_t focus)
{
	struct ui *ui = view->ui;
	int step = row_step(view), whole = (int)n * step, target;
	struct rect old = {0};

	target = (int)focus * step - (list.h - step) / 2;
	target = target > whole - list.h ? whole - list.h : target;
	target = ui_scroll(ui, screen_names[SCREEN_PC], target < 0 ? 0 : target / step * step);
	if (ui->canvas)
		old = canvas_clip(ui->canvas, list);
	for (size_t i = 0; i < n; i++)
		pass_row(view, &rows[i],
		        (struct rect){
		                list.x, list.y + (int)i * step - target, list.w, row_height(view)},
		        list, i == 0);
	if (ui->canvas)
		ui->canvas->clip = old;
}

static size_t focused_row(const struct view *view, const struct row *rows, size_t n)
{
	char id[UI_ID_MOST];

	for (size_t i = 0; i < n; i++) {
		row_id(id, rows[i].id);
		if (ui_focused(view->ui, id))
			return i;
	}
	return 0;
}

/* --- beside the list --- */

/* As many lines of @s as there is room for above @bottom. Returns the y below, or @bottom. */
static int say(struct view *view, struct rect in, int y, enum text_size size, bool bold, color c,
        const char *s)
{
	int step = view->ui->theme.size[size] * 108 / 100, room = (in.y + in.h - y) / step;

	return room < 1 ? in.y + in.h : put_words(view, in, y, size, bold, c, (unsigned)room, s);
}

static int tell_status(struct view *view, struct rect in, int y, const struct pc_point *point)
{
	const struct theme *t = &view->ui->theme;
	int sign = t->size[TEXT_BODY];

	if (y + sign <= in.y + in.h)
		draw_status(view, in.x, y, sign, point->status);
	in.x += sign * 3 / 2;
	in.w -= sign * 3 / 2;
	return say(view, in, y, TEXT_BODY, true, color_of_status(point->status, t),
	        words_of_status(point));
}

static void tell_evidence(struct view *view, struct rect in, int y, const struct pc_point *point)
{
	const struct theme *t = &view->ui->theme;

	for (size_t i = 0; i < point->n_evidence; i++) {
		const struct pc_evidence *e = &point->evidence[i];
		cleanup_free char *line = xasprintf("%s: %s", e->source, e->value);

		y = say(view, in, y, TEXT_SMALL, false, t->dim, line) - t->gap / 2;
	}
}

/* The code before the evidence, which may need all the room there is. */
static void tell_point(struct view *view, struct rect in, const struct pc_point *point)
{
	const struct theme *t = &view->ui->theme;
	cleanup_free char *summary = words_of_check(point->summary);
	cleanup_free char *fix = words_of_check(point->fix);
	int y = say(view, in, in.y, TEXT_HEADING, true, t->text, title_of_point(point));

	y = tell_status(view, in, y - t->gap / 2, point);
	y = say(view, in, y, TEXT_BODY, false, t->text, summary);
	if (*point->fix) {
		y = say(view, in, y, TEXT_SMALL, true, t->dim, _("What to do")) - t->gap * 2 / 3;
		y = say(view, in, y, TEXT_BODY, true, t->text, fix);
	}
	if (*point->code)
		y = say(view, in, y - t->gap / 2, TEXT_SMALL, true, t->dim, point->code);
	tell_evidence(view, in, y + t->gap / 2, point);
}

static void tell_cards(struct view *view, struct rect in, const char *cards)
{
	const struct pc *pc = &view->model->pc;
	const struct theme *t = &view->ui->theme;
	int y = say(view, in, in.y, TEXT_HEADING, true, t->text, _("What goes together"));

	y = say(view, in, y - t->gap / 2, TEXT_BODY, true,
	        pc_cards_for_games(pc) ? t->good : t->warn, cards);
	y = say(view, in, y, TEXT_BODY, false, t->text,
	        _("Devices in one group have one owner: a game takes all of it, or nothing."));
	for (size_t i = 0; i < pc->n_gpus; i++) {
		const struct pc_gpu *gpu = &pc->gpus[i];

		y = say(view, in, y + t->gap / 2, TEXT_BODY, true, t->text, gpu->name) - t->gap;
		y = say(view, in, y, TEXT_SMALL, false, gpu->for_a_game ? t->good : t->dim,
		        gpu->for_a_game    ? _("can go to a game")
		        : gpu->host_screen ? _("shows the screen of this PC, and stays")
		                           : _("cannot go to a game as it is now"));
	}
}

static void tell_plan(struct view *view, struct rect in)
{
	const struct theme *t = &view->ui->theme;
	int y = say(view, in, in.y, TEXT_HEADING, true, t->text, _("What would be changed"));

	y = say(view, in, y, TEXT_BODY, false, t->text,
	        _("Open it to read every file that would be written, which devices games would "
	          "get, and what this PC would lose by that."));
	say(view, in, y, TEXT_BODY, false, t->text, _("Nothing is changed by looking."));
}

static void tell_setup(struct view *view, struct rect in)
{
	const struct theme *t = &view->ui->theme;
	enum pc_status status;
	const char *line = setup_line(&view->model->setup, &status);
	int y = say(view, in, in.y, TEXT_HEADING, true, t->text, _("How the setup is going"));

	y = say(view, in, y, TEXT_BODY, true, color_of_status(status, t), line);
	say(view, in, y, TEXT_BODY, false, t->text,
	        _("Open it to read what was found, to keep it for good, or to undo it."));
}

static void tell(struct view *view, struct rect side, const struct row *row, const char *cards)
{
	const struct theme *t = &view->ui->theme;
	struct rect in = rect_inset(side, t->gap * 3 / 2);

	if (view->ui->canvas)
		canvas_round(view->ui->canvas, side, t->radius, t->card);
	if (row->point)
		tell_point(view, in, row->point);
	else if (streq(row->id, GROUPS))
		tell_cards(view, in, cards);
	else if (streq(row->id, SETUP))
		tell_setup(view, in);
	else
		tell_plan(view, in);
}

void screen_pc(struct view *view)
{
	const struct pc *pc = &view->model->pc;
	cleanup_free struct row *rows = xcalloc(pc->n_points + 4, sizeof(*rows));
	cleanup_free char *cards = words_of_cards(pc);
	struct page p;
	size_t n, focus;
	bool wide = view->ui->theme.look.scale <= 125;

	if (pass_pc_unknown(view))
		return;
	p = lay_out(view, pass_verdict(view, wide));
	n = collect(view, p.wide, cards, rows);
	focus = focused_row(view, rows, n);
	pass_rows(view, p.list, rows, n, focus);
	if (p.wide && n)
		tell(view, p.side, &rows[focus], cards);
	if (!n && ui_button(view->ui, "leave", p.list.x, p.list.y, _("Back"), UI_FIRST))
		want(view, INTENT_BACK, NULL, NULL);
	ui_hint(view->ui, ACTION_CONFIRM, _("Read"));
	ui_hint(view->ui, ACTION_NONE, _("Choose"));
	back_hint(view);
	ui_hint(view->ui, ACTION_X, _("Look again"));
	if (ui_pressed(view->ui, ACTION_X))
		want(view, INTENT_CHECK, NULL, NULL);
}
