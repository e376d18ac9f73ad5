/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/iommu.h"
#include "host/attr.h"

#include <errno.h>

#define TABLES "/sys/firmware/acpi/tables"
#define UNITS  "/sys/class/iommu"
#define GROUPS "/sys/kernel/iommu_groups"

#define ECAP_INTERRUPT_REMAPPING (UINT64_C(1) << 3) /* VT-d specification 11.4.3 */

/* --- what firmware describes --- */

/* The folder may be listed by all; its tables only root may read. */
static enum iommu_table take_table(
        const struct root *root, const struct strv *tables, const char *name, uint8_t *flags)
{
	cleanup_free char *path = xasprintf(TABLES "/%s", name);
	cleanup_free char *bytes = NULL;
	size_t size = 0;

	if (!strv_has(tables, name))
		return IOMMU_TABLE_ABSENT;
	bytes = root_read_bytes(root, path, &size);
	/* 36 bytes of header, address width, flags (VT-d specification 8.1) */
	if (!bytes || size < 48 || memcmp(bytes, name, 4))
		return IOMMU_TABLE_PRESENT;
	if (flags)
		*flags = (uint8_t)bytes[37];
	return IOMMU_TABLE_READ;
}

static void take_tables(const struct root *root, struct iommu *out)
{
	struct strv tables = {0};

	root_list(root, TABLES, &tables);
	out->dmar = take_table(root, &tables, "DMAR", &out->dmar_flags);
	out->ivrs = take_table(root, &tables, "IVRS", NULL);
	strv_finish(&tables);
}

/* --- units that are alive --- */

static bool read_register(
        const struct root *root, const struct iommu_unit *unit, const char *name, uint64_t *out)
{
	cleanup_free char *text = attr_text(root, "%s/%s", unit->source, name);
	const char *last = text ? strrchr(text, ':') : NULL;

	/* AMD's `features` holds two registers since Linux 5.14, the second one first. */
	return text && parse_u64(last ? last + 1 : text, 16, UINT64_MAX, out) == 0;
}

static void take_unit(const struct root *root, const char *name, struct iommu *out)
{
	cleanup_free char *intel = xasprintf(UNITS "/%s/intel-iommu", name);
	cleanup_free char *amd = xasprintf(UNITS "/%s/amd-iommu", name);
	struct iommu_unit unit = {0};

	if (root_exists(root, intel)) {
		unit.vendor = IOMMU_INTEL;
		unit.source = take_ptr(intel);
		unit.readable = read_register(root, &unit, "cap", &unit.cap) &&
		                read_register(root, &unit, "ecap", &unit.ecap);
		unit.remapping_capable = unit.readable && unit.ecap & ECAP_INTERRUPT_REMAPPING;
	} else if (root_exists(root, amd)) {
		unit.vendor = IOMMU_AMD;
		unit.source = take_ptr(amd);
		unit.readable = read_register(root, &unit, "features", &unit.features);
	} else {
		return;
	}
	unit.name = xstrdup(name);
	*list_append(out->units, out->n_units) = unit;
}

static void take_units(const struct root *root, struct iommu *out)
{
	struct strv names = {0};

	root_list(root, UNITS, &names);
	strv_foreach (name, &names)
		take_unit(root, *name, out);
	strv_finish(&names);
}

static enum iommu_vendor vendor_of(const struct iommu *iommu)
{
	if (iommu->n_units)
		return iommu->units[0].vendor;
	if (iommu->dmar != IOMMU_TABLE_ABSENT)
		return IOMMU_INTEL;
	return iommu->ivrs != IOMMU_TABLE_ABSENT ? IOMMU_AMD : IOMMU_NONE;
}

/* --- groups --- */

static struct iommu_group *find_or_add(struct iommu *iommu, int id)
{
	struct iommu_group *group;

	for (size_t i = 0; i < iommu->n_groups; i++) {
		if (iommu->groups[i].id == id)
			return &iommu->groups[i];
	}
	group = list_append(iommu->groups, iommu->n_groups);
	group->id = id;
	return group;
}

static void add_device(struct iommu_group *group, int index)
{
	for (size_t i = 0; i < group->n; i++) {
		if (group->devices[i] == index)
			return;
	}
	*list_append(group->devices, group->n) = index;
}

/* A group that VFIO's no-IOMMU mode made keeps nothing apart. */
static bool is_pretended(const struct root *root, const char *name)
{
	cleanup_free char *maker = attr_text(root, GROUPS "/%s/name", name);

	return maker && streq(maker, "vfio-noiommu");
}

