/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/pasted.h"

#include <ctype.h>
#include <strings.h>

/* The longest line that is looked at; more is a binary file, or no log. */
#define LONGEST 8192

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' || c == '\0';
}

/*
 * Blanks that mail programs and web pages put for others, and marks without width: U+00A0, U+2007, U+200B, U+202F,
 * U+FEFF; and the first one as mail encodes it. Returns the length of one, or 0.
 */
static size_t odd_blank_at(const char *s, size_t n)
{
	static const char *const blanks[] = {"\xc2\xa0", "\xe2\x80\x87", "\xe2\x80\x8b",
	        "\xe2\x80\xaf", "\xef\xbb\xbf", "=C2=A0"};

	for (size_t i = 0; ((unsigned char)*s >= 0xc2 || *s == '=') && i < ARRAY_SIZE(blanks);
	        i++) {
		size_t length = strlen(blanks[i]);

		if (length <= n && strncmp(s, blanks[i], length) == 0)
			return length;
	}
	return 0;
}

/* --- what the way added --- */

/* "ESC [ 32 m", as dmesg and journalctl colour; returns what follows. */
static const char *skip_escape(const char *s, const char *end)
{
	if (s + 1 < end && s[1] == '[') {
		for (s += 2; s < end && !isalpha((unsigned char)*s);)
			s++;
	}
	return s < end ? s + 1 : end;
}

static const struct {
	const char *entity;
	char means;
} entities[] = {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&#39;", '\''},
        {"&nbsp;", ' '}};

static size_t entity_at(const char *s, size_t n, char *means)
{
	for (size_t i = 0; *s == '&' && i < ARRAY_SIZE(entities); i++) {
		size_t length = strlen(entities[i].entity);

		if (length <= n && strncmp(s, entities[i].entity, length) == 0) {
			*means = entities[i].means;
			return length;
		}
	}
	return 0;
}

static bool tag_name(const char *s, size_t n, const char *name)
{
	size_t length = strlen(name);

	return length <= n && strncasecmp(s, name, length) == 0 &&
	       (length == n || strchr("]> =/", s[length]));
}

/* A tag of a forum or of HTML ("[FONT=...]", "[/CODE]", "<br>", "<pre>"), its length; else 0. */
static size_t tag_at(const char *s, size_t n)
{
	static const char *const names[] = {"font", "code", "color", "size", "quote", "b", "i", "u",
	        "br", "pre", "p", "span", "div", "url", "noparse", "tt", "strong", "em", "td",
	        "tr"};
	char closing = *s == '[' ? ']' : '>';
	const char *end =
	        n > 2 && (*s == '[' || *s == '<') ? memchr(s, closing, n < 80 ? n : 80) : NULL;
	size_t at = end && s[1] == '/' ? 2 : 1;

	for (size_t i = 0; end && i < ARRAY_SIZE(names); i++) {
		if (tag_name(s + at, (size_t)(end - s) - at, names[i]))
			return (size_t)(end - s) + 1;
	}
	return 0;
}

/* Lines of a tree or a table (U+2500 and up), or a bullet (U+2022). */
static bool is_drawing(const char *s)
{
	return starts_with(s, "\xe2\x94") || starts_with(s, "\xe2\x95") ||
	       starts_with(s, "\xe2\x80\xa2");
}

/* "> > ", "| ", "* ", "- ", "+ " and "`" before a line. A "-" or "+" of a diff goes as well. */
static const char *skip_quoting(const char *s, const char *end)
{
	while (s < end) {
		size_t left = (size_t)(end - s);

		if (is_blank(*s) || *s == '>' || *s == '|' || *s == '`')
			s++;
		else if (left > 1 && strchr("*-+", *s) && (is_blank(s[1]) || s[1] == '['))
			s++;
		else if (left > 3 && strncmp(s, "&gt;", 4) == 0)
			s += 4;
		else if (left > 2 && is_drawing(s))
			s += 3;
		else if (odd_blank_at(s, left))
			s += odd_blank_at(s, left);
		else
			break;
	}
	return s;
}

