/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shell_drafts.h"
#include "base/i18n.h"
#include "profile/profile.h"

#include <errno.h>
#include <stdio.h>

#define HEX_DIGITS "0123456789abcdefABCDEF"

void shell_drafts_finish(struct shell *shell)
{
	struct drafts *d = &shell->drafts;

	wizard_finish(&d->wizard);
	editor_finish(&d->editor);
	free(d->wizard_name);
	free(d->wizard_text);
	*d = (struct drafts){0};
}

/* @text and @expected may be NULL. */
static void act(struct shell *shell, enum intent_kind kind, const char *vm, const char *text,
        const char *expected)
{
	struct intent intent = {.kind = kind, .text = text, .expected = expected};

	snprintf(intent.vm, sizeof(intent.vm), "%s", vm ? vm : "");
	shell->ops->act(shell->user, &intent, NULL);
}

static void forget_focus(struct shell *shell, enum screen screen)
{
	ui_forget(&shell->ui, screen_names[screen]);
}

/* The screen and all that was opened from it go. */
static void close_screen(struct shell *shell, enum screen screen)
{
	for (size_t i = 1; i < shell->depth; i++)
		if (shell->stack[i].screen == screen)
			shell->depth = i;
}

static bool is_open(const struct shell *shell, enum screen screen)
{
	for (size_t i = 1; i < shell->depth; i++)
		if (shell->stack[i].screen == screen)
			return true;
	return false;
}

/* --- a new game --- */

/* What it would write, and what is amiss in that. */
static void work_out(struct shell *shell)
{
	struct drafts *d = &shell->drafts;
	const struct offers *offers = &shell->model->profiles.offers;
	cleanup_free char *before = take_ptr(d->wizard_text);
	bool same;

	free(d->wizard_name);
	d->wizard_err = (struct err){0};
	d->wizard_name = wizard_name(&d->wizard, offers);
	d->wizard_text = wizard_text(&d->wizard, offers, &d->wizard_err);
	same = before && d->wizard_text && streq(before, d->wizard_text);
	if (d->wizard_text && !(same && checked_is_of(&shell->model->profiles.checked,
	                                        d->wizard_name, d->wizard_text)))
		act(shell, INTENT_LOOK_OVER, d->wizard_name, d->wizard_text, NULL);
}

static void step(struct shell *shell, int by)
{
	struct wizard *w = &shell->drafts.wizard;
	int to = (int)w->step + by;

	if (to < WIZARD_NAME || to > WIZARD_MAKE)
		return;
	/* The disk of this PC is confirmed on the way, whatever the way was. */
	if (by > 0 && w->step == WIZARD_DISK &&
	        wizard_disk_to_confirm(w, &shell->model->profiles.offers))
		return;
	w->step = (enum wizard_step)to;
	forget_focus(shell, SCREEN_NEW);
	if (w->step == WIZARD_MAKE && shell->model->profiles.offers.told)
		work_out(shell);
}

static void answer(struct shell *shell, int number)
{
	struct wizard *w = &shell->drafts.wizard;
	struct wizard_choice *choices;
	size_t n = wizard_choices(w, &shell->model->profiles.offers, w->step, &choices);
	bool taken =
	        number >= 0 && (size_t)number < n && wizard_choose(w, w->step, &choices[number]);

	free(choices);
	if (!taken || wizard_takes_many(w->step))
		return;
	if (w->step == WIZARD_DISK && wizard_disk_to_confirm(w, &shell->model->profiles.offers))
		ui_set_focus(&shell->ui, "next"); /* which asks */
	else
		step(shell, 1);
}

static void make(struct shell *shell)
{
	struct drafts *d = &shell->drafts;

	/* Whatever was shown: a disk that was not confirmed is not given. */
	if (!d->wizard_text || d->writing ||
	        wizard_disk_to_confirm(&d->wizard, &shell->model->profiles.offers))
		return;
	d->writing = true;
	act(shell, INTENT_WRITE, d->wizard_name, d->wizard_text, "");
}

