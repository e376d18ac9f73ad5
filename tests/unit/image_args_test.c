/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What qemu-img is told: formats are said, other files are not opened, and no passphrase is there. */
#include "image/args.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct image_chain plain = {
        .list = {{.fd = 10, .format = "vmdk"}}, .n = 1, .secret = -1};
static const struct image_chain overlay = {
        .list = {{.fd = 10, .format = "qcow2"}, {.fd = 11, .format = "qcow2"},
                {.fd = 12, .format = "raw"}},
        .n = 3,
        .secret = -1};
static const struct image_chain locked = {
        .list = {{.fd = 11, .format = "qcow2", .encrypted = true}}, .n = 1, .secret = 12};
static const struct image_chain guessed = {.list = {{.fd = 10}}, .n = 1, .secret = -1};

static void expect(struct strv *args, const char *wanted)
{
	cleanup_free char *text = strv_join(args, " ");

	assert_string_equal(text, wanted);
	strv_finish(args);
}

static void names_say_the_format(void **state)
{
	struct strv args = {0};

	(void)state;
	image_args_info(&args, &guessed);
	expect(&args, "qemu-img info --output=json -U /proc/self/fd/10");
	image_args_info(&args, &plain);
	expect(&args,
	        "qemu-img info --output=json -U json:{\"driver\":\"vmdk\",\"file\":{\"driver\":"
	        "\"file\",\"filename\":\"/proc/self/fd/10\"}}");
	image_args_check(&args, &overlay, NULL);
	expect(&args,
	        "qemu-img check --output=json "
	        "json:{\"driver\":\"qcow2\",\"file\":{\"driver\":\"file\","
	        "\"filename\":\"/proc/self/fd/10\"},\"backing\":{\"driver\":\"qcow2\",\"file\":{"
	        "\"driver\":\"file\",\"filename\":\"/proc/self/fd/"
	        "11\"},\"backing\":{\"driver\":\"raw\","
	        "\"file\":{\"driver\":\"file\",\"filename\":\"/proc/self/fd/12\"}}}}");
}

/* What an image names itself is not opened: nothing is said to be there instead. */
static void nothing_below_is_said(void **state)
{
	const struct image_chain alone = {
	        .list = {{.fd = 10, .format = "qcow2"}}, .n = 1, .secret = -1};
	struct strv args = {0};

	(void)state;
	image_args_resize(&args, &alone, 1 << 20, false);
	expect(&args, "qemu-img resize -q json:{\"driver\":\"qcow2\",\"file\":{\"driver\":\"file\","
	              "\"filename\":\"/proc/self/fd/10\"},\"backing\":null} 1048576");
	image_args_resize(&args, &alone, 512, true);
	assert_true(strv_has(&args, "--shrink"));
	strv_finish(&args);
	image_args_check(&args, &alone, "leaks");
	assert_true(strv_has(&args, "-r") && strv_has(&args, "leaks"));
	strv_finish(&args);
}

static void secrets_are_descriptors(void **state)
{
	struct strv args = {0};

	(void)state;
	image_args_create(&args, &locked, 1 << 20, NULL, NULL);
	expect(&args,
	        "qemu-img create --object secret,id=secret11,file=/proc/self/fd/12 -q -f qcow2 -o "
	        "encrypt.format=luks,encrypt.key-secret=secret11 /proc/self/fd/11 1048576");
	image_args_snapshot(&args, &locked, IMAGE_SNAPSHOT_APPLY, "one");
	expect(&args,
	        "qemu-img snapshot --object secret,id=secret11,file=/proc/self/fd/12 -q -a one "
	        "json:{\"driver\":\"qcow2\",\"file\":{\"driver\":\"file\",\"filename\":"
	        "\"/proc/self/fd/11\"},\"encrypt\":{\"format\":\"luks\",\"key-secret\":"
	        "\"secret11\"},\"backing\":null}");
	image_args_drop_bitmap(&args, &locked, "playthrough-backup-1");
	expect(&args, "qemu-img bitmap --object secret,id=secret11,file=/proc/self/fd/12 --remove "
	              "json:{\"driver\":\"qcow2\",\"file\":{\"driver\":\"file\",\"filename\":"
	              "\"/proc/self/fd/11\"},\"encrypt\":{\"format\":\"luks\",\"key-secret\":"
	              "\"secret11\"},\"backing\":null} playthrough-backup-1");
}

static void copies(void **state)
{
	const struct image_chain raw = {
	        .list = {{.fd = 11, .format = "raw"}}, .n = 1, .secret = -1};
	struct strv args = {0};

	(void)state;
	image_args_convert(&args, &plain, &raw);
	expect(&args,
	        "qemu-img convert -p -n --target-is-zero --target-image-opts json:{\"driver\":"
	        "\"vmdk\",\"file\":{\"driver\":\"file\",\"filename\":\"/proc/self/fd/10\"}} "
	        "driver=raw,file.driver=file,file.filename=/proc/self/fd/11");
	/* Zeros that are not written would be read as anything. */
	image_args_convert(&args, &plain, &locked);
	assert_false(strv_has(&args, "--target-is-zero"));
	assert_true(strv_has(&args, "driver=qcow2,file.driver=file,file.filename=/proc/self/fd/11,"
	                            "encrypt.format=luks,encrypt.key-secret=secret11"));
	strv_finish(&args);
	image_args_create(&args, &raw, 512, "/a/b.qcow2", "qcow2");
	expect(&args, "qemu-img create -q -f raw -u -b /a/b.qcow2 -F qcow2 /proc/self/fd/11 512");
}

static void formats(void **state)
{
	(void)state;
	assert_true(image_format_readable("vhdx") && image_format_readable("raw"));
	assert_false(image_format_readable("ssh") || image_format_readable(""));
	assert_true(image_format_writable("qcow2"));
	assert_false(image_format_writable("vmdk"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(names_say_the_format),
	        cmocka_unit_test(nothing_below_is_said),
	        cmocka_unit_test(secrets_are_descriptors),
	        cmocka_unit_test(copies),
	        cmocka_unit_test(formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
