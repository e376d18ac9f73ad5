/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One point of the check as a whole page: what it says, what to do, what was read where. */
#include "base/i18n.h"
#include "screens/screens.h"

#include <stdio.h>

#define BLOCKS_MOST (PC_EVIDENCE_MOST + 2)

/* A card: what it is, and what it says. */
struct block {
	const char *label;
	char *text;
	enum text_size size;              /* of the text */
	const struct pc_point *status_of; /* whose sign stands before the label; NULL: none */
	const char *code;                 /* "": none */
};

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

static int block_height(struct view *view, const struct block *block, int width)
{
	const struct theme *t = &view->ui->theme;
	int pad = pad_of(view), small = t->size[TEXT_SMALL];
	struct ui_label label = text_label(view, block, width - 2 * pad);

	return 2 * pad + small * 13 / 10 + ui_text_height(view->ui, &label, block->text) +
	       (*block->code ? small * 16 / 10 : 0);
}

static void draw_block(struct view *view, const struct block *block, struct rect r, bool focused)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	int pad = pad_of(view), small = t->size[TEXT_SMALL];
	struct ui_label label = {.rect = {r.x + pad, r.y + pad, r.w - 2 * pad, small},
	        .size = TEXT_SMALL,
	        .bold = true,
	        .color = block->size == TEXT_SMALL ? t->dim : t->text,
	        .may_cut = true};

	if (ui->canvas)
		canvas_round(ui->canvas, r, t->radius, focused ? t->card_lit : t->card);
	if (block->status_of) {
		draw_status(view, label.rect.x, label.rect.y, small, block->status_of->status);
		label.rect.x += small * 3 / 2;
		label.rect.w -= small * 3 / 2;
	}
	ui_text(ui, &label, block->label);
	label = text_label(view, block, r.w - 2 * pad);
	label.rect.x = r.x + pad;
	label.rect.y = r.y + pad + small * 13 / 10;
	label.rect.y += ui_text(ui, &label, block->text) + small * 3 / 10;
	label.size = TEXT_SMALL;
	label.lines = 1;
	label.color = t->dim;
	if (*block->code)
		ui_text(ui, &label, block->code);
}

static size_t collect(const struct pc_point *point, struct block *blocks)
{
	size_t n = 0;

	blocks[n++] = (struct block){words_of_status(point), words_of_check(point->summary),
	        TEXT_BODY, point, *point->fix ? "" : point->code};
	if (*point->fix)
		blocks[n++] = (struct block){
		        _("What to do"), words_of_check(point->fix), TEXT_BODY, NULL, point->code};
	for (size_t i = 0; i < point->n_evidence; i++)
		blocks[n++] = (struct block){point->evidence[i].source,
		        xstrdup(point->evidence[i].value), TEXT_SMALL, NULL, ""};
	return n;
}

/* The page of large letters has what the wide one says below the verdict. */
static size_t collect_next(const struct view *view, struct block *blocks)
{
	blocks[0] = (struct block){
	        _("What to do"), xstrdup(words_of_next(&view->model->pc)), TEXT_BODY, NULL, ""};
	return 1;
}

static size_t focused_block(const struct view *view, size_t n)
{
	char id[UI_ID_MOST];

	for (size_t i = 0; i < n; i++) {
		snprintf(id, sizeof(id), "block/%zu", i);
		if (ui_focused(view->ui, id))
			return i;
	}
	return 0;
}

static void pass_blocks(struct view *view, struct rect list, const struct block *blocks, size_t n)
{
	struct ui *ui = view->ui;
	int heights[BLOCKS_MOST], gap = ui->theme.gap, y;
	struct rect old = {0};

	for (size_t i = 0; i < n; i++)
		heights[i] = block_height(view, &blocks[i], list.w);
	y = list.y -
	    scroll_blocks(view, SCREEN_POINT, heights, n, gap, focused_block(view, n), list.h);
	if (ui->canvas)
		old = canvas_clip(ui->canvas, (struct rect){0, list.y, ui->theme.width, list.h});
	for (size_t i = 0; i < n; i++) {
		struct rect r = {list.x, y, list.w, heights[i]};
		struct ui_result result;
		char id[UI_ID_MOST];

		snprintf(id, sizeof(id), "block/%zu", i);
		result = ui_item(ui, id, r, i == 0 ? UI_FIRST : 0);
		if (r.y + r.h > list.y && r.y < list.y + list.h)
			draw_block(view, &blocks[i], r, result.focused);
		y += heights[i] + gap;
	}
	if (ui->canvas)
		ui->canvas->clip = old;
}

/* The check that was made meanwhile has no such point. */
static void pass_gone(struct view *view, struct rect body)
{
	int y = put_text(view, body, body.y, TEXT_BODY, true, view->ui->theme.text, 2,
	        _("The check does not tell this any more."));

	if (ui_button(view->ui, "leave", body.x, y, _("Back"), UI_FIRST))
		want(view, INTENT_BACK, NULL, NULL);
}

void screen_point(struct view *view)
{
	const struct theme *t = &view->ui->theme;
	struct rect body = ui_body(view->ui), list = body;
	const struct pc_point *point = pc_point(&view->model->pc, view->vm);
	bool next = !point && streq(view->vm, "next");
	struct block blocks[BLOCKS_MOST];
	size_t n;

	if (pass_pc_unknown(view))
		return;
	if (point || next) {
		n = point ? collect(point, blocks) : collect_next(view, blocks);
		list.y = put_words(view, body, body.y,
		        t->look.scale > 125 ? TEXT_HEADING : TEXT_TITLE, true, t->text, 2,
		        point ? title_of_point(point) : _("What to do next"));
		list.h = body.y + body.h - list.y;
		pass_blocks(view, list, blocks, n);
		for (size_t i = 0; i < n; i++)
			free(blocks[i].text);
	} else {
		pass_gone(view, body);
	}
	ui_hint(view->ui, ACTION_NONE, _("Choose"));
	back_hint(view);
}
