/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every screen in both languages, at every size and scale: no text too small, cut off, over another or out of the
 * safe area; and read from the pixels, contrast.
 */
#include "gui_shell.h"

#include "base/i18n.h"

struct page {
	const char *model, *vm;
	enum screen screen;
	bool question; /* whether the game is to be stopped */
	const char *device;
};

static const struct page pages[] = {
        {"home", NULL, SCREEN_HOME, false, NULL},
        {"starting", "hollow-coast", SCREEN_GAME, false, NULL},
        {"failed", "hollow-coast", SCREEN_GAME, false, NULL},
        {"running", "hollow-coast", SCREEN_GAME, false, NULL},
        {"running", "hollow-coast", SCREEN_GAME, true, NULL},
        {"stopping", "hollow-coast", SCREEN_GAME, false, NULL},
        {"stopped", "hollow-coast", SCREEN_GAME, false, NULL},
        {"home", "rally", SCREEN_GAME, false, NULL},
        {"home", "nobody", SCREEN_GAME, false, NULL},
        {"usb", "hollow-coast", SCREEN_USB, false, NULL},
        {"usb", "hollow-coast", SCREEN_DEVICE, false, "1-1"},
        {"usb", "night-train", SCREEN_DEVICE, false, "1-4.2"},
        {"usb", NULL, SCREEN_DEVICE, false, "1-4"},
        {"usb", NULL, SCREEN_DEVICE, false, "9-9"},
        {"odd", "d", SCREEN_DEVICE, false, "1-1"},
        {"odd", "d", SCREEN_DEVICE, false, "1-3.1.4.1.5.9"},
        {"home", NULL, SCREEN_SETTINGS, false, NULL},
        {"away", NULL, SCREEN_HOME, false, NULL},
        {"empty", NULL, SCREEN_HOME, false, NULL},
        {"empty", NULL, SCREEN_USB, false, NULL},
        {"odd", NULL, SCREEN_HOME, false, NULL},
        {"odd", "d", SCREEN_GAME, false, NULL},
        {"odd", NULL, SCREEN_USB, false, NULL},
        {"", NULL, SCREEN_HOME, false, NULL},
        {"pc", NULL, SCREEN_PC, false, NULL},
        {"pc", NULL, SCREEN_GROUPS, false, NULL},
        {"pc", "host.config", SCREEN_POINT, false, NULL},
        {"pc-to-do", "next", SCREEN_POINT, false, NULL},
        {"pc", "nothing", SCREEN_POINT, false, NULL},
        {"pc", NULL, SCREEN_PLAN, false, NULL},
        {"pc-to-do", NULL, SCREEN_PLAN, false, NULL},
        {"pc-odd", NULL, SCREEN_PLAN, false, NULL},
        {"pc-to-do", NULL, SCREEN_PC, false, NULL},
        {"pc-to-do", NULL, SCREEN_GROUPS, false, NULL},
        {"pc-odd", NULL, SCREEN_PC, false, NULL},
        {"pc-odd", NULL, SCREEN_GROUPS, false, NULL},
        {"pc-odd", "x.27", SCREEN_POINT, false, NULL},
        {"pc-away", NULL, SCREEN_PC, false, NULL},
        {"", NULL, SCREEN_PC, false, NULL},
};

