/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which loader is in use: never the file that happens to lie about where something tells better. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "efi_variables.h"
#include "host-setup/boot_chain.h"

static void expect(const struct machine *m, enum boot_program program, bool proven,
        const char *source, const char *value)
{
	struct boot_chain chain;

	boot_chain_take(&m->root, &chain);
	assert_string_equal(boot_program_name(chain.program), boot_program_name(program));
	assert_int_equal(chain.proven, proven);
	if (source)
		assert_non_null(strstr(chain.source, source));
	else
		assert_null(chain.source);
	if (value)
		assert_string_equal(chain.value, value);
	boot_chain_finish(&chain);
}

static void test_names(void **state)
{
	static const struct {
		const char *file;
		enum boot_program program;
	} files[] = {
	        {"\\EFI\\debian\\shimx64.efi", BOOT_PROGRAM_GRUB},
	        {"\\EFI\\fedora\\grubx64.efi", BOOT_PROGRAM_GRUB},
	        {"\\EFI\\systemd\\systemd-bootx64.efi", BOOT_PROGRAM_SYSTEMD_BOOT},
	        {"\\EFI\\refind\\refind_x64.efi", BOOT_PROGRAM_REFIND},
	        {"\\EFI\\refind\\shimx64.efi", BOOT_PROGRAM_REFIND},
	        {"\\EFI\\limine\\limine_x64.efi", BOOT_PROGRAM_LIMINE},
	        {"\\EFI\\BOOT\\BOOTX64.EFI", BOOT_PROGRAM_UNKNOWN},
	        {"\\EFI\\Microsoft\\Boot\\bootmgfw.efi", BOOT_PROGRAM_WINDOWS},
	        {"\\EFI\\Linux\\arch-linux.efi", BOOT_PROGRAM_UKI},
	        {"\\vmlinuz-linux", BOOT_PROGRAM_KERNEL},
	        {"\\EFI\\CLOVER\\CLOVERX64.efi", BOOT_PROGRAM_CLOVER},
	        {"\\EFI\\OC\\OpenCore.efi", BOOT_PROGRAM_OPENCORE},
	        {"\\EFI\\syslinux\\syslinux.efi", BOOT_PROGRAM_SYSLINUX},
	        {"\\EFI\\debian\\elilo.efi", BOOT_PROGRAM_ELILO},
	        {"", BOOT_PROGRAM_UNKNOWN},
	        {"\\", BOOT_PROGRAM_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (boot_program_of_file(files[i].file) != files[i].program)
			fail_msg("%s: %s", files[i].file,
			        boot_program_name(boot_program_of_file(files[i].file)));
	}
	assert_int_equal(boot_program_of_info("systemd-boot 252"), BOOT_PROGRAM_SYSTEMD_BOOT);
	assert_int_equal(boot_program_of_info("GRUB 2.12"), BOOT_PROGRAM_GRUB);
	assert_int_equal(boot_program_of_info("another 1"), BOOT_PROGRAM_UNKNOWN);
	assert_int_equal(boot_program_of_info(NULL), BOOT_PROGRAM_UNKNOWN);
}

static void test_what_started_it_counts(void **state)
{
	struct machine m;

	(void)state;
	machine_open(&m, NULL);
	expect(&m, BOOT_PROGRAM_UNKNOWN, false, NULL, NULL);
	machine_write(&m, "/boot/grub/grub.cfg", "menu\n");
	expect(&m, BOOT_PROGRAM_GRUB, false, "/boot/grub/grub.cfg", NULL);
	efi_started(&m, "\\EFI\\refind\\refind_x64.efi", NULL);
	expect(&m, BOOT_PROGRAM_REFIND, true, "Boot0001", "\\EFI\\refind\\refind_x64.efi");
	/* rEFInd's menu has GRUB too, and that is what was chosen */
	machine_write(&m, "/proc/cmdline", "BOOT_IMAGE=/boot/vmlinuz-6.1 root=UUID=1 ro\n");
	expect(&m, BOOT_PROGRAM_GRUB, true, "/proc/cmdline", "BOOT_IMAGE=/boot/vmlinuz-6.1");
	efi_string(&m, "LoaderInfo", "systemd-boot 252");
	expect(&m, BOOT_PROGRAM_SYSTEMD_BOOT, true, "LoaderInfo", "systemd-boot 252");
	/* a loader that nobody here knows is not GRUB, whatever lies about */
	efi_string(&m, "LoaderInfo", "new-loader 1");
	expect(&m, BOOT_PROGRAM_UNKNOWN, true, "LoaderInfo", "new-loader 1");
	machine_close(&m);
}

/* The removable path holds anybody's program: its own words tell. */
static void test_removable_path(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		enum boot_program program;
	} images[] = {
	        {"MZ #### LoaderInfo: systemd-boot 255 ####", 41, BOOT_PROGRAM_SYSTEMD_BOOT},
	        {"MZ Limine 8.0", 13, BOOT_PROGRAM_LIMINE},
	        {"MZ r\0E\0F\0I\0n\0d\0", 15, BOOT_PROGRAM_REFIND},
	        {"MZ Welcome to GRUB!", 19, BOOT_PROGRAM_GRUB},
	        {"garbage", 7, BOOT_PROGRAM_UNKNOWN},
	        {"", 0, BOOT_PROGRAM_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(images); i++) {
		cleanup_free char *path = NULL;
		struct machine m;

		machine_open(&m, NULL);
		efi_started(&m, "\\EFI\\BOOT\\BOOTX64.EFI", NULL);
		expect(&m, BOOT_PROGRAM_UNKNOWN, false, NULL, NULL);
		efi_mounted(&m, "/efi");
		/* FAT knows no small and capital letters; this disk does */
		path = machine_path(&m, "", "/efi/efi/boot/bootx64.efi");
		machine_put(path, images[i].bytes, images[i].size);
		expect(&m, images[i].program, images[i].program != BOOT_PROGRAM_UNKNOWN,
		        images[i].program ? "Boot0001" : NULL, NULL);
		machine_close(&m);
	}
}

/* There it may be shim, which starts what lies beside it; where nothing can be read, files must do. */
static void test_shim_on_the_removable_path(void **state)
{
	struct machine m;

	(void)state;
	machine_open(&m, NULL);
	machine_write(&m, "/boot/grub/grub.cfg", "menu\n");
	efi_started(&m, "\\EFI\\BOOT\\BOOTX64.EFI", NULL);
	expect(&m, BOOT_PROGRAM_GRUB, false, "/boot/grub/grub.cfg", NULL);
	efi_mounted(&m, "/boot/efi");
	machine_write(&m, "/boot/efi/EFI/BOOT/BOOTX64.EFI", "MZ shim");
	expect(&m, BOOT_PROGRAM_GRUB, false, "/boot/grub/grub.cfg", NULL);
	machine_write(
	        &m, "/boot/efi/EFI/BOOT/grubx64.efi", "MZ #### LoaderInfo: systemd-boot 255 ####");
	expect(&m, BOOT_PROGRAM_SYSTEMD_BOOT, true, "Boot0001", NULL);
	/* a name that only one program has is no removable path */
	efi_started(&m, "\\EFI\\other\\other.efi", NULL);
	expect(&m, BOOT_PROGRAM_UNKNOWN, false, "Boot0001", NULL);
	machine_close(&m);
}

static void test_without_a_loader(void **state)
{
	struct boot_chain chain;
	struct machine m;

	(void)state;
	machine_open(&m, NULL);
	efi_mounted(&m, "/boot");
	efi_started(&m, "\\kernel", "root=/dev/sda2 rw initrd=\\initramfs.img");
	boot_chain_take(&m.root, &chain);
	assert_int_equal(chain.program, BOOT_PROGRAM_KERNEL);
	assert_string_equal(chain.esp, "/boot");
	boot_chain_finish(&chain);
	efi_started(&m, "\\EFI\\Linux\\debian.efi", NULL);
	expect(&m, BOOT_PROGRAM_UKI, true, "Boot0001", NULL);
	machine_close(&m);
}

/* Nothing tells, and there are files of several: none is guessed. */
static void test_ambiguous(void **state)
{
	struct boot_chain chain;
	struct machine m;

	(void)state;
	machine_open(&m, NULL);
	machine_write(&m, "/boot/grub/grub.cfg", "menu\n");
	machine_write(&m, "/boot/loader/loader.conf", "timeout 3\n");
	/* no UEFI: systemd-boot cannot have started it */
	expect(&m, BOOT_PROGRAM_GRUB, false, "/boot/grub/grub.cfg", NULL);
	free(machine_path(&m, "", "/sys/firmware/efi/x"));
	boot_chain_take(&m.root, &chain);
	assert_int_equal(chain.program, BOOT_PROGRAM_UNKNOWN);
	assert_true(chain.ambiguous);
	assert_int_equal(chain.others.n, 2);
	boot_chain_finish(&chain);
	/* what GRUB puts first on the command line */
	machine_write(&m, "/proc/cmdline", "BOOT_IMAGE=/boot/vmlinuz root=/dev/sda2 ro\n");
	expect(&m, BOOT_PROGRAM_GRUB, true, "/proc/cmdline", "BOOT_IMAGE=/boot/vmlinuz");
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_names),
	        cmocka_unit_test(test_what_started_it_counts),
	        cmocka_unit_test(test_removable_path),
	        cmocka_unit_test(test_shim_on_the_removable_path),
	        cmocka_unit_test(test_without_a_loader),
	        cmocka_unit_test(test_ambiguous),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
