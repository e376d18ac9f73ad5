/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IVRS tables as firmware may write them: any bytes are read or refused with a reason, and every block can be asked
 * about every device. The checksum is put right half of the time, as no chance would ever find it.
 */
#include "host/ivrs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void seal(uint8_t *bytes, size_t size)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < 4; i++)
		bytes[4 + i] = (uint8_t)(size >> 8 * i);
	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + bytes[i]);
	bytes[9] = (uint8_t)(bytes[9] - sum);
}

static void ask(const struct ivrs *ivrs, const struct pci *pci)
{
	for (size_t i = 0; i < pci->n; i++) {
		const struct ivrs_unit *unit = ivrs_unit_of(ivrs, pci, i);

		if (unit && unit->type != ivrs_type_used(ivrs))
			abort();
		for (size_t k = 0; k < ivrs->n_memory; k++)
			ivrs_memory_names(&ivrs->memory[k], &pci->list[i]);
	}
	for (size_t i = 0; i < ivrs->n_units; i++) {
		for (size_t k = 0; k < ivrs->units[i].n; k++) {
			const struct ivrs_entry *e = &ivrs->units[i].entries[k];

			if (e->last < e->first || (e->type == IVRS_ACPI) != (e->name != NULL))
				abort();
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pci_device devices[] = {
	        {.addr = {0, 1, 0, 0}}, {.addr = {0, 0, 2, 0}}, {.addr = {1, 0xff, 31, 7}}};
	const struct pci pci = {.list = devices, .n = ARRAY_SIZE(devices)};
	cleanup_free uint8_t *bytes = xcalloc(size + 1, 1);
	struct err err = {0};
	struct ivrs ivrs;

	memcpy(bytes, data, size);
	if (size >= 36 && size & 1)
		seal(bytes, size);
	if (ivrs_parse(bytes, size, &ivrs, &err) < 0 && !err.message[0])
		abort();
	ask(&ivrs, &pci);
	ivrs_finish(&ivrs);
	return 0;
}
