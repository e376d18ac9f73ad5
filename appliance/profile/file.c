/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile/file.h"

#include "base/i18n.h"

#include <errno.h>
#include <stdio.h>

#define WORD_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-"
#define NAME_LETTERS WORD_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ_."

size_t utf8_length(const unsigned char *s, size_t left)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	uint32_t c = n == 1 ? s[0] : s[0] & (0x7fu >> n);
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

	if ((s[0] >= 0x80 && s[0] < 0xc2) || s[0] > 0xf4 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	return c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : n;
}

struct ini_quoted ini_quote(const char *value)
{
	struct ini_quoted quoted;
	size_t size = strlen(value), used = 0, n;

	while (used < size && used < sizeof(quoted.s) - 10) {
		n = utf8_length((const unsigned char *)value + used, size - used);
		used += n ? n : 1;
	}
	snprintf(quoted.s, sizeof(quoted.s), "\"%.*s\"%s", (int)used, value,
	        used < size ? "..." : "");
	return quoted;
}

static int check_control(unsigned char c, struct err *err)
{
	if (c == '\r') {
		err_set(err, -EINVAL, _("carriage return at the end of the line"));
		err_hint(err, _("save the file with Unix line endings (dos2unix FILE)"));
		return -EINVAL;
	}
	if (c == '\0') {
		err_set(err, -EINVAL, _("a NUL byte: this is no text"));
		err_hint(err, _("check that this file is a profile, saved as UTF-8 text"));
		return -EINVAL;
	}
	if (c < ' ' || c == 0x7f) {
		err_set(err, -EINVAL, _("control character 0x%02x"), c);
		err_hint(err, _("remove it; only tabs around the parts of a line are allowed"));
		return -EINVAL;
	}
	return 0;
}

/* White space at both ends is no part of the line any more, so a tab in here is a control character. */
static int check_text(const char *s, size_t size, bool comment, struct err *err)
{
	const unsigned char *p = (const unsigned char *)s, *end = p + size;
	size_t n;

	for (; p < end; p += n) {
		n = utf8_length(p, (size_t)(end - p));
		if (!n) {
			err_set(err, -EINVAL, _("byte 0x%02x is not UTF-8"), *p);
			err_hint(err, _("save the file as UTF-8 text"));
			return -EINVAL;
		}
		if (n == 1 && !(comment && *p == '\t') && check_control(*p, err) < 0)
			return -EINVAL;
	}
	return 0;
}

bool ini_is_section_name(const char *name)
{
	size_t n = strlen(name);

	return n && n <= INI_NAME_MAX && strspn(name, NAME_LETTERS) == n && name[0] != '-' &&
	       name[0] != '.' && name[0] != '_';
}

/* "[disk games]" -> section "disk", name "games". Changes @s. */
static int read_section(char *s, struct ini_line *line, struct err *err)
{
	size_t n = strlen(s);
	char *name;

	if (n < 2 || s[n - 1] != ']') {
		err_set(err, -EINVAL, _("%s: a section's line ends with ]"), ini_quote(s).s);
		err_hint(err,
		        _("write [section] or [section name], and comments on lines of their own"));
		return -EINVAL;
	}
	s[n - 1] = '\0';
	s = strip(s + 1);
	name = s + strcspn(s, " ");
	if (*name)
		*name++ = '\0';
	name = strip(name);
	if (!*s || strspn(s, WORD_LETTERS) != strlen(s)) {
		err_set(err, -EINVAL, _("%s is not the name of a section"), ini_quote(s).s);
		err_hint(err, _("sections are written in small letters, such as [memory]"));
		return -EINVAL;
	}
	if (*name && !ini_is_section_name(name)) {
		err_set(err, -EINVAL, _("[%s %s]: bad name"), s, ini_quote(name).s);
		err_hint(err,
		        _("a name is 1 to %u letters, digits, - _ or . and starts with a letter or "
		          "digit"),
		        INI_NAME_MAX);
		return -EINVAL;
	}
	line->kind = INI_SECTION;
	line->section = xstrdup(s);
	line->name = xstrdup(name);
	return 0;
}

