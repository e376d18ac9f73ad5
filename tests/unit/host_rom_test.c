/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ROMs: their images, what must not be believed, the firmware's copies, and what a capture keeps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "rom_bytes.h"

static void test_two_images(void **state)
{
	unsigned char bytes[3 * BLOCK] = {0};
	struct rom rom;

	(void)state;
	put_image(bytes, ROM_CODE_X86, false);
	put_image(bytes + BLOCK, ROM_CODE_UEFI, true);
	put_image(bytes + 2 * BLOCK, ROM_CODE_X86, true); /* after the last one: not looked at */
	assert_int_equal(rom_parse(bytes, sizeof(bytes), &rom, NULL), 0);
	assert_int_equal(rom.n, 2);
	assert_true(rom.complete);
	assert_ptr_equal(rom_find_x86(&rom), &rom.list[0]);
	assert_ptr_equal(rom_find_uefi(&rom, 0x1002), &rom.list[1]);
	assert_null(rom_find_uefi(&rom, 0x10de));
	assert_int_equal(rom.list[1].offset, BLOCK);
	assert_int_equal(rom.list[1].length, BLOCK);
	assert_int_equal(rom.list[1].device, 0x73bf);
	rom_finish(&rom);
}

static void test_foreign_machine(void **state)
{
	unsigned char bytes[BLOCK] = {0};
	struct rom rom;

	(void)state;
	put_image(bytes, ROM_CODE_UEFI, true);
	put16(bytes + 0xa, 0xaa64);
	assert_int_equal(rom_parse(bytes, sizeof(bytes), &rom, NULL), 0);
	assert_null(rom_find_uefi(&rom, 0x1002));
	rom_finish(&rom);
}

/* Tools of NVIDIA put a header of their own before it. */
static void test_leading_header(void **state)
{
	unsigned char bytes[3 * BLOCK] = "NVGI";
	struct rom rom;

	(void)state;
	put_image(bytes + 2 * BLOCK, ROM_CODE_X86, true);
	assert_int_equal(rom_parse(bytes, sizeof(bytes), &rom, NULL), 0);
	assert_int_equal(rom.n, 1);
	assert_int_equal(rom.list[0].offset, 2 * BLOCK);
	rom_finish(&rom);
}

/* A copy that was cut: what is there counts, but it proves nothing about what is missing. */
static void test_cut(void **state)
{
	unsigned char bytes[2 * BLOCK] = {0};
	struct rom rom;

	(void)state;
	put_image(bytes, ROM_CODE_X86, false);
	put16(bytes + 0x2c, 0xffff);
	assert_int_equal(rom_parse(bytes, sizeof(bytes), &rom, NULL), 0);
	assert_int_equal(rom.n, 1);
	assert_int_equal(rom.list[0].length, sizeof(bytes));
	assert_int_equal(rom.list[0].said, 0xffff * BLOCK);
	assert_false(rom.complete);
	rom_finish(&rom);
}

/* Revision 3 of the data structure may point to a list of more devices, which ends with 0. */
static void test_list_of_devices(void **state)
{
	unsigned char bytes[BLOCK] = {0};
	struct rom rom;

	(void)state;
	put_image(bytes, ROM_CODE_UEFI, true);
	put16(bytes + 0x1c + 8, 0x20);
	put16(bytes + 0x1c + 0x20, 0x73a5);
	put16(bytes + 0x1c + 0x22, 0x73af);
	put16(bytes + 0x1c + 0x26, 0x73ff); /* after the end */
	assert_int_equal(rom_parse(bytes, sizeof(bytes), &rom, NULL), 0);
	assert_true(rom_image_is_for(bytes, sizeof(bytes), &rom.list[0], 0x1002, 0x73bf));
	assert_false(rom_image_is_for(bytes, sizeof(bytes), &rom.list[0], 0x1002, 0x73af));
	bytes[0x1c + 0xc] = 3;
	assert_true(rom_image_is_for(bytes, sizeof(bytes), &rom.list[0], 0x1002, 0x73af));
	assert_false(rom_image_is_for(bytes, sizeof(bytes), &rom.list[0], 0x1002, 0x73ff));
	assert_false(rom_image_is_for(bytes, sizeof(bytes), &rom.list[0], 0x10de, 0x73af));
	put16(bytes + 0x1c + 8, 0xfffe); /* outside */
	assert_false(rom_image_is_for(bytes, sizeof(bytes), &rom.list[0], 0x1002, 0x73af));
	rom_finish(&rom);
}

