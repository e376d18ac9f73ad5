/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What keeps a card with the host: consoles, frame buffers, programs, sessions; with whom they end. */
#include "host/hand_over.h"
#include "host/hand_over_process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hand_over_pc.h"

static const struct pci_addr cards[] = {{0, 1, 0, 0}, {0, 1, 0, 1}};

static void take(const struct machine *m, const char *units, struct hand_over *out)
{
	cleanup(displays_finish) struct displays displays = {0};
	cleanup_strv struct strv asked = {0};

	strv_split(&asked, units, " ");
	assert_int_equal(displays_take(&m->root, &displays, NULL), 0);
	hand_over_take(&m->root, &displays, cards, ARRAY_SIZE(cards), &asked, out);
	assert_true(out->taken);
}

static void expect_list(const struct strv *list, const char *want)
{
	cleanup_free char *all = strv_join(list, ", ");

	assert_string_equal(all, want);
}

static void nobody(void **state)
{
	struct hand_over h;
	struct machine m;

	(void)state;
	machine_open(&m, "single-gpu");
	take(&m, "", &h);
	assert_int_equal(h.n_holders + h.n_buffers + h.consoles.n, 0);
	hand_over_finish(&h);
	lay(&m, drm);
	lay(&m, fbcon);
	take(&m, "gdm.service", &h);
	assert_int_equal(h.n_holders + h.n_buffers, 0);
	expect_list(&h.consoles, "vtcon1");
	expect_list(&h.asked, "gdm.service");
	expect_list(&h.running, "");
	hand_over_finish(&h);
	machine_close(&m);
}

/* logind's own descriptor counts as the session's; what a user's manager started ends with the display manager. */
static void a_desktop(void **state)
{
	struct hand_over h;
	struct machine m;

	(void)state;
	machine_open(&m, "single-gpu");
	lay(&m, drm);
	lay(&m, desktop);
	take(&m, "display-manager.service cups.service", &h);
	assert_int_equal(h.n_holders, 2);
	assert_string_equal(h.holders[0].who, "gnome-shell (950)");
	assert_string_equal(h.holders[0].what, "/dev/dri/card0");
	expect_list(&h.holders[0].units, "gdm.service");
	assert_true(h.holders[0].session);
	assert_string_equal(h.holders[1].who, "session 2 of alice");
	expect_list(&h.holders[1].units, "gdm.service");
	expect_list(&h.asked, "gdm.service, cups.service");
	expect_list(&h.running, "gdm.service");
	hand_over_finish(&h);
	machine_close(&m);
}

/* With another card a session that shows nothing of itself is not taken to be on this one. */
static void another_card(void **state)
{
	struct hand_over h;
	struct machine m;

	(void)state;
	machine_open(&m, "single-gpu");
	lay(&m, drm);
	lay(&m, desktop);
	lay(&m, "dir /sys/class/drm/card1\n");
	take(&m, "", &h);
	assert_int_equal(h.n_holders, 1);
	hand_over_finish(&h);
	machine_close(&m);
}

static void our_front_end(void **state)
{
	struct hand_over h;
	struct machine m;

	(void)state;
	machine_open(&m, "single-gpu");
	lay(&m, drm);
	lay(&m, kiosk);
	take(&m, "", &h);
	assert_int_equal(h.n_holders, 1);
	assert_string_equal(h.holders[0].who, "playthrough-gui (600)");
	expect_list(&h.holders[0].units, HAND_OVER_FRONT_END);
	assert_false(h.holders[0].session);
	hand_over_finish(&h);
	machine_close(&m);
}

static void sound(void **state)
{
	struct hand_over h;
	struct machine m;

	(void)state;
	machine_open(&m, "single-gpu");
	lay(&m, plays);
	take(&m, "", &h);
	assert_int_equal(h.n_holders, 1);
	assert_string_equal(h.holders[0].who, "mpv (1234)");
	assert_string_equal(h.holders[0].what, "/proc/asound/card0/pcm3p/sub0/status");
	assert_true(pci_addr_equal(h.holders[0].addr, cards[1]));
	expect_list(&h.holders[0].units, "radio.service");
	hand_over_finish(&h);
	machine_close(&m);
}

/* Its own nodes are no nodes of DRM; another card's are not meant. */
static void nvidia(void **state)
{
	struct hand_over h;
	struct machine m;

	(void)state;
	machine_open(&m, "single-gpu");
	lay(&m, "file /proc/driver/nvidia/gpus/0000:01:00.0/information\n\tModel: \t X\n"
	        "\tDevice Minor: \t 1\n"
	        "file /proc/71/comm nvidia-persiste\n"
	        "file /proc/71/cgroup 0::/system.slice/nvidia-persistenced.service\n"
	        "link /proc/71/fd/3 /dev/nvidia1\n"
	        "file /proc/72/comm ethminer\n"
	        "link /proc/72/fd/3 /dev/nvidia0\n"
	        "link /proc/72/fd/4 /dev/nvidiactl\n");
	take(&m, "", &h);
	assert_int_equal(h.n_holders, 1);
	assert_string_equal(h.holders[0].who, "nvidia-persiste (71)");
	expect_list(&h.holders[0].units, "nvidia-persistenced.service");
	hand_over_finish(&h);
	machine_close(&m);
}

static void garbage(void **state)
{
	struct hand_over h;
	struct machine m;

	(void)state;
	machine_open(&m, "single-gpu");
	lay(&m, drm);
	lay(&m, "file /run/systemd/sessions/3\n\tSEAT=\n\tTYPE=wayland\n\tLEADER=5\n"
	        "file /proc/5/status\n\tPPid:\t6\n"
	        "file /proc/6/status\n\tPPid:\t5\n"
	        "file /run/systemd/sessions/4 \xff\xff=\n"
	        "file /proc/5/cgroup no colon, no slash\n"
	        "file /proc/77/cgroup 0::/session-.scope/user@/x.service\n"
	        "link /proc/77/fd/1 /dev/dri/card0\n"
	        "file /proc/asound/card0/pcm3p/sub0/status owner_pid\n"
	        "file " SOUND "/sound/card0/id x\n");
	take(&m, "../../x.service", &h);
	for (size_t i = 0; i < h.n_holders; i++)
		assert_true(h.holders[i].who[0]);
	assert_int_equal(h.running.n, 0);
	hand_over_finish(&h);
	machine_close(&m);
}

static void units(void **state)
{
	struct machine m;

	(void)state;
	machine_open(&m, NULL);
	lay(&m, "dir /sys/fs/cgroup/system.slice/system-getty.slice/getty@tty1.service\n"
	        "dir /sys/fs/cgroup/systemd/system.slice/old.service\n"
	        "link /etc/systemd/system/masked.service /dev/null\n");
	assert_true(unit_runs(&m.root, "getty@tty1.service"));
	assert_true(unit_runs(&m.root, "old.service"));
	assert_false(unit_runs(&m.root, "masked.service"));
	for (const char *name = "masked.service"; name; name = NULL) {
		cleanup_free char *real = unit_real_name(&m.root, name);

		assert_string_equal(real, name);
	}
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nobody),
	        cmocka_unit_test(a_desktop),
	        cmocka_unit_test(another_card),
	        cmocka_unit_test(our_front_end),
	        cmocka_unit_test(sound),
	        cmocka_unit_test(nvidia),
	        cmocka_unit_test(garbage),
	        cmocka_unit_test(units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
