/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host would lose with a function and with a group, and which keyboard remains. */
#include "host/host.h"
#include "machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct pci_device *find(const struct host *host, const char *address)
{
	struct pci_addr addr;

	assert_int_equal(pci_addr_parse(address, &addr), 0);
	assert_non_null(pci_find(&host->pci, addr));
	return pci_find(&host->pci, addr);
}

static void expect_text(struct strv *list, const char *expected)
{
	char *text = strv_join(list, "; ");

	assert_string_equal(text, expected);
	free(text);
	strv_finish(list);
}

static void expect_losses(const struct host *host, const char *address, const char *expected)
{
	struct strv losses = {0};

	host_loses(host, find(host, address), &losses);
	expect_text(&losses, expected);
}

static void expect_group(const struct host *host, int id, const char *expected)
{
	struct strv losses = {0};

	host_group_loses(host, iommu_find_group(&host->iommu, id), &losses);
	expect_text(&losses, expected);
}

#define HOST_INPUTS                                                                                \
	"keyboard 1-2 USB Keyboard (no keyboard would remain); mouse with keys 1-3 Gaming Mouse; " \
	"Bluetooth keyboard input21 Alice's keyboard (no keyboard would remain)"

static void test_devices(void **state)
{
	struct strv uses = {0};
	struct machine m;
	struct host host;

	(void)state;
	machine_open(&m, "z390-sound");
	assert_int_equal(host_take(&m.root, &host, NULL), 0);
	expect_losses(&host, "00:14.0",
	        HOST_INPUTS "; Bluetooth adapter hci0; sound card card2 C270 (silent now); "
	                    "camera 1-5 Webcam C270");
	expect_losses(&host, "02:00.0",
	        "disk nvme0n1 (root file system: LVM vg0-root; mounted on /boot/efi)");
	expect_losses(&host, "00:1f.3", "sound card card0 PCH (playing or recording now)");
	expect_losses(&host, "01:00.1", "sound card card1 NVidia (silent now)");
	expect_losses(&host, "03:00.0", "");
	/* What is merely there stands in no one's way. */
	host_uses(&host, find(&host, "00:1f.3"), &uses);
	expect_text(&uses, "");
	host_uses(&host, find(&host, "00:14.0"), &uses);
	expect_text(&uses, HOST_INPUTS);
	host_finish(&host);
	machine_close(&m);
}

/* The group of the LPC bridge: most important first, each loss once, nothing of bridges. */
static void test_groups(void **state)
{
	struct machine m;
	struct host host;

	(void)state;
	machine_open(&m, "z390-sound");
	assert_int_equal(host_take(&m.root, &host, NULL), 0);
	expect_group(&host, 8,
	        "the chips behind 0000:00:1f.0 (LPC or eSPI: firmware, clock, fans, PS/2, TPM); "
	        "network eno1 (default route, the only network card); "
	        "sound card card0 PCH (playing or recording now); "
	        "the SMBus 0000:00:1f.4 (sensors, memory modules); "
	        "the SPI controller 0000:00:1f.5 (the chip with the firmware)");
	expect_group(&host, 1, "sound card card1 NVidia (silent now)");
	expect_group(&host, 5, "");
	host_finish(&host);
	machine_close(&m);
}

static void test_keyboards(void **state)
{
	struct machine m;
	struct host host;
	struct host_keyboard k;
	size_t at = 0;
	const struct pci_device *chipset;

	(void)state;
	machine_open(&m, "z390-sound");
	assert_int_equal(host_take(&m.root, &host, NULL), 0);
	chipset = find(&host, "00:14.0");
	assert_true(host_has_keyboard(&host, chipset->addr));
	assert_false(host_has_other_keyboard(&host, chipset->addr));
	assert_false(host_has_keyboard(&host, find(&host, "03:00.0")->addr));
	assert_true(host_has_other_keyboard(&host, find(&host, "03:00.0")->addr));
	assert_true(host_keyboard(&host, &at, &k));
	assert_true(k.sure);
	assert_true(host_keyboard(&host, &at, &k));
	assert_false(k.sure); /* the mouse */
	assert_true(host_keyboard(&host, &at, &k));
	assert_true(k.bluetooth && k.has_controller);
	assert_true(pci_addr_equal(k.controller, chipset->addr)); /* where its adapter is */
	assert_false(host_keyboard(&host, &at, &k));
	host_finish(&host);
	machine_close(&m);
}

