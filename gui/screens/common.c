/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the screens share: words, titles, questions. */
#include "base/i18n.h"
#include "screens/screens.h"

#include <stdio.h>
#include <time.h>

const char *const screen_names[SCREEN_COUNT] = {"home", "game", "usb", "device", "pc", "point",
        "groups", "plan", "settings", "away", "choice", "setup", "picture", "new", "edit", "keys",
        "add", "save", "type", "remote", "drive", "rights", "discs", "disc"};
const screen_function screen_functions[SCREEN_COUNT] = {screen_home, screen_game, screen_usb,
        screen_device, screen_pc, screen_point, screen_groups, screen_plan, screen_settings,
        screen_away, screen_choice, screen_setup, screen_picture, screen_new, screen_edit,
        screen_keys, screen_add, screen_save, screen_type, screen_remote, screen_drive,
        screen_rights, screen_discs, screen_disc};

void want(struct view *view, enum intent_kind kind, const char *vm, const char *device)
{
	struct intent *intent = &view->intent;

	*intent = (struct intent){.kind = kind};
	snprintf(intent->vm, sizeof(intent->vm), "%s", vm ? vm : "");
	snprintf(intent->device, sizeof(intent->device), "%s", device ? device : "");
}

void want_screen(struct view *view, enum screen screen, const char *vm)
{
	want(view, INTENT_GO, vm, NULL);
	view->intent.screen = screen;
}

/* --- questions --- */

void dialog_finish(struct dialog *dialog)
{
	free(dialog->title);
	free(dialog->text);
	free(dialog->code);
	free(dialog->yes);
	*dialog = (struct dialog){0};
}

void ask(struct view *view, enum intent_kind kind, const char *vm, const char *title,
        const char *text, const char *yes)
{
	dialog_finish(view->dialog);
	view->dialog->title = xstrdup(title);
	view->dialog->text = xstrdup(text);
	view->dialog->yes = xstrdup(yes);
	view->dialog->intent.kind = kind;
	snprintf(view->dialog->intent.vm, sizeof(view->dialog->intent.vm), "%s", vm);
}

/* Whether there is something to lose. */
static bool asks(const struct dialog *d)
{
	return d->yes && !d->gentle;
}

/* Buttons side by side from the right, or one above the other where they are too wide. */
static void dialog_buttons(struct view *view, struct rect in, int y, bool *yes, bool *no)
{
	const struct dialog *d = view->dialog;
	struct ui *ui = view->ui;
	const char *no_label = asks(d) ? _("No") : _("OK");
	int x = in.x;

	*no = ui_button(ui, "no", x, y, no_label, UI_FIRST);
	*yes = false;
	if (!d->yes)
		return;
	x += ui_button_width(ui, no_label) + ui->theme.gap;
	if (x + ui_button_width(ui, d->yes) > in.x + in.w) {
		x = in.x;
		y += ui_button_height(ui) + ui->theme.gap;
	}
	*yes = ui_button(ui, "yes", x, y, d->yes, d->gentle ? 0 : UI_HOLD);
}

static int buttons_height(struct view *view, struct rect in)
{
	const struct dialog *d = view->dialog;
	struct ui *ui = view->ui;
	int one = ui_button_height(ui);
	bool two = d->yes && ui_button_width(ui, asks(d) ? _("No") : _("OK")) + ui->theme.gap +
	                                     ui_button_width(ui, d->yes) >
	                             in.w;

	return two ? 2 * one + ui->theme.gap : one;
}

