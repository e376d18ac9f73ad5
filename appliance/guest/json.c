/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes one JSON object on one line into a fixed buffer; always well-formed, cut if too long. */
#include "json.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Room kept for closing a string and the object. */
#define JSON_TAIL 4

static void put(struct json *json, const char *text, size_t length)
{
	memcpy(json->text + json->length, text, length);
	json->length += length;
	json->text[json->length] = '\0';
}

static size_t room(const struct json *json)
{
	size_t used = json->length + JSON_TAIL;

	return used < sizeof json->text ? sizeof json->text - used : 0;
}

void json_begin(struct json *json)
{
	json->length = 0;
	put(json, "{", 1);
}

/* The bytes of the UTF-8 sequence at text, or 0 where there is none (RFC 3629, section 4). */
static size_t utf8_length(const unsigned char *text)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
	uint32_t code = text[0] & (0xffu >> (length + 1));

	if (text[0] < 0xc2 || text[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	return length;
}

/* Writes the next character of value, escaped; returns how many bytes it took, 0 = no room. */
static size_t put_character(struct json *json, const char *value)
{
	unsigned char c = (unsigned char)value[0];
	size_t taken = 1;
	char escaped[8];

	if (c == '"' || c == '\\')
		snprintf(escaped, sizeof escaped, "\\%c", c);
	else if (c < 0x20 || c == 0x7f)
		snprintf(escaped, sizeof escaped, "\\u%04x", c);
	else if (c < 0x80)
		snprintf(escaped, sizeof escaped, "%c", c);
	else if ((taken = utf8_length((const unsigned char *)value)) > 0)
		snprintf(escaped, sizeof escaped, "%.*s", (int)taken, value);
	else
		snprintf(escaped, sizeof escaped, "?");
	if (strlen(escaped) > room(json))
		return 0;
	put(json, escaped, strlen(escaped));
	return taken > 0 ? taken : 1;
}

/* Writes ,"key": and returns false where that does not fit. */
static int put_key(struct json *json, const char *key, size_t value_room)
{
	char text[64];
	int length = snprintf(text, sizeof text, "%s\"%s\":", json->length > 1 ? "," : "", key);

	if ((size_t)length + value_room > room(json))
		return 0;
	put(json, text, (size_t)length);
	return 1;
}

void json_string(struct json *json, const char *key, const char *value)
{
	size_t taken;

	if (!put_key(json, key, 8))
		return;
	put(json, "\"", 1);
	while (*value != '\0' && (taken = put_character(json, value)) > 0)
		value += taken;
	put(json, "\"", 1);
}

static void put_number(struct json *json, const char *key, const char *format, ...)
{
	char text[32];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (put_key(json, key, strlen(text)))
		put(json, text, strlen(text));
}

void json_integer(struct json *json, const char *key, long value)
{
	put_number(json, key, "%ld", value);
}

void json_seconds(struct json *json, const char *key, double value)
{
	put_number(json, key, "%.1f", value);
}

void json_end(struct json *json)
{
	put(json, "}", 1);
}
