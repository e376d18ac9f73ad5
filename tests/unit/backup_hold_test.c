/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The locks of QEMU and swtpm, as these take them: whoever writes is seen, and sees that we read. */
#include "backup/hold.h"
#include "base/util.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/playthrough-hold-XXXXXX";

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

static int lock(int fd, off_t at, off_t n, short type)
{
	struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = at, .l_len = n};

	return fcntl(fd, F_OFD_SETLK, &l);
}

static void a_writer_is_seen(void **state)
{
	cleanup_close int theirs = open(path, O_RDWR), ours = open(path, O_RDONLY);

	(void)state;
	assert_int_equal(lock(theirs, 101, 1, F_RDLCK), 0); /* may write */
	assert_int_equal(hold_image(ours), 0);
	assert_int_equal(lock(theirs, 101, 1, F_UNLCK), 0);
	assert_int_equal(lock(theirs, 100, 1, F_RDLCK), 0); /* reads, and lets nobody write */
	assert_int_equal(lock(theirs, 201, 1, F_RDLCK), 0);
	assert_int_equal(hold_image(ours), 1);
}

/* QEMU asks whether anybody denies what it wants. */
static void a_writer_sees_us(void **state)
{
	cleanup_close int theirs = open(path, O_RDWR), ours = open(path, O_RDONLY);
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 201, .l_len = 1};

	(void)state;
	assert_int_equal(hold_image(ours), 1);
	assert_int_equal(fcntl(theirs, F_OFD_GETLK, &l), 0);
	assert_int_equal(l.l_type, F_RDLCK);
}

static void a_tpm(void **state)
{
	cleanup_close int theirs = open(path, O_RDWR), ours = open(path, O_RDONLY);

	(void)state;
	assert_int_equal(lock(theirs, 0, 0, F_WRLCK), 0);
	assert_int_equal(hold_tpm(ours), 0);
	assert_int_equal(lock(theirs, 0, 0, F_UNLCK), 0);
	assert_int_equal(hold_tpm(ours), 1);
	assert_int_equal(lock(theirs, 0, 0, F_WRLCK), -1);
}

static void what_knows_no_locks_is_an_error(void **state)
{
	cleanup_close int fd = open(path, O_PATH | O_CLOEXEC);

	(void)state;
	assert_int_equal(hold_image(fd), -EBADF);
	assert_int_equal(hold_tpm(fd), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_writer_is_seen),
	        cmocka_unit_test(a_writer_sees_us),
	        cmocka_unit_test(a_tpm),
	        cmocka_unit_test(what_knows_no_locks_is_an_error),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
