/* SPDX-License-Identifier: GPL-2.0-or-later */
/* systemd-boot with unified images: our entries start copies of what is in them, made anew with them, and undone. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "golden.h"
#include "host-setup/loader_by_hand.h"
#include "host-setup/unified.h"
#include "setup_run.h"
#include "uki_image.h"

#define CMDLINE "root=UUID=0000-11 rw quiet"
#define ARCH    "6.9.1-arch1-1"
#define NEWER   "6.9.2-arch1-1"
#define ENTRIES "/efi/loader/entries/"
#define OWN     ENTRIES "~arch-linux.efi-" ARCH "~playthrough.conf"
#define HOOK    "/etc/initcpio/post/playthrough"
#define PACMAN  "/etc/pacman.d/hooks/95-playthrough.hook"

static void put_modules(struct fixture *f, const char *release)
{
	cleanup_free char *path = xasprintf("/usr/lib/modules/%s/modules.dep", release);

	machine_write(&f->m, path, "kernel/drivers/vfio/pci/vfio-pci.ko.zst:\n");
}

static void put_image(struct fixture *f, const char *name, const struct uki_image *image)
{
	cleanup_free char *path = xasprintf("/efi/EFI/Linux/%s", name);

	root_write(&f->m.root, path, image->bytes, image->n, 0644, NULL);
}

/* An image with an initramfs of its own. */
static void make_image(struct fixture *f, const char *name, const char *release)
{
	cleanup_free char *initrd = xasprintf("initramfs of %s for %s", name, release);
	struct uki_image image;

	uki_image_whole(&image, release, CMDLINE "\n", initrd);
	put_image(f, name, &image);
	put_modules(f, release);
}

static void remove_image(struct fixture *f, const char *name)
{
	cleanup_free char *path = xasprintf("/efi/EFI/Linux/%s", name);

	root_remove(&f->m.root, path, NULL);
}

/* Arch: mkinitcpio makes arch-linux.efi and its fallback. */
static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	disk_open(&f->m);
	disk_template(&f->m, "mkinitcpio-post-playthrough");
	disk_template(&f->m, "pacman-95-playthrough.hook");
	pc_init(&f->pc);
	machine_write(&f->m, "/efi/loader/loader.conf", "timeout 1\n");
	machine_write(&f->m, ENTRIES "windows.conf", "title Windows\nefi /EFI/w.efi\n");
	machine_write(&f->m, "/etc/mkinitcpio.d/linux.preset",
	        "PRESETS=('default' 'fallback')\n#default_image=\"/boot/x.img\"\n"
	        "default_uki=\"/efi/EFI/Linux/arch-linux.efi\"\n"
	        "fallback_uki='/efi/EFI/Linux/arch-linux-fallback.efi' # large\n");
	machine_write(&f->m, "/etc/pacman.conf", "[options]\n");
	machine_write(&f->m, "/proc/cmdline", CMDLINE "\n");
	make_image(f, "arch-linux.efi", ARCH);
	make_image(f, "arch-linux-fallback.efi", ARCH);
	disk_efivar(&f->m, "LoaderInfo", "systemd-boot 255.4");
	disk_efivar(&f->m, "StubInfo", "systemd-stub 255.4");
	disk_efivar(&f->m, "LoaderEntrySelected", "arch-linux.efi");
	snapshot(f);
	*state = f;
	return 0;
}

/* As after a restart that took the entry of ours @name: its kernel has no stub. */
static void boot_ours(struct fixture *f, const char *name)
{
	disk_efivar(&f->m, "LoaderEntryOneShot", NULL);
	disk_efivar(&f->m, "StubInfo", NULL);
	disk_efivar(&f->m, "LoaderEntrySelected", name);
}

static void renew(struct fixture *f)
{
	struct err err = {0};

	if (loader_systemd_boot.refresh(&f->m.root, &err) < 0 ||
	        loader_systemd_boot.try_new(&f->m.root, &err) < 0)
		fail_msg("%s", err.message);
}

/* The file in the entry's line @key, read where the loader would; caller frees. */
static char *started_file(struct fixture *f, const char *own, const char *key, size_t *n)
{
	cleanup_free char *text = root_read(&f->m.root, own), *path = NULL;
	struct loader_entry entry;

	assert_non_null(text);
	loader_entry_parse(text, &entry);
	path = xasprintf("/efi%s", loader_entry_get(&entry, key));
	loader_entry_finish(&entry);
	return root_read_bytes(&f->m.root, path, n);
}

