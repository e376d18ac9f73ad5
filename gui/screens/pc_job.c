/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An act with the setup that is asked for or at work: how far, what was done in which time, and how to stop it. */
#include "base/i18n.h"
#include "screens/screens.h"

/* Buttons at the bottom; returns where they begin. The first is always the same one. */
static int pass_buttons(struct view *view, struct rect in, bool cancel)
{
	struct ui *ui = view->ui;
	int y = in.y + in.h - ui_button_height(ui);
	int x = in.x + ui_button_width(ui, _("To this PC")) + ui->theme.gap;

	if (ui_button(ui, "leave", in.x, y, _("To this PC"), UI_FIRST))
		want(view, INTENT_BACK, NULL, NULL);
	if (cancel && ui_button(ui, "halt", x, y, _("Cancel"), 0))
		want(view, INTENT_HALT, NULL, NULL);
	return y - ui->theme.gap;
}

static int pass_bar(struct view *view, struct rect in, int y, unsigned percent)
{
	const struct theme *t = &view->ui->theme;
	struct rect r = {in.x, y, in.w, t->unit};

	if (view->ui->canvas) {
		canvas_round(
		        view->ui->canvas, r, r.h, t->look.high_contrast ? 0xff404040 : t->line);
		r.w = r.w * (int)percent / 100;
		if (r.w > r.h)
			canvas_round(view->ui->canvas, r, r.h, t->focus);
	}
	return y + t->unit + t->gap * 3 / 2;
}

static uint64_t took_ms(const struct view *view, const struct setup_state *state, size_t i)
{
	uint64_t end = i + 1 < state->n_stages ? state->stages[i + 1].begin_ms : view->ui->now_ms;

	return end > state->stages[i].begin_ms ? end - state->stages[i].begin_ms : 0;
}

/* A check mark, or the dot of what is being done. */
static void draw_mark(struct view *view, int x, int y, int size, bool now)
{
	const struct theme *t = &view->ui->theme;

	if (!view->ui->canvas)
		return;
	if (now)
		canvas_round(view->ui->canvas,
		        (struct rect){x + size / 4, y + size / 4, size / 2, size / 2}, size,
		        t->focus);
	else
		draw_status(view, x, y, size, PC_PASS);
}

static void pass_stage(
        struct view *view, const struct setup_state *state, size_t i, struct rect in, int y)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	bool now = i + 1 == state->n_stages;
	int h = t->size[TEXT_BODY], indent = h * 3 / 2;
	cleanup_free char *words = words_of_step(state->stages[i].name);
	cleanup_free char *time = words_of_seconds(took_ms(view, state, i));
	int time_w = ui_text_width(ui, TEXT_BODY, false, time);
	struct ui_label label = {.rect = {in.x + indent, y, in.w - indent - time_w - t->gap, h},
	        .size = TEXT_BODY,
	        .bold = now,
	        .color = now ? t->text : t->dim,
	        .may_cut = true};

	draw_mark(view, in.x, y, h, now);
	ui_text(ui, &label, words);
	label.rect = (struct rect){in.x, y, in.w, h};
	label.bold = false;
	label.align = UI_RIGHT;
	ui_text(ui, &label, time);
}

/* The last of them, as many as there is room for. */
static void pass_stages(struct view *view, struct rect in, int y, int bottom)
{
	const struct setup_state *state = &view->model->setup;
	int step = view->ui->theme.size[TEXT_BODY] * 14 / 10;
	size_t room = bottom > y ? (size_t)((bottom - y) / step) : 0;
	size_t first = state->n_stages > room ? state->n_stages - room : 0;

	for (size_t i = first; i < state->n_stages; i++, y += step)
		pass_stage(view, state, i, in, y);
	ui_wake(view->ui, 1000);
}

static const char *title_of_act(const struct setup_state *state)
{
	if (state->step == SETUP_ASKED)
		return _("This PC asks whether you may do that");
	if (state->halting)
		return _("It is being cancelled");
	return state->act == SETUP_UNDO ? _("The setup is being undone")
	                                : _("This PC is being set up");
}

static const char *words_of_act(const struct setup_state *state)
{
	if (state->step == SETUP_ASKED)
		return _("Where a window asks for a password, it waits for an administrator's.");
	if (state->halting)
		return _("It stops before its next step, and what was done is taken back.");
	return state->act == SETUP_UNDO ? _("For what runs now, nothing changes. Should the power "
	                                    "fail, this PC still "
	                                    "starts, and undo goes on where it was.")
	                                : _("For what runs now, nothing changes. Should the power "
	                                    "fail, this PC starts "
	                                    "as before.");
}

void pass_setup_job(struct view *view, struct rect in)
{
	const struct setup_state *state = &view->model->setup;
	const struct theme *t = &view->ui->theme;
	int bottom = pass_buttons(view, in, state->cancellable);
	int y = put_text(view, in, in.y, TEXT_HEADING, true, t->warn, 2, title_of_act(state));

	y = put_text(view, in, y, TEXT_BODY, false, t->text, 4, words_of_act(state));
	if (state->step == SETUP_ASKED)
		return;
	y = pass_bar(view, in, y, state->percent);
	pass_stages(view, in, y, bottom);
}
