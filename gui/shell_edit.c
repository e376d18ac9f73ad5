/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines that are typed, and what they and other presses make of a profile's text. */
#include "base/i18n.h"
#include "profile/profile.h"
#include "shell_parts.h"

#include <stdio.h>

#define HEX_DIGITS "0123456789abcdefABCDEF"

/* --- typing --- */

static const char *allowed_for(const struct key *key)
{
	switch (key->type) {
	case KEY_COUNT:
		return "0123456789";
	case KEY_SIZE:
		return key->words ? "0123456789KMGTiBmax" : "0123456789KMGTiB";
	case KEY_PCI_ADDRESS:
		return HEX_DIGITS ":.";
	case KEY_PCI_PATH:
	case KEY_USB_PORT:
		return HEX_DIGITS ":./";
	case KEY_PCI_SERIAL:
		return HEX_DIGITS;
	case KEY_ID:
	case KEY_MAC:
		return HEX_DIGITS ":";
	case KEY_FORWARD:
		return "abcdefghijklmnopqrstuvwxyz0123456789:.- ";
	case KEY_VIRTUAL_FUNCTION:
		return "0123456789auton";
	case KEY_FEATURES:
		return "abcdefghijklmnopqrstuvwxyz0123456789+-,._";
	case KEY_TEXT:
	case KEY_ASCII:
	case KEY_MODEL:
	case KEY_WORD:
	case KEY_BOOL:
	case KEY_FILE:
	case KEY_DISK_PATH:
	case KEY_DISK_URL:
	case KEY_INPUT_PATH:
	case KEY_RESOLUTION:
	case KEY_PROCESSORS:
	case KEY_UNITS:
	case KEY_LINK:
	case KEY_MEDIATED:
		break;
	}
	return NULL;
}

static void open_keyboard(struct shell *shell, const char *text, size_t most, const char *allowed)
{
	bool cyrillic = (unsigned char)*text == 0xd0 || (unsigned char)*text == 0xd1;

	keyboard_init(&shell->drafts.keyboard, text, most, allowed,
	        cyrillic ? KEYBOARD_CYRILLIC : KEYBOARD_LATIN);
	draft_forget_focus(shell, SCREEN_TYPE);
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
	case TYPE_PASTE:
		shell->paste_wanted = true;
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
		draft_close(shell, SCREEN_TYPE);
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
	draft_close(shell, SCREEN_ADD);
	draft_forget_focus(shell, SCREEN_KEYS);
	if (id)
		shell_open(shell, SCREEN_KEYS, intent->vm, id);
}

static void drop_section(struct shell *shell, const char *section)
{
	struct editor *e = &shell->drafts.editor;
	char *text = profile_remove_section(e->text, section, NULL);

	draft_close(shell, SCREEN_KEYS);
	draft_forget_focus(shell, SCREEN_EDIT);
	if (text)
		take_text(shell, section, text);
}

/* --- wishes --- */

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
		draft_act(shell, INTENT_LOOK_OVER, e->name, e->text, NULL);
	}
}

bool draft_edit(struct shell *shell, const struct intent *intent)
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
		return false;
	return true;
}
