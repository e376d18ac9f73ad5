/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of one section: what each is, what it is about, and its change. */
#include "base/i18n.h"
#include "screens/edit.h"

#include <stdio.h>

/* A value that was refused just now, and why: for the key that has it. */
static const struct err *refused(const struct view *view, const char *key)
{
	cleanup_free char *id = xasprintf("%s/%s", view->device, key);

	return view->drafts->key_err.number && streq(view->drafts->key_err_of, id)
	               ? &view->drafts->key_err
	               : NULL;
}

/* "as usual: 2". Caller frees. */
static char *words_of_usual(const struct key *key, bool there)
{
	cleanup_free char *preset = key->preset ? words_of_value(key->name, key->preset) : NULL;

	if (key->required)
		return xstrdup(there ? _("it must be there") : _("missing: it must be there"));
	return preset ? xasprintf(_("as usual: %s"), preset) : xstrdup(_("as usual: nothing"));
}

static void add_key(struct view *view, struct rows *rows, const struct editor_key *k, size_t i)
{
	const struct theme *t = &view->ui->theme;
	const struct checked_problem *problem = edit_problem(view, view->device, k->name);
	char *elsewhere = edit_words_elsewhere(view, view->device, k->name);
	char id[UI_ID_MOST];
	struct row *row;

	/* One that nobody knows may be there twice. */
	if (k->key)
		snprintf(id, sizeof(id), "key/%s", k->name);
	else
		snprintf(id, sizeof(id), "line/%zu", i);
	row = rows_add(rows, id, xstrdup(k->key ? words_of_key(view->device, k->name) : k->name),
	        elsewhere  ? elsewhere
	        : k->value ? words_of_value(k->name, k->value)
	                   : words_of_usual(k->key, false));
	row->adjust = k->key && editor_has_steps(k->key);
	row->line_color = problem && !problem->warning ? t->bad
	                  : problem                    ? t->warn
	                  : elsewhere && k->value      ? t->warn
	                  : elsewhere || k->value      ? t->text
	                                               : t->dim;
	if (k->key && k->key->required && !k->value && !elsewhere)
		row->line_color = t->bad;
	if (problem || !k->key)
		row->mark = problem && problem->warning ? MARK_WARN : MARK_STOP;
}

static void tell_key(struct view *view, struct panel *p, const struct editor_key *k)
{
	const struct theme *t = &view->ui->theme;
	const struct checked_problem *problem = edit_problem(view, view->device, k->name);
	const struct err *err = refused(view, k->name);
	cleanup_free char *words = err       ? words_of_refusal(err->message, err->hint)
	                           : problem ? words_of_refusal(problem->message, problem->hint)
	                                     : NULL;
	cleanup_free char *usual = k->key ? words_of_usual(k->key, k->value != NULL) : NULL;
	cleanup_free char *where = xasprintf("[%s] %s=", view->device, k->name);
	cleanup_free char *in_vain = edit_words_in_vain(view, view->device, k->name);

	if (words)
		panel_say(view, p, TEXT_BODY, true, problem && problem->warning ? t->warn : t->bad,
		        words);
	if (problem && !err)
		panel_say(view, p, TEXT_SMALL, false, t->dim, problem->code);
	if (in_vain)
		panel_say(view, p, TEXT_BODY, true, t->warn, in_vain);
	panel_say(view, p, TEXT_BODY, false, t->text,
	        k->key ? _(k->key->doc)
	               : _("This section knows no such key. Change the line, or take it out."));
	if (usual)
		panel_say(view, p, TEXT_SMALL, false, t->dim, usual);
	panel_say(view, p, TEXT_SMALL, false, t->dim, where);
}