static void expect_started(struct fixture *f, const char *own, const char *initrd)
{
	size_t n = 0;
	cleanup_free char *kernel = started_file(f, own, "linux", &n);

	assert_int_equal(n, 2000);
	assert_memory_equal(kernel + 0x202, "HdrS", 4);
	free(kernel);
	kernel = started_file(f, own, "initrd", &n);
	assert_int_equal(n, strlen(initrd));
	assert_memory_equal(kernel, initrd, n);
}

static size_t count_copies(struct fixture *f)
{
	struct strv cleanup_strv names = {0};
	size_t n = 0;

	root_list(&f->m.root, "/efi", &names);
	strv_foreach (name, &names)
		n += starts_with(*name, "playthrough-");
	return n;
}

static void test_entry(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *text = NULL, *end = NULL;

	must_apply(f);
	text = root_read(&f->m.root, OWN);
	assert_non_null(text);
	end = xasprintf("initrd /playthrough.cpio\n"
	                "initrd /playthrough-" ARCH "-%.12s.initrd\n"
	                "options playthrough=%s intel_iommu=on iommu=pt "
	                "rdinit=/playthrough/playthrough-bind "
	                "modules_load=vfio-pci panic=30",
	        strstr(text, ".linux\n") - 12, f->id);
	assert_true(starts_with(text, "# Made from EFI/Linux/arch-linux.efi by playthrough-setup "
	                              "apply; playthrough-setup "
	                              "undo removes it.\n"
	                              "title Playthrough: Arch Linux\n"
	                              "version " ARCH "\n"
	                              "options " CMDLINE "\n"
	                              "linux /playthrough-" ARCH "-"));
	assert_true(ends_with(text, end));
	expect_started(f, OWN, "initramfs of arch-linux.efi for " ARCH);
	assert_false(root_exists(
	        &f->m.root, ENTRIES "~arch-linux-fallback.efi-" ARCH "~playthrough.conf"));
	assert_int_equal(count_copies(f), 2);
	assert_true(root_exists(&f->m.root, HOOK));
	assert_true(root_exists(&f->m.root, PACMAN));
	expect_var(f, EFIVAR_ONCE, "~arch-linux.efi-" ARCH "~playthrough.conf");
	must_undo(f);
	expect_as_before(f);
}

static void test_golden_plan(void **state)
{
	struct fixture *f = *state;
	struct plan_wishes none = {0};
	struct boot boot;
	struct plan plan;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(boot_take(&f->m.root, &boot, NULL), 0);
	assert_int_equal(plan_make(&f->pc.host, &boot, &none, &plan, NULL), 0);
	plan_print(&plan, &boot, false, out);
	fclose(out);
	expect_golden("setup-plan-unified.txt", text);
	free(text);
	plan_finish(&plan);
	boot_finish(&boot);
}

/* The plan tells what is copied, and a second apply changes nothing. */
static void test_plan(void **state)
{
	struct fixture *f = *state;
	struct plan_wishes none = {0};
	struct err err = {0};
	struct boot boot;
	struct plan plan;
	bool told = false;

	must_apply(f);
	assert_int_equal(boot_take(&f->m.root, &boot, &err), 0);
	assert_int_equal(plan_make(&f->pc.host, &boot, &none, &plan, &err), 0);
	assert_false(plan_changes(&plan));
	assert_int_equal(plan.entries.n, 1);
	strv_foreach (note, &plan.notes)
		told |= strstr(*note, "copies of the kernel and initramfs") != NULL;
	assert_true(told);
	plan_finish(&plan);
	boot_finish(&boot);
}

/* Microcode of its own goes before the initramfs; a TPM's signature is told of. */
static void test_microcode(void **state)
{
	struct fixture *f = *state;
	struct strv cleanup_strv notes = {0};
	cleanup_free char *text = NULL;
	struct uki_image image;
	size_t n;

	uki_image_whole(&image, ARCH, CMDLINE, "i");
	uki_image_text(&image, ".ucode", "microcode");
	uki_image_text(&image, ".pcrsig", "{}");
	put_image(f, "arch-linux.efi", &image);
	snapshot(f);
	unified_notes(&f->m.root, "/efi", &notes);
	assert_int_equal(notes.n, 2);
	assert_non_null(strstr(notes.list[1], ".pcrsig"));
	must_apply(f);
	text = root_read(&f->m.root, OWN);
	assert_true(strstr(text, ".ucode\n") < strstr(text, ".initrd\n"));
	assert_true(strstr(text, "playthrough.cpio\n") < strstr(text, ".ucode\n"));
	free(text);
	text = started_file(f, OWN, "initrd", &n);
	assert_string_equal(text, "i");
	must_undo(f);
	expect_as_before(f);
}

