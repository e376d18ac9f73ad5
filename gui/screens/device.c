/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One USB device or hub: whose it is and why, and everything that can be done about it. Which game it is about is
 * the first row, where there are several.
 */
#include "base/i18n.h"
#include "draw/sign.h"
#include "screens/screens.h"

#include <stdio.h>

#define ACTS_MOST 24u

/* A row: what it says, and what is wanted when it is confirmed. */
struct act {
	char id[UI_ID_MOST];
	char *label;
	struct intent intent;
};

struct sheet {
	struct view *view;
	const struct model_usb_row *row;
	const struct model_vm *game; /* NULL: there is none at all */
	struct act acts[ACTS_MOST];
	size_t n;
};

/* Takes @label. */
static struct act *add(
        struct sheet *s, enum intent_kind kind, const char *id, const char *vm, char *label)
{
	struct act *act;

	if (s->n == ACTS_MOST) {
		free(label);
		return NULL;
	}
	act = &s->acts[s->n++];
	*act = (struct act){.label = label, .intent = {.kind = kind}};
	snprintf(act->id, sizeof(act->id), "%s", id);
	snprintf(act->intent.vm, sizeof(act->intent.vm), "%s", vm);
	if (s->row->device)
		snprintf(act->intent.device, sizeof(act->intent.device), "%s",
		        s->row->device->sysname);
	return act;
}

/* The game the sheet is about: the one chosen here, else the one that runs, else the last played. */
static const struct model_vm *choose_game(const struct view *view)
{
	const struct model_vm *vm = model_vm(view->model, view->vm);

	if (!vm)
		vm = usb_game(view);
	for (size_t i = 0; !vm && i < view->model->n_vms; i++)
		if (view->model->vms[i].state == MODEL_RUNNING)
			vm = &view->model->vms[i];
	return vm || !view->model->n_vms ? vm : &view->model->vms[0];
}

/* --- which acts there are --- */

static void add_now(struct sheet *s)
{
	const struct model_usb *usb = s->row->device;

	if (*usb->vm)
		add(s, INTENT_TAKE, "take", usb->vm,
		        xasprintf(_("Take it back from %s"), usb_title(s->view, usb->vm)));
	else if (!usb->hub && s->game && s->game->state == MODEL_RUNNING)
		add(s, INTENT_GIVE, "give", s->game->name,
		        xasprintf(_("Give it to %s now"), s->game->title));
}

/* Rules that the daemon tells of this row: those of its device, and of a hub those of what is behind it. */
static bool concerns(
        const struct sheet *s, const struct model_usb_why *why, const struct model_usb_rule *rule)
{
	const struct model_usb *usb = s->row->device;

	if (streq(why->sysname, usb->sysname))
		return true;
	return usb->hub && rule->by == MODEL_BY_HUB && streq(rule->value, s->row->port);
}

static bool has_rule(const struct sheet *s, const char *vm, enum model_by by)
{
	for (size_t i = 0; i < s->view->model->n_whys; i++) {
		const struct model_usb_why *why = &s->view->model->whys[i];

		for (size_t k = 0; k < why->n_rules; k++)
			if (why->rules[k].by == by && streq(why->rules[k].vm, vm) &&
			        concerns(s, why, &why->rules[k]))
				return true;
	}
	return false;
}

static void add_assign(
        struct sheet *s, enum model_by by, const char *id, const char *format, const char *device)
{
	struct act *act;

	if (has_rule(s, s->game->name, by))
		return;
	act = add(s, INTENT_ASSIGN, id, s->game->name, xasprintf(format, s->game->title));
	if (!act)
		return;
	act->intent.by = by;
	if (device)
		snprintf(act->intent.device, sizeof(act->intent.device), "%s", device);
}

static void add_always(struct sheet *s)
{
	const struct model_usb *usb = s->row->device;
	const struct model_usb_row *hub = model_usb_hub_of(s->view->model, s->row->port);

	if (!s->game)
		return;
	if (usb->hub) {
		add_assign(s, MODEL_BY_HUB, "hub", _("Always give %s everything behind this hub"),
		        NULL);
		return;
	}
	if (*usb->serial)
		add_assign(
		        s, MODEL_BY_SERIAL, "serial", _("Always give %s this very device"), NULL);
	add_assign(s, MODEL_BY_DEVICE, "device", _("Always give %s devices of this make and model"),
	        NULL);
	if (strchr(s->row->port, '/'))
		add_assign(
		        s, MODEL_BY_PORT, "port", _("Always give %s what is in this socket"), NULL);
	if (hub)
		add_assign(s, MODEL_BY_HUB, "hub",
		        _("Always give %s everything behind the same hub"), hub->device->sysname);
}

