/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A page of texts as a column of cards, scrolled by the focus. */
#include "screens/screens.h"

#include <stdio.h>

static struct ui_label text_label(const struct view *view, const struct block *block, int width)
{
	const struct theme *t = &view->ui->theme;

	return (struct ui_label){.rect = {0, 0, width, 0},
	        .size = block->size,
	        .color = view->ui->theme.text,
	        /* One that is longer than any screen is told in the terminal. */
	        .lines = (unsigned)(ui_body(view->ui).h * 6 / 10 / t->size[block->size]),
	        .may_cut = true};
}

static int pad_of(const struct view *view)
{
	return view->ui->theme.gap;
}

/* How many of the lines below the text there is room for. */
static size_t shown_lines(const struct view *view, const struct block *block)
{
	size_t room = (size_t)(ui_body(view->ui).h / 2 / view->ui->theme.size[TEXT_SMALL]);
	size_t most = room * 10 / 13 > 1 ? room * 10 / 13 : 1;

	if (!block->lines)
		return 0;
	return block->lines->n < most ? block->lines->n : most;
}

/* What a press does is named in larger letters than what is only read. */
static struct ui_label head_label(const struct view *view, const struct block *block)
{
	const struct theme *t = &view->ui->theme;
	enum text_size size = block->act ? TEXT_BODY : TEXT_SMALL;

	return (struct ui_label){.rect = {0, 0, 0, t->size[size]},
	        .size = size,
	        .bold = true,
	        .color = block->size == TEXT_SMALL && !block->act ? t->dim : t->text,
	        .may_cut = true};
}

static int head_height(const struct view *view, const struct block *block)
{
	return view->ui->theme.size[head_label(view, block).size] +
	       view->ui->theme.size[TEXT_SMALL] * 3 / 10;
}

static int block_height(struct view *view, const struct block *block, int width)
{
	const struct theme *t = &view->ui->theme;
	int pad = pad_of(view), small = t->size[TEXT_SMALL];
	struct ui_label label = text_label(view, block, width - 2 * pad);

	return 2 * pad + head_height(view, block) + ui_text_height(view->ui, &label, block->text) +
	       (int)shown_lines(view, block) * small * 13 / 10 + (block->lines ? small / 2 : 0) +
	       (block->code && *block->code ? small * 16 / 10 : 0);
}

/* An empty ring: it could be chosen. */
static void draw_off(struct view *view, int x, int y, int size)
{
	const struct theme *t = &view->ui->theme;

	if (view->ui->canvas)
		canvas_ring(view->ui->canvas, (struct rect){x, y, size, size}, size, size / 12 + 1,
		        t->dim);
}

void draw_go_sign(struct view *view, int x, int y, int size)
{
	struct canvas *canvas = view->ui->canvas;
	double w = size / 9.0 + 1, half = size / 2.0;
	color c = view->ui->theme.focus;

	if (!canvas)
		return;
	canvas_line(canvas, x + w, y + half, x + size - w, y + half, w, c);
	canvas_line(canvas, x + size - w, y + half, x + size * 0.6, y + size * 0.22, w, c);
	canvas_line(canvas, x + size - w, y + half, x + size * 0.6, y + size * 0.78, w, c);
}

/* Before the label. Returns whether there is one. */
static bool draw_sign_of(struct view *view, const struct block *block, int x, int y, int size)
{
	if (block->status_of) {
		draw_status(view, x, y, size, block->status_of->status);
		return true;
	}
	switch (block->sign) {
	case BLOCK_PLAIN:
		return false;
	case BLOCK_GO:
		draw_go_sign(view, x, y, size);
		break;
	case BLOCK_ON:
	case BLOCK_WELL:
		draw_status(view, x, y, size, PC_PASS);
		break;
	case BLOCK_OFF:
		draw_off(view, x, y, size);
		break;
	case BLOCK_CARE:
		draw_status(view, x, y, size, PC_WARN);
		break;
	case BLOCK_BAD:
		draw_status(view, x, y, size, PC_FAIL);
		break;
	}
	return true;
}

static void draw_block(struct view *view, const struct block *block, struct rect r, bool focused)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	int pad = pad_of(view), small = t->size[TEXT_SMALL];
	struct ui_label label = head_label(view, block);
	int sign = label.rect.h;

	label.rect = (struct rect){r.x + pad, r.y + pad, r.w - 2 * pad, sign};
	if (ui->canvas)
		canvas_round(ui->canvas, r, t->radius, focused ? t->card_lit : t->card);
	if (draw_sign_of(view, block, label.rect.x, label.rect.y, sign)) {
		label.rect.x += sign * 3 / 2;
		label.rect.w -= sign * 3 / 2;
	}
	ui_text(ui, &label, block->label);
	label = text_label(view, block, r.w - 2 * pad);
	label.rect.x = r.x + pad;
	label.rect.y = r.y + pad + head_height(view, block);
	label.rect.y += ui_text(ui, &label, block->text) + small * 3 / 10;
	label.size = TEXT_SMALL;
	label.lines = 1;
	label.color = t->dim;
	for (size_t i = 0, n = shown_lines(view, block); i < n; i++) {
		bool last = i + 1 == n && n < block->lines->n;

		ui_text(ui, &label, last ? "…" : block->lines->list[i]);
		label.rect.y += small * 13 / 10;
	}
	if (block->code && *block->code)
		ui_text(ui, &label, block->code);
}

static void block_id(char *out, const struct block *block, size_t i)
{
	if (block->act)
		snprintf(out, UI_ID_MOST, "%s", block->act);
	else
		snprintf(out, UI_ID_MOST, "block/%zu", i);
}

static size_t focused_block(const struct view *view, const struct block *blocks, size_t n)
{
	char id[UI_ID_MOST];

	for (size_t i = 0; i < n; i++) {
		block_id(id, &blocks[i], i);
		if (ui_focused(view->ui, id))
			return i;
	}
	return 0;
}

const char *pass_blocks(struct view *view, enum screen screen, struct rect list,
        const struct block *blocks, size_t n)
{
	struct ui *ui = view->ui;
	cleanup_free int *heights = xcalloc(n + 1, sizeof(*heights));
	int gap = ui->theme.gap, y;
	struct rect old = {0};
	const char *pressed = NULL;

	for (size_t i = 0; i < n; i++)
		heights[i] = block_height(view, &blocks[i], list.w);
	y = list.y -
	    scroll_blocks(view, screen, heights, n, gap, focused_block(view, blocks, n), list.h);
	if (ui->canvas)
		old = canvas_clip(ui->canvas, (struct rect){0, list.y, ui->theme.width, list.h});
	for (size_t i = 0; i < n; i++) {
		struct rect r = {list.x, y, list.w, heights[i]};
		struct ui_result result;
		char id[UI_ID_MOST];

		block_id(id, &blocks[i], i);
		result = ui_item(ui, id, r, i == 0 ? UI_FIRST : 0);
		if (result.activated)
			pressed = blocks[i].act;
		if (r.y + r.h > list.y && r.y < list.y + list.h)
			draw_block(view, &blocks[i], r, result.focused);
		y += heights[i] + gap;
	}
	if (ui->canvas)
		ui->canvas->clip = old;
	return pressed;
}

void blocks_finish(struct block *blocks, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(blocks[i].text);
}