static void take_group(
        const struct root *root, const char *name, const struct pci *pci, struct iommu *out)
{
	cleanup_free char *folder = xasprintf(GROUPS "/%s/devices", name);
	struct strv members = {0};
	struct iommu_group *group;
	uint64_t id;

	if (parse_u64(name, 10, INT32_MAX, &id) < 0 || is_pretended(root, name))
		return;
	group = find_or_add(out, (int)id);
	free(group->type);
	group->type = attr_text(root, GROUPS "/%s/type", name);
	root_list(root, folder, &members);
	strv_foreach (member, &members) {
		struct pci_addr addr;
		const struct pci_device *d =
		        pci_addr_parse(*member, &addr) == 0 ? pci_find(pci, addr) : NULL;

		/* Groups may also hold platform devices. */
		if (d)
			add_device(group, (int)(d - pci->list));
	}
	strv_finish(&members);
}

static int compare_groups(const void *a, const void *b)
{
	const struct iommu_group *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static int compare_ints(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void take_groups(const struct root *root, const struct pci *pci, struct iommu *out)
{
	struct strv names = {0};

	root_list(root, GROUPS, &names);
	strv_foreach (name, &names)
		take_group(root, *name, pci, out);
	strv_finish(&names);
	/* A device's own link tells the same; a captured machine may hold only one of the two. */
	for (size_t i = 0; i < pci->n; i++) {
		if (pci->list[i].iommu_group >= 0)
			add_device(find_or_add(out, pci->list[i].iommu_group), (int)i);
	}
	for (size_t i = 0; i < out->n_groups; i++) {
		struct iommu_group *group = &out->groups[i];

		if (group->n)
			qsort(group->devices, group->n, sizeof(*group->devices), compare_ints);
	}
	if (out->n_groups)
		qsort(out->groups, out->n_groups, sizeof(*out->groups), compare_groups);
}

/* --- what the running system does --- */

static enum iommu_remapping chip_remapping(const char *chip)
{
	if (starts_with(chip, "IR-IO-APIC") || starts_with(chip, "IR-PCI-MSI"))
		return IOMMU_REMAPPING_ON;
	return starts_with(chip, "IO-APIC") ? IOMMU_REMAPPING_OFF : IOMMU_REMAPPING_UNKNOWN;
}

/* The interrupt's number and what follows its counters, one for each processor. */
static char *line_without_counters(struct strv *words, size_t chip)
{
	struct strv kept = {0};
	char *line;

	strv_add(&kept, words->list[0]);
	for (size_t i = chip; i < words->n; i++)
		strv_add(&kept, words->list[i]);
	line = strv_join(&kept, " ");
	strv_finish(&kept);
	return line;
}

static void take_interrupt(const char *line, struct iommu *out)
{
	struct strv words = {0};

	strv_split(&words, line, " \t");
	for (size_t i = 1; i < words.n; i++) {
		enum iommu_remapping told = chip_remapping(words.list[i]);

		if (told == IOMMU_REMAPPING_UNKNOWN)
			continue;
		/* One remapped interrupt says more than one that is not. */
		if (out->remapping == IOMMU_REMAPPING_UNKNOWN ||
		        (told == IOMMU_REMAPPING_ON && out->remapping == IOMMU_REMAPPING_OFF)) {
			free(out->remapping_line);
			out->remapping = told;
			out->remapping_line = line_without_counters(&words, i);
		}
		break;
	}
	strv_finish(&words);
}

static void take_remapping(const struct root *root, struct iommu *out)
{
	cleanup_free char *text = root_read(root, "/proc/interrupts");
	char *rest = text;

	if (!text)
		return;
	text_clean(text);
	for (char *line; out->remapping != IOMMU_REMAPPING_ON && (line = text_next_line(&rest));)
		take_interrupt(line, out);
}

int iommu_take(const struct root *root, const struct pci *pci, struct iommu *out, struct err *err)
{
	(void)err; /* each part may be missing: then the PC has it not */
	*out = (struct iommu){0};
	take_tables(root, out);
	take_units(root, out);
	out->vendor = vendor_of(out);
	take_groups(root, pci, out);
	take_remapping(root, out);
	return 0;
}

void iommu_finish(struct iommu *iommu)
{
	for (size_t i = 0; i < iommu->n_units; i++) {
		free(iommu->units[i].name);
		free(iommu->units[i].source);
	}
	for (size_t i = 0; i < iommu->n_groups; i++) {
		free(iommu->groups[i].type);
		free(iommu->groups[i].devices);
	}
	free(iommu->units);
	free(iommu->groups);
	free(iommu->remapping_line);
	*iommu = (struct iommu){0};
}

const struct iommu_group *iommu_find_group(const struct iommu *iommu, int id)
{
	for (size_t i = 0; i < iommu->n_groups; i++) {
		if (iommu->groups[i].id == id)
			return &iommu->groups[i];
	}
	return NULL;
}

const struct iommu_unit *iommu_lacking(const struct iommu *iommu)
{
	for (size_t i = 0; i < iommu->n_units; i++) {
		const struct iommu_unit *unit = &iommu->units[i];

		if (unit->vendor == IOMMU_INTEL && unit->readable && !unit->remapping_capable)
			return unit;
	}
	return NULL;
}
