/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/err.h"

#include <assert.h>
#include <stdio.h>

/* The arguments may point into @to, so the text is made elsewhere first. */
static void put(char *to, size_t size, const char *fmt, va_list ap)
{
	cleanup_free char *text = xvasprintf(fmt, ap);

	if (snprintf(to, size, "%s", text) >= (int)size)
		memcpy(to + size - 4, "...", 4);
}

/* Starts @err anew with a message. */
static void start(struct err *err, int number, const char *fmt, va_list ap)
{
	put(err->message, sizeof(err->message), fmt, ap);
	err->number = number;
	err->code[0] = err->hint[0] = '\0';
}

int err_set(struct err *err, int number, const char *fmt, ...)
{
	va_list ap;

	assert(number < 0);
	if (!err)
		return number;
	va_start(ap, fmt);
	start(err, number, fmt, ap);
	va_end(ap);
	return number;
}

int err_errno(struct err *err, int number, const char *fmt, ...)
{
	size_t used;
	va_list ap;

	assert(number < 0);
	if (!err)
		return number;
	va_start(ap, fmt);
	start(err, number, fmt, ap);
	va_end(ap);
	used = strlen(err->message);
	snprintf(err->message + used, sizeof(err->message) - used, ": %s", strerror(-number));
	return number;
}

int err_prefix(struct err *err, const char *fmt, ...)
{
	char old[sizeof(err->message)];
	size_t used;
	va_list ap;

	if (!err)
		return -1;
	memcpy(old, err->message, sizeof(old));
	va_start(ap, fmt);
	put(err->message, sizeof(err->message), fmt, ap);
	va_end(ap);
	used = strlen(err->message);
	snprintf(err->message + used, sizeof(err->message) - used, ": %s", old);
	return err->number;
}

void err_hint(struct err *err, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return;
	va_start(ap, fmt);
	put(err->hint, sizeof(err->hint), fmt, ap);
	va_end(ap);
}

void err_code(struct err *err, enum code code)
{
	err_code_text(err, code_text(code));
}

void err_code_text(struct err *err, const char *code)
{
	if (err)
		snprintf(err->code, sizeof(err->code), "%s", code);
}

bool err_is(const struct err *err, enum code code)
{
	return streq(err->code, code_text(code));
}

void err_print(const struct err *err, const char *program)
{
	fprintf(stderr, "%s: %s%s%s%s\n", program, err->message, err->code[0] ? " (" : "",
	        err->code, err->code[0] ? ")" : "");
	if (err->hint[0])
		fprintf(stderr, "%*s  %s\n", (int)strlen(program), "", err->hint);
}
