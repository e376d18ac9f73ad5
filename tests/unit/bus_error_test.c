/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Errors cross the bus unchanged, and the bus's own errors are told in words. */
#include "bus/error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Sends an error through the form it has on the bus. */
static struct err cross(const struct err *err)
{
	sd_bus_error sd = SD_BUS_ERROR_NULL;
	struct err out = {0};

	bus_error_set(&sd, err);
	bus_error_read(&sd, -EIO, &out);
	sd_bus_error_free(&sd);
	return out;
}

static struct err read_foreign(const char *name, const char *message)
{
	sd_bus_error sd = SD_BUS_ERROR_NULL;
	struct err out = {0};

	sd_bus_error_set(&sd, name, message);
	bus_error_read(&sd, -EIO, &out);
	sd_bus_error_free(&sd);
	return out;
}

static void message_hint_and_code_arrive(void **state)
{
	struct err err = {0}, out;

	(void)state;
	err_set(&err, -EBUSY, "disk games: sda2 is mounted on /");
	err_hint(&err, "unmount it");
	err_code(&err, CODE_DISK_ABSENT);
	out = cross(&err);
	assert_int_equal(out.number, -EBUSY);
	assert_string_equal(out.message, err.message);
	assert_string_equal(out.hint, "unmount it");
	assert_string_equal(out.code, "PT-DISK-02");
}

static void parts_may_be_missing(void **state)
{
	struct err err = {0}, out;

	(void)state;
	err_set(&err, -ENOENT, "no such VM");
	out = cross(&err);
	assert_int_equal(out.number, -ENOENT);
	assert_string_equal(out.message, "no such VM");
	assert_string_equal(out.hint, "");
	assert_string_equal(out.code, "");
	err_code(&err, CODE_VM_SESSION);
	out = cross(&err);
	assert_string_equal(out.hint, "");
	assert_string_equal(out.code, "PT-VM-01");
}

static void a_message_cannot_forge_hint_or_terminal(void **state)
{
	struct err err = {0}, out;

	(void)state;
	err_set(&err, -EIO, "qemu said: a\nforged hint\nPT-X\033[2J\xff");
	out = cross(&err);
	assert_string_equal(out.message, "qemu said: a forged hint PT-X\\x1b[2J\xef\xbf\xbd");
	assert_string_equal(out.hint, "");
	assert_string_equal(out.code, "");
}

static void unknown_numbers_are_failures(void **state)
{
	struct err err = {0}, out;

	(void)state;
	err_set(&err, -ENOTBLK, "odd");
	out = cross(&err);
	assert_int_equal(out.number, -EIO);
	assert_string_equal(bus_error_name(-ENOTBLK), "org.playthrough.Error.Failed");
	assert_string_equal(bus_error_name(-EACCES), "org.playthrough.Error.Denied");
}

static void errors_of_the_bus_say_what_to_do(void **state)
{
	static const struct {
		const char *name, *code;
		int number;
	} cases[] = {
	        {"org.freedesktop.DBus.Error.ServiceUnknown", "PT-BUS-02", -ENOENT},
	        {"org.freedesktop.DBus.Error.NameHasNoOwner", "PT-BUS-02", -ENOENT},
	        {"org.freedesktop.DBus.Error.Spawn.ChildExited", "PT-BUS-02", -EIO},
	        {"org.freedesktop.systemd1.UnitMasked", "PT-BUS-02", -EIO},
	        {"org.freedesktop.DBus.Error.AccessDenied", "PT-BUS-03", -EACCES},
	        {"org.freedesktop.DBus.Error.NoReply", "PT-BUS-04", -ETIMEDOUT},
	        {"org.freedesktop.DBus.Error.Disconnected", "PT-BUS-04", -ENOTCONN},
	        {"org.freedesktop.DBus.Error.UnknownMethod", "PT-BUS-05", -EOPNOTSUPP},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err out = read_foreign(cases[i].name, "as it was said");

		assert_string_equal(out.code, cases[i].code);
		assert_int_equal(out.number, cases[i].number);
		assert_non_null(strstr(out.message, "as it was said"));
		assert_true(out.hint[0]);
	}
}

static void a_failure_without_an_error_keeps_its_errno(void **state)
{
	struct err out = {0};

	(void)state;
	assert_int_equal(bus_error_read(NULL, -ENOTCONN, &out), -ENOTCONN);
	assert_string_equal(out.code, "PT-BUS-04");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(message_hint_and_code_arrive),
	        cmocka_unit_test(parts_may_be_missing),
	        cmocka_unit_test(a_message_cannot_forge_hint_or_terminal),
	        cmocka_unit_test(unknown_numbers_are_failures),
	        cmocka_unit_test(errors_of_the_bus_say_what_to_do),
	        cmocka_unit_test(a_failure_without_an_error_keeps_its_errno),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
