/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables with a column for the group: pvesh's frames, and Markdown. A heading names the columns; what stands in
 * the row of a function is read by it.
 */
#ifndef SETUP_LISTING_TABLE_H
#define SETUP_LISTING_TABLE_H

#include "listing.h"

struct listing_table {
	size_t columns; /* 0: no table is open */
	bool closed;    /* each row ends with a separator */
	size_t group, class, vendor, device,
	        driver; /* of which; past the last one: there is none */
};

enum listing_table_line {
	LISTING_TABLE_NONE, /* no line of a table */
	LISTING_TABLE_REST, /* heading, rule, or a row that tells of no function */
	LISTING_TABLE_ROW,
};

/* Reads a line. Of a row tells the function, its group in @told (-1: none), and the cell with its address. */
enum listing_table_line listing_table_read(
        struct listing_table *table, const char *words, struct listed *told, char **cell);

#endif
