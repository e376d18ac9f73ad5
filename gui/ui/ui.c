/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/ui.h"
#include "ui/parts.h"

#include <math.h>
#include <stdio.h>

void ui_init(struct ui *ui, struct text *text)
{
	*ui = (struct ui){.text = text, .pointer_x = -1, .pointer_y = -1};
}

static void clear_hints(struct ui *ui)
{
	for (unsigned i = 0; i < ui->n_hints; i++)
		free(ui->hints[i].label);
	ui->n_hints = 0;
}

void ui_finish(struct ui *ui)
{
	clear_hints(ui);
	free(ui->items);
	free(ui->before);
	*ui = (struct ui){0};
}

/* --- scopes --- */

/* There are as many as there are screens and dialogs; should there be more, the last is shared. */
static struct ui_scope *scope_of(struct ui *ui, const char *name)
{
	struct ui_scope *scope;

	for (unsigned i = 0; i < ui->n_scopes; i++)
		if (streq(ui->scopes[i].name, name))
			return &ui->scopes[i];
	scope = &ui->scopes[ui->n_scopes < UI_SCOPES_MOST ? ui->n_scopes++ : UI_SCOPES_MOST - 1];
	*scope = (struct ui_scope){0};
	snprintf(scope->name, UI_ID_MOST, "%s", name);
	return scope;
}

static void copy_id(char *to, const char *id)
{
	snprintf(to, UI_ID_MOST, "%s", id);
}

bool ui_focused(const struct ui *ui, const char *id)
{
	return !ui->inert && strncmp(ui->scope->focus, id, UI_ID_MOST - 1) == 0;
}

const char *ui_focus(const struct ui *ui)
{
	return ui->scope ? ui->scope->focus : "";
}

void ui_set_focus(struct ui *ui, const char *id)
{
	copy_id(ui->scope->focus, id);
}

void ui_forget(struct ui *ui, const char *name)
{
	for (unsigned i = 0; i < ui->n_scopes; i++)
		if (streq(ui->scopes[i].name, name))
			ui->scopes[i].focus[0] = '\0';
}

/* --- what the event does to the focus --- */

static size_t find_item(const struct ui_item *items, size_t n, const char *id)
{
	size_t i = 0;

	while (i < n && !streq(items[i].id, id))
		i++;
	return i;
}

static size_t item_at(const struct ui *ui, int x, int y)
{
	/* The last declared lies on top. */
	for (size_t i = ui->n_before; i-- > 0;)
		if (rect_has(ui->before[i].rect, x, y))
			return i;
	return ui->n_before;
}

static void focus_to(struct ui *ui, size_t i)
{
	if (i >= ui->n_before)
		return;
	copy_id(ui->scope->focus, ui->before[i].id);
	ui->scope->focus_rect = ui->before[i].rect;
}

static void move_focus(struct ui *ui, enum action direction)
{
	size_t from = find_item(ui->before, ui->n_before, ui->scope->focus);
	bool sideways = direction == ACTION_LEFT || direction == ACTION_RIGHT;

	if (from == ui->n_before || (sideways && ui->before[from].flags & UI_ADJUST))
		return;
	focus_to(ui, focus_move(ui->before, ui->n_before, from, direction));
}

static void take_pointer(struct ui *ui)
{
	size_t i = item_at(ui, ui->event.x, ui->event.y);

	ui->pointer_x = ui->event.x;
	ui->pointer_y = ui->event.y;
	focus_to(ui, i);
	if (ui->event.kind != INPUT_DOWN)
		return;
	copy_id(ui->pressed, i < ui->n_before ? ui->before[i].id : "");
	for (unsigned k = 0; k < ui->n_hints; k++)
		if (rect_has(ui->hints[k].rect, ui->event.x, ui->event.y))
			snprintf(ui->pressed, UI_ID_MOST, "/hint/%d", ui->hints[k].action);
}

/* Holding ends when the button is let go, the pointer is, or anything else is done. */
static void take_hold(struct ui *ui)
{
	const struct input_event *e = &ui->event;
	bool confirm = e->action == ACTION_CONFIRM;

	if ((e->kind == INPUT_RELEASE && confirm) || e->kind == INPUT_UP || e->kind == INPUT_DOWN ||
	        (e->kind == INPUT_PRESS && !confirm))
		ui->holding[0] = '\0';
}

