/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses as lspci writes them, and nothing else. */
#include "base/pciaddr.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_good_ones(void **state)
{
	static const char *const cases[][2] = {
	        {"0000:01:00.0", "0000:01:00.0"},
	        {"01:00.0", "0000:01:00.0"},
	        {"ff:1f.7", "0000:ff:1f.7"},
	        {"0000:FF:1F.7", "0000:ff:1f.7"},
	        {"10000:e1:00.0", "10000:e1:00.0"}, /* behind VMD */
	        {"abcd:02:03.4", "abcd:02:03.4"},
	};
	struct pci_addr a;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(pci_addr_parse(cases[i][0], &a), 0);
		assert_string_equal(pci_addr_format(a).s, cases[i][1]);
	}
}

static void test_bad_ones(void **state)
{
	static const char *const cases[] = {"", "0", "01:00", "01:00.", "01:00.8", "01:20.0",
	        "0000:01:00.0 ", " 0000:01:00.0", "0000:01:00.00", "0000:01:00.0/", "-1:00.0",
	        "+1:00.0", "0x1:00.0", "0000:01:00:0", "0000:100:00.0", "000000000:01:00.0",
	        "0000::00.0", "pci0000:00", "1-2.3", "01:00.0:0"};
	struct pci_addr a = {.bus = 9};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(pci_addr_parse(cases[i], &a), -EINVAL);
	assert_int_equal(a.bus, 9);
}

static void test_order(void **state)
{
	static const char *const sorted[] = {"0000:00:00.0", "0000:00:00.1", "0000:00:01.0",
	        "0000:01:00.0", "0000:80:00.0", "10000:00:00.0", "ffffffff:00:00.0"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(sorted); j++) {
			struct pci_addr a, b;
			int order;

			pci_addr_parse(sorted[i], &a);
			pci_addr_parse(sorted[j], &b);
			order = pci_addr_compare(a, b);
			assert_true(i < j ? order < 0 : i > j ? order > 0 : order == 0);
			assert_int_equal(pci_addr_equal(a, b), i == j);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_good_ones),
	        cmocka_unit_test(test_bad_ones),
	        cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
