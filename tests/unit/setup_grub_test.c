/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GRUB: what it can remember, that its menu is replaced as a whole, and which loaders are refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "host-setup/overlay.h"
#include "host-setup/loader.h"
#include "setup_disk.h"

static void set_mount(const struct machine *m, const char *lines)
{
	machine_write(m, "/proc/self/mountinfo", lines);
}

static void expect_remembers(const struct machine *m, bool expected, const char *part)
{
	cleanup_free char *why = NULL;

	assert_int_equal(loader_grub.remembers(&m->root, &why), expected);
	assert_int_equal(why == NULL, expected);
	if (part && !strstr(why, part))
		fail_msg("\"%s\" is without \"%s\"", why, part);
}

static void test_what_grub_can_write(void **state)
{
	struct machine m;
	cleanup_free char *lvm = NULL;

	(void)state;
	disk_open(&m);
	expect_remembers(&m, true, NULL);
	set_mount(&m, "1 0 8:1 / / rw - btrfs /dev/sda1 rw\n");
	expect_remembers(&m, false, "btrfs");
	/* the file system that holds /boot/grub counts, not the one of / */
	set_mount(&m, "1 0 0:30 / / rw - zfs rpool rw\n2 1 8:1 / /boot rw - ext4 /dev/sda1 rw\n");
	expect_remembers(&m, true, NULL);
	set_mount(&m, "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:9 / /bootleg rw - btrfs x rw\n");
	expect_remembers(&m, true, NULL);
	machine_write(&m, "/sys/devices/virtual/block/dm-0/dev", "254:0\n");
	lvm = machine_path(&m, "", "/sys/dev/block/254:0");
	assert_int_equal(symlink("../../devices/virtual/block/dm-0", lvm), 0);
	set_mount(&m, "1 0 254:0 / / rw - ext4 /dev/mapper/vg-root rw\n");
	expect_remembers(&m, false, "dm-0 is no plain partition");
	set_mount(&m, "");
	expect_remembers(&m, false, "mountinfo");
	machine_close(&m);
}

static mode_t overlay_mode(const struct machine *m)
{
	struct edits edits = {0};
	mode_t mode;

	assert_int_equal(loader_grub.files(&m->root, &edits, NULL), 0);
	assert_string_equal(edits.list[0].path, "/boot/" OVERLAY_NAME);
	mode = edits.list[0].mode;
	edits_finish(&edits);
	return mode;
}

/* An EFI system partition on /boot: chmod(2) would be refused there, and apply with it. */
static void test_boot_without_modes(void **state)
{
	struct machine m;

	(void)state;
	disk_open(&m);
	assert_int_equal(overlay_mode(&m), 0644);
	set_mount(
	        &m, "1 0 8:2 / / rw - ext4 /dev/sda2 rw\n2 1 8:1 / /boot rw - vfat /dev/sda1 rw\n");
	assert_int_equal(overlay_mode(&m), EDIT_MODE_ANY);
	set_mount(&m, "1 0 8:2 / / rw - ext4 /dev/sda2 rw\n"
	              "2 1 8:1 / /boot/efi rw - vfat /dev/sda1 rw\n");
	assert_int_equal(overlay_mode(&m), 0644);
	machine_close(&m);
}

