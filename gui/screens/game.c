/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One game: starting, running, stopping, stopped, or what went wrong; whatever it is in now. */
#include "base/i18n.h"
#include "screens/screens.h"

#include <stdio.h>

/* A stop that the guest does not answer may be hastened after this. */
#define HASTEN_AFTER_MS 8000u

struct page {
	struct rect cover,
	        in;    /* @in: the column beside it; no cover where the words need the room */
	int y, bottom; /* where the next text goes, and where the buttons begin */
};

static struct page lay_out(struct view *view)
{
	const struct theme *t = &view->ui->theme;
	struct rect body = ui_body(view->ui);
	struct page p = {.cover = body, .in = body};

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
static void say(struct view *view, struct page *p, enum text_size size, bool bold, color c,
        unsigned lines, const char *s, bool own)
{
	int step = view->ui->theme.size[size] * 108 / 100, room = (p->bottom - p->y) / step;

	if (room < 1)
		return;
	if (lines > (unsigned)room)
		lines = (unsigned)room;
	p->y = (own ? put_text : put_words)(view, p->in, p->y, size, bold, c, lines, s);
}

static void heading(struct view *view, struct page *p, const char *title, const char *line, color c)
{
	const struct theme *t = &view->ui->theme;

	say(view, p, TEXT_TITLE, true, t->text, t->look.scale > 150 ? 1 : 2, title, false);
	p->y -= t->gap / 3;
	say(view, p, TEXT_BODY, true, c, 2, line, false);
	p->y += t->gap / 2;
}

/* --- buttons, one below the other from the bottom up --- */

struct button {
	const char *id, *label;
	bool done;
};

static void buttons(struct view *view, struct page *p, struct button *list, size_t n)
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
        struct view *view, struct page *p, const char *words, int what, uint64_t took_ms)
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

static void draw_bar(struct view *view, struct page *p, unsigned percent)
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

static void draw_stages(struct view *view, struct page *p, const struct model_job *job, bool start)
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

/*
 * --- the pages ---
 * A button that two pages share has another id where it is not the first: focus goes to the first of a new page.
 */

static void page_starting(
        struct view *view, struct page *p, const struct model_vm *vm, const struct model_job *job)
{
	struct button list[] = {
	        {"leave", _("To the games"), false}, {"cancel", _("Cancel"), false}};
	bool running = job && job->state == MODEL_JOB_RUNNING;

	buttons(view, p, list, running ? 2 : 1);
	heading(view, p, vm->title, _("Starting"), view->ui->theme.warn);
	draw_bar(view, p, running ? job->percent : 0);
	draw_stages(view, p, running ? job : NULL, true);
	if (list[0].done)
		want(view, INTENT_BACK, NULL, NULL);
	if (list[1].done)
		want(view, INTENT_CANCEL, vm->name, NULL);
}

static void page_failed(
        struct view *view, struct page *p, const struct model_vm *vm, const struct model_job *job)
{
	const struct theme *t = &view->ui->theme;
	struct button list[] = {{"again", _("Try again"), false}, {"edit", _("Edit"), false},
	        {"home", _("To the games"), false}};

	buttons(view, p, list, 3);
	heading(view, p, vm->title, _("It did not start"), t->bad);
	say(view, p, TEXT_BODY, false, t->text, 5, job->message, false);
	p->y += t->gap / 2;
	if (*job->hint) {
		say(view, p, TEXT_SMALL, true, t->dim, 1, _("What to do"), false);
		p->y -= t->gap / 2;
		say(view, p, TEXT_BODY, false, t->text, 4, job->hint, false);
	}
	if (*job->code)
		say(view, p, TEXT_SMALL, false, t->dim, 1, job->code, true);
	if (list[0].done)
		want(view, INTENT_START, vm->name, NULL);
	if (list[1].done)
		want_screen(view, SCREEN_EDIT, vm->name);
	if (list[2].done)
		want(view, INTENT_BACK, NULL, NULL);
}

static void list_usb(struct view *view, struct page *p, const struct model_vm *vm)
{
	const struct theme *t = &view->ui->theme;
	cleanup_strv struct strv names = {0};
	cleanup_free char *all = NULL;

	for (size_t i = 0; i < view->model->n_usb; i++) {
		const struct model_usb *usb = &view->model->usb[i];

		if (!usb->hub && streq(usb->vm, vm->name))
			strv_add(&names, usb->name);
	}
	all = names.n ? strv_join(&names, ", ") : xstrdup(_("none"));
	say(view, p, TEXT_SMALL, true, t->dim, 1, _("USB devices in the game"), true);
	p->y -= t->gap / 2;
	say(view, p, TEXT_BODY, false, t->text, 3, all, false);
	p->y += t->gap / 2;
}

static void ask_stop(struct view *view, const struct model_vm *vm)
{
	cleanup_free char *title = xasprintf(_("Stop %s?"), vm->title);

	ask(view, INTENT_STOP, vm->name, title,
	        _("Its system is asked to shut down. What was not saved in the game is lost."),
	        _("Stop the game"));
}

static void ask_stop_now(struct view *view, const struct model_vm *vm)
{
	cleanup_free char *title = xasprintf(_("Switch %s off now?"), vm->title);

	ask(view, INTENT_STOP_NOW, vm->name, title,
	        _("It is as if its plug was pulled: what its system has not written to the disk "
	          "yet is lost."),
	        _("Switch off"));
}

