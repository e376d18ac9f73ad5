/* SPDX-License-Identifier: GPL-2.0-or-later */
/* systemd-boot: our entries beside the stock ones, tried once, kept, renewed with the kernels, and undone. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "setup_run.h"

#define OWN(kernel) DISK_ENTRIES "~" DISK_MACHINE "-" kernel "~playthrough.conf"
#define PLUGIN      "/etc/kernel/install.d/95-playthrough.install"

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	disk_open(&f->m);
	disk_systemd_boot(&f->m);
	pc_init(&f->pc);
	snapshot(f);
	*state = f;
	return 0;
}

/* As after a restart that took our entry. */
static void boot_ours(struct fixture *f, const char *kernel)
{
	cleanup_free char *name = xasprintf("~" DISK_MACHINE "-%s~playthrough.conf", kernel);

	disk_efivar(&f->m, "LoaderEntryOneShot", NULL);
	disk_efivar(&f->m, "LoaderEntrySelected", name);
}

static void test_entries(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *text = NULL, *expected = NULL;

	must_apply(f);
	text = root_read(&f->m.root, OWN(KERNEL));
	expected =
	        xasprintf("# Made from " DISK_MACHINE "-" KERNEL
	                  ".conf by playthrough-setup apply; playthrough-setup undo removes it.\n"
	                  "title Playthrough: Debian GNU/Linux 12 (bookworm)\n"
	                  "version " KERNEL "\n"
	                  "machine-id " DISK_MACHINE "\n"
	                  "options root=UUID=0000-11 ro quiet\n"
	                  "linux /" DISK_MACHINE "/" KERNEL "/linux\n"
	                  "initrd /playthrough.cpio\n"
	                  "initrd /" DISK_MACHINE "/" KERNEL "/initrd.img\n"
	                  "options playthrough=%s intel_iommu=on iommu=pt "
	                  "rdinit=/playthrough/playthrough-bind "
	                  "modules_load=vfio-pci panic=30",
	                f->id);
	assert_string_equal(text, expected);
	assert_true(root_exists(&f->m.root, OWN("6.1.0-17-amd64")));
	assert_true(root_exists(&f->m.root, "/boot/efi/playthrough.cpio"));
	assert_false(root_exists(&f->m.root, DISK_ENTRIES "~other~playthrough.conf"));
	assert_false(root_exists(&f->m.root, DISK_ENTRIES "~windows~playthrough.conf"));
	expect_var(f, EFIVAR_ONCE, "~" DISK_MACHINE "-" KERNEL "~playthrough.conf");
	expect_var(f, EFIVAR_DEFAULT, NULL);
	must_undo(f);
	expect_as_before(f);
}

/* Started by something that has no counterpart of ours: the newest kernel is tried, not the last by its letters. */
static void test_newest_is_tried(void **state)
{
	struct fixture *f = *state;

	disk_entry(&f->m, "6.1.0-9-amd64");
	disk_efivar(&f->m, "LoaderEntrySelected", "auto-something");
	must_apply(f);
	assert_true(root_exists(&f->m.root, OWN("6.1.0-9-amd64")));
	expect_var(f, EFIVAR_ONCE, "~" DISK_MACHINE "-" KERNEL "~playthrough.conf");
	must_undo(f);
}

static void test_keep(void **state)
{
	struct fixture *f = *state;
	struct err err = {0};

	disk_efivar(&f->m, "LoaderEntryDefault", "somebodys-own.conf");
	free(f->before);
	f->before = disk_snapshot(&f->m);
	must_apply(f);
	assert_false(loader_systemd_boot.is_kept(&f->m.root, f->id));
	boot_ours(f, KERNEL);
	assert_int_equal(loader_systemd_boot.keep(&f->m.root, f->id, KERNEL, &err), 0);
	expect_var(f, EFIVAR_DEFAULT, "~" DISK_MACHINE "-" KERNEL "~playthrough.conf");
	assert_true(loader_systemd_boot.is_kept(&f->m.root, f->id));
	disk_efivar(&f->m, "LoaderEntrySelected", DISK_MACHINE "-" KERNEL ".conf");
	must_undo(f);
	expect_var(f, EFIVAR_DEFAULT, "somebodys-own.conf");
}

