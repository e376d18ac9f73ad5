/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loaders that a person configures: what they are told is exact, and their configuration stays as it is. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "efi_variables.h"
#include "host-setup/esps.h"
#include "host-setup/loader_by_hand.h"
#include "host-setup/plan.h"
#include "host-setup/stock_start.h"
#include "setup_pc.h"

#define RELEASE "6.6.1-arch1-1"

/* Arch on a FAT /boot that is the ESP; started by @file of the firmware's boot option. */
static void open_arch(struct machine *m, const char *file, const char *options)
{
	cleanup_free char *link = NULL;

	machine_open(m, NULL);
	machine_write(m, "/proc/sys/kernel/osrelease", RELEASE "\n");
	machine_write(m, "/usr/lib/modules/" RELEASE "/pkgbase", "linux\n");
	machine_write(m, "/proc/cmdline", "root=UUID=11-22 rw initrd=\\initramfs-linux.img\n");
	machine_write(m, "/boot/vmlinuz-linux", "kernel\n");
	machine_write(m, "/boot/initramfs-linux.img", "stock\n");
	machine_write(m, "/boot/amd-ucode.img", "microcode\n");
	efi_started(m, file, options);
	efi_mounted(m, "/boot");
	machine_write(m, "/sys/devices/x/block/sda/sda1/partition", "1\n");
	machine_write(m, "/sys/devices/x/block/sda/sda1/dev", "8:1\n");
	link = machine_path(m, "", "/sys/class/block/sda1/dev");
	unlink(link);
	*strrchr(link, '/') = '\0';
	rmdir(link);
	if (symlink("../../devices/x/block/sda/sda1", link) < 0)
		machine_fail("symlink", link);
}

static void expect_lines(const struct machine *m, const char *name, const char *expected)
{
	struct strv cleanup_strv lines = {0};
	const struct loader *loader;
	cleanup_free char *all = NULL;
	struct err err = {0};
	const char *where;

	loader = loader_detect(&m->root, &where, &err);
	if (!loader)
		fail_msg("%s", err.message);
	assert_string_equal(loader->name, name);
	assert_non_null(loader->instructions);
	assert_int_equal(loader->instructions(&m->root, &lines, &err), 0);
	all = strv_join(&lines, "\n");
	assert_string_equal(all, expected);
}

static void test_refind(void **state)
{
	struct machine m;

	(void)state;
	open_arch(&m, "\\EFI\\refind\\refind_x64.efi", NULL);
	machine_write(&m, "/boot/EFI/refind/refind.conf", "timeout 20\n");
	expect_lines(&m, "rEFInd",
	        "Add to /boot/EFI/refind/refind.conf:\n"
	        "\n"
	        "menuentry \"Playthrough\" {\n"
	        "    loader  /vmlinuz-linux\n"
	        "    options \"root=UUID=11-22 rw initrd=\\amd-ucode.img initrd=\\playthrough.cpio "
	        "initrd=\\initramfs-linux.img @ARGUMENTS@\"\n"
	        "}");
	machine_close(&m);
}

static void test_limine(void **state)
{
	struct machine m;

	(void)state;
	open_arch(&m, "\\EFI\\limine\\BOOTX64.EFI", NULL);
	machine_write(&m, "/boot/limine.conf", "timeout: 5\n");
	expect_lines(&m, "Limine",
	        "Add to /boot/limine.conf:\n"
	        "\n"
	        "/Playthrough\n"
	        "    protocol: linux\n"
	        "    kernel_path: boot():/vmlinuz-linux\n"
	        "    module_path: boot():/amd-ucode.img\n"
	        "    module_path: boot():/playthrough.cpio\n"
	        "    module_path: boot():/initramfs-linux.img\n"
	        "    cmdline: root=UUID=11-22 rw @ARGUMENTS@\n"
	        "\n"
	        "Where your other entries write something else than boot():/ before the paths, "
	        "write "
	        "the same.");
	machine_close(&m);
}

static void test_syslinux(void **state)
{
	struct machine m;

	(void)state;
	open_arch(&m, "\\EFI\\syslinux\\syslinux.efi", NULL);
	machine_write(&m, "/boot/syslinux/syslinux.cfg", "DEFAULT arch\n");
	expect_lines(&m, "SYSLINUX",
	        "Add to /boot/syslinux/syslinux.cfg:\n"
	        "\n"
	        "LABEL playthrough\n"
	        "    MENU LABEL Playthrough\n"
	        "    LINUX /vmlinuz-linux\n"
	        "    INITRD /amd-ucode.img,/playthrough.cpio,/initramfs-linux.img\n"
	        "    APPEND root=UUID=11-22 rw @ARGUMENTS@");
	machine_close(&m);
}