/* --- typing --- */

static const char *allowed_for(const struct key *key)
{
	switch (key->type) {
	case KEY_COUNT:
		return "0123456789";
	case KEY_SIZE:
		return "0123456789KMGTiB";
	case KEY_PCI_ADDRESS:
		return HEX_DIGITS ":.";
	case KEY_PCI_PATH:
	case KEY_USB_PORT:
		return HEX_DIGITS ":./";
	case KEY_PCI_SERIAL:
		return HEX_DIGITS;
	case KEY_ID:
		return HEX_DIGITS ":";
	case KEY_TEXT:
	case KEY_MODEL:
	case KEY_WORD:
	case KEY_BOOL:
	case KEY_FILE:
	case KEY_DISK_PATH:
		break;
	}
	return NULL;
}

static void open_keyboard(struct shell *shell, const char *text, size_t most, const char *allowed)
{
	bool cyrillic = (unsigned char)*text == 0xd0 || (unsigned char)*text == 0xd1;

	keyboard_init(&shell->drafts.keyboard, text, most, allowed,
	        cyrillic ? KEYBOARD_CYRILLIC : KEYBOARD_LATIN);
	forget_focus(shell, SCREEN_TYPE);
	shell_open(shell, SCREEN_TYPE, NULL, NULL);
}

static void type_key(struct shell *shell, const char *section, const char *name)
{
	struct drafts *d = &shell->drafts;
	struct editor_key *keys;
	size_t n = editor_keys(d->editor.text, section, &keys), i = 0;

	while (i < n && !streq(keys[i].name, name))
		i++;
	if (i < n && keys[i].key) {
		size_t most = keys[i].key->type == KEY_TEXT ? keys[i].key->max : 1000;

		open_keyboard(
		        shell, keys[i].value ? keys[i].value : "", most, allowed_for(keys[i].key));
	} else if (i < n) {
		cleanup_free char *line = xasprintf("%s=%s", name, keys[i].value);

		d->typing_line = keys[i].line;
		open_keyboard(shell, line, KEYBOARD_MOST, NULL);
	}
	editor_keys_finish(keys, n);
}

static void type_bad_line(struct shell *shell)
{
	struct drafts *d = &shell->drafts;
	cleanup_free char *line = NULL;

	d->typing_line = editor_bad_line(d->editor.text, &line);
	if (d->typing_line)
		open_keyboard(shell, line, KEYBOARD_MOST, NULL);
}

static void type(struct shell *shell, const struct intent *intent)
{
	struct drafts *d = &shell->drafts;

	d->typing = (enum typing)intent->number;
	d->typing_problem[0] = '\0';
	snprintf(d->typing_section, sizeof(d->typing_section), "%s", intent->device);
	snprintf(d->typing_key, sizeof(d->typing_key), "%s", intent->rule);
	if (d->typing == TYPING_TITLE)
		open_keyboard(shell, d->wizard.title, WIZARD_TITLE_MOST, NULL);
	else if (!d->editor.open)
		return;
	else if (*intent->rule)
		type_key(shell, intent->device, intent->rule);
	else
		type_bad_line(shell);
}

static void press_key(struct shell *shell, const struct intent *intent)
{
	struct keyboard *k = &shell->drafts.keyboard;

	shell->drafts.typing_problem[0] = '\0';
	switch (intent->number) {
	case TYPE_SHIFT:
		k->shift = !k->shift;
		break;
	case TYPE_LAYOUT:
		keyboard_switch(k);
		break;
	case TYPE_SPACE:
		keyboard_type(k, " ");
		break;
	case TYPE_DELETE:
		keyboard_delete(k);
		break;
	case TYPE_LEFT:
	case TYPE_RIGHT:
		keyboard_move(k, intent->number == TYPE_LEFT ? -1 : 1);
		break;
	case TYPE_TEXT:
		if (streq(intent->device, KEYBOARD_DELETE_BEFORE))
			keyboard_delete(k);
		else if (streq(intent->device, KEYBOARD_DELETE_AFTER))
			keyboard_delete_after(k);
		else
			keyboard_type(k, intent->device);
		break;
	default:
		keyboard_press(k, (unsigned)intent->number / KEYBOARD_COLUMNS,
		        (unsigned)intent->number % KEYBOARD_COLUMNS);
	}
}

