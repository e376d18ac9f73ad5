/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "move/import_draft.h"

#include "base/i18n.h"
#include "move/import_secrets.h"
#include "profile/file.h"
#include "profile/profile.h"

#include <errno.h>
#include <stdio.h>

#define WHAT_MAX 120u

/* --- notes --- */

/* What was coded, in base64 or as %XX, may be any bytes. */
void draft_blank(char *text)
{
	size_t n;

	for (char *c = text; c && *c; c += n) {
		n = utf8_length((const unsigned char *)c, strlen(c));
		if (!n)
			*c = '?';
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
		n = n ? n : 1;
	}
}

static bool is_utf8(const char *text)
{
	size_t n;

	for (const char *c = text; *c; c += n) {
		n = utf8_length((const unsigned char *)c, strlen(c));
		if (!n)
			return false;
	}
	return true;
}

/* One line of at most WHAT_MAX bytes that ends with a whole character. */
static char *one_line(const char *text)
{
	size_t n = strlen(text);
	char *line;

	if (n > WHAT_MAX) {
		n = WHAT_MAX - 3;
		while (n && (text[n] & 0xc0) == 0x80)
			n--;
		line = xasprintf("%.*s...", (int)n, text);
	} else {
		line = xstrdup(text);
	}
	draft_blank(line);
	return line;
}

void draft_at(struct draft *d, int line, const char *fmt, ...)
{
	cleanup_free char *what = NULL;
	va_list ap;

	va_start(ap, fmt);
	what = xvasprintf(fmt, ap);
	va_end(ap);
	free(d->what);
	d->what = one_line(what);
	d->line = line;
}

static bool is_noted(const struct import *out, const struct import_note *note)
{
	for (size_t i = 0; i < out->n_notes; i++) {
		const struct import_note *n = &out->notes[i];

		if (n->fate == note->fate && streq(n->what, note->what) &&
		        streq(n->became ? n->became : "", note->became ? note->became : "") &&
		        streq(n->why ? n->why : "", note->why ? note->why : ""))
			return true;
	}
	return false;
}

/* What tells of a text of ours that nobody sees is no part of the reason: "import.profile:33: ". */
static const char *plain_reason(const char *why)
{
	static const char file[] = "import.profile:";
	const char *rest = why + (starts_with(why, file) ? strlen(file) : 0);
	size_t digits = strspn(rest, "0123456789");

	return rest > why && digits && starts_with(rest + digits, ": ") ? rest + digits + 2 : why;
}

/* @why is told as it is. */
static void add_note(struct draft *d, enum import_fate fate, const char *became, const char *why)
{
	struct import_note note = {fate, d->line, d->what ? d->what : (char *)"", (char *)became,
	        why ? (char *)plain_reason(why) : NULL};
	struct import_note *n;

	if (d->out->n_notes == IMPORT_NOTES_MAX || is_noted(d->out, &note))
		return;
	n = list_append(d->out->notes, d->out->n_notes);
	*n = (struct import_note){fate, note.line, xstrdup(note.what), xstrdup(became),
	        why ? xstrdup(plain_reason(why)) : NULL};
}

void draft_note(struct draft *d, enum import_fate fate, const char *became, const char *why)
{
	add_note(d, fate, became, why ? _(why) : NULL);
}

void draft_carried(struct draft *d, const char *became)
{
	add_note(d, IMPORT_CARRIED, became, NULL);
}

void draft_left(struct draft *d, const char *why)
{
	draft_note(d, IMPORT_CHANGED, NULL, why);
}

void draft_lost(struct draft *d, const char *why)
{
	draft_note(d, IMPORT_LOST, NULL, why);
}

void draft_comment(struct draft *d, const char *section, const char *key, const char *text)
{
	struct draft_comment *c = list_append(d->comments, d->n_comments);

	*c = (struct draft_comment){xstrdup(section), xstrdup(key), xstrdup(text)};
	draft_blank(c->text);
}

/* --- the text --- */

static int try_text(const char *text, struct err *err)
{
	struct profile profile;
	int r = profile_parse(text, "import.profile", &profile, err);

	if (r == 0)
		profile_finish(&profile);
	return r;
}

bool draft_take(struct draft *d, char *text, const char *became)
{
	struct err err = {0};

	if (strlen(text) <= 60000 && try_text(text, &err) == 0) {
		free(d->text);
		d->text = text;
		if (became)
			draft_carried(d, became);
		return true;
	}
	free(text);
	add_note(d, IMPORT_LOST, NULL, err.number ? err.message : _(WHY_NOTHING));
	return false;
}

static bool edit(struct draft *d, const char *section, const char *key, const char *value)
{
	struct err err = {0};
	char *edited = is_utf8(value) ? profile_edit(d->text, section, key, value, &err) : NULL;

	if (!edited && !err.number)
		err_set(&err, -EINVAL, "%s", _("it is no UTF-8 text"));

	if (edited) {
		free(d->text);
		d->text = edited;
		return true;
	}
	add_note(d, IMPORT_LOST, NULL, err.message);
	return false;
}

bool draft_set(struct draft *d, const char *section, const char *key, const char *value)
{
	cleanup_free char *became = xasprintf("[%s] %s=%s", section, key, value);

	if (!edit(d, section, key, value))
		return false;
	draft_carried(d, became);
	return true;
}

