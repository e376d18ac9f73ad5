/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory of Looking Glass: made with its size, given to two users, removed; a node is given back as it was. */
#include "vm/acts/acts.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "machine.h"

#define SHM "/dev/shm/looking-glass-games"

static struct machine pc;
static uid_t uid;
static gid_t gid;
static mode_t mode;

int __real_fstat64(int fd, struct stat *st);
int __wrap_fstat64(int fd, struct stat *st);
int __wrap_fchownat(int fd, const char *path, uid_t to, gid_t group, int flags);
int __wrap_chmod(const char *path, mode_t to);
static bool node;

int __wrap_fstat64(int fd, struct stat *st)
{
	int r = __real_fstat64(fd, st);

	if (r == 0 && node)
		st->st_mode = S_IFCHR | 0600;
	return r;
}

int __wrap_fchownat(int fd, const char *path, uid_t to, gid_t group, int flags)
{
	(void)fd, (void)path, (void)flags;
	uid = to;
	gid = group;
	return 0;
}

int __wrap_chmod(const char *path, mode_t to)
{
	assert_true(starts_with(path, "/proc/self/fd/"));
	mode = to;
	return 0;
}

static int setup(void **state)
{
	(void)state;
	machine_open(&pc, NULL);
	machine_write(&pc, "/dev/shm/other", "");
	uid = gid = 0;
	mode = 0;
	node = false;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	machine_close(&pc);
	return 0;
}

static void test_file(void **state)
{
	const struct act_glass glass = {
	        .path = SHM, .bytes = 64 << 20, .uid = 1000, .gid = 61200, .mode = 0660};
	struct stat st;
	int fd = -1;

	(void)state;
	machine_write(&pc, SHM, "left by an earlier run");
	assert_int_equal(act_glass_open(&pc.root, &glass, &fd, NULL), 0);
	assert_int_equal(__real_fstat64(fd, &st), 0);
	assert_true(st.st_size == 64 << 20 && (st.st_mode & 0777) == 0600);
	close_fd(&fd);
	assert_int_equal(act_glass_give(&pc.root, &glass, NULL), 0);
	assert_true(uid == 1000 && gid == 61200 && mode == 0660);
	assert_int_equal(act_glass_return(&pc.root, &glass, NULL), 0);
	assert_false(root_exists(&pc.root, SHM));
	assert_int_equal(act_glass_return(&pc.root, &glass, NULL), 0);
}

/* What somebody puts in its place is not given to anybody. */
static void test_another_file(void **state)
{
	const struct act_glass glass = {.path = SHM, .uid = 1000, .gid = 61200, .mode = 0660};
	struct err err;

	(void)state;
	machine_link(&pc, SHM, "/dev/shm/other");
	assert_true(act_glass_give(&pc.root, &glass, &err) < 0);
	assert_int_equal(uid, 0);
	assert_int_equal(act_glass_return(&pc.root, &glass, NULL), 0);
	assert_true(root_exists(&pc.root, "/dev/shm/other"));
}

static void test_node(void **state)
{
	const struct act_glass given = {.path = "/dev/kvmfr0",
	                               .uid = 1000,
	                               .gid = 61200,
	                               .mode = 0660},
	                       was = {.path = "/dev/kvmfr0", .gid = 78, .mode = 0620};
	struct err err;
	int fd = -1;

	(void)state;
	assert_int_equal(act_glass_return(&pc.root, &was, NULL), 0); /* the module is gone */
	machine_write(&pc, "/dev/kvmfr0", "");
	assert_int_equal(act_glass_open(&pc.root, &given, &fd, &err), -ENODEV);
	assert_true(err_is(&err, CODE_GLASS_MEMORY));
	node = true;
	assert_int_equal(act_glass_open(&pc.root, &given, &fd, NULL), 0);
	close_fd(&fd);
	assert_int_equal(act_glass_give(&pc.root, &given, NULL), 0);
	assert_true(uid == 1000 && gid == 61200 && mode == 0660);
	assert_int_equal(act_glass_return(&pc.root, &was, NULL), 0);
	assert_true(uid == 0 && gid == 78 && mode == 0620);
	assert_true(root_exists(&pc.root, "/dev/kvmfr0"));
}

static void test_no_other_path(void **state)
{
	static const char *const paths[] = {"/etc/passwd", "/dev/shm/looking-glass-",
	        "/dev/shm/looking-glass-a/../other", "/dev/shm/other", "/dev/kvmfr1"};
	int fd = -1;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		const struct act_glass glass = {.path = paths[i], .bytes = 1};

		assert_int_equal(act_glass_open(&pc.root, &glass, &fd, NULL), -EINVAL);
		assert_int_equal(act_glass_give(&pc.root, &glass, NULL), -EINVAL);
		assert_int_equal(act_glass_return(&pc.root, &glass, NULL), -EINVAL);
	}
	assert_true(root_exists(&pc.root, "/dev/shm/other"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_file, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_another_file, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_node, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_no_other_path, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
