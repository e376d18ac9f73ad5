/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A game that runs, and one that is being stopped. */
#include "base/i18n.h"
#include "screens/game_parts.h"

/* A stop that the guest does not answer may be hastened after this. */
#define HASTEN_AFTER_MS 8000u

static void list_usb(struct view *view, struct game_page *p, const struct model_vm *vm)
{
	const struct theme *t = &view->ui->theme;
	cleanup_strv struct strv names = {0};
	cleanup_free char *all = NULL;

	for (size_t i = 0; i < view->model->n_usb; i++) {
		const struct model_usb *usb = &view->model->usb[i];

		if (!usb->hub && streq(usb->vm, vm->name))
			strv_add(&names, usb->name);
	}
	/* What a list is of, without the list, says nothing. */
	if (p->y + t->size[TEXT_SMALL] + t->gap + t->size[TEXT_BODY] > p->bottom)
		return;
	all = names.n ? strv_join(&names, ", ") : xstrdup(_("none"));
	game_say(view, p, TEXT_SMALL, true, t->dim, 1, _("USB devices in the game"), true);
	p->y -= t->gap / 2;
	game_say(view, p, TEXT_BODY, false, t->text, 3, all, false);
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

/* --- what it uses of the PC --- */

struct gauge {
	const char *label;
	char *value;      /* owned */
	unsigned percent; /* of the bar */
};

static int gauge_height(const struct theme *t)
{
	return t->size[TEXT_SMALL] * 5 / 4 + t->size[TEXT_BODY] * 3 / 2 + t->unit;
}

static void draw_gauge(struct view *view, struct rect r, const struct gauge *g)
{
	const struct theme *t = &view->ui->theme;
	struct ui_label label = {
	        .rect = r, .size = TEXT_SMALL, .bold = true, .color = t->dim, .lines = 1};

	ui_text(view->ui, &label, g->label);
	label.rect.y += t->size[TEXT_SMALL] * 5 / 4;
	label.size = TEXT_BODY;
	label.bold = false;
	label.color = t->text;
	ui_text(view->ui, &label, g->value);
	if (!view->ui->canvas)
		return;
	r.y += r.h - t->unit;
	r.h = t->unit;
	canvas_round(view->ui->canvas, r, r.h, t->look.high_contrast ? 0xff404040 : t->line);
	r.w = r.w * (int)g->percent / 100;
	if (r.w > r.h)
		canvas_round(view->ui->canvas, r, r.h, t->good);
}

static void fill_gauges(const struct view *view, const struct model_vm *vm, struct gauge *g)
{
	const struct model_usage *u = &view->model->usage;
	bool known = streq(u->vm, vm->name);
	unsigned whole = (unsigned)(vm->memory_bytes * 10 >> 30),
	         has = known ? u->memory_tenths : 0;

	g[0] = (struct gauge){.label = _("Processors"), .percent = u->percent};
	if (known && u->measured) {
		g[0].value = xasprintf(_("%u %% in use"), u->percent);
	} else {
		g[0].percent = 0;
		g[0].value = xstrdup("\u2013");
	}
	g[1] = (struct gauge){.label = _("Memory"), .percent = whole ? has * 100 / whole : 0};
	g[1].value = has ? xasprintf(_("%u.%u GiB in use"), has / 10, has % 10) : xstrdup("\u2013");
	if (g[1].percent > 100)
		g[1].percent = 100;
}

/* Side by side. Their room is there before their numbers are. */
static void draw_gauges(struct view *view, struct game_page *p, const struct model_vm *vm)
{
	const struct theme *t = &view->ui->theme;
	int gap = t->gap * 2, h = gauge_height(t);
	struct rect r = {p->in.x, p->y, (p->in.w - gap) / 2, h};
	struct gauge gauges[2];

	if (p->y + h > p->bottom)
		return;
	fill_gauges(view, vm, gauges);
	for (size_t i = 0; i < ARRAY_SIZE(gauges); i++) {
		draw_gauge(view, r, &gauges[i]);
		free(gauges[i].value);
		r.x += r.w + gap;
	}
	p->y += h + t->gap * 3 / 2;
}

/* --- the page --- */

/* Why it stands still, and what to do, where nobody wanted it. */
static void say_paused(struct view *view, struct game_page *p, const struct model_vm *vm)
{
	const struct theme *t = &view->ui->theme;
	cleanup_free char *hint = words_of_refusal(vm->pause_hint, "");

	if (vm->asleep) {
		game_say(view, p, TEXT_BODY, false, t->text, 3,
		        _("The game's system sleeps. It goes on where it was as soon as it is "
		          "woken."),
		        true);
		return;
	}
	if (!*vm->pause_reason) {
		game_say(view, p, TEXT_BODY, false, t->text, 3,
		        _("The game stands still. Its memory and its devices stay its own."), true);
		return;
	}
	if (*hint) {
		game_say(view, p, TEXT_SMALL, true, t->dim, 1, _("What to do"), false);
		p->y -= t->gap / 2;
		game_say(view, p, TEXT_BODY, false, t->text, 3, hint, false);
	}
	if (*vm->pause_code)
		game_say(view, p, TEXT_SMALL, false, t->dim, 1, vm->pause_code, true);
}

/* For who sits elsewhere. */
static void say_reach(struct view *view, struct game_page *p, const struct model_vm *vm)
{
	const struct model_usage *u = &view->model->usage;
	cleanup_free char *text = xasprintf(_("From elsewhere: %s"), u->reach);

	if (streq(u->vm, vm->name) && *u->reach)
		game_say(view, p, TEXT_BODY, false, view->ui->theme.dim, 2, text, false);
}

static void say_running(struct view *view, struct game_page *p, const struct model_vm *vm)
{
	const struct theme *t = &view->ui->theme;
	cleanup_free char *hardware = words_of_hardware(vm);

	if (vm->gpus)
		game_say(view, p, TEXT_BODY, false, t->text, 2,
		        _("The game is on the screen of its graphics card."), true);
	/* Where the letters are large, what it does goes before what it is made of. */
	if (t->look.scale <= 150)
		game_say(view, p, TEXT_BODY, false, t->dim, 2, hardware, true);
	say_reach(view, p, vm);
	p->y += t->gap / 2;
	draw_gauges(view, p, vm);
	list_usb(view, p, vm);
}

static void do_running(
        struct view *view, const struct model_vm *vm, const struct game_button *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!list[i].done)
			continue;
		if (streq(list[i].id, "usb"))
			want_screen(view, SCREEN_USB, vm->name);
		else if (streq(list[i].id, "discs"))
			want_discs(view, vm->name);
		else if (streq(list[i].id, "stop"))
			ask_stop(view, vm);
		else if (streq(list[i].id, "pause"))
			want(view, vm->paused ? INTENT_RESUME : INTENT_PAUSE, vm->name, NULL);
		else if (streq(list[i].id, "picture"))
			want_screen(view, SCREEN_PICTURE, vm->name);
		else
			want(view, INTENT_BACK, NULL, NULL);
	}
}