bool draft_setf(struct draft *d, const char *section, const char *key, const char *fmt, ...)
{
	cleanup_free char *value = NULL;
	va_list ap;

	va_start(ap, fmt);
	value = xvasprintf(fmt, ap);
	va_end(ap);
	return draft_set(d, section, key, value);
}

void draft_quiet(struct draft *d, const char *section, const char *key, const char *value)
{
	edit(d, section, key, value);
}

bool draft_change(
        struct draft *d, const char *section, const char *key, const char *value, const char *why)
{
	cleanup_free char *became = xasprintf("[%s] %s=%s", section, key, value);
	cleanup_free char *comment = xasprintf("%s: %s", d->what, _(why));

	if (!edit(d, section, key, value))
		return false;
	draft_note(d, IMPORT_CHANGED, became, why);
	draft_comment(d, section, key, comment);
	return true;
}

/* --- lists --- */

struct draft_pci *draft_add_pci(struct draft *d)
{
	struct draft_pci *pci = list_append(d->pci, d->n_pci);

	*pci = (struct draft_pci){
	        .line = d->line, .what = xstrdup(d->what), .vendor = -1, .device = -1};
	return pci;
}

struct draft_disk *draft_add_disk(struct draft *d)
{
	struct draft_disk *disk = list_append(d->disks, d->n_disks);

	*disk = (struct draft_disk){.line = d->line, .what = xstrdup(d->what)};
	return disk;
}

struct draft_nic *draft_add_nic(struct draft *d)
{
	struct draft_nic *nic = list_append(d->nics, d->n_nics);

	*nic = (struct draft_nic){.line = d->line, .what = xstrdup(d->what)};
	return nic;
}

struct draft_usb *draft_add_usb(struct draft *d)
{
	struct draft_usb *usb = list_append(d->usb, d->n_usb);

	*usb = (struct draft_usb){
	        .line = d->line, .what = xstrdup(d->what), .vendor = -1, .product = -1};
	return usb;
}

struct draft_input *draft_add_input(struct draft *d)
{
	struct draft_input *input = list_append(d->inputs, d->n_inputs);

	*input = (struct draft_input){.line = d->line, .what = xstrdup(d->what)};
	return input;
}

static void finish_nic(struct draft_nic *nic)
{
	free(nic->what);
	free(nic->name);
	free(nic->link);
	free(nic->mac);
	free(nic->model);
	strv_finish(&nic->forward);
}

static void finish_disk(struct draft_disk *disk)
{
	free(disk->what);
	free(disk->name);
	free(disk->path);
	free(disk->url);
	free(disk->format);
	free(disk->serial);
	free(disk->backing);
}

static void finish_lists(struct draft *d)
{
	for (size_t i = 0; i < d->n_pci; i++) {
		free(d->pci[i].what);
		free(d->pci[i].romfile);
		free(d->pci[i].mediated);
	}
	for (size_t i = 0; i < d->n_disks; i++)
		finish_disk(&d->disks[i]);
	for (size_t i = 0; i < d->n_nics; i++)
		finish_nic(&d->nics[i]);
	for (size_t i = 0; i < d->n_usb; i++) {
		free(d->usb[i].what);
		free(d->usb[i].chain);
	}
	for (size_t i = 0; i < d->n_inputs; i++) {
		free(d->inputs[i].what);
		free(d->inputs[i].path);
		free(d->inputs[i].toggle);
	}
	free(d->pci);
	free(d->disks);
	free(d->nics);
	free(d->usb);
	free(d->inputs);
}

/* --- what an export of ours has kept --- */

/* Told when it is known what becomes of it. */
static void place_kept(struct draft *d, size_t before)
{
	struct kept_key *key = d->kept.n > before ? &d->kept.list[d->kept.n - 1] : NULL;

	if (!key)
		return;
	key->line = d->line;
	key->what = xstrdup(d->what);
}

bool draft_kept_comment(struct draft *d, const char *comment)
{
	size_t before = d->kept.n;

	if (!kept_add_comment(&d->kept, comment))
		return false;
	place_kept(d, before);
	return true;
}

void draft_kept(struct draft *d, const char *section, const char *key, const char *value)
{
	size_t before = d->kept.n;

	kept_add(&d->kept, section, key, value);
	place_kept(d, before);
}

void draft_note_kept(struct draft *d)
{
	for (size_t i = 0; i < d->kept.n; i++) {
		const struct kept_key *key = &d->kept.list[i];
		bool known = kept_is_of_profile(key);
		cleanup_free char *value =
		        known ? secret_hide(key->key, key->value) : xstrdup("...");
		cleanup_free char *became = xasprintf("[%s] %s=%s", key->section, key->key, value);

		draft_at(d, key->line, "%s", key->is_there ? key->what : became);
		if (key->is_there)
			draft_carried(d, became);
		else if (known)
			draft_left(d,
			        N_("a note alone gives the guest nothing of this PC: it stands in "
			           "the profile behind a #, to be taken away if it is yours"));
		else
			draft_lost(d, WHY_UNKNOWN);
	}
}

void draft_finish(struct draft *d)
{
	for (size_t i = 0; i < d->n_comments; i++) {
		free(d->comments[i].section);
		free(d->comments[i].key);
		free(d->comments[i].text);
	}
	free(d->comments);
	finish_lists(d);
	kept_finish(&d->kept);
	strv_finish(&d->features);
	free(d->text);
	free(d->what);
	free(d->name);
	free(d->description);
	*d = (struct draft){0};
}
