/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shell.h"
#include "shell_drafts.h"
#include "base/i18n.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

/* A pass whose focus went elsewhere is made anew; twice is enough, four times is certain. */
#define PASSES_MOST 4

void shell_init(struct shell *shell, struct text *text, const struct model *model,
        const struct settings *settings, const struct shell_ops *ops, void *user)
{
	*shell = (struct shell){.text = text,
	        .covers = covers_create(),
	        .model = model,
	        .settings = *settings,
	        .ops = ops,
	        .user = user,
	        .width = 1280,
	        .height = 720,
	        .depth = 1,
	        .dirty = true};
	ui_init(&shell->ui, text);
}

static void forget_shot(struct shell *shell)
{
	free(shell->shot.image.pixels);
	free(shell->shot.scaled.pixels);
	shell->shot = (struct shot){0};
}

void shell_finish(struct shell *shell)
{
	free(take_ptr(shell->copied));
	ui_finish(&shell->ui);
	covers_destroy(shell->covers);
	dialog_finish(&shell->dialog);
	forget_shot(shell);
	shell_drafts_finish(shell);
}

void shell_resize(struct shell *shell, int width, int height)
{
	shell->width = width;
	shell->height = height;
	shell->dirty = true;
}

static struct place *top(struct shell *shell)
{
	return &shell->stack[shell->depth - 1];
}

/* Whose the devices are is asked for when somebody looks at them. */
static void look(struct shell *shell, enum screen screen)
{
	const struct intent intent = {.kind = INTENT_LOOK};

	if (screen == SCREEN_USB || screen == SCREEN_DEVICE)
		shell->ops->act(shell->user, &intent, NULL);
}

static void forget_scope(struct shell *shell, const char *name)
{
	ui_forget(&shell->ui, name);
}

/* What a screen shows is another thing than the last time: it begins at its first item. */
static void forget_focus(struct shell *shell, enum screen screen)
{
	forget_scope(shell, screen_names[screen]);
}

static void take_shot(struct shell *shell, const char *vm)
{
	struct intent intent = {.kind = INTENT_PICTURE};

	if (!streq(shell->shot.vm, vm))
		forget_shot(shell);
	snprintf(shell->shot.vm, sizeof(shell->shot.vm), "%s", vm);
	memcpy(intent.vm, shell->shot.vm, sizeof(intent.vm));
	if (shell->shot.asking)
		return;
	shell->shot.asking = true;
	shell->ops->act(shell->user, &intent, NULL);
}

void shell_pictured(struct shell *shell, const char *vm, struct image *image, const struct err *why,
        int64_t taken_s)
{
	struct shot *shot = &shell->shot;

	if (streq(shot->vm, vm)) {
		struct image empty = {0};

		shot->asking = false;
		shot->why = why ? *why : (struct err){0};
		if (image) {
			free(shot->image.pixels);
			free(shot->scaled.pixels);
			shot->image = *image;
			shot->scaled = *image = empty;
			shot->taken_s = taken_s;
		}
		shell->dirty = true;
	}
	if (image)
		free(image->pixels);
}

void shell_open(struct shell *shell, enum screen screen, const char *vm, const char *device)
{
	struct place place = {.screen = screen};

	snprintf(place.vm, sizeof(place.vm), "%s", vm ? vm : "");
	snprintf(place.device, sizeof(place.device), "%s", device ? device : "");
	look(shell, screen);
	shell->dirty = true;
	if (screen == SCREEN_HOME) {
		shell->depth = 1;
		return;
	}
	/* One that is open already is gone back to: nobody wants to go back through it twice. */
	for (size_t i = 1; i < shell->depth; i++)
		if (shell->stack[i].screen == screen)
			shell->depth = i;
	if (screen == SCREEN_POINT || screen == SCREEN_PLAN || screen == SCREEN_SETUP ||
	        screen == SCREEN_CHOICE || screen == SCREEN_DRIVE || screen == SCREEN_DISC)
		forget_focus(shell, screen);
	/* It is looked at anew each time. */
	if (screen == SCREEN_SETUP)
		shell->ops->act(shell->user, &(struct intent){.kind = INTENT_PROGRESS}, NULL);
	if (screen == SCREEN_PC)
		shell->ops->act(shell->user, &(struct intent){.kind = INTENT_CHECK}, NULL);
	if (screen == SCREEN_PLAN)
		shell->ops->act(shell->user, &(struct intent){.kind = INTENT_PLAN}, NULL);
	if (screen == SCREEN_REMOTE)
		shell->ops->act(shell->user, &(struct intent){.kind = INTENT_REMOTE_LOOK}, NULL);
	if (screen == SCREEN_RIGHTS)
		shell->ops->act(shell->user, &(struct intent){.kind = INTENT_RIGHTS}, NULL);
	if (screen == SCREEN_DISC)
		shell->ops->act(shell->user, &(struct intent){.kind = INTENT_DISCS}, NULL);
	if (screen == SCREEN_PICTURE)
		take_shot(shell, place.vm);
	assert(shell->depth < SHELL_DEPTH);
	shell->stack[shell->depth++] = place;
	shell_drafts_open(shell, screen, place.vm);
}

