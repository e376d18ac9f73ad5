/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profile import: a machine of another program as a profile, told with what was carried, changed and lost. The file, which a
 * stranger may have written, is read here, by whoever called; the daemon gets the profile alone.
 */
#include "base/i18n.h"
#include "bus/text.h"
#include "cli.h"
#include "cli_profile_import.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* --- the file --- */

/* One byte more than may be, at most, so that a larger file is told from the largest. Caller frees; NULL with @err. */
static char *read_all(int fd, const char *file, size_t *size, struct err *err)
{
	cleanup_free char *bytes = xcalloc(IMPORT_SIZE_MAX + 2, 1);
	ssize_t n = 1;

	*size = 0;
	while (n > 0 && *size <= IMPORT_SIZE_MAX) {
		n = read(fd, bytes + *size, IMPORT_SIZE_MAX + 1 - *size);
		if (n < 0 && errno == EINTR)
			n = 1;
		else
			*size += n > 0 ? (size_t)n : 0;
	}
	if (n >= 0)
		return take_ptr(bytes);
	err_errno(err, -errno, "%s", file);
	err_hint(err, _("give a file that this user may read, or - for standard input"));
	return NULL;
}

static char *read_source(const char *file, size_t *size, struct err *err)
{
	cleanup_close int fd = -1;

	if (streq(file, "-"))
		return read_all(STDIN_FILENO, _("standard input"), size, err);
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0)
		return read_all(fd, file, size, err);
	err_errno(err, -errno, "%s", file);
	err_hint(err, _("give a file that this user may read, or - for standard input"));
	return NULL;
}

/* What relative paths in the file are relative to. Caller frees. */
static char *folder_of(const char *file)
{
	cleanup_free char *real = streq(file, "-") ? NULL : realpath(file, NULL);
	char *slash = real ? strrchr(real, '/') : NULL, *here;

	if (slash)
		return slash == real ? xstrdup("/") : xstrndup(real, (size_t)(slash - real));
	here = getcwd(NULL, 0);
	return here ? here : xstrdup("/");
}

static int read_import(const struct cli *cli, struct import *out, struct err *err)
{
	const char *file = cli->args[0];
	cleanup_free char *folder = folder_of(file), *bytes = NULL;
	struct import_source source = {
	        .file = streq(file, "-") ? "stdin" : file, .folder = folder, .as = cli->as};
	cleanup(import_pc_finish) struct import_pc pc = {0};
	struct root root;
	size_t size;
	int r = 0;

	if (cli->from)
		r = import_format_find(cli->from, &source.format, err);
	bytes = r == 0 ? read_source(file, &size, err) : NULL;
	if (!bytes)
		return r < 0 ? r : err->number;
	r = root_open(&root, "/", err);
	if (r < 0)
		return r;
	cli_import_pc(&root, &pc);
	root_close(&root);
	return import_read(bytes, size, &source, &pc, out, err);
}

/* --- told --- */

static void put_note(FILE *out, const struct import_note *n)
{
	cleanup_free char *what = text_harmless(n->what, false);
	cleanup_free char *became = n->became ? text_harmless(n->became, false) : NULL;
	cleanup_free char *why = n->why ? text_harmless(n->why, false) : NULL;

	if (n->line)
		fprintf(out, "  %4d  %s", n->line, what);
	else
		fprintf(out, "        %s", what);
	fprintf(out, "%s%s\n", became ? " -> " : "", became ? became : "");
	if (why)
		fprintf(out, "          %s\n", why);
}

/* Whether it is in one of the lists: what became nothing in the profile is Playthrough's own to choose. */
static bool is_in(const struct import_note *n, enum import_fate fate, bool left)
{
	return n->fate == fate && (fate != IMPORT_CHANGED || left == !n->became);
}

static void put_notes(
        FILE *out, const struct import *import, enum import_fate fate, const char *title)
{
	bool any = false;

	for (size_t i = 0; i < import->n_notes; i++) {
		if (!is_in(&import->notes[i], fate, false))
			continue;
		if (!any)
			fprintf(out, "%s\n", title);
		any = true;
		put_note(out, &import->notes[i]);
	}
}

/*
 * What it is called: "<controller>" of "<controller type='usb'>", "scsihw" of "scsihw: lsi". Options of QEMU are told from one
 * another by what follows.
 */
static size_t name_length(const char *what)
{
	size_t n = what[0] == '-' ? strlen(what) : strcspn(what, " :=>");

	return n + (what[0] == '<' && what[n]);
}

static bool is_alike(const struct import_note *a, const struct import_note *b)
{
	size_t n = name_length(a->what);

	return n == name_length(b->what) && strncmp(a->what, b->what, n) == 0;
}

static bool is_left_alike(const struct import_note *a, const struct import_note *b)
{
	return is_in(b, IMPORT_CHANGED, true) && streq(a->why, b->why) && is_alike(a, b);
}

/* One thing as it is; several of one name, left for one reason, as "<controller>" with their lines. */
static void put_alike(FILE *out, const struct import *import, size_t first)
{
	const struct import_note *n = &import->notes[first];
	size_t length = name_length(n->what), many = 0;
	bool tag = n->what[0] == '<' && n->what[length - 1] != '>';
	cleanup_free char *name = NULL, *harmless = NULL;

	for (size_t i = first; i < import->n_notes; i++)
		many += is_left_alike(n, &import->notes[i]);
	name = many == 1 ? xstrdup(n->what)
	                 : xasprintf("%.*s%s", (int)length - tag, n->what, tag ? ">" : "");
	harmless = text_harmless(name, false);
	fputs("        ", out);
	for (size_t i = first; i < import->n_notes; i++)
		if (import->notes[i].line && is_left_alike(n, &import->notes[i]))
			fprintf(out, "%d ", import->notes[i].line);
	fprintf(out, " %s\n", harmless);
}

