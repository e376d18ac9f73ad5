/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes together, as a picture: a card for each IOMMU group, in it a tile for each PCI function; what a game takes
 * is marked, and above stands what this PC would lose with all of it.
 */
#include "base/i18n.h"
#include "screens/screens.h"

#include <stdio.h>

static const char *const kinds[] = {
        [PC_OTHER] = N_("Device"),
        [PC_GRAPHICS] = N_("Graphics"),
        [PC_SOUND] = N_("Sound"),
        [PC_USB] = N_("USB"),
        [PC_DISK] = N_("Disks"),
        [PC_NETWORK] = N_("Network"),
        [PC_BRIDGE] = N_("Bridge"),
};

/* --- a tile --- */

/* Caller frees. */
static char *words_of_function(const struct pc_function *f)
{
	return *f->name ? xstrdup(f->name) : xstrdup(_(kinds[f->kind]));
}

static int tile_height(const struct view *view)
{
	return view->ui->theme.size[TEXT_BODY] + view->ui->theme.size[TEXT_SMALL] * 19 / 10;
}

static int tile_width(struct view *view, const struct pc_function *f, int most)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	cleanup_free char *words = words_of_function(f);
	int name = ui_text_width(ui, TEXT_BODY, true, words);
	int address = ui_text_width(ui, TEXT_SMALL, false, short_address(f->address));
	int w = (name > address ? name : address) + 2 * t->gap;

	if (f->goes)
		w += t->size[TEXT_BODY] + t->gap / 2;
	return w < most ? w : most;
}

/* What goes is lit and has a sign, a bridge has an outline alone: it stays, whoever has the rest. */
static void draw_tile(struct view *view, const struct pc_function *f, struct rect r)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	cleanup_free char *words = words_of_function(f);
	int sign = t->size[TEXT_BODY];
	struct ui_label label = {.rect = {r.x + t->gap, r.y + t->size[TEXT_SMALL] * 35 / 100,
	                                 r.w - 2 * t->gap, t->size[TEXT_BODY]},
	        .size = TEXT_BODY,
	        .bold = f->kind != PC_BRIDGE,
	        .color = f->goes                ? t->good
	                 : f->kind == PC_BRIDGE ? t->dim
	                                        : t->text,
	        .may_cut = true};

	if (ui->canvas && f->kind != PC_BRIDGE)
		canvas_round(ui->canvas, r, t->radius, t->ground_far);
	if (ui->canvas)
		canvas_ring(ui->canvas, r, t->radius, f->goes ? t->ring : t->ring / 2 + 1,
		        f->goes ? t->good : t->line);
	if (f->goes) {
		draw_status(view, label.rect.x, label.rect.y, sign, PC_PASS);
		label.rect.x += sign + t->gap / 2;
		label.rect.w -= sign + t->gap / 2;
	}
	ui_text(ui, &label, words);
	label.rect.y += t->size[TEXT_BODY] + t->size[TEXT_SMALL] / 5;
	label.size = TEXT_SMALL;
	label.bold = false;
	label.color = t->dim;
	ui_text(ui, &label, short_address(f->address));
}

/* Bridges stay in any case: where letters are large, their room is needed. */
static bool is_shown(const struct view *view, const struct pc_function *f)
{
	return f->kind != PC_BRIDGE || view->ui->theme.look.scale <= 125;
}

/* Tiles in lines; @draw false: only how high they are. */
static int flow(struct view *view, const struct pc_group *group, struct rect in, bool draw)
{
	int gap = view->ui->theme.gap / 2 + 1, h = tile_height(view), x = in.x, y = in.y;

	for (size_t i = 0; i < group->n_functions; i++) {
		int w = tile_width(view, &group->functions[i], in.w);

		if (!is_shown(view, &group->functions[i]))
			continue;
		if (x > in.x && x + w > in.x + in.w) {
			x = in.x;
			y += h + gap;
		}
		if (draw)
			draw_tile(view, &group->functions[i], (struct rect){x, y, w, h});
		x += w + gap;
	}
	return y + h - in.y;
}

/* --- a card --- */

static struct ui_label losses_label(const struct view *view, const struct pc_group *group)
{
	const struct theme *t = &view->ui->theme;

	return (struct ui_label){.size = TEXT_SMALL,
	        .color = group->losses.n ? t->warn : t->dim,
	        .lines = 4,
	        .may_cut = true};
}

/* Caller frees. */
static char *words_of_losses(const struct pc_group *group)
{
	cleanup_free char *all = strv_join(&group->losses, "; ");

	return group->losses.n ? xasprintf(_("This PC would lose: %s"), all)
	                       : xstrdup(_("This PC would lose nothing that it uses"));
}

static int card_height(struct view *view, const struct pc_group *group, int width)
{
	const struct theme *t = &view->ui->theme;
	struct rect in = {0, 0, width - 2 * t->gap, 0};
	struct ui_label label = losses_label(view, group);
	cleanup_free char *losses = words_of_losses(group);

	label.rect = in;
	return t->gap + t->size[TEXT_BODY] + t->gap / 3 + flow(view, group, in, false) +
	       t->gap * 2 / 3 + ui_text_height(view->ui, &label, losses) + t->gap;
}

