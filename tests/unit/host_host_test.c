/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All facts together, and what the host would lose with one function. */
#include "host/host.h"
#include "machine.h"

#include <sys/wait.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void expect_uses(const struct host *host, const char *address, const char *expected)
{
	struct pci_addr addr;
	struct strv uses = {0};
	char *text;

	assert_int_equal(pci_addr_parse(address, &addr), 0);
	assert_non_null(pci_find(&host->pci, addr));
	host_uses(host, pci_find(&host->pci, addr), &uses);
	text = strv_join(&uses, "; ");
	assert_string_equal(text, expected);
	free(text);
	strv_finish(&uses);
}

static void test_intel(void **state)
{
	struct machine m;
	struct host host;

	(void)state;
	machine_open(&m, "intel-desktop");
	assert_int_equal(host_take(&m.root, &host, NULL), 0);
	assert_false(host.live);
	expect_uses(
	        &host, "00:02.0", "boot display; text console (card0); screen on HDMI-A-1 (card0)");
	expect_uses(&host, "01:00.0", "");
	expect_uses(&host, "01:00.2", "");
	expect_uses(&host, "00:14.0",
	        "keyboard 1-2 USB Keyboard (no keyboard would remain); mouse 1-3 USB Optical "
	        "Mouse");
	expect_uses(
	        &host, "00:17.0", "disk sda (root file system; mounted on /boot/efi, /home; swap)");
	expect_uses(&host, "02:00.0", ""); /* a disk that nobody uses is no loss */
	expect_uses(&host, "00:1f.6", "network eno1 (default route, the only network card)");
	host_finish(&host);
	machine_close(&m);
}

static void test_others(void **state)
{
	struct machine m;
	struct host host;

	(void)state;
	machine_open(&m, "amd-bad-board");
	assert_int_equal(host_take(&m.root, &host, NULL), 0);
	expect_uses(&host, "02:00.1",
	        "disk sda (root file system; mounted on /home, /srv, /var); "
	        "disk sdb (in use: sdb is a member of a mounted btrfs (/sys/fs/btrfs/*/devices)); "
	        "disk sdc (in use: sdc1 is a member of ZFS, which may hold it (/sys/module/zfs is "
	        "there)); disk sdd (mounted on /mnt/my raid)");
	expect_uses(&host, "04:00.0", "network enp4s0 (default route, the only network card)");
	host_finish(&host);
	machine_close(&m);
	machine_open(&m, "no-iommu");
	assert_int_equal(host_take(&m.root, &host, NULL), 0);
	/* The frame buffer that firmware set up is on the boot card. */
	expect_uses(
	        &host, "01:00.0", "boot display; screen on DVI-I-1 (card0); text console (fb0)");
	expect_uses(&host, "00:19.0", "network eth0 (up)");
	host_finish(&host);
	machine_close(&m);
}

static void test_garbage(void **state)
{
	struct machine m;
	struct host host;

	(void)state;
	machine_open(&m, "garbage");
	assert_int_equal(host_take(&m.root, &host, NULL), 0);
	for (size_t i = 0; i < host.pci.n; i++) {
		struct strv uses = {0};

		host_uses(&host, &host.pci.list[i], &uses);
		strv_finish(&uses);
	}
	host_finish(&host);
	machine_close(&m);
}

static void test_nothing(void **state)
{
	struct err err = {0};
	struct machine m;
	struct host host;

	(void)state;
	machine_open(&m, NULL);
	assert_int_equal(host_take(&m.root, &host, &err), -ENOENT);
	assert_non_null(strstr(err.message, m.folder));
	assert_string_not_equal(err.hint, "");
	machine_write(&m, "/kernel.log", "[    0.0] Linux version\n");
	assert_int_equal(host_take(&m.root, &host, &err), 0); /* a log is something */
	host_finish(&host);
	machine_close(&m);
}

/* This machine, whatever it is, as root and as nobody. */
static void test_live(void **state)
{
	struct err err = {0};
	struct root root;
	struct host host;

	(void)state;
	assert_int_equal(root_open(&root, "/", &err), 0);
	assert_int_equal(host_take(&root, &host, &err), 0);
	assert_true(host.live);
	assert_true(host.cpu.threads > 0);
	assert_true(host.memory.total_bytes > 0);
	host_finish(&host);
	root_close(&root);
}

static void test_live_as_nobody(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		struct root root;
		struct host host;

		if (getuid() == 0 && setuid(65534) < 0)
			_exit(2);
		if (root_open(&root, "/", NULL) < 0 || host_take(&root, &host, NULL) < 0)
			_exit(1);
		_exit(host.cpu.threads > 0 ? 0 : 3);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* The VMD controller takes the disks of its own PCI domain along; a bridge takes nothing, as it stays. */
static void test_vmd(void **state)
{
	struct machine m;
	struct host host;

	(void)state;
	machine_open(&m, "vmd-root-beside");
	assert_int_equal(host_take(&m.root, &host, NULL), 0);
	expect_uses(&host, "00:0e.0", "disk nvme0n1 (root file system)");
	expect_uses(&host, "10000:e1:00.0", "disk nvme0n1 (root file system)");
	expect_uses(&host, "10000:e0:06.0", "");
	expect_uses(&host, "00:01.0", "");
	host_finish(&host);
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_intel),
	        cmocka_unit_test(test_others),
	        cmocka_unit_test(test_vmd),
	        cmocka_unit_test(test_garbage),
	        cmocka_unit_test(test_nothing),
	        cmocka_unit_test(test_live),
	        cmocka_unit_test(test_live_as_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
