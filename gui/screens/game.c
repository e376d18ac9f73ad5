/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One game: starting, running, stopping, stopped, or what went wrong; whatever it is in now. */
#include "base/i18n.h"
#include "screens/screens.h"

#include <stdio.h>

/* A stop that the guest does not answer may be hastened after this. */
#define HASTEN_AFTER_MS 8000u

struct page {
	struct rect cover, in; /* @in: the column beside it */
	int y;
};

static struct page lay_out(struct view *view)
{
	const struct theme *t = &view->ui->theme;
	struct rect body = ui_body(view->ui);
	struct page p = {.cover = body, .in = body};

	p.cover.h = body.h * 8 / 10;
	p.cover.y += (body.h - p.cover.h) / 2;
	p.cover.w = p.cover.h * 3 / 4;
	/* On a narrow screen or with large text, the words need the room. */
	if (p.cover.w > body.w * 34 / 100 || t->look.scale > 150) {
		p.cover.w = body.w * 26 / 100;
		p.cover.h = p.cover.w * 4 / 3;
		p.cover.y = body.y + (body.h - p.cover.h) / 2;
	}
	p.in.x = p.cover.x + p.cover.w + t->gap * 3;
	p.in.w = body.x + body.w - p.in.x;
	p.y = t->look.scale > 125 ? body.y : p.cover.y;
	return p;
}

static void heading(struct view *view, struct page *p, const char *title, const char *line, color c)
{
	const struct theme *t = &view->ui->theme;

	p->y = put_text(view, p->in, p->y, TEXT_TITLE, true, t->text, 2, title);
	p->y = put_text(view, p->in, p->y - t->gap / 3, TEXT_BODY, true, c, 2, line) + t->gap / 2;
}

/* --- buttons, one below the other from the bottom up --- */

struct button {
	const char *id, *label;
	bool done;
};

static void buttons(struct view *view, const struct page *p, struct button *list, size_t n)
{
	struct ui *ui = view->ui;
	struct rect body = ui_body(ui);
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
	y = (ui->theme.look.scale > 125 ? body.y + body.h : p->cover.y + p->cover.h) -
	    rows * ui_button_height(ui) - (rows - 1) * gap;
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
	int h = t->size[TEXT_BODY], indent = h * 3 / 2;
	color c = what == 0 ? t->text : t->dim;
	cleanup_free char *time = words_of_seconds(took_ms);
	int time_w = ui_text_width(ui, TEXT_BODY, false, time);
	struct rect in = {p->in.x + indent, p->y, p->in.w - indent - time_w - t->gap, h};

	draw_mark(view, p->in.x, p->y, h, what, what > 0 ? t->good : what == 0 ? t->focus : t->dim);
	ui_text(ui,
	        &(struct ui_label){.rect = in, .size = TEXT_BODY, .bold = what == 0, .color = c},
	        words);
	if (what >= 0)
		ui_text(ui,
		        &(struct ui_label){.rect = {p->in.x, p->y, p->in.w, h},
		                .size = TEXT_BODY,
		                .color = c,
		                .align = UI_RIGHT},
		        time);
	p->y += h * 3 / 2;
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
		canvas_round(view->ui->canvas, r, r.h, t->line);
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

/* --- the pages --- */

static void page_starting(
        struct view *view, struct page *p, const struct model_vm *vm, const struct model_job *job)
{
	struct button list[] = {{"home", _("To the games"), false}, {"cancel", _("Cancel"), false}};
	bool running = job && job->state == MODEL_JOB_RUNNING;

	heading(view, p, vm->title, _("Starting"), view->ui->theme.warn);
	draw_bar(view, p, running ? job->percent : 0);
	draw_stages(view, p, running ? job : NULL, true);
	buttons(view, p, list, running ? 2 : 1);
	if (list[0].done)
		want(view, INTENT_BACK, NULL, NULL);
	if (list[1].done)
		want(view, INTENT_CANCEL, vm->name, NULL);
}

static void page_failed(
        struct view *view, struct page *p, const struct model_vm *vm, const struct model_job *job)
{
	const struct theme *t = &view->ui->theme;
	struct button list[] = {
	        {"again", _("Try again"), false}, {"home", _("To the games"), false}};

	heading(view, p, vm->title, _("It did not start"), t->bad);
	p->y = put_text(view, p->in, p->y, TEXT_BODY, false, t->text, 5, job->message) + t->gap / 2;
	if (*job->hint) {
		p->y = put_text(view, p->in, p->y, TEXT_SMALL, true, t->dim, 1, _("What to do"));
		p->y -= t->gap / 2;
		p->y = put_text(view, p->in, p->y, TEXT_BODY, false, t->text, 4, job->hint);
	}
	if (*job->code)
		put_text(view, p->in, p->y, TEXT_SMALL, false, t->dim, 1, job->code);
	buttons(view, p, list, 2);
	if (list[0].done)
		want(view, INTENT_START, vm->name, NULL);
	if (list[1].done)
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
			strv_add(&names, *usb->product ? usb->product : usb->id);
	}
	all = names.n ? strv_join(&names, ", ") : xstrdup(_("none"));
	p->y = put_text(
	        view, p->in, p->y, TEXT_SMALL, true, t->dim, 1, _("USB devices in the game"));
	p->y -= t->gap / 2;
	p->y = put_text(view, p->in, p->y, TEXT_BODY, false, t->text, 3, all) + t->gap / 2;
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

	heading(view, p, vm->title, state, c);
	if (vm->gpus)
		p->y = put_text(view, p->in, p->y, TEXT_BODY, false, t->text, 2,
		               _("The game is on the screen of its graphics card.")) +
		       t->gap / 2;
	p->y = put_text(view, p->in, p->y, TEXT_BODY, false, t->dim, 2, hardware) + t->gap / 2;
	list_usb(view, p, vm);
	buttons(view, p, list, 3);
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
	        {"home", _("To the games"), false}, {"now", _("Switch off now"), false}};
	const struct model_job *job = model_job(view->model, vm->name, "stop");
	const struct model_stage *last;
	bool late;

	if (job && job->state != MODEL_JOB_RUNNING)
		job = NULL;
	last = job && job->n_stages ? &job->stages[job->n_stages - 1] : NULL;
	late = last && streq(last->name, "powerdown") &&
	       view->ui->now_ms >= last->begin_ms + HASTEN_AFTER_MS;
	heading(view, p, vm->title, _("Stopping"), view->ui->theme.warn);
	draw_bar(view, p, job ? job->percent : 0);
	draw_stages(view, p, job, false);
	if (late)
		put_text(view, p->in, p->y, TEXT_BODY, false, view->ui->theme.text, 3,
		        _("Its system has not answered yet. It is given half a minute before it is "
		          "switched off."));
	buttons(view, p, list, late ? 2 : 1);
	if (list[0].done)
		want(view, INTENT_BACK, NULL, NULL);
	if (list[1].done)
		ask_stop_now(view, vm);
}

