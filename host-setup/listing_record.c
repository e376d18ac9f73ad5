/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "listing_record.h"
#include "listing_words.h"

static const char *value_of(const char *words, const char *name)
{
	size_t n = strlen(name);

	if (!starts_with(words, name) || words[n] != ':')
		return NULL;
	return words + n + 1 + strspn(words + n + 1, " ");
}

bool listing_record_starts(const char *words, struct pci_addr *addr)
{
	const char *value = value_of(words, "Slot");
	size_t length = value ? listing_address_at(value, addr) : 0;

	return length && !value[length];
}

/* "Advanced Micro Devices, Inc. [AMD] [1022]": the number is the last one. */
static bool take_number(const char *value, uint16_t *out)
{
	const char *last = strrchr(value, '[');
	uint32_t number;

	if (!last || !listing_find_class(last, &number))
		return false;
	*out = (uint16_t)(number >> 8);
	return true;
}

static void take_class(struct listed *told, const char *value)
{
	const char *last = strrchr(value, '[');

	if (last && listing_find_class(last, &told->class_code))
		told->has_class = true;
	else
		listing_take_words(told, value);
}

static void take_device(struct listed *told, const char *value)
{
	const char *number = strrchr(value, '[');

	told->has_id = take_number(value, &told->device) && told->vendor;
	if (number && number > value && !told->name)
		told->name = xstrndup(value, (size_t)(number - value - (number[-1] == ' ')));
}

static bool is_other(const char *words)
{
	static const char *const names[] = {
	        "SVendor", "SDevice", "Rev", "ProgIf", "Module", "NUMANode", "PhySlot", "DTNode"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (value_of(words, names[i]))
			return true;
	}
	return false;
}

bool listing_record_read(struct listed *told, const char *words)
{
	const char *value;

	if ((value = value_of(words, "Class")))
		take_class(told, value);
	else if ((value = value_of(words, "Vendor")))
		take_number(value, &told->vendor);
	else if ((value = value_of(words, "Device")))
		take_device(told, value);
	else if ((value = value_of(words, "Driver")))
		told->driver = told->driver ? told->driver : xstrdup(value);
	else if ((value = value_of(words, "IOMMUGroup")))
		listing_number(value, NULL, &told->group);
	else
		return is_other(words);
	return true;
}