/* mkinitcpio makes the file anew with a newer kernel: another entry, tried before it is the default. */
static void test_newer_kernel(void **state)
{
	struct fixture *f = *state;
	const char *newer = "~arch-linux.efi-" NEWER "~playthrough.conf";

	must_apply(f);
	boot_ours(f, "~arch-linux.efi-" ARCH "~playthrough.conf");
	assert_int_equal(loader_systemd_boot.keep(&f->m.root, f->id, ARCH, NULL), 0);
	assert_true(loader_systemd_boot.is_kept(&f->m.root, f->id));
	renew(f);
	expect_var(f, EFIVAR_ONCE, NULL);
	make_image(f, "arch-linux.efi", NEWER);
	renew(f);
	assert_false(root_exists(&f->m.root, OWN));
	assert_int_equal(count_copies(f), 2);
	expect_started(f, ENTRIES "~arch-linux.efi-" NEWER "~playthrough.conf",
	        "initramfs of arch-linux.efi for " NEWER);
	expect_var(f, EFIVAR_ONCE, newer);
	/* What was kept is not there any more: the stock entry is what starts by itself. */
	assert_false(loader_systemd_boot.is_kept(&f->m.root, f->id));
	boot_ours(f, newer);
	assert_int_equal(loader_systemd_boot.keep(&f->m.root, f->id, NEWER, NULL), 0);
	expect_var(f, EFIVAR_DEFAULT, newer);
	assert_true(loader_systemd_boot.is_kept(&f->m.root, f->id));
}

/* The same kernel with another initramfs: the same entry with other copies. */
static void test_newer_initramfs(void **state)
{
	struct fixture *f = *state;
	struct uki_image image;

	must_apply(f);
	uki_image_whole(&image, ARCH, CMDLINE, "with another module");
	put_image(f, "arch-linux.efi", &image);
	renew(f);
	expect_started(f, OWN, "with another module");
	assert_int_equal(count_copies(f), 2);
}

/* A person changes the command line: the image made anew has it, and so has ours, before the next restart. */
static void test_newer_arguments(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *text = NULL;
	struct uki_image image;

	must_apply(f);
	uki_image_whole(&image, ARCH, CMDLINE " splash", "i");
	put_image(f, "arch-linux.efi", &image);
	renew(f);
	text = root_read(&f->m.root, OWN);
	assert_non_null(strstr(text, "options " CMDLINE " splash\n"));
}

/* Another kernel by its package (linux-lts) is not tried in place of the one that is kept. */
static void test_another_line(void **state)
{
	struct fixture *f = *state;

	must_apply(f);
	boot_ours(f, "~arch-linux.efi-" ARCH "~playthrough.conf");
	assert_int_equal(loader_systemd_boot.keep(&f->m.root, f->id, ARCH, NULL), 0);
	machine_write(&f->m, "/etc/mkinitcpio.d/linux-lts.preset",
	        "default_uki=/efi/EFI/Linux/arch-linux-lts.efi\n");
	make_image(f, "arch-linux-lts.efi", "6.6.30-1-lts");
	renew(f);
	expect_var(f, EFIVAR_ONCE, NULL);
	assert_int_equal(count_copies(f), 2);
	/* It is started by hand, and has one as well then. */
	disk_efivar(&f->m, "LoaderEntrySelected", "arch-linux-lts.efi");
	renew(f);
	expect_var(f, EFIVAR_ONCE, NULL);
	assert_int_equal(count_copies(f), 4);
	assert_true(root_exists(&f->m.root, OWN));
}

/* The package of the kernel was removed, and its image with it: no copy of it stays. */
static void test_kernel_goes(void **state)
{
	struct fixture *f = *state;
	struct err err = {0};

	must_apply(f);
	remove_image(f, "arch-linux.efi");
	remove_image(f, "arch-linux-fallback.efi");
	assert_true(loader_systemd_boot.refresh(&f->m.root, &err) < 0);
	assert_string_equal(err.code, "PT-BOOT-01");
	assert_false(root_exists(&f->m.root, OWN));
	must_undo(f);
	make_image(f, "arch-linux.efi", ARCH);
	make_image(f, "arch-linux-fallback.efi", ARCH);
	expect_as_before(f);
}

