/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A capture must give the same verdict as the PC it was taken from, and none of its serial numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "host-setup/capture.h"
#include "host-setup/capture_mask.h"
#include "host-setup/check.h"
#include "host-setup/facts.h"
#include "host/usb_port.h"
#include "machine.h"

/* --- the same verdict --- */

static json_t *check_of(const struct root *root)
{
	struct check_report report;
	struct facts facts;
	struct host host;
	json_t *document;

	assert_int_equal(host_take(root, &host, NULL), 0);
	facts_take(root, &facts);
	check_run_with(&host, &facts, &report);
	document = check_json(&host, &report);
	check_report_finish(&report);
	facts_finish(&facts);
	host_finish(&host);
	return document;
}

/* The one name in z390-sound that the mask takes away: so it must read in the capture. */
static char *dump_masked(json_t *live)
{
	static const char secret[] = "Alice's keyboard", alias[] = "DEVICE0001";
	cleanup_free char *text = json_dumps(live, JSON_COMPACT | JSON_ENCODE_ANY);
	struct strv cleanup_strv parts = {0};
	char *rest = text;

	for (char *at; (at = strstr(rest, secret)); rest = at + strlen(secret)) {
		*at = '\0';
		strv_add(&parts, rest);
	}
	strv_add(&parts, rest);
	return strv_join(&parts, alias);
}

static void expect_same(json_t *a, json_t *b, const char *where)
{
	cleanup_free char *x = dump_masked(a);
	cleanup_free char *y = json_dumps(b, JSON_COMPACT | JSON_ENCODE_ANY);

	if (streq(x, y))
		return;
	/* cmocka's own messages end after a kilobyte. */
	fprintf(stderr, "%s\n%s\n", x, y);
	fail_msg("%s differs", where);
}

/* Evidence of disks holds names that were replaced; all else is equal to the letter. */
static void expect_same_checks(json_t *live, json_t *captured)
{
	json_t *a = json_object_get(live, "checks"), *b = json_object_get(captured, "checks"),
	       *check;
	size_t i;

	json_array_foreach (a, i, check) {
		json_t *other = json_array_get(b, i);
		const char *id = json_string_value(json_object_get(check, "id"));

		if (streq(id, "disk.candidates")) {
			json_object_del(check, "evidence");
			json_object_del(other, "evidence");
		}
		expect_same(check, other, id);
	}
}

static void capture_machine(const char *name, struct machine *from, struct machine *to)
{
	size_t n = 0;

	machine_open(from, name);
	machine_open(to, NULL);
	assert_int_equal(capture_tree(&from->root, to->folder, &n, NULL), 0);
	assert_true(n > 2);
}

static void gives_the_same_verdict(void **state)
{
	static const char *const names[] = {"intel-desktop", "amd-bad-board", "no-iommu", "virtual",
	        "gpu-twins", "gpu-apu", "gpu-rebar", "gpu-vega", "gpu-asleep", "gpu-simpledrm",
	        "z390-sound", "odd-vmd", "odd-rmrr", "odd-sparse-groups", "odd-bad-dmar",
	        "odd-container", "odd-docker", "odd-vm-with-iommu", "odd-wsl", "odd-xen-dom0"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct machine from, to;
		json_t *live, *captured;

		capture_machine(names[i], &from, &to);
		live = check_of(&from.root);
		captured = check_of(&to.root);
		expect_same_checks(live, captured);
		expect_same(
		        json_object_get(live, "gpus"), json_object_get(captured, "gpus"), names[i]);
		expect_same(json_object_get(live, "groups"), json_object_get(captured, "groups"),
		        names[i]);
		json_decref(live);
		json_decref(captured);
		machine_close(&from);
		machine_close(&to);
	}
}

/* A capture of a capture is the same again: nothing is lost on the way. */
static void captures_a_capture(void **state)
{
	struct machine from, to, again;
	json_t *a, *b;
	size_t n = 0;

	(void)state;
	capture_machine("intel-desktop", &from, &to);
	machine_open(&again, NULL);
	assert_int_equal(capture_tree(&to.root, again.folder, &n, NULL), 0);
	a = check_of(&to.root);
	b = check_of(&again.root);
	expect_same_checks(a, b);
	json_decref(a);
	json_decref(b);
	machine_close(&from);
	machine_close(&to);
	machine_close(&again);
}

/* --- no serial numbers --- */

static const char *const secrets[] = {
        "S3Z2NB0K000001", "S466NX0M000003", "WCC6Y0000002", "4C530001230000000001"};

static int search(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)where;
	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++) {
		cleanup_free char *text = NULL;
		struct root root;

		if (strstr(path, secrets[i]))
			fail_msg("%s names %s", path, secrets[i]);
		if (type != FTW_F || !S_ISREG(st->st_mode))
			continue;
		assert_int_equal(root_open(&root, "/", NULL), 0);
		text = root_read(&root, path);
		root_close(&root);
		if (text && strstr(text, secrets[i]))
			fail_msg("%s holds %s", path, secrets[i]);
	}
	return 0;
}

static void holds_no_serial_numbers(void **state)
{
	struct machine from, to;
	struct host host;

	(void)state;
	capture_machine("intel-desktop", &from, &to);
	nftw(to.folder, search, 16, FTW_PHYS);
	assert_int_equal(host_take(&to.root, &host, NULL), 0);
	assert_true(host.disks.n >= 4);
	for (size_t i = 0; i < host.disks.n; i++) {
		assert_non_null(host.disks.list[i].by_id);
		assert_non_null(host.disks.list[i].serial);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(
			        host.disks.list[i].serial, host.disks.list[k].serial);
	}
	host_finish(&host);
	machine_close(&from);
	machine_close(&to);
}

