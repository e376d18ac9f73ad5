/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What only graphics cards are asked: power, resizable BARs, BARs without an address, ROM, room above 4 GiB. */
#include "host/pci.h"
#include "machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define REBAR "/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:01.0/0000:03:00.0"

static const struct pci_device *at(const struct pci *pci, const char *text)
{
	struct pci_addr addr;
	const struct pci_device *d;

	assert_int_equal(pci_addr_parse(text, &addr), 0);
	d = pci_find(pci, addr);
	assert_non_null(d);
	return d;
}

static void take(const char *name, struct machine *m, struct pci *pci)
{
	machine_open(m, name);
	assert_int_equal(pci_take(&m->root, pci, NULL), 0);
}

static void put_bytes(
        const struct machine *m, const char *path, const unsigned char *bytes, size_t size)
{
	cleanup_free char *full = NULL;

	machine_write(m, path, "");
	full = root_full_path(&m->root, path);
	machine_put(full, bytes, size);
}

static void test_resizable(void **state)
{
	const struct pci_device *d;
	struct machine m;
	struct pci pci;

	(void)state;
	take("gpu-rebar", &m, &pci);
	d = at(&pci, "03:00.0");
	assert_int_equal(d->bar[2].sizes, 0x7f00);
	assert_int_equal(d->bar[2].size, UINT64_C(16) << 30);
	assert_true(d->bar[2].unset);
	assert_false(d->bar[0].unset);
	assert_int_equal(d->bar[0].sizes, 0);
	assert_string_equal(pci.room_above_4g, "");
	assert_string_equal(d->power_state, "D0");
	assert_null(d->runtime_status);
	assert_false(d->silent);
	pci_finish(&pci);
	machine_close(&m);
}

/* Before Linux 5.19, and for root alone: the capability itself. BAR 0: 256 MiB to 1 GiB; BAR 2: 2 MiB. */
static void test_resizable_from_config(void **state)
{
	static const unsigned char config[0x200] = {[0] = 0x86,
	        0x80,
	        [0x100] = 0x0b,
	        0x00,
	        0x01,
	        0x15, /* another one first; next at 0x150 */
	        [0x150] = 0x15,
	        0x00,
	        0x01,
	        0x00,
	        [0x154] = 0x00,
	        0x70,
	        [0x158] = 0x40,
	        [0x15c] = 0x20,
	        [0x160] = 0x42};
	struct machine m;
	struct pci pci;

	(void)state;
	machine_open(&m, "gpu-rebar");
	machine_write(&m, REBAR "/resource2_resize", "\n");
	put_bytes(&m, REBAR "/config", config, sizeof(config));
	assert_int_equal(pci_take(&m.root, &pci, NULL), 0);
	assert_int_equal(at(&pci, "03:00.0")->bar[0].sizes, 0x700);
	assert_int_equal(at(&pci, "03:00.0")->bar[2].sizes, 0x2);
	pci_finish(&pci);
	machine_close(&m);
}

static void test_room(void **state)
{
	struct machine m;
	struct pci pci;

	(void)state;
	take("gpu-simpledrm", &m, &pci);
	assert_string_equal(pci.room_above_4g, "7000000000-7fffffffff : PCI Bus 0000:00");
	pci_finish(&pci);
	/* What a user sees who is not root. */
	machine_write(&m, "/proc/iomem", "00000000-00000000 : PCI Bus 0000:00\n");
	pci_take(&m.root, &pci, NULL);
	assert_null(pci.room_above_4g);
	pci_finish(&pci);
	machine_write(&m, "/proc/iomem", "garbage - : PCI Bus \n-\n : PCI Bus 0000:00\n");
	pci_take(&m.root, &pci, NULL);
	assert_null(pci.room_above_4g);
	pci_finish(&pci);
	machine_close(&m);
	take("gpu-apu", &m, &pci);
	assert_int_equal(at(&pci, "02:00.0")->window.address, 0x7c00000000);
	assert_true(pci_is_below(&pci, at(&pci, "03:00.1"), (int)(at(&pci, "00:01.1") - pci.list)));
	assert_false(
	        pci_is_below(&pci, at(&pci, "30:00.0"), (int)(at(&pci, "00:01.1") - pci.list)));
	pci_finish(&pci);
	machine_close(&m);
}