/* A wheel goes down a list, and along a row where there is nothing below. */
static void take_wheel(struct ui *ui)
{
	size_t from = find_item(ui->before, ui->n_before, ui->scope->focus), to;
	bool up = ui->event.y > 0;

	if (from == ui->n_before || ui->event.y == 0)
		return;
	to = focus_move(ui->before, ui->n_before, from, up ? ACTION_LEFT : ACTION_RIGHT);
	if (to == from)
		to = focus_move(ui->before, ui->n_before, from, up ? ACTION_UP : ACTION_DOWN);
	focus_to(ui, to);
}

static void take_event(struct ui *ui)
{
	const struct input_event *e = &ui->event;

	take_hold(ui);
	switch (e->kind) {
	case INPUT_PRESS:
		if (e->action >= ACTION_UP && e->action <= ACTION_RIGHT)
			move_focus(ui, e->action);
		break;
	case INPUT_MOVE:
	case INPUT_DOWN:
		take_pointer(ui);
		break;
	case INPUT_WHEEL:
		take_wheel(ui);
		break;
	case INPUT_UP:
	case INPUT_RELEASE:
	case INPUT_TEXT:
		break;
	}
}

/* --- a pass --- */

void ui_begin(struct ui *ui, const struct theme *theme, struct canvas *canvas, const char *scope,
        const struct input_event *event, uint64_t now_ms)
{
	ui->theme = *theme;
	ui->canvas = canvas;
	ui->now_ms = now_ms;
	ui->has_event = event != NULL;
	ui->event = event ? *event : (struct input_event){0};
	if (event && event->kind != INPUT_RELEASE && event->kind != INPUT_UP)
		ui->device = event->device;
	ui->again = ui->inert = false;
	ui->clicked = ACTION_NONE;
	ui->deadline_ms = UINT64_MAX;
	/* Another scope's items are none of this one's. */
	if (!ui->scope || !streq(ui->scope->name, scope)) {
		ui->n_before = 0;
		ui->ring_set = false;
		ui->holding[0] = ui->pressed[0] = '\0';
	}
	ui->scope = scope_of(ui, scope);
	ui->n_items = 0;
	if (event)
		take_event(ui);
	clear_hints(ui);
}

void ui_begin_over(struct ui *ui)
{
	ui->n_items = 0;
	ui->inert = false;
	clear_hints(ui);
}

static bool confirmed(struct ui *ui, const char *id, struct rect rect)
{
	const struct input_event *e = &ui->event;

	if (!ui->has_event)
		return false;
	if (e->kind == INPUT_PRESS && e->action == ACTION_CONFIRM && !e->repeated)
		return ui_focused(ui, id);
	return e->kind == INPUT_UP && strncmp(ui->pressed, id, UI_ID_MOST - 1) == 0 &&
	       rect_has(rect, e->x, e->y);
}

static void hold(struct ui *ui, const char *id, struct rect rect, struct ui_result *result)
{
	const struct input_event *e = &ui->event;
	bool pressed = ui->has_event && ui_focused(ui, id) &&
	               ((e->kind == INPUT_PRESS && e->action == ACTION_CONFIRM && !e->repeated) ||
	                       (e->kind == INPUT_DOWN && rect_has(rect, e->x, e->y)));

	if (pressed) {
		copy_id(ui->holding, id);
		ui->holding_ms = ui->now_ms;
	}
	if (strncmp(ui->holding, id, UI_ID_MOST - 1) || !ui->holding[0] || !ui_focused(ui, id))
		return;
	result->holding = (double)(ui->now_ms - ui->holding_ms) / UI_HOLD_MS;
	if (result->holding < 1) {
		ui_wake(ui, 16);
		return;
	}
	result->holding = 1;
	result->activated = true;
	ui->holding[0] = '\0';
}

struct ui_result ui_item(struct ui *ui, const char *id, struct rect rect, unsigned flags)
{
	struct ui_result result = {0};
	struct ui_item *item;

