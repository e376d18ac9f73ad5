/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this PC can do: the verdict, and below it each point of the check, what stands in the way first. Beside the
 * list stands what the focused one is about; where letters are large there is no room for that, and a press opens it.
 */
#include "base/i18n.h"
#include "screens/screens.h"

#include <stdio.h>

#define NEXT "next"
#define PLAN "plan"

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

/* Returns how many; @rows has room for every point and four more. */
static size_t collect(const struct view *view, bool wide, const char *cards, struct row *rows)
{
	const struct pc *pc = &view->model->pc;
	size_t n = 0;

	const struct row groups = {
	        .id = PC_ROW_GROUPS, .title = _("What goes together"), .line = cards};
	bool shown = pc->n_groups == 0;
	bool planned = pc->verdict == PC_APPLY || must_choose_card(pc);

	if (has_setup(&view->model->setup))
		rows[n++] = (struct row){.id = PC_ROW_SETUP,
		        .title = _("How the setup is going"),
		        .line = words_of_setup_now(&view->model->setup, &(enum pc_status){0})};
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

	words_of_setup_now(&view->model->setup, &status);
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
	if (streq(row->id, PC_ROW_SETUP))
		draw_setup_sign(view, r.x + pad * 3 / 2, r.y + (r.h - sign) / 2, sign);
	else if (!row->point && !streq(row->id, PC_ROW_GROUPS))
		draw_go_sign(view, r.x + pad * 3 / 2, r.y + (r.h - sign) / 2, sign);
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
	        row->point                      ? SCREEN_POINT
	        : streq(row->id, PC_ROW_GROUPS) ? SCREEN_GROUPS
	        : streq(row->id, PLAN)          ? SCREEN_PLAN
	        : streq(row->id, PC_ROW_SETUP)  ? SCREEN_SETUP
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
		pass_pc_side(view, p.side, rows[focus].id, rows[focus].point);
	if (!n && ui_button(view->ui, "leave", p.list.x, p.list.y, _("Back"), UI_FIRST))
		want(view, INTENT_BACK, NULL, NULL);
	ui_hint(view->ui, ACTION_CONFIRM, _("Read"));
	ui_hint(view->ui, ACTION_NONE, _("Choose"));
	back_hint(view);
	ui_hint(view->ui, ACTION_X, _("Look again"));
	if (ui_pressed(view->ui, ACTION_X))
		want(view, INTENT_CHECK, NULL, NULL);
}
