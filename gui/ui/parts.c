/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What screens are made of: text, buttons, the bar of hints. */
#include "ui/parts.h"
#include "base/i18n.h"

#include <stdio.h>

static struct text_style style_of(const struct ui *ui, enum text_size size, bool bold)
{
	return (struct text_style){ui->theme.size[size], bold};
}

static void put_line(struct ui *ui, const struct ui_label *label, int y, const char *s, bool cut)
{
	struct text_style style = style_of(ui, label->size, label->bold);
	int width = text_width(ui->text, style, s), x = label->rect.x;
	struct ui_seen seen = {.s = s,
	        .height = style.height,
	        .color = label->color,
	        .cut = cut,
	        .may_cut = label->may_cut};

	if (label->align == UI_CENTER)
		x += (label->rect.w - width) / 2;
	else if (label->align == UI_RIGHT)
		x += label->rect.w - width;
	seen.rect = (struct rect){x, y, width, style.height};
	if (ui->canvas)
		seen.rect = rect_cut(seen.rect, ui->canvas->clip);
	if (ui->canvas)
		text_draw(ui->text, ui->canvas, style, x, y, s, label->color);
	if (ui->audit && *s && !ui->inert && !rect_empty(seen.rect))
		ui->audit(ui->audit_user, &seen);
}

static int line_step(const struct ui *ui, const struct ui_label *label)
{
	return ui->theme.size[label->size] * 108 / 100;
}

int ui_text(struct ui *ui, const struct ui_label *label, const char *s)
{
	struct text_style style = style_of(ui, label->size, label->bold);
	int y = label->rect.y;

	if (!ui->canvas && label->lines <= 1)
		return style.height;
	if (label->lines <= 1) {
		bool cut;
		cleanup_free char *line = text_fit(ui->text, style, s, label->rect.w, &cut);

		put_line(ui, label, y, line, cut);
		return style.height;
	} else {
		cleanup_strv struct strv lines = {0};
		bool cut = text_wrap(ui->text, style, s, label->rect.w, label->lines, &lines);

		for (size_t i = 0; i < lines.n; i++, y += line_step(ui, label))
			put_line(ui, label, y, lines.list[i], cut && i + 1 == lines.n);
		return lines.n ? y - label->rect.y - line_step(ui, label) + style.height : 0;
	}
}

int ui_text_height(struct ui *ui, const struct ui_label *label, const char *s)
{
	struct text_style style = style_of(ui, label->size, label->bold);
	cleanup_strv struct strv lines = {0};

	if (label->lines <= 1)
		return style.height;
	text_wrap(ui->text, style, s, label->rect.w, label->lines, &lines);
	return lines.n ? ((int)lines.n - 1) * line_step(ui, label) + style.height : 0;
}

int ui_text_width(struct ui *ui, enum text_size size, bool bold, const char *s)
{
	return text_width(ui->text, style_of(ui, size, bold), s);
}

/* --- buttons --- */

int ui_button_height(const struct ui *ui)
{
	return ui->theme.size[TEXT_BODY] * 2;
}

int ui_button_width(struct ui *ui, const char *label)
{
	return ui_text_width(ui, TEXT_BODY, true, label) + ui_button_height(ui);
}

bool ui_button(struct ui *ui, const char *id, int x, int y, const char *label, unsigned flags)
{
	struct rect r = {x, y, ui_button_width(ui, label), ui_button_height(ui)};
	struct ui_result result = ui_item(ui, id, r, flags);
	const struct theme *t = &ui->theme;
	color c = result.focused ? t->on_focus : t->text;
	int pad = (r.h - t->size[TEXT_BODY]) / 2;

	if (ui->canvas) {
		canvas_round(ui->canvas, r, t->radius, result.focused ? t->focus : t->card_lit);
		if (t->look.high_contrast && !result.focused)
			canvas_ring(ui->canvas, r, t->radius, t->ring / 2 + 1, t->line);
	}
	if (ui->canvas && result.holding > 0) {
		struct rect done = {r.x, r.y, (int)(r.w * result.holding), r.h};
		struct rect old = canvas_clip(ui->canvas, done);

		canvas_round(ui->canvas, r, t->radius, t->bad);
		ui->canvas->clip = old;
	}
	ui_text(ui,
	        &(struct ui_label){.rect = {r.x, r.y + pad, r.w, r.h},
	                .size = TEXT_BODY,
	                .bold = true,
	                .color = c,
	                .align = UI_CENTER},
	        label);
	return result.activated;
}