/* A copy that is torn is made anew, and what a cut of power left beside it goes. */
static void test_torn_copy(void **state)
{
	struct fixture *f = *state;
	struct strv cleanup_strv names = {0};

	must_apply(f);
	root_list(&f->m.root, "/efi", &names);
	strv_foreach (name, &names) {
		cleanup_free char *path = xasprintf("/efi/%s", *name);

		if (starts_with(*name, "playthrough-"))
			root_write(&f->m.root, path, "torn", 4, 0644, NULL);
	}
	machine_write(&f->m, "/efi/.playthrough-6.1.0-0123456789ab.linux.playthrough-new", "half");
	renew(f);
	expect_started(f, OWN, "initramfs of arch-linux.efi for " ARCH);
	assert_false(root_exists(
	        &f->m.root, "/efi/.playthrough-6.1.0-0123456789ab.linux.playthrough-new"));
	must_undo(f);
	expect_as_before(f);
}

/* Files of a person that only begin like ours stay; what is left of ours goes, also behind one that cannot. */
static void test_only_ours_go(void **state)
{
	struct fixture *f = *state;
	struct err err = {0};

	machine_write(&f->m, "/efi/playthrough-notes.linux", "mine");
	machine_write(&f->m, "/efi/playthrough-6.1.0-0123456789AB.initrd", "mine");
	machine_write(&f->m, "/efi/playthrough-6.1.0-0123456789ab.initrd/is/a/folder", "x");
	machine_write(&f->m, "/efi/playthrough-6.1.0-0123456789ab.linux", "old");
	assert_true(unified_remove_copies(&f->m.root, "/efi", NULL, &err) < 0);
	assert_non_null(strstr(err.message, "0123456789ab.initrd"));
	assert_true(root_exists(&f->m.root, "/efi/playthrough-notes.linux"));
	assert_true(root_exists(&f->m.root, "/efi/playthrough-6.1.0-0123456789AB.initrd"));
	assert_false(root_exists(&f->m.root, "/efi/playthrough-6.1.0-0123456789ab.linux"));
}

/* What is there whole takes no more room; what is there torn takes all of it, and of two images alike one copy. */
static void test_still_needed(void **state)
{
	struct fixture *f = *state;
	struct unified_list list;
	struct err err = {0};
	uint64_t whole;

	unified_take(&f->m.root, "/efi", &list);
	assert_int_equal(list.n, 1);
	assert_int_equal(unified_name_copies(&f->m.root, "/efi", &list, &err), 0);
	whole = unified_still_needed(&f->m.root, &list);
	assert_int_equal(whole, 2000 + strlen("initramfs of arch-linux.efi for " ARCH));
	assert_int_equal(unified_make_copies(&f->m.root, &list, &err), 0);
	assert_int_equal(unified_still_needed(&f->m.root, &list), 0);
	root_write(&f->m.root, list.list[0].copies[UNIFIED_LINUX], "torn", 4, 0644, NULL);
	assert_int_equal(unified_still_needed(&f->m.root, &list), 2000);
	root_remove(&f->m.root, list.list[0].copies[UNIFIED_LINUX], NULL);
	assert_int_equal(unified_still_needed(&f->m.root, &list), 2000);
	list.list = xrealloc(list.list, 2, sizeof(*list.list));
	list.list[1] = list.list[0];
	list.n = 2;
	assert_int_equal(unified_still_needed(&f->m.root, &list), 2000);
	list.n = 1;
	unified_finish(&list);
}

/* --- kernel-install --- */

#define TOKEN(kernel) DISK_MACHINE "-" kernel ".efi"

static void by_kernel_install(struct fixture *f)
{
	remove_image(f, "arch-linux.efi");
	remove_image(f, "arch-linux-fallback.efi");
	root_remove(&f->m.root, "/etc/mkinitcpio.d/linux.preset", NULL);
	machine_write(&f->m, "/etc/machine-id", DISK_MACHINE "\n");
	machine_write(&f->m, "/usr/lib/kernel/install.conf", "# \nlayout=uki\n");
	make_image(f, TOKEN("6.1.0-9-amd64"), "6.1.0-9-amd64");
	make_image(f, DISK_MACHINE "-6.1.0-18-amd64+3-0.efi", KERNEL);
	disk_efivar(&f->m, "LoaderEntrySelected", TOKEN(KERNEL));
	snapshot(f);
}

