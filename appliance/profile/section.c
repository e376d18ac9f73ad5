/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole sections into a profile's text and out again. What is put in goes to the end, so that no line of
 * others changes its section, and taking it out gives the bytes that were there before.
 */
#include "base/i18n.h"
#include "profile/file.h"
#include "profile/profile.h"

#include <errno.h>

static bool is_head(const struct ini_line *line, const char *section)
{
	size_t n = line->kind == INI_SECTION ? strlen(line->section) : 0;

	if (!n || strncmp(section, line->section, n) != 0)
		return false;
	return line->name[0] ? section[n] == ' ' && streq(section + n + 1, line->name)
	                     : section[n] == '\0';
}

/* The line of its head; ini->n where it is not there. */
static size_t find_head(const struct ini *ini, const char *section)
{
	size_t i = 0;

	while (i < ini->n && !is_head(&ini->lines[i], section))
		i++;
	return i;
}

static size_t count_heads(const struct ini *ini)
{
	size_t n = 0;

	for (size_t i = 0; i < ini->n; i++)
		n += ini->lines[i].kind == INI_SECTION;
	return n;
}

bool profile_has_section(const char *text, const char *section)
{
	cleanup(ini_finish) struct ini ini = {0};

	return ini_read(text, strlen(text), "profile", &ini, NULL) == 0 &&
	       find_head(&ini, section) < ini.n;
}

/* A text without a newline at its end keeps that habit, which tells profile_remove_section() of it. */
static char *append(const char *text, const char *comment, const char *section, const char *keys)
{
	size_t n = strlen(text), all = strlen(keys);
	bool open_end = n && text[n - 1] != '\n';

	while (all && keys[all - 1] == '\n')
		all--;
	return xasprintf("%s%s%s%s%s%s[%s]\n%.*s%s", text, open_end ? "\n" : "", n ? "\n" : "",
	        comment ? PROFILE_ASSIGNED : "", comment ? comment : "", comment ? "\n" : "",
	        section, (int)all, keys, open_end ? "" : "\n");
}

char *profile_add_section(const char *text, const char *comment, const char *section,
        const char *keys, struct err *err)
{
	cleanup(ini_finish) struct ini before = {0}, after = {0};
	cleanup_free char *added = NULL;

	if (ini_read(text, strlen(text), "profile", &before, err) < 0)
		return NULL;
	if (find_head(&before, section) < before.n) {
		err_set(err, -EEXIST, _("section [%s] is there already"), section);
		err_hint(err, _("take another name"));
		return NULL;
	}
	added = append(text, comment, section, keys);
	if (ini_read(added, strlen(added), "profile", &after, err) < 0)
		return NULL;
	if (count_heads(&after) == count_heads(&before) + 1 && find_head(&after, section) < after.n)
		return take_ptr(added);
	err_set(err, -EINVAL, _("%s is not a section"), ini_quote(section).s);
	err_hint(err, _("write %s"), "usb NAME");
	return NULL;
}

/* Where what profile_add_section() put before the head begins; the head itself where nothing is ours. */
static size_t begin(const char *text, const struct ini *ini, size_t head)
{
	const struct ini_line *line = &ini->lines[head];
	size_t start = line->start;

	if (head == 0 || !starts_with(text + line[-1].start, PROFILE_ASSIGNED))
		return start;
	start = line[-1].start;
	if (head > 1 && line[-2].kind == INI_BLANK && line[-2].end == line[-2].start + 1)
		start = line[-2].start;
	return start;
}

char *profile_remove_section(const char *text, const char *section, struct err *err)
{
	cleanup(ini_finish) struct ini ini = {0};
	size_t head, start, end, size = strlen(text);

	if (ini_read(text, size, "profile", &ini, err) < 0)
		return NULL;
	head = find_head(&ini, section);
	if (head == ini.n)
		return xstrdup(text);
	end = ini.lines[head].end;
	for (size_t i = head + 1; i < ini.n && ini.lines[i].kind != INI_SECTION; i++) {
		if (ini.lines[i].kind == INI_KEY)
			end = ini.lines[i].end;
	}
	start = begin(text, &ini, head);
	if (start < ini.lines[head].start && start > 0 && end == size && text[size - 1] != '\n')
		start--;
	return xasprintf("%.*s%s", (int)start, text, text + end);
}