/* What a person calls a Bluetooth keyboard is masked, alike wherever it is told; all else stays equal. */
static void masks_names_of_keyboards(void **state)
{
	struct machine from, to;
	struct host host;

	(void)state;
	capture_machine("z390-sound", &from, &to);
	assert_int_equal(host_take(&to.root, &host, NULL), 0);
	assert_int_equal(host.inputs.n, 1);
	assert_true(starts_with(host.inputs.list[0].name, "DEVICE"));
	assert_true(host.inputs.list[0].bluetooth && host.inputs.list[0].keyboard);
	assert_int_equal(host.sounds.n, 3);
	assert_true(host.sounds.list[0].running && !host.sounds.list[1].running);
	assert_string_equal(host.sounds.list[0].id, "PCH");
	assert_int_equal(host.board.n, 1);
	assert_int_equal(host.slots.n, 2);
	host_finish(&host);
	machine_close(&from);
	machine_close(&to);
}

static const struct {
	const char *text, *masked;
	bool serials;
} texts[] = {
        {"nothing to hide: 10de:1e84 at 0000:01:00.0", "nothing to hide: 10de:1e84 at 0000:01:00.0",
                false},
        {"root=UUID=0b64ab71-e6a3-4d1c-8f0e-5a5a5a5a5a5a",
                "root=UUID=00000000-0000-4000-8000-000000000002", false},
        {"again 0b64ab71-e6a3-4d1c-8f0e-5a5a5a5a5a5a", "again 00000000-0000-4000-8000-000000000002",
                false},
        {"e1000e 52:54:00:12:34:56 link", "e1000e 02:00:00:00:00:03 link", false},
        {"SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
                "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", false},
        {"ata-Disk_AB12CD34-part1", "ata-Disk_SERIAL0001-part1", false},
        {"AB12CD34X is another", "AB12CD34X is another", false},
        {"mounted on /home/alice/games", "mounted on /home/person4/games", false},
        {"/home/alice", "/home/person4", false},
        {"0x00000000b2ecc000 stays", "0x00000000b2ecc000 stays", false},
        {"00000000000000000000000000000000", "00000000000000000000000000000000", false},
};

static void masks_text(void **state)
{
	struct mask mask = {0};

	(void)state;
	mask_learn_udev(&mask, "E:ID_SERIAL_SHORT=AB12CD34\nE:ID_MODEL=Disk\n");
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		cleanup_free char *masked = mask_text(&mask, texts[i].text, texts[i].serials);

		assert_string_equal(masked, texts[i].masked);
	}
	mask_finish(&mask);
}

/* "1234" as a serial number must not hide the vendor 1234. */
static void short_serials_count_only_where_serials_are(void **state)
{
	struct mask mask = {0};
	cleanup_free char *wide = NULL, *narrow = NULL;

	(void)state;
	mask_learn_udev(&mask, "E:ID_SERIAL_SHORT=1234\n");
	wide = mask_text(&mask, "pci 1234:1111", false);
	narrow = mask_text(&mask, "S:disk/by-id/usb-Stick_1234", true);
	assert_string_equal(wide, "pci 1234:1111");
	assert_string_equal(narrow, "S:disk/by-id/usb-Stick_SERIAL0001");
	mask_finish(&mask);
}

static void masks_device_serial_numbers(void **state)
{
	unsigned char config[4096] = {[0x100] = 0x03, 0x00, 0x01, 0x00, 1, 2, 3, 4, 5, 6, 7, 8};
	unsigned char same[4096];
	struct mask mask = {0};

	(void)state;
	memcpy(same, config, sizeof(same));
	mask_pci_config(&mask, config, sizeof(config));
	mask_pci_config(&mask, same, sizeof(same));
	assert_memory_equal(config + 0x104, "\1\0\0\0\0\0\0\0", 8);
	assert_memory_equal(config, same, sizeof(config));
	/* Without rights the file ends before it. */
	mask_pci_config(&mask, same, 64);
	mask_finish(&mask);
}

/* Sockets, what each device is, and that it streams. */
static void keeps_usb(void **state)
{
	struct usb_sockets sockets;
	struct machine from, to;
	struct host host = {0};

	(void)state;
	capture_machine("usb-sockets", &from, &to);
	assert_int_equal(host_take_usb(&to.root, true, &host, NULL), 0);
	usb_sockets_take(&to.root, &host.usb, &sockets);
	assert_int_equal(sockets.n, 11);
	assert_string_equal(usb_find(&host.usb, "2-3.2")->port, "0000:00:14.0/5.2");
	assert_int_equal(sockets.list[0].connect, USB_CONNECT_HOTPLUG);
	assert_true(usb_find(&host.usb, "2-4")->isochronous);
	assert_int_equal(usb_find(&host.usb, "1-11")->kind, USB_KIND_WHEEL);
	usb_sockets_finish(&sockets);
	host_finish(&host);
	machine_close(&from);
	machine_close(&to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(gives_the_same_verdict),
	        cmocka_unit_test(captures_a_capture),
	        cmocka_unit_test(keeps_usb),
	        cmocka_unit_test(holds_no_serial_numbers),
	        cmocka_unit_test(masks_names_of_keyboards),
	        cmocka_unit_test(masks_text),
	        cmocka_unit_test(short_serials_count_only_where_serials_are),
	        cmocka_unit_test(masks_device_serial_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