/* --- hints --- */

void ui_hint(struct ui *ui, enum action action, const char *label)
{
	if (ui->inert || ui->n_hints == UI_HINTS_MOST)
		return;
	ui->hints[ui->n_hints++] = (struct ui_hint){.action = action, .label = xstrdup(label)};
}

int ui_hints_height(const struct ui *ui)
{
	return ui->theme.size[TEXT_SMALL] * 19 / 10;
}

struct rect ui_body(const struct ui *ui)
{
	struct rect safe = ui->theme.safe;

	safe.h -= ui_hints_height(ui) + ui->theme.gap;
	return safe;
}

static enum glyph_set set_of(enum input_device device)
{
	switch (device) {
	case INPUT_XBOX:
		return GLYPH_XBOX;
	case INPUT_PLAYSTATION:
		return GLYPH_PLAYSTATION;
	case INPUT_NINTENDO:
		return GLYPH_NINTENDO;
	case INPUT_KEYBOARD:
	case INPUT_POINTER:
		break;
	}
	return GLYPH_KEYBOARD;
}

static enum glyph glyph_of(const struct ui *ui, enum action action)
{
	bool swap = ui->device == INPUT_NINTENDO && ui->plain_labels;

	switch (action) {
	case ACTION_CONFIRM:
		return swap ? GLYPH_BACK : GLYPH_CONFIRM;
	case ACTION_BACK:
		return swap ? GLYPH_CONFIRM : GLYPH_BACK;
	case ACTION_X:
		return swap ? GLYPH_Y : GLYPH_X;
	case ACTION_Y:
		return swap ? GLYPH_X : GLYPH_Y;
	case ACTION_MENU:
		return GLYPH_MENU;
	case ACTION_L1:
		return GLYPH_L1;
	case ACTION_R1:
		return GLYPH_R1;
	case ACTION_NONE:
	case ACTION_UP:
	case ACTION_DOWN:
	case ACTION_LEFT:
	case ACTION_RIGHT:
	case ACTION_COUNT:
		break;
	}
	return GLYPH_DPAD;
}

static void draw_hint(struct ui *ui, struct ui_hint *hint, int *x)
{
	const struct theme *t = &ui->theme;
	int h = ui_hints_height(ui), inner = t->size[TEXT_SMALL] * 3 / 2, at = *x, width;
	int y = t->safe.y + t->safe.h - h;
	enum glyph_set set = set_of(ui->device);
	enum glyph glyph = glyph_of(ui, hint->action);

	width = glyph_draw(NULL, ui->text, t, set, glyph, 0, 0, inner) + t->gap / 2 +
	        ui_text_width(ui, TEXT_SMALL, false, hint->label);
	if (at + width > t->safe.x + t->safe.w)
		return;
	hint->rect = (struct rect){at, y, width, h};
	at += glyph_draw(ui->canvas, ui->text, t, set, glyph, at, y + (h - inner) / 2, inner);
	at += t->gap / 2;
	ui_text(ui,
	        &(struct ui_label){.rect = {at, y + (h - t->size[TEXT_SMALL]) / 2, width, h},
	                .size = TEXT_SMALL,
	                .color = t->text},
	        hint->label);
	*x += width + t->gap * 2;
}

void ui_draw_hints(struct ui *ui)
{
	int x = ui->theme.safe.x;

	for (unsigned i = 0; i < ui->n_hints; i++) {
		struct ui_hint *hint = &ui->hints[i];
		char id[UI_ID_MOST];

		draw_hint(ui, hint, &x);
		snprintf(id, sizeof(id), "/hint/%d", hint->action);
		if (ui->has_event && ui->event.kind == INPUT_UP && streq(ui->pressed, id) &&
		        rect_has(hint->rect, ui->event.x, ui->event.y))
			ui->clicked = hint->action;
	}
}
