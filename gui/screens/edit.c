/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A game's profile: its sections, with what is written in them, and those that can be added. They come from the one table of
 * keys, and so does everything on the pages behind them.
 */
#include "screens/edit.h"
#include "base/i18n.h"

#include <stdio.h>

/* --- shared --- */

void edit_tick(struct view *view)
{
	const struct editor *e = &view->drafts->editor;

	if (!e->open || !e->due_ms || view->intent.kind != INTENT_NONE)
		return;
	if (view->ui->now_ms >= e->due_ms)
		want(view, INTENT_LOOK_OVER, e->name, NULL);
	else
		ui_wake(view->ui, e->due_ms - view->ui->now_ms);
}

static bool problem_is_of(const struct checked_problem *p, const char *section, const char *key)
{
	return streq(p->section, section) && (!key || streq(p->key, key));
}

const struct checked_problem *edit_problem(
        const struct view *view, const char *section, const char *key)
{
	const struct profile_checked *checked = &view->model->profiles.checked;
	const struct editor *e = &view->drafts->editor;

	/* One that was told of another text may be mended already. */
	if (!e->open || !checked_is_of(checked, e->name, e->text))
		return NULL;
	for (size_t i = 0; i < checked->n_problems; i++)
		if (problem_is_of(&checked->problems[i], section, key))
			return &checked->problems[i];
	return NULL;
}

enum offer_kind edit_offers_of(const char *section)
{
	static const char *const words[OFFER_KINDS] = {"gpu", "usb-controller", "disk"};
	int kind = 0;

	while (kind < OFFER_KINDS && !streq(words[kind], section))
		kind++;
	return (enum offer_kind)kind;
}

/* What the check found, in one line. Caller frees. */
static char *words_of_check_now(const struct view *view, color *c)
{
	const struct theme *t = &view->ui->theme;
	const struct profile_checked *checked = &view->model->profiles.checked;
	const struct editor *e = &view->drafts->editor;
	unsigned errors = checked_errors(checked);
	unsigned warnings = (unsigned)checked->n_problems - errors;

	*c = t->dim;
	if (!checked_is_of(checked, e->name, e->text))
		return xstrdup(_("Being looked over"));
	*c = t->warn;
	if (*checked->refusal.why)
		return words_of_refusal(checked->refusal.why, "");
	if (errors == 0 && warnings)
		return xasprintf(
		        ngettext("%u thing to mind", "%u things to mind", warnings), warnings);
	*c = errors ? t->bad : t->good;
	if (errors)
		return xasprintf(
		        ngettext("%u thing is amiss", "%u things are amiss", errors), errors);
	return xstrdup(_("Nothing is amiss"));
}

int edit_head(struct view *view, const char *title)
{
	const struct theme *t = &view->ui->theme;
	struct rect body = ui_body(view->ui);
	bool large = t->look.scale > 125;
	color c;
	cleanup_free char *found = words_of_check_now(view, &c);
	int y = put_words(
	        view, body, body.y, large ? TEXT_HEADING : TEXT_TITLE, true, t->text, 1, title);

	return put_words(
	        view, body, y - t->gap / 2, large ? TEXT_SMALL : TEXT_BODY, true, c, 1, found);
}