static bool is_added(const struct sheet *s, const struct model_usb_rule *rule)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->acts[i].intent.kind == INTENT_UNASSIGN &&
		        streq(s->acts[i].intent.vm, rule->vm) &&
		        streq(s->acts[i].intent.rule, rule->section))
			return true;
	return false;
}

static void add_rules(struct sheet *s)
{
	const struct model *model = s->view->model;
	size_t n = 0;

	for (size_t i = 0; i < model->n_whys; i++) {
		for (size_t k = 0; k < model->whys[i].n_rules; k++) {
			const struct model_usb_rule *rule = &model->whys[i].rules[k];
			char id[UI_ID_MOST];
			struct act *act;

			if (!concerns(s, &model->whys[i], rule) || is_added(s, rule))
				continue;
			snprintf(id, sizeof(id), "rule/%zu", n++);
			act = add(s, INTENT_UNASSIGN, id, rule->vm,
			        xasprintf(_("Take the rule [%s] away from %s"), rule->section,
			                usb_title(s->view, rule->vm)));
			if (act)
				snprintf(act->intent.rule, sizeof(act->intent.rule), "%s",
				        rule->section);
		}
	}
}

/* --- on the screen --- */

static void draw_row(struct view *view, struct rect r, bool focused, const char *label,
        unsigned lines, int right)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	struct ui_label text = {.rect = {r.x + t->gap * 3 / 2, 0, r.w - 3 * t->gap - right, r.h},
	        .size = TEXT_BODY,
	        .bold = focused,
	        .color = focused ? t->on_focus : t->text,
	        .lines = lines,
	        .may_cut = true};

	text.rect.y = r.y + (r.h - ui_text_height(ui, &text, label)) / 2;
	if (ui->canvas) {
		canvas_round(ui->canvas, r, t->radius, focused ? t->focus : t->card);
		if (t->look.high_contrast && !focused)
			canvas_ring(ui->canvas, r, t->radius, t->ring / 2 + 1, t->line);
	}
	ui_text(ui, &text, label);
}

static void choose_next(struct sheet *s, int by)
{
	const struct model *model = s->view->model;
	size_t i = (size_t)(s->game - model->vms);

	if ((by < 0 && i == 0) || (by > 0 && i + 1 >= model->n_vms))
		return;
	want(s->view, INTENT_CHOOSE, model->vms[by < 0 ? i - 1 : i + 1].name, NULL);
}

/* "Game    < Hollow Coast >": left and right change it, and so does the button, which goes round. */
static void pass_game(struct sheet *s, struct rect r)
{
	struct view *view = s->view;
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	struct ui_result result = ui_item(ui, "game", r, UI_ADJUST);
	color c = result.focused ? t->on_focus : t->text;
	int w = ui_text_width(ui, TEXT_BODY, true, _("Game")) + t->gap;
	double arm = t->size[TEXT_BODY] * 0.18, middle = r.y + r.h / 2.0, thick = t->ring / 2.0 + 1;
	struct rect in = {r.x + w + 3 * t->gap, r.y + (r.h - t->size[TEXT_BODY]) / 2,
	        r.w - w - 4 * t->gap - t->size[TEXT_BODY] * 7 / 4, r.h};

	draw_row(view, r, result.focused, _("Game"), 1, 0);
	ui_text(ui,
	        &(struct ui_label){.rect = in,
	                .size = TEXT_BODY,
	                .bold = true,
	                .color = c,
	                .align = UI_RIGHT,
	                .may_cut = true},
	        s->game->title);
	for (int way = -1; way <= 1 && ui->canvas; way += 2) {
		double x = r.x + r.w - t->gap - t->size[TEXT_BODY] * (way < 0 ? 1.1 : 0.3);

		canvas_line(ui->canvas, x - way * arm / 2, middle - 1.6 * arm, x + way * arm / 2,
		        middle, thick, c);
		canvas_line(ui->canvas, x - way * arm / 2, middle + 1.6 * arm, x + way * arm / 2,
		        middle, thick, c);
	}
	if (result.adjust)
		choose_next(s, result.adjust);
	else if (result.activated)
		want(view, INTENT_CHOOSE,
		        s->game + 1 < view->model->vms + view->model->n_vms
		                ? s->game[1].name
		                : view->model->vms[0].name,
		        NULL);
}

static int act_height(const struct ui *ui)
{
	return ui->theme.size[TEXT_BODY] * 108 / 100 * (ui->theme.look.scale > 125 ? 2 : 1) +
	       ui->theme.gap;
}

