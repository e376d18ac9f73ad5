/* SPDX-License-Identifier: GPL-2.0-or-later */
/* proxmox-boot-tool with systemd-boot: our entries on partitions that are mounted for the length of an act, and undone. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "efi_variables.h"
#include "golden.h"
#include "host-setup/esps.h"
#include "host-setup/proxmox.h"
#include "setup_run.h"

#define PVE      "6.8.4-2-pve"
#define OLDER    "6.5.13-5-pve"
#define CMDLINE  "root=ZFS=rpool/ROOT/pve-1 boot=zfs"
#define OWN_NAME "~proxmox-" PVE "~playthrough.conf"
#define HOOK     "/etc/kernel/postinst.d/zzz-playthrough"

/* A mount is a link to the folder that stands for the disk. */
static const char fake_mount[] =
        "#!/bin/sh\n"
        "set -eu\n"
        "[ $# = 6 ] && [ \"$1 $2 $3 $4\" = '-t vfat -o nosuid,nodev,noexec' ] || exit 2\n"
        "uuid=${5##*/}\n"
        "[ \"$5\" = \"$TEST_ROOT/dev/disk/by-uuid/$uuid\" ] || exit 2\n"
        "[ \"$6\" = \"$TEST_ROOT/run/playthrough-esp/$uuid\" ] || exit 2\n"
        "case \" ${FAIL:-} \" in *\" $uuid \"*) echo 'wrong fs type' >&2; exit 32 ;; esac\n"
        "rmdir \"$6\"\n"
        "ln -s \"../../esp/$uuid\" \"$6\"\n";
static const char fake_umount[] = "#!/bin/sh\n"
                                  "set -eu\n"
                                  "[ $# = 1 ] && [ -L \"$1\" ] || exit 2\n"
                                  "rm \"$1\"\n"
                                  "mkdir \"$1\"\n";

static void put_link(struct fixture *f, const char *path, const char *target)
{
	cleanup_free char *full = machine_path(&f->m, "", path);

	if (symlink(target, full) < 0)
		machine_fail("symlink", full);
}

/* What zz-proxmox-boot writes. */
static void put_kernel(struct fixture *f, const char *uuid, const char *kernel)
{
	cleanup_free char *entry =
	        xasprintf("/esp/%s/loader/entries/proxmox-%s.conf", uuid, kernel);
	cleanup_free char *image =
	        xasprintf("/esp/%1$s/EFI/proxmox/%2$s/vmlinuz-%2$s", uuid, kernel);
	cleanup_free char *text = xasprintf("title    Proxmox Virtual Environment\n"
	                                    "version  %1$s\n"
	                                    "options  " CMDLINE "\n"
	                                    "linux    /EFI/proxmox/%1$s/vmlinuz-%1$s\n"
	                                    "initrd   /EFI/proxmox/%1$s/initrd.img-%1$s\n",
	        kernel);

	machine_write(&f->m, entry, text);
	machine_write(&f->m, image, "kernel\n");
}

static void remove_kernel(struct fixture *f, const char *uuid, const char *kernel)
{
	cleanup_free char *entry =
	        xasprintf("/esp/%s/loader/entries/proxmox-%s.conf", uuid, kernel);

	root_remove(&f->m.root, entry, NULL);
}

