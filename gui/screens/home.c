/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The games as a row of cards, the last played first, and below it the one that is chosen, in large letters.
 * One press plays.
 */
#include "base/i18n.h"
#include "screens/screens.h"

#include <stdio.h>

/* Lies on the cards that are not chosen. */
#define SHADE 0x38000000

struct layout {
	struct rect header, row, about;
	int card_w, card_h, gap;
};

static struct layout lay_out(struct view *view)
{
	const struct theme *t = &view->ui->theme;
	struct rect body = ui_body(view->ui);
	struct layout l = {.header = body, .about = body, .row = body, .gap = t->gap * 3 / 2};

	l.header.h = ui_button_height(view->ui);
	l.about.h = t->size[TEXT_DISPLAY] + t->size[TEXT_BODY] * 24 / 10 + t->gap;
	l.about.y = body.y + body.h - l.about.h;
	l.row.y = body.y + l.header.h + t->gap * 2;
	l.row.h = l.about.y - t->gap * 2 - l.row.y;
	l.card_h = l.row.h;
	l.card_w = l.card_h * 3 / 4;
	return l;
}

static void card_id(char *out, const char *name)
{
	snprintf(out, UI_ID_MOST, "vm/%s", name);
}

static size_t selected_index(const struct view *view)
{
	for (size_t i = 0; i < view->model->n_vms; i++)
		if (streq(view->model->vms[i].name, view->selected))
			return i;
	return 0;
}

/* The card that has the focus, else the one that had it last. */
static size_t choose_selected(struct view *view)
{
	char id[UI_ID_MOST];

	for (size_t i = 0; i < view->model->n_vms; i++) {
		card_id(id, view->model->vms[i].name);
		if (!ui_focused(view->ui, id))
			continue;
		snprintf(view->selected, MODEL_TEXT_MOST + 1, "%s", view->model->vms[i].name);
		return i;
	}
	return selected_index(view);
}

/* What it does, where it is not simply ready: never by colour alone. */
static const char *badge_of(struct view *view, const struct model_vm *vm, color *c)
{
	const struct theme *t = &view->ui->theme;
	const struct model_job *start = model_job(view->model, vm->name, "start");

	*c = t->good;
	if (vm->state == MODEL_RUNNING && !vm->paused)
		return _("Running");
	*c = t->warn;
	if (vm->state == MODEL_RUNNING)
		return _("Paused");
	if (vm->state == MODEL_STARTING || streq(view->pending, vm->name))
		return _("Starting");
	if (vm->state == MODEL_STOPPING)
		return _("Stopping");
	*c = t->bad;
	if (*vm->error || *vm->lost || *vm->end_reason ||
	        (start && start->state == MODEL_JOB_FAILED))
		return _("Attention");
	return NULL;
}

static void draw_badge(struct view *view, const struct model_vm *vm, struct rect card)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	int pad = t->size[TEXT_SMALL] / 2, dot = t->size[TEXT_SMALL] / 2, w;
	bool fits;
	color c;
	const char *word = badge_of(view, vm, &c);
	struct rect r;

	if (!word || !ui->canvas)
		return;
	w = ui_text_width(ui, TEXT_SMALL, true, word) + dot + 3 * pad;
	/* The dot alone, where the card is too small: the words are below the row. */
	fits = w <= card.w - 2 * pad;
	r = (struct rect){
	        card.x + pad, card.y + pad, fits ? w : dot + 2 * pad, t->size[TEXT_SMALL] * 3 / 2};
	canvas_round(ui->canvas, r, r.h, t->ground_far);
	canvas_round(ui->canvas, (struct rect){r.x + pad, r.y + (r.h - dot) / 2, dot, dot}, dot, c);
	if (!fits)
		return;
	ui_text(ui,
	        &(struct ui_label){
	                .rect = {r.x + 2 * pad + dot, r.y + (r.h - t->size[TEXT_SMALL]) / 2,
	                        r.w - 3 * pad - dot + 1, r.h},
	                .size = TEXT_SMALL,
	                .bold = true,
	                .color = c,
	                .may_cut = true},
	        word);
}

static void activate(struct view *view, const struct model_vm *vm)
{
	if (vm->state == MODEL_STOPPED && !*vm->error)
		want(view, INTENT_START, vm->name, NULL);
	else
		want_screen(view, SCREEN_GAME, vm->name);
}

static void pass_card(struct view *view, const struct model_vm *vm, struct rect r, bool first)
{
	struct ui *ui = view->ui;
	char id[UI_ID_MOST];
	struct ui_result result;

	card_id(id, vm->name);
	result = ui_item(ui, id, r, first ? UI_FIRST : 0);
	if (r.x + r.w >= 0 && r.x < ui->theme.width) {
		cover_draw(view, vm, r, true);
		if (ui->canvas && !result.focused && !ui->theme.look.high_contrast)
			canvas_round(ui->canvas, r, ui->theme.radius, SHADE);
		draw_badge(view, vm, r);
	}
	if (result.activated)
		activate(view, vm);
}

