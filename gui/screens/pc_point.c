/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One point of the check as a whole page: what it says, what to do, what was read where. */
#include "base/i18n.h"
#include "screens/screens.h"

#define BLOCKS_MOST (PC_EVIDENCE_MOST + 2)

static size_t collect(const struct pc_point *point, struct block *blocks)
{
	size_t n = 0;

	blocks[n++] = (struct block){.label = words_of_status(point),
	        .text = words_of_check(point->summary),
	        .size = TEXT_BODY,
	        .status_of = point,
	        .code = *point->fix ? "" : point->code};
	if (*point->fix)
		blocks[n++] = (struct block){.label = _("What to do"),
		        .text = words_of_check(point->fix),
		        .size = TEXT_BODY,
		        .code = point->code};
	for (size_t i = 0; i < point->n_evidence; i++)
		blocks[n++] = (struct block){.label = point->evidence[i].source,
		        .text = xstrdup(point->evidence[i].value),
		        .size = TEXT_SMALL};
	return n;
}

/* The page of large letters has what the wide one says below the verdict. */
static size_t collect_next(const struct view *view, struct block *blocks)
{
	blocks[0] = (struct block){.label = _("What to do"),
	        .text = xstrdup(words_of_next(view->model)),
	        .size = TEXT_BODY};
	return 1;
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
		pass_blocks(view, SCREEN_POINT, list, blocks, n);
		blocks_finish(blocks, n);
	} else {
		pass_gone(view, body);
	}
	ui_hint(view->ui, ACTION_NONE, _("Choose"));
	back_hint(view);
}
