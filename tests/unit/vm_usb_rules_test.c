/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose a USB device is when several rules name it. */
#include "vm/usb/rules.h"

#include <setjmp.h>

#include <cmocka.h>

static const struct usb_device wheel = {.sysname = "1-2.3",
        .port = "0000:00:14.0/2.3",
        .vendor = 0x46d,
        .product = 0xc24f,
        .serial = "A1"};

#define ANY  .vendor = -1, .product = -1
#define DESK "0000:00:14.0/2"

static const struct journal_rule any = {ANY}, by_id = {.vendor = 0x46d, .product = 0xc24f},
                                 other_id = {.vendor = 0x46d, .product = 0xc52b},
                                 by_serial = {.vendor = 0x46d, .product = 0xc24f, .serial = "A1"},
                                 other_serial = {.vendor = 0x46d, .product = 0xc24f, .serial = "A"},
                                 by_port = {ANY, .port = DESK ".3"},
                                 other_port = {ANY, .port = DESK}, by_hub = {ANY, .hub = DESK};

static void test_rank(void **state)
{
	const struct usb_device hub = {.hub = true, .port = DESK ".3"},
	                        deep = {.port = DESK ".3.1.4"},
	                        beside = {.port = "0000:00:14.0/21.3"}, lost = {0};
	const struct journal_rule nearer = {ANY, .hub = DESK ".3.1"};

	(void)state;
	assert_int_equal(usb_rule_rank(&any, &wheel), 0);
	assert_int_equal(usb_rule_rank(&other_id, &wheel), 0);
	assert_int_equal(usb_rule_rank(&other_serial, &wheel), 0);
	assert_int_equal(usb_rule_rank(&other_port, &wheel), 0);
	assert_int_equal(usb_rule_rank(&by_port, &hub), 0);
	assert_int_equal(usb_rule_rank(&by_hub, &beside), 0);
	assert_int_equal(usb_rule_rank(&by_hub, &lost), 0);
	assert_true(usb_rule_rank(&by_serial, &wheel) > usb_rule_rank(&by_id, &wheel));
	assert_true(usb_rule_rank(&by_id, &wheel) > usb_rule_rank(&by_port, &wheel));
	assert_true(usb_rule_rank(&by_port, &wheel) > usb_rule_rank(&by_hub, &wheel));
	assert_true(usb_rule_rank(&nearer, &deep) > usb_rule_rank(&by_hub, &deep));
}

static void test_owner(void **state)
{
	const struct journal_rule weak[] = {by_hub, by_port}, strong[] = {other_id, by_id};
	struct usb_claimant vms[] = {
	        {"games", weak, 2, 5}, {"work", strong, 2, 9}, {"older", weak, 2, 3}};
	const struct journal_rule *rule;

	(void)state;
	assert_string_equal(usb_rules_owner(vms, 3, &wheel, &rule)->vm, "work");
	assert_ptr_equal(rule, &strong[1]);
	vms[1].n = 1;
	assert_string_equal(usb_rules_owner(vms, 3, &wheel, &rule)->vm, "older");
	assert_ptr_equal(rule, &weak[1]);
	assert_null(usb_rules_owner(vms, 0, &wheel, &rule));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_rank),
	        cmocka_unit_test(test_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
