/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way a card is reset, chosen and given back. This file plays the kernel, which takes only the ways that it knows. */
#include "vm/acts/acts.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "machine.h"

#define CARD "/sys/bus/pci/devices/0000:01:00.0"

static const struct act_function card = {.addr = {0, 1, 0, 0}, .vendor = 0x1002};
static struct machine pc;
static unsigned pokes;
static bool deaf;

int __wrap_root_poke(const struct root *root, const char *path, const char *text, struct err *err);

int __wrap_root_poke(const struct root *root, const char *path, const char *text, struct err *err)
{
	cleanup_free char *line = xasprintf("%s\n", text);

	(void)root;
	pokes++;
	assert_string_equal(path, CARD "/reset_method");
	if (strstr(text, "acpi"))
		return err_errno(err, -EINVAL, "%s", path);
	if (!deaf)
		machine_write(&pc, path, line);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	machine_open(&pc, NULL);
	machine_write(&pc, CARD "/vendor", "0x1002\n");
	machine_write(&pc, CARD "/config", "\002\020");
	machine_write(&pc, CARD "/reset_method", "flr pm bus\n");
	pokes = 0;
	deaf = false;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	machine_close(&pc);
	return 0;
}

static void assert_ways(const char *want)
{
	cleanup_free char *found = root_read(&pc.root, CARD "/reset_method");

	assert_string_equal(found, want);
}

static void test_there_and_back(void **state)
{
	(void)state;
	assert_int_equal(act_reset_method(&pc.root, &card, "bus", NULL), 0);
	assert_ways("bus");
	assert_int_equal(act_reset_method(&pc.root, &card, "bus", NULL), 0);
	assert_int_equal(pokes, 1);
	assert_int_equal(act_reset_method(&pc.root, &card, "flr pm bus", NULL), 0);
	assert_ways("flr pm bus");
}

static void test_refused(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(act_reset_method(&pc.root, &card, "acpi", &err), -EINVAL);
	assert_true(err_is(&err, CODE_GPU_RESET_WAY));
	assert_non_null(strstr(err.hint, "reset-method=auto"));
	deaf = true;
	assert_int_equal(act_reset_method(&pc.root, &card, "bus", &err), -EIO);
	assert_non_null(strstr(err.message, "flr pm bus is there"));
	pokes = 0;
	assert_int_equal(act_reset_method(&pc.root, &card, "", &err), -EINVAL);
	assert_int_equal(act_reset_method(&pc.root, &card, "bus\n1", &err), -EINVAL);
	machine_write(&pc, CARD "/config", "\377\377");
	assert_int_equal(act_reset_method(&pc.root, &card, "bus", &err), -ENOTRECOVERABLE);
	assert_int_equal(pokes, 0); /* a dead one is left alone */
	assert_ways("flr pm bus");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_there_and_back, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
