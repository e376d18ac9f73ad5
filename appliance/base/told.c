/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/told.h"
#include "base/i18n.h"
#include "base/strv.h"
#include "base/util.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define BEGIN '\1'
#define NEXT  '\2'
#define END   '\3'

#define ARGUMENTS_MOST 16u
#define SPEC_MOST      40u

char *told_plain(const char *text)
{
	char *plain = xstrdup(text);

	for (char *c = plain; *c; c++)
		if (*c >= BEGIN && *c <= END)
			*c = '?';
	return plain;
}

/* --- the form of what printf() would make --- */

/* Behind the "%" of a conversion that takes an argument. */
struct spec {
	char text[SPEC_MOST]; /* "%-*s", with each star as the number that it stands for */
	size_t n;
	char length[3]; /* "ll", "z" */
	char conversion;
};

/* Of va_list only a struct can be handed down by its address everywhere. */
struct arguments {
	va_list ap;
};

static bool put(struct spec *spec, const char *text)
{
	int n = snprintf(spec->text + spec->n, sizeof(spec->text) - spec->n, "%s", text);

	if (n < 0 || (size_t)n >= sizeof(spec->text) - spec->n)
		return false;
	spec->n += (size_t)n;
	return true;
}

static bool put_number(struct spec *spec, int number)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", number);
	return put(spec, text);
}

/* @s is behind the "%"; returns what follows the conversion, or NULL where it is none that we know. */
static const char *read_spec(const char *s, struct arguments *arguments, struct spec *spec)
{
	*spec = (struct spec){.text = "%", .n = 1};
	for (; *s && strchr("-+ #0123456789.*", *s); s++) {
		bool done = *s == '*' ? put_number(spec, va_arg(arguments->ap, int))
		                      : put(spec, (const char[]){*s, '\0'});

		if (!done)
			return NULL;
	}
	for (size_t n = 0; *s && strchr("hljzt", *s) && n < 2; s++, n++)
		spec->length[n] = *s;
	spec->conversion = *s;
	if (!*s || !strchr("diuxXocspfeg", *s))
		return NULL;
	return put(spec, spec->length) && put(spec, (const char[]){*s, '\0'}) ? s + 1 : NULL;
}

/* gettext's own texts are found again; others are told as they are. Caller frees. */
static char *text_argument(const struct spec *spec, const char *text)
{
	const char *id = streq(spec->text, "%s") ? i18n_source(text) : NULL;
	cleanup_free char *printed = id ? NULL : xasprintf(spec->text, text);

	return id ? xasprintf("%c%s%c", BEGIN, id, END) : told_plain(printed);
}

static char *signed_argument(const struct spec *spec, struct arguments *arguments)
{
	if (streq(spec->length, "l"))
		return xasprintf(spec->text, va_arg(arguments->ap, long));
	if (streq(spec->length, "ll"))
		return xasprintf(spec->text, va_arg(arguments->ap, long long));
	if (streq(spec->length, "j"))
		return xasprintf(spec->text, va_arg(arguments->ap, intmax_t));
	if (streq(spec->length, "z") || streq(spec->length, "t"))
		return xasprintf(spec->text, va_arg(arguments->ap, ptrdiff_t));
	return xasprintf(spec->text, va_arg(arguments->ap, int));
}

static char *argument(const struct spec *spec, struct arguments *arguments)
{
	switch (spec->conversion) {
	case 's': {
		const char *text = va_arg(arguments->ap, const char *);

		return text_argument(spec, text ? text : "(null)");
	}
	case 'p':
		return xasprintf(spec->text, va_arg(arguments->ap, void *));
	case 'f':
	case 'e':
	case 'g':
		return xasprintf(spec->text, va_arg(arguments->ap, double));
	}
	/* Of a size, signed and unsigned are handed over alike. */
	return signed_argument(spec, arguments);
}

static bool take_arguments(const char *fmt, struct arguments *arguments, struct strv *out)
{
	while ((fmt = strchr(fmt, '%'))) {
		struct spec spec;

		if (fmt[1] == '%') {
			fmt += 2;
			continue;
		}
		fmt = read_spec(fmt + 1, arguments, &spec);
		if (!fmt || out->n == ARGUMENTS_MOST)
			return false;
		strv_take(out, argument(&spec, arguments));
	}
	return true;
}

