/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "page.h"

#include "base/i18n.h"

#define INDENT_LEAST 10

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

void page_init_results(struct page *page, FILE *out, bool colour)
{
	page_init(page, out, colour);
	page->indent = indent_for_words();
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
