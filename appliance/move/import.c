/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "move/import.h"

#include "base/i18n.h"
#include "base/nearest.h"
#include "move/import_draft.h"
#include "profile/file.h"
#include "profile/profile.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

typedef int importer(struct draft *d, const char *text, struct err *err);

static const struct {
	const char *word;
	importer *read;
} formats[] = {
        [IMPORT_LIBVIRT] = {"libvirt", import_libvirt},
        [IMPORT_PROXMOX] = {"proxmox", import_proxmox},
        [IMPORT_VMWARE] = {"vmware", import_vmware},
        [IMPORT_QUICKEMU] = {"quickemu", import_quickemu},
        [IMPORT_QEMU] = {"qemu", import_qemu},
};

const char *import_format_word(enum import_format format)
{
	return formats[format].word ? formats[format].word : "";
}

int import_format_find(const char *word, enum import_format *out, struct err *err)
{
	for (size_t i = IMPORT_LIBVIRT; i < ARRAY_SIZE(formats); i++) {
		if (!streq(word, formats[i].word))
			continue;
		*out = (enum import_format)i;
		return 0;
	}
	err_set(err, -EINVAL, _("%.40s is no format that can be imported"), word);
	err_hint(err, _("write one of %s"), "libvirt, proxmox, vmware, quickemu, qemu");
	err_code(err, CODE_IMPORT_FORMAT);
	return -EINVAL;
}

/* --- is it text? --- */

int import_refuse(const struct draft *d, int line, const char *why, struct err *err)
{
	err_set(err, -EINVAL, "%s:%d: %s", d->source->file, line, why);
	err_hint(err, _("give the text that describes the machine, not an image of its disk"));
	err_code(err, CODE_IMPORT_BAD);
	return -EINVAL;
}

static int check_bytes(const struct draft *d, const char *bytes, size_t size, struct err *err)
{
	size_t start = 0, n;
	bool blank = true;
	int line = 1;

	if (size > IMPORT_SIZE_MAX)
		size = IMPORT_SIZE_MAX + 1;
	for (size_t i = 0; i < size; i += n) {
		unsigned char c = (unsigned char)bytes[i];

		n = utf8_length((const unsigned char *)bytes + i, size - i);
		if (i - start > IMPORT_LINE_MAX)
			return import_refuse(d, line, _("the line is longer than 64 KiB"), err);
		if (i == IMPORT_SIZE_MAX)
			return import_refuse(d, line, _("the file is larger than 1 MiB"), err);
		if ((c < ' ' && !strchr("\t\r\n", c)) || !c || c == 0x7f)
			return import_refuse(d, line,
			        _("a control character is in it, as in a binary file"), err);
		if (!n)
			return import_refuse(d, line, _("it is no UTF-8 text"), err);
		blank = blank && strchr(" \t\r\n", c);
		if (c == '\n') {
			line++;
			start = i + 1;
		}
	}
	return blank ? import_refuse(d, 1, _("nothing is in it"), err) : 0;
}

/* --- which format? --- */

static bool is_key_line(const char *line, size_t key, const char *after)
{
	return key && starts_with(line + key, after);
}

/* By the first lines that are neither empty nor comments; a command anywhere decides for QEMU. */
static enum import_format guess_line(const char *line)
{
	size_t word = strspn(line, "abcdefghijklmnopqrstuvwxyz0123456789_");
	size_t dotted =
	        strspn(line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:");

	if (is_key_line(line, word, ": ") || is_key_line(line, word, ":\t"))
		return IMPORT_PROXMOX;
	if (line[word] == '=' && starts_with(line, "guest_os="))
		return IMPORT_QUICKEMU;
	if (is_key_line(line, dotted, " = "))
		return IMPORT_VMWARE;
	return IMPORT_BY_CONTENT;
}

static bool calls_qemu(const char *text)
{
	static const char *const programs[] = {"qemu-system-", "qemu-kvm ", "/kvm "};

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		if (strstr(text, programs[i]))
			return true;
	return starts_with(text, "kvm ") || strstr(text, "\nkvm ") != NULL;
}

static enum import_format guess(const char *text)
{
	cleanup_strv struct strv lines = {0};
	const char *start = text + strspn(text, " \t\r\n");

