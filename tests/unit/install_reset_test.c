/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a factory reset takes, and what it leaves. */
#include "host-setup/install/reset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

static void test_people(void **state)
{
	cleanup_strv struct strv names = {0};

	(void)state;
	reset_people("root:x:0:0:root:/root:/bin/bash\nplaythrough-seat:x:995:995::/:/bin/false\n"
	             "ann:x:1000:1000:Ann:/home/ann:/bin/bash\nbob:x:1001:1001::/home/bob:/bin/sh\n"
	             "nobody:x:65534:65534:nobody:/:/usr/sbin/nologin\nbroken:line\n",
	        &names);
	assert_int_equal(names.n, 2);
	assert_string_equal(names.list[0], "ann");
	assert_string_equal(names.list[1], "bob");
}

static void put(const struct root *root, const char *path)
{
	assert_int_equal(root_write(root, path, "x", 1, 0600, NULL), 0);
}

static void test_list(void **state)
{
	static const char *const goes[] = {"/etc/playthrough/console.conf",
	        "/etc/NetworkManager/system-connections/home.nmconnection",
	        "/var/lib/playthrough-seat/.config/gui.conf",
	        "/var/lib/playthrough-console/key.pem", "/var/lib/playthrough-first-boot.done"};
	static const char *const stays[] = {"/etc/playthrough/profiles/games.profile",
	        "/var/lib/playthrough/games/vars.fd", "/home/ann/games.qcow2"};
	char folder[] = "/tmp/reset-test-XXXXXX";
	cleanup(root_close) struct root root = {.fd = -1};
	cleanup_strv struct strv paths = {0};
	cleanup_free char *remove = NULL;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(root_open(&root, folder, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(goes); i++)
		put(&root, goes[i]);
	for (size_t i = 0; i < ARRAY_SIZE(stays); i++)
		put(&root, stays[i]);
	reset_list(&root, &paths);
	assert_int_equal(paths.n, ARRAY_SIZE(goes));
	for (size_t i = 0; i < ARRAY_SIZE(goes); i++)
		assert_string_equal(paths.list[i], goes[i]);
	remove = xasprintf("rm -rf %s", folder);
	assert_int_equal(system(remove), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_people),
	        cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