/* Those that are some presses away. */
static const struct {
	struct page page;
	const char *press;
} deeper[] = {
        /* A new game: each question, the disk that is confirmed, and the last page. */
        {{"editor", NULL, SCREEN_NEW, false, NULL}, ""},
        {{"editor", NULL, SCREEN_NEW, false, NULL}, "uc"},
        {{"editor", NULL, SCREEN_NEW, false, NULL}, "c"},
        {{"editor", NULL, SCREEN_NEW, false, NULL}, "ccu"},
        {{"editor", NULL, SCREEN_NEW, false, NULL}, "ccuuu"},
        {{"editor", NULL, SCREEN_NEW, false, NULL}, "cccddd"},
        {{"editor", NULL, SCREEN_NEW, false, NULL}, "ccccc"},
        {{"editor", NULL, SCREEN_NEW, false, NULL}, "cccccrh"},
        {{"editor", NULL, SCREEN_NEW, false, NULL}, "cccccrhc"},
        {{"editor", NULL, SCREEN_NEW, false, NULL}, "cccccrhccuuuuuu"},
        {{"editor", NULL, SCREEN_NEW, false, NULL}, "cccccrhccc"},
        {{"editor", NULL, SCREEN_NEW, false, NULL}, "cccccrhcccuuuu"},
        {{"editor-bare", NULL, SCREEN_NEW, false, NULL}, "cc"},
        {{"editor-bare", NULL, SCREEN_NEW, false, NULL}, "ccc"},
        {{"editor-bare", NULL, SCREEN_NEW, false, NULL}, "ccccccc"},
        {{"editor-odd", NULL, SCREEN_NEW, false, NULL}, "c"},
        {{"editor-odd", NULL, SCREEN_NEW, false, NULL}, "ccuuu"},
        {{"editor-odd", NULL, SCREEN_NEW, false, NULL}, "cccdddddddddddddddddddddddddddddd"},
        {{"editor-odd", NULL, SCREEN_NEW, false, NULL}, "ccccc"},
        {{"editor-odd", NULL, SCREEN_NEW, false, NULL}, "cccccrhccuuu"},
        {{"editor-odd", NULL, SCREEN_NEW, false, NULL}, "cccccrhcccuuu"},
        {{"home", NULL, SCREEN_NEW, false, NULL}, "c"},
        {{"home", NULL, SCREEN_HOME, false, NULL}, "rrrrrrrrrrrr"},
        /* A profile: its sections, keys, what is added, typed and saved. */
        {{"editor", "hollow-coast", SCREEN_EDIT, false, NULL}, ""},
        {{"editor", "hollow-coast", SCREEN_EDIT, false, NULL}, "dc"},
        {{"editor", "hollow-coast", SCREEN_EDIT, false, NULL}, "dcddd"},
        {{"editor", "hollow-coast", SCREEN_EDIT, false, NULL}, "ddddddcddddd"},
        {{"editor", "hollow-coast", SCREEN_EDIT, false, NULL}, "cc"},
        {{"editor", "hollow-coast", SCREEN_EDIT, false, NULL}, "dcc"},
        {{"editor", "hollow-coast", SCREEN_EDIT, false, NULL}, "ddcrbm"},
        {{"editor", "hollow-coast", SCREEN_EDIT, false, NULL}, "ddcrbb"},
        {{"editor", "hollow-coast", SCREEN_EDIT, false, NULL}, "ddddddddddc"},
        {{"editor", "hollow-coast", SCREEN_EDIT, false, NULL}, "ddddddddddddddddc"},
        {{"editor-bare", "rally", SCREEN_EDIT, false, NULL}, ""},
        {{"editor-bare", "rally", SCREEN_EDIT, false, NULL}, "c"},
        {{"editor-bare", "rally", SCREEN_EDIT, false, NULL}, "dcd"},
        {{"editor-odd", "odd", SCREEN_EDIT, false, NULL}, ""},
        {{"editor-odd", "odd", SCREEN_EDIT, false, NULL}, "cddd"},
        {{"editor-odd", "odd", SCREEN_EDIT, false, NULL}, "cdddc"},
        {{"editor-odd", "odd", SCREEN_EDIT, false, NULL}, "ddddddcd"},
        {{"editor-odd", "odd", SCREEN_EDIT, false, NULL}, "ddddddcxbm"},
        {{"home", "rally", SCREEN_EDIT, false, NULL}, ""},
};

struct audit {
	struct ui_seen seen[256];
	size_t n;
	const struct theme *theme;
	char where[200];
	unsigned faults;
};

static void __attribute__((format(printf, 2, 3))) fault(struct audit *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("%s: ", a->where);
	vprintf(fmt, ap);
	putchar('\n');
	va_end(ap);
	a->faults++;
}

static void on_seen(void *user, const struct ui_seen *seen)
{
	struct audit *a = user;

	assert_true(a->n < ARRAY_SIZE(a->seen));
	a->seen[a->n] = *seen;
	a->seen[a->n++].s = xstrdup(seen->s);
}

static void forget(struct audit *a)
{
	for (size_t i = 0; i < a->n; i++)
		free((char *)a->seen[i].s);
	a->n = 0;
}

static void check_one(struct audit *a, const struct ui_seen *s, const struct theme *t)
{
	int side = t->width < t->height ? t->width : t->height;
	struct rect r = s->rect;

	if (s->height * 1000 < side * 24)
		fault(a, "\"%s\" is %d high, less than 2.4 %% of %d", s->s, s->height, side);
	if (s->cut && !s->may_cut)
		fault(a, "\"%s\" is cut off", s->s);
	if (r.y < t->safe.y - 1 || r.y + r.h > t->safe.y + t->safe.h + 1)
		fault(a, "\"%s\" leaves the safe area at y %d, h %d", s->s, r.y, r.h);
	/* What is scrolled may look in from the side. */
	if (!s->may_cut && (r.x < t->safe.x - 1 || r.x + r.w > t->safe.x + t->safe.w + 1))
		fault(a, "\"%s\" leaves the safe area at x %d, w %d", s->s, r.x, r.w);
}

static void check_overlap(struct audit *a)
{
	for (size_t i = 0; i < a->n; i++) {
		for (size_t k = i + 1; k < a->n; k++) {
			struct rect both = rect_cut(a->seen[i].rect, a->seen[k].rect);

			if (both.w > 1 && both.h > 1)
				fault(a, "\"%s\" and \"%s\" overlap by %dx%d", a->seen[i].s,
				        a->seen[k].s, both.w, both.h);
		}
	}
}

/* --- contrast, from pixels --- */

