/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which graphics cards and USB controllers games get: a press gives one or leaves it, and what the service says to that
 * stands above, as it is asked each time. Nothing is changed on the PC by that.
 */
#include "base/i18n.h"
#include "screens/screens.h"

#include <stdio.h>

#define DEVICES_MOST 32u

/* What may be chosen by itself. */
struct device {
	const char *address;
	const struct pc_gpu *gpu; /* NULL: a USB controller */
	const struct strv *losses;
};

static const struct pc_function *function_of(const struct pc *pc, const char *address)
{
	for (size_t i = 0; i < pc->n_groups; i++)
		for (size_t k = 0; k < pc->groups[i].n_functions; k++)
			if (streq(pc->groups[i].functions[k].address, address))
				return &pc->groups[i].functions[k];
	return NULL;
}

static size_t collect_devices(const struct pc *pc, struct device *out)
{
	size_t n = 0;

	for (size_t i = 0; i < pc->n_gpus && n < DEVICES_MOST; i++) {
		const struct pc_function *f = function_of(pc, pc->gpus[i].address);

		out[n++] =
		        (struct device){pc->gpus[i].address, &pc->gpus[i], f ? &f->losses : NULL};
	}
	for (size_t i = 0; i < pc->n_groups; i++)
		for (size_t k = 0; k < pc->groups[i].n_functions && n < DEVICES_MOST; k++) {
			const struct pc_function *f = &pc->groups[i].functions[k];

			if (f->kind == PC_USB)
				out[n++] = (struct device){f->address, NULL, &f->losses};
		}
	return n;
}

/* Caller frees. */
static char *words_of_device(const struct device *device)
{
	cleanup_free char *all = device->losses ? strv_join(device->losses, "; ") : xstrdup("");
	cleanup_free char *losses = *all ? xasprintf(_("This PC would lose: %s"), all)
	                                 : xstrdup(_("This PC would lose nothing that it uses"));

	if (device->gpu && device->gpu->host_screen && !*all)
		return xasprintf("%s.", _("Shows the screen of this PC now"));
	if (device->gpu && device->gpu->host_screen)
		return xasprintf("%s. %s.", _("Shows the screen of this PC now"), losses);
	return xasprintf("%s.", losses);
}

/* What the service says to the choice as it is. Caller frees. */
static char *words_of_answer(const struct plan *plan, const struct theme *t, color *c)
{
	cleanup_strv struct strv names = {0};
	cleanup_free char *all = NULL;

	*c = t->dim;
	if (plan->asking)
		return xstrdup(_("One moment: the changes are being worked out."));
	*c = t->warn;
	if (!plan->told)
		return words_of_no_plan(plan);
	for (size_t i = 0; i < plan->n_devices; i++)
		strv_add(&names, plan->devices[i].name);
	all = strv_join(&names, ", ");
	*c = t->good;
	return xasprintf(_("Games get: %s"), all);
}

static size_t collect_blocks(const struct view *view, const struct device *devices, size_t n,
        char ids[][UI_ID_MOST], struct block *blocks)
{
	for (size_t i = 0; i < n; i++) {
		bool on = plan_has(&view->model->plan, devices[i].address);

		snprintf(ids[i], UI_ID_MOST, "dev/%s", devices[i].address);
		blocks[i] = (struct block){
		        .label = devices[i].gpu ? devices[i].gpu->name : _("A USB controller"),
		        .text = words_of_device(&devices[i]),
		        .size = TEXT_BODY,
		        .code = short_address(devices[i].address),
		        .act = ids[i],
		        .sign = on ? BLOCK_ON : BLOCK_OFF};
	}
	return n;
}

static void pass_devices(struct view *view, struct rect in)
{
	struct device devices[DEVICES_MOST];
	struct block blocks[DEVICES_MOST] = {0};
	char ids[DEVICES_MOST][UI_ID_MOST];
	size_t n = collect_devices(&view->model->pc, devices);
	const char *pressed;

	collect_blocks(view, devices, n, ids, blocks);
	pressed = pass_blocks(view, SCREEN_CHOICE, in, blocks, n);
	if (pressed)
		want(view, INTENT_TOGGLE, NULL, pressed + strlen("dev/"));
	blocks_finish(blocks, n);
	if (!n && ui_button(view->ui, "leave", in.x, in.y, _("Back"), UI_FIRST))
		want(view, INTENT_BACK, NULL, NULL);
}

void screen_choice(struct view *view)
{
	const struct plan *plan = &view->model->plan;
	const struct theme *t = &view->ui->theme;
	bool large = t->look.scale > 125;
	struct rect body = ui_body(view->ui), in = body;
	color c;
	cleanup_free char *answer = words_of_answer(plan, t, &c);

	if (pass_pc_unknown(view))
		return;
	in.y = put_text(view, body, body.y, large ? TEXT_HEADING : TEXT_TITLE, true, t->text,
	        large ? 2 : 1, _("What goes to games"));
	in.y = put_words(view, body, in.y, TEXT_BODY, false, c, large ? 2 : 3, answer);
	in.h = body.y + body.h - in.y;
	pass_devices(view, in);
	ui_hint(view->ui, ACTION_CONFIRM, _("Give or leave"));
	ui_hint(view->ui, ACTION_NONE, _("Choose"));
	back_hint(view);
}
