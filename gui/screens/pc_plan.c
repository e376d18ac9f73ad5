/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the setup of this PC would change, to be read before anything is: what one gets back to in any case, the devices,
 * each file. The first card sets it up, once that is confirmed by holding.
 */
#include "base/i18n.h"
#include "screens/screens.h"

#define BLOCKS_MOST (PC_FUNCTIONS_MOST + 2 * PLAN_FILES_MOST + 8)

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

/* Caller frees. */
static char *words_of_names(const struct plan *plan)
{
	cleanup_strv struct strv names = {0};

	for (size_t i = 0; i < plan->n_devices; i++)
		strv_add(&names, plan->devices[i].name);
	return strv_join(&names, ", ");
}

static size_t collect_acts(const struct plan *plan, struct block *blocks)
{
	unsigned files = (unsigned)plan->n_files;

	blocks[0] = (struct block){.label = _("Set up this PC…"),
	        .text = xasprintf(ngettext("Nothing is changed yet: %u file would be. You are "
	                                   "asked once more.",
	                                  "Nothing is changed yet: %u files would be. You are "
	                                  "asked once more.",
	                                  files),
	                files),
	        .size = TEXT_BODY,
	        .act = "apply",
	        .sign = BLOCK_GO};
	blocks[1] = (struct block){.label = _("What goes to games"),
	        .text = words_of_names(plan),
	        .size = TEXT_BODY,
	        .act = "choice",
	        .sign = BLOCK_GO};
	return 2;
}

static const char *words_of_first_start(const struct plan *plan)
{
	if (plan->tried_once)
		return _("The next start takes the new entry, once. Should this PC not come up, "
		         "switch it off and on: it starts as it does now. Only when all was found "
		         "well, the new entry is the one that is taken by itself.");
	return _("You choose the new entry in the boot menu, once: this PC's boot loader cannot "
	         "remember that by itself. Every other start is as it is now.");
}

/* What somebody who fears for the PC wants to know first. */
static size_t collect_safety(const struct plan *plan, struct block *blocks)
{
	blocks[0] = (struct block){.label = _("How this PC starts now"),
	        .text = xstrdup(
	                _("That stays: its entry in the boot menu is not touched. The new one "
	                  "stands beside it, and in every start without it, nothing that is "
	                  "installed has any effect.")),
	        .size = TEXT_BODY,
	        .sign = BLOCK_WELL};
	blocks[1] = (struct block){.label = _("The first start"),
	        .text = xstrdup(words_of_first_start(plan)),
	        .size = TEXT_BODY,
	        .sign = BLOCK_WELL};
	blocks[2] = (struct block){.label = _("The way back"),
	        .text = xstrdup(
	                _("Undo, here or in a terminal, at any time: every file is put back to the "
	                  "byte as it was; the boot menu is made anew, without the new entry.")),
	        .size = TEXT_BODY,
	        .sign = BLOCK_WELL};
	return 3;
}

/* A screen, a network, a line. Caller frees. */
static char *words_of_ways(const struct strv *ways)
{
	cleanup_strv struct strv words = {0};

	strv_foreach (way, ways) {
		if (starts_with(*way, "display") || starts_with(*way, "screen"))
			strv_add(&words, _("a screen of its own"));
		else if (starts_with(*way, "ssh"))
			strv_add(&words, _("ssh from another PC"));
		else if (starts_with(*way, "serial"))
			strv_add(&words, _("a serial console"));
		else
			strv_add(&words, *way);
	}
	return strv_join(&words, ", ");
}

static size_t collect_menu(const struct plan *plan, struct block *blocks)
{
	size_t n = 0;

	if (*plan->tool)
		blocks[n++] = (struct block){.label = _("The boot menu"),
		        .text = xasprintf(_("%s adds the entry Playthrough."), plan->tool),
		        .size = TEXT_BODY};
	else if (plan->instructions.n)
		blocks[n++] = (struct block){.label = _("The boot menu"),
		        .text = xstrdup(_("You add the entry yourself:")),
		        .size = TEXT_BODY,
		        .lines = &plan->instructions};
	if (plan->ways.n)
		blocks[n++] = (struct block){.label = _("How you reach this PC while a game plays"),
		        .text = words_of_ways(&plan->ways),
		        .size = TEXT_BODY};
	return n;
}

