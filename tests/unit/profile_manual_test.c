/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * playthrough.profile(5) and profiles/README.md hold the reference of every key as the table of keys tells it.
 * PLAYTHROUGH_GOLDEN_UPDATE=1 writes the README's anew.
 */
#include "profile/profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

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

#define README "profiles/README.md"
#define ABOVE  "says the same.\n" /* the reference begins behind it, and an empty line */

static void the_readme_is_the_table(void **state)
{
	cleanup_free char *reference = profile_reference_markdown(), *readme = NULL;
	cleanup(root_close) struct root root;
	struct err err = {0};
	char *below;

	(void)state;
	assert_int_equal(root_open(&root, ".", &err), 0);
	readme = root_read(&root, "/" README);
	assert_non_null(readme);
	strip(reference);
	below = strstr(readme, ABOVE);
	below = below ? below + strlen(ABOVE) : readme + strlen(readme);
	if (getenv("PLAYTHROUGH_GOLDEN_UPDATE")) {
		FILE *out = fopen(README, "w");

		assert_non_null(out);
		fprintf(out, "%.*s\n%s\n", (int)(below - readme), readme, reference);
		assert_int_equal(fclose(out), 0);
		return;
	}
	assert_string_equal(strip(below), reference);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_manual_page_is_the_table),
	        cmocka_unit_test(the_readme_is_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
