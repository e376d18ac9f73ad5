/* SPDX-License-Identifier: GPL-2.0-or-later */
/* playthrough.profile(5) holds the reference of every key as the table of keys tells it. */
#include "profile/profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Run from the top folder, as make does. */
#define MANUAL "appliance/playthrough.profile.5"

static void the_manual_page_is_the_table(void **state)
{
	cleanup_free char *reference = profile_reference(), *manual = NULL;
	cleanup(root_close) struct root root;
	struct err err = {0};

	(void)state;
	assert_int_equal(root_open(&root, ".", &err), 0);
	manual = root_read(&root, "/" MANUAL);
	assert_non_null(manual);
	if (!strstr(manual, reference))
		print_error("%s should hold this text:\n%s", MANUAL, reference);
	assert_non_null(strstr(manual, reference));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_manual_page_is_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
