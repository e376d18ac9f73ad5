/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Beside the list of this PC: what the row with the focus is about. */
#include "base/i18n.h"
#include "screens/screens.h"

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

static void tell_cards(struct view *view, struct rect in)
{
	const struct pc *pc = &view->model->pc;
	const struct theme *t = &view->ui->theme;
	cleanup_free char *cards = words_of_cards(pc);
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
	const char *line = words_of_setup_now(&view->model->setup, &status);
	int y = say(view, in, in.y, TEXT_HEADING, true, t->text, _("How the setup is going"));

	y = say(view, in, y, TEXT_BODY, true, color_of_status(status, t), line);
	say(view, in, y, TEXT_BODY, false, t->text,
	        _("Open it to read what was found, to keep it for good, or to undo it."));
}

void pass_pc_side(struct view *view, struct rect side, const char *id, const struct pc_point *point)
{
	const struct theme *t = &view->ui->theme;
	struct rect in = rect_inset(side, t->gap * 3 / 2);

	if (view->ui->canvas)
		canvas_round(view->ui->canvas, side, t->radius, t->card);
	if (point)
		tell_point(view, in, point);
	else if (streq(id, PC_ROW_GROUPS))
		tell_cards(view, in);
	else if (streq(id, PC_ROW_SETUP))
		tell_setup(view, in);
	else
		tell_plan(view, in);
}
