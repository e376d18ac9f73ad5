/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "listing.h"

#include "host/pasted.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

/* Names of classes as lspci prints them without -nn; the longer of two that begin alike comes first. */
static const struct {
	const char *name;
	uint16_t class;
} classes[] = {
        {"VGA compatible controller", 0x0300},
        {"XGA compatible controller", 0x0301},
        {"3D controller", 0x0302},
        {"Display controller", 0x0380},
        {"Host bridge", 0x0600},
        {"ISA bridge", 0x0601},
        {"PCI bridge", 0x0604},
        {"CardBus bridge", 0x0607},
        {"Bridge", 0x0680},
        {"Audio device", 0x0403},
        {"Multimedia audio controller", 0x0401},
        {"Multimedia video controller", 0x0400},
        {"Multimedia controller", 0x0480},
        {"USB controller", 0x0c03},
        {"USB Controller", 0x0c03},
        {"FireWire (IEEE 1394)", 0x0c00},
        {"SMBus", 0x0c05},
        {"Serial bus controller", 0x0c80},
        {"Fibre Channel", 0x0c04},
        {"SCSI storage controller", 0x0100},
        {"IDE interface", 0x0101},
        {"RAID bus controller", 0x0104},
        {"SATA controller", 0x0106},
        {"Serial Attached SCSI controller", 0x0107},
        {"Non-Volatile memory controller", 0x0108},
        {"Mass storage controller", 0x0180},
        {"Ethernet controller", 0x0200},
        {"Infiniband controller", 0x0207},
        {"Network controller", 0x0280},
        {"RAM memory", 0x0500},
        {"Memory controller", 0x0580},
        {"Serial controller", 0x0700},
        {"Parallel controller", 0x0701},
        {"Modem", 0x0703},
        {"Communication controller", 0x0780},
        {"PIC", 0x0800},
        {"SD Host controller", 0x0805},
        {"IOMMU", 0x0806},
        {"System peripheral", 0x0880},
        {"Generic system peripheral", 0x0880},
        {"Input device controller", 0x0980},
        {"Encryption controller", 0x1080},
        {"Signal processing controller", 0x1180},
        {"Processing accelerators", 0x1200},
        {"Non-Essential Instrumentation", 0x1300},
        {"Unassigned class", 0xff00},
};

/* "Group" in the languages that listings come in; Latin letters are compared without case. */
static const char *const group_words[] = {"groups", "groupe", "group", "gruppen", "gruppe",
        "gruppo", "grupo", "grupa", "grupp", "groep", "skupina", "csoport", "Группа", "группа",
        "Група", "група", "组", "組", "群組", "グループ", "그룹"};

/* --- small pieces --- */

static size_t hex_digits(const char *s)
{
	size_t n = 0;

	while (isxdigit((unsigned char)s[n]))
		n++;
	return n;
}

/* The length of an address that begins here, 0: none. */
static size_t address_at(const char *s, struct pci_addr *out)
{
	size_t first = hex_digits(s), n = 0;
	char text[24];

	if (first >= 4 && first <= 8 && s[first] == ':')
		n = first + 1;
	if (hex_digits(s + n) != 2 || s[n + 2] != ':' || hex_digits(s + n + 3) != 2 ||
	        s[n + 5] != '.' || s[n + 6] < '0' || s[n + 6] > '7' ||
	        isalnum((unsigned char)s[n + 7]) || s[n + 7] == '.')
		return 0;
	n += 7;
	snprintf(text, sizeof(text), "%.*s", (int)n, s);
	return pci_addr_parse(text, out) == 0 ? n : 0;
}

/* The first address in a line; NULL: none. @length is that of its text. */
static const char *find_address(const char *s, struct pci_addr *out, size_t *length)
{
	for (const char *p = s; *p; p++) {
		if (p > s && (isalnum((unsigned char)p[-1]) || p[-1] == ':' || p[-1] == '.'))
			continue;
		*length = address_at(p, out);
		if (*length)
			return p;
	}
	return NULL;
}

static const char *skip_separators(const char *s)
{
	return s + strspn(s, " \t:#=_-");
}

static const char *skip_group_word(const char *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(group_words); i++) {
		size_t n = strlen(group_words[i]);

		if (strncasecmp(s, group_words[i], n) == 0)
			return s + n;
	}
	return NULL;
}

static bool take_number(const char *s, const char **after, int *out)
{
	size_t n = strspn(s, "0123456789");

	if (n == 0 || n > 6 || isalnum((unsigned char)s[n]) || s[n] == '.' ||
	        (s[n] == ':' && hex_digits(s + n + 1) == 2 && s[n + 3] == '.'))
		return false;
	*out = atoi(s);
	if (after)
		*after = s + n;
	return true;
}

