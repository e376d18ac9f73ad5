/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/iommu.h"
#include "host/attr.h"
#include "host/iommu_parts.h"

#include <errno.h>

#define TABLES "/sys/firmware/acpi/tables"
#define GROUPS "/sys/kernel/iommu_groups"

/* --- what firmware describes --- */

/* The folder may be listed by all; its tables only root may read. NULL: @found tells why. */
static uint8_t *read_table(const struct root *root, const struct strv *tables, const char *name,
        size_t *size, enum iommu_table *found)
{
	cleanup_free char *path = xasprintf(TABLES "/%s", name);
	uint8_t *bytes = NULL;

	*found = IOMMU_TABLE_ABSENT;
	if (!strv_has(tables, name))
		return NULL;
	*found = IOMMU_TABLE_PRESENT;
	bytes = root_read_bytes(root, path, size);
	/* A capture by a user without rights has an empty file in its place. */
	if (bytes && *size == 0)
		free(take_ptr(bytes));
	return bytes;
}

static void take_dmar(const struct root *root, const struct strv *tables, struct iommu *out)
{
	size_t size = 0;
	cleanup_free uint8_t *bytes = read_table(root, tables, "DMAR", &size, &out->dmar);
	struct err err = {0};

	if (!bytes)
		return;
	if (dmar_parse(bytes, size, &out->dmar_table, &err) < 0)
		out->dmar_fault = xstrdup(err.message);
	out->dmar_flags = out->dmar_table.flags;
	if (out->dmar_table.address_bits)
		out->dmar = IOMMU_TABLE_READ;
}

static void take_ivrs(const struct root *root, const struct strv *tables, struct iommu *out)
{
	size_t size = 0;
	cleanup_free uint8_t *bytes = read_table(root, tables, "IVRS", &size, &out->ivrs);
	struct err err = {0};

	if (!bytes)
		return;
	if (ivrs_parse(bytes, size, &out->ivrs_table, &err) < 0)
		out->ivrs_fault = xstrdup(err.message);
	if (out->ivrs_table.readable)
		out->ivrs = IOMMU_TABLE_READ;
}

static void take_tables(const struct root *root, struct iommu *out)
{
	struct strv cleanup_strv tables = {0};

	root_list(root, TABLES, &tables);
	take_dmar(root, &tables, out);
	take_ivrs(root, &tables, out);
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

/* "0x00000000fee00000 0x00000000feefffff msi" */
static bool parse_region(const char *line, struct iommu_region *out)
{
	static const char *const types[] = {[IOMMU_REGION_DIRECT] = "direct",
	        [IOMMU_REGION_RELAXABLE] = "direct-relaxable",
	        [IOMMU_REGION_RESERVED] = "reserved",
	        [IOMMU_REGION_MSI] = "msi"};
	struct strv cleanup_strv words = {0};

	strv_split(&words, line, " \t");
	if (words.n != 3 || parse_u64(words.list[0], 0, UINT64_MAX, &out->first) < 0 ||
	        parse_u64(words.list[1], 0, UINT64_MAX, &out->last) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		out->type = (enum iommu_region_type)i;
		if (streq(words.list[2], types[i]))
			return true;
	}
	return false;
}

static void take_regions(const struct root *root, const char *name, struct iommu_group *group)
{
	cleanup_free char *text = root_readf(root, GROUPS "/%s/reserved_regions", name);
	struct iommu_region region;
	char *rest = text;

	for (char *line; (line = text_next_line(&rest));) {
		if (parse_region(line, &region))
			*list_append(group->regions, group->n_regions) = region;
	}
	/* Every group of a PC has the one of message-signalled interrupts: none is no answer. */
	group->regions_told = group->n_regions;
}

/* A member that is no PCI function. */
static void take_other(
        const struct root *root, const char *folder, const char *name, struct iommu_group *group)
{
	cleanup_free char *link = xasprintf("%s/%s/driver", folder, name);
	cleanup_free char *driver = root_link_name(root, link);

	if (driver)
		strv_addf(&group->driven, "%s (%s)", name, driver);
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
	take_regions(root, name, group);
	root_list(root, folder, &members);
	strv_foreach (member, &members) {
		struct pci_addr addr;
		const struct pci_device *d =
		        pci_addr_parse(*member, &addr) == 0 ? pci_find(pci, addr) : NULL;

		if (d)
			add_device(group, (int)(d - pci->list));
		else
			take_other(root, folder, *member, group);
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
	iommu_take_units(root, pci, out);
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
		free(iommu->units[i].devices);
	}
	for (size_t i = 0; i < iommu->n_groups; i++) {
		free(iommu->groups[i].type);
		strv_finish(&iommu->groups[i].driven);
		free(iommu->groups[i].devices);
		free(iommu->groups[i].regions);
	}
	dmar_finish(&iommu->dmar_table);
	ivrs_finish(&iommu->ivrs_table);
	free(iommu->dmar_fault);
	free(iommu->ivrs_fault);
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