static size_t collect(const struct plan *plan, struct block *blocks)
{
	size_t n = collect_acts(plan, blocks);

	n += collect_safety(plan, blocks + n);
	n += collect_changes(plan, blocks + n);
	n += collect_menu(plan, blocks + n);
	blocks[n++] = (struct block){.label = _("The same in a terminal"),
	        .text = plan_command(plan),
	        .size = TEXT_BODY};
	return n;
}

/* --- nothing to read --- */

/* One moment, a refusal, or nothing to do: then a choice may help, or the page of the setup. */
static size_t collect_words(const struct view *view, struct block *blocks)
{
	const struct plan *plan = &view->model->plan;
	cleanup_free char *why = words_of_no_plan(plan);
	bool moment = plan->asking && !plan->told, refused = !moment && !plan->told;
	size_t n = 0;

	blocks[n++] = (struct block){.label = moment    ? _("One moment")
	                                      : refused ? _("There is no plan")
	                                                : _("Nothing to change"),
	        .text = xstrdup(moment     ? _("The changes are being worked out.")
	                        : !refused ? _("It is set up already.")
	                        : *why     ? why
	                                   : _("In a terminal: sudo playthrough-setup plan")),
	        .size = TEXT_BODY,
	        .code = plan->code};
	if (!moment && view->model->pc.told)
		blocks[n++] = (struct block){.label = _("What goes to games"),
		        .text = xstrdup(_("Choose the graphics card and the USB controller.")),
		        .size = TEXT_BODY,
		        .act = "choice",
		        .sign = BLOCK_GO};
	if (refused && !plan_wants_choice(plan))
		blocks[n++] = (struct block){.label = _("Ask again"),
		        .text = xstrdup(_("Once you have changed what stands in the way.")),
		        .size = TEXT_BODY,
		        .act = "again",
		        .sign = BLOCK_GO};
	else if (!refused && !moment)
		blocks[n++] = (struct block){.label = _("Setup of this PC"),
		        .text = xstrdup(_("How far it is, and undo.")),
		        .size = TEXT_BODY,
		        .act = "setup",
		        .sign = BLOCK_GO};
	return n;
}

static void do_act(struct view *view, const char *act)
{
	if (streq(act, "apply"))
		ask_apply(view);
	else if (streq(act, "choice"))
		want_screen(view, SCREEN_CHOICE, NULL);
	else if (streq(act, "setup"))
		want_screen(view, SCREEN_SETUP, NULL);
	else
		want(view, INTENT_PLAN, NULL, NULL);
}

void screen_plan(struct view *view)
{
	const struct plan *plan = &view->model->plan;
	const struct theme *t = &view->ui->theme;
	struct rect body = ui_body(view->ui), in = body;
	bool whole = plan->told && !plan->nothing_to_do;
	cleanup_free struct block *blocks = xcalloc(BLOCKS_MOST, sizeof(*blocks));
	size_t n = whole ? collect(plan, blocks) : collect_words(view, blocks);
	const char *act;

	in.y = put_text(view, body, body.y, t->look.scale > 125 ? TEXT_HEADING : TEXT_TITLE, true,
	        t->text, 2, _("What would be changed"));
	in.h = body.y + body.h - in.y;
	act = pass_blocks(view, SCREEN_PLAN, in, blocks, n);
	if (act)
		do_act(view, act);
	ui_hint(view->ui, ACTION_CONFIRM, _("Choose"));
	back_hint(view);
	if (whole)
		ui_hint(view->ui, ACTION_X, _("Set up"));
	if (whole && ui_pressed(view->ui, ACTION_X))
		ask_apply(view);
	blocks_finish(blocks, n);
}
