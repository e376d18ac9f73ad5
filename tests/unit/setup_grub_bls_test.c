/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GRUB with blscfg: our entries beside the stock ones, tried once by grubenv, kept, renewed, and undone. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "setup_run.h"

#define NEW     "6.5.6-300.fc39.x86_64"
#define LATER   "6.6.1-100.fc39.x86_64"
#define OLD     "6.2.9-300.fc38.x86_64"
#define FOLDER  "/boot/loader/entries/"
#define ID(k)   DISK_MACHINE "-" k
#define OWN(k)  "~" ID(k) "~playthrough"
#define FILE(i) FOLDER i ".conf"
#define ENV     "/boot/grub2/grubenv"

static void put_entry(struct machine *m, const char *kernel)
{
	cleanup_free char *path = xasprintf(FOLDER DISK_MACHINE "-%s.conf", kernel);
	cleanup_free char *text = xasprintf("title Fedora Linux (%1$s) 39\n"
	                                    "version %1$s\n"
	                                    "linux /vmlinuz-%1$s\n"
	                                    "initrd /initramfs-%1$s.img $tuned_initrd\n"
	                                    "options root=UUID=0000-11 ro rhgb $tuned_params\n"
	                                    "grub_users $grub_users\n"
	                                    "grub_arg --unrestricted\n"
	                                    "grub_class fedora\n",
	        kernel);

	machine_write(m, path, text);
}

static void put_env(struct machine *m, const char *lines)
{
	char block[1025];
	int n = snprintf(block, sizeof(block), "# GRUB Environment Block\n%s", lines);

	memset(block + n, '#', sizeof(block) - 1 - (size_t)n);
	block[1024] = '\0';
	machine_write(m, ENV, block);
}

/* Refuses another file than a copy of grubenv and other verbs than these. */
static const char fake_editenv[] =
        "#!/bin/sh\n"
        "[ $# = 3 ] || exit 2\n"
        "[ \"$1\" = \"$TEST_ROOT/boot/grub2/grubenv.playthrough-next\" ] || exit 2\n"
        "case $2 in set | unset) ;; *) exit 2 ;; esac\n"
        "exec grub-editenv \"$@\"\n";

static void open_fedora(struct machine *m)
{
	disk_open(m);
	root_remove(&m->root, "/boot/grub/grub.cfg", NULL);
	root_remove(&m->root, "/usr/sbin/grub-mkconfig", NULL);
	machine_write(m, "/etc/machine-id", DISK_MACHINE "\n");
	machine_write(m, "/boot/grub2/grub.cfg",
	        "if [ \"${next_entry}\" ] ; then\n   set default=\"${next_entry}\"\nfi\n"
	        "insmod blscfg\nblscfg\n");
	put_env(m, "saved_entry=" ID(NEW) "\nboot_success=1\n");
	put_entry(m, NEW);
	put_entry(m, OLD);
	put_entry(m, "0-rescue-" DISK_MACHINE);
	machine_write(m, FOLDER "11111111111111111111111111111111-6.1.0.conf",
	        "title Other\nlinux /l\ninitrd /i\n");
	disk_tool(m, "grub2-editenv", fake_editenv);
}

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	open_fedora(&f->m);
	pc_init(&f->pc);
	snapshot(f);
	*state = f;
	return 0;
}

static void expect_env(struct fixture *f, const char *line, bool there)
{
	cleanup_free char *block = root_read(&f->m.root, ENV);
	cleanup_free char *whole = xasprintf("\n%s\n", line);

	assert_non_null(block);
	if (!strstr(block, whole) == there)
		fail_msg("%s: %s", line, block);
}

/* GRUB takes the first options line only, so ours is one; its variables stay variables. */
static void test_entries(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *text = NULL, *expected = NULL;

	must_apply(f);
	text = root_read(&f->m.root, FILE(OWN(NEW)));
	expected = xasprintf(
	        "# Made from " ID(
	                NEW) ".conf by playthrough-setup apply; "
	                     "playthrough-setup undo removes it.\n"
	                     "title Playthrough: Fedora Linux (" NEW ") 39\n"
	                     "version " NEW "\n"
	                     "linux /vmlinuz-" NEW "\n"
	                     "initrd /playthrough.cpio\n"
	                     "initrd /initramfs-" NEW ".img $tuned_initrd\n"
	                     "grub_users $grub_users\n"
	                     "grub_arg --unrestricted\n"
	                     "grub_class fedora\n"
	                     "options root=UUID=0000-11 ro rhgb $tuned_params playthrough=%s "
	                     "intel_iommu=on iommu=pt rdinit=/playthrough/playthrough-bind "
	                     "modules_load=vfio-pci panic=30",
	        f->id);
	assert_string_equal(text, expected);
	assert_true(root_exists(&f->m.root, FILE(OWN(OLD))));
	assert_true(root_exists(&f->m.root, "/boot/playthrough.cpio"));
	assert_false(root_exists(&f->m.root, FILE(OWN("0-rescue-" DISK_MACHINE))));
	assert_false(root_exists(
	        &f->m.root, FILE("~11111111111111111111111111111111-6.1.0~playthrough")));
	expect_env(f, "next_entry=" OWN(NEW), true);
	expect_env(f, "saved_entry=" ID(NEW), true);
	must_undo(f);
	expect_as_before(f);
}

