/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a picture gets to a screen: which drivers in which order, and which card where there is no desktop. */
#include "video.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "machine.h"

static void a_desktop_is_preferred_to_the_bare_card(void **state)
{
	(void)state;
	assert_string_equal(video_drivers(NULL, ":0"), "x11");
	assert_string_equal(video_drivers("wayland-0", ":0"), "x11,wayland");
	assert_string_equal(video_drivers("wayland-0", NULL), "wayland");
	assert_string_equal(video_drivers("wayland-0", ""), "wayland");
	assert_string_equal(video_drivers(NULL, NULL), "KMSDRM");
	assert_string_equal(video_drivers("", ""), "KMSDRM");
}

static void only_x11_needs_no_opengl(void **state)
{
	(void)state;
	assert_string_equal(video_acceleration("x11"), "0");
	assert_string_equal(video_acceleration("wayland"), "1");
	assert_string_equal(video_acceleration("KMSDRM"), "opengles2");
	assert_string_equal(video_acceleration("kmsdrm"), "opengles2");
	assert_string_equal(video_acceleration(NULL), "1");
	assert_true(video_is_bare("kmsdrm"));
	assert_false(video_is_bare("wayland"));
	assert_false(video_is_bare(NULL));
}

static void put(struct machine *m, const char *path, const char *text)
{
	assert_int_equal(root_write(&m->root, path, text, strlen(text), 0644, NULL), 0);
}

/* A game's card and the PC's own; @own: which of them firmware has chosen. */
static int card_of(const char *own_status, const char *boot)
{
	struct machine m;
	int card;

	machine_open(&m, NULL);
	for (int i = 0; i < 2; i++) {
		cleanup_free char *card_folder = xasprintf("/sys/class/drm/card%d", i);
		cleanup_free char *file = xasprintf("%s/device/boot_vga", card_folder);
		cleanup_free char *status = xasprintf("%s-HDMI-A-1/status", card_folder);

		put(&m, file, i == 0 ? boot : "0\n");
		put(&m, status, i == 0 ? own_status : "connected\n");
	}
	card = video_card(&m.root);
	machine_close(&m);
	return card;
}

static void the_card_is_the_one_of_this_pc(void **state)
{
	(void)state;
	assert_int_equal(card_of("connected\n", "1\n"), 0);
	assert_int_equal(card_of("disconnected\n", "1\n"), -1);
	assert_int_equal(card_of("connected\n", "0\n"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_desktop_is_preferred_to_the_bare_card),
	        cmocka_unit_test(only_x11_needs_no_opengl),
	        cmocka_unit_test(the_card_is_the_one_of_this_pc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
