/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By which partitions a copied system finds itself. */
#include "host-setup/install/identity.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ROOT "11111111-2222-4333-a444-555555555555"
#define ESP  "aaaaaaaa-bbbb-4ccc-addd-eeeeeeeeeeee"

static void test_read(void **state)
{
	struct identity id;

	(void)state;
	assert_int_equal(identity_read("# a comment\nPARTUUID=" ROOT "\t/ ext4 ro 0 1\n"
	                               "PARTUUID=AAAAAAAA-BBBB-4CCC-ADDD-EEEEEEEEEEEE /boot/efi "
	                               "vfat umask=0077 0 2\nUUID=1-2 /home ext4 defaults\n",
	                         &id, NULL),
	        0);
	assert_string_equal(id.root, ROOT);
	assert_string_equal(id.esp, ESP);
}

static void test_others(void **state)
{
	static const char *const not_ours[] = {"", "UUID=" ROOT " / ext4\nUUID=1-2 /boot/efi vfat",
	        "PARTUUID=" ROOT " / ext4\n", "PARTUUID=short / ext4\nPARTUUID=" ESP " /boot/efi",
	        "#PARTUUID=" ROOT " /\nPARTUUID=" ESP " /boot/efi vfat"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(not_ours); i++) {
		struct identity id;
		struct err err = {0};

		assert_int_equal(identity_read(not_ours[i], &id, &err), -ENOENT);
		assert_true(err_is(&err, CODE_INSTALL_IMAGE));
	}
}

static void write_text(const struct root *root, const char *path, const char *text)
{
	assert_int_equal(root_write(root, path, text, strlen(text), 0644, NULL), 0);
}

/* A Debian that somebody installed may name its partitions as an image does: nobody is removed from that. */
static void test_marks(void **state)
{
	char folder[] = "/tmp/identity-test-XXXXXX";
	cleanup(root_close) struct root root = {.fd = -1};
	cleanup_free char *remove = NULL;
	struct identity id;
	struct err err = {0};

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(root_open(&root, folder, NULL), 0);
	write_text(
	        &root, "/etc/fstab", "PARTUUID=" ROOT " / ext4\nPARTUUID=" ESP " /boot/efi vfat\n");
	assert_int_equal(identity_take(&root, &id, &err), -ENOENT);
	assert_true(err_is(&err, CODE_INSTALL_IMAGE));
	write_text(&root, "/etc/playthrough-image", "1\n");
	assert_int_equal(identity_take(&root, &id, NULL), -ENOENT);
	write_text(&root, "/etc/kernel/entry-token", "debian\n");
	assert_int_equal(identity_take(&root, &id, NULL), -ENOENT);
	write_text(&root, "/etc/kernel/entry-token", "playthrough\n");
	assert_int_equal(identity_take(&root, &id, NULL), 0);
	assert_string_equal(id.root, ROOT);
	remove = xasprintf("rm -rf %s", folder);
	assert_int_equal(system(remove), 0);
}

static void test_replace(void **state)
{
	const struct identity old = {.root = ROOT, .esp = ESP};
	const struct identity new = {.root = "00000000-0000-4000-a000-000000000001",
	        .esp = "00000000-0000-4000-a000-000000000002"};
	cleanup_free char *options = identity_replace(
	        "options root=PARTUUID=" ROOT " ro quiet\nx=PARTUUID=" ROOT "\n", &old, &new);
	cleanup_free char *fstab = identity_replace("PARTUUID=" ESP " /boot/efi", &old, &new);
	cleanup_free char *none = identity_replace("options root=LABEL=x", &old, &new);

	(void)state;
	assert_string_equal(options, "options root=PARTUUID=00000000-0000-4000-a000-000000000001 "
	                             "ro quiet\nx=PARTUUID=00000000-0000-4000-a000-000000000001\n");
	assert_string_equal(fstab, "PARTUUID=00000000-0000-4000-a000-000000000002 /boot/efi");
	assert_string_equal(none, "options root=LABEL=x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_read),
	        cmocka_unit_test(test_others),
	        cmocka_unit_test(test_marks),
	        cmocka_unit_test(test_replace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