static void page_running(struct view *view, struct page *p, const struct model_vm *vm)
{
	const struct theme *t = &view->ui->theme;
	struct button list[] = {{"usb", _("USB devices"), false}, {"stop", _("Stop"), false},
	        {"home", _("To the games"), false}};
	cleanup_free char *hardware = words_of_hardware(vm);
	color c;
	cleanup_free char *state = words_of_state(view, vm, &c);

	buttons(view, p, list, 3);
	heading(view, p, vm->title, state, c);
	if (vm->gpus)
		say(view, p, TEXT_BODY, false, t->text, 2,
		        _("The game is on the screen of its graphics card."), true);
	p->y += t->gap / 2;
	say(view, p, TEXT_BODY, false, t->dim, 2, hardware, true);
	p->y += t->gap / 2;
	list_usb(view, p, vm);
	if (list[0].done)
		want_screen(view, SCREEN_USB, vm->name);
	if (list[1].done)
		ask_stop(view, vm);
	if (list[2].done)
		want(view, INTENT_BACK, NULL, NULL);
	ui_wake(view->ui, 60000);
}

static void page_stopping(struct view *view, struct page *p, const struct model_vm *vm)
{
	struct button list[] = {
	        {"leave", _("To the games"), false}, {"now", _("Switch off now"), false}};
	const struct model_job *job = model_job(view->model, vm->name, "stop");
	const struct model_stage *last;
	bool late;

	if (job && job->state != MODEL_JOB_RUNNING)
		job = NULL;
	last = job && job->n_stages ? &job->stages[job->n_stages - 1] : NULL;
	late = last && streq(last->name, "powerdown") &&
	       view->ui->now_ms >= last->begin_ms + HASTEN_AFTER_MS;
	buttons(view, p, list, late ? 2 : 1);
	heading(view, p, vm->title, _("Stopping"), view->ui->theme.warn);
	draw_bar(view, p, job ? job->percent : 0);
	draw_stages(view, p, job, false);
	if (late)
		say(view, p, TEXT_BODY, false, view->ui->theme.text, 3,
		        _("Its system has not answered yet. It is given half a minute before it is "
		          "switched off."),
		        true);
	if (list[0].done)
		want(view, INTENT_BACK, NULL, NULL);
	if (list[1].done)
		ask_stop_now(view, vm);
}

/* Nothing runs: ready, or with a profile or an end that a person must know of. */
static void page_stopped(struct view *view, struct page *p, const struct model_vm *vm)
{
	const struct theme *t = &view->ui->theme;
	struct button list[] = {{"play", _("Play"), false}, {"edit", _("Edit"), false},
	        {"home", _("To the games"), false}};
	bool bad = *vm->error != '\0';
	cleanup_free char *hardware = words_of_hardware(vm);

	buttons(view, p, bad ? &list[1] : list, bad ? 2 : 3);
	heading(view, p, vm->title, bad ? _("Its profile cannot be read") : _("Ready"),
	        bad ? t->bad : t->good);
	say(view, p, TEXT_BODY, false, t->dim, 2, hardware, true);
	p->y += t->gap / 2;
	if (*vm->lost)
		say(view, p, TEXT_BODY, false, t->bad, 3, vm->lost, false);
	if (*vm->end_reason) {
		say(view, p, TEXT_SMALL, true, t->dim, 1, _("How it ended last"), false);
		p->y -= t->gap / 2;
		say(view, p, TEXT_BODY, false, t->text, 3, vm->end_reason, false);
	}
	if (bad) {
		say(view, p, TEXT_BODY, false, t->text, 5, vm->error, false);
		say(view, p, TEXT_BODY, false, t->dim, 3,
		        _("Mend that line; the manual page playthrough.profile(5) has every key."),
		        false);
	}
	if (list[0].done)
		want(view, INTENT_START, vm->name, NULL);
	if (list[1].done)
		want_screen(view, SCREEN_EDIT, vm->name);
	if (list[2].done)
		want(view, INTENT_BACK, NULL, NULL);
}

static void page_gone(struct view *view, struct page *p)
{
	struct button list[] = {{"home", _("To the games"), false}};

	buttons(view, p, list, 1);
	heading(view, p, _("This game is not there any more"), _("Its profile was removed."),
	        view->ui->theme.dim);
	if (list[0].done)
		want(view, INTENT_BACK, NULL, NULL);
}

static void choose_page(struct view *view, struct page *p, const struct model_vm *vm)
{
	const struct model_job *start = model_job(view->model, vm->name, "start");
	bool pending = streq(view->pending, vm->name);

	switch (vm->state) {
	case MODEL_RUNNING:
		page_running(view, p, vm);
		break;
	case MODEL_STARTING:
		page_starting(view, p, vm, start);
		break;
	case MODEL_STOPPING:
		page_stopping(view, p, vm);
		break;
	case MODEL_STOPPED:
	case MODEL_UNKNOWN:
		if (pending || (start && start->state == MODEL_JOB_RUNNING))
			page_starting(view, p, vm, pending ? NULL : start);
		else if (start && start->state == MODEL_JOB_FAILED)
			page_failed(view, p, vm, start);
		else
			page_stopped(view, p, vm);
		break;
	}
}

void screen_game(struct view *view)
{
	const struct model_vm *vm = model_vm(view->model, view->vm);
	struct page p = lay_out(view);

	if (vm) {
		cover_draw(view, vm, p.cover, false);
		choose_page(view, &p, vm);
	} else {
		page_gone(view, &p);
	}
	back_hint(view);
}