static void put_esp(struct fixture *f, const char *uuid, const char *device)
{
	cleanup_free char *link = xasprintf("/dev/disk/by-uuid/%s", uuid);
	cleanup_free char *target = xasprintf("../../%s", device);
	cleanup_free char *node = xasprintf("/dev/%s", device);
	cleanup_free char *config = xasprintf("/esp/%s/loader/loader.conf", uuid);

	machine_write(&f->m, node, "");
	put_link(f, link, target);
	machine_write(&f->m, config, "timeout 3\ndefault proxmox-*\n");
	put_kernel(f, uuid, OLDER);
	put_kernel(f, uuid, PVE);
}

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	disk_open(&f->m);
	disk_template(&f->m, "proxmox-zzz-playthrough");
	disk_tool(&f->m, "mount", fake_mount);
	disk_tool(&f->m, "umount", fake_umount);
	pc_init(&f->pc);
	put_esp(f, "ABCD-0001", "sda2");
	put_esp(f, "ABCD-0002", "sdb2");
	put_link(f, "/dev/disk/by-partuuid/" TEST_ESP_GUID, "../../sda2");
	machine_write(&f->m, ESPS_LIST, "ABCD-0001\nABCD-0002\n\nABCD-0003\n");
	machine_write(&f->m, "/etc/kernel/postinst.d/zz-proxmox-boot", "#!/bin/sh\n");
	machine_write(&f->m, "/run/utmp", "");
	machine_write(&f->m, "/etc/kernel/cmdline", CMDLINE "\n");
	machine_write(&f->m, "/proc/cmdline",
	        "initrd=\\EFI\\proxmox\\" PVE "\\initrd.img-" PVE " " CMDLINE "\n");
	machine_write(&f->m, "/proc/sys/kernel/osrelease", PVE "\n");
	machine_write(&f->m, "/boot/vmlinuz-" PVE, "kernel\n");
	machine_write(&f->m, "/boot/initrd.img-" PVE, "stock\n");
	disk_efivar(&f->m, "LoaderInfo", "systemd-boot 252.22-1");
	disk_efivar(&f->m, "LoaderDevicePartUUID", TEST_ESP_GUID);
	disk_efivar(&f->m, "LoaderEntrySelected", "proxmox-" PVE ".conf");
	snapshot(f);
	*state = f;
	return 0;
}

static bool has_own(struct fixture *f, const char *uuid, const char *kernel)
{
	cleanup_free char *path =
	        xasprintf("/esp/%s/loader/entries/~proxmox-%s~playthrough.conf", uuid, kernel);

	return root_exists(&f->m.root, path);
}

static void renew(struct fixture *f)
{
	struct err err = {0};

	if (loader_proxmox.refresh(&f->m.root, &err) < 0 ||
	        loader_proxmox.try_new(&f->m.root, &err) < 0)
		fail_msg("%s", err.message);
}

static void test_entries(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *text = NULL, *expected = NULL, *there = NULL, *archive = NULL;

	must_apply(f);
	text = root_read(&f->m.root, "/esp/ABCD-0002/loader/entries/" OWN_NAME);
	expected = xasprintf("# Made from proxmox-" PVE ".conf by playthrough-setup apply; "
	                     "playthrough-setup undo removes it.\n"
	                     "title Playthrough: Proxmox Virtual Environment\n"
	                     "version " PVE "\n"
	                     "options " CMDLINE "\n"
	                     "linux /EFI/proxmox/" PVE "/vmlinuz-" PVE "\n"
	                     "initrd /playthrough.cpio\n"
	                     "initrd /EFI/proxmox/" PVE "/initrd.img-" PVE "\n"
	                     "options playthrough=%s intel_iommu=on iommu=pt "
	                     "rdinit=/playthrough/playthrough-bind "
	                     "modules_load=vfio-pci panic=30",
	        f->id);
	assert_string_equal(text, expected);
	assert_true(has_own(f, "ABCD-0001", PVE) && has_own(f, "ABCD-0001", OLDER));
	there = root_read(&f->m.root, "/esp/ABCD-0001/playthrough.cpio");
	archive = root_read(&f->m.root, "/boot/playthrough.cpio");
	assert_string_equal(there, archive);
	expect_var(f, EFIVAR_ONCE, OWN_NAME);
	assert_false(root_exists(&f->m.root, "/run/playthrough-esp"));
	must_undo(f);
	expect_as_before(f);
}

static void test_golden_plan(void **state)
{
	struct fixture *f = *state;
	struct boot boot;
	struct plan plan;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(make_plan(f, &boot, &plan, NULL), 0);
	plan_print(&plan, &boot, false, out);
	fclose(out);
	expect_golden("setup-plan-proxmox.txt", text);
	free(text);
	plan_finish(&plan);
	boot_finish(&boot);
	/* To plan, nothing is mounted. */
	assert_false(root_exists(&f->m.root, "/run/playthrough-esp"));
}

