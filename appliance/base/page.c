/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/page.h"

#include "base/util.h"

#include <sys/ioctl.h>
#include <wchar.h>

#define WIDTH_DEFAULT 96 /* of what is no terminal */
#define WIDTH_LEAST   40
#define WIDTH_MOST    120 /* longer lines are hard to read */

void page_paint(const struct page *page, const char *sgr, const char *text)
{
	if (page->colour && sgr)
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

void page_init(struct page *page, FILE *out, bool colour)
{
	*page = (struct page){.out = out, .colour = colour, .width = width_of(out)};
}
