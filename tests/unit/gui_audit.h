/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks at a page as it is drawn: no text too small, cut off, over another or out of the safe area; and its contrast.
 * PLAYTHROUGH_PAGES=remote: only at the pages of the models whose names begin so.
 */
#ifndef TESTS_UNIT_GUI_AUDIT_H
#define TESTS_UNIT_GUI_AUDIT_H

#include "gui_shell.h"

#include "base/i18n.h"

#include <errno.h>

#define REFUSED "refused"

struct page {
	const char *model, *vm;
	enum screen screen;
	bool question;      /* whether the game is to be stopped */
	const char *device; /* of a game, REFUSED: something was */
	const char *press;  /* what opens a question */
	const char *
	        keys; /* how it is reached, as fixture_press_all() takes it; NULL: not by presses */
};

struct audit {
	struct ui_seen seen[256];
	size_t n;
	const struct theme *theme;
	char where[200];
	unsigned faults;
};

static inline void __attribute__((format(printf, 2, 3)))
fault(struct audit *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("%s: ", a->where);
	vprintf(fmt, ap);
	putchar('\n');
	va_end(ap);
	a->faults++;
}

static inline void on_seen(void *user, const struct ui_seen *seen)
{
	struct audit *a = user;

	assert_true(a->n < ARRAY_SIZE(a->seen));
	a->seen[a->n] = *seen;
	a->seen[a->n++].s = xstrdup(seen->s);
}

static inline void forget(struct audit *a)
{
	for (size_t i = 0; i < a->n; i++)
		free((char *)a->seen[i].s);
	a->n = 0;
}

static inline void check_one(struct audit *a, const struct ui_seen *s, const struct theme *t)
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

static inline void check_overlap(struct audit *a)
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

static inline int compare_colors(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* The commonest colour on the outline of a rectangle. */
static inline color outline_color(const struct canvas *c, struct rect r)
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

static inline int brightness(color c)
{
	return (int)(2 * (c >> 16 & 0xff) + 5 * (c >> 8 & 0xff) + (c & 0xff));
}

static inline void check_contrast(
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

/* What the daemon would send: where the game runs, a picture; where it is paused, why there is none. */
static inline void answer_shot(struct fixture *f, const char *model)
{
	struct image image = {xcalloc(72 * 40, sizeof(uint32_t)), 72, 40};
	struct err why = {0};

	err_set(&why, -EIO, "QEMU: There is no console to take a screendump from");
	err_code(&why, CODE_VM_NOT_RUNNING);
	if (streq(model, "running")) {
		shell_pictured(&f->shell, f->shell.shot.vm, &image, NULL, 1700000000);
		return;
	}
	free(image.pixels);
	shell_pictured(&f->shell, f->shell.shot.vm, NULL, &why, 0);
}

static inline void refuse(struct fixture *f)
{
	struct err why;

	err_set(&why, -EBUSY, "disk /dev/disk/by-id/nvme-A_Disk_S1 is mounted on /mnt/games");
	err_hint(&why, "unmount it, or name another disk");
	err_code(&why, CODE_DISK_USED);
	shell_refused(&f->shell, &why);
	fixture_look(f);
}

/* Every page covers all of @canvas. */
static inline void check_page(struct audit *a, const struct page *page, struct canvas canvas,
        bool contrast, const struct settings *settings)
{
	struct fixture f;

	fixture_init(&f, page->model);
	f.shell.settings = *settings;
	f.shell.frozen = true;
	shell_resize(&f.shell, canvas.width, canvas.height);
	if (page->screen != SCREEN_HOME)
		shell_open(&f.shell, page->screen, page->vm, page->device);
	if (page->screen == SCREEN_PICTURE)
		answer_shot(&f, page->model);
	fixture_look(&f);
	if (page->question) {
		fixture_press(&f, ACTION_RIGHT);
		fixture_press(&f, ACTION_CONFIRM);
		assert_non_null(f.shell.dialog.title);
	}
	if (page->press) {
		ui_set_focus(&f.shell.ui, page->press);
		fixture_press(&f, ACTION_CONFIRM);
		assert_non_null(f.shell.dialog.title);
	}
	if (page->device && streq(page->device, REFUSED))
		refuse(&f);
	fixture_press_all(&f, page->keys ? page->keys : "");
	f.shell.ui.audit = on_seen;
	f.shell.ui.audit_user = a;
	f.shell.ui.device = INPUT_KEYBOARD; /* has the widest hints */
	snprintf(a->where, sizeof(a->where), "%s %s %s %s, %dx%d, %u %%%s", page->model,
	        screen_names[page->screen], page->keys ? page->keys : "", getenv("LANGUAGE"),
	        canvas.width, canvas.height, settings->scale,
	        settings->high_contrast ? ", high contrast" : "");
	shell_draw(&f.shell, &canvas, f.now_ms);
	for (size_t i = 0; i < a->n; i++) {
		check_one(a, &a->seen[i], &f.shell.ui.theme);
		/* What is confirmed is read as a whole. */
		if (page->press && a->seen[i].cut)
			fault(a, "\"%s\" is cut off in a question", a->seen[i].s);
		if (contrast)
			check_contrast(a, &a->seen[i], &canvas, settings->high_contrast ? 15 : 7);
	}
	check_overlap(a);
	assert_true(*ui_focus(&f.shell.ui));
	forget(a);
	fixture_finish(&f);
}

static inline void every_page_at(const struct page *pages, size_t n, int width, int height,
        unsigned scale_step, bool contrast, bool high_contrast)
{
	static const char *const languages[] = {"en", "ru"};
	const char *only = getenv("PLAYTHROUGH_PAGES");
	cleanup_free uint32_t *pixels = xcalloc((size_t)width * (size_t)height, sizeof(*pixels));
	struct canvas canvas = canvas_of(pixels, width, height, width);
	struct audit a = {0};

	for (size_t l = 0; l < ARRAY_SIZE(languages); l++) {
		i18n_language(languages[l]);
		for (unsigned scale = 100; scale <= 200; scale += scale_step) {
			struct settings settings = settings_default();
			bool deep;

			settings.scale = scale;
			settings.high_contrast = high_contrast;
			settings.safe_area = scale == 100 ? 5 : settings.safe_area;
			/* Sizes are shares of the screen's: those that take presses are looked at in some. */
			deep = contrast && (height == 720 ? scale % 50 == 0 : scale == 100);
			for (size_t page = 0; page < n; page++)
				if ((deep || !pages[page].keys) &&
				        starts_with(pages[page].model, only ? only : ""))
					check_page(&a, &pages[page], canvas, contrast, &settings);
		}
	}
	assert_int_equal(a.faults, 0);
}

#endif
