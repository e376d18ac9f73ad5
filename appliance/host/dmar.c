/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/dmar.h"
#include "host/acpi.h"

#include <errno.h>

#define HEADER       48 /* ACPI's, host address width, flags, 10 reserved bytes */
#define SCOPE_HEADER 6

/* By the number in the table (8.2): bytes before the device scopes, and whether any follow. */
static const struct layout {
	const char *name;
	uint8_t fixed;
	bool scopes;
} layouts[] = {
        [DMAR_DRHD] = {"DRHD", 16, true},
        [DMAR_RMRR] = {"RMRR", 24, true},
        [DMAR_ATSR] = {"ATSR", 8, true},
        [DMAR_RHSA] = {"RHSA", 20, false},
        [DMAR_ANDD] = {"ANDD", 8, false},
        [DMAR_SATC] = {"SATC", 8, true},
        [DMAR_UNKNOWN] = {"structure", 4, false},
};

/* --- the table --- */

static int take_scope(const uint8_t *p, size_t left, struct dmar_entry *entry, struct err *err)
{
	struct dmar_scope scope = {0};
	size_t length = left < SCOPE_HEADER ? 0 : p[1];

	if (length < SCOPE_HEADER || length > left)
		return err_set(err, -EINVAL, "a device scope of %zu bytes where %zu are left",
		        left < 2 ? left : p[1], left);
	scope = (struct dmar_scope){.type = p[0], .id = p[4], .bus = p[5]};
	if (length == SCOPE_HEADER || length % 2 || (length - SCOPE_HEADER) / 2 > DMAR_PATH_MAX)
		return err_set(err, -EINVAL, "a device scope whose path has %zu bytes",
		        length - SCOPE_HEADER);
	for (size_t at = SCOPE_HEADER; at < length; at += 2) {
		scope.path[scope.n].device = p[at];
		scope.path[scope.n++].function = p[at + 1];
	}
	*list_append(entry->scopes, entry->n) = scope;
	return (int)length;
}

static int take_scopes(const uint8_t *p, size_t left, struct dmar_entry *entry, struct err *err)
{
	while (left) {
		int length = take_scope(p, left, entry, err);

		if (length < 0)
			return length;
		p += length;
		left -= (size_t)length;
	}
	return 0;
}

/* The fields before the scopes; @length is at least what the layout says. */
static void take_fields(const uint8_t *p, size_t length, struct dmar_entry *e)
{
	switch (e->type) {
	case DMAR_DRHD:
		e->flags = p[4];
		e->segment = acpi_u16(p + 6);
		e->base = acpi_u64(p + 8);
		break;
	case DMAR_RMRR:
		e->segment = acpi_u16(p + 6);
		e->base = acpi_u64(p + 8);
		e->limit = acpi_u64(p + 16);
		break;
	case DMAR_ATSR:
	case DMAR_SATC:
		e->flags = p[4];
		e->segment = acpi_u16(p + 6);
		break;
	case DMAR_RHSA:
		e->base = acpi_u64(p + 8);
		e->number = acpi_u32(p + 16);
		break;
	case DMAR_ANDD:
		e->number = p[7];
		e->name = acpi_name(p + 8, length - 8);
		break;
	case DMAR_UNKNOWN:
		e->number = acpi_u16(p);
		break;
	}
}

/* What the kernel calls a broken BIOS (drivers/iommu/intel), though the table can be read on. */
static int judge_addresses(const struct dmar_entry *e, struct err *err)
{
	if (e->type == DMAR_DRHD && (e->base == 0 || e->base == UINT64_MAX))
		return err_set(err, -EBADMSG, "a unit's address is %s", e->base ? "all ones" : "0");
	if (e->type == DMAR_RMRR && e->limit < e->base)
		return err_set(err, -EBADMSG, "an RMRR ends before it begins");
	return 0;
}