/* The settings are our own, and this PC is known to another service than the daemon. */
static bool needs_daemon(enum screen screen)
{
	return screen != SCREEN_SETTINGS && screen != SCREEN_RIGHTS && screen != SCREEN_PC &&
	       screen != SCREEN_POINT && screen != SCREEN_GROUPS && screen != SCREEN_PLAN &&
	       screen != SCREEN_CHOICE && screen != SCREEN_SETUP;
}

/* The page of a daemon that is away stands for every screen that needs it. */
static bool shows_away(const struct shell *shell, uint64_t now_ms)
{
	const struct model *model = shell->model;

	return model->link == MODEL_AWAY && needs_daemon(shell->stack[shell->depth - 1].screen) &&
	       (!model->listed || (shell->away_ms && now_ms >= shell->away_ms + SHELL_AWAY_MS));
}

enum screen shell_screen(const struct shell *shell)
{
	return shows_away(shell, shell->ui.now_ms) ? SCREEN_AWAY
	                                           : shell->stack[shell->depth - 1].screen;
}

/* --- wishes --- */

static void act(struct shell *shell, const struct intent *intent)
{
	shell->ops->act(shell->user, intent, NULL);
}

static void go(struct shell *shell, const struct intent *intent)
{
	shell_open(shell, intent->screen, intent->vm, intent->device);
}

static void back(struct shell *shell, const struct intent *intent)
{
	(void)intent;
	if (shell->depth > 1)
		shell->depth--;
}

static void choose(struct shell *shell, const struct intent *intent)
{
	snprintf(top(shell)->vm, sizeof(top(shell)->vm), "%s", intent->vm);
}

static void start(struct shell *shell, const struct intent *intent)
{
	snprintf(shell->pending, sizeof(shell->pending), "%s", intent->vm);
	shell_open(shell, SCREEN_GAME, intent->vm, NULL);
	act(shell, intent);
}

static void cancel(struct shell *shell, const struct intent *intent)
{
	const struct model_job *job = model_job(shell->model, intent->vm, "start");

	if (!job || job->state != MODEL_JOB_RUNNING)
		job = model_job(shell->model, intent->vm, "test-drive");
	if (job && job->state == MODEL_JOB_RUNNING)
		shell->ops->act(shell->user, intent, job->path);
}

static void picture(struct shell *shell, const struct intent *intent)
{
	take_shot(shell, intent->vm);
}

static void set(struct shell *shell, const struct intent *intent)
{
	shell->settings = intent->settings;
	act(shell, intent);
}

/* What becomes of it is told on a page of its own, and Back of that is not the plan, which is old by then. */
static void change_setup(struct shell *shell, const struct intent *intent)
{
	while (top(shell)->screen == SCREEN_PLAN || top(shell)->screen == SCREEN_CHOICE)
		shell->depth--;
	if (top(shell)->screen != SCREEN_SETUP)
		shell_open(shell, SCREEN_SETUP, NULL, NULL);
	act(shell, intent);
}

static void seen(struct shell *shell, const struct intent *intent)
{
	act(shell, intent);
	back(shell, intent);
}

/* What the shell itself does with a wish it takes; the others it only passes on. */
static void (*const takes[INTENT_COUNT])(struct shell *shell, const struct intent *intent) = {
        [INTENT_GO] = go,
        [INTENT_BACK] = back,
        [INTENT_CHOOSE] = choose,
        [INTENT_START] = start,
        [INTENT_CANCEL] = cancel,
        [INTENT_PICTURE] = picture,
        [INTENT_SET] = set,
        [INTENT_APPLY] = change_setup,
        [INTENT_UNDO] = change_setup,
        [INTENT_KEEP] = change_setup,
        [INTENT_RESTART] = change_setup,
        [INTENT_SEEN] = seen,
};

static void do_intent(struct shell *shell, const struct intent *intent)
{
	if (intent->kind == INTENT_NONE)
		return;
	shell->dirty = true;
	if (intent_taker(intent->kind) == TAKER_DRAFTS)
		shell_drafts_intent(shell, intent);
	else if (takes[intent->kind])
		takes[intent->kind](shell, intent);
	else
		act(shell, intent);
}

