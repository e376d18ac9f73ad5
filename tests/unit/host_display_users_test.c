/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has a card open, where firmware's frame buffer lies, and what garbage must not do. */
#include "host/host.h"
#include "machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void take(const char *name, struct machine *m, struct displays *displays)
{
	machine_open(m, name);
	assert_int_equal(displays_take(&m->root, displays, NULL), 0);
}

static void expect_list(const struct strv *list, const char *want)
{
	cleanup_free char *all = strv_join(list, ", ");

	assert_string_equal(all, want);
}

static void test_users(void **state)
{
	struct displays displays;
	struct machine m;

	(void)state;
	take("gpu-twins", &m, &displays);
	assert_int_equal(displays.n, 3);
	expect_list(
	        &displays.list[0].users, "Xorg (812), systemd-logind (700), Web Content X (1200)");
	assert_string_equal(displays.list[0].master, "systemd-logind (700)");
	expect_list(&displays.list[0].nodes, "card0, renderD128");
	expect_list(&displays.list[1].users, "steam (901)");
	assert_null(displays.list[1].master);
	expect_list(&displays.list[2].users, "");
	expect_list(&displays.list[0].lit, "HDMI-A-1");
	expect_list(&displays.list[1].lit, "");
	expect_list(&displays.list[1].connected, "DP-2");
	assert_int_equal(displays.list[1].n_outputs, 2);
	displays_finish(&displays);
	machine_close(&m);
}

static void test_broken_users(void **state)
{
	struct displays displays;
	struct machine m;

	(void)state;
	machine_open(&m, "gpu-twins");
	machine_write(&m, "/proc/812/comm", "\x1b[31mX\xff\n");
	machine_write(&m, "/proc/33/fd", "a file\n");
	machine_write(&m, "/sys/kernel/debug/dri/0/clients", "1 2\n3 4 y\n\x1b] 5 6 y\n");
	displays_take(&m.root, &displays, NULL);
	expect_list(&displays.list[0].users, "[31mX? (812), ] (5)");
	assert_string_equal(displays.list[0].master, "] (5)");
	displays_finish(&displays);
	machine_close(&m);
}

static void place(struct machine *m, struct host *host)
{
	assert_int_equal(host_take(&m->root, host, NULL), 0);
	assert_string_equal(host->displays.list[0].frame_buffer, "fb0 simpledrmdrmfb");
}

static void test_frame_buffer_by_memory(void **state)
{
	const struct display_card *card;
	struct machine m;
	struct host host;

	(void)state;
	machine_open(&m, "gpu-simpledrm");
	place(&m, &host);
	card = &host.displays.list[0];
	assert_true(card->has_controller && card->console);
	assert_string_equal(pci_addr_format(card->controller).s, "0000:01:00.0");
	assert_string_equal(card->placed_by, "/proc/iomem: 0x7000000000");
	host_finish(&host);
	machine_close(&m);
}

static void test_frame_buffer_by_log(void **state)
{
	struct machine m;
	struct host host;

	(void)state;
	machine_open(&m, "gpu-simpledrm");
	/* Not root: addresses read 0. */
	machine_write(&m, "/proc/iomem", "00000000-00000000 : BOOTFB\n");
	machine_write(&m, "/kernel.log",
	        "[    0.4] efifb: framebuffer at 0xc0000000, using 8100k, total 8100k\n");
	place(&m, &host);
	assert_string_equal(pci_addr_format(host.displays.list[0].controller).s, "0000:02:00.0");
	assert_string_equal(host.displays.list[0].placed_by, "kernel log: 0xc0000000");
	host_finish(&host);
	/* Nobody tells: nothing is guessed. */
	machine_write(&m, "/kernel.log", "[    0.4] efifb: framebuffer at 0x10, using 1k\n");
	place(&m, &host);
	assert_false(host.displays.list[0].has_controller);
	assert_null(host.displays.list[0].placed_by);
	host_finish(&host);
	machine_close(&m);
}

static void test_virtual_screen(void **state)
{
	struct machine m;
	struct host host;

	(void)state;
	machine_open(&m, "gpu-simpledrm");
	machine_write(
	        &m, "/sys/devices/platform/simple-framebuffer.0/graphics/fb0/name", "vkmsdrmfb\n");
	assert_int_equal(host_take(&m.root, &host, NULL), 0);
	assert_string_equal(host.displays.list[0].frame_buffer, "fb0 vkmsdrmfb");
	assert_false(host.displays.list[0].has_controller);
	host_finish(&host);
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_users),
	        cmocka_unit_test(test_broken_users),
	        cmocka_unit_test(test_frame_buffer_by_memory),
	        cmocka_unit_test(test_frame_buffer_by_log),
	        cmocka_unit_test(test_virtual_screen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
