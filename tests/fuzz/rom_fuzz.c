/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ROMs and VFCT tables from a stranger: whatever the bytes, every image lies inside them, and what a capture keeps
 * reads the same.
 * clang -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -Iappliance tests/fuzz/rom_fuzz.c appliance/host/rom*.c
 *	and of appliance/base what it needs; tests/fuzz/rom/ holds a seed
 */
#include "host/rom_file.h"

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

static void expect_judged(const uint8_t *bytes, size_t size)
{
	const struct rom_need need = {
	        .card = true, .vendor = 0x1002, .device = 0x73bf, .bios = size & 1};
	struct err err = {0};

	if (rom_file_judge("a.rom", bytes, size, &need, NULL, &err) < 0 &&
	        (!err.message[0] || !err.code[0]))
		abort();
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
	for (size_t i = 0; i < rom.n; i++) {
		rom_image_is_for(copy, size, &rom.list[i], 0x1002, 0x73bf);
		rom_image_sum(copy, size, &rom.list[i]);
	}
	rom_find_uefi(&rom, 0x1002);
	expect_judged(copy, size);
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