static void test_kernel_install(void **state)
{
	struct fixture *f = *state;
	const char *own = "~" DISK_MACHINE "-" KERNEL ".efi~playthrough.conf";
	const char *newer = "~" DISK_MACHINE "-6.1.0-20-amd64.efi~playthrough.conf";

	by_kernel_install(f);
	must_apply(f);
	assert_false(root_exists(&f->m.root, HOOK));
	assert_int_equal(count_copies(f), 2);
	expect_var(f, EFIVAR_ONCE, own);
	boot_ours(f, own);
	assert_int_equal(loader_systemd_boot.keep(&f->m.root, f->id, KERNEL, NULL), 0);
	make_image(f, TOKEN("6.1.0-20-amd64"), "6.1.0-20-amd64");
	renew(f);
	assert_int_equal(count_copies(f), 4);
	expect_var(f, EFIVAR_ONCE, newer);
	expect_var(f, EFIVAR_DEFAULT, own);
	assert_true(loader_systemd_boot.is_kept(&f->m.root, f->id));
	boot_ours(f, newer);
	assert_false(loader_systemd_boot.is_kept(&f->m.root, f->id));
	assert_int_equal(loader_systemd_boot.keep(&f->m.root, f->id, "6.1.0-20-amd64", NULL), 0);
	renew(f);
	assert_int_equal(count_copies(f), 2);
}

/* Where the root file system is found by itself, the machine's id in the name tells whose an image is. */
static void test_without_root_argument(void **state)
{
	struct fixture *f = *state;
	struct uki_image image;

	by_kernel_install(f);
	machine_write(&f->m, "/proc/cmdline", "rw quiet\n");
	uki_image_whole(&image, KERNEL, "rw quiet", "i");
	put_image(f, DISK_MACHINE "-6.1.0-18-amd64+3-0.efi", &image);
	must_apply(f);
	assert_int_equal(count_copies(f), 2);
	uki_image_whole(&image, "6.1.0-20-amd64", "rw quiet", "i");
	put_modules(f, "6.1.0-20-amd64");
	put_image(f, TOKEN("6.1.0-20-amd64"), &image);
	put_image(f, "11111111111111111111111111111111-6.1.0-20-amd64.efi", &image);
	renew(f);
	assert_int_equal(count_copies(f), 4);
}

/* --- what is left to a person --- */

static void expect_by_hand(struct fixture *f, const char *why)
{
	struct strv cleanup_strv lines = {0};
	cleanup_free char *all = NULL;
	const struct loader *loader;
	struct err err = {0};
	const char *where;

	machine_write(&f->m, "/proc/sys/kernel/osrelease", ARCH "\n");
	machine_write(&f->m, "/boot/vmlinuz-" ARCH, "kernel\n");
	machine_write(&f->m, "/boot/initramfs-" ARCH ".img", "stock\n");
	loader = loader_detect(&f->m.root, &where, &err);
	assert_non_null(loader);
	assert_string_equal(loader->name, "unified kernel image");
	assert_int_equal(loader->instructions(&f->m.root, &lines, &err), 0);
	all = strv_join(&lines, "\n");
	if (!strstr(all, why) || !strstr(all, "ukify build --linux="))
		fail_msg("%s", all);
}

static void test_secure_boot(void **state)
{
	struct fixture *f = *state;

	root_write(&f->m.root,
	        "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
	        "\6\0\0\0\1", 5, 0644, NULL);
	expect_by_hand(f, "Secure Boot is on");
}

static void test_addons(void **state)
{
	struct fixture *f = *state;

	machine_write(&f->m, "/efi/EFI/Linux/arch-linux.efi.extra.d/iommu.addon.efi", "MZ");
	expect_by_hand(f, "arch-linux.efi.extra.d/iommu.addon.efi");
	root_remove(&f->m.root, "/efi/EFI/Linux/arch-linux.efi.extra.d/iommu.addon.efi", NULL);
	machine_write(&f->m, "/efi/loader/credentials/disk.cred", "x");
	expect_by_hand(f, "/efi/loader/credentials/disk.cred");
}

static void test_other_arguments(void **state)
{
	struct fixture *f = *state;

	machine_write(&f->m, "/proc/cmdline", CMDLINE " nomodeset\n");
	expect_by_hand(f, "restart first");
}