void game_page_running(struct view *view, struct game_page *p, const struct model_vm *vm)
{
	struct game_button going[] = {{"usb", _("USB devices"), false}, {"stop", _("Stop"), false},
	        {"pause", _("Pause"), false}, {"picture", _("Other screen"), false},
	        {"discs", _("CDs"), false}, {"home", _("To the games"), false}};
	struct game_button paused[] = {{"pause", vm->asleep ? _("Wake up") : _("Resume"), false},
	        {"stop", _("Stop"), false}, {"usb", _("USB devices"), false},
	        {"picture", _("Other screen"), false}, {"home", _("To the games"), false}};
	struct game_button *list = vm->paused ? paused : going;
	bool discs = !vm->paused && discs_count(&view->model->discs, vm->name);
	size_t n = ARRAY_SIZE(paused) + discs;
	color c;
	cleanup_free char *state = words_of_state(view, vm, &c);

	if (!discs)
		going[ARRAY_SIZE(going) - 2] = going[ARRAY_SIZE(going) - 1];
	game_buttons(view, p, list, n);
	game_heading(view, p, vm->title, state, c);
	if (vm->paused)
		say_paused(view, p, vm);
	else
		say_running(view, p, vm);
	do_running(view, vm, list, n);
	ui_wake(view->ui, 60000);
}

void game_page_stopping(struct view *view, struct game_page *p, const struct model_vm *vm)
{
	struct game_button list[] = {
	        {"leave", _("To the games"), false}, {"now", _("Switch off now"), false}};
	const struct model_job *job = model_job(view->model, vm->name, "stop");
	const struct model_stage *last;
	bool late;

	if (job && job->state != MODEL_JOB_RUNNING)
		job = NULL;
	last = job && job->n_stages ? &job->stages[job->n_stages - 1] : NULL;
	late = last && streq(last->name, "powerdown") &&
	       view->ui->now_ms >= last->begin_ms + HASTEN_AFTER_MS;
	game_buttons(view, p, list, late ? 2 : 1);
	game_heading(view, p, vm->title, _("Stopping"), view->ui->theme.warn);
	game_bar(view, p, job ? job->percent : 0);
	game_stages(view, p, job, false);
	if (late)
		game_say(view, p, TEXT_BODY, false, view->ui->theme.text, 3,
		        _("Its system has not answered yet. It is given half a minute before it is "
		          "switched off."),
		        true);
	if (list[0].done)
		want(view, INTENT_BACK, NULL, NULL);
	if (list[1].done)
		ask_stop_now(view, vm);
}