	if (*start == '<')
		return IMPORT_LIBVIRT;
	strv_split(&lines, start, "\r\n");
	strv_foreach (line, &lines) {
		enum import_format format =
		        (*line)[0] == '#' ? IMPORT_BY_CONTENT : guess_line(*line);

		if (format != IMPORT_BY_CONTENT)
			return format;
		if ((*line)[0] == '-')
			return IMPORT_QEMU;
	}
	return calls_qemu(start) ? IMPORT_QEMU : IMPORT_BY_CONTENT;
}

static int choose_format(
        const struct draft *d, const char *text, enum import_format *out, struct err *err)
{
	*out = d->source->format != IMPORT_BY_CONTENT ? d->source->format : guess(text);
	if (*out != IMPORT_BY_CONTENT)
		return 0;
	err_set(err, -EINVAL, "%s: %s", d->source->file,
	        _("neither libvirt's XML, nor a configuration of Proxmox, VMware or Quickemu, nor "
	          "a "
	          "QEMU command line"));
	err_hint(err, _("--from says which of them it is: %s"),
	        "libvirt, proxmox, vmware, quickemu, qemu");
	err_code(err, CODE_IMPORT_FORMAT);
	return -EINVAL;
}

/* --- its name --- */

/* The nearest to @wish that a VM can be called. Caller frees. */
static char *good_name(const char *wish)
{
	char *name = xcalloc(strlen(wish) + 4, 1);
	size_t n = 0;

	if (!isalpha((unsigned char)wish[0]))
		n = (size_t)sprintf(name, "vm-");
	for (const char *c = wish; *c && n < 24; c++) {
		bool good = isalnum((unsigned char)*c);

		if (good)
			name[n++] = (char)tolower((unsigned char)*c);
		else if (n && name[n - 1] != '-')
			name[n++] = '-';
	}
	while (n && name[n - 1] == '-')
		name[--n] = '\0';
	return name;
}

static char *name_of_file(const char *file)
{
	const char *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file;

	return xstrndup(base, strcspn(base, "."));
}

static int choose_name(struct draft *d, struct err *err)
{
	const char *as = d->source->as;
	cleanup_free char *file = name_of_file(d->source->file);
	const char *wish = as ? as : d->name && *d->name ? d->name : file;

	d->out->name = as ? xstrdup(as) : good_name(wish);
	if (profile_check_name(d->out->name, err) < 0) {
		err_hint(err, _("--as gives it another name"));
		return -EINVAL;
	}
	if (!as && d->name && *d->name && !streq(d->name, d->out->name)) {
		draft_at(d, 0, "%s", d->name);
		draft_set(d, "vm", "title", d->name);
	}
	return 0;
}

/* --- all of it --- */

static int compare_notes(const void *a, const void *b)
{
	const struct import_note *x = a, *y = b;

	return (x->line > y->line) - (x->line < y->line);
}

/* Stable: those of one line stay in the order in which they were made. */
static void sort_notes(struct import *out)
{
	for (size_t i = 1; i < out->n_notes; i++)
		for (size_t k = i; k && compare_notes(&out->notes[k - 1], &out->notes[k]) > 0;
		        k--) {
			struct import_note swap = out->notes[k];

			out->notes[k] = out->notes[k - 1];
			out->notes[k - 1] = swap;
		}
}

static void note_own(struct draft *d)
{
	for (size_t i = 0; i < d->n_pci && i < DRAFT_MANY; i++) {
		const struct draft_pci *pci = &d->pci[i];

		if (pci->has_address)
			strv_addf(&d->kept.own, "address=%s", pci_addr_format(pci->address).s);
		if (pci->romfile)
			strv_addf(&d->kept.own, "romfile=%s", pci->romfile);
	}
}

static int make(struct draft *d, struct err *err)
{
	int r = choose_name(d, err);
	struct profile profile;
	cleanup_free char *file = NULL, *text = NULL, *with = NULL;

	if (r < 0)
		return r;
	draft_decide(d);
	sort_notes(d->out);
	text = draft_annotate(d);
	note_own(d);
	with = kept_apply(text, &d->kept);
	d->out->text = kept_write_notes(with, &d->kept);
	draft_note_kept(d);
	sort_notes(d->out);
	file = xasprintf("%s.profile", d->out->name);
	r = profile_parse(d->out->text, file, &profile, err);
	if (r == 0)
		profile_finish(&profile);
	return r;
}

int import_read(const char *bytes, size_t size, const struct import_source *source,
        const struct import_pc *pc, struct import *out, struct err *err)
{
	cleanup(draft_finish) struct draft d = {.source = source, .pc = pc, .out = out};
	bool marked = size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0;
	cleanup_free char *text = NULL;
	int r;

	*out = (struct import){0};
	r = check_bytes(&d, bytes, size, err);
	if (r == 0) {
		text = xstrndup(bytes + (marked ? 3 : 0), size - (marked ? 3 : 0));
		r = choose_format(&d, text, &out->format, err);
	}
	d.text = xstrdup("");
	d.what = xstrdup("");
	if (r == 0)
		r = formats[out->format].read(&d, text, err);
	if (r == 0)
		r = make(&d, err);
	if (r < 0)
		import_finish(out);
	return r;
}

void import_finish(struct import *import)
{
	for (size_t i = 0; i < import->n_notes; i++) {
		free(import->notes[i].what);
		free(import->notes[i].became);
		free(import->notes[i].why);
	}
	free(import->notes);
	free(import->name);
	free(import->text);
	*import = (struct import){0};
}

void import_pc_finish(struct import_pc *pc)
{
	for (size_t i = 0; i < pc->n_functions; i++) {
		free(pc->functions[i].path);
		free(pc->functions[i].name);
	}
	for (size_t i = 0; i < pc->n_disks; i++) {
		strv_finish(&pc->disks[i].names);
		free(pc->disks[i].link);
	}
	for (size_t i = 0; i < pc->n_inputs; i++) {
		free(pc->inputs[i].node);
		free(pc->inputs[i].link);
	}
	free(pc->functions);
	free(pc->disks);
	free(pc->inputs);
	free(pc->buses);
	*pc = (struct import_pc){0};
}