/* --- the edit --- */

/* A section that we began and that is empty again goes, and a text that says the same as before is the one from before. */
static void take_text(struct shell *shell, const char *section, char *text)
{
	struct editor *e = &shell->drafts.editor;
	cleanup_free char *owned = text;
	struct editor_change *changes;
	struct editor_key *keys;
	size_t n = editor_keys(text, section, &keys), written = 0;

	for (size_t i = 0; i < n; i++)
		written += keys[i].value != NULL;
	editor_keys_finish(keys, n);
	if (!written && !profile_has_section(e->old, section)) {
		owned = profile_remove_section(text, section, NULL);
		free(text);
		if (!owned)
			return;
	}
	n = editor_changes(e->old, owned, &changes);
	editor_changes_finish(changes, n);
	editor_take(e, n ? take_ptr(owned) : xstrdup(e->old), shell->ui.now_ms);
}

/* Returns whether the value was taken; else why not is kept for the page. */
static bool set_key(struct shell *shell, const char *section, const char *key, const char *value,
        struct err *err)
{
	struct drafts *d = &shell->drafts;
	char *text = profile_edit(d->editor.text, section, key, value, err);

	d->key_err = (struct err){0};
	if (text) {
		take_text(shell, section, text);
		return true;
	}
	d->key_err = *err;
	snprintf(d->key_err_of, sizeof(d->key_err_of), "%s/%s", section, key);
	return false;
}

static void step_key(struct shell *shell, const struct intent *intent)
{
	struct editor_key *keys;
	size_t n = editor_keys(shell->drafts.editor.text, intent->device, &keys);
	struct err err = {0};

	for (size_t i = 0; i < n; i++) {
		cleanup_free char *next = NULL;

		if (!keys[i].key || !streq(keys[i].name, intent->rule))
			continue;
		next = intent->number ? editor_step(keys[i].key, keys[i].value, intent->number)
		                      : editor_cycle(keys[i].key, keys[i].value);
		set_key(shell, intent->device, intent->rule, next, &err);
		break;
	}
	editor_keys_finish(keys, n);
}

static bool take_line(struct shell *shell, unsigned number, const char *line)
{
	struct editor *e = &shell->drafts.editor;

	editor_take(e, editor_set_line(e->text, number, line), shell->ui.now_ms);
	return true;
}

/* --- what was typed --- */

static bool take_typed(struct shell *shell, struct err *err)
{
	struct drafts *d = &shell->drafts;
	cleanup_free char *copy = xstrdup(d->keyboard.text);
	const char *text = strip(copy);

	switch (d->typing) {
	case TYPING_TITLE:
		snprintf(d->wizard.title, sizeof(d->wizard.title), "%s", *text ? text : _("Game"));
		return true;
	case TYPING_KEY:
		return set_key(shell, d->typing_section, d->typing_key, *text ? text : NULL, err);
	case TYPING_LINE:
		return take_line(shell, d->typing_line, *text ? text : NULL);
	case TYPING_NOTHING:
		break;
	}
	return true;
}

static void typed(struct shell *shell)
{
	struct drafts *d = &shell->drafts;
	struct err err = {0};

	if (take_typed(shell, &err)) {
		close_screen(shell, SCREEN_TYPE);
		return;
	}
	/* It is told where it was typed, and can be mended there. */
	d->key_err = (struct err){0};
	if (*err.hint)
		snprintf(d->typing_problem, sizeof(d->typing_problem), "%.700s; %.700s",
		        err.message, err.hint);
	else
		snprintf(d->typing_problem, sizeof(d->typing_problem), "%s", err.message);
}

