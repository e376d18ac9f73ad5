/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was kept and is not put back stands in the profile behind a #, for whoever knows that it is theirs. */
#include "base/i18n.h"
#include "move/import_draft.h"
#include "move/import_secrets.h"
#include "move/kept.h"
#include "profile/keys.h"
#include "profile/profile.h"

#include <stdio.h>

#define TEXT_MAX 60000u /* well below what a profile may have */

/* A stranger may have written any key. */
bool kept_is_of_profile(const struct kept_key *key)
{
	cleanup_free char *kind = xstrndup(key->section, strcspn(key->section, " "));
	const struct key_section *section = key_section_find(kind, NULL);

	return section && key_find(section, key->key, NULL);
}

static bool is_wanted(const struct kept_key *key, const char *section)
{
	return !key->is_there && streq(key->section, section) && kept_is_of_profile(key);
}

/* "#forward=tcp:2222:22", one line of it whatever is in it. */
static void put(FILE *out, const char *fmt, ...) PRINTF(2, 3);
static void put(FILE *out, const char *fmt, ...)
{
	cleanup_free char *line = NULL;
	va_list ap;

	va_start(ap, fmt);
	line = xvasprintf(fmt, ap);
	va_end(ap);
	draft_blank(line);
	fprintf(out, "#%s\n", line);
}

/* All that is behind a # of that section; @headed: with its head. Caller frees; NULL: nothing. */
static char *notes_of(const struct kept *kept, const char *section, bool headed)
{
	char *text = NULL;
	size_t size = 0, n = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	put(out, " %s",
	        _("It was noted beside the machine, and would give the guest a thing of this PC:"));
	put(out, " %s", _("take the # away where that is what you want."));
	if (headed)
		put(out, "[%s]", section);
	for (size_t i = 0; i < kept->n; i++) {
		const struct kept_key *key = &kept->list[i];
		cleanup_free char *value = secret_hide(key->key, key->value);

		if (!is_wanted(key, section))
			continue;
		put(out, "%s=%s", key->key, value);
		n++;
	}
	if (fclose(out))
		abort();
	if (n)
		return text;
	free(text);
	return NULL;
}

/* Behind the last key of the section; what comes then is a comment of the next one. NULL: there is no such section. */
static const char *end_of_section(const char *text, const char *section)
{
	cleanup_free char *head = xasprintf("[%s]", section);
	const char *end = NULL;

	for (const char *line = text; *line;) {
		size_t n = strcspn(line, "\n");
		const char *next = line + n + (line[n] == '\n');

		if (n == strlen(head) && strncmp(line, head, n) == 0)
			end = next;
		else if (end && *line == '[')
			break;
		else if (end && n && *line != '#')
			end = next;
		line = next;
	}
	return end;
}

/* Takes @text. */
static char *add(char *text, const struct kept *kept, const char *section)
{
	const char *end = end_of_section(text, section);
	cleanup_free char *notes = notes_of(kept, section, !end), *more = NULL;

	if (!notes || strlen(text) + strlen(notes) > TEXT_MAX)
		return text;
	more = end ? xasprintf("%.*s%s%s", (int)(end - text), text, notes, end)
	           : xasprintf("%s\n%s", text, notes);
	free(text);
	return take_ptr(more);
}

char *kept_write_notes(const char *text, const struct kept *kept)
{
	cleanup_strv struct strv done = {0};
	char *now = xstrdup(text);

	for (size_t i = 0; i < kept->n; i++) {
		const char *section = kept->list[i].section;

		if (strv_has(&done, section))
			continue;
		strv_add(&done, section);
		now = add(now, kept, section);
	}
	return now;
}
