/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/secret.h"
#include "base/util.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

/* What is read of a file with these bytes. */
static int read_of(const char *bytes, size_t size, char text[SECRET_MOST + 1], struct err *err)
{
	cleanup_close int fd = memfd_create("file", MFD_CLOEXEC);

	assert_int_equal(write(fd, bytes, size), (ssize_t)size);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return secret_read_line(fd, "words.txt", text, err);
}

static void test_first_line(void **state)
{
	static char text[SECRET_MOST + 1], longest[SECRET_MOST + 1];
	struct err err;

	(void)state;
	assert_int_equal(read_of("open sesame\nmore\n", 17, text, &err), 0);
	assert_string_equal(text, "open sesame");
	assert_int_equal(read_of("no end", 6, text, &err), 0);
	assert_string_equal(text, "no end");
	memset(longest, 'x', SECRET_MOST);
	longest[SECRET_MOST] = '\n';
	assert_int_equal(read_of(longest, sizeof(longest), text, &err), 0);
	assert_int_equal(strlen(text), SECRET_MOST);
}

static void test_refused(void **state)
{
	static char text[SECRET_MOST + 1], too_long[SECRET_MOST + 1];
	static const struct {
		const char *bytes;
		size_t size;
		const char *words;
	} cases[] = {{"", 0, "empty"}, {"\nsecond", 7, "empty"}, {"a\0b\n", 4, "zero byte"},
	        {too_long, sizeof(too_long), "at most 4096"}};
	struct err err;

	(void)state;
	memset(too_long, 'x', sizeof(too_long));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(read_of(cases[i].bytes, cases[i].size, text, &err), -EINVAL);
		assert_non_null(strstr(err.message, cases[i].words));
		assert_non_null(strstr(err.message, "words.txt"));
		assert_string_equal(err.code, "PT-IMAGE-06");
	}
	assert_int_equal(secret_read_line(-1, "words.txt", text, &err), -EBADF);
	assert_string_equal(err.code, "PT-IMAGE-06");
}

static void test_kept(void **state)
{
	cleanup_close int fd = -1;
	char text[32] = "";

	(void)state;
	assert_int_equal(secret_keep("open sesame", &fd, NULL), 0);
	assert_int_equal(pread(fd, text, sizeof(text), 0), 11);
	assert_string_equal(text, "open sesame");
	assert_true(pwrite(fd, "x", 1, 0) < 0 && errno == EPERM);
	assert_true(ftruncate(fd, 0) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_first_line),
	        cmocka_unit_test(test_refused),
	        cmocka_unit_test(test_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
