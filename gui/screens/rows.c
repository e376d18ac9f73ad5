/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/rows.h"

#include <stdio.h>

/* --- the list --- */

struct row *rows_add(struct rows *rows, const char *id, char *title, char *line)
{
	struct row *row = list_append(rows->list, rows->n);

	snprintf(row->id, sizeof(row->id), "%s", id);
	row->title = title;
	row->line = line;
	return row;
}

void rows_finish(struct rows *rows)
{
	for (size_t i = 0; i < rows->n; i++) {
		free(rows->list[i].title);
		free(rows->list[i].line);
	}
	free(rows->list);
	*rows = (struct rows){0};
}

/* --- where things stand --- */

static int row_height(const struct view *view)
{
	const struct theme *t = &view->ui->theme;

	return t->size[TEXT_BODY] + t->size[TEXT_SMALL] * 16 / 10;
}

static int row_step(const struct view *view)
{
	return row_height(view) + view->ui->theme.gap / 2;
}

/* Whole rows, and at least one. */
static int whole_rows(const struct view *view, int h)
{
	int step = row_step(view);

	return h > step ? h / step * step : step;
}

struct rows_page rows_lay_out(struct view *view, int y, bool buttons)
{
	const struct theme *t = &view->ui->theme;
	struct rect body = ui_body(view->ui);
	int button = ui_button_height(view->ui), bottom = body.y + body.h;
	struct rows_page p = {.wide = t->look.scale <= 125, .buttons_y = bottom - button};
	int room = (buttons ? p.buttons_y - t->gap : bottom) - y;

	if (p.wide) {
		p.list = (struct rect){body.x, y, body.w * 48 / 100, whole_rows(view, room)};
		p.panel = (struct rect){p.list.x + p.list.w + 2 * t->gap, y,
		        body.w - p.list.w - 2 * t->gap, bottom - y};
		return p;
	}
	p.panel = (struct rect){body.x, y, body.w,
	        t->size[TEXT_SMALL] * 108 / 100 * (t->look.scale > 150 ? 2 : 3) + 2 * t->gap};
	p.list = (struct rect){body.x, y, body.w, whole_rows(view, room - p.panel.h - t->gap / 2)};
	p.panel.y = p.list.y + p.list.h;
	p.panel.h = y + room - p.panel.y;
	return p;
}

/* --- marks --- */

static void draw_check(struct canvas *canvas, int x, int y, int size, color c)
{
	double t = size / 7.0 + 1;

	canvas_line(
	        canvas, x + size * 0.2, y + size * 0.52, x + size * 0.43, y + size * 0.74, t, c);
	canvas_line(
	        canvas, x + size * 0.43, y + size * 0.74, x + size * 0.8, y + size * 0.28, t, c);
}

static void draw_choice(struct view *view, struct rect r, bool box, bool on)
{
	const struct theme *t = &view->ui->theme;
	int radius = box ? r.w / 5 : r.w, line = r.w / 12 + 1;

	if (!on) {
		canvas_ring(view->ui->canvas, r, radius, line, t->dim);
		return;
	}
	canvas_round(view->ui->canvas, r, radius, t->focus);
	if (box)
		draw_check(view->ui->canvas, r.x, r.y, r.w, t->on_focus);
	else
		canvas_round(view->ui->canvas, rect_inset(r, r.w * 3 / 10), radius, t->on_focus);
}

static void draw_lines(struct view *view, struct rect r, bool plus)
{
	struct canvas *canvas = view->ui->canvas;
	double w = r.w / 9.0 + 1, half = r.w / 2.0, x = r.x, y = r.y;
	color c = view->ui->theme.focus;

	canvas_line(canvas, x + w, y + half, x + r.w - w, y + half, w, c);
	if (plus) {
		canvas_line(canvas, x + half, y + w, x + half, y + r.h - w, w, c);
		return;
	}
	canvas_line(canvas, x + r.w - w, y + half, x + r.w * 0.6, y + r.h * 0.22, w, c);
	canvas_line(canvas, x + r.w - w, y + half, x + r.w * 0.6, y + r.h * 0.78, w, c);
}

static void draw_mark(struct view *view, const struct row *row, struct rect r)
{
	if (!view->ui->canvas)
		return;
	switch (row->mark) {
	case MARK_NONE:
		break;
	case MARK_RADIO:
	case MARK_RADIO_ON:
	case MARK_BOX:
	case MARK_BOX_ON:
		draw_choice(view, r, row->mark >= MARK_BOX,
		        row->mark == MARK_RADIO_ON || row->mark == MARK_BOX_ON);
		break;
	case MARK_STOP:
		draw_status(view, r.x, r.y, r.w, PC_FAIL);
		break;
	case MARK_WARN:
		draw_status(view, r.x, r.y, r.w, PC_WARN);
		break;
	case MARK_ADD:
	case MARK_NEXT:
		draw_lines(view, r, row->mark == MARK_ADD);
		break;
	}
}

/* --- a row --- */

static void draw_arrow(struct view *view, int x, int y, int h, int way)
{
	double w = h * 0.18, t = h / 11.0 + 1, middle = y + h / 2.0;
	color c = view->ui->theme.focus;

	canvas_line(view->ui->canvas, x - way * w, middle - 2 * w * 0.9, x + way * w, middle, t, c);
	canvas_line(view->ui->canvas, x - way * w, middle + 2 * w * 0.9, x + way * w, middle, t, c);
}

