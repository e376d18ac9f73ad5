/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "listing_words.h"

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

size_t listing_hex_digits(const char *s)
{
	size_t n = 0;

	while (isxdigit((unsigned char)s[n]))
		n++;
	return n;
}

/* The length of an address that begins here, 0: none. */
size_t listing_address_at(const char *s, struct pci_addr *out)
{
	size_t first = listing_hex_digits(s), n = 0;
	char text[24];

	if (first >= 4 && first <= 8 && s[first] == ':')
		n = first + 1;
	if (listing_hex_digits(s + n) != 2 || s[n + 2] != ':' ||
	        listing_hex_digits(s + n + 3) != 2 || s[n + 5] != '.' || s[n + 6] < '0' ||
	        s[n + 6] > '7' || isalnum((unsigned char)s[n + 7]) || s[n + 7] == '.')
		return 0;
	n += 7;
	snprintf(text, sizeof(text), "%.*s", (int)n, s);
	return pci_addr_parse(text, out) == 0 ? n : 0;
}

/* The first address in a line; NULL: none. @length is that of its text. */
const char *listing_find_address(const char *s, struct pci_addr *out, size_t *length)
{
	for (const char *p = s; *p; p++) {
		if (p > s && (isalnum((unsigned char)p[-1]) || p[-1] == ':' || p[-1] == '.'))
			continue;
		*length = listing_address_at(p, out);
		if (*length)
			return p;
	}
	return NULL;
}

const char *listing_skip_separators(const char *s)
{
	return s + strspn(s, " \t:#=_-");
}

const char *listing_skip_group_word(const char *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(group_words); i++) {
		size_t n = strlen(group_words[i]);

		if (strncasecmp(s, group_words[i], n) == 0)
			return s + n;
	}
	return NULL;
}

bool listing_number(const char *s, const char **after, int *out)
{
	size_t n = strspn(s, "0123456789");

	if (n == 0 || n > 6 || isalnum((unsigned char)s[n]) || s[n] == '.' ||
	        (s[n] == ':' && listing_hex_digits(s + n + 1) == 2 && s[n + 3] == '.'))
		return false;
	*out = atoi(s);
	if (after)
		*after = s + n;
	return true;
}

/* "IOMMU Group 1", "Group: 1", "Groupe IOMMU 1", "IOMMU-Gruppe 1". */
bool listing_heading(const char *s, const char **after, int *group)
{
	const char *word;

	if (strncasecmp(s, "iommu", 5) == 0) {
		word = listing_skip_group_word(listing_skip_separators(s + 5));
	} else {
		word = listing_skip_group_word(s);
		if (word && strncasecmp(listing_skip_separators(word), "iommu", 5) == 0)
			word = listing_skip_separators(word) + 5;
	}
	return word && listing_number(listing_skip_separators(word), after, group);
}

/* At the beginning of the line, or as its last words: a group that is named within a sentence heads nothing. */
const char *listing_find_heading(const char *s, const char **after, int *group)
{
	/* Most lines hold no number that could be one. */
	if (!s[strcspn(s, "0123456789")])
		return NULL;
	for (const char *p = s; *p; p++) {
		if ((p > s && isalnum((unsigned char)p[-1])) || !listing_heading(p, after, group))
			continue;
		if (p == s || !(*after)[strspn(*after, " :)]|*=~#-")])
			return p;
	}
	return NULL;
}

/* ".../iommu_groups/7/devices/0000:00:15.1" or the folder alone. */
const char *listing_find_path(const char *s, int *group)
{
	const char *path = strstr(s, "iommu_groups/"), *after;

	if (!path || !listing_number(path + strlen("iommu_groups/"), &after, group))
		return NULL;
	return starts_with(after, "/devices/") ? after + strlen("/devices/") : after;
}

/* --- what a line tells of one function --- */

/* "[0300]": four digits in brackets. */
const char *listing_find_class(const char *s, uint32_t *out)
{
	for (; (s = strchr(s, '[')); s++) {
		if (listing_hex_digits(s + 1) == 4 && s[5] == ']') {
			*out = (uint32_t)strtoul(s + 1, NULL, 16) << 8;
			return s;
		}
	}
	return NULL;
}

/* "[10de:1b81]", the last one. */
const char *listing_find_id(const char *s, struct listed *d)
{
	const char *found = NULL;

	for (; (s = strchr(s, '[')); s++) {
		if (listing_hex_digits(s + 1) != 4 || s[5] != ':' ||
		        listing_hex_digits(s + 6) != 4 || s[10] != ']')
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

	if (listing_hex_digits(s) != 4 || !starts_with(s + 4, ": ") ||
	        listing_hex_digits(s + 6) != 4 ||
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
		s = listing_find_class(s, &part[i]);
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
			if (listing_hex_digits(p + 1) == 4 && p[5] == ':' &&
			        listing_hex_digits(p + 6) == 4)
				end = p;
		}
	}
	while (end > s && isspace((unsigned char)end[-1]))
		end--;
	if (!d->name && end > s)
		d->name = xstrndup(s, (size_t)(end - s));
}

void listing_take_words(struct listed *d, const char *s)
{
	const char *rest = s, *class;
	uint32_t code;

	s += strspn(s, " \t|:");
	if (take_numeric(d, s) || take_quoted(d, s))
		return;
	rest = take_class_name(d, s);
	class = listing_find_class(s, &code);
	if (class) {
		d->class_code = code;
		d->has_class = true;
		rest = class + strlen("[0300]");
	}
	listing_find_id(s, d);
	if (d->has_class)
		take_name(d, rest);
}

/* "Kernel driver in use: nvidia", also "Driver: nvidia". */
void listing_take_driver(struct listed *d, const char *s)
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
