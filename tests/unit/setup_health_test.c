/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Health: when our entry is kept by itself, when the PC is restarted, and who counts as a person. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "host-setup/health.h"
#include "machine.h"

static void test_decide(void **state)
{
	static const struct {
		struct health health;
		enum health_act act;
	} cases[] = {
	        /* the stock entry, whatever else */
	        {{.known = true, .late = true}, HEALTH_NOTHING},
	        {{.known = true, .well = true}, HEALTH_NOTHING},
	        /* the loader cannot be asked: a restart might go round for ever */
	        {{.ours = true, .late = true}, HEALTH_NOTHING},
	        {{.ours = true, .well = true}, HEALTH_NOTHING},
	        /* kept already: not the one tried start */
	        {{.ours = true, .known = true, .kept = true, .late = true}, HEALTH_NOTHING},
	        /* the tried start */
	        {{.ours = true, .known = true}, HEALTH_WAIT},
	        {{.ours = true, .known = true, .logins = 1}, HEALTH_WAIT},
	        {{.ours = true, .known = true, .well = true}, HEALTH_KEEP},
	        {{.ours = true, .known = true, .well = true, .late = true}, HEALTH_KEEP},
	        {{.ours = true, .known = true, .late = true}, HEALTH_RESTART},
	        {{.ours = true, .known = true, .late = true, .logins = 1}, HEALTH_NOTHING},
	        {{.ours = true, .known = true, .late = true, .person = true}, HEALTH_NOTHING},
	        /* a desktop that opened by itself: somebody may work there, if it can be seen */
	        {{.ours = true, .known = true, .late = true, .opened = 1}, HEALTH_RESTART},
	        {{.ours = true, .known = true, .late = true, .screen = true}, HEALTH_RESTART},
	        {{.ours = true, .known = true, .late = true, .opened = 1, .screen = true},
	                HEALTH_NOTHING},
	        /* it was given up before, and came again: it would for ever */
	        {{.ours = true, .known = true, .late = true, .given_up = true}, HEALTH_NOTHING},
	        {{.ours = true, .known = true, .well = true, .given_up = true}, HEALTH_KEEP},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (health_decide(&cases[i].health) != cases[i].act)
			fail_msg("case %zu: %d", i, health_decide(&cases[i].health));
	}
}

/* A game that runs is played by somebody. */
static void test_a_game_runs(void **state)
{
	struct machine m;

	(void)state;
	machine_open(&m, NULL);
	assert_false(health_sees_person(&m.root));
	machine_write(&m, HEALTH_GAMES "/windows/state", "");
	assert_true(health_sees_person(&m.root));
	machine_close(&m);
}

static void test_logins(void **state)
{
	static const struct {
		const char *text;
		unsigned n;
	} cases[] = {
	        {"UID=1000\nUSER=ann\nACTIVE=1\nSTATE=active\nSERVICE=sshd\nCLASS=user\n", 1},
	        {"STATE=online\nSERVICE=login\nCLASS=user-early\n", 1},
	        {"STATE=active\nSERVICE=gdm-launch-environment\nCLASS=greeter\n", 0},
	        {"STATE=closing\nSERVICE=sshd\nCLASS=user\n", 0},
	        {"STATE=active\nSERVICE=lightdm-autologin\nCLASS=user\n", 0},
	        {"STATE=active\nCLASS=background\n", 0},
	        {"STATE=active\nCLASS=manager\n", 0},
	        {"CLASS", 0},
	        {"CLASS=\n=\n\n", 0},
	        {"", 0},
	};
	struct machine m;

	(void)state;
	machine_open(&m, NULL);
	assert_int_equal(health_logins(&m.root), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		machine_write(&m, "/run/systemd/sessions/1", cases[i].text);
		if (health_logins(&m.root) != cases[i].n)
			fail_msg("case %zu", i);
	}
	machine_write(&m, "/run/systemd/sessions/1", cases[4].text);
	assert_int_equal(health_autologins(&m.root), 1);
	machine_write(&m, "/run/systemd/sessions/1", cases[0].text);
	assert_int_equal(health_autologins(&m.root), 0);
	machine_write(&m, "/run/systemd/sessions/1.ref", cases[0].text);
	machine_write(&m, "/run/systemd/sessions/c2", cases[1].text);
	assert_int_equal(health_logins(&m.root), 2);
	machine_close(&m);
}

/* Only in a start with our entry: elsewhere nothing of ours is left behind. */
static void test_person(void **state)
{
	struct machine m;

	(void)state;
	machine_open(&m, NULL);
	health_note_person(&m.root);
	assert_false(root_exists(&m.root, HEALTH_PERSON));
	machine_write(&m, "/proc/cmdline", "root=/dev/sda1 ro\n");
	health_note_person(&m.root);
	assert_false(root_exists(&m.root, HEALTH_PERSON));
	machine_write(&m, "/proc/cmdline", "root=/dev/sda1 playthrough=0123abcd\n");
	health_note_person(&m.root);
	assert_int_equal(root_exists(&m.root, HEALTH_PERSON), geteuid() == 0);
	machine_close(&m);
}

/* Games may start by themselves then: only in a start with our entry, where somebody waits for it. */
static void test_verified(void **state)
{
	struct machine m;

	(void)state;
	machine_open(&m, NULL);
	machine_write(&m, "/proc/cmdline", "root=/dev/sda1 ro\n");
	health_note_verified(&m.root);
	assert_false(root_exists(&m.root, HEALTH_VERIFIED));
	machine_write(&m, "/proc/cmdline", "root=/dev/sda1 playthrough=0123abcd\n");
	health_note_verified(&m.root);
	assert_int_equal(root_exists(&m.root, HEALTH_VERIFIED), geteuid() == 0);
	machine_close(&m);
}

/* It is noted where a journal is, until a person comes. */
static void test_given_up(void **state)
{
	struct machine m;

	(void)state;
	machine_open(&m, NULL);
	health_note_given_up(&m.root);
	assert_false(root_exists(&m.root, HEALTH_GIVEN_UP));
	machine_write(&m, "/var/lib/playthrough/setup/journal.json", "{}\n");
	health_note_given_up(&m.root);
	assert_true(root_exists(&m.root, HEALTH_GIVEN_UP));
	health_note_person(&m.root);
	assert_int_equal(root_exists(&m.root, HEALTH_GIVEN_UP), geteuid() != 0);
	machine_close(&m);
}

/* A passphrase that is typed after a quarter of an hour must not find the time over. */
static void test_time_runs_from_the_system(void **state)
{
	cleanup_free char *text = NULL;
	struct root here;

	(void)state;
	assert_int_equal(root_open(&here, ".", NULL), 0);
	text = root_read(&here, "/appliance/packaging/playthrough-giveup.timer");
	root_close(&here);
	assert_non_null(text);
	assert_non_null(strstr(text, "\nOnActiveSec="));
	assert_null(strstr(text, "\nOnBootSec="));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_decide),
	        cmocka_unit_test(test_logins),
	        cmocka_unit_test(test_a_game_runs),
	        cmocka_unit_test(test_person),
	        cmocka_unit_test(test_verified),
	        cmocka_unit_test(test_given_up),
	        cmocka_unit_test(test_time_runs_from_the_system),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