bool dialog_pass(struct view *view)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	const struct dialog *d = view->dialog;
	struct rect body = ui_body(ui), box, in;
	bool yes, no;
	int y, width = body.w < t->unit * 90 ? body.w : t->unit * 90 + (body.w - t->unit * 90) / 3;
	struct ui_label text = {.size = TEXT_BODY, .color = t->text, .lines = 7, .may_cut = true};
	struct ui_label title = {
	        .size = TEXT_HEADING, .bold = true, .color = t->text, .lines = 2, .may_cut = true};

	in = (struct rect){body.x + (body.w - width) / 2 + 2 * t->gap, 0, width - 4 * t->gap, 0};
	title.rect = text.rect = in;
	in.h = ui_text_height(ui, &title, d->title) + t->gap + ui_text_height(ui, &text, d->text) +
	       2 * t->gap + buttons_height(view, in) + (d->code ? t->size[TEXT_SMALL] + t->gap : 0);
	in.y = body.y + (body.h - in.h) / 2;
	box = rect_inset(in, -2 * t->gap);
	if (ui->canvas) {
		canvas_fill(ui->canvas, (struct rect){0, 0, t->width, t->height}, 0xb0000000);
		canvas_round(ui->canvas, box, t->radius * 2, t->card);
		canvas_ring(ui->canvas, box, t->radius * 2, t->ring / 2 + 1, t->line);
	}
	y = put_words(view, in, in.y, TEXT_HEADING, true, t->text, 2, d->title);
	y = put_words(view, in, y, TEXT_BODY, false, t->text, 7, d->text);
	if (d->code)
		y = put_text(view, in, y, TEXT_SMALL, false, t->dim, 1, d->code);
	dialog_buttons(view, in, y + t->gap, &yes, &no);
	ui_hint(ui, ACTION_CONFIRM,
	        asks(d) && ui_focused(ui, "yes") ? _("Hold to confirm") : _("Choose"));
	ui_hint(ui, ACTION_BACK, asks(d) ? _("No") : _("Back"));
	if (yes)
		view->intent = d->intent;
	return yes || no || ui_pressed(ui, ACTION_BACK);
}

/* --- parts of a page --- */

static int put(struct view *view, const struct ui_label *label, const char *s)
{
	return label->rect.y + ui_text(view->ui, label, s) + view->ui->theme.gap;
}

int put_text(struct view *view, struct rect in, int y, enum text_size size, bool bold, color c,
        unsigned lines, const char *s)
{
	const struct ui_label label = {.rect = {in.x, y, in.w, in.h},
	        .size = size,
	        .bold = bold,
	        .color = c,
	        .lines = lines};

	return put(view, &label, s);
}

int put_words(struct view *view, struct rect in, int y, enum text_size size, bool bold, color c,
        unsigned lines, const char *s)
{
	const struct ui_label label = {.rect = {in.x, y, in.w, in.h},
	        .size = size,
	        .bold = bold,
	        .color = c,
	        .lines = lines,
	        .may_cut = true};

	return put(view, &label, s);
}

int screen_title(struct view *view, const char *title)
{
	struct rect body = ui_body(view->ui);
	const struct theme *t = &view->ui->theme;

	return put_text(view, body, body.y, TEXT_TITLE, true, t->text, 1, title) + t->gap / 2;
}

int scroll_bar_width(const struct view *view)
{
	return view->ui->theme.gap + view->ui->theme.ring;
}

void scroll_bar(struct view *view, struct rect list, int scroll, int whole)
{
	const struct theme *t = &view->ui->theme;
	struct rect bar = {list.x + list.w + t->gap, list.y, t->ring, list.h};

	if (!view->ui->canvas || whole <= list.h || list.h <= 0)
		return;
	bar.h = (int)((int64_t)list.h * list.h / whole);
	bar.y += (int)((int64_t)list.h * scroll / whole);
	if (bar.y + bar.h > list.y + list.h)
		bar.y = list.y + list.h - bar.h;
	canvas_round(view->ui->canvas, bar, bar.w, t->line);
}

void back_hint(struct view *view)
{
	ui_hint(view->ui, ACTION_BACK, _("Back"));
	if (ui_pressed(view->ui, ACTION_BACK))
		want(view, INTENT_BACK, NULL, NULL);
}