static void test_asleep(void **state)
{
	const struct pci_device *d;
	struct machine m;
	struct pci pci;

	(void)state;
	take("gpu-asleep", &m, &pci);
	d = at(&pci, "01:00.0");
	assert_string_equal(d->power_state, "D3cold");
	assert_string_equal(d->runtime_status, "suspended");
	assert_true(d->silent);
	assert_false(at(&pci, "00:02.0")->silent);
	pci_finish(&pci);
	machine_close(&m);
}

static void test_rom(void **state)
{
	const struct pci_device *d;
	struct machine m;
	struct pci pci;

	(void)state;
	take("gpu-vega", &m, &pci);
	d = at(&pci, "0a:00.0");
	assert_int_equal(d->rom.n, 2);
	assert_true(d->rom.complete);
	assert_false(d->rom_is_firmwares);
	assert_string_equal(d->rom_source, "/sys/bus/pci/devices/0000:0a:00.0/rom");
	assert_non_null(rom_find_uefi(&d->rom, d->vendor));
	d = at(&pci, "0b:00.0");
	assert_true(d->rom.complete);
	assert_null(rom_find_uefi(&d->rom, d->vendor));
	assert_null(at(&pci, "00:10.0")->rom_source);
	pci_finish(&pci);
	machine_close(&m);
}

/* ACPI's VFCT holds a copy for 0000:30:00.0 (1002:1638): one image, for BIOS. */
static void test_rom_of_firmware(void **state)
{
	unsigned char table[76 + 28 + 512] = "VFCT", *header = table + 76, *rom = header + 28;
	const struct pci_device *d;
	struct machine m;
	struct pci pci;

	(void)state;
	table[52] = 76;
	memcpy(header, "\x30\0\0\0\0\0\0\0\0\0\0\0\x02\x10\x38\x16", 16);
	header[25] = 2; /* 512 bytes */
	memcpy(rom, "\x55\xaa\1", 3);
	rom[0x18] = 0x1c;
	memcpy(rom + 0x1c, "PCIR\x02\x10\x38\x16", 8);
	rom[0x2c] = 1;
	rom[0x31] = 0x80;
	machine_open(&m, "gpu-apu");
	put_bytes(&m, "/sys/firmware/acpi/tables/VFCT", table, sizeof(table));
	assert_int_equal(pci_take(&m.root, &pci, NULL), 0);
	d = at(&pci, "30:00.0");
	assert_string_equal(d->rom_source, "/sys/firmware/acpi/tables/VFCT");
	assert_true(d->rom_is_firmwares && d->rom.complete);
	assert_int_equal(d->rom.n, 1);
	assert_null(at(&pci, "03:00.0")->rom_source);
	pci_finish(&pci);
	machine_close(&m);
}

/* Whatever stands in these files, it is read or left out. */
static void test_garbage(void **state)
{
	static const char *const files[] = {"resource0_resize", "resource2_resize", "rom",
	        "power_state", "power/runtime_status", "config"};
	const struct pci_device *d;
	struct machine m;
	struct pci pci;

	(void)state;
	machine_open(&m, "gpu-rebar");
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		cleanup_free char *path = xasprintf(REBAR "/%s", files[i]);

		machine_write(&m, path, "\x55\xaa\x9bzz");
	}
	machine_write(&m, "/sys/firmware/acpi/tables/VFCT", "VFCT and nothing else");
	assert_int_equal(pci_take(&m.root, &pci, NULL), 0);
	d = at(&pci, "03:00.0");
	assert_int_equal(d->bar[0].sizes, 0);
	assert_int_equal(d->rom.n, 0);
	assert_null(d->rom_source);
	assert_false(d->silent);
	pci_finish(&pci);
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_resizable),
	        cmocka_unit_test(test_resizable_from_config),
	        cmocka_unit_test(test_room),
	        cmocka_unit_test(test_asleep),
	        cmocka_unit_test(test_rom),
	        cmocka_unit_test(test_rom_of_firmware),
	        cmocka_unit_test(test_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
