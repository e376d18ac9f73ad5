/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The USB devices where they are plugged in: give one to the game now, take it back. Plug it in, press A. */
#include "base/i18n.h"
#include "screens/screens.h"

#include <stdio.h>

/* How long a device counts as just plugged in. */
#define NEW_MS 60000u

/* The game that devices go to: the one the screen was opened for, else the one that runs. */
static const struct model_vm *choose_game(const struct view *view)
{
	const struct model_vm *vm = model_vm(view->model, view->vm);

	if (vm && vm->state == MODEL_RUNNING)
		return vm;
	for (size_t i = 0; i < view->model->n_vms; i++)
		if (view->model->vms[i].state == MODEL_RUNNING)
			return &view->model->vms[i];
	return NULL;
}

static const struct model_usb *fresh_device(const struct view *view)
{
	const struct model_usb *usb = model_newest_usb(view->model);

	return usb && view->ui->now_ms < usb->seen_ms + NEW_MS ? usb : NULL;
}

/* "2.3" of "0000:00:14.0/2.3". */
static const char *socket_of(const struct model_usb *usb)
{
	const char *slash = strrchr(usb->port, '/');

	return slash ? slash + 1 : *usb->port ? usb->port : usb->sysname;
}

static const char *title_of(const struct view *view, const char *name)
{
	const struct model_vm *vm = model_vm(view->model, name);

	return vm ? vm->title : name;
}

static int new_width(struct ui *ui)
{
	return ui_text_width(ui, TEXT_SMALL, true, _("New")) + ui->theme.size[TEXT_SMALL] * 3 / 2;
}

static void draw_new(struct view *view, struct rect r, int x)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	int h = t->size[TEXT_SMALL] * 3 / 2;
	struct rect pill = {x, r.y + (r.h - h) / 2, new_width(ui), h};

	if (ui->canvas)
		canvas_round(ui->canvas, pill, h, t->focus);
	pill.y += (h - t->size[TEXT_SMALL]) / 2;
	ui_text(ui,
	        &(struct ui_label){.rect = pill,
	                .size = TEXT_SMALL,
	                .bold = true,
	                .color = t->on_focus,
	                .align = UI_CENTER},
	        _("New"));
}

static void draw_row(struct view *view, const struct model_usb *usb, struct rect r, bool focused)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	int pad = t->gap, text = t->size[TEXT_BODY], y = r.y + (r.h - text) / 2;
	int socket_w = ui_text_width(ui, TEXT_BODY, true, "00.00"), where_w = r.w * 34 / 100;
	bool mine = *usb->vm != '\0', fresh = usb == fresh_device(view);
	const char *name = *usb->product ? usb->product : usb->id;
	const char *where = mine ? title_of(view, usb->vm) : _("with this PC");
	struct ui_label label = {.size = TEXT_BODY, .may_cut = true};
	int x = r.x + pad, right = r.x + r.w - pad - where_w;

	if (ui->canvas)
		canvas_round(ui->canvas, r, t->radius, focused ? t->card_lit : t->card);
	label.rect = (struct rect){x, y, socket_w, text};
	label.color = t->dim;
	ui_text(ui, &label, socket_of(usb));
	x += socket_w + pad;
	if (fresh)
		right -= new_width(ui) + pad;
	label.rect = (struct rect){x, y, right - x - pad, text};
	label.color = t->text;
	label.bold = true;
	ui_text(ui, &label, name);
	if (fresh) {
		int w = ui_text_width(ui, TEXT_BODY, true, name);

		draw_new(view, r, x + (w < label.rect.w ? w : label.rect.w) + pad);
	}
	label.rect = (struct rect){r.x + r.w - pad - where_w, y, where_w, text};
	label.bold = mine;
	label.color = mine ? t->good : t->dim;
	label.align = UI_RIGHT;
	ui_text(ui, &label, where);
}

static void pass_row(struct view *view, const struct model_usb *usb, struct rect r,
        const struct model_vm *game, bool first)
{
	char id[UI_ID_MOST];
	struct ui_result result;
	struct rect body = ui_body(view->ui);

	snprintf(id, sizeof(id), "usb/%s", usb->sysname);
	result = ui_item(view->ui, id, r, first ? UI_FIRST : 0);
	if (r.y + r.h > body.y && r.y < body.y + body.h + view->ui->theme.gap)
		draw_row(view, usb, r, result.focused);
	if (!result.activated)
		return;
	if (*usb->vm)
		want(view, INTENT_TAKE, usb->vm, usb->sysname);
	else if (game)
		want(view, INTENT_GIVE, game->name, usb->sysname);
}

