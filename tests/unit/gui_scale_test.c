/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 500 profiles and 60 devices cost a frame no more than what is seen of them. Counted, not timed: what is allocated, of which
 * every text takes a little, and what is declared.
 */
#include "gui_shell.h"

#include <string.h>

#define MANY    500u
#define FEW     20u
#define DEVICES 60u

/* --- allocations of ours (the Makefile wraps them) --- */

static unsigned allocations;

/* A function of libc that allocates, by its name, parameters and arguments. */
#define COUNTED(type, name, parameters, arguments) \
	type __real_##name parameters;             \
	type __wrap_##name parameters;             \
	type __wrap_##name parameters              \
	{                                          \
		allocations++;                     \
		return __real_##name arguments;    \
	}

COUNTED(void *, malloc, (size_t size), (size))
COUNTED(void *, calloc, (size_t n, size_t size), (n, size))
COUNTED(void *, reallocarray, (void *p, size_t n, size_t size), (p, n, size))
COUNTED(char *, strdup, (const char *s), (s))
COUNTED(char *, strndup, (const char *s, size_t n), (s, n))
COUNTED(int, vasprintf, (char **out, const char *fmt, va_list ap), (out, fmt, ap))
/* The same of a build that is fortified. */
COUNTED(int, __vasprintf_chk, (char **out, int flag, const char *fmt, va_list ap),
        (out, flag, fmt, ap))

/* --- models --- */

static char *many_vms(unsigned n)
{
	cleanup_strv struct strv list = {0};
	cleanup_free char *all = NULL;

	for (unsigned i = 0; i < n; i++)
		strv_addf(&list,
		        "{\"name\": \"game-%u\", \"title\": \"A game with a long name, number %u\","
		        " \"state\": \"stopped\", \"hardware\": {\"guest\": \"windows-11\", "
		        "\"cpus\": 6,"
		        " \"memory\": 17179869184, \"gpus\": [{}]}}",
		        i, i);
	all = strv_join(&list, ",");
	return xasprintf("[%s]", all);
}

static char *many_devices(unsigned n)
{
	cleanup_strv struct strv list = {0};
	cleanup_free char *all = NULL;

	for (unsigned i = 0; i < n; i++)
		strv_addf(&list,
		        "{\"sysname\": \"1-%u\", \"port\": \"0000:00:14.0/%u\", \"id\": "
		        "\"045e:%04x\","
		        " \"product\": \"A device with a name, number %u\", \"kind\": \"gamepad\","
		        " \"serial\": \"S%u\"}",
		        i + 1, i + 1, i, i, i);
	all = strv_join(&list, ",");
	return xasprintf("[%s]", all);
}

static char *many_whys(unsigned n)
{
	cleanup_strv struct strv list = {0};
	cleanup_free char *all = NULL;

	for (unsigned i = 0; i < n; i++)
		strv_addf(&list,
		        "{\"sysname\": \"1-%u\", \"owner\": \"\", \"rules\": [{\"vm\": \"game-%u\","
		        " \"section\": \"usb pad\", \"by\": \"serial\", \"value\": \"S%u\"}]}",
		        i + 1, i, i);
	all = strv_join(&list, ",");
	return xasprintf("[%s]", all);
}

static void begin(struct fixture *f, unsigned vms, unsigned devices)
{
	cleanup_free char *games = many_vms(vms), *usb = many_devices(devices);
	cleanup_free char *whys = many_whys(devices);
	struct err err = {0};

	fixture_init(f, "");
	model_link_up(&f->model);
	assert_int_equal(model_set_vms(&f->model, games, &err), 0);
	assert_int_equal(model_set_usb(&f->model, usb, NOW_MS, &err), 0);
	assert_int_equal(model_set_usb_why(&f->model, whys, &err), 0);
	f->shell.frozen = true;
	shell_resize(&f->shell, 1280, 720);
	shell_changed(&f->shell, f->now_ms);
	fixture_look(f);
}

/* --- counting --- */

struct cost {
	unsigned allocated;
	size_t items;
};

/* Of a frame like the one before: what is drawn for the first time costs more, once. */
static struct cost frame_cost(struct fixture *f)
{
	static uint32_t pixels[1280 * 720];
	struct canvas canvas = canvas_of(pixels, 1280, 720, 1280);
	unsigned before;

	shell_draw(&f->shell, &canvas, f->now_ms);
	before = allocations;
	shell_draw(&f->shell, &canvas, f->now_ms);
	return (struct cost){allocations - before, f->shell.ui.n_before};
}

static struct cost cost_of(unsigned vms, unsigned devices, enum screen screen)
{
	struct fixture f;
	struct cost cost;

	begin(&f, vms, devices);
	if (screen != SCREEN_HOME)
		shell_open(&f.shell, screen, NULL, NULL);
	fixture_look(&f);
	cost = frame_cost(&f);
	fixture_finish(&f);
	return cost;
}

/* --- what is promised --- */

static void a_frame_of_home_costs_what_is_seen(void **state)
{
	struct cost few = cost_of(FEW, 0, SCREEN_HOME), many = cost_of(MANY, 0, SCREEN_HOME);

	(void)state;
	assert_true(few.allocated > 0);
	assert_int_equal(many.allocated, few.allocated);
	assert_in_range(many.items, 4, 24);
}

static void a_press_costs_the_same_anywhere(void **state)
{
	struct fixture f;
	unsigned before, first;

	(void)state;
	begin(&f, MANY, 0);
	fixture_press(&f, ACTION_RIGHT);
	before = allocations;
	fixture_press(&f, ACTION_RIGHT);
	first = allocations - before;
	for (unsigned i = 2; i < MANY; i++)
		fixture_press(&f, ACTION_RIGHT);
	before = allocations;
	fixture_press(&f, ACTION_LEFT);
	assert_in_range(allocations - before, 0, first + first / 4 + 8);
	assert_true(starts_with(ui_focus(&f.shell.ui), "vm/"));
	fixture_finish(&f);
}

/* A device that is not seen is declared, so that the focus finds it, and nothing more. */
static void a_frame_of_usb_costs_what_is_seen(void **state)
{
	struct cost few = cost_of(2, FEW, SCREEN_USB), many = cost_of(2, DEVICES, SCREEN_USB);

	(void)state;
	assert_true(few.allocated > 0);
	assert_in_range(many.allocated, 1, few.allocated + 2 * (DEVICES - FEW));
	assert_in_range(many.items, DEVICES, 2 * DEVICES + 8);
}

static void what_the_daemon_says_is_taken_in_one_go(void **state)
{
	cleanup_free char *few = many_vms(FEW), *many = many_vms(MANY);
	struct model model;
	unsigned before, one;

	(void)state;
	model_init(&model);
	before = allocations;
	assert_int_equal(model_set_vms(&model, few, NULL), 0);
	one = (allocations - before) / FEW + 1;
	before = allocations;
	assert_int_equal(model_set_vms(&model, many, NULL), 0);
	assert_in_range(allocations - before, MANY, MANY * one + MANY);
	model_finish(&model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_frame_of_home_costs_what_is_seen),
	        cmocka_unit_test(a_press_costs_the_same_anywhere),
	        cmocka_unit_test(a_frame_of_usb_costs_what_is_seen),
	        cmocka_unit_test(what_the_daemon_says_is_taken_in_one_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
