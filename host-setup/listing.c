/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "listing.h"
#include "listing_parts.h"
#include "listing_record.h"
#include "listing_table.h"
#include "listing_words.h"

#include "host/pasted.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

/* --- reading --- */

struct reader {
	struct listing *listing;
	size_t file;
	int group; /* of the heading above; -1 none */
	size_t group_line, group_indent;
	bool indented;      /* lines of a group are indented under their heading */
	bool in_line;       /* headings stand in one line with their first function */
	bool double_spaced; /* a blank line stood between a heading and its first line */
	size_t in_group;    /* lines of the group so far */
	bool after_blank;
	char *broken; /* the first half of a kernel's line, or NULL */
	size_t broken_line;
	bool broken_soft;
	size_t last;        /* index + 1 of the function that further lines are about; 0 none */
	unsigned wrapped;   /* lines since then */
	size_t last_indent; /* of its line */
	struct listing_table table;
	size_t block;  /* number of the listing that is being read */
	bool gap;      /* other words stood behind its last function */
	size_t record; /* index + 1 of the function whose record is being read; 0 none */
};

static struct listed *add(struct reader *r, struct pci_addr addr, size_t line)
{
	struct listing *l = r->listing;
	struct listed *d;

	if (l->n == l->room) {
		l->room = l->room ? l->room * 2 : 64;
		l->list = xrealloc(l->list, l->room, sizeof(*l->list));
	}
	d = &l->list[l->n++];
	*d = (struct listed){.addr = addr, .group = -1, .reset = -1, .file = r->file, .line = line};
	return d;
}

/* Other words between functions begin another listing. */
static struct listed *add_to_listing(struct reader *r, struct pci_addr addr, size_t line)
{
	struct listed *d = add(r, addr, line);

	r->block += r->gap || !r->block;
	r->gap = false;
	d->block = r->block;
	return d;
}

static void set_group(struct reader *r, struct listed *d, int group, size_t line)
{
	d->group = group;
	d->group_file = r->file;
	d->group_line = line;
	r->listing->has_groups |= group >= 0;
}

/* "pci 0000:00:01.0: [8086:1901] type 01 class 0x060400"; before Linux 3.4 "type 1 class 0x000604". */
static void take_kernel_class(struct listed *d, const char *s)
{
	const char *type = strstr(s, " type "), *class = strstr(s, " class 0x");

	listing_find_id(s, d);
	if (!class || !d->has_id || listing_hex_digits(class + 9) != 6)
		return;
	d->class_code = (uint32_t)strtoul(class + 9, NULL, 16);
	if (type && isxdigit((unsigned char)type[6]) && type[7] == ' ')
		d->class_code = (d->class_code & 0xffff) << 8;
	d->has_class = true;
}

static bool take_kernel_group(const char *s, int *group)
{
	static const char *const words[] = {"adding to iommu group ", " to group "};
	const char *at = strcasestr(s, words[0]);

	if (at)
		return listing_number(at + strlen(words[0]), NULL, group);
	at = strcasestr(s, "adding device ") ? strstr(s, words[1]) : NULL;
	return at && listing_number(at + strlen(words[1]), NULL, group);
}

/* A line of the kernel log tells of one function at most, and nothing of the listing around it. */
static bool take_kernel_words(struct reader *r, const char *words, size_t line)
{
	struct pci_addr addr;
	struct listed *d;
	size_t length;
	int group;
	const char *at = listing_find_address(words, &addr, &length);
	bool boot = strstr(words, "vgaarb: setting as boot") != NULL;
	bool grouped = take_kernel_group(words, &group);
	bool class = strstr(words, " type ") && strstr(words, " class 0x");

	if (!at && boot) {
		/* "vgaarb: setting as boot device: PCI:0000:01:00.0" */
		at = strstr(words, "PCI:");
		at = at && listing_address_at(at + 4, &addr) ? at : NULL;
	}
	if (!at || !(boot || grouped || class))
		return false;
	d = add(r, addr, line);
	d->boot_vga = boot;
	if (grouped)
		set_group(r, d, group, line);
	if (class)
		take_kernel_class(d, words);
	return true;
}

static void take_kernel_line(struct reader *r, const struct pasted_line *line)
{
	r->last = 0;
	free(take_ptr(r->broken));
	if (take_kernel_words(r, line->words, line->number) && !line->soft_break)
		return;
	/* A mail program may have broken it. */
	if (listing_find_address(line->words, &(struct pci_addr){0}, &(size_t){0})) {
		r->broken = xstrdup(line->words);
		r->broken_line = line->number;
		r->broken_soft = line->soft_break;
	}
}

