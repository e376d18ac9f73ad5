/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/ivrs.h"
#include "host/acpi.h"

#include <errno.h>

#define HEADER 48 /* ACPI's, IVinfo, 8 reserved bytes */

/* Numbers of device entries (5.2.2). */
enum {
	ENTRY_PAD = 0,
	ENTRY_ALL = 1,
	ENTRY_SELECT = 2,
	ENTRY_RANGE = 3,
	ENTRY_END = 4,
	ENTRY_ALIAS = 0x42,
	ENTRY_ALIAS_RANGE = 0x43,
	ENTRY_EXT_SELECT = 0x46,
	ENTRY_EXT_RANGE = 0x47,
	ENTRY_SPECIAL = 0x48,
	ENTRY_ACPI = 0xf0,
};

enum { MEMORY_ALL = 0x20, MEMORY_ONE = 0x21, MEMORY_RANGE = 0x22 };

/* --- device entries --- */

/* Bytes of the entry at @p, told by the upper two bits of its type; 0 when it cannot be told. */
static size_t entry_length(const uint8_t *p, size_t left)
{
	if (p[0] < 0x80)
		return (size_t)4 << (p[0] >> 6);
	/* Fixed: type, id, settings, hardware id, compatible id, kind and length of the unique id. */
	return p[0] == ENTRY_ACPI && left >= 22 ? 22u + p[21] : 0;
}

static struct ivrs_entry *add_entry(struct ivrs_unit *unit, enum ivrs_entry_type type,
        const uint8_t *p, uint16_t first, uint16_t last)
{
	struct ivrs_entry *e = list_append(unit->entries, unit->n);

	*e = (struct ivrs_entry){.type = type, .first = first, .last = last, .settings = p[3]};
	return e;
}

static void add_special(struct ivrs_unit *unit, const uint8_t *p)
{
	uint16_t id = acpi_u16(p + 5);
	struct ivrs_entry *e = add_entry(unit, IVRS_SPECIAL, p, id, id);

	e->handle = p[4];
	e->kind = p[7];
}

static void add_acpi(struct ivrs_unit *unit, const uint8_t *p)
{
	uint16_t id = acpi_u16(p + 1);

	add_entry(unit, IVRS_ACPI, p, id, id)->name = acpi_name(p + 4, 8);
}

/* The end of the range that @open began; -EINVAL where it fits to nothing. */
static int end_range(struct ivrs_unit *unit, bool *open, uint16_t last, struct err *err)
{
	struct ivrs_entry *e = unit->n ? &unit->entries[unit->n - 1] : NULL;

	if (!*open)
		return err_set(err, -EINVAL, "the end of a range that did not begin");
	*open = false;
	if (last < e->first)
		return err_set(err, -EINVAL, "a range from %#x back to %#x", e->first, last);
	e->last = last;
	return 0;
}

static int take_entry(struct ivrs_unit *unit, const uint8_t *p, bool *open, struct err *err)
{
	uint16_t id = acpi_u16(p + 1);

	if (*open && p[0] != ENTRY_END && p[0] != ENTRY_PAD)
		return err_set(err, -EINVAL, "a range that begins at %#x does not end",
		        unit->entries[unit->n - 1].first);
	switch (p[0]) {
	case ENTRY_ALL:
		add_entry(unit, IVRS_DEVICES, p, 0, UINT16_MAX);
		break;
	case ENTRY_SELECT:
	case ENTRY_EXT_SELECT:
		add_entry(unit, IVRS_DEVICES, p, id, id);
		break;
	case ENTRY_RANGE:
	case ENTRY_EXT_RANGE:
		add_entry(unit, IVRS_DEVICES, p, id, id);
		*open = true;
		break;
	case ENTRY_ALIAS:
	case ENTRY_ALIAS_RANGE:
		add_entry(unit, IVRS_ALIAS, p, id, id)->alias = acpi_u16(p + 5);
		*open = p[0] == ENTRY_ALIAS_RANGE;
		break;
	case ENTRY_END:
		return end_range(unit, open, id, err);
	case ENTRY_SPECIAL:
		add_special(unit, p);
		break;
	case ENTRY_ACPI:
		add_acpi(unit, p);
		break;
	}
	return 0; /* others are reserved: they have a length and no meaning */
}

static int take_entries(struct ivrs_unit *unit, const uint8_t *p, size_t left, struct err *err)
{
	bool open = false;

	while (left) {
		size_t length = entry_length(p, left);
		int r;

		if (!length || length > left)
			return err_set(err, -EINVAL,
			        "a device entry of type %#04x that does not fit into the %zu "
			        "bytes left",
			        p[0], left);
		r = take_entry(unit, p, &open, err);
		if (r < 0)
			return r;
		p += length;
		left -= length;
	}
	return open ? err_set(err, -EINVAL, "its last range does not end") : 0;
}

/* --- blocks --- */

