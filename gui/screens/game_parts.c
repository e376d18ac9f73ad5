/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/game_parts.h"
#include "base/i18n.h"

struct game_page game_lay_out(struct view *view)
{
	const struct theme *t = &view->ui->theme;
	struct rect body = ui_body(view->ui);
	struct game_page p = {.cover = body, .in = body};

	p.cover.h = body.h * 8 / 10;
	p.cover.y += (body.h - p.cover.h) / 2;
	p.cover.w = p.cover.h * 3 / 4;
	if (p.cover.w > body.w * 34 / 100) {
		p.cover.w = body.w * 34 / 100;
		p.cover.h = p.cover.w * 4 / 3;
		p.cover.y = body.y + (body.h - p.cover.h) / 2;
	}
	if (t->look.scale > 125) {
		p.cover = (struct rect){0};
		p.y = body.y;
		p.bottom = body.y + body.h;
		return p;
	}
	p.in.x = p.cover.x + p.cover.w + t->gap * 3;
	p.in.w = body.x + body.w - p.in.x;
	p.y = p.cover.y;
	p.bottom = p.cover.y + p.cover.h;
	return p;
}

/* As many lines as there is room for above the buttons, at most @lines. @own: it must not be cut. */
void game_say(struct view *view, struct game_page *p, enum text_size size, bool bold, color c,
        unsigned lines, const char *s, bool own)
{
	int step = view->ui->theme.size[size] * 108 / 100, room = (p->bottom - p->y) / step;

	if (room < 1)
		return;
	if (lines > (unsigned)room)
		lines = (unsigned)room;
	p->y = (own ? put_text : put_words)(view, p->in, p->y, size, bold, c, lines, s);
}

void game_heading(
        struct view *view, struct game_page *p, const char *title, const char *line, color c)
{
	const struct theme *t = &view->ui->theme;

	game_say(view, p, TEXT_TITLE, true, t->text, t->look.scale > 150 ? 1 : 2, title, false);
	p->y -= t->gap / 3;
	game_say(view, p, TEXT_BODY, true, c, 2, line, false);
	p->y += t->gap / 2;
}

/* --- buttons, one below the other from the bottom up --- */

void game_buttons(struct view *view, struct game_page *p, struct game_button *list, size_t n)
{
	struct ui *ui = view->ui;
	int gap = ui->theme.gap, x = p->in.x, rows = 1, w, y;

	for (size_t i = 0; i < n; i++) {
		w = ui_button_width(ui, list[i].label);
		if (x > p->in.x && x + w > p->in.x + p->in.w) {
			rows++;
			x = p->in.x;
		}
		x += w + gap;
	}
	x = p->in.x;
	y = p->bottom - rows * ui_button_height(ui) - (rows - 1) * gap;
	p->bottom = y - gap;
	for (size_t i = 0; i < n; i++) {
		w = ui_button_width(ui, list[i].label);
		if (x > p->in.x && x + w > p->in.x + p->in.w) {
			x = p->in.x;
			y += ui_button_height(ui) + gap;
		}
		list[i].done =
		        ui_button(ui, list[i].id, x, y, list[i].label, i == 0 ? UI_FIRST : 0);
		x += w + gap;
	}
	ui_hint(ui, ACTION_CONFIRM, _("Choose"));
}

/* --- stages --- */

static const struct {
	const char *stage, *words;
} start_stages[] =
        {
                {"check", N_("Checking")},
                {"claim", N_("Taking the devices from this PC")},
                {"launch", N_("Starting the virtual machine")},
                {"firmware", N_("Waiting for its firmware")},
                {"guest", N_("Waiting for its system")},
},
  stop_stages[] = {
          {"powerdown", N_("Asking the game's system to shut down")},
          {"quit", N_("Switching the virtual machine off")},
          {"kill", N_("Ending the virtual machine by force")},
          {"release", N_("Giving the devices back to this PC")},
};