/* The second half of a kernel's line. */
static void mend(struct reader *r, const struct pasted_line *line)
{
	cleanup_free char *first = take_ptr(r->broken), *whole = NULL;

	/* With an address of its own it is no half. */
	if (!first || line->stamped ||
	        listing_find_address(line->words, &(struct pci_addr){0}, &(size_t){0}))
		return;
	whole = xasprintf("%s%s%s", first, r->broken_soft ? "" : " ", line->words);
	take_kernel_words(r, whole, r->broken_line);
}

static bool is_kernel_line(const struct pasted_line *line)
{
	int group;

	return line->stamped || starts_with(line->words, "pci 0") ||
	       starts_with(line->words, "pci 1") || strstr(line->words, "vgaarb: ") ||
	       take_kernel_group(line->words, &group) ||
	       strcasestr(line->words, "from iommu group");
}

/*
 * What may stand before a function's address in a listing: nothing, its group's number, "(0)", "[10de:1b81]",
 * "[R]", "[RESET]". Tells of marks and number; false for prose.
 */
static bool take_before(const char *s, const char *end, struct listed *d, int *group)
{
	while (s < end) {
		const char *after;

		if (*s == '[' && (s[1] == 'R' || s[1] == 'r') &&
		        (s[2] == ']' || strncasecmp(s, "[reset]", 7) == 0)) {
			d->reset = 1;
			s = strchr(s, ']') + 1;
		} else if (*s == '[' && listing_hex_digits(s + 1) == 4 && s[5] == ':' &&
		           listing_hex_digits(s + 6) == 4 && s[10] == ']') {
			listing_find_id((char[]){s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7],
			                        s[8], s[9], s[10], '\0'},
			        d);
			s += 11;
		} else if (isdigit((unsigned char)*s) && listing_number(s, &after, group)) {
			s = after;
		} else if (isalnum((unsigned char)*s)) {
			return false;
		} else {
			s++;
		}
	}
	return true;
}

static void start_group(struct reader *r, int group, const struct pasted_line *line)
{
	r->group = group;
	r->group_line = line->number;
	r->group_indent = line->indent;
	r->in_group = 0;
	r->after_blank = false;
	r->last = 0;
}

/* Does a line that names no group itself belong to the heading above? */
static bool belongs(struct reader *r, const struct pasted_line *line, bool marked)
{
	bool deeper = line->indent > r->group_indent;

	if (r->group < 0)
		return false;
	if (r->in_group == 0) {
		r->indented |= deeper;
		r->double_spaced |= r->after_blank;
		return true;
	}
	/* What follows a listing, such as lspci's, is no part of its last group. */
	if ((r->indented || r->in_line) && !deeper && !marked)
		return false;
	return r->indented || r->in_line || !r->after_blank || r->double_spaced;
}

static void take_function(struct reader *r, const struct pasted_line *line, struct listed told,
        struct pci_addr addr, int group, const char *rest)
{
	struct listed *d;

	if (group < 0 && belongs(r, line, told.reset == 1)) {
		r->in_group++;
		group = r->group;
	} else if (group < 0) {
		r->group = -1;
	}
	d = add_to_listing(r, addr, line->number);
	d->has_id = told.has_id;
	d->vendor = told.vendor;
	d->device = told.device;
	d->reset = told.reset;
	r->listing->has_resets |= told.reset == 1;
	if (group >= 0)
		set_group(r, d, group,
		        group == r->group && r->group_line ? r->group_line : line->number);
	listing_take_words(d, rest);
	listing_take_driver(d, rest);
	r->last = r->listing->n;
	r->last_indent = line->indent;
	r->wrapped = 0;
}

/* "ls" prints several names in a line. */
static void take_more(struct reader *r, const struct pasted_line *line, const char *rest, int group)
{
	struct pci_addr addr;
	size_t length;

	rest += strspn(rest, " ");
	while ((length = listing_address_at(rest, &addr))) {
		struct listed *d = add_to_listing(r, addr, line->number);

		if (group >= 0)
			set_group(r, d, group, r->group_line);
		rest += length;
		rest += strspn(rest, " ");
	}
}

