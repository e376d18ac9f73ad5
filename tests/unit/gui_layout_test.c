/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every screen in both languages, at every size and scale: no text too small, cut off, over another or out of the
 * safe area; and read from the pixels, contrast.
 */
#include "gui_audit.h"

static const struct page pages[] = {
        {"home", NULL, SCREEN_HOME, false, NULL, NULL, NULL},
        {"starting", "hollow-coast", SCREEN_GAME, false, NULL, NULL, NULL},
        {"failed", "hollow-coast", SCREEN_GAME, false, NULL, NULL, NULL},
        {"running", "hollow-coast", SCREEN_GAME, false, NULL, NULL, NULL},
        {"running", "hollow-coast", SCREEN_GAME, true, NULL, NULL, NULL},
        {"stopping", "hollow-coast", SCREEN_GAME, false, NULL, NULL, NULL},
        {"stopped", "hollow-coast", SCREEN_GAME, false, NULL, NULL, NULL},
        {"home", "rally", SCREEN_GAME, false, NULL, NULL, NULL},
        {"home", "nobody", SCREEN_GAME, false, NULL, NULL, NULL},
        {"usb", "hollow-coast", SCREEN_USB, false, NULL, NULL, NULL},
        {"usb", "hollow-coast", SCREEN_DEVICE, false, "1-1", NULL, NULL},
        {"usb", "night-train", SCREEN_DEVICE, false, "1-4.2", NULL, NULL},
        {"usb", NULL, SCREEN_DEVICE, false, "1-4", NULL, NULL},
        {"usb", NULL, SCREEN_DEVICE, false, "9-9", NULL, NULL},
        {"odd", "d", SCREEN_DEVICE, false, "1-1", NULL, NULL},
        {"odd", "d", SCREEN_DEVICE, false, "1-3.1.4.1.5.9", NULL, NULL},
        {"home", NULL, SCREEN_SETTINGS, false, NULL, NULL, NULL},
        {"away", NULL, SCREEN_HOME, false, NULL, NULL, NULL},
        {"empty", NULL, SCREEN_HOME, false, NULL, NULL, NULL},
        {"empty", NULL, SCREEN_USB, false, NULL, NULL, NULL},
        {"odd", NULL, SCREEN_HOME, false, NULL, NULL, NULL},
        {"odd", "d", SCREEN_GAME, false, NULL, NULL, NULL},
        {"odd", NULL, SCREEN_USB, false, NULL, NULL, NULL},
        {"", NULL, SCREEN_HOME, false, NULL, NULL, NULL},
        {"pc", NULL, SCREEN_PC, false, NULL, NULL, NULL},
        {"pc", NULL, SCREEN_GROUPS, false, NULL, NULL, NULL},
        {"pc", "host.config", SCREEN_POINT, false, NULL, NULL, NULL},
        {"pc-to-do", "next", SCREEN_POINT, false, NULL, NULL, NULL},
        {"pc", "nothing", SCREEN_POINT, false, NULL, NULL, NULL},
        {"pc", NULL, SCREEN_PLAN, false, NULL, NULL, NULL},
        {"pc-to-do", NULL, SCREEN_PLAN, false, NULL, NULL, NULL},
        {"pc-odd", NULL, SCREEN_PLAN, false, NULL, NULL, NULL},
        {"pc-to-do", NULL, SCREEN_PC, false, NULL, NULL, NULL},
        {"pc-to-do", NULL, SCREEN_GROUPS, false, NULL, NULL, NULL},
        {"pc-odd", NULL, SCREEN_PC, false, NULL, NULL, NULL},
        {"pc-odd", NULL, SCREEN_GROUPS, false, NULL, NULL, NULL},
        {"pc-odd", "x.27", SCREEN_POINT, false, NULL, NULL, NULL},
        {"pc-away", NULL, SCREEN_PC, false, NULL, NULL, NULL},
        {"", NULL, SCREEN_PC, false, NULL, NULL, NULL},
        {"paused", NULL, SCREEN_HOME, false, NULL, NULL, NULL},
        {"paused", "hollow-coast", SCREEN_GAME, false, NULL, NULL, NULL},
        {"paused", "orbit", SCREEN_GAME, false, NULL, NULL, NULL},
        {"running", "hollow-coast", SCREEN_PICTURE, false, NULL, NULL, NULL},
        {"paused", "hollow-coast", SCREEN_PICTURE, false, NULL, NULL, NULL},
        {"paused", "night-train", SCREEN_PICTURE, false, NULL, NULL, NULL},
        {"home", "night-train", SCREEN_GAME, false, REFUSED, NULL, NULL},
        /* Some presses away. */
        /* A new game: each question, the disk that is confirmed, and the last page. */
        {"editor", NULL, SCREEN_NEW, false, NULL, NULL, ""},
        {"editor", NULL, SCREEN_NEW, false, NULL, NULL, "uc"},
        {"editor", NULL, SCREEN_NEW, false, NULL, NULL, "c"},
        {"editor", NULL, SCREEN_NEW, false, NULL, NULL, "ccu"},
        {"editor", NULL, SCREEN_NEW, false, NULL, NULL, "ccuuu"},
        {"editor", NULL, SCREEN_NEW, false, NULL, NULL, "cccddd"},
        {"editor", NULL, SCREEN_NEW, false, NULL, NULL, "ccccc"},
        {"editor", NULL, SCREEN_NEW, false, NULL, NULL, "cccccrh"},
        {"editor", NULL, SCREEN_NEW, false, NULL, NULL, "cccccrhc"},
        {"editor", NULL, SCREEN_NEW, false, NULL, NULL, "cccccrhccuuuuuu"},
        {"editor", NULL, SCREEN_NEW, false, NULL, NULL, "cccccrhccc"},
        {"editor", NULL, SCREEN_NEW, false, NULL, NULL, "cccccrhcccuuuu"},
        {"editor-bare", NULL, SCREEN_NEW, false, NULL, NULL, "cc"},
        {"editor-bare", NULL, SCREEN_NEW, false, NULL, NULL, "ccc"},
        {"editor-bare", NULL, SCREEN_NEW, false, NULL, NULL, "ccccccc"},
        {"editor-odd", NULL, SCREEN_NEW, false, NULL, NULL, "c"},
        {"editor-odd", NULL, SCREEN_NEW, false, NULL, NULL, "ccuuu"},
        {"editor-odd", NULL, SCREEN_NEW, false, NULL, NULL, "cccdddddddddddddddddddddddddddddd"},
        {"editor-odd", NULL, SCREEN_NEW, false, NULL, NULL, "ccccc"},
        {"editor-odd", NULL, SCREEN_NEW, false, NULL, NULL, "cccccrhccuuu"},
        {"editor-odd", NULL, SCREEN_NEW, false, NULL, NULL, "cccccrhcccuuu"},
        {"home", NULL, SCREEN_NEW, false, NULL, NULL, "c"},
        {"home", NULL, SCREEN_HOME, false, NULL, NULL, "rrrrrrrrrrrr"},
        /* A profile: its sections, keys, what is added, typed and saved. */
        {"editor", "hollow-coast", SCREEN_EDIT, false, NULL, NULL, ""},
        {"editor", "hollow-coast", SCREEN_EDIT, false, NULL, NULL, "dc"},
        {"editor", "hollow-coast", SCREEN_EDIT, false, NULL, NULL, "dcddd"},
        {"editor", "hollow-coast", SCREEN_EDIT, false, NULL, NULL, "dddddddcddddd"},
        {"editor", "hollow-coast", SCREEN_EDIT, false, NULL, NULL, "cc"},
        {"editor", "hollow-coast", SCREEN_EDIT, false, NULL, NULL, "dcc"},
        {"editor", "hollow-coast", SCREEN_EDIT, false, NULL, NULL, "ddcrbm"},
        {"editor", "hollow-coast", SCREEN_EDIT, false, NULL, NULL, "ddcrbb"},
        {"editor", "hollow-coast", SCREEN_EDIT, false, NULL, NULL, "dddddddddddc"},
        {"editor", "hollow-coast", SCREEN_EDIT, false, NULL, NULL, "dddddddddddddddddc"},
        {"editor-drop-ins", "hollow-coast", SCREEN_EDIT, false, NULL, NULL, "d"},
        {"editor-drop-ins", "hollow-coast", SCREEN_EDIT, false, NULL, NULL, "dc"},
        {"editor-drop-ins", "hollow-coast", SCREEN_EDIT, false, NULL, NULL, "dcrbm"},
        {"editor-bare", "rally", SCREEN_EDIT, false, NULL, NULL, ""},
        {"editor-bare", "rally", SCREEN_EDIT, false, NULL, NULL, "c"},
        {"editor-bare", "rally", SCREEN_EDIT, false, NULL, NULL, "dcd"},
        {"editor-odd", "odd", SCREEN_EDIT, false, NULL, NULL, ""},
        {"editor-odd", "odd", SCREEN_EDIT, false, NULL, NULL, "cddd"},
        {"editor-odd", "odd", SCREEN_EDIT, false, NULL, NULL, "cdddc"},
        {"editor-odd", "odd", SCREEN_EDIT, false, NULL, NULL, "dddddddcd"},
        {"editor-odd", "odd", SCREEN_EDIT, false, NULL, NULL, "dddddddcxbm"},
        {"home", "rally", SCREEN_EDIT, false, NULL, NULL, ""},
        /* The setup of this PC. */
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
        /* Seen from elsewhere. */
        {"remote", NULL, SCREEN_REMOTE, false, NULL, NULL, NULL},
        {"remote", NULL, SCREEN_REMOTE, false, NULL, "switch", NULL},
        {"remote", NULL, SCREEN_REMOTE, false, NULL, NULL, "dddddddd"},
        {"remote-off", NULL, SCREEN_REMOTE, false, NULL, NULL, NULL},
        {"rights", NULL, SCREEN_RIGHTS, false, NULL, NULL, NULL},
        {"rights-none", NULL, SCREEN_RIGHTS, false, NULL, NULL, "u"},
        /* Drives for CDs. */
        {"discs", "hollow-coast", SCREEN_GAME, false, NULL, NULL, NULL},
        {"discs", "hollow-coast", SCREEN_DISC, false, "installer", NULL, NULL},
        {"discs", "hollow-coast", SCREEN_DISC, false, "installer", NULL, "uc"},
        {"discs-odd", "hollow-coast", SCREEN_DISCS, false, NULL, NULL, NULL},
        {"discs-odd", "hollow-coast", SCREEN_DISC, false, "drivers", NULL, NULL},
        {"home", "hollow-coast", SCREEN_DISCS, false, NULL, NULL, NULL},
        /* A test drive. */
        {"home", "hollow-coast", SCREEN_DRIVE, false, NULL, NULL, NULL},
        {"home", "nobody", SCREEN_DRIVE, false, NULL, NULL, NULL},
        {"drive-running", "hollow-coast", SCREEN_DRIVE, false, NULL, NULL, NULL},
        {"drive-done", "hollow-coast", SCREEN_DRIVE, false, NULL, NULL, NULL},
        {"drive-done", "hollow-coast", SCREEN_DRIVE, false, NULL, NULL, "uuu"},
        {"drive-failed", "hollow-coast", SCREEN_DRIVE, false, NULL, NULL, NULL},
        {"drive-odd", "hollow-coast", SCREEN_DRIVE, false, NULL, NULL, "uuuuuu"},
        {"remote-off", NULL, SCREEN_REMOTE, false, NULL, "switch", NULL},
        {"remote-plain", NULL, SCREEN_REMOTE, false, NULL, NULL, NULL},
        {"remote-plain", NULL, SCREEN_REMOTE, false, NULL, NULL, "ddddddd"},
        {"remote-none", NULL, SCREEN_REMOTE, false, NULL, NULL, NULL},
        {"remote-odd", NULL, SCREEN_REMOTE, false, NULL, NULL, NULL},
        {"", NULL, SCREEN_REMOTE, false, NULL, NULL, NULL},
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

static void a_missing_font_is_told(void **state)
{
	static const char *const nowhere[] = {"/nonexistent", NULL};
	struct text *text = text_create(nowhere);
	uint32_t pixels[64 * 32] = {0};
	struct canvas canvas = canvas_of(pixels, 64, 32, 64);
	struct text_style style = {20, false};
	unsigned lit = 0;

	(void)state;
	assert_false(text_has_font(text));
	assert_int_equal(text_width(text, style, "Aя"), 16);
	text_draw(text, &canvas, style, 0, 0, "Aя", 0xffffffff);
	for (size_t i = 0; i < ARRAY_SIZE(pixels); i++)
		lit += pixels[i] != 0;
	assert_true(lit > 20);
	text_destroy(text);
}

static void text_is_cut_between_characters(void **state)
{
	struct text *text = text_create(NULL);
	struct text_style style = {20, false};
	cleanup_strv struct strv lines = {0};
	bool cut;
	cleanup_free char *fit = text_fit(text, style, "Длинное название", 60, &cut);

	(void)state;
	assert_true(cut);
	assert_true(ends_with(fit, "…"));
	assert_true(text_width(text, style, fit) <= 60);
	assert_false(text_wrap(text, style, "one two three", 1000, 3, &lines));
	assert_int_equal(lines.n, 1);
	assert_true(text_wrap(
	        text, style, "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww", 60, 2, &lines));
	assert_int_equal(lines.n, 3);
	assert_true(text_width(text, style, lines.list[1]) <= 60);
	text_destroy(text);
}

static void drawing_stays_inside(void **state)
{
	uint32_t pixels[3 * 16 * 16];
	struct canvas canvas = canvas_of(pixels + 16 * 16, 16, 16, 16);

	(void)state;
	memset(pixels, 0x55, sizeof(pixels));
	for (int i = -40; i < 60; i += 3) {
		struct rect r = {i, 20 - i, 30, 11 + i};

		canvas_fill(&canvas, r, 0xff00ff00);
		canvas_round(&canvas, r, 9, 0x80ff0000);
		canvas_ring(&canvas, r, 9, 3, 0xff0000ff);
		canvas_arc(&canvas, i, i, 20, 4, 0.7, 0xffffffff);
		canvas_line(&canvas, i, 3, 70, i, 5, 0xffffffff);
		canvas_gradient(&canvas, r, 0xff000000, 0xffffffff);
	}
	for (size_t i = 0; i < 16 * 16; i++) {
		assert_int_equal(pixels[i], 0x55555555);
		assert_int_equal(pixels[2 * 16 * 16 + i], 0x55555555);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(drawing_stays_inside),
	        cmocka_unit_test(text_is_cut_between_characters),
	        cmocka_unit_test(a_missing_font_is_told),
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
