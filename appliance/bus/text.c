/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus/text.h"

#include <stdio.h>

#define NOT_UTF8 0xffffffffu

/*
 * Decodes one character of well-formed UTF-8 (Unicode 15, table 3-7: no overlong form, no surrogate,
 * nothing past U+10FFFF). @length gets its bytes, 1 where it is none.
 */
static uint32_t decode(const unsigned char *s, size_t *length)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = s[0] < 0x80           ? 1
	           : (s[0] >> 5) == 0x06 ? 2
	           : (s[0] >> 4) == 0x0e ? 3
	           : (s[0] >> 3) == 0x1e ? 4
	                                 : 0;
	uint32_t c = n == 1 ? s[0] : s[0] & (0x7fu >> n);

	*length = 1;
	if (n == 0)
		return NOT_UTF8;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return NOT_UTF8;
		c = c << 6 | (s[i] & 0x3fu);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return NOT_UTF8;
	*length = n;
	return c;
}

char *text_utf8(const char *s)
{
	char *out = xcalloc(strlen(s) + 1, 3), *to = out;
	size_t n;

	for (; *s; s += n) {
		bool good = decode((const unsigned char *)s, &n) != NOT_UTF8;

		memcpy(to, good ? s : "\xef\xbf\xbd", good ? n : 3);
		to += good ? n : 3;
	}
	return out;
}

/* C0, DEL, C1; line and paragraph separators; marks, embeddings, overrides and isolates of direction. */
static bool steers(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x61c || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

char *text_harmless(const char *s, bool lines)
{
	char *out = xcalloc(strlen(s) + 1, 6), *to = out;
	size_t n;

	for (; *s; s += n) {
		uint32_t c = decode((const unsigned char *)s, &n);

		if (lines && c == '\r' && s[1] == '\n')
			continue;
		if (c == NOT_UTF8)
			to += sprintf(to, "\\x%02x", (unsigned char)*s);
		else if (!steers(c) || (lines && (c == '\n' || c == '\t')))
			to = (char *)memcpy(to, s, n) + n;
		else
			to += sprintf(to, c < 0x100 ? "\\x%02x" : "\\u%04x", c);
	}
	return out;
}