/* Says that left and right change it. Returns the room that is left. */
static int draw_arrows(struct view *view, struct rect r, int pad)
{
	int h = view->ui->theme.size[TEXT_BODY], y = r.y + (r.h - h) / 2;

	if (view->ui->canvas) {
		draw_arrow(view, r.x + r.w - 3 * pad - h / 2, y, h, -1);
		draw_arrow(view, r.x + r.w - 2 * pad, y, h, 1);
	}
	return h + 3 * pad;
}

static void draw_row(struct view *view, const struct row *row, struct rect r, bool focused)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	int sign = t->size[TEXT_BODY], pad = t->size[TEXT_SMALL] / 2;
	int x = r.x + 2 * pad + (row->mark == MARK_NONE ? 0 : sign + pad);
	struct ui_label label = {.rect = {x, r.y + t->size[TEXT_SMALL] * 25 / 100,
	                                 r.x + r.w - x - pad, t->size[TEXT_BODY]},
	        .size = TEXT_BODY,
	        .bold = true,
	        .color = row->dim ? t->dim : t->text,
	        .may_cut = true};

	if (ui->canvas)
		canvas_round(ui->canvas, r, t->radius, focused ? t->card_lit : t->card);
	draw_mark(view, row, (struct rect){r.x + 2 * pad, r.y + (r.h - sign) / 2, sign, sign});
	if (row->adjust && focused)
		label.rect.w -= draw_arrows(view, r, pad);
	if (!row->line)
		label.rect.y = r.y + (r.h - t->size[TEXT_BODY]) / 2;
	ui_text(ui, &label, row->title);
	if (!row->line)
		return;
	label.rect.y += t->size[TEXT_BODY] + t->size[TEXT_SMALL] / 10;
	label.size = TEXT_SMALL;
	label.bold = false;
	label.color = row->line_color ? row->line_color : t->dim;
	ui_text(ui, &label, row->line);
}

static struct ui_result pass_row(
        struct view *view, const struct rows *rows, size_t i, struct rect r, struct rect list)
{
	const struct row *row = &rows->list[i];
	struct ui_result result = ui_item(view->ui, row->id, r,
	        (i == rows->first && !rows->button_first ? UI_FIRST : 0) |
	                (row->adjust ? UI_ADJUST : 0));

	if (r.y + r.h > list.y && r.y < list.y + list.h)
		draw_row(view, row, r, result.focused);
	return result;
}

static size_t focused_row(const struct view *view, const struct rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		if (ui_focused(view->ui, rows->list[i].id))
			return i;
	return rows->n;
}

/* While something else has the focus, they stay where they are. */
static int scroll_to(
        struct view *view, enum screen screen, struct rect list, size_t n, size_t focus)
{
	int step = row_step(view), whole = (int)n * step, target;

	target = (int)focus * step - (list.h - step) / 2;
	target = target > whole - list.h ? whole - list.h : target;
	return ui_scroll(view->ui, screen_names[screen], target < 0 ? 0 : target / step * step);
}

struct rows_hit rows_pass(struct view *view, enum screen screen, const struct rows_page *page,
        const struct rows *rows)
{
	struct ui *ui = view->ui;
	struct rect list = page->list, old = {0};
	struct rows_hit hit = {.focus = focused_row(view, rows)};
	int step = row_step(view), scroll;
	size_t shown = hit.focus < rows->n ? hit.focus : rows->first;

	list.w -= scroll_bar_width(view);
	scroll = scroll_to(view, screen, list, rows->n, shown);
	if (ui->canvas)
		old = canvas_clip(ui->canvas, list);
	for (size_t i = 0; i < rows->n; i++) {
		struct rect r = {list.x, list.y + (int)i * step - scroll, list.w, row_height(view)};
		struct ui_result result = pass_row(view, rows, i, r, list);

		if (!result.activated && !result.adjust)
			continue;
		hit.focus = i;
		hit.activated = result.activated;
		hit.adjusted = result.adjust != 0;
		hit.by = result.adjust;
	}
	if (ui->canvas)
		ui->canvas->clip = old;
	scroll_bar(view, list, scroll, (int)rows->n * step);
	if (hit.focus == rows->n)
		hit.focus = shown;
	return hit;
}

/* --- the panel --- */

struct panel panel_begin(struct view *view, const struct rows_page *page)
{
	const struct theme *t = &view->ui->theme;
	struct rect in = rect_inset(page->panel, page->wide ? t->gap * 3 / 2 : t->gap);

	if (view->ui->canvas)
		canvas_round(view->ui->canvas, page->panel, t->radius, t->card);
	return (struct panel){in, in.y};
}

void panel_say(struct view *view, struct panel *panel, enum text_size size, bool bold, color c,
        const char *s)
{
	const struct theme *t = &view->ui->theme;
	int step = t->size[size] * 108 / 100;
	int room = panel->in.y + panel->in.h - panel->y, lines = room / step;

	/* The last line needs no room below it. */
	if (room - lines * step >= t->size[size])
		lines++;
	if (lines < 1 || !*s)
		return;
	panel->y = put_words(view, panel->in, panel->y, size, bold, c, (unsigned)lines, s);
}