/* A line with an address in it, not of the kernel; false when it is prose. */
static bool take_listing_line(struct reader *r, const struct pasted_line *line)
{
	const char *s = line->words + strspn(line->words, "[(<{*- "), *after = s, *at;
	struct listed told = {.reset = -1};
	int group = -1, number = -1;
	struct pci_addr addr;
	size_t length;
	bool head = listing_heading(s, &after, &group);

	if (!head)
		after = line->words;
	at = listing_find_address(after, &addr, &length);
	if (!at || at[length] == ':')
		return false;
	/* ls -l: "lrwxrwxrwx 1 root root 0 May 1 12:00 0000:01:00.0 -> ../../../" */
	if (starts_with(at + length, " -> "))
		after = at;
	if (!take_before(after, at, &told, &number))
		return false;
	if (head)
		start_group(r, group, line);
	else if (number >= 0)
		group = number;
	else if (!listing_find_heading(at + length, &after, &group)) /* "... (IOMMU group 14)" */
		group = -1;
	if (head) {
		r->in_group++;
		r->in_line = true;
	}
	take_function(r, line, told, addr, group, at + length);
	take_more(r, line, at + length, r->listing->list[r->listing->n - 1].group);
	return true;
}

static bool take_record_line(struct reader *r, const struct pasted_line *line)
{
	struct pci_addr addr;
	struct listed *d;

	if (listing_record_starts(line->words, &addr)) {
		add_to_listing(r, addr, line->number);
		r->record = r->listing->n;
		r->last = 0;
		r->group = -1;
		return true;
	}
	d = r->record ? &r->listing->list[r->record - 1] : NULL;
	if (!d || !listing_record_read(d, line->words)) {
		r->record = 0;
		return false;
	}
	if (d->group >= 0 && !d->group_line)
		set_group(r, d, d->group, line->number);
	return true;
}

/* A line of a table: its function, and others in the same cell. */
static bool take_table_line(struct reader *r, const struct pasted_line *line)
{
	struct listed told = {.group = -1}, *d;
	cleanup_free char *cell = NULL;
	enum listing_table_line kind = listing_table_read(&r->table, line->words, &told, &cell);
	const char *at;
	size_t length;

	if (kind == LISTING_TABLE_NONE)
		return false;
	r->last = 0;
	r->group = -1;
	r->group_line = line->number;
	if (kind == LISTING_TABLE_REST)
		return true;
	d = add_to_listing(r, told.addr, line->number);
	told.block = d->block;
	told.file = d->file;
	told.line = d->line;
	told.reset = d->reset;
	*d = told;
	if (told.group >= 0)
		set_group(r, d, told.group, line->number);
	at = listing_find_address(cell, &told.addr, &length);
	if (at)
		take_more(r, line, at + length + strspn(at + length, ", /+"), told.group);
	return true;
}

/* Is it still about the function above: wrapped, or indented under it? */
static bool goes_on(const struct reader *r, const struct pasted_line *line)
{
	return r->last && !r->after_blank && (r->wrapped < 2 || line->indent > r->last_indent);
}

/* Lines under a function: lspci -v, -k, and what a mail program wrapped. */
static void take_further(struct reader *r, const struct pasted_line *line)
{
	struct listed *d = &r->listing->list[r->last - 1];
	bool attribute = strchr(line->words, ':') && line->indent;
	uint32_t class;

	listing_take_driver(d, line->words);
	if (r->wrapped++ > 1 || strcasestr(line->words, "subsystem") ||
	        strcasestr(line->words, "kernel ") || (attribute && d->has_id && d->has_class))
		return;
	if (!d->has_class && listing_find_class(line->words, &class)) {
		d->class_code = class;
		d->has_class = true;
	}
	if (!d->has_id)
		listing_find_id(line->words, d);
}

/* lspci -v: "IOMMU group: 14" and "Flags: ..., IOMMU group 14" belong to the function above. */
static bool takes_group_of_above(struct reader *r, const struct pasted_line *line, int group)
{
	struct listed *d = r->last ? &r->listing->list[r->last - 1] : NULL;

	if (!d || d->group >= 0 || r->group >= 0 || line->indent <= r->last_indent ||
	        r->after_blank)
		return false;
	set_group(r, d, group, line->number);
	return true;
}

/* "### IOMMU Group 1", nothing else: other notes are not of the listing. */
static void take_title(struct reader *r, const struct pasted_line *line)
{
	const char *s = line->words + strspn(line->words, "#* "), *after;
	int group;

	if (listing_heading(s, &after, &group) && !after[strspn(after, " :*#=-")])
		start_group(r, group, line);
	else
		r->gap = true;
}