/* Adds the structure at @p and returns its length, or -EINVAL. */
static int take_entry(const uint8_t *p, size_t left, struct dmar *out, struct err *err)
{
	size_t length = left < 4 ? 0 : acpi_u16(p + 2);
	struct dmar_entry e = {.type = DMAR_UNKNOWN};
	const struct layout *layout;
	int r = 0;

	if (left < 4)
		return err_set(err, -EINVAL, "%zu bytes follow the last structure", left);
	if (acpi_u16(p) < DMAR_UNKNOWN)
		e.type = (enum dmar_type)acpi_u16(p);
	layout = &layouts[e.type];
	if (length < layout->fixed)
		return err_set(err, -EINVAL, "a %s of %zu bytes, at least %u are needed",
		        layout->name, length, layout->fixed);
	if (length > left)
		return err_set(err, -EINVAL, "a %s of %zu bytes where %zu are left", layout->name,
		        length, left);
	take_fields(p, length, &e);
	if (layout->scopes)
		r = take_scopes(p + layout->fixed, length - layout->fixed, &e, err);
	if (r < 0)
		err_prefix(err, "in a %s", layout->name);
	/* A unit counts even where its list of devices is cut. */
	*list_append(out->list, out->n) = e;
	return r < 0 ? r : (int)length;
}

int dmar_parse(const void *bytes, size_t size, struct dmar *out, struct err *err)
{
	const uint8_t *p = bytes;
	size_t length;
	int fault = acpi_table_check(p, size, "DMAR", HEADER, &length, err);

	*out = (struct dmar){0};
	if (!length)
		return fault;
	out->address_bits = p[36] + 1u;
	out->flags = p[37];
	for (size_t at = HEADER; at < length;) {
		int n = take_entry(p + at, length - at, out, err);

		if (n < 0)
			return err_prefix(err, "byte %zu", at), n;
		if (!fault)
			fault = judge_addresses(&out->list[out->n - 1], err);
		at += (size_t)n;
	}
	return fault;
}

void dmar_finish(struct dmar *dmar)
{
	for (size_t i = 0; i < dmar->n; i++) {
		free(dmar->list[i].name);
		free(dmar->list[i].scopes);
	}
	free(dmar->list);
	*dmar = (struct dmar){0};
}

/* --- which devices --- */

static bool sits_at(const struct pci_device *d, unsigned device, unsigned function)
{
	return d->addr.device == device && d->addr.function == function;
}

static int find_start(const struct dmar_scope *scope, uint16_t segment, const struct pci *pci)
{
	for (size_t i = 0; i < pci->n; i++) {
		const struct pci_device *d = &pci->list[i];

		if (d->addr.domain == segment && d->addr.bus == scope->bus &&
		        sits_at(d, scope->path[0].device, scope->path[0].function))
			return (int)i;
	}
	return -1;
}

static int find_child(const struct pci *pci, int parent, unsigned device, unsigned function)
{
	for (size_t i = 0; i < pci->n; i++) {
		if (pci->list[i].parent == parent && sits_at(&pci->list[i], device, function))
			return (int)i;
	}
	return -1;
}

int dmar_scope_find(const struct dmar_scope *scope, uint16_t segment, const struct pci *pci)
{
	int at;

	if (scope->type != DMAR_SCOPE_ENDPOINT && scope->type != DMAR_SCOPE_BRIDGE)
		return -1;
	at = find_start(scope, segment, pci);
	for (unsigned i = 1; at >= 0 && i < scope->n; i++)
		at = find_child(pci, at, scope->path[i].device, scope->path[i].function);
	return at;
}

static bool scope_holds(
        const struct dmar_scope *scope, uint16_t segment, const struct pci *pci, size_t index)
{
	int found = dmar_scope_find(scope, segment, pci);
	int at = (int)index;

	/* A parent comes before its children in a sane tree; a broken one must not make a loop. */
	for (size_t steps = 0; found >= 0 && at >= 0 && steps <= pci->n; steps++) {
		if (at == found)
			return true;
		if (scope->type != DMAR_SCOPE_BRIDGE)
			return false;
		at = pci->list[at].parent;
	}
	return false;
}

bool dmar_entry_names(const struct dmar_entry *entry, const struct pci *pci, size_t index)
{
	for (size_t i = 0; i < entry->n; i++) {
		if (scope_holds(&entry->scopes[i], entry->segment, pci, index))
			return true;
	}
	return false;
}

/* Linux: device_lookup_iommu() in drivers/iommu/intel/iommu.c goes through the units in this order. */
const struct dmar_entry *dmar_unit_of(const struct dmar *dmar, const struct pci *pci, size_t index)
{
	for (size_t i = 0; i < dmar->n; i++) {
		const struct dmar_entry *e = &dmar->list[i];

		if (e->type != DMAR_DRHD || e->segment != pci->list[index].addr.domain)
			continue;
		if (e->flags & 1 || dmar_entry_names(e, pci, index))
			return e;
	}
	return NULL;
}
