/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pages of the setup of this PC in every state, looked at as gui_layout_test looks at the others. */
#include "gui_audit.h"

static const struct page pages[] = {
        {"setup-none", NULL, SCREEN_SETUP, false, NULL, NULL, NULL},
        {"setup-asked", NULL, SCREEN_SETUP, false, NULL, NULL, NULL},
        {"setup-working", NULL, SCREEN_SETUP, false, NULL, NULL, NULL},
        {"setup-undoing", NULL, SCREEN_SETUP, false, NULL, NULL, NULL},
        {"setup-done", NULL, SCREEN_SETUP, false, NULL, NULL, NULL},
        {"setup-failed", NULL, SCREEN_SETUP, false, NULL, NULL, NULL},
        {"setup-half", NULL, SCREEN_SETUP, false, NULL, NULL, NULL},
        {"setup-cancelled", NULL, SCREEN_SETUP, false, NULL, NULL, NULL},
        {"setup-stale", NULL, SCREEN_SETUP, false, NULL, NULL, NULL},
        {"setup-denied", NULL, SCREEN_SETUP, false, NULL, NULL, NULL},
        {"setup-waiting", NULL, SCREEN_SETUP, false, NULL, NULL, NULL},
        {"setup-half-way", NULL, SCREEN_SETUP, false, NULL, NULL, NULL},
        {"setup-fell-back", NULL, SCREEN_SETUP, false, NULL, NULL, NULL},
        {"setup-trial", NULL, SCREEN_SETUP, false, NULL, NULL, NULL},
        {"setup-trial-wrong", NULL, SCREEN_SETUP, false, NULL, NULL, NULL},
        {"setup-kept", NULL, SCREEN_SETUP, false, NULL, NULL, NULL},
        {"setup-undone", NULL, SCREEN_SETUP, false, NULL, NULL, NULL},
        {"setup-lost", NULL, SCREEN_SETUP, false, NULL, NULL, NULL},
        {"setup-odd", NULL, SCREEN_SETUP, false, NULL, NULL, NULL},
        {"setup-odd-state", NULL, SCREEN_SETUP, false, NULL, NULL, NULL},
        {"setup-none", NULL, SCREEN_PC, false, NULL, NULL, NULL},
        {"setup-working", NULL, SCREEN_PC, false, NULL, NULL, NULL},
        {"setup-trial", NULL, SCREEN_PC, false, NULL, NULL, NULL},
        {"setup-kept", NULL, SCREEN_PC, false, NULL, NULL, NULL},
        {"setup-failed", NULL, SCREEN_PC, false, NULL, NULL, NULL},
        {"setup-choice", NULL, SCREEN_PLAN, false, NULL, NULL, NULL},
        {"setup-choice", NULL, SCREEN_CHOICE, false, NULL, NULL, NULL},
        {"pc", NULL, SCREEN_CHOICE, false, NULL, NULL, NULL},
        {"pc-odd", NULL, SCREEN_CHOICE, false, NULL, NULL, NULL},
        {"setup-none", NULL, SCREEN_CHOICE, false, NULL, NULL, NULL},
        {"", NULL, SCREEN_SETUP, false, NULL, NULL, NULL},
        {"pc-away", NULL, SCREEN_CHOICE, false, NULL, NULL, NULL},
        {"pc", NULL, SCREEN_PLAN, false, NULL, "apply", NULL},
        {"setup-kept", NULL, SCREEN_SETUP, false, NULL, "undo", NULL},
        {"setup-waiting", NULL, SCREEN_SETUP, false, NULL, "restart", NULL},
};

static void at_720p(void **state)
{
	(void)state;
	every_page_at(pages, ARRAY_SIZE(pages), 1280, 720, 25, true, false);
}

static void at_800p(void **state)
{
	(void)state;
	every_page_at(pages, ARRAY_SIZE(pages), 1280, 800, 100, false, false);
}

static void at_1080p(void **state)
{
	(void)state;
	every_page_at(pages, ARRAY_SIZE(pages), 1920, 1080, 50, true, false);
}

static void in_high_contrast(void **state)
{
	(void)state;
	every_page_at(pages, ARRAY_SIZE(pages), 1280, 720, 100, true, true);
}

static void on_a_wide_screen(void **state)
{
	(void)state;
	every_page_at(pages, ARRAY_SIZE(pages), 2560, 1080, 100, false, false);
}

static void at_4k(void **state)
{
	(void)state;
	every_page_at(pages, ARRAY_SIZE(pages), 3840, 2160, 101, false, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(at_720p),
	        cmocka_unit_test(at_800p),
	        cmocka_unit_test(at_1080p),
	        cmocka_unit_test(in_high_contrast),
	        cmocka_unit_test(on_a_wide_screen),
	        cmocka_unit_test(at_4k),
	};

	if (!getenv("PLAYTHROUGH_LOCALE_DIR"))
		setenv("PLAYTHROUGH_LOCALE_DIR", "build/locale", 1);
	i18n_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
