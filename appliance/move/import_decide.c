/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What follows from all that was read; and the comments of the text. */
#include "base/i18n.h"
#include "move/import_draft.h"
#include "profile/file.h"
#include "profile/profile.h"

#include <stdio.h>

#define LOST_MOST 20u /* of what was lost, so many are told in the profile */

/* Sets a key that no one thing of the source says. */
static void set(struct draft *d, const char *section, const char *key, const char *value,
        const char *comment)
{
	draft_at(d, 0, "%s=%s", key, value);
	if (comment)
		draft_change(d, section, key, value, comment);
	else
		draft_quiet(d, section, key, value);
}

static void decide_guest(struct draft *d)
{
	if (!d->guest && d->windows)
		set(d, "vm", "guest", "windows-10",
		        N_("it has what only Windows has a use for, and does not say which one"));
	else if (d->guest && !streq(d->guest, "other"))
		set(d, "vm", "guest", d->guest, NULL);
	if (!d->guest && d->windows)
		d->guest = "windows-10";
	d->windows = d->guest && starts_with(d->guest, "windows");
}

/* Windows 11 has both of its own accord, and here only what it had. */
static void decide_firmware(struct draft *d)
{
	bool eleven = d->guest && streq(d->guest, "windows-11");

	if (!d->uefi)
		set(d, "boot", "firmware", "bios", NULL);
	if (d->secure_boot != eleven)
		set(d, "boot", "secure-boot", d->secure_boot ? "yes" : "no", NULL);
	if (d->tpm != eleven)
		set(d, "boot", "tpm", d->tpm ? "yes" : "no", NULL);
}

static void decide_features(struct draft *d)
{
	cleanup_free char *all = NULL;

	if (!d->features.n)
		return;
	all = strv_join(&d->features, ",");
	draft_at(d, 0, "%s", all);
	draft_quiet(d, "cpu", "features", all);
}

static bool passes(const struct draft *d, const char *section)
{
	cleanup_free char *head = xasprintf("\n[%s", section);

	return strstr(d->text, head) != NULL;
}

/* A passed card takes the place of an emulated one, unless there were both. */
static void decide_emulated(struct draft *d)
{
	bool gpu = passes(d, "gpu"), heard = gpu || passes(d, "audio");

	if (d->display && (gpu || !streq(d->display, "virtio")))
		set(d, "display", "type", d->display, NULL);
	if (!d->display && !gpu)
		set(d, "display", "type", "virtio",
		        N_("without a graphics card nobody would see the guest"));
	if (d->sound && heard)
		set(d, "sound", "type", "hda", NULL);
	if (!d->sound && !heard)
		set(d, "sound", "type", "none", NULL);
}

static void decide_channels(struct draft *d)
{
	cleanup_free char *n = xasprintf("%u", d->usb_channels > PROFILE_USB_CHANNELS_MOST
	                                               ? PROFILE_USB_CHANNELS_MOST
	                                               : d->usb_channels);

	if (d->usb_channels)
		set(d, "console", "usb-channels", n, NULL);
}

static void note_rest(struct draft *d, const char *kind, size_t n)
{
	if (n <= DRAFT_MANY)
		return;
	draft_at(d, 0, "%s x %zu", kind, n);
	draft_lost(d, N_("more than any profile has: only the first hundred are looked at"));
}

/* What is written into lines of the profile stays in its own line: XML and JSON can say any character. */
static void blank_fields(struct draft *d)
{
	for (size_t i = 0; i < d->n_pci; i++) {
		draft_blank(d->pci[i].romfile);
		draft_blank(d->pci[i].mediated);
	}
	for (size_t i = 0; i < d->n_disks; i++) {
		draft_blank(d->disks[i].path);
		draft_blank(d->disks[i].format);
		draft_blank(d->disks[i].serial);
		draft_blank(d->disks[i].backing);
	}
	for (size_t i = 0; i < d->n_nics; i++) {
		draft_blank(d->nics[i].name);
		draft_blank(d->nics[i].link);
		draft_blank(d->nics[i].mac);
		strv_foreach (rule, &d->nics[i].forward)
			draft_blank(*rule);
	}
	for (size_t i = 0; i < d->n_usb; i++)
		draft_blank(d->usb[i].chain);
	for (size_t i = 0; i < d->n_inputs; i++) {
		draft_blank(d->inputs[i].path);
		draft_blank(d->inputs[i].toggle);
	}
}