/* The very entry that ran, with the kernel that ran. */
static void test_keep_only_what_ran(void **state)
{
	struct fixture *f = *state;
	struct err err = {0};

	must_apply(f);
	assert_int_equal(loader_systemd_boot.keep(&f->m.root, f->id, KERNEL, &err), -EINVAL);
	boot_ours(f, "6.1.0-17-amd64");
	assert_int_equal(loader_systemd_boot.keep(&f->m.root, f->id, KERNEL, &err), -EINVAL);
	assert_string_equal(err.code, "PT-BOOT-15");
	expect_var(f, EFIVAR_DEFAULT, NULL);
	assert_int_equal(loader_systemd_boot.keep(&f->m.root, f->id, "6.1.0-17-amd64", &err), 0);
	expect_var(f, EFIVAR_DEFAULT, "~" DISK_MACHINE "-6.1.0-17-amd64~playthrough.conf");
}

/* A kernel that comes after ours became the default is tried once before it is the default. */
static void test_new_kernel_is_tried(void **state)
{
	struct fixture *f = *state;

	must_apply(f);
	boot_ours(f, KERNEL);
	assert_int_equal(loader_systemd_boot.try_new(&f->m.root, NULL), 0);
	expect_var(f, EFIVAR_ONCE, NULL);
	assert_int_equal(loader_systemd_boot.keep(&f->m.root, f->id, KERNEL, NULL), 0);
	assert_int_equal(loader_systemd_boot.try_new(&f->m.root, NULL), 0);
	expect_var(f, EFIVAR_ONCE, NULL);
	disk_entry(&f->m, "6.1.0-20-amd64");
	assert_int_equal(loader_systemd_boot.refresh(&f->m.root, NULL), 0);
	assert_int_equal(loader_systemd_boot.try_new(&f->m.root, NULL), 0);
	expect_var(f, EFIVAR_ONCE, "~" DISK_MACHINE "-6.1.0-20-amd64~playthrough.conf");
	expect_var(f, EFIVAR_DEFAULT, "~" DISK_MACHINE "-" KERNEL "~playthrough.conf");
	assert_true(loader_systemd_boot.is_kept(&f->m.root, f->id));
	boot_ours(f, "6.1.0-20-amd64");
	assert_false(loader_systemd_boot.is_kept(&f->m.root, f->id));
	assert_int_equal(loader_systemd_boot.keep(&f->m.root, f->id, "6.1.0-20-amd64", NULL), 0);
	assert_true(loader_systemd_boot.is_kept(&f->m.root, f->id));
	boot_ours(f, KERNEL);
	assert_true(loader_systemd_boot.is_kept(&f->m.root, f->id));
}

/* kernel-install calls renew: a new kernel has our entry, a removed one has it no more, undo has none. */
static void test_kernels_come_and_go(void **state)
{
	struct fixture *f = *state;

	must_apply(f);
	disk_entry(&f->m, "6.1.0-20-amd64");
	root_remove(&f->m.root, DISK_ENTRIES DISK_MACHINE "-6.1.0-17-amd64.conf", NULL);
	assert_int_equal(loader_systemd_boot.refresh(&f->m.root, NULL), 0);
	assert_int_equal(loader_systemd_boot.check(&f->m.root, f->id, NULL), 0);
	assert_true(root_exists(&f->m.root, OWN("6.1.0-20-amd64")));
	assert_false(root_exists(&f->m.root, OWN("6.1.0-17-amd64")));
	must_undo(f);
	root_remove(&f->m.root, DISK_ENTRIES DISK_MACHINE "-6.1.0-20-amd64.conf", NULL);
	disk_entry(&f->m, "6.1.0-17-amd64");
	expect_as_before(f);
}

