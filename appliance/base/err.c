/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/err.h"
#include "base/told.h"

#include <assert.h>
#include <stdio.h>

/* Text that is too long ends with "...", and never with half a character: D-Bus takes whole UTF-8 only. */
static void put_text(char *to, size_t size, const char *text)
{
	size_t end = size - 4;

	if (snprintf(to, size, "%s", text) < (int)size)
		return;
	while (end > 0 && (to[end] & 0xc0) == 0x80)
		end--;
	strcpy(to + end, "...");
}

/* One that does not fit, or with which it cannot be, is not told in another language. */
static void put_form(char to[ERR_TOLD_MOST], const char *form)
{
	bool fits = form && strlen(form) < ERR_TOLD_MOST;

	snprintf(to, ERR_TOLD_MOST, "%s", fits ? form : "");
}

/* The arguments may point into @to, so the text is made elsewhere first. */
static void put(char *to, size_t size, char told[ERR_TOLD_MOST], const char *fmt, va_list ap)
{
	cleanup_free char *form = told_form(fmt, ap), *text = xvasprintf(fmt, ap);

	put_text(to, size, text);
	put_form(told, form);
}

/* Starts @err anew with a message. */
static void start(struct err *err, int number, const char *fmt, va_list ap)
{
	put(err->message, sizeof(err->message), err->told, fmt, ap);
	err->number = number;
	err->code[0] = err->hint[0] = err->told_hint[0] = '\0';
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

/* Two texts, or their forms, as one; NULL where one of them has none. Caller frees. */
static char *join(const char *first, const char *second)
{
	return *first && *second ? xasprintf("%s: %s", first, second) : NULL;
}

int err_errno(struct err *err, int number, const char *fmt, ...)
{
	cleanup_free char *text = NULL, *form = NULL;
	va_list ap;

	assert(number < 0);
	if (!err)
		return number;
	va_start(ap, fmt);
	start(err, number, fmt, ap);
	va_end(ap);
	text = xasprintf("%s: %s", err->message, strerror(-number));
	form = join(err->told, strerror(-number));
	put_text(err->message, sizeof(err->message), text);
	put_form(err->told, form);
	return number;
}

static void prefix(struct err *err, const char *fmt, va_list ap)
{
	cleanup_free char *context_form = told_form(fmt, ap), *context = xvasprintf(fmt, ap);
	cleanup_free char *text = xasprintf("%s: %s", context, err->message);
	cleanup_free char *form = join(context_form ? context_form : "", err->told);

	put_text(err->message, sizeof(err->message), text);
	put_form(err->told, form);
}

int err_prefix(struct err *err, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return -1;
	va_start(ap, fmt);
	prefix(err, fmt, ap);
	va_end(ap);
	return err->number;
}

void err_hint(struct err *err, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return;
	va_start(ap, fmt);
	put(err->hint, sizeof(err->hint), err->told_hint, fmt, ap);
	va_end(ap);
}

void err_now(const struct err *err, struct err *out)
{
	cleanup_free char *message = told_now(err->told), *hint = told_now(err->told_hint);

	*out = *err;
	if (*message)
		put_text(out->message, sizeof(out->message), message);
	if (*hint)
		put_text(out->hint, sizeof(out->hint), hint);
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
