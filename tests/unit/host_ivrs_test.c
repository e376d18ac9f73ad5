/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IVRS table: what is in it, which devices it means, and what is wrong with a broken one. */
#include "host/ivrs.h"
#include "acpi_bytes.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* type flags length id cap base segment info features, then 00:00.3 to ff:1f.6, IOAPICs 33 and 34 */
#define TYPE_10                                            \
	"10 b0 30 00 02 00 40 00 00 00 b8 fe 00 00 00 00 " \
	"00 00 00 00 6e 8f 04 80 "                         \
	"03 03 00 00 04 fe ff 00 "                         \
	"48 00 00 d7 21 a0 00 01 48 00 00 00 22 01 00 01"
#define TYPE_11                                            \
	"11 b0 3c 00 02 00 40 00 00 00 b8 fe 00 00 00 00 " \
	"00 00 00 00 00 02 04 00 de 4a 29 22 ef 77 8f 05 " \
	"00 00 00 00 00 00 00 00 "                         \
	"03 03 00 00 04 fe ff 00 42 00 07 00 00 00 05 00 00 00 00 00"
#define ACPI_DEVICE                                                                            \
	"40 b0 48 00 02 00 40 00 00 00 b8 fe 00 00 00 00 "                                     \
	"00 00 00 00 00 02 04 00 de 4a 29 22 ef 77 8f 05 "                                     \
	"00 00 00 00 00 00 00 00 "                                                             \
	"f0 a5 00 40 41 4d 44 49 30 30 34 30 00 00 00 00 00 00 00 00 02 06 5c 5f 53 42 2e 41 " \
	"02 08 00 00"
#define MEMORY                                             \
	"22 07 20 00 a0 00 a7 00 00 00 00 00 00 00 00 00 " \
	"00 00 d0 2d 00 00 00 00 00 00 10 00 00 00 00 00"

static void build(struct acpi_bytes *b, const char *blocks)
{
	acpi_start(b, "IVRS");
	acpi_hex(b, "41 30 20 0 0 0 0 0 0 0 0 0");
	acpi_hex(b, blocks);
	acpi_seal(b);
}

static void reads_what_desktops_have(void **state)
{
	struct err err = {0};
	struct acpi_bytes b;
	struct ivrs ivrs;

	(void)state;
	build(&b, TYPE_10 " " TYPE_11 " " ACPI_DEVICE " " MEMORY);
	if (ivrs_parse(b.at, b.n, &ivrs, &err) < 0)
		fail_msg("%s", err.message);
	assert_true(ivrs.readable);
	assert_true(ivrs.info & IVRS_EFR_SUPPORTED);
	assert_int_equal(ivrs.n_units, 3);
	assert_int_equal(ivrs.units[0].id, 2);
	assert_int_equal(ivrs.units[0].base, 0xfeb80000);
	assert_int_equal(ivrs.units[0].attributes, 0x80048f6e);
	assert_int_equal(ivrs.units[0].n, 3);
	assert_int_equal(ivrs.units[0].entries[0].first, 3);
	assert_int_equal(ivrs.units[0].entries[0].last, 0xfffe);
	assert_int_equal(ivrs.units[0].entries[1].type, IVRS_SPECIAL);
	assert_int_equal(ivrs.units[0].entries[1].kind, IVRS_KIND_IOAPIC);
	assert_int_equal(ivrs.units[0].entries[1].handle, 0x21);
	assert_int_equal(ivrs.units[0].entries[1].first, 0xa0);
	assert_int_equal(ivrs.units[1].efr, 0x058f77ef22294ade);
	assert_int_equal(ivrs.units[1].entries[1].type, IVRS_ALIAS);
	assert_int_equal(ivrs.units[1].entries[1].alias, 0x500);
	assert_int_equal(ivrs.units[2].entries[0].type, IVRS_ACPI);
	assert_string_equal(ivrs.units[2].entries[0].name, "AMDI0040");
	assert_int_equal(ivrs.units[2].entries[1].first, 8);
	assert_int_equal(ivrs_type_used(&ivrs), 0x40);
	assert_int_equal(ivrs.n_memory, 1);
	assert_int_equal(ivrs.memory[0].base, 0x2dd00000);
	assert_int_equal(ivrs.memory[0].size, 0x100000);
	ivrs_finish(&ivrs);
}