static int read_key(char *s, struct ini_line *line, struct err *err)
{
	char *equals = strchr(s, '='), *key, *value;

	if (!equals) {
		err_set(err, -EINVAL, _("%s is no key=value, [section] or # comment"),
		        ini_quote(s).s);
		err_hint(err, _("write key=value on one line, or put # in front"));
		return -EINVAL;
	}
	*equals = '\0';
	key = strip(s);
	value = strip(equals + 1);
	if (!*key || strspn(key, WORD_LETTERS) != strlen(key)) {
		err_set(err, -EINVAL, _("%s is not the name of a key"), ini_quote(key).s);
		err_hint(err, _("keys are written in small letters, such as size=4G"));
		return -EINVAL;
	}
	if (!*value) {
		err_set(err, -EINVAL, _("%s= has no value"), ini_quote(key).s);
		err_hint(err, _("write one, or remove the line to get the default"));
		return -EINVAL;
	}
	line->kind = INI_KEY;
	line->key = xstrdup(key);
	line->value = xstrdup(value);
	return 0;
}

static int read_line(const char *text, struct ini_line *line, struct err *err)
{
	const char *s = text + line->start, *end = text + line->end;
	cleanup_free char *copy = NULL;

	if (end > s && end[-1] == '\n')
		end--;
	if ((size_t)(end - s) > INI_LINE_MAX) {
		err_set(err, -EINVAL, _("the line has %zu bytes"), (size_t)(end - s));
		err_hint(err, _("a line has at most %u"), INI_LINE_MAX);
		return -EINVAL;
	}
	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	while (end > s && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	if (s == end)
		return 0;
	if (check_text(s, (size_t)(end - s), *s == '#' || *s == ';', err) < 0)
		return -EINVAL;
	if (*s == '#' || *s == ';') {
		line->kind = INI_COMMENT;
		return 0;
	}
	copy = xstrndup(s, (size_t)(end - s));
	return *copy == '[' ? read_section(copy, line, err) : read_key(copy, line, err);
}

static int read_lines(
        const char *text, size_t size, const char *file, struct ini *out, struct err *err)
{
	bool in_section = false;

	for (size_t start = 0; start < size;) {
		const char *newline = memchr(text + start, '\n', size - start);
		struct ini_line *line = list_append(out->lines, out->n);

		line->number = (int)out->n;
		line->start = start;
		start = line->end = newline ? (size_t)(newline - text) + 1 : size;
		if (read_line(text, line, err) < 0) {
			err_prefix(err, "%s:%d", file, line->number);
			return -EINVAL;
		}
		in_section |= line->kind == INI_SECTION;
		if (line->kind == INI_KEY && !in_section) {
			err_set(err, -EINVAL, _("%s:%d: %s= stands before any section"), file,
			        line->number, ini_quote(line->key).s);
			err_hint(err, _("put its section, such as [vm], on a line above"));
			return -EINVAL;
		}
	}
	return 0;
}

int ini_read(const char *text, size_t size, const char *file, struct ini *out, struct err *err)
{
	*out = (struct ini){0};
	if (size > INI_SIZE_MAX) {
		err_set(err, -EFBIG, _("%s: %zu bytes are too many for a profile"), file, size);
		err_hint(err, _("a profile has at most %u bytes; is this the right file?"),
		        INI_SIZE_MAX);
		return -EFBIG;
	}
	if (read_lines(text, size, file, out, err) < 0) {
		ini_finish(out);
		return -EINVAL;
	}
	return 0;
}

void ini_finish(struct ini *ini)
{
	for (size_t i = 0; i < ini->n; i++) {
		free(ini->lines[i].section);
		free(ini->lines[i].name);
		free(ini->lines[i].key);
		free(ini->lines[i].value);
	}
	free(ini->lines);
	*ini = (struct ini){0};
}
