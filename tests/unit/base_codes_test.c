/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of codes: no code twice, what help finds, and a manual page that says the same. */
#include "base/codes.h"
#include "base/err.h"
#include "base/root.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Run from the top folder, as make does. */
#define MANUAL "appliance/playthrough-codes.7"

static void codes_are_unique(void **state)
{
	(void)state;
	assert_null(code_text(CODE_NONE));
	assert_null(code_meaning(CODE_NONE));
	for (enum code a = CODE_NONE + 1; a < CODE_COUNT; a++) {
		assert_true(starts_with(code_text(a), "PT-"));
		assert_true(strlen(code_text(a)) < sizeof(((struct err *)0)->code));
		for (enum code b = a + 1; b < CODE_COUNT; b++) {
			assert_string_not_equal(code_text(a), code_text(b));
			assert_string_not_equal(code_meaning(a), code_meaning(b));
		}
	}
}

static void help_finds_a_code(void **state)
{
	cleanup_free char *text = code_help(CODE_GPU_RESET);

	(void)state;
	assert_int_equal(code_find("PT-GPU-03", NULL), CODE_GPU_RESET);
	assert_int_equal(code_find("pt-gpu-03", NULL), CODE_GPU_RESET);
	assert_true(starts_with(text, "PT-GPU-03: a graphics card may not survive"));
	assert_non_null(strstr(text, "playthrough-codes"));
}

static void help_refuses_another_word(void **state)
{
	static const struct {
		const char *word, *hint;
	} cases[] = {
	        {"PT-IOMU-02", "did you mean PT-IOMMU-02?"},
	        {"GPU-03", "did you mean PT-GPU-03?"},
	        {"PT-BUS-0", "did you mean PT-BUS-01?"},
	        {"frobnicate", "playthrough-codes(7)"},
	        {"", "playthrough-codes(7)"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err err = {0};

		assert_int_equal(code_find(cases[i].word, &err), CODE_NONE);
		assert_non_null(strstr(err.message, cases[i].word));
		if (!strstr(err.hint, cases[i].hint))
			fail_msg("%s: %s", cases[i].word, err.hint);
	}
}

/* The page has the codes in the order of the table; each begins with its meaning and goes on with what to do. */
static void the_manual_page_is_the_table(void **state)
{
	cleanup(root_close) struct root root;
	cleanup_free char *manual = NULL;
	const char *at;

	(void)state;
	assert_int_equal(root_open(&root, ".", NULL), 0);
	manual = root_read(&root, "/" MANUAL);
	assert_non_null(manual);
	at = manual;
	for (enum code code = CODE_NONE + 1; code < CODE_COUNT; code++) {
		const char *meaning = code_meaning(code);
		cleanup_free char *item = xasprintf("\n.It Sy %s\n%c%s.\n", code_text(code),
		        toupper((unsigned char)meaning[0]), meaning + 1);
		const char *next = strstr(at, "\n.It Sy ");

		if (!next || !starts_with(next, item))
			fail_msg(MANUAL " should say here:%sand says:%.80s", item,
			        next ? next : " nothing");
		at = next + strlen(item);
		if (starts_with(at, ".It ") || starts_with(at, ".El"))
			fail_msg(MANUAL ": what to do about %s?", code_text(code));
	}
	assert_null(strstr(at, "\n.It Sy "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(codes_are_unique),
	        cmocka_unit_test(help_finds_a_code),
	        cmocka_unit_test(help_refuses_another_word),
	        cmocka_unit_test(the_manual_page_is_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
