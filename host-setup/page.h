/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Results on a page for people; check and explain print by it. */
#ifndef SETUP_PAGE_H
#define SETUP_PAGE_H

#include "base/page.h"
#include "check.h"

/* Results begin at the page's indent, behind their status. */
void page_init_results(struct page *page, FILE *out, bool colour);
/* "+ pass    ", always as wide as the indent. */
void page_status(const struct page *page, enum check_status status);
/* A result with its evidence and what to do. */
void page_result(const struct page *page, const struct check_result *r);

#endif