/* --- passes --- */

static struct theme theme_now(const struct shell *shell)
{
	const struct settings *s = &shell->settings;
	const struct look look = {.scale = s->scale,
	        .safe_area = s->safe_area,
	        .high_contrast = s->high_contrast,
	        .still = s->still || shell->frozen};

	return theme_of(shell->width, shell->height, &look);
}

static void pass(struct shell *shell, struct canvas *canvas, const struct input_event *event,
        uint64_t now_ms)
{
	enum screen screen = shows_away(shell, now_ms) ? SCREEN_AWAY : top(shell)->screen;
	struct theme theme = theme_now(shell);
	bool dialog = shell->dialog.title != NULL;
	struct view view = {.ui = &shell->ui,
	        .model = shell->model,
	        .settings = &shell->settings,
	        .covers = shell->covers,
	        .vm = top(shell)->vm,
	        .device = top(shell)->device,
	        .pending = shell->pending,
	        .wall_s = shell->wall_s,
	        .shot = &shell->shot,
	        .fontless = !text_has_font(shell->text),
	        .selected = shell->selected,
	        .drafts = &shell->drafts,
	        .dialog = &shell->dialog};

	ui_begin(&shell->ui, &theme, canvas, dialog ? "dialog" : screen_names[screen], event,
	        now_ms);
	if (canvas)
		canvas_gradient(canvas, (struct rect){0, 0, theme.width, theme.height},
		        theme.ground, theme.ground_far);
	shell->ui.inert = dialog;
	screen_functions[screen](&view);
	if (dialog) {
		view.intent = (struct intent){0};
		ui_begin_over(&shell->ui);
		if (dialog_pass(&view)) {
			dialog_finish(&shell->dialog);
			/* In the next one it is No again that has the focus. */
			forget_scope(shell, "dialog");
			shell->dirty = true;
		}
	}
	ui_end(&shell->ui);
	do_intent(shell, &view.intent);
}

/* A press takes its pass; what it changed is decided by another one without it. */
void shell_event(struct shell *shell, const struct input_event *event, uint64_t now_ms)
{
	enum action clicked;

	shell->dirty = true;
	pass(shell, NULL, event, now_ms);
	clicked = shell->ui.clicked;
	for (int i = 0; i < PASSES_MOST; i++) {
		pass(shell, NULL, NULL, now_ms);
		if (!shell->ui.again)
			break;
	}
	if (clicked != ACTION_NONE) {
		const struct input_event press = {
		        .kind = INPUT_PRESS, .action = clicked, .device = INPUT_POINTER};

		shell_event(shell, &press, now_ms);
	}
}

static void follow_newest_usb(struct shell *shell)
{
	const struct model_usb *usb = model_newest_usb(shell->model);
	char id[UI_ID_MOST];

	if (!usb || usb->seen_ms <= shell->usb_seen_ms)
		return;
	shell->usb_seen_ms = usb->seen_ms;
	if (shell_screen(shell) != SCREEN_USB || shell->dialog.title || !shell->ui.scope ||
	        !streq(shell->ui.scope->name, screen_names[SCREEN_USB]))
		return;
	snprintf(id, sizeof(id), "usb/%s", usb->sysname);
	ui_set_focus(&shell->ui, id);
}

/* What a person did with a device failed after it had begun: told where they look for it. */
static void tell_usb_failure(struct shell *shell)
{
	enum screen screen = shell_screen(shell);

	for (size_t i = 0; i < shell->model->n_jobs; i++) {
		const struct model_job *job = &shell->model->jobs[i];
		struct err why = {0};

		if (job->state != MODEL_JOB_FAILED || !starts_with(job->kind, "usb") ||
		        job->end_ms <= shell->failed_ms)
			continue;
		shell->failed_ms = job->end_ms;
		if (screen != SCREEN_USB && screen != SCREEN_DEVICE)
			continue;
		err_set(&why, -EIO, "%s", job->message);
		err_hint(&why, "%s", job->hint);
		err_code_text(&why, job->code);
		shell_refused(shell, &why);
	}
}

/* Before the games were told there was only something else to have the focus. */
static void choose_first_game(struct shell *shell)
{
	if (shell->listed || !shell->model->listed)
		return;
	shell->listed = true;
	forget_focus(shell, SCREEN_HOME);
}

/* Where a page becomes another one, so that Back of "one moment" does not keep the focus. */
static void follow_page(struct shell *shell, enum screen screen, int *page, bool told, bool asking)
{
	int now = told ? 2 : asking ? 1 : 0;

	if (now != *page)
		forget_focus(shell, screen);
	*page = now;
}