static void test_in_force(void **state)
{
	struct fixture *f = *state;
	struct journal journal;
	struct boot boot;
	struct plan plan;

	must_apply(f);
	assert_int_equal(make_plan(f, &boot, &plan, NULL), 0);
	assert_int_equal(journal_load(&f->m.root, &journal, NULL), 0);
	assert_true(apply_in_force(&f->m.root, &journal, &plan, &boot));
	/* The tool has made the partitions anew. */
	assert_int_equal(system("rm -r $TEST_ROOT/esp/*/loader/entries/~*"), 0);
	assert_false(apply_in_force(&f->m.root, &journal, &plan, &boot));
	journal_finish(&journal);
	plan_finish(&plan);
	boot_finish(&boot);
	must_apply(f);
	assert_true(has_own(f, "ABCD-0002", PVE));
}

static void test_keep(void **state)
{
	struct fixture *f = *state;
	struct err err = {0};

	must_apply(f);
	assert_int_equal(loader_proxmox.keep(&f->m.root, f->id, PVE, &err), -EINVAL);
	assert_string_equal(err.code, "PT-BOOT-15");
	disk_efivar(&f->m, "LoaderEntryOneShot", NULL);
	disk_efivar(&f->m, "LoaderEntrySelected", OWN_NAME);
	assert_false(loader_proxmox.is_kept(&f->m.root, f->id));
	assert_int_equal(loader_proxmox.keep(&f->m.root, f->id, PVE, &err), 0);
	assert_true(loader_proxmox.is_kept(&f->m.root, f->id));
	assert_false(loader_proxmox.is_kept(&f->m.root, "00000000"));
	expect_var(f, EFIVAR_DEFAULT, OWN_NAME);
	disk_efivar(&f->m, "LoaderEntrySelected", "proxmox-" PVE ".conf");
	must_undo(f);
	expect_as_before(f);
}

/* The tool's hook has run: a kernel came and another one went. */
static void test_kernels_come_and_go(void **state)
{
	struct fixture *f = *state;

	must_apply(f);
	disk_efivar(&f->m, "LoaderEntryOneShot", NULL);
	disk_efivar(&f->m, "LoaderEntrySelected", OWN_NAME);
	assert_int_equal(loader_proxmox.keep(&f->m.root, f->id, PVE, NULL), 0);
	put_kernel(f, "ABCD-0001", "6.8.12-1-pve");
	put_kernel(f, "ABCD-0002", "6.8.12-1-pve");
	remove_kernel(f, "ABCD-0001", OLDER);
	remove_kernel(f, "ABCD-0002", OLDER);
	renew(f);
	assert_true(has_own(f, "ABCD-0001", "6.8.12-1-pve"));
	assert_true(has_own(f, "ABCD-0002", "6.8.12-1-pve"));
	assert_false(has_own(f, "ABCD-0001", OLDER) || has_own(f, "ABCD-0002", OLDER));
	expect_var(f, EFIVAR_ONCE, "~proxmox-6.8.12-1-pve~playthrough.conf");
	expect_var(f, EFIVAR_DEFAULT, OWN_NAME);
	assert_int_equal(loader_proxmox.check(&f->m.root, f->id, NULL), 0);
}

/* A partition of GRUB's in the list is not touched; one that cannot be mounted stops everything. */
static void test_other_partitions(void **state)
{
	struct fixture *f = *state;
	struct err err = {0};

	machine_write(&f->m, "/esp/ABCD-0002/EFI/proxmox/grubx64.efi", "MZ");
	snapshot(f);
	must_apply(f);
	assert_true(has_own(f, "ABCD-0001", PVE));
	assert_false(has_own(f, "ABCD-0002", PVE));
	must_undo(f);
	expect_as_before(f);
	setenv("FAIL", "ABCD-0002", 1);
	assert_true(apply(f, &err) < 0);
	assert_non_null(strstr(err.message, "ABCD-0002"));
	assert_non_null(strstr(err.hint, "proxmox-boot-tool"));
	expect_as_before(f);
	setenv("FAIL", "ABCD-0001 ABCD-0002", 1);
	assert_true(apply(f, &err) < 0);
	assert_non_null(strstr(err.message, "ABCD-0001"));
	assert_non_null(strstr(err.message, "ABCD-0002"));
	expect_as_before(f);
}