/* Nothing runs: ready, or with a profile or an end that a person must know of. */
static void page_stopped(struct view *view, struct page *p, const struct model_vm *vm)
{
	const struct theme *t = &view->ui->theme;
	struct button list[] = {{"play", _("Play"), false}, {"home", _("To the games"), false}};
	bool bad = *vm->error != '\0';
	cleanup_free char *hardware = words_of_hardware(vm);

	heading(view, p, vm->title, bad ? _("Its profile cannot be read") : _("Ready"),
	        bad ? t->bad : t->good);
	p->y = put_text(view, p->in, p->y, TEXT_BODY, false, t->dim, 2, hardware) + t->gap / 2;
	if (*vm->lost)
		p->y = put_text(view, p->in, p->y, TEXT_BODY, false, t->bad, 3, vm->lost);
	if (*vm->end_reason) {
		p->y = put_text(
		        view, p->in, p->y, TEXT_SMALL, true, t->dim, 1, _("How it ended last"));
		p->y -= t->gap / 2;
		p->y = put_text(view, p->in, p->y, TEXT_BODY, false, t->text, 3, vm->end_reason);
	}
	if (bad) {
		p->y = put_text(view, p->in, p->y, TEXT_BODY, false, t->text, 5, vm->error);
		put_text(view, p->in, p->y, TEXT_BODY, false, t->dim, 3,
		        _("Mend that line; the manual page playthrough.profile(5) has every key."));
	}
	buttons(view, p, bad ? &list[1] : list, bad ? 1 : 2);
	if (list[0].done)
		want(view, INTENT_START, vm->name, NULL);
	if (list[1].done)
		want(view, INTENT_BACK, NULL, NULL);
}

static void page_gone(struct view *view, struct page *p)
{
	struct button list[] = {{"home", _("To the games"), false}};

	heading(view, p, _("This game is not there any more"), _("Its profile was removed."),
	        view->ui->theme.dim);
	buttons(view, p, list, 1);
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
