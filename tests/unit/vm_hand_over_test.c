/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One card for the host and a game: what is refused, what is done in which order, and that all of it is undone. */
#include "vm/acts/hand_over.h"
#include "vm/plan/hand_over.h"
#include "vm/plan/plan_hand_over.h"
#include "vm/state.h"
#include "hand_over_pc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hand_over_pc.h"

#define PROFILE                                                                             \
	"[vm]\nguest=linux\n[cpu]\naccel=tcg\n[memory]\nsize=512M\n[boot]\nfirmware=bios\n" \
	"[gpu]\naddress=0000:01:00.0\nid=10de:1b81\n"
#define AUDIO "[audio]\naddress=0000:01:00.1\nid=10de:10f0\n"
#define BIND  "/sys/class/vtconsole/vtcon1/bind"

/* --- the plan --- */

static bool there(const char *path)
{
	(void)path;
	return true;
}

static int plan(const struct machine *m, const char *keys, struct vm_plan *out, struct err *err)
{
	const struct vm_options options = {
	        .qemu = "/usr/bin/qemu", .data_dir = "/usr/share/playthrough", .exists = there};
	cleanup_free char *text = xasprintf(PROFILE "%s" AUDIO, keys);
	cleanup(profile_finish) struct profile profile = {0};
	cleanup(host_finish) struct host host = {0};

	if (profile_parse(text, "/etc/games.profile", &profile, err) < 0)
		fail_msg("%s", err->message);
	assert_int_equal(host_take(&m->root, &host, NULL), 0);
	if (plan_hands_over(&profile))
		plan_take_hand_over(&m->root, &profile, &host);
	*err = (struct err){0};
	return vm_plan_make(&host, &profile, &options, out, err);
}

static void expect_acts(const struct hand_act *list, size_t n, const char *want)
{
	cleanup_strv struct strv words = {0};
	cleanup_free char *all = NULL;

	for (size_t i = 0; i < n; i++)
		strv_addf(&words, "%s %s", hand_kind_word(list[i].kind), list[i].what);
	all = strv_join(&words, ", ");
	assert_string_equal(all, want);
}

