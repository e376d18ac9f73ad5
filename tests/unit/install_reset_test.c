/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a factory reset takes, and what it leaves. */
#include "host-setup/install/forget.h"
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

static void test_homes(void **state)
{
	cleanup_strv struct strv homes = {0};

	(void)state;
	reset_homes("ann:x:1000:1000::/home/ann:/bin/sh\nsrv:x:1001:1001::/srv/x:/bin/sh\n"
	            "top:x:1002:1002::/:/bin/sh\nall:x:1003:1003::/home/:/bin/sh\n"
	            "up:x:1004:1004::/home/..:/bin/sh\nin:x:1005:1005::/home/ann/in:/bin/sh\n"
	            "mail:x:8:8::/home/mail:/bin/false\n",
	        &homes);
	assert_int_equal(homes.n, 1);
	assert_string_equal(homes.list[0], "/home/ann");
}

static char *make_root(struct root *root)
{
	char *folder = xstrdup("/tmp/reset-test-XXXXXX");

	assert_non_null(mkdtemp(folder));
	assert_int_equal(root_open(root, folder, NULL), 0);
	return folder;
}

static void remove_root(const char *folder)
{
	cleanup_free char *remove = xasprintf("rm -rf %s", folder);

	assert_int_equal(system(remove), 0);
}

static void put(const struct root *root, const char *path)
{
	assert_int_equal(root_write(root, path, "x", 1, 0600, NULL), 0);
}

static void put_link(const char *folder, const char *target, const char *path)
{
	cleanup_free char *full = xasprintf("%s%s", folder, path);

	assert_int_equal(symlink(target, full), 0);
}

static bool is_there(const char *folder, const char *path)
{
	cleanup_free char *full = xasprintf("%s%s", folder, path);
	struct stat st;

	return lstat(full, &st) == 0;
}

static void test_clear(void **state)
{
	static const char *const goes[] = {"/etc/playthrough/console.conf",
	        "/etc/NetworkManager/system-connections/home.nmconnection",
	        "/var/lib/playthrough-seat/.config/gui.conf",
	        "/var/lib/playthrough-console/key.pem", "/root/.ssh/authorized_keys",
	        "/etc/sudoers.d/ann", "/var/lib/systemd/linger/ann",
	        "/var/spool/cron/crontabs/ann"};
	static const char *const stays[] = {"/etc/playthrough/profiles/games.profile",
	        "/var/lib/playthrough/games/vars.fd", "/home/ann/games.qcow2",
	        "/etc/sudoers.d/README"};
	cleanup(root_close) struct root root = {.fd = -1};
	cleanup_free char *folder = make_root(&root);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(goes); i++)
		put(&root, goes[i]);
	for (size_t i = 0; i < ARRAY_SIZE(stays); i++)
		put(&root, stays[i]);
	assert_int_equal(reset_clear(&root, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(goes); i++)
		assert_false(is_there(folder, goes[i]));
	for (size_t i = 0; i < ARRAY_SIZE(stays); i++)
		assert_true(is_there(folder, stays[i]));
	assert_true(is_there(folder, "/var/lib/playthrough-console"));
	assert_int_equal(reset_clear(&root, NULL), 0); /* once more */
	remove_root(folder);
}

/* A program without rights may put any link into its folder: links go, and nothing behind them. */
static void test_links(void **state)
{
	cleanup(root_close) struct root root = {.fd = -1};
	cleanup_free char *folder = make_root(&root);
	cleanup_free char *absolute = xasprintf("%s/home", folder);

	(void)state;
	put(&root, "/home/ann/photos.jpg");
	put(&root, "/srv/vm/games.qcow2");
	put(&root, "/var/lib/playthrough-console/deep/file");
	put(&root, "/etc/playthrough/console.conf");
	put_link(folder, "../../../home", "/var/lib/playthrough-console/x");
	put_link(folder, absolute, "/var/lib/playthrough-console/deep/y");
	put_link(folder, ".", "/var/lib/playthrough-console/a");
	put_link(folder, ".", "/var/lib/playthrough-console/b");
	put_link(folder, "gone", "/var/lib/playthrough-console/dangling");
	put_link(folder, "../../srv/vm", "/etc/playthrough/images");
	put_link(folder, "../../home", "/var/lib/playthrough-seat");
	assert_int_equal(reset_clear(&root, NULL), 0);
	assert_true(is_there(folder, "/home/ann/photos.jpg"));
	assert_true(is_there(folder, "/srv/vm/games.qcow2"));
	assert_false(is_there(folder, "/var/lib/playthrough-console/x"));
	assert_false(is_there(folder, "/var/lib/playthrough-console/deep"));
	assert_false(is_there(folder, "/var/lib/playthrough-console/a"));
	assert_false(is_there(folder, "/var/lib/playthrough-console/b"));
	assert_false(is_there(folder, "/var/lib/playthrough-console/dangling"));
	assert_false(is_there(folder, "/etc/playthrough/images"));
	remove_root(folder);
}

/* Who comes next gets the same number, and must not come by the files. */
static void test_homes_are_closed(void **state)
{
	static const char passwd[] = "ann:x:1000:1000::/home/ann:/bin/sh\n"
	                             "bob:x:1001:1001::/home/bob:/bin/sh\n";
	cleanup(root_close) struct root root = {.fd = -1};
	cleanup_free char *folder = make_root(&root);
	cleanup_free char *home = xasprintf("%s/home/ann", folder);
	struct stat st;

	(void)state;
	if (geteuid() != 0)
		skip();
	put(&root, "/home/ann/games.qcow2");
	assert_int_equal(chown(home, 1000, 1000), 0);
	assert_int_equal(chmod(home, 0755), 0);
	assert_int_equal(root_write(&root, "/etc/passwd", passwd, strlen(passwd), 0644, NULL), 0);
	assert_int_equal(reset_close_homes(&root, NULL), 0);
	assert_int_equal(stat(home, &st), 0);
	assert_int_equal(st.st_uid, 0);
	assert_int_equal(st.st_gid, 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_true(is_there(folder, "/home/ann/games.qcow2"));
	remove_root(folder);
}

static void test_forget(void **state)
{
	cleanup(root_close) struct root root = {.fd = -1};
	cleanup_free char *folder = make_root(&root);
	cleanup_free char *id = NULL;

	(void)state;
	put(&root, "/etc/ssh/ssh_host_rsa_key");
	put(&root, "/etc/ssh/sshd_config");
	put(&root, "/etc/machine-id");
	put(&root, "/var/lib/systemd/random-seed");
	assert_int_equal(forget(&root, NULL), 0);
	id = root_read(&root, "/etc/machine-id");
	assert_string_equal(id, "");
	assert_false(is_there(folder, "/etc/ssh/ssh_host_rsa_key"));
	assert_false(is_there(folder, "/var/lib/systemd/random-seed"));
	assert_true(is_there(folder, "/etc/ssh/sshd_config"));
	remove_root(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_people),
	        cmocka_unit_test(test_homes),
	        cmocka_unit_test(test_clear),
	        cmocka_unit_test(test_links),
	        cmocka_unit_test(test_homes_are_closed),
	        cmocka_unit_test(test_forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