/* Which row has the focus; hubs are no rows. */
static size_t focused_row(const struct view *view, const struct model_usb **at)
{
	size_t row = 0, n = 0;

	*at = NULL;
	for (size_t i = 0; i < view->model->n_usb; i++) {
		const struct model_usb *usb = &view->model->usb[i];
		char id[UI_ID_MOST];

		if (usb->hub)
			continue;
		snprintf(id, sizeof(id), "usb/%s", usb->sysname);
		if (ui_focused(view->ui, id)) {
			row = n;
			*at = usb;
		}
		n++;
	}
	return row;
}

static int row_height(const struct view *view)
{
	return view->ui->theme.size[TEXT_BODY] * 2;
}

static size_t device_count(const struct model *model)
{
	size_t n = 0;

	for (size_t i = 0; i < model->n_usb; i++)
		n += !model->usb[i].hub;
	return n;
}

static void pass_nothing(struct view *view, struct rect in)
{
	int y = put_text(view, in, in.y, TEXT_BODY, true, view->ui->theme.text, 2,
	        _("Nothing is plugged in."));

	if (ui_button(view->ui, "home", in.x, y, _("To the games"), UI_FIRST))
		want(view, INTENT_BACK, NULL, NULL);
}

static void pass_rows(
        struct view *view, struct rect list, const struct model_vm *game, size_t focus)
{
	struct ui *ui = view->ui;
	const struct model_usb *fresh = fresh_device(view);
	int step = row_height(view) + ui->theme.gap / 2, n = 0, target;
	int whole = (int)device_count(view->model) * step;
	struct rect old = {0};

	if (list.h > step)
		list.h = list.h / step * step;
	target = (int)focus * step - (list.h - step) / 2;
	target = target > whole - list.h ? whole - list.h : target;
	/* Whole rows. */
	target = ui_scroll(ui, screen_names[SCREEN_USB], target < 0 ? 0 : target / step * step);
	if (ui->canvas)
		old = canvas_clip(ui->canvas, list);
	for (size_t i = 0; i < view->model->n_usb; i++) {
		const struct model_usb *usb = &view->model->usb[i];
		struct rect r = {list.x, list.y + n * step - target, list.w, row_height(view)};

		if (usb->hub)
			continue;
		pass_row(view, usb, r, game, fresh ? usb == fresh : n == 0);
		n++;
	}
	if (ui->canvas)
		ui->canvas->clip = old;
}

/* Returns the y below it. */
static int explain(struct view *view, struct rect in, int y, const struct model_vm *game)
{
	const struct model_job *job = game ? model_job(view->model, game->name, "usb") : NULL;
	const struct theme *t = &view->ui->theme;
	cleanup_free char *line = NULL;

	if (job && job->state == MODEL_JOB_FAILED) {
		return put_words(view, in, y, TEXT_BODY, false, t->bad, 2, job->message);
	}
	if (job && job->state == MODEL_JOB_RUNNING)
		line = xstrdup(_("One moment: the device changes hands."));
	else if (game)
		line = xasprintf(
		        _("Plug a device in and press the button: it goes to %s."), game->title);
	else
		line = xstrdup(_("No game runs: all of them are with this PC."));
	return put_words(view, in, y, TEXT_BODY, false, t->dim, 2, line);
}

static void hints(struct view *view, const struct model_usb *at, const struct model_vm *game)
{
	if (at && *at->vm)
		ui_hint(view->ui, ACTION_CONFIRM, _("Take back"));
	else if (at && game)
		ui_hint(view->ui, ACTION_CONFIRM, _("Give to the game"));
	ui_hint(view->ui, ACTION_NONE, _("Choose"));
	back_hint(view);
}

void screen_usb(struct view *view)
{
	const struct theme *t = &view->ui->theme;
	struct rect body = ui_body(view->ui), list = body;
	const struct model_vm *game = choose_game(view);
	const struct model_usb *at;
	size_t focus = focused_row(view, &at);
	int y = screen_title(view, _("USB devices"));

	list.y = explain(view, body, y - t->gap, game) + t->gap / 2;
	list.h = body.y + body.h - list.y;
	if (device_count(view->model))
		pass_rows(view, list, game, focus);
	else
		pass_nothing(view, list);
	if (fresh_device(view))
		ui_wake(view->ui, NEW_MS);
	hints(view, at, game);
}