/* Another phase, or another step of an act: it is read from its beginning. */
static void follow_setup(struct shell *shell)
{
	const struct setup_state *state = &shell->model->setup;
	int now = (int)state->step * 32 + (int)state->phase * 2 + state->told;

	if (now != shell->setup_page)
		forget_focus(shell, SCREEN_SETUP);
	shell->setup_page = now;
}

void shell_changed(struct shell *shell, uint64_t now_ms)
{
	const struct pc *pc = &shell->model->pc;
	const struct plan *plan = &shell->model->plan;
	const struct model_vm *vm = model_vm(shell->model, shell->pending);
	const struct model_job *job = model_job(shell->model, shell->pending, "start");

	if (shell->model->link != MODEL_AWAY)
		shell->away_ms = 0;
	else if (!shell->away_ms)
		shell->away_ms = now_ms;
	/* The daemon has heard of the start, or is not there to hear of it. */
	if ((job && job->state == MODEL_JOB_RUNNING) || (vm && vm->state != MODEL_STOPPED) ||
	        shell->model->link == MODEL_AWAY)
		shell->pending[0] = '\0';
	tell_usb_failure(shell);
	follow_newest_usb(shell);
	choose_first_game(shell);
	shell_drafts_changed(shell);
	follow_page(shell, SCREEN_PC, &shell->pc_page, pc->told, pc->asking);
	follow_page(shell, SCREEN_PLAN, &shell->plan_page, plan->told, plan->asking);
	follow_setup(shell);
	shell->dirty = true;
}

/* An administrator's password is no fault that anybody else could mend. */
static void offer_report(struct shell *shell, const struct err *why)
{
	struct dialog *d = &shell->dialog;
	const struct model_vm *vm = model_vm(shell->model, top(shell)->vm);

	shell->refused = *why;
	if (why->number == -EACCES)
		return;
	d->yes = xstrdup(_("Save a report"));
	d->gentle = true;
	d->intent.kind = INTENT_REPORT;
	snprintf(d->intent.vm, sizeof(d->intent.vm), "%s", vm ? vm->name : "");
}

void shell_refused(struct shell *shell, const struct err *why)
{
	struct dialog *d = &shell->dialog;
	cleanup_free char *told = NULL;
	struct model safe;

	dialog_finish(d);
	/* Through the model: its texts are harmless and short. */
	model_init(&safe);
	model_link_away(&safe, why);
	told = *safe.why_hint ? xasprintf("%s. %s.", safe.why, safe.why_hint)
	                      : xasprintf("%s.", safe.why);
	if (why->number == -EACCES) {
		d->title = xstrdup(_("This needs an administrator"));
		d->text = xasprintf("%s %s", _("Nothing was changed."), told);
	} else {
		d->title = xstrdup(_("That did not work"));
		d->text = take_ptr(told);
	}
	d->code = *safe.why_code ? xstrdup(safe.why_code) : NULL;
	model_finish(&safe);
	offer_report(shell, why);
	shell->pending[0] = '\0';
	shell->dirty = true;
}

void shell_refused_as(struct shell *shell, const struct refusal *refusal, bool denied)
{
	struct err why = {0};

	err_set(&why, denied ? -EACCES : -EIO, "%s", refusal->why);
	err_hint(&why, "%s", refusal->hint);
	err_code_text(&why, refusal->code);
	shell_refused(shell, &why);
}

void shell_told(struct shell *shell, const char *notes)
{
	struct dialog *d = &shell->dialog;

	if (d->title) /* what is asked already matters more */
		return;
	d->title = xstrdup(_("Done"));
	d->text = xasprintf("%s.", notes);
	shell->dirty = true;
}

/* --- drawing --- */

uint64_t shell_deadline(const struct shell *shell)
{
	uint64_t deadline = shell->ui.deadline_ms;

	if (shell->away_ms && shell->away_ms + SHELL_AWAY_MS < deadline &&
	        shell->ui.now_ms < shell->away_ms + SHELL_AWAY_MS)
		deadline = shell->away_ms + SHELL_AWAY_MS;
	return deadline;
}

bool shell_due(const struct shell *shell, uint64_t now_ms)
{
	return shell->dirty || now_ms >= shell_deadline(shell);
}

void shell_draw(struct shell *shell, struct canvas *canvas, uint64_t now_ms)
{
	for (int i = 0; i < PASSES_MOST; i++) {
		shell->dirty = false;
		pass(shell, canvas, NULL, now_ms);
		if (!shell->ui.again && !shell->dirty)
			break;
	}
}