static void draw_head(struct view *view, const struct pc_group *group, struct rect in)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	cleanup_free char *name = xasprintf(_("Group %ld"), group->id);
	int w = ui_text_width(ui, TEXT_BODY, true, name) + t->gap;
	struct ui_label label = {.rect = {in.x, in.y, in.w, t->size[TEXT_BODY]},
	        .size = TEXT_BODY,
	        .bold = true,
	        .color = t->text};

	ui_text(ui, &label, name);
	label.rect.x += w;
	label.rect.w -= w;
	label.align = UI_RIGHT;
	label.bold = group->goes;
	label.color = group->goes ? t->good : t->dim;
	ui_text(ui, &label, group->goes ? _("A game can take it") : _("Stays with this PC"));
}

static void draw_card(struct view *view, const struct pc_group *group, struct rect r, bool focused)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	struct ui_label label = losses_label(view, group);
	cleanup_free char *losses = words_of_losses(group);
	struct rect in = {r.x + t->gap, r.y + t->gap, r.w - 2 * t->gap, r.h - 2 * t->gap};

	if (ui->canvas)
		canvas_round(ui->canvas, r, t->radius, focused ? t->card_lit : t->card);
	draw_head(view, group, in);
	in.y += t->size[TEXT_BODY] + t->gap / 3;
	label.rect = in;
	/* Before the tiles: a large group may need more room than there is. */
	in.y += ui_text(ui, &label, losses) + t->gap * 2 / 3;
	flow(view, group, in, true);
}

/* --- the page --- */

/* Groups of nothing but bridges matter to nobody. */
static size_t collect(const struct pc *pc, const struct pc_group **list)
{
	size_t n = 0;

	for (size_t i = 0; i < pc->n_groups; i++)
		if (!pc->groups[i].only_bridges)
			list[n++] = &pc->groups[i];
	return n;
}

static void group_id(char *out, const struct pc_group *group)
{
	snprintf(out, UI_ID_MOST, "group/%ld", group->id);
}

static size_t focused_card(const struct view *view, const struct pc_group *const *list, size_t n)
{
	char id[UI_ID_MOST];

	for (size_t i = 0; i < n; i++) {
		group_id(id, list[i]);
		if (ui_focused(view->ui, id))
			return i;
	}
	return 0;
}

static void pass_cards(
        struct view *view, struct rect in, const struct pc_group *const *list, size_t n)
{
	struct ui *ui = view->ui;
	cleanup_free int *heights = xcalloc(n + 1, sizeof(*heights));
	int gap = ui->theme.gap, y;
	struct rect old = {0};

	for (size_t i = 0; i < n; i++)
		heights[i] = card_height(view, list[i], in.w);
	y = in.y -
	    scroll_blocks(view, SCREEN_GROUPS, heights, n, gap, focused_card(view, list, n), in.h);
	if (ui->canvas)
		old = canvas_clip(ui->canvas, (struct rect){0, in.y, ui->theme.width, in.h});
	for (size_t i = 0; i < n; i++) {
		struct rect r = {in.x, y, in.w, heights[i]};
		struct ui_result result;
		char id[UI_ID_MOST];

		group_id(id, list[i]);
		result = ui_item(ui, id, r, i == 0 ? UI_FIRST : 0);
		if (r.y + r.h > in.y && r.y < in.y + in.h)
			draw_card(view, list[i], r, result.focused);
		y += heights[i] + gap;
	}
	if (ui->canvas)
		ui->canvas->clip = old;
}

static void pass_nothing(struct view *view, struct rect in)
{
	int y = put_text(view, in, in.y, TEXT_BODY, false, view->ui->theme.text, 4,
	        _("There are no groups: the IOMMU is off, or this PC has none."));

	if (ui_button(view->ui, "leave", in.x, y, _("Back"), UI_FIRST))
		want(view, INTENT_BACK, NULL, NULL);
}

void screen_groups(struct view *view)
{
	const struct pc *pc = &view->model->pc;
	const struct theme *t = &view->ui->theme;
	cleanup_free const struct pc_group **list = xcalloc(pc->n_groups + 1, sizeof(*list));
	size_t n = collect(pc, list);
	struct rect body = ui_body(view->ui), in = body;

	if (pass_pc_unknown(view))
		return;
	in.y = put_text(view, body, body.y, t->look.scale > 125 ? TEXT_HEADING : TEXT_TITLE, true,
	        t->text, 2, _("What goes together"));
	if (t->look.scale <= 125)
		in.y = put_text(view, body, in.y - t->gap / 2, TEXT_BODY, false, t->dim, 2,
		               _("Devices in one group have one owner: a game takes all of it, "
		                 "or nothing.")) +
		       t->gap / 2;
	in.h = body.y + body.h - in.y;
	if (n)
		pass_cards(view, in, list, n);
	else
		pass_nothing(view, in);
	ui_hint(view->ui, ACTION_NONE, _("Choose"));
	back_hint(view);
}
