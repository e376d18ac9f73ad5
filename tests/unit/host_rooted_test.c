/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What root alone may read, as it is told to the daemon. */
#include "host/rooted.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct pci pci_of_one(void)
{
	struct pci pci = {.list = xcalloc(1, sizeof(*pci.list)), .n = 1};

	pci.list[0].addr = (struct pci_addr){0, 1, 0, 0};
	return pci;
}

static void test_there_and_back(void **state)
{
	struct pci told = pci_of_one(), heard = pci_of_one();
	struct firmware log = {
	        .log = xstrdup("Linux version 6.1\nDMAR: on\nend 1\n"), .log_complete = true};
	struct firmware none = {.log_errno = EPERM};
	cleanup_free char *text = NULL;
	size_t size;

	(void)state;
	told.list[0].serial = xstrdup("0011223344556677");
	told.list[0].bar[2].sizes = 0xff00;
	told.room_above_4g = xstrdup("4000000000-7fffffffff : PCI Bus 0000:00");
	text = rooted_format(&told, &log, &size);
	assert_int_equal(rooted_parse(text, size, &heard, &none), 0);
	assert_string_equal(heard.list[0].serial, "0011223344556677");
	assert_int_equal(heard.list[0].bar[2].sizes, 0xff00);
	assert_string_equal(heard.room_above_4g, told.room_above_4g);
	assert_string_equal(none.log, log.log);
	assert_true(none.log_complete);
	assert_int_equal(none.log_errno, 0);
	pci_finish(&told);
	pci_finish(&heard);
	firmware_finish(&log);
	firmware_finish(&none);
}

/* Cut off anywhere it is no log, and never another. */
static void test_cut_off(void **state)
{
	static const char text[] = "serial 0000:01:00.0 0011223344556677\nlog 1 5\nabcde";

	(void)state;
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		struct pci pci = pci_of_one();
		struct firmware firmware = {0};
		cleanup_free char *part = xstrndup(text, n);

		assert_int_equal(rooted_parse(part, n, &pci, &firmware), -EINVAL);
		assert_null(firmware.log);
		pci_finish(&pci);
		firmware_finish(&firmware);
	}
}

static void test_nonsense(void **state)
{
	static const char *const texts[] = {"serial 0000:01:00.0 xyz\n", "serial\n",
	        "sizes 0000:01:00.0 99 1\n", "sizes 0000:01:00.0 1 g\n", "log 1 99999999999\n",
	        "other\n", ""};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct pci pci = pci_of_one();
		struct firmware firmware = {0};

		assert_int_equal(
		        rooted_parse(texts[i], strlen(texts[i]), &pci, &firmware), -EINVAL);
		assert_null(pci.list[0].serial);
		pci_finish(&pci);
		firmware_finish(&firmware);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_there_and_back),
	        cmocka_unit_test(test_cut_off),
	        cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