/* Rows of one height, those that find no room scrolled away; rows are never cut. */
static void pass_acts(struct sheet *s, struct rect list)
{
	struct ui *ui = s->view->ui;
	bool choice = s->game && s->view->model->n_vms > 1;
	size_t rows = s->n + choice, fit, focus = 0, first;
	int space = ui->theme.gap * 3 / 4, step = act_height(ui) + space;
	struct rect r;

	list.w -= rows * (size_t)step > (size_t)list.h + (size_t)space ? scroll_bar_width(s->view)
	                                                               : 0;
	r = list;
	fit = list.h > step ? (size_t)((list.h + space) / step) : 1;
	for (size_t i = 0; i < s->n; i++)
		if (ui_focused(ui, s->acts[i].id))
			focus = i + choice;
	first = focus < fit / 2 || rows <= fit ? 0 : focus - fit / 2;
	if (rows > fit && first > rows - fit)
		first = rows - fit;
	r.h = act_height(ui);
	scroll_bar(s->view, list, (int)first * step, (int)rows * step - space);
	for (size_t i = 0; i < rows; i++) {
		struct act *act = i < choice ? NULL : &s->acts[i - choice];
		struct ui_result result;

		r.y = list.y + ((int)i - (int)first) * step;
		if (i < first || i >= first + fit) {
			ui_item(ui, act ? act->id : "game", r, 0);
			continue;
		}
		if (!act) {
			pass_game(s, r);
			continue;
		}
		result = ui_item(ui, act->id, r, i == choice ? UI_FIRST : 0);
		draw_row(s->view, r, result.focused, act->label, ui->theme.look.scale > 125 ? 2 : 1,
		        0);
		if (result.activated)
			s->view->intent = act->intent;
	}
}

/* Returns the y below it. */
static int heading(struct view *view, const struct model_usb_row *row, struct rect body)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	const struct model_usb *usb = row->device;
	int sign = t->size[TEXT_TITLE];
	struct rect in = {body.x + sign + t->gap, body.y, body.w - sign - t->gap, body.h};
	cleanup_free char *facts =
	        streq(usb_kind_words(usb), usb->id)
	                ? xasprintf(_("socket %s · %s"), usb_socket(row), usb->id)
	                : xasprintf(_("socket %s · %s · %s"), usb_socket(row), usb_kind_words(usb),
	                          usb->id);
	int y = put_words(view, in, body.y, TEXT_TITLE, true, t->text, 1, usb->name) - t->gap / 2;

	if (ui->canvas)
		sign_draw(ui->canvas, usb->kind, body.x, body.y, sign, t->text);
	return put_words(view, body, y, TEXT_SMALL, false, t->dim, 1, facts);
}

static int explain(struct view *view, const struct model_usb *usb, struct rect body, int y)
{
	const struct theme *t = &view->ui->theme;
	unsigned lines = t->look.scale > 125 ? 2 : 3;
	bool failed;
	cleanup_free char *why = usb_why_words(view, usb), *job = usb_job_words(view, &failed);

	if (*usb->uses && t->look.scale <= 150)
		y = put_words(view, body, y - t->gap / 2, TEXT_SMALL, false, t->warn, 2, usb->uses);
	y = put_words(view, body, y, TEXT_BODY, false, t->text, lines, why);
	if (job && t->look.scale <= 150)
		y = put_words(view, body, y, TEXT_BODY, false, failed ? t->bad : t->dim, 1, job);
	return y;
}

static void pass_gone(struct view *view, struct rect body)
{
	int y = put_text(view, body, screen_title(view, _("USB devices")), TEXT_BODY, false,
	        view->ui->theme.text, 2, _("This device is not plugged in any more."));

	if (ui_button(view->ui, "back", body.x, y, _("To the USB devices"), UI_FIRST))
		want(view, INTENT_BACK, NULL, NULL);
}

void screen_device(struct view *view)
{
	struct ui *ui = view->ui;
	struct rect body = ui_body(ui), list = body;
	struct sheet s = {.view = view,
	        .row = model_usb_row(view->model, view->device),
	        .game = choose_game(view)};

	ui_hint(ui, ACTION_CONFIRM, _("Choose"));
	back_hint(view);
	if (!s.row || !s.row->device) {
		pass_gone(view, body);
		return;
	}
	add_now(&s);
	add_always(&s);
	add_rules(&s);
	add(&s, INTENT_BACK, "back", "", xstrdup(_("To the USB devices")));
	list.y = heading(view, s.row, body);
	list.y = explain(view, s.row->device, body, list.y) + ui->theme.gap / 2;
	list.h = body.y + body.h - list.y;
	pass_acts(&s, list);
	for (size_t i = 0; i < s.n; i++)
		free(s.acts[i].label);
}