/* --- whole sections --- */

/* The section that @after has and @before has not: the first of them. Caller frees. */
static char *new_section(const char *before, const char *after)
{
	struct editor_section *sections;
	size_t n = editor_sections(after, &sections);
	char *id = NULL;

	for (size_t i = 0; i < n && !id; i++)
		if (sections[i].there && !profile_has_section(before, sections[i].id))
			id = xstrdup(sections[i].id);
	editor_sections_finish(sections, n);
	return id;
}

static enum offer_kind kind_of(const char *section)
{
	return streq(section, "gpu") ? OFFER_GPU : streq(section, "disk") ? OFFER_DISK : OFFER_USB;
}

static void add_section(struct shell *shell, const struct intent *intent)
{
	struct editor *e = &shell->drafts.editor;
	const struct offer_list *list = &shell->model->profiles.offers.of[kind_of(intent->device)];
	cleanup_free char *name = editor_new_section(e->text, intent->device), *id = NULL;
	struct err err = {0};
	char *text = NULL;

	if (intent->number < 0)
		text = profile_add_section(e->text, NULL, name, "", &err);
	else if ((size_t)intent->number < list->n)
		text = wizard_add_offer(e->text, &list->list[intent->number], &err);
	if (!text && err.number)
		shell_refused(shell, &err);
	if (!text)
		return;
	id = new_section(e->text, text);
	editor_take(e, text, shell->ui.now_ms);
	close_screen(shell, SCREEN_ADD);
	forget_focus(shell, SCREEN_KEYS);
	if (id)
		shell_open(shell, SCREEN_KEYS, intent->vm, id);
}

static void drop_section(struct shell *shell, const char *section)
{
	struct editor *e = &shell->drafts.editor;
	char *text = profile_remove_section(e->text, section, NULL);

	close_screen(shell, SCREEN_KEYS);
	forget_focus(shell, SCREEN_EDIT);
	if (text)
		take_text(shell, section, text);
}

/* --- the end of an edit --- */

static void leave(struct shell *shell)
{
	editor_finish(&shell->drafts.editor);
	close_screen(shell, SCREEN_EDIT);
}

static void save(struct shell *shell)
{
	struct drafts *d = &shell->drafts;
	struct editor *e = &d->editor;

	if (!editor_changed(e) || d->writing)
		return;
	d->writing = true;
	act(shell, INTENT_WRITE, e->name, e->text, e->old);
}

static void remove_game(struct shell *shell)
{
	struct drafts *d = &shell->drafts;

	if (!d->editor.open || d->writing)
		return;
	d->writing = true;
	act(shell, INTENT_REMOVE, d->editor.name, NULL, d->editor.old);
}

static void take_shown(struct shell *shell)
{
	const struct profile_shown *shown = &shell->model->profiles.shown;
	struct editor *e = &shell->drafts.editor;

	for (size_t i = 1; i < shell->depth; i++) {
		const struct place *place = &shell->stack[i];

		if (place->screen != SCREEN_EDIT || e->open || !shown->told || shown->asking ||
		        !streq(shown->name, place->vm))
			continue;
		editor_open(e, shown, shell->ui.now_ms);
		forget_focus(shell, SCREEN_EDIT);
	}
}

static void reread(struct shell *shell)
{
	char name[MODEL_TEXT_MOST + 1];

	snprintf(name, sizeof(name), "%s", shell->drafts.editor.name);
	if (!shell->drafts.editor.open)
		return;
	editor_finish(&shell->drafts.editor);
	close_screen(shell, SCREEN_EDIT);
	shell_open(shell, SCREEN_EDIT, name, NULL);
}

/* --- what became of it --- */