static void test_menu_is_replaced_whole(void **state)
{
	struct machine m;
	struct err err = {0};
	struct stat st;

	(void)state;
	disk_open(&m);
	disk_mode(&m, "/boot/grub/grub.cfg", 0400);
	assert_int_equal(loader_grub.refresh(&m.root, &err), 0);
	assert_int_equal(root_stat(&m.root, "/boot/grub/grub.cfg", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0400);
	assert_false(root_exists(&m.root, "/boot/grub/grub.cfg.playthrough"));
	assert_false(root_exists(&m.root, "/boot/grub/grub.cfg.playthrough-old"));
	disk_tool(&m, "grub-mkconfig", "#!/bin/sh\necho '# half a menu' >\"$2\"\n");
	assert_true(loader_grub.refresh(&m.root, &err) < 0);
	assert_non_null(strstr(err.message, "without an entry"));
	assert_false(root_exists(&m.root, "/boot/grub/grub.cfg.playthrough"));
	assert_int_equal(root_stat(&m.root, "/boot/grub/grub.cfg", &st), 0);
	machine_close(&m);
}

/* Two kernels: ours starts the newest; a second system on the same disks has Playthrough too. */
static const char menu[] =
        "menuentry 'Debian GNU/Linux' {\n}\n"
        "### BEGIN /etc/grub.d/30_os-prober ###\n"
        "menuentry 'Playthrough: Other' $menuentry_id_option 'playthrough' {\n"
        "	linux /boot/vmlinuz playthrough=89abcdef x\n}\n"
        "### END /etc/grub.d/30_os-prober ###\n"
        "### BEGIN /etc/grub.d/42_playthrough ###\n"
        "menuentry 'Playthrough: Debian, Linux " KERNEL
        "' $menuentry_id_option 'playthrough' {\n}\n"
        "menuentry 'Playthrough: Debian, Linux 5.10.0-1-amd64' $menuentry_id_option "
        "'playthrough-5.10.0-1-amd64' {\n}\n"
        "### END /etc/grub.d/42_playthrough ###\n";

static void test_entries_of_others(void **state)
{
	cleanup_free char *others =
	        xstrndup(menu, (size_t)(strstr(menu, "### BEGIN /etc/grub.d/42") - menu));
	struct machine m;

	(void)state;
	disk_open(&m);
	machine_write(&m, "/boot/grub/grub.cfg", others);
	assert_false(loader_grub.has_entry(&m.root));
	assert_true(loader_grub.check(&m.root, "89abcdef", NULL) < 0);
	machine_write(&m, "/boot/grub/grub.cfg", menu);
	assert_true(loader_grub.has_entry(&m.root));
	machine_close(&m);
}

/* Somebody else renews the menu while ours is being made: what they had found is looked at again. */
static void test_menu_made_meanwhile(void **state)
{
	struct err err = {0};
	struct machine m;
	cleanup_free char *config = NULL;

	(void)state;
	disk_open(&m);
	disk_tool(&m, "grub-mkconfig",
	        "#!/bin/sh\n"
	        "runs=$TEST_ROOT/runs\n"
	        "echo x >>\"$runs\"\n"
	        "if [ $(wc -l <\"$runs\") = 1 ]; then\n"
	        "	echo \"menuentry 'newer'\" >\"$TEST_ROOT/boot/grub/x\"\n"
	        "	mv \"$TEST_ROOT/boot/grub/x\" \"$TEST_ROOT/boot/grub/grub.cfg\"\n"
	        "fi\n"
	        "echo \"menuentry 'made by run $(wc -l <\"$runs\")'\" >\"$2\"\n");
	assert_int_equal(loader_grub.refresh(&m.root, &err), 0);
	config = root_read(&m.root, "/boot/grub/grub.cfg");
	assert_non_null(strstr(config, "made by run 2"));
	machine_close(&m);
}

static void test_memory(void **state)
{
	struct err err = {0};
	struct machine m;
	cleanup_free char *before = NULL, *after = NULL, *between = NULL;
	size_t size;

	(void)state;
	disk_open(&m);
	before = root_read_bytes(&m.root, "/boot/grub/grubenv", &size);
	assert_int_equal(loader_grub.forget(&m.root, NULL, NULL), 0);
	assert_int_equal(loader_grub.try_once(&m.root, "0123abcd", NULL), 0);
	assert_false(loader_grub.is_kept(&m.root, "0123abcd"));
	machine_write(&m, "/boot/grub/grub.cfg", menu);
	assert_int_equal(loader_grub.keep(&m.root, "0123abcd", "4.19.0-1-amd64", &err), -EINVAL);
	assert_string_equal(err.code, "PT-BOOT-15");
	assert_non_null(strstr(err.message, "4.19.0-1-amd64"));
	assert_false(loader_grub.is_kept(&m.root, "0123abcd"));
	assert_int_equal(loader_grub.keep(&m.root, "0123abcd", KERNEL, NULL), 0);
	assert_true(loader_grub.is_kept(&m.root, "0123abcd"));
	assert_false(loader_grub.is_kept(&m.root, "0123abc"));
	between = root_read(&m.root, "/boot/grub/grubenv");
	assert_null(strstr(between, "playthrough_next"));
	assert_non_null(strstr(between, "\nplaythrough_kernel=" KERNEL "\n"));
	assert_int_equal(loader_grub.forget(&m.root, NULL, NULL), 0);
	after = root_read_bytes(&m.root, "/boot/grub/grubenv", &size);
	assert_int_equal(size, 1024);
	assert_string_equal(before, after);
	machine_close(&m);
}

/* Arch: /boot/vmlinuz-linux is of whatever release the package has now. */
static void test_kernel_named_by_package(void **state)
{
	static const char arch_menu[] = "### BEGIN /etc/grub.d/42_playthrough ###\n"
	                                "menuentry 'Playthrough: Arch GNU/Linux, Linux linux' "
	                                "$menuentry_id_option 'playthrough' {\n"
	                                "}\n"
	                                "menuentry 'Playthrough: Arch GNU/Linux, Linux linux-lts' "
	                                "$menuentry_id_option 'playthrough-linux-lts' {\n"
	                                "}\n"
	                                "### END /etc/grub.d/42_playthrough ###\n";
	cleanup_free char *block = NULL;
	struct machine m;

	(void)state;
	disk_open(&m);
	machine_write(&m, "/boot/grub/grub.cfg", arch_menu);
	machine_write(&m, "/usr/lib/modules/6.6.30-1-lts/pkgbase", "linux-lts\n");
	machine_write(&m, "/usr/lib/modules/6.9.1-arch1-1/pkgbase", "linux\n");
	assert_int_equal(loader_grub.keep(&m.root, "0123abcd", "6.6.30-1-lts", NULL), 0);
	block = root_read(&m.root, "/boot/grub/grubenv");
	assert_non_null(strstr(block, "\nplaythrough_kernel=linux-lts\n"));
	assert_int_equal(loader_grub.keep(&m.root, "0123abcd", "6.8.9-arch1-1", NULL), -EINVAL);
	assert_int_equal(loader_grub.keep(&m.root, "0123abcd", "6.9.1-arch1-1", NULL), 0);
	assert_true(loader_grub.is_kept(&m.root, "0123abcd"));
	/* the menu has started another one for once */
	machine_write(&m, "/proc/sys/kernel/osrelease", "6.6.30-1-lts\n");
	disk_grubenv(&m, "playthrough_good=0123abcd\nplaythrough_kernel=linux\n"
	                 "playthrough_tried=linux-lts\n");
	assert_false(loader_grub.is_kept(&m.root, "0123abcd"));
	assert_int_equal(loader_grub.keep(&m.root, "0123abcd", "6.6.30-1-lts", NULL), 0);
	assert_true(loader_grub.is_kept(&m.root, "0123abcd"));
	machine_close(&m);
}

/* grub-editenv empties the file before it writes; that it is cut off there must cost nothing. */
static void test_memory_is_never_half(void **state)
{
	struct machine m;
	cleanup_free char *before = NULL, *after = NULL;
	struct strv names = {0};
	size_t n;

	(void)state;
	disk_open(&m);
	before = root_read(&m.root, "/boot/grub/grubenv");
	assert_int_equal(root_list(&m.root, "/boot/grub", &names), 0);
	n = names.n;
	strv_finish(&names);
	disk_tool(&m, "grub-editenv", "#!/bin/sh\n: >\"$1\"\nexit 1\n");
	assert_true(loader_grub.try_once(&m.root, "0123abcd", NULL) < 0);
	after = root_read(&m.root, "/boot/grub/grubenv");
	assert_string_equal(before, after);
	assert_int_equal(root_list(&m.root, "/boot/grub", &names), 0);
	assert_int_equal(names.n, n);
	strv_finish(&names);
	machine_close(&m);
}

static void put_behind_link(const struct machine *m, const char *path)
{
	cleanup_free char *link = machine_path(m, "", path);
	cleanup_free char *real = xasprintf("%s.real", link);

	assert_int_equal(rename(link, real), 0);
	assert_int_equal(symlink(strrchr(real, '/') + 1, link), 0);
}

static void test_links_stay(void **state)
{
	cleanup_free char *config_link = NULL, *env_link = NULL, *config = NULL, *block = NULL;
	struct machine m;
	struct err err = {0};

	(void)state;
	disk_open(&m);
	put_behind_link(&m, "/boot/grub/grub.cfg");
	put_behind_link(&m, "/boot/grub/grubenv");
	machine_write(&m, "/boot/grub/grub.cfg.real", "an old menu\n");
	assert_int_equal(loader_grub.refresh(&m.root, &err), 0);
	assert_int_equal(loader_grub.try_once(&m.root, "0123abcd", &err), 0);
	config_link = root_link_name(&m.root, "/boot/grub/grub.cfg");
	env_link = root_link_name(&m.root, "/boot/grub/grubenv");
	assert_string_equal(config_link, "grub.cfg.real");
	assert_string_equal(env_link, "grubenv.real");
	config = root_read(&m.root, "/boot/grub/grub.cfg.real");
	block = root_read(&m.root, "/boot/grub/grubenv.real");
	assert_non_null(strstr(config, "menuentry "));
	assert_non_null(strstr(block, "saved_entry=Debian\nplaythrough_next=0123abcd\n"));
	machine_close(&m);
}

static void test_other_loaders(void **state)
{
	static const char *const files[][2] = {
	        {"/boot/efi/EFI/CLOVER/config.plist", "Clover"},
	        {"/etc/elilo.conf", "ELILO"},
	        {"/boot/grub2/grub.cfg", "a way that is not known here"},
	        {"/etc/hostname", "no boot loader found"},
	};
	const char *where;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct err err = {0};
		struct machine m;

		machine_open(&m, NULL);
		machine_write(&m, files[i][0], "\n");
		assert_null(loader_detect(&m.root, &where, &err));
		assert_string_equal(err.code, "PT-BOOT-01");
		assert_non_null(strstr(err.message, files[i][1]));
		machine_close(&m);
	}
}

