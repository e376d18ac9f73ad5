/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EFI boot options and variables: what is read of good ones, and that bad ones are refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "efi_variables.h"

static void test_option(void **state)
{
	struct bytes b = {0};
	struct efi_option o;

	(void)state;
	put_option(&b, "debian", "\\EFI\\debian\\shimx64.efi", NULL);
	assert_int_equal(efi_option_parse(b.list, b.n, &o), 0);
	assert_true(o.active);
	assert_string_equal(o.description, "debian");
	assert_string_equal(o.file, "\\EFI\\debian\\shimx64.efi");
	assert_string_equal(o.partition, TEST_ESP_GUID);
	assert_null(o.arguments);
	efi_option_finish(&o);
	b.n = 0;
	put_option(&b, "Arch", "\\vmlinuz-linux", "root=/dev/sda2 rw initrd=\\initramfs-linux.img");
	assert_int_equal(efi_option_parse(b.list, b.n, &o), 0);
	assert_string_equal(o.arguments, "root=/dev/sda2 rw initrd=\\initramfs-linux.img");
	efi_option_finish(&o);
}

/* Cut anywhere, and with any length that lies, it is refused or read as far as it goes. */
static void test_broken_options(void **state)
{
	struct bytes b = {0};
	struct efi_option o;

	(void)state;
	put_option(&b, "debian", "\\EFI\\debian\\shimx64.efi", "quiet root=x");
	for (size_t n = 0; n < b.n; n++) {
		cleanup_free unsigned char *copy = xcalloc(n + 1, 1);

		memcpy(copy, b.list, n);
		if (efi_option_parse(copy, n, &o) == 0)
			efi_option_finish(&o);
	}
	for (size_t i = 0; i < b.n; i++) {
		struct bytes changed = b;

		changed.list[i] ^= 0xff;
		if (efi_option_parse(changed.list, changed.n, &o) == 0)
			efi_option_finish(&o);
	}
	assert_int_equal(efi_option_parse("\1\0\0\0\xff\xff"
	                                  "a\0\0\0",
	                         10, &o),
	        -EINVAL);
}

/* Half a pair of UTF-16 is no character, and firmware's control characters reach no terminal. */
static void test_text_is_clean(void **state)
{
	static const unsigned char bytes[] = {1, 0, 0, 0, 0, 0, 0x3d, 0xd8, 0x00, 0xde, 0x00, 0xd8,
	        0x1b, 0, 'x', 0, '\n', 0, 0x9b, 0, 0, 0};
	struct efi_option o;

	(void)state;
	assert_int_equal(efi_option_parse(bytes, sizeof(bytes), &o), 0);
	assert_string_equal(o.description, "\xf0\x9f\x98\x80\xef\xbf\xbd x   ");
	assert_null(o.file);
	efi_option_finish(&o);
}

static void test_variables(void **state)
{
	struct efi_boot boot;
	struct machine m;
	struct bytes order = {0};

	(void)state;
	machine_open(&m, NULL);
	efi_boot_take(&m.root, &boot);
	assert_false(boot.uefi);
	assert_int_equal(boot.current, -1);
	efi_boot_finish(&boot);
	efi_started(&m, "\\EFI\\systemd\\systemd-bootx64.efi", NULL);
	efi_string(&m, "LoaderInfo", "systemd-boot 252.19");
	efi_string(&m, "LoaderDevicePartUUID", "00112233-4455-6677-8899-AABBCCDDEEFF");
	put16(&order, 7);
	put16(&order, 1);
	efi_variable(&m, "BootOrder", EFI_GLOBAL, &order);
	machine_write(&m, EFI_VARIABLES "BootZZZZ-" EFI_GLOBAL, "not one");
	machine_write(&m, EFI_VARIABLES "Boot0002-" EFI_GLOBAL, "ab");
	efi_boot_take(&m.root, &boot);
	assert_true(boot.uefi);
	assert_int_equal(boot.current, 1);
	assert_int_equal(boot.next, -1);
	assert_int_equal(boot.n_order, 2);
	assert_int_equal(boot.order[0], 7);
	assert_int_equal(boot.n_options, 1);
	assert_non_null(efi_boot_find(&boot, 1));
	assert_null(efi_boot_find(&boot, 7));
	assert_string_equal(boot.loader, "systemd-boot 252.19");
	assert_string_equal(boot.loader_partition, TEST_ESP_GUID);
	efi_boot_finish(&boot);
	machine_close(&m);
}

static void test_where_it_is_mounted(void **state)
{
	cleanup_free char *by_link = NULL, *by_udev = NULL, *link = NULL;
	struct machine m;

	(void)state;
	machine_open(&m, NULL);
	assert_null(efi_partition_mount(&m.root, TEST_ESP_GUID));
	efi_mounted(&m, "/boot\\040efi");
	by_link = efi_partition_mount(&m.root, TEST_ESP_GUID);
	assert_string_equal(by_link, "/boot efi");
	link = machine_path(&m, "", "/dev/disk/by-partuuid/" TEST_ESP_GUID);
	assert_int_equal(unlink(link), 0);
	assert_null(efi_partition_mount(&m.root, TEST_ESP_GUID));
	machine_write(&m, "/run/udev/data/b8:1", "E:ID_PART_ENTRY_UUID=" TEST_ESP_GUID "\n");
	by_udev = efi_partition_mount(&m.root, TEST_ESP_GUID);
	assert_string_equal(by_udev, "/boot efi");
	assert_null(efi_partition_mount(&m.root, "../../x"));
	assert_null(efi_partition_mount(&m.root, NULL));
	machine_close(&m);
}

/* A person's default comes back as it was, whatever letters its name is made of. */
static void test_text_of_a_variable(void **state)
{
	struct bytes b = {0};
	struct machine m;
	cleanup_free char *named = NULL, *empty = NULL, *cut = NULL;

	(void)state;
	machine_open(&m, NULL);
	assert_null(efivar_text(&m.root, EFIVAR_DEFAULT));
	put16(&b, 0x043e);
	put_utf16(&b, "s.conf");
	efi_variable(&m, "LoaderEntryDefault", EFI_LOADER, &b);
	named = efivar_text(&m.root, EFIVAR_DEFAULT);
	assert_string_equal(named, "\xd0\xbes.conf");
	b.n = 0;
	efi_variable(&m, "LoaderEntryDefault", EFI_LOADER, &b);
	empty = efivar_text(&m.root, EFIVAR_DEFAULT);
	assert_string_equal(empty, "");
	put(&b, "x", 1);
	efi_variable(&m, "LoaderEntryDefault", EFI_LOADER, &b);
	cut = efivar_text(&m.root, EFIVAR_DEFAULT);
	assert_string_equal(cut, "");
	machine_write(&m, EFIVAR_ONCE, "abc");
	assert_null(efivar_text(&m.root, EFIVAR_ONCE));
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_option),
	        cmocka_unit_test(test_broken_options),
	        cmocka_unit_test(test_text_is_clean),
	        cmocka_unit_test(test_variables),
	        cmocka_unit_test(test_text_of_a_variable),
	        cmocka_unit_test(test_where_it_is_mounted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
