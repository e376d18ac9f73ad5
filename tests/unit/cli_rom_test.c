/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ROM taken out of a card of a false sysfs: what is written there, and that it is put back whatever comes of it. This
 * file plays the kernel: the ROM is there to be read from 1 to 0, and only of a card that is awake.
 */
#include "cli_rom_dump.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "machine.h"
#include "rom_bytes.h"

#define CARD "/sys/bus/pci/devices/0000:03:00.0"

static const struct pci_addr addr = {0, 3, 0, 0};
static struct machine pc;
static unsigned char image[BLOCK], vfct[76 + 28 + BLOCK];
static struct strv pokes;
static bool dead;

int __wrap_root_poke(const struct root *root, const char *path, const char *text, struct err *err);

static void put(const char *path, const void *bytes, size_t size)
{
	assert_int_equal(root_write(&pc.root, path, bytes, size, 0644, NULL), 0);
}

int __wrap_root_poke(const struct root *root, const char *path, const char *text, struct err *err)
{
	cleanup_free char *control = root_read(root, CARD "/power/control");

	strv_addf(&pokes, "%s=%s", strrchr(path, '/') + 1, text);
	if (!root_exists(root, path))
		return err_errno(err, -ENOENT, "%s", path);
	if (ends_with(path, "/control"))
		put(path, text, strlen(text));
	else if (streq(text, "1") && !dead && (!control || streq(control, "on")))
		put(path, image, sizeof(image));
	else
		put(path, "", 0);
	return 0;
}

static void assert_pokes(const char *want)
{
	cleanup_free char *all = strv_join(&pokes, " ");

	assert_string_equal(all, want);
}

static int setup(void **state)
{
	(void)state;
	machine_open(&pc, NULL);
	machine_write(&pc, CARD "/vendor", "0x1002\n");
	machine_write(&pc, CARD "/device", "0x73bf\n");
	machine_write(&pc, CARD "/config", "\002\020");
	machine_write(&pc, CARD "/rom", "");
	machine_write(&pc, "/dev/vfio/9", "");
	memset(image, 0, sizeof(image));
	put_image(image, ROM_CODE_UEFI, true);
	dead = false;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	machine_close(&pc);
	strv_finish(&pokes);
	return 0;
}

static void link_to(const char *target, const char *path)
{
	cleanup_free char *full = root_full_path(&pc.root, path);

	assert_int_equal(symlink(target, full), 0);
}

static void with_vfct(void)
{
	memset(vfct, 0, sizeof(vfct));
	memcpy(vfct, "VFCT", 4);
	vfct[52] = 76;
	vfct[76] = 3;
	put16(vfct + 76 + 12, 0x1002);
	put16(vfct + 76 + 14, 0x73bf);
	put16(vfct + 76 + 24, BLOCK);
	memcpy(vfct + 76 + 28, image, BLOCK);
	put("/sys/firmware/acpi/tables/VFCT", vfct, sizeof(vfct));
}

static void test_card_without_driver(void **state)
{
	cleanup(rom_dump_finish) struct rom_dump dump = {0};

	(void)state;
	assert_int_equal(rom_dump_take(&pc.root, addr, &dump, NULL), 0);
	assert_int_equal(dump.size, BLOCK);
	assert_memory_equal(dump.bytes, image, BLOCK);
	assert_string_equal(dump.source, CARD "/rom");
	assert_false(dump.firmwares || dump.shadow);
	assert_pokes("rom=1 rom=0");
}

/* One that vfio-pci keeps asleep is woken, and may sleep again. */
static void test_sleeping_card(void **state)
{
	cleanup(rom_dump_finish) struct rom_dump dump = {0};

	(void)state;
	link_to("/sys/bus/pci/drivers/vfio-pci", CARD "/driver");
	link_to("/sys/kernel/iommu_groups/9", CARD "/iommu_group");
	machine_write(&pc, CARD "/power/control", "auto\n");
	machine_write(&pc, CARD "/power/runtime_status", "active\n");
	assert_int_equal(rom_dump_take(&pc.root, addr, &dump, NULL), 0);
	assert_pokes("control=on rom=1 rom=0 control=auto");
}

static void assert_refused(enum code code, const char *message, const char *wrote)
{
	struct rom_dump dump;
	struct err err = {0};

	assert_true(rom_dump_take(&pc.root, addr, &dump, &err) < 0);
	if (!err_is(&err, code) || !strstr(err.message, message) || !err.hint[0])
		fail_msg("%s: %s [%s]", err.code, err.message, err.hint);
	assert_null(dump.bytes);
	assert_pokes(wrote);
}

static void test_driver(void **state)
{
	(void)state;
	link_to("/sys/bus/pci/drivers/amdgpu", CARD "/driver");
	assert_refused(CODE_GPU_ROM_BUSY, "driver amdgpu has PCI device 0000:03:00.0", "");
}

/* The node of its group is a folder here, which opens as badly as one that a VM has open. */
static void test_vm(void **state)
{
	(void)state;
	link_to("/sys/bus/pci/drivers/vfio-pci", CARD "/driver");
	link_to("/sys/kernel/iommu_groups/8", CARD "/iommu_group");
	machine_write(&pc, "/dev/vfio/8/x", "");
	assert_refused(CODE_GPU_ROM_BUSY, "in the hands of a VM (/dev/vfio/8)", "");
}

static void test_dead_card(void **state)
{
	(void)state;
	put(CARD "/config", "\377\377", 2);
	assert_refused(CODE_GPU_SILENT, "does not answer", "");
}

static void test_nothing_there(void **state)
{
	cleanup_free char *rom = root_full_path(&pc.root, CARD "/rom");

	(void)state;
	dead = true;
	assert_refused(CODE_GPU_ROM_BUSY, "shows no ROM", "rom=1 rom=0");
	unlink(rom);
	strv_finish(&pokes);
	assert_refused(CODE_GPU_ROM_BUSY, "shows no ROM", "rom=1");
}

static void test_absent(void **state)
{
	struct rom_dump dump;
	struct err err = {0};

	(void)state;
	assert_int_equal(
	        rom_dump_take(&pc.root, (struct pci_addr){0, 4, 0, 0}, &dump, &err), -ENODEV);
	assert_true(err_is(&err, CODE_PCI_ABSENT));
}

/* The firmware's copy costs nobody anything, and is told to be one. */
static void test_firmwares_copy(void **state)
{
	cleanup(rom_dump_finish) struct rom_dump dump = {0};

	(void)state;
	with_vfct();
	link_to("/sys/bus/pci/drivers/amdgpu", CARD "/driver");
	assert_int_equal(rom_dump_take(&pc.root, addr, &dump, NULL), 0);
	assert_true(dump.firmwares);
	assert_memory_equal(dump.bytes, image, BLOCK);
	assert_string_equal(dump.source, "/sys/firmware/acpi/tables/VFCT");
	assert_pokes("");
}

/* What the kernel shows of the first display may be the shadow at 0xc0000. */
static void test_first_display(void **state)
{
	cleanup(rom_dump_finish) struct rom_dump dump = {0}, again = {0};

	(void)state;
	machine_write(&pc, CARD "/boot_vga", "1\n");
	assert_int_equal(rom_dump_take(&pc.root, addr, &dump, NULL), 0);
	assert_true(dump.shadow && !dump.firmwares);
	with_vfct();
	assert_int_equal(rom_dump_take(&pc.root, addr, &again, NULL), 0);
	assert_true(again.firmwares && !again.shadow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_card_without_driver, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_sleeping_card, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_driver, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_vm, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_dead_card, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_nothing_there, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_absent, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_firmwares_copy, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_first_display, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
