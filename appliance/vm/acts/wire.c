/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/acts/wire.h"

#include "base/strv.h"

#include <errno.h>

#define NOTHING UINT32_MAX /* the length of a text that is NULL */

/* --- to bytes --- */

static int put(struct wire_buffer *out, const void *bytes, size_t size)
{
	if (size > WIRE_MOST || out->n + size > WIRE_MOST)
		return -E2BIG;
	out->bytes = xrealloc(out->bytes, out->n + size + 1, 1);
	if (size)
		memcpy(out->bytes + out->n, bytes, size);
	out->n += size;
	return 0;
}

static int put_number(struct wire_buffer *out, uint64_t value, size_t size)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(value >> 8 * i);
	return put(out, bytes, size);
}

static int put_text(struct wire_buffer *out, const char *text)
{
	size_t n = text ? strlen(text) : 0;
	int r = n > WIRE_MOST ? -E2BIG : put_number(out, text ? n : NOTHING, 4);

	return r < 0 ? r : put(out, text, n);
}

static uint64_t get_unsigned(const void *at, size_t size)
{
	switch (size) {
	case 1:
		return *(const uint8_t *)at;
	case 2:
		return *(const uint16_t *)at;
	case 4:
		return *(const uint32_t *)at;
	}
	return *(const uint64_t *)at;
}

static int64_t get_signed(const void *at, size_t size)
{
	return size == 4 ? *(const int32_t *)at : *(const int64_t *)at;
}

static int put_strv(struct wire_buffer *out, const struct strv *texts)
{
	int r = put_number(out, texts->n, 4);

	for (size_t i = 0; i < texts->n && r == 0; i++)
		r = put_text(out, texts->list[i]);
	return r;
}

/* Where the elements of a list or an array are. */
static char *elements(const struct wire_field *f, void *value)
{
	char *at = (char *)value + f->offset;

	return f->kind == WIRE_ARRAY ? at : *(char **)at;
}

static int put_list(struct wire_buffer *out, const struct wire_field *f, const void *value)
{
	size_t n = *(const size_t *)((const char *)value + f->count);
	const char *list = elements(f, (void *)value);
	int r = n > WIRE_MOST ? -E2BIG : put_number(out, n, 4);

	for (size_t i = 0; i < n && r == 0; i++)
		r = wire_encode(f->of, list + i * f->of->size, out);
	return r;
}

static int put_field(struct wire_buffer *out, const struct wire_field *f, const void *value)
{
	const void *at = (const char *)value + f->offset;

	switch (f->kind) {
	case WIRE_UNSIGNED:
		return put_number(out, get_unsigned(at, f->size), 8);
	case WIRE_SIGNED:
		return put_number(out, (uint64_t)get_signed(at, f->size), 8);
	case WIRE_BOOL:
		return put_number(out, *(const bool *)at, 1);
	case WIRE_TEXT:
		return put_text(out, *(char *const *)at);
	case WIRE_CHARS:
		return put_text(out, at);
	case WIRE_BYTES:
		return put(out, at, f->size);
	case WIRE_STRV:
		return put_strv(out, at);
	case WIRE_STRUCT:
		return wire_encode(f->of, at, out);
	case WIRE_LIST:
	case WIRE_ARRAY:
		return put_list(out, f, value);
	}
	return -EINVAL;
}

int wire_encode(const struct wire_struct *table, const void *value, struct wire_buffer *out)
{
	int r = 0;

	for (size_t i = 0; i < table->n && r == 0; i++)
		r = put_field(out, &table->fields[i], value);
	return r;
}

/* --- from bytes --- */

struct reader {
	const uint8_t *at, *end;
};

static int take(struct reader *r, void *out, size_t size)
{
	if ((size_t)(r->end - r->at) < size)
		return -EBADMSG;
	memcpy(out, r->at, size);
	r->at += size;
	return 0;
}

static int take_number(struct reader *r, size_t size, uint64_t *out)
{
	uint8_t bytes[8];

	*out = 0;
	if (take(r, bytes, size) < 0)
		return -EBADMSG;
	for (size_t i = 0; i < size; i++)
		*out |= (uint64_t)bytes[i] << 8 * i;
	return 0;
}

static int take_text(struct reader *r, char **out)
{
	uint64_t n;

	*out = NULL;
	if (take_number(r, 4, &n) < 0)
		return -EBADMSG;
	if (n == NOTHING)
		return 0;
	if (n > (size_t)(r->end - r->at) || memchr(r->at, 0, n))
		return -EBADMSG;
	*out = xstrndup((const char *)r->at, n);
	r->at += n;
	return 0;
}

/* "a/../b" */
static bool turns_back(const char *text)
{
	for (const char *part = text; part; part = strchr(part, '/')) {
		part += *part == '/';
		if (starts_with(part, "..") && (!part[2] || part[2] == '/'))
			return true;
	}
	return false;
}

static bool keeps_rule(const char *text, enum wire_text rule)
{
	switch (rule) {
	case WIRE_WORDS:
		return true;
	case WIRE_NAME:
		return *text && !strchr(text, '/') && !streq(text, ".") && !streq(text, "..");
	case WIRE_WAY:
		return *text && *text != '/' && !turns_back(text);
	case WIRE_PATH:
		return *text == '/' && !turns_back(text);
	case WIRE_EITHER:
		return *text && !turns_back(text);
	}
	return false;
}