static void test_unknown_maker(void **state)
{
	struct fixture *f = *state;

	machine_write(&f->m, "/etc/mkinitcpio.d/linux.preset",
	        "default_uki=/efi/EFI/Linux/other.efi\n#x_uki=/efi/EFI/Linux/arch-linux.efi\n");
	expect_by_hand(f, "nothing would tell when it is made anew");
	/* kernel-install's images have the version in their names. */
	machine_write(&f->m, "/etc/kernel/install.conf", "layout=uki\n");
	expect_by_hand(f, "nothing would tell when it is made anew");
}

static void test_odd_images(void **state)
{
	struct fixture *f = *state;
	struct uki_image image;

	remove_image(f, "arch-linux-fallback.efi");
	uki_image_whole(&image, ARCH, CMDLINE, "i");
	uki_image_text(&image, ".profile", "ID=recovery");
	put_image(f, "arch-linux.efi", &image);
	expect_by_hand(f, "can be told apart");
	/* Its name says another kernel than it holds. */
	uki_image_whole(&image, ARCH, CMDLINE, "i");
	memcpy(image.bytes + 4096 + 512 * 3, "6.9.9", 5);
	put_image(f, "arch-linux.efi", &image);
	expect_by_hand(f, "can be told apart");
	machine_write(&f->m, "/efi/EFI/Linux/arch-linux.efi", "MZ, cut off");
	expect_by_hand(f, "can be told apart");
	uki_image_whole(&image, "6.8.0-other", CMDLINE, "i");
	put_image(f, "arch-linux.efi", &image);
	expect_by_hand(f, "whose modules are not installed");
	uki_image_whole(&image, ARCH, "root=UUID=another", "i");
	put_image(f, "arch-linux.efi", &image);
	expect_by_hand(f, "starts another system");
}

/* Where neither way is open, the reasons for both are told. */
static void test_nothing_beside_it(void **state)
{
	struct fixture *f = *state;
	struct err err = {0};

	machine_write(&f->m, "/proc/cmdline", CMDLINE " nomodeset\n");
	assert_true(apply(f, &err) < 0);
	assert_non_null(strstr(err.message, "restart first"));
	assert_non_null(strstr(err.message, "running kernel is not found"));
}

static void test_room(void **state)
{
	const uint64_t mb = 1 << 20;

	(void)state;
	assert_true(unified_fits(90 * mb, 200 * mb, 100 * mb));
	assert_false(unified_fits(90 * mb, 190 * mb, 100 * mb));
	assert_false(unified_fits(90 * mb, 3 * mb, 0));
	assert_false(unified_fits(UINT64_MAX, 200 * mb, 100 * mb));
	assert_false(unified_fits(1, 200 * mb, UINT64_MAX));
	assert_true(unified_fits(0, 0, 100 * mb));
}

/* Entries in files start this PC: the images that lie there are nobody's business. */
static void test_started_by_a_file(void **state)
{
	struct fixture *f = *state;

	machine_write(&f->m, ENTRIES "arch.conf",
	        "title Arch\nlinux /vmlinuz-linux\ninitrd /i\noptions " CMDLINE "\n");
	disk_efivar(&f->m, "StubInfo", NULL);
	disk_efivar(&f->m, "LoaderEntrySelected", "arch.conf");
	snapshot(f);
	must_apply(f);
	assert_int_equal(count_copies(f), 0);
	expect_var(f, EFIVAR_ONCE, "~arch~playthrough.conf");
	must_undo(f);
	expect_as_before(f);
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
	        CASE(test_entry),
	        CASE(test_golden_plan),
	        CASE(test_plan),
	        CASE(test_microcode),
	        CASE(test_newer_kernel),
	        CASE(test_newer_initramfs),
	        CASE(test_newer_arguments),
	        CASE(test_another_line),
	        CASE(test_kernel_goes),
	        CASE(test_torn_copy),
	        CASE(test_only_ours_go),
	        CASE(test_still_needed),
	        CASE(test_kernel_install),
	        CASE(test_without_root_argument),
	        CASE(test_secure_boot),
	        CASE(test_addons),
	        CASE(test_other_arguments),
	        CASE(test_unknown_maker),
	        CASE(test_odd_images),
	        CASE(test_nothing_beside_it),
	        cmocka_unit_test(test_room),
	        CASE(test_started_by_a_file),
	        CASE(test_tool_fails),
	};
#undef CASE

	return cmocka_run_group_tests(tests, NULL, NULL);
}
