/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Locks as QEMU takes them; and what cannot be asked for locks is not free. */
#include "base/util.h"
#include "image/use.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/pt-use-XXXXXX";

static int setup(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

static void lock(int fd, off_t byte)
{
	struct flock l = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};

	assert_int_equal(fcntl(fd, F_OFD_SETLK, &l), 0);
}

static void locks_of_qemu_are_seen(void **state)
{
	cleanup_close int theirs = open(path, O_RDWR | O_CLOEXEC);
	cleanup_close int ours = open(path, O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(image_use(ours), IMAGE_FREE);
	lock(theirs, 100);
	assert_int_equal(image_use(ours), IMAGE_READ);
	lock(theirs, 101);
	assert_int_equal(image_use(ours), IMAGE_WRITTEN);
}

static void a_use_that_cannot_be_known(void **state)
{
	cleanup_close int fd = open(path, O_PATH | O_CLOEXEC);

	(void)state;
	assert_int_equal(image_use(fd), IMAGE_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(locks_of_qemu_are_seen),
	        cmocka_unit_test(a_use_that_cannot_be_known),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