int scroll_blocks(struct view *view, enum screen screen, const int *heights, size_t n, int gap,
        size_t focus, int room)
{
	int whole = -gap, top = 0, target;

	for (size_t i = 0; i < n; i++) {
		if (i == focus)
			top = whole + gap;
		whole += heights[i] + gap;
	}
	if (n == 0)
		return 0;
	target = heights[focus] < room ? top - (room - heights[focus]) / 2 : top;
	target = target > whole - room ? whole - room : target;
	return ui_scroll(view->ui, screen_names[screen], target < 0 ? 0 : target);
}

/* --- words --- */

char *words_of_hardware(const struct model_vm *vm)
{
	cleanup_strv struct strv facts = {0};
	unsigned mib = (unsigned)(vm->memory_bytes >> 20);

	/* "other" tells nobody anything. */
	if (!streq(words_of_guest(vm->guest), vm->guest) && !streq(vm->guest, "other"))
		strv_add(&facts, words_of_guest(vm->guest));
	if (vm->gpus == 1)
		strv_add(&facts, _("a graphics card of its own"));
	else if (vm->gpus)
		strv_addf(&facts,
		        ngettext("%u graphics card of its own", "%u graphics cards of its own",
		                vm->gpus),
		        vm->gpus);
	if (vm->cpus)
		strv_addf(&facts, ngettext("%u processor", "%u processors", vm->cpus), vm->cpus);
	if (mib && mib % 1024 == 0)
		strv_addf(&facts, _("%u GiB of memory"), mib / 1024);
	else if (mib)
		strv_addf(&facts, _("%u MiB of memory"), mib);
	return strv_join(&facts, " · ");
}

char *words_of_seconds(uint64_t ms)
{
	return xasprintf(_("%u s"), (unsigned)(ms / 1000));
}

char *words_of_clock(int64_t wall_s)
{
	time_t when = (time_t)wall_s;
	struct tm local;
	char text[16] = "";

	if (localtime_r(&when, &local))
		strftime(text, sizeof(text), "%H:%M:%S", &local);
	return xstrdup(text);
}

static char *words_of_running(const struct view *view, const struct model_vm *vm)
{
	int64_t seconds =
	        vm->since_s && view->wall_s > vm->since_s ? view->wall_s - vm->since_s : 0;
	unsigned minutes = (unsigned)(seconds / 60), hours = minutes / 60;

	if (minutes == 0)
		return xstrdup(_("Running since just now"));
	if (hours == 0)
		return xasprintf(
		        ngettext("Running for %u minute", "Running for %u minutes", minutes),
		        minutes);
	return xasprintf(ngettext("Running for %u hour", "Running for %u hours", hours), hours);
}

char *words_of_state(const struct view *view, const struct model_vm *vm, color *c)
{
	const struct theme *t = &view->ui->theme;
	const struct model_job *start = model_job(view->model, vm->name, "start");

	*c = t->warn;
	switch (vm->state) {
	case MODEL_RUNNING:
		if (*vm->pause_reason)
			return xasprintf(_("Paused by itself: %s"), vm->pause_reason);
		if (vm->asleep)
			return xstrdup(_("Asleep"));
		if (vm->paused)
			return xstrdup(_("Paused"));
		*c = t->good;
		return words_of_running(view, vm);
	case MODEL_STARTING:
		return xstrdup(_("Starting"));
	case MODEL_STOPPING:
		return xstrdup(_("Stopping"));
	case MODEL_STOPPED:
	case MODEL_UNKNOWN:
		break;
	}
	*c = t->bad;
	if (*vm->error)
		return xasprintf(_("Needs attention: %s"), vm->error);
	if (start && start->state == MODEL_JOB_FAILED)
		return xasprintf(_("Did not start: %s"), start->message);
	if (*vm->lost)
		return xasprintf(_("Needs attention: %s"), vm->lost);
	if (*vm->end_reason)
		return xasprintf(_("Ended by itself: %s"), vm->end_reason);
	*c = t->dim;
	return xstrdup(_("Ready"));
}