/* A PS/2 keyboard stays whatever goes, and a game keyboard without the boot protocol is one too. */
static void test_ps2_and_plain_usb(void **state)
{
	const char *ps2 = "/sys/devices/platform/i8042/serio0/input/input3";
	const char *usb = "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-5/1-5:1.0/input/input9";
	const char *keys = "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe\n";
	const char *const folders[] = {ps2, usb};
	const char *const links[] = {"/sys/class/input/input3", "/sys/class/input/input9"};
	struct machine m;
	struct host host;

	(void)state;
	machine_open(&m, "z390-sound");
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		char *path = xasprintf("%s/capabilities/key", folders[i]);
		char *link = root_full_path(&m.root, links[i]);

		machine_write(&m, path, keys);
		assert_int_equal(symlink(folders[i], link), 0);
		free(path);
		free(link);
	}
	assert_int_equal(host_take(&m.root, &host, NULL), 0);
	assert_true(usb_find(&host.usb, "1-5")->keyboard);
	assert_true(host_has_other_keyboard(&host, find(&host, "00:14.0")->addr));
	assert_int_equal(host.inputs.n, 2);
	assert_true(host.inputs.list[1].ps2 && !host.inputs.list[1].has_controller);
	host_finish(&host);
	machine_close(&m);
}

/* A security key types passwords, but nobody types on it. */
static void test_security_key(void **state)
{
	struct machine m;
	struct host host;
	struct strv losses = {0};

	(void)state;
	machine_open(&m, "z390-sound");
	machine_write(&m, "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/idVendor", "1050\n");
	assert_int_equal(host_take(&m.root, &host, NULL), 0);
	assert_true(usb_find(&host.usb, "1-2")->odd_keyboard);
	assert_true(host_has_keyboard(&host, find(&host, "00:14.0")->addr));
	host_loses(&host, find(&host, "00:14.0"), &losses);
	assert_string_equal(losses.list[0], "security key 1-2 USB Keyboard");
	strv_finish(&losses);
	host_finish(&host);
	machine_close(&m);
}

/* With two Bluetooth adapters nobody tells whose the keyboard is: it is counted on nowhere. */
static void test_two_adapters(void **state)
{
	struct machine m;
	struct host host;
	struct host_keyboard k;
	size_t at = 0;
	char *link;

	(void)state;
	machine_open(&m, "z390-sound");
	machine_write(&m,
	        "/sys/devices/pci0000:00/0000:00:1d.0/0000:03:00.0/usb3/3-1/3-1:1.0/bluetooth/hci1/"
	        "x",
	        "");
	link = root_full_path(&m.root, "/sys/class/bluetooth/hci1");
	assert_int_equal(symlink("/sys/devices/pci0000:00/0000:00:1d.0/0000:03:00.0/usb3/3-1/"
	                         "3-1:1.0/bluetooth/hci1",
	                         link),
	        0);
	free(link);
	assert_int_equal(host_take(&m.root, &host, NULL), 0);
	assert_int_equal(host.board.n, 2);
	while (host_keyboard(&host, &at, &k))
		;
	assert_string_equal(k.sysname, "input21");
	assert_false(k.has_controller || k.sure);
	host_finish(&host);
	machine_close(&m);
}

/* Names, capabilities and states that are no such thing. */
static void test_garbage(void **state)
{
	static const char *const files[][2] = {
	        {"/sys/class/input/input1/capabilities/key", "zz zz ffffffffffffffffffffff\n"},
	        {"/sys/class/input/input2/capabilities/key", "\n"},
	        {"/sys/class/sound/card0/id", "\xff\x01\n"},
	        {"/proc/asound/card0/pcm0p/sub0/status", "state:\nstate\n\n\xff"},
	        {"/sys/class/bluetooth/hci0:256/x", ""},
	        {"/sys/class/tpm/tpmrm0/x", ""},
	        {"/sys/bus/pci/slots/\x01/address", "0000:zz:00\n"},
	        {"/sys/bus/pci/slots/2/address", "\n"},
	};
	struct machine m;
	struct host host;

	(void)state;
	machine_open(&m, "garbage");
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		machine_write(&m, files[i][0], files[i][1]);
	assert_int_equal(host_take(&m.root, &host, NULL), 0);
	assert_int_equal(host.inputs.n, 0);
	assert_int_equal(host.slots.n, 0);
	assert_int_equal(host.board.n, 0);
	assert_int_equal(host.sounds.n, 1);
	assert_false(host.sounds.list[0].running);
	for (size_t i = 0; i < host.iommu.n_groups; i++) {
		struct strv losses = {0};

		host_group_loses(&host, &host.iommu.groups[i], &losses);
		strv_finish(&losses);
	}
	host_finish(&host);
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_devices),
	        cmocka_unit_test(test_groups),
	        cmocka_unit_test(test_keyboards),
	        cmocka_unit_test(test_ps2_and_plain_usb),
	        cmocka_unit_test(test_security_key),
	        cmocka_unit_test(test_two_adapters),
	        cmocka_unit_test(test_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
