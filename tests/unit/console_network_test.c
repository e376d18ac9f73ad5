/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/network.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void test_addresses(void **state)
{
	static const struct {
		const char *text, *host;
		int port;
		bool loopback;
	} good[] = {{"5930", "127.0.0.1", 5930, true}, {"127.0.0.2:1", "127.0.0.2", 1, true},
	        {"192.0.2.1:65535", "192.0.2.1", 65535, false},
	        {"0.0.0.0:5930", "0.0.0.0", 5930, false}, {"[::1]:5930", "::1", 5930, true},
	        {"[::]:5930", "::", 5930, false},
	        {"[::ffff:127.0.0.1]:9", "::ffff:127.0.0.1", 9, false}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct network_address a;
		struct err err;

		assert_int_equal(network_address_read(good[i].text, &a, &err), 0);
		assert_string_equal(a.host, good[i].host);
		assert_int_equal(a.port, good[i].port);
		assert_int_equal(a.loopback, good[i].loopback);
	}
}

static void test_nonsense(void **state)
{
	static const char *const bad[] = {"", ":", "0", "65536", "-1", "5930x", ":5930", "[]:5930",
	        "localhost:5930", "127.1:5930", "127.0.0.1:", "[::1]", "[::1:5930",
	        "1111111111111111111111111111111111111111111111111111111111111111111:1"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct network_address a;
		struct err err = {0};

		assert_true(network_address_read(bad[i], &a, &err) < 0);
		assert_true(err.message[0] && err.hint[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_addresses),
	        cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