static int compare_colors(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* The commonest colour on the outline of a rectangle. */
static color outline_color(const struct canvas *c, struct rect r)
{
	cleanup_free uint32_t *list = xcalloc((size_t)(2 * r.w + 2 * r.h) + 4, sizeof(*list));
	size_t n = 0, best = 0, run = 0;
	color common = 0;

	for (int x = r.x; x < r.x + r.w; x++) {
		list[n++] = c->pixels[r.y * c->stride + x];
		list[n++] = c->pixels[(r.y + r.h - 1) * c->stride + x];
	}
	qsort(list, n, sizeof(*list), compare_colors);
	for (size_t i = 0; i < n; i++) {
		run = i && list[i] == list[i - 1] ? run + 1 : 1;
		if (run > best) {
			best = run;
			common = list[i];
		}
	}
	return common;
}

static int brightness(color c)
{
	return (int)(2 * (c >> 16 & 0xff) + 5 * (c >> 8 & 0xff) + (c & 0xff));
}

static void check_contrast(
        struct audit *a, const struct ui_seen *s, const struct canvas *c, double least)
{
	struct rect r = rect_cut(s->rect, (struct rect){0, 0, c->width, c->height});
	color ground;
	color farthest;
	double most;

	/* Boxes that stand for characters no font here has are no text. */
	if (r.w < 4 || r.h < s->height || starts_with(s->s, "\xe6") || starts_with(s->s, "\xe3"))
		return;
	ground = outline_color(c, r);
	farthest = ground;
	for (int y = r.y; y < r.y + r.h; y++) {
		for (int x = r.x; x < r.x + r.w; x++) {
			color here = c->pixels[y * c->stride + x];

			if (abs(brightness(here) - brightness(ground)) >
			        abs(brightness(farthest) - brightness(ground)))
				farthest = here;
		}
	}
	most = color_contrast(ground, farthest);
	if (most < least)
		fault(a, "\"%s\" has a contrast of %.1f, less than %.0f", s->s, most, least);
}

static void check_page(struct audit *a, const struct page *page, const char *press, int width,
        int height, bool contrast, const struct settings *settings)
{
	cleanup_free uint32_t *pixels = xcalloc((size_t)width * (size_t)height, sizeof(*pixels));
	struct canvas canvas = canvas_of(pixels, width, height, width);
	struct fixture f;

	fixture_init(&f, page->model);
	f.shell.settings = *settings;
	f.shell.frozen = true;
	shell_resize(&f.shell, width, height);
	if (page->screen != SCREEN_HOME)
		shell_open(&f.shell, page->screen, page->vm, page->device);
	fixture_look(&f);
	if (page->question) {
		fixture_press(&f, ACTION_RIGHT);
		fixture_press(&f, ACTION_CONFIRM);
		assert_non_null(f.shell.dialog.title);
	}
	fixture_press_all(&f, press);
	f.shell.ui.audit = on_seen;
	f.shell.ui.audit_user = a;
	f.shell.ui.device = INPUT_KEYBOARD; /* has the widest hints */
	snprintf(a->where, sizeof(a->where), "%s %s %s %s, %dx%d, %u %%%s", page->model,
	        screen_names[page->screen], press, getenv("LANGUAGE"), width, height,
	        settings->scale, settings->high_contrast ? ", high contrast" : "");
	shell_draw(&f.shell, &canvas, f.now_ms);
	for (size_t i = 0; i < a->n; i++) {
		check_one(a, &a->seen[i], &f.shell.ui.theme);
		if (contrast)
			check_contrast(a, &a->seen[i], &canvas, settings->high_contrast ? 15 : 7);
	}
	check_overlap(a);
	assert_true(*ui_focus(&f.shell.ui));
	forget(a);
	fixture_finish(&f);
}

static void every_page_at(
        int width, int height, unsigned scale_step, bool contrast, bool high_contrast)
{
	static const char *const languages[] = {"en", "ru"};
	struct audit a = {0};

	for (size_t l = 0; l < ARRAY_SIZE(languages); l++) {
		i18n_language(languages[l]);
		for (unsigned scale = 100; scale <= 200; scale += scale_step) {
			struct settings settings = settings_default();

			settings.scale = scale;
			settings.high_contrast = high_contrast;
			settings.safe_area = scale == 100 ? 5 : settings.safe_area;
			for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
				check_page(&a, &pages[i], "", width, height, contrast, &settings);
			/* Sizes are shares of the screen's: that of many pages is enough. */
			bool deep = contrast && (height == 720 ? scale % 50 == 0 : scale == 100);

			for (size_t i = 0; deep && i < ARRAY_SIZE(deeper); i++)
				check_page(&a, &deeper[i].page, deeper[i].press, width, height,
				        contrast, &settings);
		}
	}
	assert_int_equal(a.faults, 0);
}

static void at_720p(void **state)
{
	(void)state;
	every_page_at(1280, 720, 25, true, false);
}

static void at_800p(void **state)
{
	(void)state;
	every_page_at(1280, 800, 100, false, false);
}

static void at_1080p(void **state)
{
	(void)state;
	every_page_at(1920, 1080, 50, true, false);
}

static void in_high_contrast(void **state)
{
	(void)state;
	every_page_at(1280, 720, 100, true, true);
}

static void on_a_wide_screen(void **state)
{
	(void)state;
	every_page_at(2560, 1080, 100, false, false);
}

static void at_4k(void **state)
{
	(void)state;
	every_page_at(3840, 2160, 101, false, false);
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