void draft_decide(struct draft *d)
{
	blank_fields(d);
	decide_guest(d);
	decide_firmware(d);
	decide_features(d);
	draft_decide_network(d);
	decide_channels(d);
	draft_decide_pci(d);
	decide_emulated(d);
	draft_decide_disks(d);
	draft_decide_usb(d);
	draft_decide_inputs(d);
	note_rest(d, "PCI", d->n_pci);
	note_rest(d, "disk", d->n_disks);
	note_rest(d, "network", d->n_nics);
	note_rest(d, "USB", d->n_usb);
	note_rest(d, "input", d->n_inputs);
}

/* --- comments --- */

static bool is_place(
        const struct ini *ini, size_t i, const char *head, const struct draft_comment *c)
{
	const struct ini_line *line = &ini->lines[i];

	if (!streq(head, c->section))
		return false;
	return c->key ? line->kind == INI_KEY && streq(line->key, c->key)
	              : line->kind == INI_SECTION;
}

/* In lines that are not too long to be read. */
static void print_comment(FILE *out, const char *text)
{
	cleanup_strv struct strv words = {0};
	size_t column = 0;

	strv_split(&words, text, " ");
	strv_foreach (word, &words) {
		size_t n = utf8_columns(*word, strlen(*word));

		if (column && column + n > 90)
			fputc('\n', out), column = 0;
		fputs(column ? " " : "# ", out);
		fputs(*word, out);
		column += n + 1;
	}
	if (column)
		fputc('\n', out);
}

/* The terminal that told it is gone when somebody misses something. */
static void print_lost(const struct draft *d, FILE *out)
{
	size_t n = 0;

	for (size_t i = 0; i < d->out->n_notes; i++) {
		const struct import_note *note = &d->out->notes[i];
		cleanup_free char *line = NULL;

		if (note->fate != IMPORT_LOST || n > LOST_MOST)
			continue;
		if (n == 0) {
			fputs("#\n", out);
			print_comment(out, _("It could not be carried over:"));
		}
		line = ++n > LOST_MOST ? xstrdup(_("and more, which an import tells"))
		                       : xasprintf("* %s: %s", note->what, note->why);
		draft_blank(line);
		print_comment(out, line);
	}
}

static void print_head(const struct draft *d, FILE *out)
{
	const char *slash = strrchr(d->source->file, '/');
	const char *base = slash ? slash + 1 : d->source->file;
	cleanup_free char *made =
	        xasprintf(_("Made from %s (%s)."), base, import_format_word(d->out->format));

	draft_blank(made);
	print_comment(out, made);
	if (d->description)
		print_comment(out, d->description);
	print_lost(d, out);
	fputc('\n', out);
}

char *draft_annotate(const struct draft *d)
{
	cleanup(ini_finish) struct ini ini = {0};
	cleanup_free char *head = xstrdup("");
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	print_head(d, out);
	if (ini_read(d->text, strlen(d->text), "draft", &ini, NULL) < 0)
		abort(); /* it was read before */
	for (size_t i = 0; i < ini.n; i++) {
		const struct ini_line *line = &ini.lines[i];

		if (line->kind == INI_SECTION) {
			free(head);
			head = xasprintf(
			        "%s%s%s", line->section, line->name[0] ? " " : "", line->name);
		}
		for (size_t k = 0; k < d->n_comments; k++)
			if (is_place(&ini, i, head, &d->comments[k]))
				print_comment(out, d->comments[k].text);
		fwrite(d->text + line->start, 1, line->end - line->start, out);
	}
	if (fclose(out))
		abort();
	return text;
}