/* Copies with single blanks for white space, without escapes, tags, and entities. */
static char *clean(const char *s, const char *end)
{
	char *text = xcalloc((size_t)(end - s) + 1, 1), *to = text;

	while (s < end) {
		size_t left = (size_t)(end - s), skip = tag_at(s, left);
		char c = *s;

		if (c == 033) {
			s = skip_escape(s, end);
			continue;
		}
		if (skip) {
			s += skip;
			continue;
		}
		/* Markdown's "\[0300\]" */
		if (c == '\\' && left > 1 && (s[1] == '[' || s[1] == ']')) {
			s++;
			continue;
		}
		skip = odd_blank_at(s, left);
		if (skip)
			c = ' ';
		else
			skip = entity_at(s, left, &c);
		s += skip ? skip : 1;
		if (!is_blank(c) && (unsigned char)c >= ' ')
			*to++ = c;
		else if (to > text && to[-1] != ' ')
			*to++ = ' ';
	}
	while (to > text && to[-1] == ' ')
		to--;
	*to = '\0';
	return text;
}

/* --- what the logger added --- */

/* "[    0.163045]", "[Fri May 22 09:34:57 2026]", "[  +0.000003]", "[    0.015720 <    0.000011>]", "[    T0]", "<6>". */
static const char *skip_bracket(const char *s)
{
	char closing = *s == '[' ? ']' : '>';
	const char *end = *s == '[' || *s == '<' ? strchr(s, closing) : NULL;
	bool digits = false;

	if (!end || end - s > 40)
		return NULL;
	for (const char *p = s + 1; p < end; p++) {
		if (!isalnum((unsigned char)*p) && !strchr(" .:+-,<>", *p))
			return NULL;
		digits |= isdigit((unsigned char)*p) != 0;
	}
	/* "[8086:1901]" is no time. */
	if (!digits || (end - s == 10 && s[5] == ':'))
		return NULL;
	return end + 1 + (end[1] == ' ' || end[1] == ':');
}

/* "kern  :info  : ", as dmesg --decode writes it. */
static const char *skip_level(const char *s)
{
	static const char *const facilities[] = {"kern", "user", "daemon", "syslog"};

	for (size_t i = 0; i < ARRAY_SIZE(facilities); i++) {
		size_t n = strlen(facilities[i]);

		if (strncmp(s, facilities[i], n) || (s[n] != ' ' && s[n] != ':'))
			continue;
		s = strchr(s, ':');
		s = s ? strchr(s + 1, ':') : NULL;
		return s ? s + 1 + (s[1] == ' ') : NULL;
	}
	return NULL;
}

/* "May 30 17:32:17 host kernel: ", "2024-01-02T03:04:05+0100 host kernel[0]: ". */
static const char *skip_syslog(const char *s)
{
	const char *kernel = strstr(s, "kernel");
	const char *after = kernel ? kernel + strlen("kernel") : NULL;

	if (!kernel || kernel - s > 80 || (kernel > s && kernel[-1] != ' '))
		return NULL;
	if (*after == '[')
		after = strchr(after, ']') ? strchr(after, ']') + 1 : after;
	return *after == ':' ? after + 1 + (after[1] == ' ') : NULL;
}

static const char *find_words(const char *s)
{
	const char *next = skip_level(s);

	s = next ? next : s;
	next = skip_syslog(s);
	s = next ? next : s;
	/* Time, and then the thread or processor that spoke (CONFIG_PRINTK_CALLER). */
	for (int i = 0; i < 3 && (next = skip_bracket(s)); i++) {
		s = next;
		if (i == 0 && (next = skip_syslog(s)))
			s = next;
	}
	return s;
}

static size_t indent_before(const char *start, const char *begin)
{
	size_t columns = 0;

	for (; begin > start && is_blank(begin[-1]); begin--)
		columns += begin[-1] == '\t' ? 8 : 1;
	return columns;
}

bool pasted_next(const char **rest, struct pasted_line *line)
{
	const char *start = *rest, *begin, *end;
	size_t number = line->number + 1;

	pasted_finish(line);
	if (!start || !*start)
		return false;
	end = start + strcspn(start, "\n");
	*rest = *end ? end + 1 : end;
	if (end - start > LONGEST)
		end = start + LONGEST;
	while (end > start && is_blank(end[-1]))
		end--;
	begin = skip_quoting(start, end);
	line->number = number;
	/* "=20" at the end keeps a blank that stood there. */
	if (end - begin > 3 && strncmp(end - 3, "=20", 3) == 0)
		end -= 3;
	/* "====" is a rule: mail encodes a sign of its own as "=3D". */
	line->soft_break = end - begin > 1 && end[-1] == '=' && end[-2] != '=';
	line->text = clean(begin, end - line->soft_break);
	line->words = find_words(line->text);
	line->note = *line->text == '#';
	line->stamped = line->words != line->text;
	line->indent = indent_before(start, begin);
	return true;
}

void pasted_finish(struct pasted_line *line)
{
	free(line->text);
	line->text = NULL;
	line->words = NULL;
}