static void tell(struct view *view, const struct rows_page *page, const struct rows *rows,
        const struct editor_key *keys, size_t n, size_t i)
{
	const struct theme *t = &view->ui->theme;
	struct panel p = panel_begin(view, page);

	if (page->wide)
		panel_say(view, &p, TEXT_HEADING, true, t->text, rows->list[i].title);
	if (i < n)
		tell_key(view, &p, &keys[i]);
	else
		panel_say(view, &p, TEXT_BODY, false, t->text,
		        _("Everything that is written in it goes. What it is about is as usual "
		          "then."));
}

static void type(struct view *view, const struct editor_key *k)
{
	want(view, INTENT_TYPE, NULL, view->device);
	view->intent.number = k->key ? TYPING_KEY : TYPING_LINE;
	snprintf(view->intent.rule, sizeof(view->intent.rule), "%s", k->name);
}

/* Words change by a press, everything else is typed. */
static void change(struct view *view, const struct editor_key *k, const struct rows_hit *hit)
{
	bool words = k->key && (k->key->type == KEY_WORD || k->key->type == KEY_BOOL);

	if (hit->activated && !words) {
		type(view, k);
		return;
	}
	want(view, INTENT_KEY_STEP, NULL, view->device);
	snprintf(view->intent.rule, sizeof(view->intent.rule), "%s", k->name);
	view->intent.number = hit->activated ? 0 : hit->by;
}

static void make_usual(struct view *view, const struct editor_key *k)
{
	want(view, k->key ? INTENT_KEY_USUAL : INTENT_DROP_LINE, NULL, view->device);
	snprintf(view->intent.rule, sizeof(view->intent.rule), "%s", k->name);
	view->intent.number = (int)k->line;
}

static void ask_drop(struct view *view)
{
	cleanup_free char *words = words_of_section(view->device);
	cleanup_free char *title = xasprintf(_("Take it out: %s?"), words);

	ask(view, INTENT_DROP_SECTION, view->vm, title,
	        _("What is written in this section goes when you save."), _("Take it out"));
	snprintf(view->dialog->intent.device, sizeof(view->dialog->intent.device), "%s",
	        view->device);
}

static void hints(struct view *view, const struct editor_key *k)
{
	bool words = k && k->key && (k->key->type == KEY_WORD || k->key->type == KEY_BOOL);

	ui_hint(view->ui, ACTION_CONFIRM, !k ? _("Take it out") : words ? _("Change") : _("Type"));
	back_hint(view);
	if (k && k->value)
		ui_hint(view->ui, ACTION_X, k->key ? _("As usual") : _("Take it out"));
	ui_hint(view->ui, ACTION_NONE, _("Choose"));
	if (k && k->value && ui_pressed(view->ui, ACTION_X))
		make_usual(view, k);
}

void screen_keys(struct view *view)
{
	const struct editor *e = &view->drafts->editor;
	struct editor_key *keys;
	cleanup_free char *section = words_of_section(view->device);
	cleanup_free char *title = words_of_check(section);
	struct rows rows = {0};
	struct rows_page page;
	struct rows_hit hit;
	size_t n;

	if (edit_pass_unknown(view))
		return;
	page = rows_lay_out(view, edit_head(view, title), false);
	n = editor_keys(e->text, view->device, &keys);
	for (size_t i = 0; i < n; i++)
		add_key(view, &rows, &keys[i], i);
	rows_add(&rows, "drop", xstrdup(_("Take this section out")), NULL);
	hit = rows_pass(view, SCREEN_KEYS, &page, &rows);
	tell(view, &page, &rows, keys, n, hit.focus);
	hints(view, hit.focus < n ? &keys[hit.focus] : NULL);
	if (hit.focus < n && (hit.activated || hit.adjusted))
		change(view, &keys[hit.focus], &hit);
	else if (hit.activated)
		ask_drop(view);
	editor_keys_finish(keys, n);
	rows_finish(&rows);
	edit_tick(view);
}

/* --- a section more --- */

