/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text on a page for people: as wide as the terminal, broken between words, in colour where that is wanted. */
#ifndef BASE_PAGE_H
#define BASE_PAGE_H

#include <stdbool.h>
#include <stdio.h>

/* ECMA-48, SGR parameters. */
#define PAGE_BOLD   "1"
#define PAGE_DIM    "2"
#define PAGE_RED    "31"
#define PAGE_GREEN  "32"
#define PAGE_YELLOW "33"
#define PAGE_BLUE   "36"

struct page {
	FILE *out;
	bool colour;
	size_t width,
	        indent; /* columns; @indent is whoever's who prints lists with a first column */
};

void page_init(struct page *page, FILE *out, bool colour);
/* Of @n bytes of text in the locale's encoding: letters with two cells count twice, accents not at all. */
size_t page_columns(const char *text, size_t n);
/* @sgr may be NULL here and below: no colour. */
void page_paint(const struct page *page, const char *sgr, const char *text);
void page_blank(const struct page *page, size_t columns);
/*
 * Prints @text from column @at, broken between words, each later line indented by @indent. A word that is wider than
 * the line (a path) stays whole, so that it can be copied. page_wrap_after(): with @gap the line holds something
 * already.
 */
void page_wrap(
        const struct page *page, const char *sgr, size_t at, size_t indent, const char *text);
void page_wrap_after(const struct page *page, const char *sgr, bool gap, size_t at, size_t indent,
        const char *text);

#endif
