/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes one JSON object on one line into a fixed buffer; always well-formed, cut if too long. */
#pragma once

#include <stddef.h>

struct json {
	char text[2048];
	size_t length;
};

/* Starts a new object. */
void json_begin(struct json *json);

/* Adds a string member. Bytes that are not UTF-8 become '?'; a value that does not fit is cut. */
void json_string(struct json *json, const char *key, const char *value);

/* Adds a number as printf writes it. */
void json_integer(struct json *json, const char *key, long value);
void json_seconds(struct json *json, const char *key, double value);

/* Ends the object; json->text is then a whole JSON value without a line end. */
void json_end(struct json *json);
