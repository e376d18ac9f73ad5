/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/attr.h"

#include <ctype.h>

static char *attr_vtext(const struct root *root, const char *fmt, va_list ap)
{
	cleanup_free char *path = xvasprintf(fmt, ap);
	cleanup_free char *text = root_read(root, path);
	const char *start;

	if (!text)
		return NULL;
	start = strip(text_clean(text));
	return *start ? xstrdup(start) : NULL;
}

char *attr_text(const struct root *root, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = attr_vtext(root, fmt, ap);
	va_end(ap);
	return text;
}

uint64_t attr_u64(
        const struct root *root, int base, uint64_t max, uint64_t fallback, const char *fmt, ...)
{
	cleanup_free char *text = NULL;
	uint64_t value;
	va_list ap;

	va_start(ap, fmt);
	text = attr_vtext(root, fmt, ap);
	va_end(ap);
	return text && parse_u64(text, base, max, &value) == 0 ? value : fallback;
}

int attr_bool(const struct root *root, const char *fmt, ...)
{
	cleanup_free char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = attr_vtext(root, fmt, ap);
	va_end(ap);
	if (!text)
		return -1;
	return streq(text, "1") ? 1 : streq(text, "0") ? 0 : -1;
}

bool path_controller(const char *real, struct pci_addr *out)
{
	struct strv parts = {0};
	bool found = false;

	strv_split(&parts, real, "/");
	strv_foreach (part, &parts)
		found |= pci_addr_parse(*part, out) == 0;
	strv_finish(&parts);
	return found;
}

bool is_numbered(const char *name, const char *prefix)
{
	size_t n = strlen(prefix);

	return starts_with(name, prefix) && name[n] && !name[n + strspn(name + n, "0123456789")];
}

bool path_has_numbered(const char *path, const char *prefix)
{
	struct strv parts = {0};
	bool found = false;

	strv_split(&parts, path, "/");
	strv_foreach (part, &parts)
		found |= is_numbered(*part, prefix);
	strv_finish(&parts);
	return found;
}

/* Bytes of the UTF-8 sequence at @s; 0 when it is none (RFC 3629, without overlong forms). */
static size_t utf8_length(const unsigned char *s)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (s[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

char *text_clean(char *s)
{
	for (unsigned char *p = (unsigned char *)s; *p;) {
		size_t n;

		if (*p >= 0x20 && *p < 0x7f) { /* nearly all of a long log */
			p++;
			continue;
		}
		n = utf8_length(p);
		if (n == 0)
			*p = '?';
		else if (n == 1 && (*p == 0x7f || (*p < 0x20 && *p != '\n' && *p != '\t')))
			*p = ' ';
		else if (n == 2 && p[0] == 0xc2 && p[1] < 0xa0)
			p[0] = p[1] = ' '; /* C1 controls: 0x9b starts a terminal sequence */
		p += n ? n : 1;
	}
	return s;
}

/* Value of the escape after a backslash, its length in @used; -1 when it is none. */
static int escape_value(const char *s, size_t *used)
{
	char digits[4] = "";
	uint64_t value;

	if (s[0] == 'x' && isxdigit((unsigned char)s[1]) && isxdigit((unsigned char)s[2])) {
		memcpy(digits, s + 1, 2);
		*used = 3;
		return parse_u64(digits, 16, 255, &value) == 0 ? (int)value : -1;
	}
	if (strnlen(s, 3) < 3)
		return -1;
	memcpy(digits, s, 3);
	*used = 3;
	return parse_u64(digits, 8, 255, &value) == 0 ? (int)value : -1;
}

char *text_unescape(char *s)
{
	char *to = s;

	for (const char *from = s; *from;) {
		size_t used = 0;
		int value = *from == '\\' ? escape_value(from + 1, &used) : -1;

		if (value > 0) {
			*to++ = (char)value;
			from += 1 + used;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
	return text_clean(s);
}

bool text_has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += n) {
		if ((at == text || isspace((unsigned char)at[-1])) &&
		        (!at[n] || isspace((unsigned char)at[n])))
			return true;
	}
	return false;
}

char *text_next_line(char **rest)
{
	char *line = *rest;
	char *end;

	if (!line || !*line)
		return NULL;
	end = strchr(line, '\n');
	if (end)
		*end = '\0';
	*rest = end ? end + 1 : NULL;
	return line;
}