bool edit_pass_unknown(struct view *view)
{
	const struct profile_shown *shown = &view->model->profiles.shown;
	const struct theme *t = &view->ui->theme;
	struct rect body = ui_body(view->ui), in = body;
	cleanup_free char *why = words_of_refusal(shown->refusal.why, shown->refusal.hint);
	bool refused = *why && !shown->asking;
	int y, bottom = body.y + body.h - ui_button_height(view->ui);

	if (view->drafts->editor.open)
		return false;
	in.w = t->look.scale > 125 ? in.w : in.w * 3 / 4;
	y = put_text(view, in, in.y, TEXT_TITLE, true, t->text, 2, _("Edit the game"));
	y = put_words(view, in, y, TEXT_BODY, false, t->text, 4,
	        refused ? why : _("One moment: its profile is being read."));
	if (refused && *shown->refusal.code)
		y = put_words(view, in, y, TEXT_SMALL, false, t->dim, 1, shown->refusal.code);
	y = y < bottom ? y : bottom;
	if (refused) {
		if (ui_button(view->ui, "again", in.x, y, _("Try again"), UI_FIRST))
			want(view, INTENT_SHOW, view->vm, NULL);
		in.x += ui_button_width(view->ui, _("Try again")) + t->gap;
	}
	if (ui_button(view->ui, "leave", in.x, y, _("Back"), UI_FIRST))
		want(view, INTENT_BACK, NULL, NULL);
	ui_hint(view->ui, ACTION_CONFIRM, _("Choose"));
	back_hint(view);
	return true;
}

/* --- the sections --- */

struct list {
	struct editor_section *sections;
	size_t n;
	struct strv others; /* sections that only a drop-in has */
	struct rows
	        rows; /* sections, then the others, then the kinds that can be added, then the end */
	const struct key_section *kinds[32];
	size_t n_kinds;
	char *bad; /* the line that cannot be read */
	unsigned bad_line;
};

static void list_finish(struct list *list)
{
	editor_sections_finish(list->sections, list->n);
	strv_finish(&list->others);
	rows_finish(&list->rows);
	free(list->bad);
}

/* "8 · host · from usb.conf": what is written there. Caller frees. */
static char *words_of_keys(const struct view *view, const char *section)
{
	const struct editor *e = &view->drafts->editor;
	const char *file = drop_ins_file(&e->drop_ins, section);
	struct editor_key *keys;
	size_t n = editor_keys(e->text, section, &keys);
	cleanup_strv struct strv all = {0};

	for (size_t i = 0; i < n && all.n < 6; i++)
		if (keys[i].value)
			strv_take(&all, words_of_value(keys[i].name, keys[i].value));
	if (file)
		strv_take(&all, xasprintf(_("from %s"), edit_file_name(file)));
	editor_keys_finish(keys, n);
	return all.n ? strv_join(&all, " · ") : xstrdup(_("as usual"));
}

/* With a capital. Caller frees. */
static char *title_of_section(const char *section)
{
	cleanup_free char *words = words_of_section(section);

	return words_of_check(words);
}

static void add_section_row(struct view *view, struct list *list, const struct editor_section *s)
{
	const struct theme *t = &view->ui->theme;
	const struct checked_problem *problem = edit_problem(view, s->id, NULL);
	char id[UI_ID_MOST];
	struct row *row;

	snprintf(id, sizeof(id), "section/%s", s->id);
	row = rows_add(&list->rows, id, title_of_section(s->id),
	        problem       ? words_of_check(problem->message)
	        : !s->section ? xstrdup(_("Nobody knows what this is"))
	                      : words_of_keys(view, s->id));
	if (problem) {
		row->mark = problem->warning ? MARK_WARN : MARK_STOP;
		row->line_color = problem->warning ? t->warn : t->bad;
	}
}

static void add_other_row(struct view *view, struct list *list, const char *section)
{
	char id[UI_ID_MOST];

	snprintf(id, sizeof(id), "other/%s", section);
	rows_add(&list->rows, id, title_of_section(section), words_of_keys(view, section));
}

static void add_kind_row(struct list *list, const struct key_section *kind)
{
	cleanup_free char *words = words_of_section(kind->name);
	char id[UI_ID_MOST];

	snprintf(id, sizeof(id), "add/%s", kind->name);
	rows_add(&list->rows, id, xasprintf(_("Add: %s"), words), NULL)->mark = MARK_ADD;
	list->kinds[list->n_kinds++] = kind;
}