/* Never into BootOrder: a new option would be the first there, before anybody tried it. */
static void test_firmware_starts_the_kernel(void **state)
{
	struct machine m;

	(void)state;
	open_arch(&m, "\\vmlinuz-linux", "root=UUID=11-22 rw initrd=\\initramfs-linux.img");
	expect_lines(&m, "EFI stub",
	        "Run as root:\n"
	        "\n"
	        "efibootmgr --create-only --disk /dev/sda --part 1 --label Playthrough --loader "
	        "'\\vmlinuz-linux' --unicode 'root=UUID=11-22 rw initrd=\\amd-ucode.img "
	        "initrd=\\playthrough.cpio initrd=\\initramfs-linux.img @ARGUMENTS@'\n"
	        "efibootmgr --bootnext NUMBER\n"
	        "\n"
	        "NUMBER is the one that the first command shows. The second has the next start "
	        "take "
	        "it, once.");
	machine_close(&m);
}

static void test_unified_image(void **state)
{
	struct machine m;

	(void)state;
	open_arch(&m, "\\EFI\\systemd\\systemd-bootx64.efi", NULL);
	efi_string(&m, "LoaderInfo", "systemd-boot 255");
	efi_string(&m, "LoaderEntrySelected", "arch-linux.efi");
	efi_string(&m, "StubInfo", "systemd-stub 255");
	expect_lines(&m, "unified kernel image",
	        "Playthrough does not do this by itself here: the folder of systemd-boot's "
	        "entries is not found (looked for loader/entries in /efi, /boot and /boot/efi).\n"
	        "\n"
	        "Run as root, and again after each new kernel:\n"
	        "\n"
	        "ukify build --linux=/boot/vmlinuz-linux --initrd=/boot/amd-ucode.img "
	        "--initrd=/boot/playthrough.cpio --initrd=/boot/initramfs-linux.img "
	        "--uname=" RELEASE " --cmdline='root=UUID=11-22 rw @ARGUMENTS@' "
	        "--output=/boot/EFI/Linux/playthrough.efi\n"
	        "\n"
	        "With Secure Boot, add --secureboot-private-key= and --secureboot-certificate= as "
	        "/etc/kernel/uki.conf has them. systemd-boot finds the image by itself; where the "
	        "firmware starts the image, add a boot option by efibootmgr --create-only, then "
	        "--bootnext.");
	machine_close(&m);
}

static void test_proxmox(void **state)
{
	struct err err = {0};
	const char *where;
	struct machine m;

	(void)state;
	open_arch(&m, "\\EFI\\systemd\\systemd-bootx64.efi", NULL);
	machine_write(&m, "/proc/sys/kernel/osrelease", "6.5.11-8-pve\n");
	machine_write(&m, "/boot/vmlinuz-6.5.11-8-pve", "kernel\n");
	machine_write(&m, "/boot/initrd.img-6.5.11-8-pve", "stock\n");
	machine_write(&m, "/proc/cmdline",
	        "initrd=\\EFI\\proxmox\\6.5.11-8-pve\\initrd.img-6.5.11-8-pve "
	        "root=ZFS=rpool/ROOT/pve-1 "
	        "boot=zfs\n");
	machine_write(&m, ESPS_LIST, "ABCD-0001\n$(reboot)\n");
	efi_string(&m, "LoaderInfo", "systemd-boot 252");
	expect_lines(&m, "proxmox-boot-tool by hand",
	        "Playthrough does not do this by itself here: /etc/kernel/proxmox-boot-uuids "
	        "holds "
	        "something else than partitions.\n"
	        "\n"
	        "Run as root, and again when the kernel in it is removed:\n"
	        "\n"
	        "mount /dev/disk/by-uuid/ABCD-0001 /mnt\n"
	        "cp /boot/playthrough.cpio /mnt/playthrough.cpio\n"
	        "cat >/mnt/loader/entries/playthrough.conf <<'END'\n"
	        "title Playthrough\n"
	        "version 6.5.11-8-pve\n"
	        "options root=ZFS=rpool/ROOT/pve-1 boot=zfs @ARGUMENTS@\n"
	        "linux /EFI/proxmox/6.5.11-8-pve/vmlinuz-6.5.11-8-pve\n"
	        "initrd /playthrough.cpio\n"
	        "initrd /EFI/proxmox/6.5.11-8-pve/initrd.img-6.5.11-8-pve\n"
	        "END\n"
	        "umount /mnt\n"
	        "bootctl set-oneshot playthrough.conf\n"
	        "\n"
	        "The last has the next start take the entry, once.");
	/* with GRUB its menu is made with the partition in place of /boot, where our archive is not */
	efi_string(&m, "LoaderInfo", "GRUB 2.12");
	assert_null(loader_detect(&m.root, &where, &err));
	assert_string_equal(err.code, "PT-BOOT-01");
	assert_non_null(strstr(err.message, ESPS_LIST));
	machine_close(&m);
}