	if (ui->inert)
		return result;
	item = list_append(ui->items, ui->n_items);
	copy_id(item->id, id);
	item->rect = rect;
	item->flags = flags;
	result.focused = ui_focused(ui, id);
	if (flags & UI_HOLD)
		hold(ui, id, rect, &result);
	else
		result.activated = confirmed(ui, id, rect);
	if (flags & UI_ADJUST && result.focused)
		result.adjust = ui_pressed(ui, ACTION_LEFT)    ? -1
		                : ui_pressed(ui, ACTION_RIGHT) ? 1
		                                               : 0;
	return result;
}

bool ui_pressed(const struct ui *ui, enum action action)
{
	return ui->has_event && !ui->inert && ui->event.kind == INPUT_PRESS &&
	       ui->event.action == action &&
	       (!ui->event.repeated || (action >= ACTION_UP && action <= ACTION_RIGHT));
}

void ui_wake(struct ui *ui, uint64_t ms)
{
	if (ui->now_ms + ms < ui->deadline_ms)
		ui->deadline_ms = ui->now_ms + ms;
}

int ui_scroll(struct ui *ui, const char *name, int target)
{
	struct ui_scope *scope = scope_of(ui, name);
	double way = target - scope->scroll;

	if (!ui->canvas)
		return target;
	if (ui->theme.look.still || fabs(way) < 1.5 || !scope->placed) {
		scope->scroll = target;
		scope->placed = true;
	} else {
		scope->scroll += way * 0.32;
		ui_wake(ui, 16);
	}
	return (int)lround(scope->scroll);
}

/* --- the end of a pass --- */

static void keep_focus(struct ui *ui)
{
	size_t i = find_item(ui->items, ui->n_items, ui->scope->focus);

	if (ui->n_items == 0)
		return;
	if (i == ui->n_items) {
		bool new = !ui->scope->focus[0];

		ui->again = true;
		for (i = 0; new &&i < ui->n_items && !(ui->items[i].flags & UI_FIRST);)
			i++;
		if (!new || i == ui->n_items)
			i = new ? 0 : focus_nearest(ui->items, ui->n_items, ui->scope->focus_rect);
		copy_id(ui->scope->focus, ui->items[i].id);
	}
	ui->scope->focus_rect = ui->items[i].rect;
}

static struct rect rect_between(struct rect a, struct rect b, double t)
{
	return (struct rect){a.x + (int)lround((b.x - a.x) * t), a.y + (int)lround((b.y - a.y) * t),
	        a.w + (int)lround((b.w - a.w) * t), a.h + (int)lround((b.h - a.h) * t)};
}

/* The ring goes to its item within a blink, unless nothing may move. */
static void draw_ring(struct ui *ui)
{
	size_t i = find_item(ui->items, ui->n_items, ui->scope->focus);
	int out = ui->theme.ring * 2;
	struct rect to, now;
	double t = 1;

	if (!ui->canvas)
		return;
	if (i == ui->n_items || ui->items[i].flags & UI_NO_RING) {
		ui->ring_set = false;
		return;
	}
	to = rect_inset(ui->items[i].rect, -out);
	if (!ui->ring_set || ui->theme.look.still)
		ui->ring_from = ui->ring_to = to;
	else if (memcmp(&to, &ui->ring_to, sizeof(to)) && ui->now_ms - ui->ring_ms >= UI_MOVE_MS) {
		ui->ring_from = ui->ring_to;
		ui->ring_ms = ui->now_ms;
	}
	ui->ring_to = to;
	ui->ring_set = true;
	if (ui->now_ms - ui->ring_ms < UI_MOVE_MS && !ui->theme.look.still) {
		t = 1 - pow(1 - (double)(ui->now_ms - ui->ring_ms) / UI_MOVE_MS, 3);
		ui_wake(ui, 16);
	}
	now = rect_between(ui->ring_from, to, t);
	canvas_ring(ui->canvas, now, ui->theme.radius + out, ui->theme.ring, ui->theme.focus);
}

void ui_end(struct ui *ui)
{
	struct ui_item *items = ui->before;

	keep_focus(ui);
	draw_ring(ui);
	ui_draw_hints(ui);
	if (ui->has_event && ui->event.kind == INPUT_UP)
		ui->pressed[0] = '\0';
	ui->before = ui->items;
	ui->n_before = ui->n_items;
	ui->items = items;
	ui->n_items = 0;
}