static bool is_there(const char *text, const struct offer *offer)
{
	for (size_t i = 0; i < offer->n_sections; i++)
		for (size_t k = 0; k < offer->sections[i].n; k++) {
			const struct offer_key *key = &offer->sections[i].keys[k];
			cleanup_free char *line = xasprintf("%s=%s", key->key, key->value);

			if ((streq(key->key, "address") || streq(key->key, "device")) &&
			        strstr(text, line))
				return true;
		}
	return false;
}

static void add_offer(struct view *view, struct rows *rows, enum offer_kind kind,
        const struct offer *offer, size_t i)
{
	const struct theme *t = &view->ui->theme;
	bool there = is_there(view->drafts->editor.text, offer);
	char id[UI_ID_MOST];
	struct row *row;

	snprintf(id, sizeof(id), "offer/%zu", i);
	row = rows_add(rows, id, xstrdup(offer->name),
	        there              ? xstrdup(_("The game has it already"))
	        : offer->reasons.n ? words_of_check(offer->reasons.list[0])
	                           : xstrdup(words_of_offer(kind, offer->verdict)));
	row->dim = there || offer->verdict == OFFER_FAIL;
	row->mark = offer->verdict == OFFER_FAIL ? MARK_STOP : MARK_ADD;
	row->line_color = there ? t->dim : color_of_verdict(offer->verdict, t);
}

static void tell_offer(struct view *view, const struct rows_page *page, enum offer_kind kind,
        const struct offer *offer)
{
	const struct theme *t = &view->ui->theme;
	struct panel p = panel_begin(view, page);
	cleanup_free char *reasons = offer ? words_of_sentences(&offer->reasons) : NULL;
	cleanup_free char *with = offer ? strv_join(&offer->with, ", ") : NULL;
	cleanup_free char *name = !offer               ? NULL
	                          : kind == OFFER_DISK ? words_of_disk(offer)
	                                               : xstrdup(offer->name);

	if (!offer) {
		panel_say(view, &p, TEXT_BODY, false, t->text,
		        _("An empty section, whose keys you write yourself."));
		return;
	}
	panel_say(view, &p, TEXT_HEADING, true, t->text, name);
	panel_say(view, &p, TEXT_BODY, true, color_of_verdict(offer->verdict, t),
	        words_of_offer(kind, offer->verdict));
	panel_say(view, &p, TEXT_BODY, false, t->text, reasons);
	panel_say(view, &p, TEXT_BODY, false, t->dim, with);
}

void screen_add(struct view *view)
{
	enum offer_kind kind = edit_offers_of(view->device);
	const struct offers *offers = &view->model->profiles.offers;
	const struct offer_list none = {0};
	const struct offer_list *list = kind < OFFER_KINDS ? &offers->of[kind] : &none;
	cleanup_free char *words = words_of_section(view->device);
	cleanup_free char *title = xasprintf(_("Add: %s"), words);
	struct rows rows = {0};
	struct rows_page page;
	struct rows_hit hit;

	if (edit_pass_unknown(view))
		return;
	page = rows_lay_out(view, edit_head(view, title), false);
	for (size_t i = 0; i < list->n; i++)
		add_offer(view, &rows, kind, &list->list[i], i);
	rows_add(&rows, "empty", xstrdup(_("Write it by hand")), NULL)->mark = MARK_ADD;
	hit = rows_pass(view, SCREEN_ADD, &page, &rows);
	tell_offer(view, &page, kind, hit.focus < list->n ? &list->list[hit.focus] : NULL);
	ui_hint(view->ui, ACTION_CONFIRM, _("Add"));
	back_hint(view);
	ui_hint(view->ui, ACTION_NONE, _("Choose"));
	if (hit.activated && !rows.list[hit.focus].dim) {
		want(view, INTENT_ADD_SECTION, view->vm, view->device);
		/* By its place: what it is called may be longer than an intent has room for. */
		view->intent.number = hit.focus < list->n ? (int)hit.focus : -1;
	}
	rows_finish(&rows);
	edit_tick(view);
}
