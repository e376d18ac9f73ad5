/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the setup of this PC would change, to be read before anything is: the devices, each file, and what saves the day
 * when it does not start. It is changed in a terminal, by the command at the end.
 */
#include "base/i18n.h"
#include "screens/screens.h"

#define BLOCKS_MOST (PC_FUNCTIONS_MOST + 2 * PLAN_FILES_MOST + 4)

/* Caller frees. */
static char *words_of_device(const struct plan_device *device)
{
	cleanup_free char *all = strv_join(&device->losses, "; ");
	cleanup_free char *losses = device->losses.n
	                                    ? xasprintf(_("This PC would lose: %s"), all)
	                                    : xstrdup(_("This PC would lose nothing that it uses"));

	return xasprintf("%s %s.", _("Goes to games from the next start on."), losses);
}

/* Caller frees. */
static char *words_of_file(const struct plan_file *file)
{
	cleanup_free char *added = xasprintf(
	        ngettext("%u line is added", "%u lines are added", file->added), file->added);
	cleanup_free char *removed =
	        xasprintf(ngettext("%u line goes", "%u lines go", file->removed), file->removed);

	if (file->created)
		return xstrdup(_("A new file"));
	return file->removed ? xasprintf("%s, %s", added, removed) : take_ptr(added);
}

static size_t collect_changes(const struct plan *plan, struct block *blocks)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n_devices; i++)
		blocks[n++] = (struct block){.label = plan->devices[i].name,
		        .text = words_of_device(&plan->devices[i]),
		        .size = TEXT_BODY,
		        .code = short_address(plan->devices[i].address)};
	for (size_t i = 0; i < plan->n_files; i++)
		blocks[n++] = (struct block){.label = plan->files[i].path,
		        .text = words_of_file(&plan->files[i]),
		        .size = TEXT_BODY,
		        .lines = &plan->files[i].lines,
		        .code = plan->files[i].more ? "…" : NULL};
	return n;
}

static size_t collect(const struct plan *plan, struct block *blocks)
{
	size_t n = collect_changes(plan, blocks);

	if (*plan->tool)
		blocks[n++] = (struct block){.label = _("The boot menu"),
		        .text = xasprintf(_("%s adds the entry Playthrough."), plan->tool),
		        .size = TEXT_BODY};
	else if (plan->instructions.n)
		blocks[n++] = (struct block){.label = _("The boot menu"),
		        .text = xstrdup(_("You add the entry yourself:")),
		        .size = TEXT_BODY,
		        .lines = &plan->instructions};
	blocks[n++] = (struct block){.label = _("If this PC does not start"),
	        .text = xstrdup(
	                plan->tried_once
	                        ? _("The new entry is tried once. Switch the PC off and on, "
	                            "and it starts as it does now.")
	                        : _("The entry that starts it now stays in the boot menu, "
	                            "and starts it as it is.")),
	        .size = TEXT_BODY};
	blocks[n++] = (struct block){.label = _("To change it, in a terminal"),
	        .text = xasprintf("sudo playthrough-setup apply --plan=%s", plan->id),
	        .size = TEXT_BODY};
	return n;
}

/* One moment, a refusal, or nothing to do. */
static void pass_words(struct view *view, struct rect in)
{
	const struct plan *plan = &view->model->plan;
	const struct theme *t = &view->ui->theme;
	cleanup_free char *why = words_of_refusal(plan->why, plan->hint);
	int y = in.y, bottom = in.y + in.h - ui_button_height(view->ui);

	if (plan->told)
		y = put_text(view, in, y, TEXT_BODY, false, t->text, 3,
		        _("Nothing: it is set up already."));
	else if (plan->asking)
		y = put_text(view, in, y, TEXT_BODY, false, t->text, 3,
		        _("One moment: the changes are being worked out."));
	else
		y = put_words(view, in, y, TEXT_BODY, false, t->text, 5,
		        *why ? why : _("In a terminal: sudo playthrough-setup plan"));
	if (*plan->code)
		y = put_words(view, in, y, TEXT_SMALL, false, t->dim, 1, plan->code);
	y = y + t->gap < bottom ? y + t->gap : bottom;
	if (ui_button(view->ui, "leave", in.x, y, _("Back"), UI_FIRST))
		want(view, INTENT_BACK, NULL, NULL);
}

void screen_plan(struct view *view)
{
	const struct plan *plan = &view->model->plan;
	const struct theme *t = &view->ui->theme;
	struct rect body = ui_body(view->ui), in = body;

	in.y = put_text(view, body, body.y, t->look.scale > 125 ? TEXT_HEADING : TEXT_TITLE, true,
	        t->text, 2, _("What would be changed"));
	in.h = body.y + body.h - in.y;
	if (plan->told && !plan->nothing_to_do) {
		cleanup_free struct block *blocks = xcalloc(BLOCKS_MOST, sizeof(*blocks));
		size_t n = collect(plan, blocks);

		pass_blocks(view, SCREEN_PLAN, in, blocks, n);
		blocks_finish(blocks, n);
	} else {
		pass_words(view, in);
	}
	ui_hint(view->ui, ACTION_NONE, _("Choose"));
	back_hint(view);
}