/* Its header says over how much of the image; where that cannot be, it is all of it. */
static void test_checksum(void **state)
{
	unsigned char bytes[3 * BLOCK] = {0};
	struct rom rom;
	uint8_t sum;

	(void)state;
	put_image(bytes, ROM_CODE_X86, true);
	put16(bytes + 0x2c, 3);
	bytes[2] = 2;
	bytes[2 * BLOCK] = 7; /* beyond */
	assert_int_equal(rom_parse(bytes, sizeof(bytes), &rom, NULL), 0);
	sum = rom_image_sum(bytes, sizeof(bytes), &rom.list[0]);
	bytes[BLOCK - 1] = (unsigned char)-sum;
	assert_int_equal(rom_image_sum(bytes, sizeof(bytes), &rom.list[0]), 0);
	bytes[2] = 0xff;
	assert_int_not_equal(rom_image_sum(bytes, sizeof(bytes), &rom.list[0]), 0);
	rom_finish(&rom);
}

static void test_garbage(void **state)
{
	unsigned char bytes[BLOCK] = {0};
	struct err err = {0};
	struct rom rom;

	(void)state;
	assert_int_equal(rom_parse(bytes, 0, &rom, NULL), -EINVAL);
	assert_int_equal(rom_parse(bytes, sizeof(bytes), &rom, &err), -EINVAL);
	assert_non_null(strstr(err.message, "512 bytes"));
	put_image(bytes, ROM_CODE_X86, true);
	put16(bytes + 0x2c, 0); /* an image of no length would never end */
	assert_int_equal(rom_parse(bytes, sizeof(bytes), &rom, NULL), -EINVAL);
	put16(bytes + 0x2c, 1);
	put16(bytes + 0x18, 0xfff0); /* the data structure outside */
	assert_int_equal(rom_parse(bytes, sizeof(bytes), &rom, NULL), -EINVAL);
	put16(bytes + 0x18, 0x0002); /* inside the header */
	assert_int_equal(rom_parse(bytes, sizeof(bytes), &rom, NULL), -EINVAL);
	assert_int_equal(rom.n, 0);
}

static void test_capture_keeps_headers(void **state)
{
	unsigned char bytes[2 * BLOCK];
	struct rom rom;

	(void)state;
	memset(bytes, 0x90, sizeof(bytes));
	put_image(bytes, ROM_CODE_X86, false);
	put_image(bytes + BLOCK, ROM_CODE_UEFI, true);
	bytes[4] = 0x12;
	rom_blank(bytes, sizeof(bytes));
	assert_int_equal(bytes[0x60], 0);
	assert_int_equal(bytes[2 * BLOCK - 1], 0);
	assert_int_equal(rom_parse(bytes, sizeof(bytes), &rom, NULL), 0);
	assert_int_equal(rom.n, 2);
	assert_non_null(rom_find_uefi(&rom, 0x1002));
	rom_finish(&rom);
	memset(bytes, 0x90, sizeof(bytes));
	rom_blank(bytes, sizeof(bytes));
	assert_int_equal(bytes[0], 0); /* no ROM: nothing is kept */
}

static void test_firmware_copies(void **state)
{
	unsigned char table[76 + 2 * (28 + BLOCK)] = "VFCT";
	struct rom_copy copy;
	size_t at = 0;

	(void)state;
	table[52] = 76;
	for (size_t i = 0; i < 2; i++) {
		unsigned char *header = table + 76 + i * (28 + BLOCK);

		header[0] = (unsigned char)(3 + i);
		put16(header + 12, 0x1002);
		put16(header + 14, 0x73bf);
		put16(header + 24, BLOCK);
	}
	assert_true(rom_next_vfct(table, sizeof(table), &at, &copy));
	assert_int_equal(copy.bus, 3);
	assert_int_equal(copy.vendor, 0x1002);
	assert_int_equal(copy.offset, 76 + 28);
	assert_int_equal(copy.size, BLOCK);
	assert_true(rom_next_vfct(table, sizeof(table), &at, &copy));
	assert_int_equal(copy.bus, 4);
	assert_false(rom_next_vfct(table, sizeof(table), &at, &copy));
	at = 0;
	assert_false(rom_next_vfct(table, sizeof(table) - BLOCK - 30, &at, &copy) &&
	             rom_next_vfct(table, sizeof(table) - BLOCK - 30, &at, &copy));
	at = 0;
	table[52] = 3; /* inside its own header */
	assert_false(rom_next_vfct(table, sizeof(table), &at, &copy));
	assert_false(rom_next_vfct("VFC", 3, &at, &copy));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_two_images),
	        cmocka_unit_test(test_foreign_machine),
	        cmocka_unit_test(test_leading_header),
	        cmocka_unit_test(test_cut),
	        cmocka_unit_test(test_list_of_devices),
	        cmocka_unit_test(test_checksum),
	        cmocka_unit_test(test_garbage),
	        cmocka_unit_test(test_capture_keeps_headers),
	        cmocka_unit_test(test_firmware_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