static void collect(struct view *view, struct list *list)
{
	const char *text = view->drafts->editor.text;

	list->bad_line = editor_bad_line(text, &list->bad);
	if (list->bad_line) {
		cleanup_free char *line = words_of_value("", list->bad);

		rows_add(&list->rows, "bad/line",
		        xasprintf(_("Line %u cannot be read"), list->bad_line), take_ptr(line))
		        ->mark = MARK_STOP;
		rows_add(&list->rows, "bad/drop", xstrdup(_("Take that line out")), NULL);
	} else {
		list->n = editor_sections(text, &list->sections);
		for (size_t i = 0; i < list->n; i++)
			add_section_row(view, list, &list->sections[i]);
		drop_ins_sections(&view->drafts->editor.drop_ins, text, &list->others);
		strv_foreach (other, &list->others)
			add_other_row(view, list, *other);
		for (const struct key_section *k = key_sections; k->name; k++)
			if (editor_may_repeat(k) && list->n_kinds < ARRAY_SIZE(list->kinds))
				add_kind_row(list, k);
	}
	rows_add(&list->rows, "remove", xstrdup(_("Remove this game")), NULL);
}

static const char *section_at(const struct list *list, size_t i)
{
	return i < list->n ? list->sections[i].id : list->others.list[i - list->n];
}

/* --- beside it --- */

static void tell_problem(struct view *view, struct panel *p, const struct checked_problem *problem)
{
	const struct theme *t = &view->ui->theme;
	cleanup_free char *words =
	        problem ? words_of_refusal(problem->message, problem->hint) : NULL;

	if (!problem)
		return;
	panel_say(view, p, TEXT_BODY, true, problem->warning ? t->warn : t->bad, words);
	panel_say(view, p, TEXT_SMALL, false, t->dim, problem->code);
}

static void tell_section(struct view *view, struct panel *p, const char *section)
{
	const struct theme *t = &view->ui->theme;
	cleanup_free char *word = xstrndup(section, strcspn(section, " "));
	const struct key_section *known = key_section_find(word, NULL);
	struct editor_key *keys;
	size_t n;

	tell_problem(view, p, edit_problem(view, section, NULL));
	if (known)
		panel_say(view, p, TEXT_BODY, false, t->text, _(known->doc));
	n = editor_keys(view->drafts->editor.text, section, &keys);
	for (size_t i = 0; i < n; i++) {
		char *elsewhere = edit_words_elsewhere(view, section, keys[i].name);
		cleanup_free char *value = elsewhere ? elsewhere
		                           : keys[i].value
		                                   ? words_of_value(keys[i].name, keys[i].value)
		                                   : NULL;
		cleanup_free char *line = xasprintf(
		        "%s: %s", words_of_key(section, keys[i].name), value ? value : "");

		if (!value)
			continue;
		panel_say(view, p, TEXT_SMALL, false, t->dim, line);
		p->y -= t->gap / 2;
	}
	editor_keys_finish(keys, n);
}

/* What is amiss with the profile as a whole. */
static void tell_whole(struct view *view, struct panel *p)
{
	const struct profile_checked *checked = &view->model->profiles.checked;
	const struct editor *e = &view->drafts->editor;

	for (size_t i = 0; i < checked->n_problems && checked_is_of(checked, e->name, e->text); i++)
		tell_problem(view, p, &checked->problems[i]);
}

