/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The games as a row of cards, the last played first, and below it the one that is chosen, in large letters.
 * One press plays.
 */
#include "base/i18n.h"
#include "screens/screens.h"

#include <stdio.h>

#define NEW_CARD "new"

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

/* The card that has the focus, else the one that had it last; n_vms: the one behind the games. */
static size_t choose_selected(struct view *view)
{
	char id[UI_ID_MOST];

	if (ui_focused(view->ui, NEW_CARD))
		return view->model->n_vms;
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
		return vm->asleep ? _("Asleep") : _("Paused");
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

/* The last card: a game that is not there yet. */
static void pass_new_card(struct view *view, struct rect r, bool first)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	struct ui_result result = ui_item(ui, NEW_CARD, r, first ? UI_FIRST : 0);
	int arm = r.w / 7, w = r.w / 36 + 1, x = r.x + r.w / 2, y = r.y + r.h * 42 / 100;
	color c = result.focused ? t->focus : t->dim;

	if (ui->canvas && r.x + r.w >= 0 && r.x < t->width) {
		canvas_round(ui->canvas, r, t->radius, result.focused ? t->card_lit : t->card);
		canvas_ring(ui->canvas, r, t->radius, t->ring / 2 + 1, t->line);
		canvas_line(ui->canvas, x - arm, y, x + arm, y, w, c);
		canvas_line(ui->canvas, x, y - arm, x, y + arm, w, c);
	}
	if (result.activated)
		want_screen(view, SCREEN_NEW, NULL);
}

/* Cards far outside of the screen are not declared: the next ones are there in time. */
static void pass_cards(struct view *view, const struct layout *l, size_t selected)
{
	int step = l->card_w + l->gap, n = (int)view->model->n_vms + 1;
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

		if (i + 1 == n)
			pass_new_card(view, r, (size_t)i == selected);
		else if (near || (size_t)i == selected)
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

/* Beside the words: below the cards, so that the page of a game that would start is reached by the arrows, too. */
static void pass_details(struct view *view, struct layout *l, const struct model_vm *vm)
{
	int w = ui_button_width(view->ui, _("Details"));
	int x = l->about.x + l->about.w - w;
	int y = l->about.y + (l->about.h - ui_button_height(view->ui)) / 2;

	if (ui_button(view->ui, "details", x, y, _("Details"), 0))
		want_screen(view, SCREEN_GAME, vm->name);
	l->about.w -= w + view->ui->theme.gap;
}

static void draw_about_new(struct view *view, const struct layout *l)
{
	const struct theme *t = &view->ui->theme;
	int y = put_text(view, l->about, l->about.y, TEXT_DISPLAY, true, t->text, 1, _("New game"));

	put_words(view, l->about, y - t->gap / 2, TEXT_BODY, false, t->dim, 2,
	        _("A few questions about its system, its graphics card and its disk."));
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
	pass_new_card(view, (struct rect){l->row.x, l->row.y, l->card_w, l->card_h}, true);
	in.x += l->card_w + l->gap;
	in.w = l->row.w - l->card_w - l->gap;
	y = put_text(view, in, y, TEXT_TITLE, true, t->text, 2, _("There is no game yet"));
	put_words(view, in, y, TEXT_BODY, false, t->dim, 5,
	        _("Make the first one: a few questions about its system, its graphics card and "
	          "its disk."));
}

static void hints(struct view *view, const struct model_vm *vm)
{
	struct ui *ui = view->ui;
	bool on_card = vm && starts_with(ui_focus(ui), "vm/");
	bool on_new = streq(ui_focus(ui), NEW_CARD);

	if (!on_card)
		ui_hint(ui, ACTION_CONFIRM, _("Open"));
	else if (vm->state == MODEL_STOPPED && !*vm->error)
		ui_hint(ui, ACTION_CONFIRM, _("Play"));
	else
		ui_hint(ui, ACTION_CONFIRM, _("Look"));
	if (on_card)
		ui_hint(ui, ACTION_Y, _("Details"));
	if (view->model->listed && !on_new)
		ui_hint(ui, ACTION_X, _("New game"));
	ui_hint(ui, ACTION_NONE, _("Choose"));
	ui_hint(ui, ACTION_MENU, _("Settings"));
}

void screen_home(struct view *view)
{
	struct layout l = lay_out(view);
	const struct model_vm *vm = NULL;
	size_t selected = choose_selected(view);

	if (view->model->n_vms) {
		vm = selected < view->model->n_vms ? &view->model->vms[selected] : NULL;
		pass_cards(view, &l, selected);
		if (vm) {
			pass_details(view, &l, vm);
			draw_about(view, &l, vm);
		} else {
			draw_about_new(view, &l);
		}
	} else {
		draw_empty(view, &l);
	}
	pass_header(view, &l);
	hints(view, vm);
	if (view->model->listed && ui_pressed(view->ui, ACTION_X))
		want_screen(view, SCREEN_NEW, NULL);
	if (ui_pressed(view->ui, ACTION_MENU))
		want_screen(view, SCREEN_SETTINGS, NULL);
	if (vm && ui_pressed(view->ui, ACTION_Y) && starts_with(ui_focus(view->ui), "vm/"))
		want_screen(view, SCREEN_GAME, vm->name);
}
