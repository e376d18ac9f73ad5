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

static void forget(const struct machine *m, const char *path)
{
	cleanup_free char *full = root_full_path(&m->root, path);

	assert_int_equal(unlink(full), 0);
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
	assert_int_equal(h.n_holders, 2); /* logind is seen to have it open for somebody */
	hand_over_finish(&h);
	lay(&m, "file /proc/700/cgroup 0::/init.scope\n");
	forget(&m, "/proc/700/fd/20");
	take(&m, "", &h);
	assert_int_equal(h.n_holders, 1);
	hand_over_finish(&h);
	machine_close(&m);
}

/* What firmware has set up lies in some card's memory: it is no other card. */
static void no_other_card(void **state)
{
	struct hand_over h;
	struct machine m;

	(void)state;
	machine_open(&m, "single-gpu");
	lay(&m, drm);
	lay(&m, desktop);
	lay(&m, firmwares);
	forget(&m, "/proc/700/fd/20");
	take(&m, "", &h);
	assert_int_equal(h.n_holders, 2);
	assert_string_equal(h.holders[1].who, "session 2 of alice");
	hand_over_finish(&h);
	machine_close(&m);
}

/* A user's manager outlives the session: what it runs does not end with the display manager. */
static void expect_kept(const struct machine *m, const char *units)
{
	struct hand_over h;

	take(m, "", &h);
	assert_int_equal(h.n_holders, 2);
	assert_string_equal(h.holders[0].who, "gnome-shell (950)");
	assert_true(h.holders[0].session);
	expect_list(&h.holders[0].units, units);
	hand_over_finish(&h);
}

static void a_user_who_stays(void **state)
{
	static const char ssh[] =
	        "file /run/systemd/sessions/5\n\tUID=1000\n\tUSER=alice\n\tTYPE=tty\n";
	struct machine m;

	(void)state;
	machine_open(&m, "single-gpu");
	lay(&m, drm);
	lay(&m, desktop);
	lay(&m, "file /run/systemd/sessions/4\n\tUID=1000\n\tUSER=alice\n\tCLASS=manager\n");
	lay(&m, "file /run/systemd/sessions/6\n\tUID=1000\n\tUSER=alice\n\tSTATE=closing\n");
	lay(&m, "file /run/systemd/sessions/7\n\tUID=1001\n\tUSER=bob\n");
	expect_kept(&m, "gdm.service");
	lay(&m, ssh);
	expect_kept(&m, "");
	forget(&m, "/run/systemd/sessions/5");
	expect_kept(&m, "gdm.service");
	lay(&m, "file /var/lib/systemd/linger/alice\n");
	expect_kept(&m, "");
	machine_close(&m);
}

static void one_who_says_to_be_logind(void **state)
{
	struct hand_over h;
	struct machine m;

	(void)state;
	machine_open(&m, "single-gpu");
	lay(&m, drm);
	lay(&m, "file /proc/66/comm systemd-logind\nlink /proc/66/fd/1 /dev/dri/card0\n"
	        "file /proc/66/cgroup 0::/system.slice/miner.service\n");
	take(&m, "", &h);
	assert_int_equal(h.n_holders, 1);
	assert_string_equal(h.holders[0].who, "systemd-logind (66)");
	expect_list(&h.holders[0].units, "miner.service");
	hand_over_finish(&h);
	machine_close(&m);
}

/* Without the capability to look at others' open files: DRM tells by itself, NVIDIA's own nodes do not. */
static void unseen(void **state)
{
	struct hand_over h;
	struct machine m;

	(void)state;
	machine_open(&m, "single-gpu");
	lay(&m, drm);
	take(&m, "", &h);
	expect_list(&h.unseen, "");
	hand_over_finish(&h);
	lay(&m, "file /proc/1/fd/0 no link that can be read\n");
	take(&m, "", &h);
	expect_list(&h.unseen, "/dev/dri/card0");
	hand_over_finish(&h);
	lay(&m, "file /sys/kernel/debug/dri/0/clients   ffmpeg   44   0   n    n     0          0\n"
	        "file /proc/driver/nvidia/gpus/0000:01:00.0/information Device Minor: \t 1\n");
	take(&m, "", &h);
	expect_list(&h.unseen, "/dev/nvidia1");
	assert_int_equal(h.n_holders, 1);
	assert_string_equal(h.holders[0].who, "ffmpeg (44)");
	hand_over_finish(&h);
	lay(&m, "dir /sys/fs/cgroup/system.slice/nvidia-persistenced.service\n");
	take(&m, "", &h);
	assert_int_equal(h.n_holders, 2); /* it runs, so it has the card */
	expect_list(&h.holders[1].units, "nvidia-persistenced.service");
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

/* By logind's descriptor, with another card beside; DRM tells of logind alone. */
static void devices_of_a_session(void **state)
{
	struct hand_over h;
	struct machine m;

	(void)state;
	machine_open(&m, "single-gpu");
	lay(&m, drm);
	lay(&m, kiosk);
	lay(&m, "dir /sys/class/drm/card1\n");
	forget(&m, "/proc/600/fd/7");
	take(&m, "", &h);
	assert_int_equal(h.n_holders, 0);
	hand_over_finish(&h);
	lay(&m, "file /run/systemd/sessions/c2\n\tUID=990\n\tUSER=playthrough-seat\n"
	        "\tTYPE=tty\n\tSEAT=seat0\n\tDEVICES=13:65 226:0 \n");
	take(&m, "", &h);
	assert_int_equal(h.n_holders, 1);
	assert_string_equal(h.holders[0].who, "session c2 of playthrough-seat");
	expect_list(&h.holders[0].units, HAND_OVER_FRONT_END);
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

static void expect_name(const struct machine *m, const char *unit, const char *want)
{
	cleanup_free char *real = unit_real_name(&m->root, unit);

	assert_string_equal(real, want);
}

static void units(void **state)
{
	struct machine m;

	(void)state;
	machine_open(&m, NULL);
	lay(&m, "dir /sys/fs/cgroup/system.slice/system-getty.slice/getty@tty1.service\n"
	        "dir /sys/fs/cgroup/systemd/system.slice/old.service\n"
	        "link /etc/systemd/system/masked.service /dev/null\n"
	        "link /etc/systemd/system/dm.service /lib/systemd/system/gdm3.service\n"
	        "link /etc/systemd/system/gdm3.service /lib/systemd/system/gdm3.service\n"
	        "link /lib/systemd/system/gdm3.service gdm.service\n"
	        "link /lib/systemd/system/ring.service round.service\n"
	        "link /lib/systemd/system/round.service ring.service\n");
	assert_true(unit_runs(&m.root, "getty@tty1.service"));
	assert_true(unit_runs(&m.root, "old.service"));
	assert_false(unit_runs(&m.root, "masked.service"));
	expect_name(&m, "masked.service", "masked.service");
	expect_name(&m, "dm.service", "gdm.service");
	expect_name(&m, "ring.service", "ring.service");
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nobody),
	        cmocka_unit_test(a_desktop),
	        cmocka_unit_test(another_card),
	        cmocka_unit_test(no_other_card),
	        cmocka_unit_test(a_user_who_stays),
	        cmocka_unit_test(one_who_says_to_be_logind),
	        cmocka_unit_test(unseen),
	        cmocka_unit_test(our_front_end),
	        cmocka_unit_test(devices_of_a_session),
	        cmocka_unit_test(sound),
	        cmocka_unit_test(nvidia),
	        cmocka_unit_test(garbage),
	        cmocka_unit_test(units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
