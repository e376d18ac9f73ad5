/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of links and addresses of cards. */
#include "base/net_name.h"

#include "base/strv.h"

#include "base/util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_links(void **state)
{
	static const char *const good[] = {
	        "br0", "enp3s0f0np0", "eth0.20", "wlx001122334455", "A-b_c@"};
	static const char *const bad[] = {"", ".", "..", "a/b", "a b", "-x", "a:1",
	        "sixteen-letters0", "a\"b", "a,b", "a\n", "%d", "\xc3\xa4"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(net_link_check(good[i]), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_true(net_link_check(bad[i]) < 0);
}

static void test_macs(void **state)
{
	static const char *const bad[] = {"", "52:54:00:12:34", "52:54:00:12:34:5",
	        "52-54-00-12-34-56", "53:54:00:12:34:56", "5F:54:00:12:34:56", "00:00:00:00:00:00",
	        "52:54:00:12:34:5g", "52:54:00:12:34:56 ", "52:54:00:12:34:567"};
	cleanup_free char *mac = net_mac_parse("AE:54:00:12:34:5F");

	(void)state;
	assert_string_equal(mac, "ae:54:00:12:34:5f");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_null(net_mac_parse(bad[i]));
}

/* Each VM has its own, a name that the kernel takes, and it stays. */
static void test_of_vm(void **state)
{
	cleanup_free char *brief = net_link_of_vm("games", ""),
	                  *twelve = net_link_of_vm("twelve-chars", "");
	cleanup_free char *one = net_link_of_vm("windows-for-the-one", "");
	cleanup_free char *two = net_link_of_vm("windows-for-the-two", "");
	cleanup_free char *mac = net_mac_of_vm("games", "", 0),
	                  *again = net_mac_of_vm("games", "", 0);
	cleanup_free char *other = net_mac_of_vm("games", "", 7), *valid = net_mac_parse(mac);

	(void)state;
	assert_string_equal(brief, "pt-games");
	assert_string_equal(twelve, "pt-twelve-chars");
	assert_int_equal(strlen(one), NET_LINK_MAX);
	assert_int_equal(net_link_check(one), 0);
	assert_string_not_equal(one, two);
	assert_string_equal(mac, again);
	assert_string_equal(mac, valid);
	assert_string_not_equal(mac, other);
}

/* Each card of each VM has its own, too. */
static void test_of_cards(void **state)
{
	static const char *const names[][2] = {{"games", ""}, {"games", "lan"}, {"games", "Lan"},
	        {"games-lan", ""}, {"games", "lan_2"}, {"windows-for-the-one", ""},
	        {"windows-for-the-one", "lan"}, {"windows-for-the-one", "net"},
	        {"windows-for-the-two", "lan"}, {"a", "with-a-very-long-name"}};
	cleanup_strv struct strv links = {0}, macs = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char *link = net_link_of_vm(names[i][0], names[i][1]);
		char *mac = net_mac_of_vm(names[i][0], names[i][1], 0);

		assert_int_equal(net_link_check(link), 0);
		assert_false(strv_has(&links, link) || strv_has(&macs, mac));
		strv_take(&links, link);
		strv_take(&macs, mac);
	}
	assert_string_equal(links.list[1], "pt-games_lan");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_links),
	        cmocka_unit_test(test_macs),
	        cmocka_unit_test(test_of_vm),
	        cmocka_unit_test(test_of_cards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
