/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus/net_address.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

static void test_good(void **state)
{
	static const struct {
		const char *text, *again, *host;
		bool any, loopback;
	} good[] = {{"5930", "[::]:5930", "::", true, false},
	        {"0.0.0.0:5930", "0.0.0.0:5930", "0.0.0.0", true, false},
	        {"[::]:1", "[::]:1", "::", true, false},
	        {"127.0.0.2:65535", "127.0.0.2:65535", "127.0.0.2", false, true},
	        {"[::1]:5930", "[::1]:5930", "::1", false, true},
	        {"[2001:db8:0::1]:80", "[2001:db8::1]:80", "2001:db8::1", false, false},
	        {"[::ffff:192.0.2.1]:9", "192.0.2.1:9", "192.0.2.1", false, false}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		char text[NET_ADDRESS_TEXT];
		struct net_address a, b;
		struct err err = {0};

		assert_int_equal(net_address_parse(good[i].text, &a, &err), 0);
		net_address_format(&a, text);
		assert_string_equal(text, good[i].again);
		assert_int_equal(net_address_parse(text, &b, &err), 0);
		assert_true(net_address_same(&a, &b));
		net_host_format(&a.host, text);
		assert_string_equal(text, good[i].host);
		assert_int_equal(net_host_is_any(&a.host), good[i].any);
		assert_int_equal(net_host_is_loopback(&a.host), good[i].loopback);
	}
}

static void test_bad(void **state)
{
	static const char *const bad[] = {"", ":", "0", "65536", "-1", "5930x", ":5930", "[]:5930",
	        "localhost:5930", "127.1:5930", "127.0.0.1:", "[::1]", "[::1:5930", "::1:5930",
	        "[127.0.0.1]:1", "192.0.2.1",
	        "1111111111111111111111111111111111111111111111111111111111111111111:1"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct net_address a;
		struct err err = {0};

		assert_true(net_address_parse(bad[i], &a, &err) < 0);
		assert_true(err.message[0] && err.hint[0]);
		assert_true(err_is(&err, CODE_CONSOLE_NETWORK));
	}
}

static void test_taken(void **state)
{
	struct sockaddr_storage at;
	socklen_t size = sizeof(at);
	struct net_address a;
	struct err err = {0};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), other;

	(void)state;
	assert_true(fd >= 0 && listen(fd, 1) == 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
	assert_true(net_host_of((struct sockaddr *)&at, &a.host));
	a.port = ntohs(((struct sockaddr_in *)&at)->sin_port);
	assert_int_equal(net_listen(&a, 1, &err), -EADDRINUSE);
	assert_true(err.hint[0]);
	close(fd);
	other = net_listen(&a, 1, &err);
	assert_true(other >= 0);
	close(other);
}

static void test_own(void **state)
{
	cleanup_strv struct strv four = {0}, all = {0};

	(void)state;
	net_hosts(true, &four);
	net_hosts(false, &all);
	strv_foreach (address, &four) {
		assert_true(strv_has(&all, *address));
		assert_null(strchr(*address, ':'));
	}
	strv_foreach (address, &all) {
		assert_false(starts_with(*address, "127.") || starts_with(*address, "169.254."));
		assert_false(streq(*address, "::1") || starts_with(*address, "fe80:"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_good),
	        cmocka_unit_test(test_bad),
	        cmocka_unit_test(test_taken),
	        cmocka_unit_test(test_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