/* What stands in quotes on the command line stays one argument where the whole is quoted again. */
static void test_quotes(void **state)
{
	struct strv cleanup_strv lines = {0}, commands = {0};
	cleanup_free char *text = NULL, *command = NULL;
	struct machine m;

	(void)state;
	open_arch(&m, "\\EFI\\refind\\refind_x64.efi", NULL);
	machine_write(&m, "/proc/cmdline", "root=UUID=11-22 dyndbg=\"file a +p\" x='y'\n");
	assert_int_equal(loader_by_hand_lines(&m.root, &lines, NULL), 0);
	text = strv_join(&lines, "\n");
	assert_non_null(strstr(text, "root=UUID=11-22 dyndbg=\"\"file a +p\"\" x='y' initrd="));
	efi_started(&m, "\\vmlinuz-linux", NULL);
	assert_int_equal(loader_by_hand_lines(&m.root, &commands, NULL), 0);
	command = strv_join(&commands, "\n");
	assert_non_null(strstr(command, "dyndbg=\"file a +p\" x='\\''y'\\'' initrd="));
	machine_close(&m);
}

/* Paths are those of the file system that the loader reads, also inside a btrfs subvolume. */
static void test_paths_of_the_loader(void **state)
{
	cleanup_free char *path = NULL;
	struct stock_start start;
	struct machine m;

	(void)state;
	open_arch(&m, "\\EFI\\refind\\refind_x64.efi", NULL);
	machine_write(&m, "/proc/self/mountinfo",
	        "22 1 0:30 /@ / rw shared:1 - btrfs /dev/sda2 rw\n"
	        "30 22 8:1 / /boot/efi rw - vfat /dev/sda1 rw\n");
	assert_int_equal(stock_start_take(&m.root, &start, NULL), 0);
	path = stock_start_path(&start, "vmlinuz-linux");
	assert_string_equal(path, "/@/boot/vmlinuz-linux");
	assert_string_equal(start.device, "/dev/sda2");
	stock_start_finish(&start);
	machine_close(&m);
}

