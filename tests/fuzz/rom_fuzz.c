/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ROMs and VFCT tables from a stranger: whatever the bytes, every image lies inside them, and what a capture keeps
 * reads the same.
 * clang -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -Iappliance tests/fuzz/rom_fuzz.c appliance/host/rom.c
 *	and of appliance/base what it needs; tests/fuzz/rom/ holds a seed
 */
#include "host/rom.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_same(const struct rom *a, const struct rom *b)
{
	if (a->n != b->n || a->complete != b->complete)
		abort();
	for (size_t i = 0; i < a->n; i++) {
		if (a->list[i].offset != b->list[i].offset ||
		        a->list[i].machine != b->list[i].machine)
			abort();
	}
}

static void try_rom(const uint8_t *data, size_t size)
{
	cleanup_free uint8_t *copy = xcalloc(size + 1, 1);
	struct rom rom, again;

	memcpy(copy, data, size);
	if (rom_parse(copy, size, &rom, NULL) < 0 && rom.n)
		abort();
	for (size_t i = 0; i < rom.n; i++) {
		if (rom.list[i].offset > size || rom.list[i].length > size - rom.list[i].offset)
			abort();
	}
	rom_find_uefi(&rom, 0x1002);
	rom_blank(copy, size);
	rom_parse(copy, size, &again, NULL);
	expect_same(&rom, &again);
	rom_finish(&rom);
	rom_finish(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rom_copy copy;
	size_t at = 0;

	try_rom(data, size);
	while (rom_next_vfct(data, size, &at, &copy)) {
		if (copy.offset > size || copy.size > size - copy.offset)
			abort();
		try_rom(data + copy.offset, copy.size);
	}
	return 0;
}
