/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DMAR tables as firmware may write them: any bytes are read or refused with a reason, and every structure can be
 * asked about every device. The checksum is put right half of the time, as no chance would ever find it.
 */
#include "host/dmar.h"

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

static void ask(const struct dmar *dmar, const struct pci *pci)
{
	for (size_t i = 0; i < dmar->n; i++) {
		const struct dmar_entry *e = &dmar->list[i];

		for (size_t k = 0; k < e->n; k++) {
			if (dmar_scope_find(&e->scopes[k], e->segment, pci) >= (int)pci->n)
				abort();
		}
	}
	for (size_t i = 0; i < pci->n; i++) {
		const struct dmar_entry *e = dmar_unit_of(dmar, pci, i);

		if (e && (e->type != DMAR_DRHD || e->segment != pci->list[i].addr.domain))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pci_device devices[] = {{.addr = {0, 0, 1, 0}, .parent = -1},
	        {.addr = {0, 1, 0, 0}, .parent = 0}, {.addr = {0, 0, 2, 0}, .parent = -1},
	        {.addr = {0, 2, 0, 1}, .parent = 4}, {.addr = {0, 3, 0, 0}, .parent = 3}};
	const struct pci pci = {.list = devices, .n = ARRAY_SIZE(devices)};
	cleanup_free uint8_t *bytes = xcalloc(size + 1, 1);
	struct err err = {0};
	struct dmar dmar;

	memcpy(bytes, data, size);
	if (size >= 36 && size & 1)
		seal(bytes, size);
	if (dmar_parse(bytes, size, &dmar, &err) < 0 && !err.message[0])
		abort();
	ask(&dmar, &pci);
	dmar_finish(&dmar);
	return 0;
}