static int take_ruled(struct reader *r, const struct wire_field *f, char **out)
{
	int failed = take_text(r, out);

	return failed || (*out ? !keeps_rule(*out, f->text) : !f->maybe) ? -EBADMSG : 0;
}

static int set_unsigned(void *at, const struct wire_field *f, uint64_t value)
{
	if (value > f->most || (f->size < 8 && value >> 8 * f->size))
		return -EBADMSG;
	switch (f->size) {
	case 1:
		*(uint8_t *)at = (uint8_t)value;
		break;
	case 2:
		*(uint16_t *)at = (uint16_t)value;
		break;
	case 4:
		*(uint32_t *)at = (uint32_t)value;
		break;
	default:
		*(uint64_t *)at = value;
	}
	return 0;
}

static int set_signed(void *at, size_t size, int64_t value)
{
	if (size == 4) {
		if (value < INT32_MIN || value > INT32_MAX)
			return -EBADMSG;
		*(int32_t *)at = (int32_t)value;
	} else {
		*(int64_t *)at = value;
	}
	return 0;
}

static int take_chars(struct reader *r, char *at, size_t size)
{
	cleanup_free char *text = NULL;

	if (take_text(r, &text) < 0 || !text || strlen(text) >= size)
		return -EBADMSG;
	strcpy(at, text);
	return 0;
}

/* Each text and each struct takes a byte at least, so that no length can ask for more memory than was sent. */
static int take_length(struct reader *r, uint64_t *n)
{
	return take_number(r, 4, n) < 0 || *n > (size_t)(r->end - r->at) ? -EBADMSG : 0;
}

static int take_strv(struct reader *r, struct strv *out)
{
	uint64_t n;
	int failed = take_length(r, &n);

	for (uint64_t i = 0; !failed && i < n; i++) {
		cleanup_free char *text = NULL;

		failed = take_text(r, &text) < 0 || !text;
		if (!failed)
			strv_add(out, text);
	}
	return failed ? -EBADMSG : 0;
}

static int take_struct(struct reader *r, const struct wire_struct *table, void *value);

static int take_list(struct reader *r, const struct wire_field *f, void *value, void *at)
{
	size_t *count = (size_t *)((char *)value + f->count);
	uint64_t n;
	char *list;
	int failed = take_length(r, &n);

	if (failed || !n)
		return failed;
	if (f->kind == WIRE_ARRAY && n > f->size / f->of->size)
		return -EBADMSG;
	if (f->kind == WIRE_LIST)
		*(char **)at = xcalloc(n, f->of->size);
	list = elements(f, value);
	while (!failed && *count < n)
		failed = take_struct(r, f->of, list + (*count)++ * f->of->size);
	return failed;
}

static int take_field(struct reader *r, const struct wire_field *f, void *value)
{
	void *at = (char *)value + f->offset;
	uint64_t number;

	switch (f->kind) {
	case WIRE_UNSIGNED:
		return take_number(r, 8, &number) < 0 ? -EBADMSG : set_unsigned(at, f, number);
	case WIRE_SIGNED:
		return take_number(r, 8, &number) < 0 ? -EBADMSG
		                                      : set_signed(at, f->size, (int64_t)number);
	case WIRE_BOOL:
		if (take_number(r, 1, &number) < 0 || number > 1)
			return -EBADMSG;
		*(bool *)at = number;
		return 0;
	case WIRE_TEXT:
		return take_ruled(r, f, at);
	case WIRE_CHARS:
		return take_chars(r, at, f->size);
	case WIRE_BYTES:
		return take(r, at, f->size);
	case WIRE_STRV:
		return take_strv(r, at);
	case WIRE_STRUCT:
		return take_struct(r, f->of, at);
	case WIRE_LIST:
	case WIRE_ARRAY:
		return take_list(r, f, value, at);
	}
	return -EBADMSG;
}

static int take_struct(struct reader *r, const struct wire_struct *table, void *value)
{
	int failed = 0;

	for (size_t i = 0; i < table->n && !failed; i++)
		failed = take_field(r, &table->fields[i], value);
	return failed;
}

int wire_decode(const struct wire_struct *table, const uint8_t *bytes, size_t size, void *value)
{
	struct reader r = {bytes, bytes + size};

	memset(value, 0, table->size);
	return take_struct(&r, table, value) < 0 || r.at != r.end ? -EBADMSG : 0;
}

void wire_finish(const struct wire_struct *table, void *value)
{
	for (size_t i = 0; i < table->n; i++) {
		const struct wire_field *f = &table->fields[i];
		void *at = (char *)value + f->offset;

		if (f->kind == WIRE_TEXT) {
			free(*(char **)at);
		} else if (f->kind == WIRE_STRV) {
			strv_finish(at);
		} else if (f->kind == WIRE_STRUCT) {
			wire_finish(f->of, at);
		} else if (f->kind == WIRE_LIST || f->kind == WIRE_ARRAY) {
			char *list = elements(f, value);
			size_t n = *(size_t *)((char *)value + f->count);

			for (size_t k = 0; k < n; k++)
				wire_finish(f->of, list + k * f->of->size);
			if (f->kind == WIRE_LIST)
				free(list);
		}
	}
}