static void names_the_fault(void **state)
{
#define FIXED "10 b0 %s 00 02 00 40 00 00 00 b8 fe 00 00 00 00 00 00 00 00 6e 8f 04 80 "
	static const struct {
		const char *length, *entries;
		const char *says;
		size_t kept;
	} cases[] = {
	        {"18", "", "", 1},
	        {"17", "", "an IVHD of 23 bytes", 0},
	        {"00", "", "a block of type 10h and 0 bytes", 0},
	        {"19", "", "a block of type 10h and 25 bytes where 24 are left", 0},
	        {"18", "00 00", "byte 72: 2 bytes follow", 1},
	        {"18", "00 00 00 00", "a block of type 0h and 0 bytes", 1},
	        {"1a", "02 08", "a device entry of type 0x02 that does not fit", 1},
	        {"1c", "f0 00 00 00", "a device entry of type 0xf0", 1},
	        {"1c", "80 00 00 00", "a device entry of type 0x80", 1},
	        {"1c", "48 00 00 00", "a device entry of type 0x48", 1},
	        {"1c", "04 08 00 00", "the end of a range that did not begin", 1},
	        {"1c", "03 08 00 00", "its last range does not end", 1},
	        {"20", "03 08 00 00 02 09 00 00", "a range that begins at 0x8 does not end", 1},
	        {"20", "03 08 00 00 04 07 00 00", "a range from 0x8 back to 0x7", 1},
	        {"24", "03 08 00 00 00 00 00 00 04 0f 00 00", "", 1},
	        {"18", "20 00 1f 00", "a block of type 20h and 31 bytes where 4", 1},
	        {"18", "20 00 04 00", "an IVMD of 4 bytes", 1},
	        {"18", "7f 00 04 00", "", 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *text = xasprintf(FIXED "%s", cases[i].length, cases[i].entries);
		struct err err = {0};
		struct acpi_bytes b;
		struct ivrs ivrs;
		int r;

		build(&b, text);
		r = ivrs_parse(b.at, b.n, &ivrs, &err);
		if (r != (*cases[i].says ? -EINVAL : 0) || !strstr(err.message, cases[i].says) ||
		        ivrs.n_units != cases[i].kept)
			fail_msg("case %zu: %d %s, %zu units", i, r, err.message, ivrs.n_units);
		ivrs_finish(&ivrs);
	}
}

static void survives_damage(void **state)
{
	struct acpi_bytes b;
	struct ivrs ivrs;

	(void)state;
	build(&b, TYPE_10 " " TYPE_11 " " ACPI_DEVICE " " MEMORY);
	for (size_t n = 0; n < b.n; n++) {
		cleanup_free uint8_t *copy = xcalloc(n + 1, 1);

		memcpy(copy, b.at, n);
		assert_true(ivrs_parse(copy, n, &ivrs, NULL) < 0);
		ivrs_finish(&ivrs);
	}
	for (size_t at = 0; at < b.n; at++) {
		for (int value = 0; value < 256; value++) {
			uint8_t old = b.at[at];

			b.at[at] = (uint8_t)value;
			assert_true(ivrs_parse(b.at, b.n, &ivrs, NULL) < 0 || value == old);
			ivrs_finish(&ivrs);
			b.at[at] = old;
		}
	}
}

static void finds_the_unit_of_a_device(void **state)
{
	struct pci_device devices[] = {{.addr = {0, 1, 0, 0}}, {.addr = {0, 0, 0, 2}},
	        {.addr = {1, 1, 0, 0}}, {.addr = {0, 0, 0x14, 3}}};
	const struct pci pci = {.list = devices, .n = ARRAY_SIZE(devices)};
	struct acpi_bytes b;
	struct ivrs ivrs;

	(void)state;
	build(&b, TYPE_10 " " TYPE_11 " " MEMORY);
	assert_int_equal(ivrs_parse(b.at, b.n, &ivrs, NULL), 0);
	assert_int_equal(ivrs_type_used(&ivrs), 0x11);
	assert_ptr_equal(ivrs_unit_of(&ivrs, &pci, 0), &ivrs.units[1]);
	assert_null(ivrs_unit_of(&ivrs, &pci, 1)); /* the IOMMU itself */
	assert_null(ivrs_unit_of(&ivrs, &pci, 2)); /* another segment */
	assert_false(ivrs_memory_names(&ivrs.memory[0], &devices[0]));
	assert_true(ivrs_memory_names(&ivrs.memory[0], &devices[3]));
	ivrs.memory[0].all = true;
	assert_true(ivrs_memory_names(&ivrs.memory[0], &devices[0]));
	assert_false(ivrs_memory_names(&ivrs.memory[0], &devices[2]));
	ivrs_finish(&ivrs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(reads_what_desktops_have),
	        cmocka_unit_test(names_the_fault),
	        cmocka_unit_test(survives_damage),
	        cmocka_unit_test(finds_the_unit_of_a_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