/* Cards far outside of the screen are not declared: the next ones are there in time. */
static void pass_cards(struct view *view, const struct layout *l, size_t selected)
{
	int step = l->card_w + l->gap, n = (int)view->model->n_vms;
	int whole = n * step - l->gap, room = l->row.w;
	int target = (int)selected * step - (room - l->card_w) / 2, scroll;

	if (target > whole - room)
		target = whole - room;
	if (target < 0)
		target = 0;
	scroll = ui_scroll(view->ui, screen_names[SCREEN_HOME], target);
	for (int i = 0; i < n; i++) {
		struct rect r = {l->row.x + i * step - scroll, l->row.y, l->card_w, l->card_h};
		bool near = r.x > -3 * step && r.x < view->ui->theme.width + 3 * step;

		if (near || (size_t)i == selected)
			pass_card(view, &view->model->vms[i], r, (size_t)i == selected);
	}
}

static void draw_about(struct view *view, const struct layout *l, const struct model_vm *vm)
{
	const struct theme *t = &view->ui->theme;
	cleanup_free char *hardware = words_of_hardware(vm);
	color c;
	cleanup_free char *state = words_of_state(view, vm, &c);
	int y = put_words(view, l->about, l->about.y, TEXT_DISPLAY, true, t->text, 1, vm->title);

	y -= t->gap / 2;
	y = put_words(view, l->about, y, TEXT_BODY, false, c, 1, state) - t->gap +
	    t->size[TEXT_BODY] / 4;
	put_words(view, l->about, y, TEXT_BODY, false, t->dim, 1, hardware);
}

static void pass_header(struct view *view, const struct layout *l)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	int settings_w = ui_button_width(ui, _("Settings"));
	int usb_w = ui_button_width(ui, _("USB devices"));
	int pc_w = ui_button_width(ui, _("This PC"));
	int x = l->header.x + l->header.w - settings_w;
	struct rect name = l->header;

	if (ui_button(ui, "settings", x, l->header.y, _("Settings"), 0))
		want_screen(view, SCREEN_SETTINGS, NULL);
	x -= usb_w + t->gap;
	if (ui_button(ui, "usb", x, l->header.y, _("USB devices"), 0))
		want_screen(view, SCREEN_USB, NULL);
	x -= pc_w + t->gap;
	if (ui_button(ui, "pc", x, l->header.y, _("This PC"), 0))
		want_screen(view, SCREEN_PC, NULL);
	name.w = x - t->gap - name.x;
	if (ui_text_width(ui, TEXT_HEADING, true, "Playthrough") > name.w)
		return;
	put_text(view, name, name.y + (l->header.h - t->size[TEXT_HEADING]) / 2, TEXT_HEADING, true,
	        t->dim, 1, "Playthrough");
}

static void draw_empty(struct view *view, const struct layout *l)
{
	const struct theme *t = &view->ui->theme;
	struct rect in = l->row;
	int y = l->row.y + t->gap * 3;

	in.w = in.w * 3 / 4;
	if (!view->model->listed) {
		put_text(view, in, y, TEXT_TITLE, true, t->text, 1, _("One moment"));
		return;
	}
	y = put_text(view, in, y, TEXT_TITLE, true, t->text, 2, _("There is no game yet"));
	put_text(view, in, y, TEXT_BODY, false, t->dim, 5,
	        _("A game is a profile, a file in /etc/playthrough/profiles. The manual page "
	          "playthrough.profile(5) has every key; a new one appears here at the next "
	          "start."));
}

static void hints(struct view *view, const struct model_vm *vm)
{
	struct ui *ui = view->ui;
	bool on_card = vm && starts_with(ui_focus(ui), "vm/");

	if (!on_card)
		ui_hint(ui, ACTION_CONFIRM, _("Open"));
	else if (vm->state == MODEL_STOPPED && !*vm->error)
		ui_hint(ui, ACTION_CONFIRM, _("Play"));
	else
		ui_hint(ui, ACTION_CONFIRM, _("Look"));
	if (on_card)
		ui_hint(ui, ACTION_Y, _("Details"));
	ui_hint(ui, ACTION_NONE, _("Choose"));
	ui_hint(ui, ACTION_MENU, _("Settings"));
}

void screen_home(struct view *view)
{
	struct layout l = lay_out(view);
	const struct model_vm *vm = NULL;
	size_t selected = choose_selected(view);

	if (view->model->n_vms) {
		vm = &view->model->vms[selected];
		pass_cards(view, &l, selected);
		draw_about(view, &l, vm);
	} else {
		draw_empty(view, &l);
	}
	pass_header(view, &l);
	hints(view, vm);
	if (ui_pressed(view->ui, ACTION_MENU))
		want_screen(view, SCREEN_SETTINGS, NULL);
	if (vm && ui_pressed(view->ui, ACTION_Y) && starts_with(ui_focus(view->ui), "vm/"))
		want_screen(view, SCREEN_GAME, vm->name);
}