/* A check mark, a filled dot, or an empty one. */
static void draw_mark(struct view *view, int x, int y, int size, int what, color c)
{
	struct canvas *canvas = view->ui->canvas;
	double t = size / 7.0 + 1;

	if (!canvas)
		return;
	if (what > 0) {
		canvas_line(canvas, x + size * 0.12, y + size * 0.55, x + size * 0.4,
		        y + size * 0.8, t, c);
		canvas_line(canvas, x + size * 0.4, y + size * 0.8, x + size * 0.88,
		        y + size * 0.24, t, c);
	} else if (what == 0) {
		canvas_round(canvas, (struct rect){x + size / 4, y + size / 4, size / 2, size / 2},
		        size, c);
	} else {
		canvas_ring(canvas, (struct rect){x + size / 4, y + size / 4, size / 2, size / 2},
		        size, size / 14 + 1, c);
	}
}

static void draw_stage(
        struct view *view, struct game_page *p, const char *words, int what, uint64_t took_ms)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	int h = t->size[TEXT_BODY], indent = h * 3 / 2, took;
	color c = what == 0 ? t->text : t->dim;
	cleanup_free char *time = words_of_seconds(took_ms);
	int time_w = ui_text_width(ui, TEXT_BODY, false, time);
	struct ui_label label = {
	        .rect = {p->in.x + indent, p->y, p->in.w - indent - time_w - t->gap, h},
	        .size = TEXT_BODY,
	        .bold = what == 0,
	        .color = c,
	        .lines = 2};

	if (p->y + h > p->bottom)
		return;
	draw_mark(view, p->in.x, p->y, h, what, what > 0 ? t->good : what == 0 ? t->focus : t->dim);
	took = ui_text(ui, &label, words);
	label.rect = (struct rect){p->in.x, p->y, p->in.w, h};
	label.bold = false;
	label.align = UI_RIGHT;
	label.lines = 1;
	if (what >= 0)
		ui_text(ui, &label, time);
	p->y += took + h / 2;
}

/* Which of the job's own stages this is; -1: it was not in it. */
static int stage_index(const struct model_job *job, const char *stage)
{
	for (size_t i = 0; job && i < job->n_stages; i++)
		if (streq(job->stages[i].name, stage))
			return (int)i;
	return -1;
}

static uint64_t stage_time(const struct view *view, const struct model_job *job, int i)
{
	uint64_t end = (size_t)i + 1 < job->n_stages ? job->stages[i + 1].begin_ms
	               : job->end_ms                 ? job->end_ms
	                                             : view->ui->now_ms;

	return end > job->stages[i].begin_ms ? end - job->stages[i].begin_ms : 0;
}

void game_bar(struct view *view, struct game_page *p, unsigned percent)
{
	const struct theme *t = &view->ui->theme;
	struct rect r = {p->in.x, p->y, p->in.w, t->unit};

	if (view->ui->canvas) {
		canvas_round(
		        view->ui->canvas, r, r.h, t->look.high_contrast ? 0xff404040 : t->line);
		r.w = r.w * (int)percent / 100;
		if (r.w > r.h)
			canvas_round(view->ui->canvas, r, r.h, t->focus);
	}
	p->y += t->unit + t->gap * 3 / 2;
}

void game_stages(struct view *view, struct game_page *p, const struct model_job *job, bool start)
{
	size_t n = start ? ARRAY_SIZE(start_stages) : ARRAY_SIZE(stop_stages);
	/* The job is in its last stage, and before it tells one, in the first of all. */
	int current = job ? (int)job->n_stages - 1 : -1;

	for (size_t i = 0; i < n; i++) {
		const char *stage = start ? start_stages[i].stage : stop_stages[i].stage;
		const char *words = start ? start_stages[i].words : stop_stages[i].words;
		int at = stage_index(job, stage);
		bool now = at >= 0 ? at == current : current < 0 && i == 0;
		bool passed = at >= 0 || (start && current >= 0 && i == 0);

		/* The harder rungs of the ladder are told only when they are climbed. */
		if (!start && at < 0 && (i == 1 || i == 2))
			continue;
		draw_stage(view, p, _(words),
		        now      ? 0
		        : passed ? 1
		                 : -1,
		        at >= 0 ? stage_time(view, job, at) : 0);
	}
	ui_wake(view->ui, 1000);
}