/* Whether one before it has been told with it. */
static bool is_told(const struct import *import, size_t at, bool of_name)
{
	const struct import_note *n = &import->notes[at];

	for (size_t i = 0; i < at; i++)
		if (is_in(&import->notes[i], IMPORT_CHANGED, true) &&
		        streq(import->notes[i].why, n->why) &&
		        (!of_name || is_alike(&import->notes[i], n)))
			return true;
	return false;
}

/* Most of a machine, and of no interest to most: by reason, the things of one name together. */
static void put_left(FILE *out, const struct import *import)
{
	bool any = false;

	for (size_t i = 0; i < import->n_notes; i++) {
		cleanup_free char *why = NULL;

		if (!is_in(&import->notes[i], IMPORT_CHANGED, true) || is_told(import, i, false))
			continue;
		if (!any)
			fprintf(out, "%s\n", _("Left to Playthrough:"));
		any = true;
		why = text_harmless(import->notes[i].why, false);
		fprintf(out, "  %s\n", why);
		for (size_t k = i; k < import->n_notes; k++)
			if (is_in(&import->notes[k], IMPORT_CHANGED, true) &&
			        streq(import->notes[k].why, import->notes[i].why) &&
			        !is_told(import, k, true))
				put_alike(out, import, k);
	}
}

static void put_all(FILE *out, const struct import *import)
{
	put_notes(out, import, IMPORT_CARRIED, _("Carried over:"));
	put_notes(out, import, IMPORT_CHANGED, _("Changed:"));
	put_left(out, import);
	put_notes(out, import, IMPORT_LOST, _("Cannot be carried over:"));
	if (import->n_notes == IMPORT_NOTES_MAX)
		fprintf(out, "%s\n", _("There is more, which is not told."));
}

static json_t *notes_json(const struct import *import, enum import_fate fate)
{
	json_t *list = json_array();

	for (size_t i = 0; i < import->n_notes; i++) {
		const struct import_note *n = &import->notes[i];

		if (n->fate == fate)
			json_array_append_new(
			        list, json_pack("{s:i, s:s, s:s?, s:s?}", "line", n->line, "what",
			                      n->what, "became", n->became, "why", n->why));
	}
	return list;
}

/* @file: where it was written; NULL: it was not. */
static void print_document(const struct import *import, const char *file, const json_t *checked,
        const struct err *unchecked)
{
	cleanup(json_decrefp) json_t *document = cli_document();

	json_object_set_new(document, "format", json_string(import_format_word(import->format)));
	json_object_set_new(document, "name", json_string(import->name));
	json_object_set_new(document, "file", file ? json_string(file) : json_null());
	json_object_set_new(document, "profile", json_string(import->text));
	json_object_set_new(document, "carried", notes_json(import, IMPORT_CARRIED));
	json_object_set_new(document, "changed", notes_json(import, IMPORT_CHANGED));
	json_object_set_new(document, "lost", notes_json(import, IMPORT_LOST));
	if (checked)
		json_object_set(document, "check", (json_t *)checked);
	else
		json_object_set_new(document, "unchecked", json_string(unchecked->message));
	cli_print_json(document);
}

/* --- against this PC --- */

/* Only what is told early: nothing is written over a profile that is there. */
static int check_new(struct cli *cli, const char *name, struct err *err)
{
	cleanup(json_decrefp) json_t *shown = NULL;
	struct err none = {0};
	cleanup_free char *text = cli_profile_text(cli, name, &shown, &none), *file = NULL;

	if (!text)
		return 0;
	file = cli_member(shown, "file");
	err_set(err, -EEXIST, _("there is a profile %s already: %s"), name, file);
	err_hint(err, _("--as gives it another name"));
	err_code(err, CODE_PROFILE_EXISTS);
	return -EEXIST;
}

static void put_check(FILE *out, const json_t *checked, const struct err *unchecked)
{
	if (!checked) {
		fprintf(out, _("Not checked against this PC: %s\n"), unchecked->message);
		return;
	}
	fprintf(out, "%s\n", _("On this PC:"));
	cli_put_lines(out, "  ", json_object_get(checked, "summary"));
	cli_put_lines(out, "  ", json_object_get(checked, "notes"));
	cli_profile_problems(out, checked);
}

static void tell(const struct import *import, const char *file)
{
	cleanup_free char *harmless = text_harmless(file ? file : import->text, !file);

	if (file)
		printf(_("%s: written into %s\n"), import->name, harmless);
	else
		fputs(harmless, stdout);
}

/* With --dry-run, standard output is the profile alone. */
static int check_and_write(struct cli *cli, const struct import *import, struct err *err)
{
	FILE *told = cli->dry_run ? stderr : stdout;
	struct err unchecked = {0};
	cleanup(json_decrefp) json_t *checked = NULL;
	cleanup_free char *file = NULL;
	int r = check_new(cli, import->name, err);

	if (r < 0)
		return r;
	checked = cli_profile_check(cli, import->name, import->text, &unchecked);
	if (!checked && !cli->dry_run) {
		*err = unchecked;
		return err->number;
	}
	if (!cli->json) {
		put_all(told, import);
		put_check(told, checked, &unchecked);
	}
	if (!cli->dry_run)
		r = client_text(&cli->client, &file, err, "ProfileWrite", "sss", import->name,
		        import->text, "");
	if (r < 0)
		return r;
	if (cli->json)
		print_document(import, file, checked, &unchecked);
	else
		tell(import, file);
	return 0;
}

int command_profile_import(struct cli *cli, struct err *err)
{
	cleanup(import_finish) struct import import = {0};
	int r = read_import(cli, &import, err);

	return r < 0 ? r : check_and_write(cli, &import, err);
}