static void take_line(struct reader *r, const struct pasted_line *line)
{
	const char *after, *path;
	struct pci_addr addr;
	int group = -1;

	if (!*line->words) {
		r->record = 0;
		r->after_blank = true;
		return;
	}
	if (line->note) {
		take_title(r, line);
		return;
	}
	mend(r, line);
	if (is_kernel_line(line)) {
		take_kernel_line(r, line);
		return;
	}
	if (take_record_line(r, line) || take_table_line(r, line))
		return;
	path = listing_find_path(line->words, &group);
	if (path && listing_address_at(path, &addr)) {
		struct listed *d = add_to_listing(r, addr, line->number);

		set_group(r, d, group, line->number);
		r->last = 0;
	} else if (path) {
		start_group(r, group, line);
	} else if (!take_listing_line(r, line)) {
		if (listing_find_heading(line->words, &after, &group)) {
			if (!takes_group_of_above(r, line, group))
				start_group(r, group, line);
		} else {
			r->gap |= !goes_on(r, line);
			if (r->last)
				take_further(r, line);
		}
	}
	r->after_blank = false;
}

/* A listing's line that mail broke ("[10de:1b8=", "1]"), held until it is whole. */
struct held {
	char *words;
	size_t number, indent;
	unsigned parts;
};

static void take_held(struct reader *r, struct held *held)
{
	cleanup_free char *words = take_ptr(held->words);
	struct pasted_line whole = {.words = words, .number = held->number, .indent = held->indent};

	if (words)
		take_line(r, &whole);
}

static void hold(struct held *held, const struct pasted_line *line)
{
	char *longer = xasprintf("%s%s", held->words ? held->words : "", line->words);

	if (!held->words)
		*held = (struct held){.number = line->number, .indent = line->indent};
	free(held->words);
	held->words = longer;
	held->parts++;
}

void listing_parse(struct listing *listing, const char *text, size_t file)
{
	struct reader reader = {.listing = listing, .file = file, .group = -1};
	struct pasted_line line = {0};
	struct held held = {0};

	while (pasted_next(&text, &line)) {
		/* The kernel's lines are mended elsewhere. */
		bool part = !line.stamped && !line.note && !reader.broken &&
		            (held.words || line.soft_break);

		if (part)
			hold(&held, &line);
		if (!part || !line.soft_break || held.parts > 4)
			take_held(&reader, &held);
		if (!part)
			take_line(&reader, &line);
	}
	take_held(&reader, &held);
	free(reader.broken);
	pasted_finish(&line);
}

/* --- all together --- */

static int compare(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;
	int by_address = pci_addr_compare(x->addr, y->addr);

	if (by_address)
		return by_address;
	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

static void finish_one(struct listed *d)
{
	free(d->name);
	free(d->driver);
}

/* What is told later adds; of two groups the later one counts, as a log's last boot does. */
static void merge(struct listed *to, struct listed *from)
{
	if (!to->has_id && from->has_id) {
		to->vendor = from->vendor;
		to->device = from->device;
		to->has_id = true;
	}
	if (!to->has_class && from->has_class) {
		to->class_code = from->class_code;
		to->has_class = true;
	}
	if (from->group >= 0) {
		to->group = from->group;
		to->group_file = from->group_file;
		to->group_line = from->group_line;
	}
	if (!to->name)
		to->name = take_ptr(from->name);
	if (!to->driver)
		to->driver = take_ptr(from->driver);
	to->reset = from->reset > to->reset ? from->reset : to->reset;
	to->boot_vga |= from->boot_vga;
	finish_one(from);
}

void listing_settle(struct listing *listing)
{
	size_t n = 0;

	listing_settle_parts(listing);
	if (!listing->n)
		return;
	qsort(listing->list, listing->n, sizeof(*listing->list), compare);
	for (size_t i = 1; i < listing->n; i++) {
		if (pci_addr_equal(listing->list[n].addr, listing->list[i].addr))
			merge(&listing->list[n], &listing->list[i]);
		else if (++n != i)
			listing->list[n] = listing->list[i];
	}
	listing->n = n + 1;
}

void listing_finish(struct listing *listing)
{
	for (size_t i = 0; i < listing->n; i++)
		finish_one(&listing->list[i]);
	free(listing->list);
	*listing = (struct listing){0};
}