/* Of a kernel that has no vfio-pci there is no entry. */
static void test_kernel_without_vfio(void **state)
{
	struct fixture *f = *state;

	machine_write(
	        &f->m, "/lib/modules/6.1.0-17-amd64/modules.dep", "kernel/fs/fuse/fuse.ko:\n");
	must_apply(f);
	assert_true(root_exists(&f->m.root, OWN(KERNEL)));
	assert_false(root_exists(&f->m.root, OWN("6.1.0-17-amd64")));
	machine_write(&f->m, "/lib/modules/6.1.0-17-amd64/modules.builtin",
	        "kernel/drivers/vfio/pci/vfio-pci.ko\n");
	assert_int_equal(loader_systemd_boot.refresh(&f->m.root, NULL), 0);
	assert_true(root_exists(&f->m.root, OWN("6.1.0-17-amd64")));
}

/* Hand-written: no machine-id, no version; a file of the same root is ours to derive from. */
static void test_entry_by_hand(void **state)
{
	struct fixture *f = *state;
	struct err err = {0};

	root_remove(&f->m.root, DISK_ENTRIES DISK_MACHINE "-" KERNEL ".conf", NULL);
	root_remove(&f->m.root, DISK_ENTRIES DISK_MACHINE "-6.1.0-17-amd64.conf", NULL);
	machine_write(&f->m, DISK_ENTRIES "Arch.conf",
	        "title Arch Linux\nlinux /vmlinuz-linux\ninitrd /intel-ucode.img\n"
	        "initrd /initramfs-linux.img\noptions root=PARTUUID=1 rw\n");
	machine_write(&f->m, DISK_ENTRIES "Arch-other.conf",
	        "linux /vmlinuz-linux\ninitrd /i\noptions root=PARTUUID=2 rw\n");
	machine_write(&f->m, "/proc/cmdline", "initrd=\\i root=PARTUUID=1 rw\n");
	disk_efivar(&f->m, "LoaderEntrySelected", "arch.conf");
	free(f->before);
	f->before = disk_snapshot(&f->m);
	must_apply(f);
	assert_false(root_exists(&f->m.root, DISK_ENTRIES "~Arch-other~playthrough.conf"));
	expect_var(f, EFIVAR_ONCE, "~arch~playthrough.conf");
	disk_efivar(&f->m, "LoaderEntryOneShot", NULL);
	disk_efivar(&f->m, "LoaderEntrySelected", "~Arch~playthrough.conf");
	assert_int_equal(loader_systemd_boot.keep(&f->m.root, f->id, "6.9.1-arch1", &err), 0);
	expect_var(f, EFIVAR_DEFAULT, "~Arch~playthrough.conf");
	disk_efivar(&f->m, "LoaderEntrySelected", "arch.conf");
	must_undo(f);
	expect_as_before(f);
}

static void test_refusals(void **state)
{
	struct fixture *f = *state;
	struct err err = {0};

	disk_efivar(&f->m, "LoaderInfo", "systemd-boot 249.11");
	assert_true(apply(f, &err) < 0);
	assert_string_equal(err.code, "PT-BOOT-01");
	assert_non_null(strstr(err.hint, "bootctl update"));
	disk_efivar(&f->m, "LoaderInfo", "systemd-boot 252");
	root_remove(&f->m.root, DISK_ENTRIES DISK_MACHINE "-" KERNEL ".conf", NULL);
	root_remove(&f->m.root, DISK_ENTRIES DISK_MACHINE "-6.1.0-17-amd64.conf", NULL);
	assert_true(apply(f, &err) < 0);
	assert_non_null(strstr(err.hint, "layout=bls"));
}

static void test_tool_fails(void **state)
{
	struct fixture *f = *state;
	struct err err = {0};

	setenv("FAIL", "bootctl", 1);
	assert_true(apply(f, &err) < 0);
	assert_true(starts_with(err.message, "apply failed and was taken back"));
	expect_as_before(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_entries, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_newest_is_tried, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_keep, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_keep_only_what_ran, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_new_kernel_is_tried, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_kernels_come_and_go, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_kernel_without_vfio, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_entry_by_hand, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_refusals, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_tool_fails, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
