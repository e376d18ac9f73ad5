/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cover pictures: from a folder into the covers, without anybody waiting; and what is no picture leaves the made cover. */
#include "gui_shell.h"

#include "art.h"

#include <unistd.h>

struct world {
	struct fixture f;
	char folder[64];
	sd_event *event;
	struct art *art;
	unsigned changes;
	uint32_t *pixels;
};

static void on_changed(void *user)
{
	struct world *w = user;

	w->changes++;
}

static void write_cover(struct world *w, const char *name, color c)
{
	uint32_t pixels[6 * 8];
	struct canvas canvas = canvas_of(pixels, 6, 8, 6);
	cleanup_free char *file = art_file(w->folder, name);

	canvas_fill(&canvas, (struct rect){0, 0, 6, 8}, c);
	assert_true(canvas_write_png(&canvas, file));
}

static int setup(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));

	strcpy(w->folder, "/tmp/playthrough-art-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	fixture_init(&w->f, "home");
	assert_true(sd_event_new(&w->event) >= 0);
	w->art = art_create(w->event, w->folder, w->f.shell.covers, on_changed, w);
	w->pixels = xcalloc(1280 * 720, sizeof(uint32_t));
	w->f.shell.frozen = true;
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	cleanup_free char *command = xasprintf("rm -rf '%s'", w->folder);

	art_destroy(w->art);
	fixture_finish(&w->f);
	sd_event_unref(w->event);
	assert_int_equal(system(command), 0);
	free(w->pixels);
	free(w);
	return 0;
}

static void draw(struct world *w)
{
	struct canvas canvas = canvas_of(w->pixels, 1280, 720, 1280);

	shell_resize(&w->f.shell, 1280, 720);
	shell_draw(&w->f.shell, &canvas, w->f.now_ms);
	art_next(w->art);
}

/* As the window does it, until there is nothing new. */
static void settle(struct world *w)
{
	unsigned before;

	do {
		before = w->changes;
		draw(w);
		while (sd_event_run(w->event, art_busy(w->art) ? 10 * 1000000 : 100000) > 0)
			;
	} while (w->changes != before);
}

static unsigned count(const struct world *w, color c)
{
	unsigned n = 0;

	for (size_t i = 0; i < 1280 * 720; i++)
		n += w->pixels[i] == c;
	return n;
}

static void a_cover_is_shown(void **state)
{
	struct world *w = *state;
	const struct model_vm *first = &w->f.model.vms[0];
	cleanup_free char *file = NULL;

	draw(w);
	assert_int_equal(w->changes, 0);
	assert_false(art_busy(w->art)); /* there is nothing to read */
	write_cover(w, first->name, 0xff12ab34);
	settle(w);
	assert_true(w->changes > 0);
	assert_true(count(w, 0xff12ab34) > 10000);
	/* It goes again, too. */
	file = art_file(w->folder, first->name);
	assert_int_equal(unlink(file), 0);
	settle(w);
	assert_int_equal(count(w, 0xff12ab34), 0);
}

static void what_is_no_cover_is_left_alone(void **state)
{
	struct world *w = *state;
	cleanup_free char *file = art_file(w->folder, w->f.model.vms[0].name);
	cleanup_free uint32_t *before = xcalloc(1280 * 720, sizeof(uint32_t));
	FILE *bad = fopen(file, "we");

	assert_non_null(bad);
	fputs("this is no picture", bad);
	fclose(bad);
	draw(w);
	memcpy(before, w->pixels, 1280 * 720 * sizeof(uint32_t));
	assert_true(art_busy(w->art));
	settle(w);
	assert_false(art_busy(w->art));
	assert_memory_equal(before, w->pixels, 1280 * 720 * sizeof(uint32_t));
}

static void names_lead_nowhere_else(void **state)
{
	static const char *const bad[] = {"", ".", "..", "../x", "a/b", ".hidden", "/etc/x"};
	cleanup_free char *good = art_file("/art", "night-train");
	char most[300];

	(void)state;
	assert_string_equal(good, "/art/night-train.png");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_null(art_file("/art", bad[i]));
	memset(most, 'x', sizeof(most));
	most[299] = '\0';
	assert_null(art_file("/art", most));
	assert_null(art_file(NULL, "x"));
}

static void the_end_may_come_at_any_time(void **state)
{
	struct world *w = *state;

	write_cover(w, w->f.model.vms[0].name, 0xff12ab34);
	draw(w);
	assert_true(art_busy(w->art));
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        WITH(a_cover_is_shown),
	        WITH(what_is_no_cover_is_left_alone),
	        cmocka_unit_test(names_lead_nowhere_else),
	        WITH(the_end_may_come_at_any_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
