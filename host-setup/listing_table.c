/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "listing_table.h"
#include "listing_words.h"

#include "base/strv.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#define NOWHERE SIZE_MAX

/* --- cells --- */

static size_t separator_at(const char *s)
{
	static const char *const frames[] = {"\xe2\x94\x82", "\xe2\x94\x83", "\xe2\x95\x91"};

	if (*s == '|')
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(frames); i++) {
		if (starts_with(s, frames[i]))
			return strlen(frames[i]);
	}
	return 0;
}

/* Without blanks around, nor Markdown's emphasis. */
static void add_cell(struct strv *cells, const char *start, const char *end)
{
	cleanup_free char *cell = NULL;

	while (start < end && strchr(" *`", *start))
		start++;
	while (end > start && strchr(" *`", end[-1]))
		end--;
	cell = xstrndup(start, (size_t)(end - start));
	strv_add(cells, cell);
}

/* True: the line ends with a separator, behind which there is no cell. */
static bool split(struct strv *cells, const char *words)
{
	const char *start = words;

	for (const char *p = words; *p;) {
		size_t n = separator_at(p);

		if (n)
			add_cell(cells, start, p);
		p += n ? n : 1;
		start = n ? p : start;
	}
	if (!*start)
		return true;
	add_cell(cells, start, start + strlen(start));
	return false;
}

/* --- the heading --- */

/* "iommugroup", "IOMMU Group", "IOMMU-Gruppe", "Groupe IOMMU", "Group". */
static bool names_group(const char *cell)
{
	bool iommu = strncasecmp(cell, "iommu", 5) == 0;
	const char *s = iommu ? listing_skip_separators(cell + 5) : cell;
	const char *rest = listing_skip_group_word(s);

	if (!rest)
		return iommu && !*s;
	rest = listing_skip_separators(rest);
	return !*rest || (!iommu && strcasecmp(rest, "iommu") == 0);
}

static size_t column(const struct strv *cells, const char *name)
{
	for (size_t i = 0; i < cells->n; i++) {
		if (strcasecmp(cells->list[i], name) == 0)
			return i;
	}
	return NOWHERE;
}

static bool take_head(struct listing_table *table, const struct strv *cells, bool closed)
{
	for (size_t i = 0; i < cells->n; i++) {
		if (!names_group(cells->list[i]))
			continue;
		*table = (struct listing_table){.columns = cells->n,
		        .closed = closed,
		        .group = i,
		        .class = column(cells, "class"),
		        .vendor = column(cells, "vendor"),
		        .device = column(cells, "device"),
		        .driver = column(cells, "driver")};
		return true;
	}
	return false;
}

/* --- a row --- */

/* "0x030000" and the like, of so many digits. */
static bool hex_cell(const struct strv *cells, size_t at, size_t digits, uint32_t *out)
{
	const char *cell = at < cells->n ? cells->list[at] : "";

	if (!starts_with(cell, "0x") || listing_hex_digits(cell + 2) != digits || cell[2 + digits])
		return false;
	*out = (uint32_t)strtoul(cell, NULL, 16);
	return true;
}

/* "10de:1b81" alone. */
static bool take_id(const char *cell, struct listed *d)
{
	cleanup_free char *bracketed = NULL;

	if (strlen(cell) != 9)
		return false;
	bracketed = xasprintf("[%s]", cell);
	return listing_find_id(bracketed, d) != NULL;
}

static void take_columns(
        const struct listing_table *table, const struct strv *cells, struct listed *told)
{
	const char *driver = table->driver < cells->n ? cells->list[table->driver] : "";
	uint32_t vendor, device;

	if (isalpha((unsigned char)*driver) && !strchr(driver, ' '))
		told->driver = xstrdup(driver);
	told->has_class = hex_cell(cells, table->class, 6, &told->class_code);
	if (hex_cell(cells, table->vendor, 4, &vendor) &&
	        hex_cell(cells, table->device, 4, &device)) {
		told->vendor = (uint16_t)vendor;
		told->device = (uint16_t)device;
		told->has_id = true;
	}
}

/* A class by its name or number, and an identity, in any of the other cells. */
static void take_cells(
        const struct listing_table *table, const struct strv *cells, struct listed *told)
{
	for (size_t i = 0; i < cells->n; i++) {
		const char *cell = cells->list[i];
		struct pci_addr addr;
		size_t length;
		const char *at = listing_find_address(cell, &addr, &length);

		if (i == table->group || i == table->driver)
			continue;
		if ((!told->has_id && take_id(cell, told)) || (told->has_class && told->has_id))
			continue;
		listing_take_words(told, at == cell ? at + length : cell);
	}
}

static int group_of(const char *cell)
{
	int group;

	return listing_heading(cell, NULL, &group) || listing_number(cell, NULL, &group) ? group
	                                                                                 : -1;
}

static bool take_row(const struct listing_table *table, const struct strv *cells,
        struct listed *told, char **cell)
{
	for (size_t i = 0; i < cells->n; i++) {
		size_t length;

		if (i == table->group ||
		        !listing_find_address(cells->list[i], &told->addr, &length))
			continue;
		told->group = group_of(cells->list[table->group]);
		take_columns(table, cells, told);
		take_cells(table, cells, told);
		*cell = xstrdup(cells->list[i]);
		return true;
	}
	return false;
}

enum listing_table_line listing_table_read(
        struct listing_table *table, const char *words, struct listed *told, char **cell)
{
	struct strv cleanup_strv cells = {0};
	bool closed = split(&cells, words);

	if (cells.n < 2) {
		table->columns = 0;
		return LISTING_TABLE_NONE;
	}
	if (take_head(table, &cells, closed))
		return LISTING_TABLE_REST;
	if (!table->columns)
		return LISTING_TABLE_NONE;
	/* Blanks at the end are gone: the last cell of a frame without a right side was empty. */
	if (closed && !table->closed)
		strv_add(&cells, "");
	/* With a cell too many or too few it cannot be told which one is the group's. */
	if (cells.n == table->columns && take_row(table, &cells, told, cell))
		return LISTING_TABLE_ROW;
	return LISTING_TABLE_REST;
}