static void tell_made(struct shell *shell)
{
	struct drafts *d = &shell->drafts;

	snprintf(d->made, sizeof(d->made), "%s", shell->model->profiles.written.name);
	wizard_finish(&d->wizard);
	close_screen(shell, SCREEN_NEW);
	shell_open(shell, SCREEN_HOME, NULL, NULL);
}

static void tell_removed(struct shell *shell, const char *where)
{
	cleanup_free char *words = xasprintf(_("The profile is kept as %s"), where);

	editor_finish(&shell->drafts.editor);
	shell_open(shell, SCREEN_HOME, NULL, NULL);
	if (*where)
		shell_told(shell, words);
}

static void take_written(struct shell *shell)
{
	struct drafts *d = &shell->drafts;
	const struct profile_written *written = &shell->model->profiles.written;
	bool edited = d->editor.open && streq(d->editor.name, written->name);

	if (!d->writing || (written->state != PROFILE_WRITTEN && written->state != PROFILE_REFUSED))
		return;
	d->writing = false;
	if (written->state == PROFILE_REFUSED && edited) {
		/* Why is told once it is known whether somebody else has changed it. */
		d->reread = true;
		act(shell, INTENT_SHOW, written->name, NULL, NULL);
	} else if (written->state == PROFILE_REFUSED) {
		shell_refused_as(shell, &written->refusal, written->denied);
	} else if (written->removed) {
		tell_removed(shell, written->where);
	} else if (edited) {
		leave(shell);
	} else {
		tell_made(shell);
	}
}

static void ask_reread(struct shell *shell)
{
	struct dialog *dialog = &shell->dialog;

	dialog_finish(dialog);
	*dialog = (struct dialog){.title = xstrdup(_("Somebody else has changed it")),
	        .text = xstrdup(
	                _("The profile was saved by another program after it was read here, so "
	                  "nothing was written. Read it anew to see what it says now; what you "
	                  "changed here is lost by that.")),
	        .yes = xstrdup(_("Read it anew")),
	        .intent = {.kind = INTENT_REREAD}};
}

/* After a refusal: is it another profile than the one that was edited? */
static void take_reread(struct shell *shell)
{
	struct drafts *d = &shell->drafts;
	const struct profiles *p = &shell->model->profiles;

	if (!d->reread || p->shown.asking)
		return;
	d->reread = false;
	if (d->editor.open && p->shown.told && streq(p->shown.name, d->editor.name) &&
	        !streq(p->shown.text, d->editor.old))
		ask_reread(shell);
	else
		shell_refused_as(shell, &p->written.refusal, p->written.denied);
}

/* The card of the game that was made has the focus as soon as it is there. */
static void take_made(struct shell *shell)
{
	struct drafts *d = &shell->drafts;

	if (!*d->made || !model_vm(shell->model, d->made))
		return;
	snprintf(shell->selected, sizeof(shell->selected), "%s", d->made);
	forget_focus(shell, SCREEN_HOME);
	d->made[0] = '\0';
}

void shell_drafts_changed(struct shell *shell)
{
	struct drafts *d = &shell->drafts;
	const struct offers *offers = &shell->model->profiles.offers;

	if (d->wizard.begun && offers->told) {
		bool first = !d->wizard.proposed;

		wizard_propose(&d->wizard, offers);
		if (first)
			forget_focus(shell, SCREEN_NEW);
		if (d->wizard.step == WIZARD_MAKE && is_open(shell, SCREEN_NEW) && !d->writing &&
		        (first || shell->drafts.offers_seen != offers->version))
			work_out(shell);
		d->offers_seen = offers->version;
	}
	take_written(shell);
	take_reread(shell);
	take_shown(shell);
	take_made(shell);
}

/* --- screens and wishes --- */