/* Kept by saved_entry; what the person had there comes back. */
static void test_keep_and_forget(void **state)
{
	struct fixture *f = *state;
	struct err err = {0};

	must_apply(f);
	assert_false(loader_grub_bls.is_kept(&f->m.root, f->id));
	assert_true(loader_grub_bls.keep(&f->m.root, f->id, "6.9.9", &err) < 0);
	assert_string_equal(err.code, "PT-BOOT-15");
	assert_int_equal(loader_grub_bls.keep(&f->m.root, f->id, NEW, NULL), 0);
	assert_true(loader_grub_bls.is_kept(&f->m.root, f->id));
	expect_env(f, "saved_entry=" OWN(NEW), true);
	assert_true(loader_grub_bls.keep(&f->m.root, "ffffffff", NEW, NULL) < 0);
	must_undo(f);
	expect_env(f, "saved_entry=" ID(NEW), true);
	expect_env(f, "boot_success=1", true);
	assert_false(root_exists(&f->m.root, FILE(OWN(NEW))));
}

/* Without a saved default the newest kernel's is tried, and undo leaves none. */
static void test_no_saved_entry(void **state)
{
	struct fixture *f = *state;

	put_env(&f->m, "boot_success=1\n");
	must_apply(f);
	expect_env(f, "next_entry=" OWN(NEW), true);
	assert_int_equal(loader_grub_bls.keep(&f->m.root, f->id, OLD, NULL), 0);
	expect_env(f, "saved_entry=" OWN(OLD), true);
	must_undo(f);
	expect_env(f, "saved_entry=" OWN(OLD), false);
	expect_env(f, "boot_success=1", true);
}

/* A kernel that came since has an entry of ours after renew, and stays when we go. */
static void test_new_kernel(void **state)
{
	struct fixture *f = *state;
	struct boot boot;

	assert_int_equal(boot_take(&f->m.root, &boot, NULL), 0);
	assert_ptr_equal(boot.loader, &loader_grub_bls);
	boot_finish(&boot);
	must_apply(f);
	put_entry(&f->m, LATER);
	assert_int_equal(root_remove(&f->m.root, FILE(ID(OLD)), NULL), 0);
	assert_int_equal(loader_grub_bls.refresh(&f->m.root, NULL), 0);
	assert_true(root_exists(&f->m.root, FILE(OWN(LATER))));
	assert_false(root_exists(&f->m.root, FILE(OWN(OLD))));
	must_undo(f);
	assert_true(root_exists(&f->m.root, FILE(ID(LATER))));
	assert_false(root_exists(&f->m.root, FILE(OWN(LATER))));
}

/* It is tried once while the older one is the default, judged when it runs, and kept then. */
static void test_new_kernel_is_tried(void **state)
{
	struct fixture *f = *state;

	must_apply(f);
	assert_int_equal(loader_grub_bls.keep(&f->m.root, f->id, NEW, NULL), 0);
	put_entry(&f->m, LATER);
	assert_int_equal(loader_grub_bls.refresh(&f->m.root, NULL), 0);
	assert_int_equal(loader_grub_bls.try_new(&f->m.root, NULL), 0);
	expect_env(f, "next_entry=" OWN(LATER), true);
	expect_env(f, "saved_entry=" OWN(NEW), true);
	machine_write(&f->m, "/proc/sys/kernel/osrelease", NEW "\n");
	assert_true(loader_grub_bls.is_kept(&f->m.root, f->id));
	machine_write(&f->m, "/proc/sys/kernel/osrelease", LATER "\n");
	assert_false(loader_grub_bls.is_kept(&f->m.root, f->id));
	assert_int_equal(loader_grub_bls.keep(&f->m.root, f->id, LATER, NULL), 0);
	assert_true(loader_grub_bls.is_kept(&f->m.root, f->id));
	must_undo(f);
}

static void test_refusals(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *why = NULL;
	struct err err = {0};

	/* a further entry would make the second another one */
	put_env(&f->m, "saved_entry=1\n");
	assert_int_equal(apply(f, &err), -ENOTSUP);
	assert_string_equal(err.code, "PT-BOOT-01");
	assert_non_null(strstr(err.message, "saved_entry=1"));
	put_env(&f->m, "saved_entry=0\n");
	must_apply(f);
	must_undo(f);
	machine_write(&f->m, "/boot/grub2/grub.cfg", "blscfg\n");
	assert_false(loader_grub_bls.remembers(&f->m.root, &why));
	assert_non_null(strstr(why, "next_entry"));
	/* no blscfg: openSUSE's way, which is none of these */
	machine_write(&f->m, "/boot/grub2/grub.cfg", "menuentry 'openSUSE' {\n}\n");
	assert_int_equal(apply(f, &err), -ENOTSUP);
	assert_non_null(strstr(err.message, "GRUB"));
}

static void test_kernel_in_a_subvolume(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *text = NULL;

	machine_write(&f->m, FILE(ID(NEW)),
	        "title F\nversion " NEW
	        "\nlinux /root/boot/vmlinuz\ninitrd /root/boot/initramfs\n");
	must_apply(f);
	text = root_read(&f->m.root, FILE(OWN(NEW)));
	assert_non_null(strstr(text, "\ninitrd /root/boot/playthrough.cpio\n"));
	/* an entry without options takes those of grub.cfg */
	assert_non_null(strstr(text, "\noptions $default_kernelopts playthrough="));
	must_undo(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_entries, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_keep_and_forget, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_no_saved_entry, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_new_kernel, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_new_kernel_is_tried, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_refusals, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_kernel_in_a_subvolume, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