/* "IOMMU Group 1", "Group: 1", "Groupe IOMMU 1", "IOMMU-Gruppe 1". */
static bool take_heading(const char *s, const char **after, int *group)
{
	const char *word;

	if (strncasecmp(s, "iommu", 5) == 0) {
		word = skip_group_word(skip_separators(s + 5));
	} else {
		word = skip_group_word(s);
		if (word && strncasecmp(skip_separators(word), "iommu", 5) == 0)
			word = skip_separators(word) + 5;
	}
	return word && take_number(skip_separators(word), after, group);
}

/* At the beginning of the line, or as its last words: a group that is named within a sentence heads nothing. */
static const char *find_heading(const char *s, const char **after, int *group)
{
	/* Most lines hold no number that could be one. */
	if (!s[strcspn(s, "0123456789")])
		return NULL;
	for (const char *p = s; *p; p++) {
		if ((p > s && isalnum((unsigned char)p[-1])) || !take_heading(p, after, group))
			continue;
		if (p == s || !(*after)[strspn(*after, " :)]|*")])
			return p;
	}
	return NULL;
}

/* ".../iommu_groups/7/devices/0000:00:15.1" or the folder alone. */
static const char *find_path(const char *s, int *group)
{
	const char *path = strstr(s, "iommu_groups/"), *after;

	if (!path || !take_number(path + strlen("iommu_groups/"), &after, group))
		return NULL;
	return starts_with(after, "/devices/") ? after + strlen("/devices/") : after;
}

/* --- what a line tells of one function --- */

/* "[0300]": four digits in brackets. */
static const char *find_class(const char *s, uint32_t *out)
{
	for (; (s = strchr(s, '[')); s++) {
		if (hex_digits(s + 1) == 4 && s[5] == ']') {
			*out = (uint32_t)strtoul(s + 1, NULL, 16) << 8;
			return s;
		}
	}
	return NULL;
}

/* "[10de:1b81]", the last one. */
static const char *find_id(const char *s, struct listed *d)
{
	const char *found = NULL;

	for (; (s = strchr(s, '[')); s++) {
		if (hex_digits(s + 1) != 4 || s[5] != ':' || hex_digits(s + 6) != 4 || s[10] != ']')
			continue;
		d->vendor = (uint16_t)strtoul(s + 1, NULL, 16);
		d->device = (uint16_t)strtoul(s + 6, NULL, 16);
		d->has_id = true;
		found = s;
	}
	return found;
}

/* lspci -n: "0300: 10de:1b81 (rev a1)". */
static bool take_numeric(struct listed *d, const char *s)
{
	unsigned class, vendor, device;
	int end = 0;

	if (hex_digits(s) != 4 || !starts_with(s + 4, ": ") || hex_digits(s + 6) != 4 ||
	        sscanf(s, "%4x: %4x:%4x%n", &class, &vendor, &device, &end) != 3 || !end)
		return false;
	d->class_code = class << 8;
	d->vendor = (uint16_t)vendor;
	d->device = (uint16_t)device;
	d->has_class = d->has_id = true;
	return true;
}

/* lspci -mm -nn: "Class [0300]" "Vendor [10de]" "Device [1b81]". */
static bool take_quoted(struct listed *d, const char *s)
{
	uint32_t part[3];

	if (*s != '"')
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(part); i++) {
		s = find_class(s, &part[i]);
		if (!s)
			return false;
		s++;
	}
	d->class_code = part[0];
	d->vendor = (uint16_t)(part[1] >> 8);
	d->device = (uint16_t)(part[2] >> 8);
	d->has_class = d->has_id = true;
	return true;
}

static const char *take_class_name(struct listed *d, const char *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		size_t n = strlen(classes[i].name);

		if (strncasecmp(s, classes[i].name, n) || isalnum((unsigned char)s[n]))
			continue;
		d->class_code = (uint32_t)classes[i].class << 8;
		d->has_class = true;
		return s + n;
	}
	return s;
}

/* What is left between the class and the id is the name. */
static void take_name(struct listed *d, const char *s)
{
	const char *end;

	s += strspn(s, " :|\"");
	end = strstr(s, "(rev ");
	end = end ? end : s + strlen(s);
	if (d->has_id) {
		for (const char *p = s; (p = strchr(p, '[')) && p < end; p++) {
			if (hex_digits(p + 1) == 4 && p[5] == ':' && hex_digits(p + 6) == 4)
				end = p;
		}
	}
	while (end > s && isspace((unsigned char)end[-1]))
		end--;
	if (!d->name && end > s)
		d->name = xstrndup(s, (size_t)(end - s));
}

static void take_words_of(struct listed *d, const char *s)
{
	const char *rest = s, *class;
	uint32_t code;

	s += strspn(s, " \t|:");
	if (take_numeric(d, s) || take_quoted(d, s))
		return;
	rest = take_class_name(d, s);
	class = find_class(s, &code);
	if (class) {
		d->class_code = code;
		d->has_class = true;
		rest = class + strlen("[0300]");
	}
	find_id(s, d);
	if (d->has_class)
		take_name(d, rest);
}