/* systemd-boot says in a variable that it started this PC; GRUB's files may lie about from before. */
static void test_loader_variable(void **state)
{
	static const char path[] = "/sys/firmware/efi/efivars/"
	                           "LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
	static const char name[] = "systemd-boot 252";
	struct strv words = {0};
	cleanup_free char *full = NULL, *hex = NULL;
	struct err err = {0};
	const char *where;
	struct machine m;

	(void)state;
	disk_open(&m);
	assert_ptr_equal(loader_detect(&m.root, &where, &err), &loader_grub);
	assert_string_equal(where, "/boot/grub/grub.cfg");
	strv_add(&words, "06 00 00 00");
	for (size_t i = 0; i < sizeof(name); i++)
		strv_addf(&words, "%02x 00", (unsigned)name[i]);
	hex = strv_join(&words, " ");
	strv_finish(&words);
	full = machine_path(&m, "", path);
	machine_hex(full, hex);
	assert_ptr_equal(loader_detect(&m.root, &where, &err), &loader_systemd_boot);
	machine_close(&m);
}

/* What cpio(1) finds in the archive, and that it is the same each time. */
static void test_overlay(void **state)
{
	const struct overlay overlay = {
	        .bind_conf = "id 0123abcd\n", .program = "\177ELF\0", .program_size = 5};
	struct machine m;
	size_t size, again_size;
	cleanup_free void *bytes = overlay_make(&overlay, &size);
	cleanup_free void *again = overlay_make(&overlay, &again_size);
	cleanup_free char *command = NULL;
	struct stat st;

	(void)state;
	assert_int_equal(size, again_size);
	assert_memory_equal(bytes, again, size);
	machine_open(&m, NULL);
	assert_int_equal(root_write(&m.root, "/x/a.cpio", bytes, size, 0644, NULL), 0);
	command = xasprintf("cd %s/x && cpio --quiet -i <a.cpio", m.folder);
	assert_int_equal(system(command), 0);
	assert_int_equal(root_stat(&m.root, "/x/playthrough/playthrough-bind", &st), 0);
	assert_int_equal(st.st_size, 5);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_true(root_exists(&m.root, "/x/etc/playthrough/bind.conf"));
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_what_grub_can_write),
	        cmocka_unit_test(test_boot_without_modes),
	        cmocka_unit_test(test_menu_is_replaced_whole),
	        cmocka_unit_test(test_entries_of_others),
	        cmocka_unit_test(test_menu_made_meanwhile),
	        cmocka_unit_test(test_memory),
	        cmocka_unit_test(test_kernel_named_by_package),
	        cmocka_unit_test(test_memory_is_never_half),
	        cmocka_unit_test(test_links_stay),
	        cmocka_unit_test(test_other_loaders),
	        cmocka_unit_test(test_loader_variable),
	        cmocka_unit_test(test_overlay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
