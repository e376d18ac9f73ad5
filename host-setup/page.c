/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "page.h"

#include "base/i18n.h"

#include <sys/ioctl.h>
#include <wchar.h>

#define WIDTH_DEFAULT 96 /* of what is no terminal */
#define WIDTH_LEAST   40
#define WIDTH_MOST    120 /* longer lines are hard to read */
#define INDENT_LEAST  10

void page_paint(const struct page *page, const char *sgr, const char *text)
{
	if (page->colour)
		fprintf(page->out, "\033[%sm%s\033[0m", sgr, text);
	else
		fputs(text, page->out);
}

/* What a person set, else what the terminal has. */
static size_t width_of(FILE *out)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size = {0};
	uint64_t width = 0;

	if (!columns || parse_u64(columns, 10, 10000, &width) < 0)
		width = 0;
	if (!width && fileno(out) >= 0 && ioctl(fileno(out), TIOCGWINSZ, &size) == 0)
		width = size.ws_col;
	if (!width)
		return WIDTH_DEFAULT;
	return width < WIDTH_LEAST ? WIDTH_LEAST : width > WIDTH_MOST ? WIDTH_MOST : (size_t)width;
}

size_t page_columns(const char *text, size_t n)
{
	mbstate_t state = {0};
	size_t wide = 0, at = 0;

	while (at < n) {
		wchar_t c;
		size_t bytes = mbrtowc(&c, text + at, n - at, &state);

		/* In the C locale, or where it is broken: a character a cell. */
		if (bytes == 0 || bytes == (size_t)-1 || bytes == (size_t)-2)
			return utf8_columns(text, n);
		wide += wcwidth(c) > 0 ? (size_t)wcwidth(c) : 0;
		at += bytes;
	}
	return wide;
}

void page_wrap_after(const struct page *page, const char *sgr, bool gap, size_t at, size_t indent,
        const char *text)
{
	if (page->colour && sgr)
		fprintf(page->out, "\033[%sm", sgr);
	while (*text) {
		size_t n = strcspn(text, " \n"), wide = page_columns(text, n);

		if (gap && at + 1 + wide > page->width) {
			fprintf(page->out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (gap) {
			fputc(' ', page->out);
			at++;
		}
		fprintf(page->out, "%.*s", (int)n, text);
		at += wide;
		text += n;
		text += strspn(text, " \n");
		gap = true;
	}
	fputs(page->colour && sgr ? "\033[0m\n" : "\n", page->out);
}

void page_wrap(const struct page *page, const char *sgr, size_t at, size_t indent, const char *text)
{
	page_wrap_after(page, sgr, false, at, indent, text);
}

void page_blank(const struct page *page, size_t columns)
{
	fprintf(page->out, "%*s", (int)columns, "");
}

static const char *status_word(enum check_status status)
{
	switch (status) {
	case CHECK_PASS:
		return _("pass");
	case CHECK_WARN:
		return _("warn");
	case CHECK_FAIL:
		return _("fail");
	case CHECK_UNKNOWN:
		return _("unknown");
	case CHECK_SKIP:
		return _("skip");
	}
	abort();
}

static const char *status_symbol(enum check_status status)
{
	switch (status) {
	case CHECK_PASS:
		return "+";
	case CHECK_WARN:
		return "!";
	case CHECK_FAIL:
		return "x";
	case CHECK_UNKNOWN:
		return "?";
	case CHECK_SKIP:
		return "-";
	}
	abort();
}

static const char *status_colour(enum check_status status)
{
	switch (status) {
	case CHECK_PASS:
		return PAGE_GREEN;
	case CHECK_WARN:
		return PAGE_YELLOW;
	case CHECK_FAIL:
		return PAGE_RED;
	case CHECK_UNKNOWN:
		return PAGE_BLUE;
	case CHECK_SKIP:
		return PAGE_DIM;
	}
	abort();
}

void page_status(const struct page *page, enum check_status status)
{
	const char *word = status_word(status);
	cleanup_free char *text = xasprintf("%s %s", status_symbol(status), word);
	size_t wide = page_columns(text, strlen(text));

	page_paint(page, status_colour(status), text);
	page_blank(page, wide < page->indent ? page->indent - wide : 1);
}

/* The longest word for a status, its symbol before and a blank behind. */
static size_t indent_for_words(void)
{
	size_t most = INDENT_LEAST;

	for (int status = CHECK_PASS; status <= CHECK_SKIP; status++) {
		const char *word = status_word((enum check_status)status);
		size_t wide = page_columns(word, strlen(word)) + 3;

		most = wide > most ? wide : most;
	}
	return most;
}

void page_init(struct page *page, FILE *out, bool colour)
{
	*page = (struct page){
	        .out = out, .colour = colour, .width = width_of(out), .indent = indent_for_words()};
}

void page_result(const struct page *page, const struct check_result *r)
{
	const size_t indent = page->indent;
	cleanup_free char *code = r->code ? xasprintf(" [%s]", r->code) : xstrdup("");
	cleanup_free char *line = xasprintf("%s%s", r->summary, code);

	page_status(page, r->status);
	page_paint(page, PAGE_BOLD, r->id);
	fputc(':', page->out);
	page_wrap_after(page, NULL, true, indent + strlen(r->id) + 1, indent, line);
	for (size_t i = 0; i < r->n_evidence; i++) {
		cleanup_free char *e =
		        xasprintf("%s: %s", r->evidence[i].source, r->evidence[i].value);

		page_blank(page, indent);
		page_wrap(page, PAGE_DIM, indent, indent + 2, e);
	}
	if (r->fix && r->status != CHECK_PASS) {
		page_blank(page, indent);
		fputs("->", page->out);
		page_wrap_after(page, NULL, true, indent + 2, indent + 3, r->fix);
	}
	if (r->only_root_knows) {
		page_blank(page, indent);
		page_wrap(page, PAGE_DIM, indent, indent, _("(only root can read this)"));
	}
}
