/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The running system's files are copied as they are, but for what passes. */
#include "base/root.h"
#include "host-setup/install/copy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

static unsigned told;

static void tell(unsigned percent)
{
	told = percent;
}

static void put(const struct root *root, const char *path)
{
	assert_int_equal(root_write(root, path, "x", 1, 0640, NULL), 0);
}

static void run(const char *fmt, const char *folder)
{
	cleanup_free char *command = xasprintf("cd %s && %s", folder, fmt);

	assert_int_equal(system(command), 0);
}

static void test_copy(void **state)
{
	char folder[] = "/tmp/copy-test-XXXXXX";
	cleanup(root_close) struct root root = {.fd = -1};
	cleanup_free char *from = NULL, *to = NULL;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(root_open(&root, folder, NULL), 0);
	from = root_full_path(&root, "/from");
	to = root_full_path(&root, "/to");
	put(&root, "/from/etc/fstab");
	put(&root, "/from/home/ann/.profile");
	put(&root, "/from/home/ann/tmp/file");
	put(&root, "/from/tmp/file");
	put(&root, "/from/var/tmp/file");
	put(&root, "/from/var/log/journal/1/system.journal");
	put(&root, "/from/var/log/dpkg.log");
	run("mkdir to && ln from/etc/fstab from/etc/same && ln -s fstab from/etc/link && "
	    "chmod 1777 from/tmp && truncate -s 8M from/sparse",
	        folder);
	assert_int_equal(copy_folder(from, to, tell, NULL), 0);
	assert_int_equal(told, 100);
	assert_int_equal(copy_flush(to, NULL), 0);
	assert_true(root_exists(&root, "/to/home/ann/.profile"));
	assert_true(root_exists(&root, "/to/home/ann/tmp/file"));
	assert_true(root_exists(&root, "/to/var/log/dpkg.log"));
	assert_false(root_exists(&root, "/to/tmp/file"));
	assert_false(root_exists(&root, "/to/var/tmp/file"));
	assert_false(root_exists(&root, "/to/var/log/journal/1"));
	run("test to/etc/fstab -ef to/etc/same && test $(readlink to/etc/link) = fstab && "
	    "test $(stat -c %a to/tmp) = 1777 && test $(stat -c %a to/etc/fstab) = 640 && "
	    "test $(du -k to/sparse | cut -f1) -lt 1024",
	        folder);
	run("rm -rf $PWD", folder);
}

/* rsync(1) tells of a file that was gone by 24; the real one cannot be made to. */
static void test_vanished(void **state)
{
	char folder[] = "/tmp/copy-test-XXXXXX";
	cleanup_free char *path = NULL, *old = xstrdup(getenv("PATH"));
	struct err err = {0};

	(void)state;
	assert_non_null(mkdtemp(folder));
	path = xasprintf("%s:%s", folder, old);
	run("echo '#!/bin/sh\nexit 24' >rsync && chmod +x rsync", folder);
	setenv("PATH", path, 1);
	assert_int_equal(copy_folder(folder, folder, tell, NULL), 0);
	run("echo '#!/bin/sh\nexit 23' >rsync", folder);
	assert_true(copy_folder(folder, folder, tell, &err) < 0);
	assert_true(err_is(&err, CODE_INSTALL_FAILED));
	setenv("PATH", old, 1);
	run("rm -rf $PWD", folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_copy),
	        cmocka_unit_test(test_vanished),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