static int take_unit(const uint8_t *p, size_t length, struct ivrs *out, struct err *err)
{
	size_t fixed = p[0] == 0x10 ? 24 : 40;
	struct ivrs_unit unit = {.type = p[0], .flags = p[1]};
	int r;

	if (length < fixed)
		return err_set(err, -EINVAL, "an IVHD of %zu bytes, at least %zu are needed",
		        length, fixed);
	unit.id = acpi_u16(p + 4);
	unit.base = acpi_u64(p + 8);
	unit.segment = acpi_u16(p + 16);
	unit.info = acpi_u16(p + 18);
	unit.attributes = acpi_u32(p + 20);
	if (fixed == 40) {
		unit.efr = acpi_u64(p + 24);
		unit.efr2 = acpi_u64(p + 32);
	}
	r = take_entries(&unit, p + fixed, length - fixed, err);
	/* An IOMMU counts even where its list of devices is cut. */
	*list_append(out->units, out->n_units) = unit;
	return r < 0 ? err_prefix(err, "in an IVHD of type %xh", p[0]), r : 0;
}

static int take_memory(const uint8_t *p, size_t length, struct ivrs *out, struct err *err)
{
	struct ivrs_memory memory = {.flags = p[1], .all = p[0] == MEMORY_ALL};

	if (length < 32)
		return err_set(err, -EINVAL, "an IVMD of %zu bytes, 32 are needed", length);
	memory.first = acpi_u16(p + 4);
	memory.last = p[0] == MEMORY_RANGE ? acpi_u16(p + 6) : memory.first;
	memory.segment = acpi_u16(p + 8);
	memory.base = acpi_u64(p + 16);
	memory.size = acpi_u64(p + 24);
	if (memory.last < memory.first)
		return err_set(err, -EINVAL, "an IVMD for devices from %#x back to %#x",
		        memory.first, memory.last);
	*list_append(out->memory, out->n_memory) = memory;
	return 0;
}

/* Returns the length of the block at @p, or -EINVAL. */
static int take_block(const uint8_t *p, size_t left, struct ivrs *out, struct err *err)
{
	size_t length = left < 4 ? 0 : acpi_u16(p + 2);
	int r = 0;

	if (left < 4)
		return err_set(err, -EINVAL, "%zu bytes follow the last block", left);
	if (length < 4 || length > left)
		return err_set(err, -EINVAL, "a block of type %xh and %zu bytes where %zu are left",
		        p[0], length, left);
	if (p[0] == 0x10 || p[0] == 0x11 || p[0] == 0x40)
		r = take_unit(p, length, out, err);
	else if (p[0] >= MEMORY_ALL && p[0] <= MEMORY_RANGE)
		r = take_memory(p, length, out, err);
	return r < 0 ? r : (int)length;
}

int ivrs_parse(const void *bytes, size_t size, struct ivrs *out, struct err *err)
{
	const uint8_t *p = bytes;
	size_t length;
	int fault = acpi_table_check(p, size, "IVRS", HEADER, &length, err);

	*out = (struct ivrs){0};
	if (!length)
		return fault;
	out->readable = true;
	out->info = acpi_u32(p + 36);
	for (size_t at = HEADER; at < length;) {
		int n = take_block(p + at, length - at, out, err);

		if (n < 0)
			return err_prefix(err, "byte %zu", at), n;
		at += (size_t)n;
	}
	return fault;
}

void ivrs_finish(struct ivrs *ivrs)
{
	for (size_t i = 0; i < ivrs->n_units; i++) {
		for (size_t k = 0; k < ivrs->units[i].n; k++)
			free(ivrs->units[i].entries[k].name);
		free(ivrs->units[i].entries);
	}
	free(ivrs->units);
	free(ivrs->memory);
	*ivrs = (struct ivrs){0};
}

/* --- which devices --- */

struct pci_addr ivrs_address(uint16_t segment, uint16_t id)
{
	return (struct pci_addr){
	        segment, (uint8_t)(id >> 8), (uint8_t)(id >> 3 & 0x1f), (uint8_t)(id & 7)};
}

static uint16_t id_of(struct pci_addr a)
{
	return (uint16_t)(a.bus << 8 | a.device << 3 | a.function);
}

/* Linux: get_highest_supported_ivhd_type() in drivers/iommu/amd/init.c. */
uint8_t ivrs_type_used(const struct ivrs *ivrs)
{
	uint8_t type = 0;

	for (size_t i = 0; i < ivrs->n_units; i++) {
		if (ivrs->units[i].id == ivrs->units[0].id)
			type = ivrs->units[i].type;
	}
	return type;
}

static bool unit_names(const struct ivrs_unit *unit, uint16_t id)
{
	for (size_t i = 0; i < unit->n; i++) {
		const struct ivrs_entry *e = &unit->entries[i];

		if ((e->type == IVRS_DEVICES || e->type == IVRS_ALIAS) && id >= e->first &&
		        id <= e->last)
			return true;
	}
	return false;
}

const struct ivrs_unit *ivrs_unit_of(const struct ivrs *ivrs, const struct pci *pci, size_t index)
{
	struct pci_addr a = pci->list[index].addr;
	uint8_t type = ivrs_type_used(ivrs);

	for (size_t i = 0; i < ivrs->n_units; i++) {
		const struct ivrs_unit *unit = &ivrs->units[i];

		if (unit->type == type && unit->segment == a.domain && unit_names(unit, id_of(a)))
			return unit;
	}
	return NULL;
}

bool ivrs_memory_names(const struct ivrs_memory *memory, const struct pci_device *d)
{
	uint16_t id = id_of(d->addr);

	if (memory->segment != d->addr.domain)
		return false;
	return memory->all || (id >= memory->first && id <= memory->last);
}