static void expect(const struct machine *m, const char *keys, const char *want)
{
	struct err err = {0};
	struct vm_plan p;

	if (plan(m, keys, &p, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(p.n_pci, 2);
	assert_true(p.pci[0].handed && p.pci[1].handed);
	expect_acts(p.hand, p.n_hand, want);
	vm_plan_finish(&p);
}

static void refused(const struct machine *m, const char *keys, enum code code, const char *message,
        const char *hint)
{
	struct err err = {0};
	struct vm_plan p;

	assert_true(plan(m, keys, &p, &err) < 0);
	if (!err_is(&err, code) || !strstr(err.message, message) || !strstr(err.hint, hint))
		fail_msg("%s %s (%s)", err.code, err.message, err.hint);
}

#define FREE "free 0000:01:00.0, free 0000:01:00.1"

static void the_plan(void **state)
{
	struct machine m;

	(void)state;
	machine_open(&m, "single-gpu");
	lay(&m, drm);
	refused(&m, "", CODE_PCI_USED, "boot display", "hand-over=yes");
	refused(&m, "hand-over=no\n", CODE_PCI_USED, "boot display", "hand-over=yes");
	expect(&m, "hand-over=yes\n", FREE);
	lay(&m, fbcon);
	expect(&m, "hand-over=yes\n", FREE ", console vtcon1");
	lay(&m, kiosk);
	expect(&m, "hand-over=yes\n", "stop playthrough-gui.service, " FREE ", console vtcon1");
	/* What does not run is not stopped, and so not started afterwards. */
	expect(&m, "hand-over=yes\nhand-over-stop=gdm.service\n",
	        "stop playthrough-gui.service, " FREE ", console vtcon1");
	machine_close(&m);
}

static void a_session_holds_it(void **state)
{
	struct machine m;

	(void)state;
	machine_open(&m, "single-gpu");
	lay(&m, drm);
	lay(&m, desktop);
	refused(&m, "hand-over=yes\n", CODE_HAND_SESSION, "gnome-shell (950)",
	        "hand-over-stop=gdm.service");
	refused(&m, "hand-over=yes\nhand-over-stop=sddm.service\n", CODE_HAND_SESSION,
	        "/dev/dri/card0", "gdm.service");
	expect(&m, "hand-over=yes\nhand-over-stop=display-manager.service\n",
	        "stop gdm.service, " FREE);
	/* By logind alone, and nobody knows who started it. */
	lay(&m, "file /run/systemd/sessions/9\n"
	        "\tUID=7\n\tUSER=bob\n\tTYPE=x11\n\tSEAT=seat0\n\tLEADER=4\n");
	refused(&m, "hand-over=yes\nhand-over-stop=display-manager.service\n", CODE_HAND_SESSION,
	        "session 9 of bob", "log out");
	machine_close(&m);
}

static void a_program_holds_it(void **state)
{
	struct machine m;

	(void)state;
	machine_open(&m, "single-gpu");
	lay(&m, drm);
	lay(&m, plays);
	refused(&m, "hand-over=yes\n", CODE_HAND_HELD, "mpv (1234)", "radio.service");
	lay(&m, "dir /sys/fs/cgroup/system.slice/radio.service\n");
	expect(&m, "hand-over=yes\nhand-over-stop=radio.service\n", "stop radio.service, " FREE);
	lay(&m, "file /proc/44/comm ffmpeg\nlink /proc/44/fd/4 /dev/dri/card0\n");
	refused(&m, "hand-over=yes\nhand-over-stop=radio.service\n", CODE_HAND_HELD, "ffmpeg (44)",
	        "end that program");
	machine_close(&m);
}

/* A service with a slice of its own is found by what it holds. */
static void a_slice_of_its_own(void **state)
{
	struct machine m;

	(void)state;
	machine_open(&m, "single-gpu");
	lay(&m, drm);
	lay(&m, plays);
	lay(&m, "file /proc/1234/cgroup 0::/media.slice/radio.service\n");
	expect(&m, "hand-over=yes\nhand-over-stop=radio.service\n", "stop radio.service, " FREE);
	machine_close(&m);
}

static void nobody_tells_who_holds_it(void **state)
{
	struct machine m;

	(void)state;
	machine_open(&m, "single-gpu");
	lay(&m, drm);
	lay(&m, "file /proc/1/fd/0 no link that can be read\n");
	refused(&m, "hand-over=yes\n", CODE_HAND_HELD, "/dev/dri/card0 open", "hand-over-stop=");
	expect(&m, "hand-over=yes\nhand-over-stop=nvidia-persistenced.service\n", FREE);
	lay(&m, "file /proc/driver/nvidia/gpus/0000:01:00.0/information Device Minor: \t 0\n"
	        "dir /sys/fs/cgroup/system.slice/nvidia-persistenced.service\n"
	        "dir /sys/fs/cgroup/system.slice/nvidia-powerd.service\n");
	refused(&m, "hand-over=yes\n", CODE_HAND_HELD, "nvidia-persistenced.service has it in use",
	        "hand-over-stop=nvidia-persistenced.service");
	refused(&m, "hand-over=yes\nhand-over-stop=nvidia-persistenced.service\n", CODE_HAND_HELD,
	        "nvidia-powerd.service has it in use", "hand-over-stop=nvidia-powerd.service");
	expect(&m,
	        "hand-over=yes\nhand-over-stop=nvidia-persistenced.service\n"
	        "hand-over-stop=nvidia-powerd.service\n",
	        "stop nvidia-persistenced.service, stop nvidia-powerd.service, " FREE);
	machine_close(&m);
}

static void the_firmwares_picture(void **state)
{
	struct machine m;

	(void)state;
	machine_open(&m, "single-gpu");
	lay(&m, firmwares);
	machine_write(&m, CARD "/resource",
	        "0x00000000e0000000 0x00000000efffffff "
	        "0x000000000014220c\n");
	expect(&m, "hand-over=yes\n",
	        FREE ", console vtcon1, buffer simple-framebuffer/simple-framebuffer.0");
	machine_close(&m);
}

static void keys(void **state)
{
	static const char *const bad[] = {"gdm", "gdm.socket", "../x.service", "a b.service",
	        "playthroughd.service", "playthrough-vm-games.service", "-a.service", "a.service,"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cleanup_free char *text = xasprintf("%shand-over-stop=%s\n", PROFILE, bad[i]);
		struct profile profile;
		struct err err = {0};

		if (profile_parse(text, "games.profile", &profile, &err) == 0)
			fail_msg("taken: %s", bad[i]);
		assert_non_null(strstr(err.message, "hand-over-stop"));
	}
}

/* --- the acts --- */

/* The first line: a file keeps what was behind what was written over it. */
static void expect_file(const struct machine *m, const char *path, const char *want)
{
	cleanup_free char *text = root_read(&m->root, path);

	assert_non_null(text);
	text[strcspn(text, "\n")] = '\0';
	assert_string_equal(text, want);
}

static struct hand_act act(enum hand_kind kind, const char *what)
{
	return (struct hand_act){.kind = kind, .what = (char *)what};
}

static void consoles(void **state)
{
	const struct hand_act console = act(HAND_CONSOLE, "vtcon1"),
	                      dummy = act(HAND_CONSOLE, "vtcon0");
	struct machine m;

	(void)state;
	machine_open(&m, "single-gpu");
	assert_int_equal(hand_act_do(&m.root, &console, NULL), 0); /* it is not there */
	lay(&m, fbcon);
	assert_int_equal(hand_act_do(&m.root, &dummy, NULL), 0);
	expect_file(&m, BIND, "1");
	for (unsigned twice = 0; twice < 2; twice++) {
		assert_int_equal(hand_act_do(&m.root, &console, NULL), 0);
		expect_file(&m, BIND, "0");
	}
	for (unsigned twice = 0; twice < 2; twice++) {
		assert_int_equal(hand_act_undo(&m.root, &console, NULL), 0);
		expect_file(&m, BIND, "1");
	}
	expect_file(&m, "/sys/class/vtconsole/vtcon0/bind", "0");
	machine_close(&m);
}

/* By another number than before. */
static void a_console_that_came_again(void **state)
{
	const struct hand_act console = act(HAND_CONSOLE, "vtcon7");
	struct machine m;

	(void)state;
	machine_open(&m, "single-gpu");
	lay(&m, fbcon);
	machine_write(&m, BIND, "0\n");
	assert_int_equal(hand_act_undo(&m.root, &console, NULL), 0);
	expect_file(&m, BIND, "1");
	machine_close(&m);
}

static void buffers(void **state)
{
	const struct hand_act buffer = act(HAND_BUFFER, "simple-framebuffer/simple-framebuffer.0");
	static const char *const bad[] = {"simple-framebuffer", "../../x/y", "a/b/c", ""};
	cleanup_free char *link = NULL;
	struct machine m;

	(void)state;
	machine_open(&m, "single-gpu");
	assert_int_equal(hand_act_do(&m.root, &buffer, NULL), 0); /* its device is gone */
	lay(&m, firmwares);
	assert_int_equal(hand_act_do(&m.root, &buffer, NULL), 0);
	expect_file(
	        &m, "/sys/bus/platform/drivers/simple-framebuffer/unbind", "simple-framebuffer.0");
	assert_int_equal(hand_act_undo(&m.root, &buffer, NULL), 0); /* it is bound still */
	expect_file(&m, "/sys/bus/platform/drivers/simple-framebuffer/bind", "");
	link = root_full_path(&m.root, "/sys/devices/platform/simple-framebuffer.0/driver");
	assert_int_equal(unlink(link), 0);
	assert_int_equal(hand_act_undo(&m.root, &buffer, NULL), 0);
	expect_file(
	        &m, "/sys/bus/platform/drivers/simple-framebuffer/bind", "simple-framebuffer.0");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		const struct hand_act broken = act(HAND_BUFFER, bad[i]);

		assert_true(hand_act_do(&m.root, &broken, NULL) < 0);
	}
	machine_close(&m);
}

static void still_in_use(void **state)
{
	const struct hand_act card = act(HAND_FREE, "0000:01:00.0");
	struct err err = {0};
	struct machine m;

	(void)state;
	machine_open(&m, "single-gpu");
	lay(&m, drm);
	assert_int_equal(hand_act_do(&m.root, &card, &err), 0);
	lay(&m, kiosk);
	assert_int_equal(hand_act_do(&m.root, &card, &err), -EBUSY);
	assert_true(err_is(&err, CODE_HAND_HELD));
	assert_non_null(strstr(err.message, "playthrough-gui (600): /dev/dri/card0"));
	machine_close(&m);
}

/* simpledrm's users are those of the card in whose memory it draws. */
static void still_in_use_by_the_firmwares(void **state)
{
	const struct hand_act card = act(HAND_FREE, "0000:01:00.0");
	struct err err = {0};
	struct machine m;

	(void)state;
	machine_open(&m, "single-gpu");
	lay(&m, firmwares);
	machine_write(&m, CARD "/resource",
	        "0x00000000e0000000 0x00000000efffffff "
	        "0x000000000014220c\n");
	lay(&m, "link /sys/devices/platform/simple-framebuffer.0/drm/card0/device ../..\n"
	        "link /sys/class/drm/card0 "
	        "../../devices/platform/simple-framebuffer.0/drm/card0\n"
	        "file /proc/44/comm ffmpeg\nlink /proc/44/fd/4 /dev/dri/card0\n");
	assert_int_equal(hand_act_do(&m.root, &card, &err), -EBUSY);
	assert_non_null(strstr(err.message, "ffmpeg (44): /dev/dri/card0"));
	machine_close(&m);
}

static void found_again(void **state)
{
	struct err err = {0};
	struct machine m;

	(void)state;
	machine_open(&m, "single-gpu");
	lay(&m, "file " CARD "/remove\nfile /sys/bus/pci/rescan\n");
	assert_int_equal(
	        hand_find_again(&m.root, (struct pci_addr){0, 1, 0, 0}, "nouveau", &err), 0);
	expect_file(&m, CARD "/remove", "1");
	expect_file(&m, "/sys/bus/pci/rescan", "1");
	assert_int_equal(
	        hand_find_again(&m.root, (struct pci_addr){0, 1, 0, 0}, "amdgpu", &err), -EIO);
	assert_non_null(strstr(err.message, "amdgpu does not take it"));
	machine_close(&m);
}

/* --- whatever ends the daemon, the next one undoes what was begun --- */

static void undo_from_journal(const struct machine *m, const char *file)
{
	struct journal j;

	assert_int_equal(journal_load(&m->root, file, &j, NULL), 0);
	for (size_t i = j.n_hand; i > 0; i--) {
		if (j.hand[i - 1].begun)
			assert_int_equal(hand_act_undo(&m->root, &j.hand[i - 1], NULL), 0);
	}
	journal_finish(&j);
}

/* Cut off after each act's line in the journal: before the act (@done false) and after it. */
static void cut_off(const struct machine *m, size_t at, bool done)
{
	struct journal j = {.name = xstrdup("games"), .nonce = "0"};

	hand_acts_add(&j.hand, &j.n_hand, HAND_STOP, "gdm.service");
	hand_acts_add(&j.hand, &j.n_hand, HAND_FREE, "0000:01:00.0");
	hand_acts_add(&j.hand, &j.n_hand, HAND_CONSOLE, "vtcon1");
	hand_acts_add(&j.hand, &j.n_hand, HAND_BUFFER, "efi-framebuffer/efi-framebuffer.0");
	for (size_t i = 0; i < j.n_hand && i <= at; i++) {
		j.hand[i].begun = true;
		assert_int_equal(journal_save(&m->root, "/state.json", &j, NULL), 0);
		if (i < at || done)
			assert_int_equal(hand_act_do(&m->root, &j.hand[i], NULL), 0);
	}
	expect_file(m, BIND, at > 2 || (at == 2 && done) ? "0" : "1");
	undo_from_journal(m, "/state.json");
	expect_file(m, BIND, "1");
	journal_finish(&j);
}

static void after_every_act(void **state)
{
	struct machine m;

	(void)state;
	machine_open(&m, "single-gpu");
	lay(&m, drm);
	lay(&m, fbcon);
	for (size_t at = 0; at < 4; at++) {
		cut_off(&m, at, false);
		cut_off(&m, at, true);
	}
	machine_close(&m);
}

static void the_journal(void **state)
{
	struct journal j = {.name = xstrdup("games"), .nonce = "0"}, back;
	struct machine m;
	enum hand_kind kind;

	(void)state;
	machine_open(&m, NULL);
	*list_append(j.pci, j.n_pci) = (struct journal_pci){.addr = {0, 1, 0, 0}, .handed = true};
	hand_acts_add(&j.hand, &j.n_hand, HAND_STOP, "gdm.service")->begun = true;
	hand_acts_add(&j.hand, &j.n_hand, HAND_CONSOLE, "vtcon1");
	assert_int_equal(journal_save(&m.root, "/state.json", &j, NULL), 0);
	assert_int_equal(journal_load(&m.root, "/state.json", &back, NULL), 0);
	assert_true(back.pci[0].handed);
	expect_acts(back.hand, back.n_hand, "stop gdm.service, console vtcon1");
	assert_true(back.hand[0].begun && !back.hand[1].begun);
	journal_finish(&back);
	journal_finish(&j);
	assert_int_equal(hand_kind_parse("sideways", &kind), -EINVAL);
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_plan),
	        cmocka_unit_test(a_session_holds_it),
	        cmocka_unit_test(a_program_holds_it),
	        cmocka_unit_test(a_slice_of_its_own),
	        cmocka_unit_test(nobody_tells_who_holds_it),
	        cmocka_unit_test(the_firmwares_picture),
	        cmocka_unit_test(keys),
	        cmocka_unit_test(consoles),
	        cmocka_unit_test(a_console_that_came_again),
	        cmocka_unit_test(buffers),
	        cmocka_unit_test(still_in_use),
	        cmocka_unit_test(still_in_use_by_the_firmwares),
	        cmocka_unit_test(found_again),
	        cmocka_unit_test(after_every_act),
	        cmocka_unit_test(the_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
