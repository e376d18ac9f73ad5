/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unified kernel images: which bytes are which part, and what is none. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "host-setup/uki.h"
#include "uki_image.h"

static void expect_part(
        const struct uki_image *image, const struct uki *uki, enum uki_part part, const char *text)
{
	assert_int_equal(uki->parts[part].size, strlen(text));
	assert_memory_equal(image->bytes + uki->parts[part].offset, text, strlen(text));
}

static int parse(const struct uki_image *image, struct uki *out)
{
	return uki_parse(image->bytes, image->n, image->n, out);
}

static void test_parts(void **state)
{
	struct uki_image image;
	struct uki uki;

	(void)state;
	uki_image_whole(&image, "6.9.1-arch1-1", "root=UUID=1 rw", "the initramfs");
	assert_int_equal(parse(&image, &uki), 0);
	expect_part(&image, &uki, UKI_UNAME, "6.9.1-arch1-1");
	expect_part(&image, &uki, UKI_CMDLINE, "root=UUID=1 rw");
	expect_part(&image, &uki, UKI_INITRD, "the initramfs");
	assert_int_equal(uki.parts[UKI_LINUX].size, 2000);
	assert_int_equal(uki.parts[UKI_UCODE].size, 0);
	assert_false(uki.twice);
	/* A second .initrd, and the beginning of a further profile. */
	uki_image_text(&image, ".initrd", "another");
	uki_image_text(&image, ".profile", "ID=recovery");
	assert_int_equal(parse(&image, &uki), 0);
	assert_true(uki.twice);
	assert_int_not_equal(uki.parts[UKI_PROFILE].size, 0);
}

/* In memory a kernel may be larger than in the file: its bytes are those in the file. */
static void test_larger_in_memory(void **state)
{
	struct uki_image image;
	struct uki uki;

	(void)state;
	uki_image_whole(&image, "6.9.1", "", "i");
	uki_image_put(uki_image_row(&image, image.sections - 1) + 8, 4, 1 << 20);
	assert_int_equal(parse(&image, &uki), 0);
	assert_int_equal(uki.parts[UKI_LINUX].size, 2048);
}

static void test_no_image(void **state)
{
	struct uki_image image;
	struct uki uki;

	(void)state;
	uki_image_whole(&image, "6.9.1", "root=/dev/sda1", "i");
	for (size_t n = 0; n < UKI_IMAGE_PE + 24 + UKI_IMAGE_OPTIONAL + 40 * image.sections; n++)
		assert_int_equal(uki_parse(image.bytes, n, image.n, &uki), -EINVAL);
	/* A section beyond the end of the file, or one that no real image has. */
	assert_int_equal(uki_parse(image.bytes, image.n, image.n - 3000, &uki), -EINVAL);
	uki_image_put(uki_image_row(&image, 4) + 8, 4, 0xffffffff);
	uki_image_put(uki_image_row(&image, 4) + 16, 4, 0xffffffff);
	assert_int_equal(uki_parse(image.bytes, image.n, UINT64_MAX, &uki), -EINVAL);
	uki_image_whole(&image, "6.9.1", "", "i");
	uki_image_put(image.bytes + UKI_IMAGE_PE + 4, 2, 0xaa64);
	assert_int_equal(parse(&image, &uki), -EINVAL);
	uki_image_put(image.bytes + 0x3c, 4, 0xfffffff0);
	assert_int_equal(parse(&image, &uki), -EINVAL);
}

static void expect_title(const char *osrel, const char *title)
{
	cleanup_free char *text = uki_title(osrel);

	assert_string_equal(text, title);
}

static void test_title(void **state)
{
	(void)state;
	expect_title("NAME=Arch\nPRETTY_NAME=\"Arch Linux\"\n", "Arch Linux");
	expect_title("PRETTY_NAME=\nNAME='Some System'\r\n", "Some System");
	expect_title("PRETTY_NAMES=x", "Linux");
	expect_title("PRETTY_NAME=a\tb\033[1m", "a b [1m");
	expect_title("", "Linux");
}

static void expect_cmdline(const char *bytes, size_t n, const char *line)
{
	cleanup_free char *text = uki_cmdline(bytes, n);

	if (line)
		assert_string_equal(text, line);
	else
		assert_null(text);
}

static void test_cmdline(void **state)
{
	char long_line[1500];

	(void)state;
	expect_cmdline("root=UUID=1 rw\n\0junk", 20, "root=UUID=1 rw");
	expect_cmdline(" a\tb \n", 6, "a b");
	expect_cmdline("", 0, "");
	expect_cmdline("a \"b c\"", 7, "a \"b c\"");
	expect_cmdline("\"a b\"", 5, NULL);
	expect_cmdline("a\033b", 3, NULL);
	expect_cmdline("a\303\244", 3, NULL);
	memset(long_line, 'x', sizeof(long_line));
	expect_cmdline(long_line, sizeof(long_line), NULL);
}

static void test_kernel_release(void **state)
{
	struct uki_image image;
	unsigned char *kernel = image.bytes + 4096;
	cleanup_free char *release = NULL;

	(void)state;
	uki_image_init(&image);
	uki_image_kernel(&image, "6.9.1-arch1-1");
	release = uki_kernel_release(kernel, 2000);
	assert_string_equal(release, "6.9.1-arch1-1");
	assert_null(uki_kernel_release(kernel, 0x500));
	assert_null(uki_kernel_release(kernel, 0x20f));
	memcpy(kernel + 0x500, "../../etc", 10);
	assert_null(uki_kernel_release(kernel, 2000));
	kernel[0] = 'X';
	assert_null(uki_kernel_release(kernel, 2000));
}

static void test_plain_names(void **state)
{
	(void)state;
	assert_true(uki_is_plain("arch-linux.efi"));
	assert_true(uki_is_plain("0123-6.9.1+deb12+3-1.efi"));
	assert_false(uki_is_plain(""));
	assert_false(uki_is_plain(".hidden.efi"));
	assert_false(uki_is_plain("-x.efi"));
	assert_false(uki_is_plain("a b.efi"));
	assert_false(uki_is_plain("a*.efi"));
	assert_false(uki_is_plain("a/b.efi"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_parts),
	        cmocka_unit_test(test_larger_in_memory),
	        cmocka_unit_test(test_no_image),
	        cmocka_unit_test(test_title),
	        cmocka_unit_test(test_cmdline),
	        cmocka_unit_test(test_kernel_release),
	        cmocka_unit_test(test_plain_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
