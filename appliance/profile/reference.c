/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reference of every key, from the table that the parser uses. */
#include "base/i18n.h"
#include "profile/keys.h"

#include <stdio.h>

/* --- for the manual page --- */

/* One argument of a macro: its words must not look like macros, nor its quotes end it. */
static void write_words(FILE *out, const struct key *key)
{
	if (key->type != KEY_WORD) {
		fprintf(out, "Ar %s", key->type == KEY_BOOL ? "yes | no" : key->metavar);
		return;
	}
	for (size_t i = 0; key->words[i]; i++)
		fprintf(out, "%s%s", i ? " | " : "Ar ", key->words[i]);
}

/* Text of the table on a line of its own; a dot or quote first would be a request of troff. */
static void write_doc(FILE *out, const char *doc)
{
	if (*doc == '.' || *doc == '\'')
		fputs("\\&", out);
	for (; *doc; doc++) {
		if (*doc == '\\')
			fputs("\\e", out);
		else if (starts_with(doc, ". "))
			fputs(".\n", out), doc++;
		else
			fputc(*doc, out);
	}
	fputc('\n', out);
}

static const char *name_of(const struct key_section *section)
{
	return section->named ? " NAME" : section->form ? " [NAME]" : "";
}

static void write_section(FILE *out, const struct key_section *section)
{
	fprintf(out, ".It Bq %s%s\n", section->name, name_of(section));
	write_doc(out, _(section->doc));
	fputs(".Bl -tag -width Ds\n", out);
	for (const struct key *k = key_table; k->name; k++) {
		if (!key_belongs(k, section))
			continue;
		fprintf(out, ".It Cm %s Ns = Ns ", k->name);
		write_words(out, k);
		fputc('\n', out);
		write_doc(out, _(k->doc));
		if (k->preset)
			fprintf(out, "%s\n.Cm %s .\n", _("The default is"), k->preset);
		if (k->required)
			fprintf(out, "%s\n", _("It must be there."));
	}
	fputs(".El\n", out);
}

/* --- for README.md --- */

/* "|" would end a cell; "<" begins HTML. */
static void write_cell(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '|' || *text == '<')
			fputc('\\', out);
		fputc(*text, out);
	}
}

static char *values_of(const struct key *key)
{
	cleanup_strv struct strv words = {0};

	if (key->type != KEY_WORD)
		return xstrdup(key->type == KEY_BOOL ? "yes | no" : key->metavar);
	for (size_t i = 0; key->words[i]; i++)
		strv_add(&words, key->words[i]);
	return strv_join(&words, " | ");
}

static void write_row(FILE *out, const struct key *key)
{
	cleanup_free char *values = values_of(key);

	fprintf(out, "| `%s=` | ", key->name);
	write_cell(out, values);
	fprintf(out, " | %s%s%s | ", key->preset ? "`" : "", key->preset ? key->preset : "",
	        key->preset ? "`" : "");
	write_cell(out, _(key->doc));
	if (key->required)
		fprintf(out, " %s", _("It must be there."));
	fputs(" |\n", out);
}

static void write_table(FILE *out, const struct key_section *section)
{
	fprintf(out, "### [%s%s]\n\n%s\n\n| %s | %s | %s | |\n|---|---|---|---|\n", section->name,
	        name_of(section), _(section->doc), _("key"), _("values"), _("default"));
	for (const struct key *k = key_table; k->name; k++)
		if (key_belongs(k, section))
			write_row(out, k);
	fputc('\n', out);
}

static char *write_all(void (*write)(FILE *out, const struct key_section *section))
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	for (const struct key_section *s = key_sections; s->name; s++)
		write(out, s);
	if (fclose(out))
		abort();
	return text;
}

char *profile_reference(void)
{
	return write_all(write_section);
}

char *profile_reference_markdown(void)
{
	return write_all(write_table);
}
