/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The node of a keyboard: opened where nobody has it for himself, given to a VM's user and back. This file plays the kernel. */
#include "vm/acts/acts.h"

#include <errno.h>
#include <linux/input.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <cmocka.h>

#include "machine.h"

#define NODE "/sys/class/input/event5"

static const struct act_input keyboard = {"event5", "input12"};
static struct machine pc;
static uid_t owner;
static bool taken, grabbed;
static int type = S_IFCHR;

int __wrap_ioctl(int fd, unsigned long request, ...);
int __real_fstat64(int fd, struct stat *st);
int __wrap_fstat64(int fd, struct stat *st);
int __wrap_fchownat(int fd, const char *path, uid_t uid, gid_t gid, int flags);

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	bool on;

	(void)fd;
	assert_int_equal(request, EVIOCGRAB);
	va_start(ap, request);
	on = va_arg(ap, int);
	va_end(ap);
	if (taken) {
		errno = EBUSY;
		return -1;
	}
	grabbed = on;
	return 0;
}

int __wrap_fstat64(int fd, struct stat *st)
{
	int r = __real_fstat64(fd, st);

	if (r == 0 && S_ISREG(st->st_mode)) {
		st->st_mode = (mode_t)type | 0660;
		st->st_rdev = makedev(13, 69);
		st->st_uid = owner;
	}
	return r;
}

int __wrap_fchownat(int fd, const char *path, uid_t uid, gid_t gid, int flags)
{
	(void)fd, (void)flags;
	assert_string_equal(path, "");
	assert_int_equal(gid, (gid_t)-1);
	owner = uid;
	return 0;
}

static int setup(void **state)
{
	(void)state;
	machine_open(&pc, NULL);
	machine_write(&pc, "/dev/input/event5", "");
	machine_write(&pc, NODE "/dev", "13:69\n");
	machine_link(&pc, NODE "/device", "/sys/class/input/input12");
	taken = grabbed = false;
	owner = 0;
	type = S_IFCHR;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	machine_close(&pc);
	return 0;
}

static void test_opened_where_it_is_free(void **state)
{
	struct err err;
	int fd = -1;

	(void)state;
	assert_int_equal(act_input_open(&pc.root, &keyboard, &fd, &err), 0);
	assert_true(fd >= 0 && !grabbed);
	close_fd(&fd);
	taken = true;
	fd = -1;
	assert_int_equal(act_input_open(&pc.root, &keyboard, &fd, &err), -EBUSY);
	assert_true(err_is(&err, CODE_INPUT_TAKEN));
	assert_int_equal(fd, -1);
}

static void test_another_one_by_now(void **state)
{
	const struct act_input other = {"event5", "input13"}, bad = {"../null", "input12"},
	                       gone = {"event6", "input12"};
	struct err err;
	int fd = -1;

	(void)state;
	assert_int_equal(act_input_open(&pc.root, &other, &fd, &err), -ENODEV);
	assert_true(err_is(&err, CODE_INPUT_ABSENT));
	assert_int_equal(act_input_open(&pc.root, &bad, &fd, &err), -EINVAL);
	assert_int_equal(act_input_open(&pc.root, &gone, &fd, &err), -ENOENT);
	machine_write(&pc, NODE "/dev", "13:70\n");
	assert_int_equal(act_input_open(&pc.root, &keyboard, &fd, &err), -ENODEV);
	machine_write(&pc, NODE "/dev", "13:69\n");
	type = S_IFREG;
	assert_int_equal(act_input_open(&pc.root, &keyboard, &fd, &err), -ENODEV);
	assert_int_equal(fd, -1);
}

static void test_owner(void **state)
{
	const struct act_input other = {"event5", "input13"}, gone = {"event6", "input12"};

	(void)state;
	assert_int_equal(act_input_give(&pc.root, &keyboard, 1000, NULL), -EPERM);
	assert_int_equal(act_input_give(&pc.root, &other, 61200, NULL), -ENODEV);
	assert_int_equal(owner, 0);
	assert_int_equal(act_input_give(&pc.root, &keyboard, 61200, NULL), 0);
	assert_int_equal(owner, 61200);
	assert_int_equal(act_input_give(&pc.root, &other, 0, NULL), 0); /* not ours any more */
	assert_int_equal(act_input_give(&pc.root, &gone, 0, NULL), 0);
	assert_int_equal(owner, 61200);
	assert_int_equal(act_input_give(&pc.root, &keyboard, 0, NULL), 0);
	assert_int_equal(owner, 0);
}

/* user::rw user:61200:rw group::rw mask::rw other::-, as setfacl(1) has the kernel keep it. */
static const unsigned char acl[] = {2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 6, 0, 0x10,
        0xef, 0, 0, 4, 0, 6, 0, 255, 255, 255, 255, 16, 0, 6, 0, 255, 255, 255, 255, 32, 0, 0, 0,
        255, 255, 255, 255};

/* While it owned the node, the VM's user may have given itself more than its owner has. */
static void test_no_rights_are_left(void **state)
{
	cleanup_free char *node = machine_path(&pc, "", "/dev/input/event5");
	struct stat st;

	(void)state;
	if (setxattr(node, "system.posix_acl_access", acl, sizeof(acl), 0) < 0)
		skip(); /* this file system has none */
	assert_int_equal(act_input_give(&pc.root, &keyboard, 0, NULL), 0);
	assert_true(getxattr(node, "system.posix_acl_access", NULL, 0) < 0);
	assert_int_equal(stat(node, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_opened_where_it_is_free, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_another_one_by_now, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_owner, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_no_rights_are_left, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