/* What cannot be found out is not made up. */
static void test_not_known(void **state)
{
	static const struct {
		const char *path, *text, *words;
	} changes[] = {
	        {"/proc/cmdline", "quiet rw\n", "names no root="},
	        {"/proc/cmdline", "xroot=1 quiet\n", "names no root="},
	        {"/proc/sys/kernel/osrelease", "5.0\n", "5.0"},
	        {"/proc/self/mountinfo", "\n", "mountinfo"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		struct err err = {0};
		struct stock_start start;
		struct machine m;

		open_arch(&m, "\\EFI\\refind\\refind_x64.efi", NULL);
		machine_write(&m, changes[i].path, changes[i].text);
		assert_int_equal(stock_start_take(&m.root, &start, &err), -ENOTSUP);
		assert_string_equal(err.code, "PT-BOOT-01");
		assert_non_null(strstr(err.message, changes[i].words));
		assert_true(err.hint[0]);
		machine_close(&m);
	}
}

/* The archive is the one file; the person's entry is seen where the loader's configuration holds it. */
static void test_as_a_loader(void **state)
{
	const struct loader *loader = loader_by_hand(BOOT_PROGRAM_REFIND);
	cleanup_free char *why = NULL;
	struct edits edits = {0};
	struct machine m;

	(void)state;
	open_arch(&m, "\\EFI\\refind\\refind_x64.efi", NULL);
	machine_write(&m, "/boot/EFI/refind/refind.conf", "timeout 20\n");
	assert_int_equal(loader->files(&m.root, &edits, NULL), 0);
	assert_int_equal(edits.n, 1);
	assert_string_equal(edits.list[0].path, "/boot/playthrough.cpio");
	assert_false(loader->remembers(&m.root, &why));
	assert_false(loader->has_entry(&m.root));
	machine_write(&m, "/boot/EFI/refind/refind.conf", "options \"x playthrough=0123abcd y\"\n");
	assert_true(loader->has_entry(&m.root));
	assert_null(loader_by_hand(BOOT_PROGRAM_ELILO));
	assert_null(loader_by_hand(BOOT_PROGRAM_GRUB));
	edits_finish(&edits);
	machine_close(&m);
}

static int make_plan(
        struct machine *m, struct pc *pc, struct boot *boot, struct plan *plan, struct err *err)
{
	struct plan_wishes none = {0};
	int r = boot_take(&m->root, boot, err);

	return r < 0 ? r : plan_make(&pc->host, boot, &none, plan, err);
}

/* The plan holds what a person adds, with the real arguments; as JSON too. */
static void test_plan(void **state)
{
	cleanup_free char *wanted = NULL, *text = NULL, *shown = NULL;
	struct err err = {0};
	struct boot boot;
	struct plan plan;
	struct machine m;
	json_t *document;
	size_t size;
	FILE *out;
	struct pc pc;

	(void)state;
	open_arch(&m, "\\EFI\\refind\\refind_x64.efi", NULL);
	machine_write(&m, LIBEXECDIR "/playthrough-bind", "the program\n");
	pc_init(&pc);
	if (make_plan(&m, &pc, &boot, &plan, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(plan.edits.n, 2);
	wanted = xasprintf("initramfs-linux.img playthrough=%s intel_iommu=on", plan.id);
	document = plan_json(&plan, &boot, false);
	text = json_dumps(json_object_get(document, "instructions"), 0);
	assert_non_null(strstr(text, wanted));
	assert_null(strstr(text, "@ARGUMENTS@"));
	assert_int_equal(json_array_size(json_object_get(document, "tools")), 0);
	json_decref(document);
	out = open_memstream(&shown, &size);
	plan_print(&plan, &boot, false, out);
	fclose(out);
	assert_non_null(strstr(shown, wanted));
	assert_non_null(strstr(shown, "rEFInd is not edited by Playthrough"));
	plan_finish(&plan);
	boot_finish(&boot);
	pc_finish(&pc);
	machine_close(&m);
}

/* What was configured by hand: a note in the plan, or the reason why there is none. */
static void test_plan_beside_settings(void **state)
{
	struct err err = {0};
	struct boot boot;
	struct plan plan;
	struct machine m;
	struct pc pc;

	(void)state;
	open_arch(&m, "\\EFI\\refind\\refind_x64.efi", NULL);
	machine_write(&m, LIBEXECDIR "/playthrough-bind", "the program\n");
	machine_write(&m, "/etc/modprobe.d/vfio.conf", "options vfio-pci ids=10de:1e84\n");
	pc_init(&pc);
	assert_int_equal(make_plan(&m, &pc, &boot, &plan, &err), 0);
	assert_non_null(strstr(plan.notes.list[plan.notes.n - 1], "adopted"));
	plan_finish(&plan);
	boot_finish(&boot);
	machine_write(
	        &m, "/etc/modprobe.d/vfio.conf", "options vfio-pci ids=10de:1e84,8086:3e92\n");
	assert_int_equal(make_plan(&m, &pc, &boot, &plan, &err), -EBUSY);
	assert_string_equal(err.code, "PT-CONFIG-01");
	assert_non_null(strstr(err.message, "0000:00:02.0"));
	assert_non_null(strstr(err.hint, "PT-CONFIG-01"));
	boot_finish(&boot);
	pc_finish(&pc);
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_refind),
	        cmocka_unit_test(test_limine),
	        cmocka_unit_test(test_syslinux),
	        cmocka_unit_test(test_firmware_starts_the_kernel),
	        cmocka_unit_test(test_unified_image),
	        cmocka_unit_test(test_proxmox),
	        cmocka_unit_test(test_quotes),
	        cmocka_unit_test(test_paths_of_the_loader),
	        cmocka_unit_test(test_not_known),
	        cmocka_unit_test(test_as_a_loader),
	        cmocka_unit_test(test_plan),
	        cmocka_unit_test(test_plan_beside_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
