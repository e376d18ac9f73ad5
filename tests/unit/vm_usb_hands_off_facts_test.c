/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The halves of sockets as a PC has them, down to the text of the rules; and which keyboards count. */
#include "vm/usb/hands_off_facts.h"

#include "machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SLOT "0000:00:14.0"

static void expect_ports(const struct usb_hands_off *w, char *port, const char *const *want)
{
	struct journal_rule rule = {.name = "x", .vendor = -1, .product = -1, .port = port};
	const struct usb_hands_off_vm vm = {"games", &rule, 1};
	struct usb_hands_off one = *w;
	char *text, *at;

	one.vms = &vm;
	one.n_vms = 1;
	text = at = usb_hands_off_rules(&one);
	assert_non_null(text);
	for (; *want; want++) {
		at = strstr(at, *want);
		assert_non_null(at);
		at++;
	}
	assert_null(strstr(at, "ATTRS{devpath}"));
	free(text);
}

#define USB2(chain) "ATTRS{devpath}==\"" chain "\", ATTRS{speed}!=\"*000\", "
#define USB3(chain) "ATTRS{devpath}==\"" chain "\", ATTRS{speed}==\"*000\", "

static void test_halves_of_sockets(void **state)
{
	struct usb_hands_off_facts facts;
	struct machine m;

	(void)state;
	machine_open(&m, "usb-sockets");
	assert_int_equal(usb_hands_off_facts_take(&m.root, &facts, NULL), 0);
	expect_ports(&facts.w, SLOT "/2", (const char *const[]){USB2("2"), USB3("1"), NULL});
	expect_ports(&facts.w, SLOT "/5", (const char *const[]){USB2("5"), USB3("3"), NULL});
	/* behind hubs, also one that has lost its USB 2 half */
	expect_ports(&facts.w, SLOT "/2.3", (const char *const[]){USB2("2.3"), USB3("1.3"), NULL});
	expect_ports(&facts.w, SLOT "/5.2", (const char *const[]){USB2("5.2"), USB3("3.2"), NULL});
	expect_ports(&facts.w, SLOT "/ss4", (const char *const[]){USB3("4"), NULL});
	expect_ports(&facts.w, SLOT "/1", (const char *const[]){USB2("1"), NULL});
	usb_hands_off_facts_finish(&facts);
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_halves_of_sockets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
