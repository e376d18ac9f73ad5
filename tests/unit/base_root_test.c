/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files under a root: reading, atomic writing, and never leaving it. */
#include "base/root.h"
#include "machine.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int setup(void **state)
{
	struct machine *m = xcalloc(1, sizeof(*m));

	machine_open(m, NULL);
	*state = m;
	return 0;
}

static int teardown(void **state)
{
	machine_close(*state);
	free(*state);
	return 0;
}

static void add_link(const struct machine *m, const char *path, const char *target)
{
	char *full = root_full_path(&m->root, path);

	assert_int_equal(symlink(target, full), 0);
	free(full);
}

static void expect_text(const struct machine *m, const char *path, const char *expected)
{
	char *text = root_read(&m->root, path);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void test_read(void **state)
{
	struct machine *m = *state;
	uint64_t v = 1;
	char *text;

	machine_write(m, "/sys/a", "0x20\n");
	machine_write(m, "/sys/two", "x\n\n");
	machine_write(m, "/sys/none", "");
	expect_text(m, "/sys/a", "0x20");
	expect_text(m, "/sys/two", "x\n");
	expect_text(m, "/sys/none", "");
	assert_int_equal(root_read_u64(&m->root, "/sys/a", 0, &v), 0);
	assert_int_equal(v, 0x20);
	assert_int_equal(root_read_u64(&m->root, "/sys/none", 0, &v), -EINVAL);
	assert_int_equal(root_read_u64(&m->root, "/sys/gone", 0, &v), -ENOENT);
	text = root_readf(&m->root, "/%s/%c", "sys", 'a');
	assert_string_equal(text, "0x20");
	free(text);
	assert_null(root_read(&m->root, "/sys"));
	assert_int_equal(errno, EISDIR);
	assert_false(root_is_host(&m->root));
}

static void test_too_large_and_endless(void **state)
{
	struct machine *m = *state;
	char *fifo = root_full_path(&m->root, "/fifo"), *big = root_full_path(&m->root, "/big");
	int fd = open(big, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	char *text;

	assert_int_equal(ftruncate(fd, (16 << 20) + 1), 0);
	close(fd);
	assert_null(root_read(&m->root, "/big"));
	assert_int_equal(errno, EFBIG);
	assert_int_equal(mkfifo(fifo, 0644), 0);
	text = root_read(&m->root, "/fifo"); /* must not wait for a writer */
	free(text);
	free(fifo);
	free(big);
}

static void test_list_and_links(void **state)
{
	struct machine *m = *state;
	struct strv names = {0};
	char *text;

	machine_write(m, "/d/b", "");
	machine_write(m, "/d/a", "");
	add_link(m, "/d/driver", "../../bus/pci/drivers/vfio-pci");
	add_link(m, "/d/c", "a");
	assert_int_equal(root_list(&m->root, "/d", &names), 0);
	text = strv_join(&names, " ");
	assert_string_equal(text, "a b c driver");
	free(text);
	strv_finish(&names);
	assert_int_equal(root_list(&m->root, "/gone", &names), -ENOENT);
	text = root_link_name(&m->root, "/d/driver");
	assert_string_equal(text, "vfio-pci");
	free(text);
	assert_null(root_link_name(&m->root, "/d/a"));
	assert_null(root_link_name(&m->root, "/d/gone"));
	text = root_real_path(&m->root, "/d/c");
	assert_string_equal(text, "/d/a");
	free(text);
	text = root_real_path(&m->root, "/d/..");
	assert_string_equal(text, "/");
	free(text);
	assert_null(root_real_path(&m->root, "/d/driver"));
}

/* Each of these leads out of a root that is not fenced. */
static void test_nothing_leads_out(void **state)
{
	struct machine *m = *state;
	char *text;

	machine_write(m, "/etc/hostname", "inside\n");
	machine_write(m, "/deep/er/file", "");
	add_link(m, "/absolute", "/etc/hostname");
	add_link(m, "/deep/up", "../../../../../../../../etc/hostname");
	add_link(m, "/deep/folder", "../../../../../..");
	add_link(m, "/proc-like", "/proc/self/cwd");
	add_link(m, "/loop", "loop");
	expect_text(m, "/absolute", "inside");
	expect_text(m, "/deep/up", "inside");
	expect_text(m, "/deep/folder/etc/hostname", "inside");
	expect_text(m, "/../../../../etc/hostname", "inside");
	expect_text(m, "/deep/er/../../../../etc/hostname", "inside");
	assert_null(root_read(&m->root, "/proc-like/Makefile"));
	assert_false(root_exists(&m->root, "/deep/folder/usr/bin"));
	assert_null(root_read(&m->root, "/loop"));
	assert_int_equal(errno, ELOOP);
	text = root_real_path(&m->root, "/deep/up");
	assert_string_equal(text, "/etc/hostname");
	free(text);
}

static void test_writing_stays_inside(void **state)
{
	struct machine *m = *state;
	char outside[] = "/tmp/root-test-XXXXXX";

	assert_non_null(mkdtemp(outside));
	add_link(m, "/out", outside);
	/* The link's target exists outside only. */
	assert_true(root_write(&m->root, "/out/file", "x", 1, 0644, NULL) < 0);
	assert_int_equal(rmdir(outside), 0);
}

static void test_write_is_whole(void **state)
{
	struct machine *m = *state;
	struct strv names = {0};
	struct err err = {0};
	struct stat st;

	assert_int_equal(root_write(&m->root, "/etc/a/b/c.conf", "one\n", 4, 0640, &err), 0);
	expect_text(m, "/etc/a/b/c.conf", "one");
	assert_int_equal(root_stat(&m->root, "/etc/a/b/c.conf", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(root_write(&m->root, "/etc/a/b/c.conf", "", 0, 0600, &err), 0);
	expect_text(m, "/etc/a/b/c.conf", "");
	assert_int_equal(root_write(&m->root, "/top", "t", 1, 0644, &err), 0);
	expect_text(m, "/top", "t");
	assert_int_equal(root_list(&m->root, "/etc/a/b", &names), 0);
	assert_int_equal(names.n, 1); /* no temporary file is left */
	strv_finish(&names);
}

/* The old bytes survive in a file that was open, and a reader never sees a mixture. */
static void test_write_replaces(void **state)
{
	struct machine *m = *state;
	char old[8] = "";
	int fd;

	assert_int_equal(root_write(&m->root, "/f", "old", 3, 0644, NULL), 0);
	fd = root_openat(&m->root, "/f", O_RDONLY, 0);
	assert_true(fd >= 0);
	assert_int_equal(root_write(&m->root, "/f", "new!", 4, 0644, NULL), 0);
	assert_int_equal(read(fd, old, sizeof(old)), 3);
	assert_string_equal(old, "old");
	close(fd);
	expect_text(m, "/f", "new!");
}

static void test_write_fails_cleanly(void **state)
{
	struct machine *m = *state;
	struct strv names = {0};
	struct err err = {0};

	machine_write(m, "/file", "x");
	assert_int_equal(root_write(&m->root, "/file/below", "x", 1, 0644, &err), -ENOTDIR);
	assert_non_null(strstr(err.message, "/file/below"));
	machine_write(m, "/folder/kept", "x");
	assert_true(root_write(&m->root, "/folder", "x", 1, 0644, &err) < 0);
	assert_int_equal(root_list(&m->root, "/", &names), 0);
	assert_int_equal(names.n, 2);
	strv_finish(&names);
}

static void test_remove(void **state)
{
	struct machine *m = *state;
	struct err err = {0};

	machine_write(m, "/a/b", "");
	assert_int_equal(root_remove(&m->root, "/a/b", &err), 0);
	assert_int_equal(root_remove(&m->root, "/a/b", &err), 0);
	assert_int_equal(root_remove(&m->root, "/no/such/folder", &err), 0);
	assert_true(root_remove(&m->root, "/a", &err) < 0);
	assert_false(root_exists(&m->root, "/a/b"));
}

/* Only root can give a file away; for others owner and group are their own before and after. */
static void test_write_keeps_the_owner(void **state)
{
	struct machine *m = *state;
	uid_t uid = geteuid() == 0 ? 1234 : geteuid();
	gid_t gid = geteuid() == 0 ? 4321 : getegid();
	cleanup_free char *path = machine_path(m, "", "/a/b");
	struct stat st;

	machine_write(m, "/a/b", "old");
	assert_int_equal(chown(path, uid, gid), 0);
	assert_int_equal(root_write(&m->root, "/a/b", "new", 3, 0640, NULL), 0);
	assert_int_equal(root_stat(&m->root, "/a/b", &st), 0);
	assert_int_equal(st.st_uid, uid);
	assert_int_equal(st.st_gid, gid);
	assert_int_equal(st.st_mode & 07777, 0640);
}

/* What a write left that was cut off. */
static void test_clear(void **state)
{
	static const char litter[] = "/a/.b.playthrough-new";
	struct machine *m = *state;

	machine_write(m, "/a/b", "old");
	machine_write(m, litter, "half");
	assert_true(root_is_cut_off(&m->root, "/a/b"));
	root_clear(&m->root, "/a/b");
	assert_false(root_is_cut_off(&m->root, "/a/b"));
	assert_false(root_exists(&m->root, litter));
	expect_text(m, "/a/b", "old");
	root_clear(&m->root, "/no/such/folder");
	machine_write(m, litter, "half");
	assert_int_equal(root_remove(&m->root, "/a/b", NULL), 0);
	assert_false(root_exists(&m->root, litter));
}

static void test_make_folder(void **state)
{
	struct machine *m = *state;
	struct err err = {0};

	assert_int_equal(root_make_folder(&m->root, "/a/b/c", &err), 0);
	assert_int_equal(root_make_folder(&m->root, "/a/b/c", &err), 0);
	assert_true(root_exists(&m->root, "/a/b/c"));
	machine_write(m, "/file", "");
	assert_true(root_make_folder(&m->root, "/file/c", &err) < 0);
}

static void test_poke(void **state)
{
	struct machine *m = *state;
	struct err err = {0};

	machine_write(m, "/sys/bind", "");
	assert_int_equal(root_poke(&m->root, "/sys/bind", "0000:01:00.0", &err), 0);
	expect_text(m, "/sys/bind", "0000:01:00.0");
	assert_int_equal(root_poke(&m->root, "/sys/gone", "x", &err), -ENOENT);
	assert_false(root_exists(&m->root, "/sys/gone"));
}

static void test_host_root(void **state)
{
	struct root root;
	struct err err = {0};
	char *full;

	(void)state;
	assert_int_equal(root_open(&root, "/", &err), 0);
	assert_true(root_is_host(&root));
	full = root_full_path(&root, "/etc");
	assert_string_equal(full, "/etc");
	free(full);
	full = root_read(&root, "/proc/self/mountinfo");
	assert_non_null(full);
	free(full);
	root_close(&root);
	assert_int_equal(root_open(&root, "/no/such/folder", &err), -ENOENT);
	assert_non_null(strstr(err.message, "/no/such/folder"));
}

/* What somebody else wrote meanwhile stays, and so does a link. */
static void test_exchange(void **state)
{
	struct machine *m = *state;
	char *full = root_full_path(&m->root, "/etc/file"),
	     *left = root_full_path(&m->root, "/etc/.file.playthrough-new");
	struct err err = {0};
	struct stat st;

	machine_write(m, "/etc/file", "old\n");
	assert_int_equal(chmod(full, 0640), 0);
	assert_int_equal(root_exchange(&m->root, "/etc/file", "old", "new", &err), -ESTALE);
	assert_int_equal(root_exchange(&m->root, "/etc/file", "old\nx", "new", &err), -ESTALE);
	assert_int_equal(root_exchange(&m->root, "/etc/file", NULL, "new", &err), -ESTALE);
	assert_int_equal(root_exchange(&m->root, "/etc/none", "old", "new", &err), -ESTALE);
	expect_text(m, "/etc/file", "old");
	assert_false(root_exists(&m->root, "/etc/none"));
	assert_true(access(left, F_OK) < 0);
	assert_int_equal(root_exchange(&m->root, "/etc/file", "old\n", "new", &err), 0);
	expect_text(m, "/etc/file", "new");
	assert_int_equal(stat(full, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(root_exchange(&m->root, "/etc/x/none", NULL, "new", &err), 0);
	expect_text(m, "/etc/x/none", "new");
	add_link(m, "/etc/link", "file");
	assert_int_equal(root_exchange(&m->root, "/etc/link", "new", "newer", &err), -ELOOP);
	assert_int_equal(root_exchange(&m->root, "/etc/file", "old\n", NULL, &err), -ESTALE);
	assert_int_equal(root_exchange(&m->root, "/etc/file", "new", NULL, &err), 0);
	assert_false(root_exists(&m->root, "/etc/file"));
	free(full);
	free(left);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(test_read),
	        TEST(test_too_large_and_endless),
	        TEST(test_list_and_links),
	        TEST(test_nothing_leads_out),
	        TEST(test_writing_stays_inside),
	        TEST(test_write_is_whole),
	        TEST(test_write_replaces),
	        TEST(test_exchange),
	        TEST(test_write_fails_cleanly),
	        TEST(test_remove),
	        TEST(test_write_keeps_the_owner),
	        TEST(test_clear),
	        TEST(test_make_folder),
	        TEST(test_poke),
	        TEST(test_host_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
