/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may be a card's ROM for a VM, and each reason why not, with its code and its cure. */
#include "host/rom_file.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rom_bytes.h"

static unsigned char bytes[4 * BLOCK];
static const struct rom_need card = {.card = true, .vendor = 0x1002, .device = 0x73bf};

static int setup(void **state)
{
	(void)state;
	memset(bytes, 0, sizeof(bytes));
	put_image(bytes, ROM_CODE_X86, false);
	put_sum(bytes, BLOCK);
	put_image(bytes + BLOCK, ROM_CODE_UEFI, true);
	return 0;
}

static void assert_refused(size_t size, const struct rom_need *need, enum code code,
        const char *message, const char *hint)
{
	struct err err = {0};

	assert_int_equal(
	        rom_file_judge("/a.rom", bytes, size, need, "0000:03:00.0", &err), -EINVAL);
	if (!err_is(&err, code) || !strstr(err.message, message) || !strstr(err.hint, hint))
		fail_msg("%s: %s [%s]", err.code, err.message, err.hint);
}

static void test_good(void **state)
{
	struct rom_need bios = card;

	(void)state;
	bios.bios = true;
	assert_int_equal(rom_file_judge("a", bytes, 2 * BLOCK, &card, NULL, NULL), 0);
	assert_int_equal(rom_file_judge("a", bytes, 2 * BLOCK, &bios, NULL, NULL), 0);
	/* what a flash chip holds after the last image is the maker's business */
	assert_int_equal(rom_file_judge("a", bytes, 4 * BLOCK, &card, NULL, NULL), 0);
}

static void test_other_card(void **state)
{
	struct rom_need other = card;

	(void)state;
	other.device = 0x73a5;
	assert_refused(2 * BLOCK, &other, CODE_GPU_ROM_OTHER,
	        "/a.rom is the ROM of a 1002:73bf, and the card is 1002:73a5",
	        "playthrough rom dump 0000:03:00.0");
	other.card = false; /* nobody has said which card */
	assert_int_equal(rom_file_judge("a", bytes, 2 * BLOCK, &other, NULL, NULL), 0);
}

static void test_header(void **state)
{
	(void)state;
	memmove(bytes + 2 * BLOCK, bytes, 2 * BLOCK);
	memset(bytes, 0, 2 * BLOCK);
	memcpy(bytes, "NVGI", 4);
	assert_refused(4 * BLOCK, &card, CODE_GPU_ROM_HEADER,
	        "begins with 1024 bytes of another program's header, NVGI",
	        "playthrough rom trim /a.rom");
	memcpy(bytes, "\1\2\3\4", 4);
	assert_refused(4 * BLOCK, &card, CODE_GPU_ROM_HEADER, "header, and the guest's", "trim");
}

static void test_cut(void **state)
{
	(void)state;
	put16(bytes + BLOCK + 0x2c, 9);
	assert_refused(2 * BLOCK, &card, CODE_GPU_ROM_FILE,
	        "is cut off: its image at byte 512 says that it has 4608 bytes, and the file ends "
	        "at 1024",
	        "rom dump");
}

static void test_no_rom(void **state)
{
	(void)state;
	assert_refused(0, &card, CODE_GPU_ROM_FILE, "is no ROM: 0 bytes", "rom dump");
	memset(bytes, 0xff, sizeof(bytes)); /* a card that was asleep */
	assert_refused(
	        sizeof(bytes), &card, CODE_GPU_ROM_FILE, "is no ROM: 2048 bytes", "rom dump");
}

static void test_bios(void **state)
{
	struct rom_need bios = card;

	(void)state;
	bios.bios = true;
	bytes[100] = 3;
	assert_refused(2 * BLOCK, &bios, CODE_GPU_ROM_FILE, "adds up to 03, not 00", "rom dump");
	assert_int_equal(rom_file_judge("a", bytes, 2 * BLOCK, &card, NULL, NULL), 0);
	bytes[0x30] = ROM_CODE_UEFI;
	assert_refused(2 * BLOCK, &bios, CODE_GPU_ROM_FILE, "holds no x86 image", "firmware=uefi");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(test_good, setup),
	        cmocka_unit_test_setup(test_other_card, setup),
	        cmocka_unit_test_setup(test_header, setup),
	        cmocka_unit_test_setup(test_cut, setup),
	        cmocka_unit_test_setup(test_no_rom, setup),
	        cmocka_unit_test_setup(test_bios, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