char *told_form(const char *fmt, va_list ap)
{
	/* A translation may name its arguments in another order; the source never does. */
	const char *source = i18n_source(fmt), *id = source ? source : fmt;
	cleanup_strv struct strv parts = {0};
	cleanup_free char *joined = NULL;
	struct arguments arguments;
	bool whole;

	strv_add(&parts, id);
	va_copy(arguments.ap, ap);
	whole = take_arguments(id, &arguments, &parts);
	va_end(arguments.ap);
	if (!whole)
		return NULL;
	joined = strv_join(&parts, (const char[]){NEXT, '\0'});
	/* Nothing in it is anybody's language. */
	if (!source && !strchr(joined, BEGIN)) {
		cleanup_free char *text = NULL;

		va_copy(arguments.ap, ap);
		text = xvasprintf(fmt, arguments.ap);
		va_end(arguments.ap);
		return told_plain(text);
	}
	return xasprintf("%c%s%c", BEGIN, joined, END);
}

/* --- telling it --- */

/* The end of the form whose BEGIN is at @s. */
static const char *end_of(const char *s)
{
	int depth = 0;

	for (; *s; s++) {
		depth += *s == BEGIN;
		depth -= *s == END;
		if (depth == 0)
			break;
	}
	return s;
}

/* An argument of a form: plain, or one sentence that takes none. Caller frees. */
static char *tell_argument(const char *s, size_t n)
{
	cleanup_free char *text = xstrndup(s, n);

	if (n < 2 || *text != BEGIN || text[n - 1] != END)
		return take_ptr(text);
	text[n - 1] = '\0';
	return xstrdup(gettext(text + 1));
}

/* "1 ID 2 ARGUMENT 2 ARGUMENT", without its end, apart. */
static char *take_apart(const char *s, const char *end, struct strv *arguments)
{
	const char *at = s + 1, *next = at;
	char *id = NULL;

	for (; next <= end; next++) {
		if (next < end && *next == BEGIN)
			next = end_of(next);
		if (next < end && *next != NEXT)
			continue;
		if (!id)
			id = xstrndup(at, (size_t)(next - at));
		else
			strv_take(arguments, tell_argument(at, (size_t)(next - at)));
		at = next + 1;
	}
	return id;
}

/* Which argument, from 0, a conversion is about: "2$s" names it; else it is the next. @s is moved behind the conversion. */
static size_t place_of(const char **s, size_t *next)
{
	size_t digits = strspn(*s, "0123456789"), place = *next;

	if (digits == 1 && (*s)[1] == '$')
		place = (size_t)(**s - '1');
	else
		++*next;
	*s += strcspn(*s, "diuxXocspfeg");
	*s += **s != '\0';
	return place;
}

static void tell_one(FILE *out, const char *s, const char *end)
{
	cleanup_strv struct strv arguments = {0};
	cleanup_free char *id = take_apart(s, end, &arguments);
	const char *fmt;
	size_t next = 0, n;

	if (!id || !*id) /* of which a catalogue has its head */
		return;
	fmt = gettext(id);
	while (*fmt) {
		n = strcspn(fmt, "%");
		fwrite(fmt, 1, n, out);
		fmt += n;
		if (!*fmt)
			break;
		fmt++;
		if (*fmt == '%') {
			fputc(*fmt++, out);
			continue;
		}
		n = place_of(&fmt, &next);
		if (n < arguments.n)
			fputs(arguments.list[n], out);
	}
}

char *told_now(const char *form)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort(); /* out of memory */
	while (*form) {
		size_t n = strcspn(form, (const char[]){BEGIN, NEXT, END, '\0'});
		const char *end;

		fwrite(form, 1, n, out);
		form += n;
		if (*form == BEGIN) {
			end = end_of(form);
			tell_one(out, form, end);
			form = end;
		}
		form += *form != '\0';
	}
	fclose(out);
	return text;
}