/* "Kernel driver in use: nvidia", also "Driver: nvidia". */
static void take_driver(struct listed *d, const char *s)
{
	const char *at = strcasestr(s, "driver in use:");
	size_t n;

	at = at ? at + strlen("driver in use:") : strcasestr(s, "driver: ");
	if (!at)
		return;
	if (strncasecmp(at, "driver: ", 8) == 0)
		at += 8;
	at += strspn(at, " ");
	n = strcspn(at, " ,;)]|");
	if (!d->driver && n)
		d->driver = xstrndup(at, n);
}

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

	find_id(s, d);
	if (!class || !d->has_id || hex_digits(class + 9) != 6)
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
		return take_number(at + strlen(words[0]), NULL, group);
	at = strcasestr(s, "adding device ") ? strstr(s, words[1]) : NULL;
	return at && take_number(at + strlen(words[1]), NULL, group);
}

/* A line of the kernel log tells of one function at most, and nothing of the listing around it. */
static bool take_kernel_words(struct reader *r, const char *words, size_t line)
{
	struct pci_addr addr;
	struct listed *d;
	size_t length;
	int group;
	const char *at = find_address(words, &addr, &length);
	bool boot = strstr(words, "vgaarb: setting as boot") != NULL;
	bool grouped = take_kernel_group(words, &group);
	bool class = strstr(words, " type ") && strstr(words, " class 0x");

	if (!at && boot) {
		/* "vgaarb: setting as boot device: PCI:0000:01:00.0" */
		at = strstr(words, "PCI:");
		at = at && address_at(at + 4, &addr) ? at : NULL;
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
	if (find_address(line->words, &(struct pci_addr){0}, &(size_t){0})) {
		r->broken = xstrdup(line->words);
		r->broken_line = line->number;
		r->broken_soft = line->soft_break;
	}
}

/* The second half of a kernel's line. */
static void mend(struct reader *r, const struct pasted_line *line)
{
	cleanup_free char *first = take_ptr(r->broken), *whole = NULL;

	if (!first || line->stamped)
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
		} else if (*s == '[' && hex_digits(s + 1) == 4 && s[5] == ':' &&
		           hex_digits(s + 6) == 4 && s[10] == ']') {
			find_id((char[]){s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9],
			                s[10], '\0'},
			        d);
			s += 11;
		} else if (isdigit((unsigned char)*s) && take_number(s, &after, group)) {
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
	d = add(r, addr, line->number);
	d->has_id = told.has_id;
	d->vendor = told.vendor;
	d->device = told.device;
	d->reset = told.reset;
	r->listing->has_resets |= told.reset == 1;
	if (group >= 0)
		set_group(r, d, group,
		        group == r->group && r->group_line ? r->group_line : line->number);
	take_words_of(d, rest);
	take_driver(d, rest);
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
	while ((length = address_at(rest, &addr))) {
		struct listed *d = add(r, addr, line->number);

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
	bool head = take_heading(s, &after, &group);

	if (!head)
		after = line->words;
	at = find_address(after, &addr, &length);
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
	if (head) {
		r->in_group++;
		r->in_line = true;
	}
	take_function(r, line, told, addr, group, at + length);
	take_more(r, line, at + length, r->listing->list[r->listing->n - 1].group);
	return true;
}

/* Lines under a function: lspci -v, -k, and what a mail program wrapped. */
static void take_further(struct reader *r, const struct pasted_line *line)
{
	struct listed *d = &r->listing->list[r->last - 1];
	bool attribute = strchr(line->words, ':') && line->indent;
	uint32_t class;

	take_driver(d, line->words);
	if (r->wrapped++ > 1 || strcasestr(line->words, "subsystem") ||
	        strcasestr(line->words, "kernel ") || (attribute && d->has_id && d->has_class))
		return;
	if (!d->has_class && find_class(line->words, &class)) {
		d->class_code = class;
		d->has_class = true;
	}
	if (!d->has_id)
		find_id(line->words, d);
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

	if (take_heading(s, &after, &group) && !after[strspn(after, " :*#")])
		start_group(r, group, line);
}

static void take_line(struct reader *r, const struct pasted_line *line)
{
	const char *after, *path;
	struct pci_addr addr;
	int group = -1;

	if (!*line->words) {
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
	path = find_path(line->words, &group);
	if (path && address_at(path, &addr)) {
		set_group(r, add(r, addr, line->number), group, line->number);
		r->last = 0;
	} else if (path) {
		start_group(r, group, line);
	} else if (!take_listing_line(r, line)) {
		if (find_heading(line->words, &after, &group)) {
			if (!takes_group_of_above(r, line, group))
				start_group(r, group, line);
		} else if (r->last) {
			take_further(r, line);
		}
	}
	r->after_blank = false;
}

void listing_parse(struct listing *listing, const char *text, size_t file)
{
	struct reader reader = {.listing = listing, .file = file, .group = -1};
	struct pasted_line line = {0};

	while (pasted_next(&text, &line))
		take_line(&reader, &line);
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
