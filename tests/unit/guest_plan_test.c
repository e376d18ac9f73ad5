/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The test guest's plan: what is understood, and that one bad line does not cost the others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "plan.h"

static void reads_each_kind(void **state)
{
	struct plan plan;

	(void)state;
	assert_true(plan_parse("nonce 0123456789abcdef\n"
	                       "gpu 0000:01:00.0 00:04.0/00.0\n"
	                       "audio 0000:01:00.1 00:04.0/00.1\n"
	                       "usb-controller usb 00:05.0/00.0\n"
	                       "nvme n 00:06.0/00.0\n"
	                       "pci p 00:07.0\n"
	                       "display screen 00:01.0\n"
	                       "disk games WD-1234\n"
	                       "processors processors 8 1 1 4 2\n"
	                       "hypervisor hypervisor kvm=no hv-time=3a:222\n"
	                       "memory memory 512\n"
	                       "rom 0000:01:00.0 00:04.0/00.0 512 0badcafe\n",
	        &plan));
	assert_true(plan.has_nonce);
	assert_true(plan.nonce == 0x0123456789abcdef);
	assert_int_equal(plan.count, 11);
	assert_string_equal(plan.items[8].where, "kvm=no hv-time=3a:222");
	assert_false(plan_kind_is_pci(plan.items[10].kind));
	assert_int_equal(plan.items[0].kind, PLAN_GPU);
	assert_string_equal(plan.items[0].name, "0000:01:00.0");
	assert_string_equal(plan.items[0].where, "00:04.0/00.0");
	assert_int_equal(plan.items[6].kind, PLAN_DISK);
	assert_string_equal(plan_kind_name(plan.items[2].kind), "usb-controller");
}

static void serial_number_may_hold_blanks(void **state)
{
	struct plan plan;

	(void)state;
	assert_true(plan_parse("  disk   games \t WD 12  34 \r\n", &plan));
	assert_string_equal(plan.items[0].name, "games");
	assert_string_equal(plan.items[0].where, "WD 12  34");
}

static void empty_lines_and_comments_are_nothing(void **state)
{
	struct plan plan;

	(void)state;
	assert_true(plan_parse("\n# a comment\n   \n", &plan));
	assert_int_equal(plan.count, 0);
	assert_false(plan.has_nonce);
}

static void bad_line_is_told_and_others_stay(void **state)
{
	static const struct {
		const char *text, *problem;
	} cases[] = {
	        {"toaster t 00:01.0\ndisk d S\n", "test plan, line 1: unknown kind of device"},
	        {"disk d S\ngpu only-a-name\n",
	                "test plan, line 2: a device needs a name and a place"},
	        {"disk d S\nnonce 123\n", "test plan, line 2: a nonce has 16 hex digits"},
	        {"disk d S\nnonce 0123456789abcdefa\n",
	                "test plan, line 2: a nonce has 16 hex digits"},
	        {"disk d S\nnonce 0123456789abcdeg",
	                "test plan, line 2: a nonce has 16 hex digits"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct plan plan;

		assert_false(plan_parse(cases[i].text, &plan));
		assert_string_equal(plan.problem, cases[i].problem);
		assert_int_equal(plan.count, 1);
		assert_false(plan.has_nonce);
	}
}

static void too_long_and_too_many_are_told(void **state)
{
	char text[8192] = "disk d ";
	struct plan plan;

	(void)state;
	memset(text + strlen(text), 'x', PLAN_WHERE_MAX + 200);
	assert_false(plan_parse(text, &plan));
	assert_string_equal(plan.problem, "test plan, line 1: the line is too long");
	text[0] = '\0';
	for (int i = 0; i <= PLAN_ITEMS_MAX; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text), "disk d%d S%d\n", i, i);
	assert_false(plan_parse(text, &plan));
	assert_int_equal(plan.count, PLAN_ITEMS_MAX);
	assert_string_equal(plan.problem, "test plan, line 65: too many devices");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(reads_each_kind),
	        cmocka_unit_test(serial_number_may_hold_blanks),
	        cmocka_unit_test(empty_lines_and_comments_are_nothing),
	        cmocka_unit_test(bad_line_is_told_and_others_stay),
	        cmocka_unit_test(too_long_and_too_many_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