static void open_new(struct shell *shell)
{
	struct wizard *w = &shell->drafts.wizard;

	if (!w->begun)
		wizard_begin(w, _("Game"));
	w->step = WIZARD_NAME;
	forget_focus(shell, SCREEN_NEW);
	act(shell, INTENT_OFFERS, NULL, NULL, NULL);
	wizard_propose(w, &shell->model->profiles.offers);
}

static void open_edit(struct shell *shell, const char *vm)
{
	struct editor *e = &shell->drafts.editor;

	if (editor_changed(e) && streq(e->name, vm))
		return;
	editor_finish(e);
	act(shell, INTENT_SHOW, vm, NULL, NULL);
	take_shown(shell);
}

void shell_drafts_open(struct shell *shell, enum screen screen, const char *vm)
{
	if (screen == SCREEN_NEW)
		open_new(shell);
	else if (screen == SCREEN_EDIT)
		open_edit(shell, vm);
	else if (screen == SCREEN_ADD || screen == SCREEN_SAVE)
		act(shell, INTENT_OFFERS, NULL, NULL, NULL);
	if (screen == SCREEN_KEYS || screen == SCREEN_ADD || screen == SCREEN_SAVE)
		forget_focus(shell, screen);
	if (screen == SCREEN_KEYS)
		shell->drafts.key_err = (struct err){0};
}

/* What an edit that is not open any more was about. */
static bool is_of_edit(enum intent_kind kind)
{
	return kind == INTENT_KEY_STEP || kind == INTENT_KEY_USUAL || kind == INTENT_DROP_LINE ||
	       kind == INTENT_ADD_SECTION || kind == INTENT_DROP_SECTION ||
	       kind == INTENT_LOOK_OVER;
}

static void edit(struct shell *shell, const struct intent *intent)
{
	struct editor *e = &shell->drafts.editor;
	struct err err = {0};

	if (!e->open)
		return;
	if (intent->kind == INTENT_KEY_STEP) {
		step_key(shell, intent);
	} else if (intent->kind == INTENT_KEY_USUAL) {
		set_key(shell, intent->device, intent->rule, NULL, &err);
	} else if (intent->kind == INTENT_DROP_LINE) {
		take_line(shell, (unsigned)intent->number, NULL);
	} else if (intent->kind == INTENT_ADD_SECTION) {
		add_section(shell, intent);
	} else if (intent->kind == INTENT_DROP_SECTION) {
		drop_section(shell, intent->device);
	} else {
		e->due_ms = 0;
		act(shell, INTENT_LOOK_OVER, e->name, e->text, NULL);
	}
}

static void decide(struct shell *shell, const struct intent *intent)
{
	struct wizard *w = &shell->drafts.wizard;

	if (intent->kind == INTENT_STEP) {
		step(shell, intent->number);
	} else if (intent->kind == INTENT_ANSWER) {
		answer(shell, intent->number);
	} else if (intent->kind == INTENT_CONFIRM_DISK) {
		w->disk_confirmed = true;
		if (w->step == WIZARD_DISK)
			step(shell, 1);
	} else if (intent->kind == INTENT_MAKE) {
		make(shell);
	} else if (intent->kind == INTENT_SAVE) {
		save(shell);
	} else if (intent->kind == INTENT_REMOVE) {
		remove_game(shell);
	} else if (intent->kind == INTENT_LEAVE) {
		leave(shell);
	} else if (intent->kind == INTENT_REREAD) {
		reread(shell);
	}
}

void shell_drafts_intent(struct shell *shell, const struct intent *intent)
{
	if (intent->kind == INTENT_TYPE)
		type(shell, intent);
	else if (intent->kind == INTENT_TYPE_KEY)
		press_key(shell, intent);
	else if (intent->kind == INTENT_TYPED)
		typed(shell);
	else if (is_of_edit(intent->kind))
		edit(shell, intent);
	else
		decide(shell, intent);
}

bool shell_wants_text(const struct shell *shell)
{
	return shell_screen(shell) == SCREEN_TYPE && !shell->dialog.title;
}