/* One partition that has nothing of this system: the other one, from which the PC may start, is renewed all the same. */
static void test_each_for_itself(void **state)
{
	struct fixture *f = *state;
	struct err err = {0};

	must_apply(f);
	remove_kernel(f, "ABCD-0001", PVE);
	remove_kernel(f, "ABCD-0001", OLDER);
	put_kernel(f, "ABCD-0002", "6.8.12-1-pve");
	assert_true(loader_proxmox.refresh(&f->m.root, &err) < 0);
	assert_non_null(strstr(err.message, "ABCD-0001"));
	assert_true(has_own(f, "ABCD-0002", "6.8.12-1-pve"));
	remove_kernel(f, "ABCD-0002", PVE);
	remove_kernel(f, "ABCD-0002", OLDER);
	remove_kernel(f, "ABCD-0002", "6.8.12-1-pve");
	assert_true(loader_proxmox.refresh(&f->m.root, &err) < 0);
	assert_non_null(strstr(err.message, "ABCD-0001"));
	assert_non_null(strstr(err.message, "ABCD-0002"));
}

/* Undo waits for a partition that cannot be mounted, and leaves nothing mounted itself. */
static void test_undo_waits(void **state)
{
	struct fixture *f = *state;
	struct err err = {0};

	must_apply(f);
	setenv("FAIL", "ABCD-0002", 1);
	assert_true(undo(f, &err) < 0);
	assert_false(root_exists(&f->m.root, "/run/playthrough-esp"));
	unsetenv("FAIL");
	must_undo(f);
	expect_as_before(f);
}

static void expect_by_hand(struct fixture *f, const char *why)
{
	struct strv cleanup_strv lines = {0};
	cleanup_free char *all = NULL;
	const struct loader *loader;
	struct err err = {0};
	const char *where;

	loader = loader_detect(&f->m.root, &where, &err);
	assert_non_null(loader);
	assert_string_equal(loader->name, "proxmox-boot-tool by hand");
	assert_int_equal(loader->instructions(&f->m.root, &lines, &err), 0);
	all = strv_join(&lines, "\n");
	if (!strstr(all, why) || !strstr(all, "bootctl set-oneshot playthrough.conf"))
		fail_msg("%s", all);
}

static void test_by_hand(void **state)
{
	struct fixture *f = *state;

	disk_efivar(&f->m, "LoaderDevicePartUUID", NULL);
	expect_by_hand(f, "LoaderDevicePartUUID");
	disk_efivar(&f->m, "LoaderDevicePartUUID", TEST_ESP_GUID);
	machine_write(&f->m, ESPS_LIST, "$(reboot)\n");
	expect_by_hand(f, "something else than partitions");
	root_write(&f->m.root, ESPS_LIST, "ABCD-0002\n", 10, 0644, NULL);
	expect_by_hand(f, "LoaderDevicePartUUID");
	root_write(&f->m.root, ESPS_LIST, "ABCD-0001\n", 10, 0644, NULL);
	disk_efivar(&f->m, "LoaderInfo", "systemd-boot 247");
	expect_by_hand(f, "too old");
	disk_efivar(&f->m, "LoaderInfo", "systemd-boot 252");
	root_remove(&f->m.root, "/etc/kernel/postinst.d/zz-proxmox-boot", NULL);
	expect_by_hand(f, "zz-proxmox-boot");
}

static void test_list(void **state)
{
	struct fixture *f = *state;
	struct strv cleanup_strv uuids = {0};

	root_write(&f->m.root, ESPS_LIST, "ABCD-0001\nabcd-12EF\nABCD-0001\n", 30, 0644, NULL);
	assert_int_equal(esps_list(&f->m.root, &uuids), 0);
	assert_int_equal(uuids.n, 2);
	root_write(&f->m.root, ESPS_LIST, "../../x\n", 8, 0644, NULL);
	assert_int_equal(esps_list(&f->m.root, &uuids), -EINVAL);
	root_write(&f->m.root, ESPS_LIST, "ABCDE0001\n", 10, 0644, NULL);
	assert_int_equal(esps_list(&f->m.root, &uuids), -EINVAL);
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
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	        CASE(test_entries),
	        CASE(test_golden_plan),
	        CASE(test_in_force),
	        CASE(test_keep),
	        CASE(test_kernels_come_and_go),
	        CASE(test_other_partitions),
	        CASE(test_each_for_itself),
	        CASE(test_undo_waits),
	        CASE(test_by_hand),
	        CASE(test_list),
	        CASE(test_tool_fails),
	};
#undef CASE

	return cmocka_run_group_tests(tests, NULL, NULL);
}
