/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The archive of the test guest's first root: byte by byte where the kernel looks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <string.h>

#include <cmocka.h>

#include "base/cpio.h"

struct buffer {
	char bytes[4096];
	size_t size;
};

static int append(void *to, const void *data, size_t size)
{
	struct buffer *buffer = to;

	if (buffer->size + size > sizeof buffer->bytes)
		return -ENOSPC;
	memcpy(buffer->bytes + buffer->size, data, size);
	buffer->size += size;
	return 0;
}

static void file_is_header_name_and_data_on_fours(void **state)
{
	struct buffer buffer = {.size = 0};
	struct cpio cpio;

	(void)state;
	cpio_init(&cpio, append, &buffer);
	assert_int_equal(cpio_file(&cpio, "init", 0755, "hello", 5), 0);
	assert_memory_equal(buffer.bytes,
	        "070701"
	        "00000001" /* inode */
	        "000081ED" /* regular file, 0755 */
	        "00000000"
	        "00000000"
	        "00000001" /* links */
	        "00000000"
	        "00000005" /* size */
	        "00000000"
	        "00000000"
	        "00000000"
	        "00000000"
	        "00000005" /* name with its NUL */
	        "00000000"
	        "init\0",
	        115);
	assert_memory_equal(buffer.bytes + 116, "hello\0\0\0", 8);
	assert_int_equal(buffer.size, 124);
}

static void device_and_folder_have_their_modes(void **state)
{
	struct buffer buffer = {.size = 0};
	struct cpio cpio;
	size_t start;

	(void)state;
	cpio_init(&cpio, append, &buffer);
	assert_int_equal(cpio_folder(&cpio, "dev"), 0);
	assert_memory_equal(buffer.bytes + 14, "000041ED", 8);
	start = buffer.size;
	assert_int_equal(start % 4, 0);
	assert_int_equal(cpio_character_device(&cpio, "dev/console", 0600, 5, 1), 0);
	assert_memory_equal(buffer.bytes + start + 6, "00000002", 8);
	assert_memory_equal(buffer.bytes + start + 14, "00002180", 8);
	assert_memory_equal(buffer.bytes + start + 78, "0000000500000001", 16);
}

static void end_is_the_trailer(void **state)
{
	struct buffer buffer = {.size = 0};
	struct cpio cpio;

	(void)state;
	cpio_init(&cpio, append, &buffer);
	assert_int_equal(cpio_end(&cpio), 0);
	assert_string_equal(buffer.bytes + 110, "TRAILER!!!");
	assert_int_equal(buffer.size % 4, 0);
}

static void error_of_the_writer_comes_back(void **state)
{
	struct buffer buffer = {.size = sizeof buffer.bytes - 100};
	struct cpio cpio;

	(void)state;
	cpio_init(&cpio, append, &buffer);
	assert_int_equal(cpio_folder(&cpio, "dev"), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(file_is_header_name_and_data_on_fours),
	        cmocka_unit_test(device_and_folder_have_their_modes),
	        cmocka_unit_test(end_is_the_trailer),
	        cmocka_unit_test(error_of_the_writer_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
