/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an edit changes, line by line, to be read before it is saved. */
#include "base/i18n.h"
#include "screens/edit.h"

#define SHOWN_MOST 200u

/* "Memory: Size". Caller frees. */
static char *label_of(const struct editor_change *change)
{
	cleanup_free char *section = words_of_section(change->section);

	if (!*change->section)
		return xasprintf(_("Line %s"), change->key);
	return *change->key
	               ? xasprintf("%s: %s", section, words_of_key(change->section, change->key))
	               : take_ptr(section);
}

/* "8 GiB → 16 GiB". Caller frees. */
static char *text_of(const struct editor_change *change)
{
	cleanup_free char *before =
	        words_of_value(change->key, change->before ? change->before : "");
	cleanup_free char *after = words_of_value(change->key, change->after ? change->after : "");

	if (!*change->key)
		return xstrdup(change->after ? _("A new section") : _("The section goes"));
	return xasprintf("%s → %s", change->before ? before : _("as usual"),
	        change->after ? after : _("as usual"));
}

/* What a drop-in makes of it. */
static size_t add_in_vain(
        const struct view *view, const struct editor_change *change, struct block *blocks)
{
	char *words = *change->key    ? edit_words_in_vain(view, change->section, change->key)
	              : change->after ? NULL
	                              : edit_words_stays(view, change->section);

	if (!words)
		return 0;
	*blocks = (struct block){
	        .label = _("Without effect"), .text = words, .size = TEXT_BODY, .sign = BLOCK_CARE};
	return 1;
}

static size_t collect(const struct view *view, struct block *blocks, struct strv *labels)
{
	const struct editor *e = &view->drafts->editor;
	const struct profile_checked *checked = &view->model->profiles.checked;
	struct editor_change *changes;
	size_t all = editor_changes(e->old, e->text, &changes), n = 0;

	if (checked_is_of(checked, e->name, e->text))
		n = blocks_of_check(checked, blocks);
	for (size_t i = 0; i < all && i < SHOWN_MOST; i++) {
		strv_take(labels, label_of(&changes[i]));
		blocks[n++] = (struct block){.label = labels->list[labels->n - 1],
		        .text = text_of(&changes[i]),
		        .size = TEXT_BODY};
		n += add_in_vain(view, &changes[i], &blocks[n]);
	}
	if (all > SHOWN_MOST)
		blocks[n++] = (struct block){
		        .label = "…", .text = xstrdup(_("And more.")), .size = TEXT_BODY};
	editor_changes_finish(changes, all);
	return n;
}

/* --- saving --- */

/* The disks that the game would get, and what that means; "": none. Caller frees. */
static char *words_of_new_disks(const struct view *view)
{
	const struct editor *e = &view->drafts->editor;
	cleanup_strv struct strv paths = {0}, names = {0};

	editor_new_disks(e->old, e->text, &paths);
	strv_foreach (path, &paths) {
		const struct offer *offer =
		        offer_find(&view->model->profiles.offers, OFFER_DISK, *path);
		struct offer unknown = {.name = words_of_value("", *path), .serial = ""};

		strv_take(&names, words_of_disk_risk(offer ? offer : &unknown));
		free(unknown.name);
	}
	return strv_join(&names, " ");
}

static void save(struct view *view)
{
	cleanup_free char *disks = words_of_new_disks(view);

	if (!*disks) {
		want(view, INTENT_SAVE, NULL, NULL);
		return;
	}
	ask(view, INTENT_SAVE, "", _("Give the whole disk to the game?"), disks,
	        _("Save, and give it the disk"));
}

/* What is amiss would not be written. */
static bool is_savable(const struct view *view)
{
	const struct editor *e = &view->drafts->editor;
	const struct profiles *p = &view->model->profiles;
	bool amiss = e->open && checked_is_of(&p->checked, e->name, e->text) &&
	             checked_errors(&p->checked);

	return editor_changed(e) && !amiss && p->written.state != PROFILE_WRITING;
}

void screen_save(struct view *view)
{
	struct ui *ui = view->ui;
	struct rect body = ui_body(ui), in = body;
	struct block *blocks;
	cleanup_strv struct strv labels = {0};
	int buttons_y = body.y + body.h - ui_button_height(ui);
	bool savable = is_savable(view);
	size_t n;

	if (edit_pass_unknown(view))
		return;
	blocks = xcalloc(PROBLEMS_MOST + 2 * SHOWN_MOST + 3, sizeof(*blocks));
	in.y = edit_head(view, _("What you change"));
	in.h = buttons_y - ui->theme.gap - in.y;
	n = collect(view, blocks, &labels);
	if (savable) {
		if (ui_button(ui, "save", body.x, buttons_y, _("Save"), UI_FIRST))
			save(view);
	} else if (ui_button(ui, "leave", body.x, buttons_y, _("Back"), UI_FIRST)) {
		want(view, INTENT_BACK, NULL, NULL);
	}
	pass_blocks(view, SCREEN_SAVE, in, blocks, n);
	ui_hint(ui, ACTION_CONFIRM, savable ? _("Save") : _("Choose"));
	back_hint(view);
	ui_hint(ui, ACTION_NONE, _("Read"));
	blocks_finish(blocks, n);
	free(blocks);
	edit_tick(view);
}