static void tell(struct view *view, const struct rows_page *page, const struct list *list, size_t i)
{
	const struct theme *t = &view->ui->theme;
	const struct editor *e = &view->drafts->editor;
	struct panel p = panel_begin(view, page);
	size_t kinds_at = list->n + list->others.n;

	if (page->wide)
		panel_say(view, &p, TEXT_HEADING, true, t->text, list->rows.list[i].title);
	if (i < kinds_at)
		tell_section(view, &p, section_at(list, i));
	else if (i < kinds_at + list->n_kinds)
		panel_say(view, &p, TEXT_BODY, false, t->text, _(list->kinds[i - kinds_at]->doc));
	else if (i + 1 == list->rows.n)
		panel_say(view, &p, TEXT_BODY, false, t->text,
		        _("Its profile goes. What is on its disks stays."));
	else
		tell_whole(view, &p);
	panel_say(view, &p, TEXT_SMALL, false, t->dim, e->file);
	edit_tell_drop_ins(view, &p);
	if (!e->own)
		panel_say(view, &p, TEXT_SMALL, false, t->dim,
		        _("It is not yours: what you save is a copy of your own, "
		          "which counts in its place."));
}

/* --- acts --- */

static void ask_remove(struct view *view)
{
	const struct model_vm *vm = model_vm(view->model, view->vm);
	cleanup_free char *title =
	        xasprintf(_("Remove %s?"), vm ? vm->title : view->drafts->editor.name);

	ask(view, INTENT_REMOVE, view->drafts->editor.name, title,
	        _("Its profile goes, and the game with it. What is on its disks stays."),
	        _("Remove the game"));
}

static void activate(struct view *view, const struct list *list, size_t i)
{
	const char *id = list->rows.list[i].id;
	size_t kinds_at = list->n + list->others.n;

	if (i < kinds_at) {
		want(view, INTENT_GO, view->vm, section_at(list, i));
		view->intent.screen = SCREEN_KEYS;
	} else if (i < kinds_at + list->n_kinds) {
		const char *kind = list->kinds[i - kinds_at]->name;
		bool offered = edit_offers_of(kind) < OFFER_KINDS;

		want(view, offered ? INTENT_GO : INTENT_ADD_SECTION, view->vm, kind);
		view->intent.screen = SCREEN_ADD;
		view->intent.number = -1;
	} else if (streq(id, "remove")) {
		ask_remove(view);
	} else {
		want(view, streq(id, "bad/drop") ? INTENT_DROP_LINE : INTENT_TYPE, NULL, NULL);
		view->intent.number = streq(id, "bad/drop") ? (int)list->bad_line : TYPING_LINE;
	}
}

static void leave(struct view *view)
{
	if (!editor_changed(&view->drafts->editor)) {
		want(view, INTENT_BACK, NULL, NULL);
		return;
	}
	ask(view, INTENT_LEAVE, view->vm, _("Leave without saving?"),
	        _("What you changed here is lost. The game stays as it was."),
	        _("Leave it unsaved"));
}

void screen_edit(struct view *view)
{
	struct ui *ui = view->ui;
	const struct editor *e = &view->drafts->editor;
	const struct model_vm *vm = model_vm(view->model, view->vm);
	struct list list = {0};
	struct rows_page page;
	struct rows_hit hit;
	bool changed = editor_changed(e);

	if (edit_pass_unknown(view))
		return;
	page = rows_lay_out(view, edit_head(view, vm ? vm->title : e->name), changed);
	collect(view, &list);
	hit = rows_pass(view, SCREEN_EDIT, &page, &list.rows);
	if (hit.focus < list.rows.n)
		tell(view, &page, &list, hit.focus);
	if (changed && ui_button(ui, "save", page.list.x, page.buttons_y, _("Save"), 0))
		want_screen(view, SCREEN_SAVE, view->vm);
	ui_hint(ui, ACTION_CONFIRM, _("Open"));
	ui_hint(ui, ACTION_BACK, _("Back"));
	if (changed)
		ui_hint(ui, ACTION_MENU, _("Save"));
	ui_hint(ui, ACTION_NONE, _("Choose"));
	if (ui_pressed(ui, ACTION_BACK))
		leave(view);
	if (changed && ui_pressed(ui, ACTION_MENU))
		want_screen(view, SCREEN_SAVE, view->vm);
	if (hit.activated)
		activate(view, &list, hit.focus);
	list_finish(&list);
	edit_tick(view);
}
