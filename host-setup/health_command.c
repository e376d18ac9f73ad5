/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `verify --at-boot` and `verify --give-up`, as the units of the health service run them. */
#include "health.h"
#include "verify_start.h"

#include "base/child.h"
#include "base/i18n.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define LOOK_EVERY_S    10u
#define LOOKS           30u /* five minutes: sshd and the display manager are up by then */
#define ANNOUNCED_S     60u
#define TOOL_TIMEOUT_MS 30000u

/*
 * All that the decision hangs on, and @start for what comes of it; start_finish() it. A start that cannot be judged (its
 * journal is damaged, /var is not mounted) is not well.
 */
static void take(const struct root *root, bool late, struct health *out, struct start *start)
{
	cleanup_free char *cmdline = root_read(root, "/proc/cmdline");
	const struct firmware firmware = {.cmdline = cmdline};
	cleanup_free char *token = firmware_cmdline_get(&firmware, "playthrough");
	struct err err = {0};
	bool judged = start_take(root, start, &err) == 0;

	if (!judged)
		printf("health: %s\n", err.message);
	*out = (struct health){
	        .ours = token,
	        .well = judged && verify_exit_code(&start->report) == 0 && start->way_in,
	        .person = health_sees_person(root),
	        .logins = health_logins(root),
	        .opened = health_autologins(root),
	        .screen = judged && start->screen,
	        .given_up = root_exists(root, HEALTH_GIVEN_UP),
	        .late = late,
	};
	out->known = token && start_kept(root, token, &out->kept);
}

/* The journal gets why, since nobody may be there to see it. */
static void say(const struct start *start, const struct health *health, enum health_act act)
{
	static const char *const words[] = {
	        [HEALTH_NOTHING] = "nothing to do",
	        [HEALTH_WAIT] = "not well yet",
	        [HEALTH_KEEP] = "all is well: the entry becomes the default",
	        [HEALTH_RESTART] = "nobody is here and the start is not well: restarting",
	};

	printf("health: %s (kept: %s, way in: %s, a person: %s, logins: %u, given up before: %s)\n",
	        words[act],
	        !health->known ? "unknown"
	        : health->kept ? "yes"
	                       : "no",
	        start->way_in ? "yes" : "no", health->person ? "yes" : "no", health->logins,
	        health->given_up ? "yes" : "no");
	if (act == HEALTH_WAIT || act == HEALTH_RESTART)
		verify_print(&start->report, stdout);
	fflush(stdout);
}

/* Where a person keeps the loader's configuration, nobody else makes the entry the default. */
static bool is_verified(const struct root *root, const struct health *health, enum health_act act)
{
	return act == HEALTH_KEEP || (health->ours && health->known && health->kept) ||
	       (health->well && start_by_hand(root));
}

static int look(
        const struct root *root, bool late, bool last, enum health_act *act, struct err *err)
{
	struct health health;
	struct start start;
	int r = 0;

	take(root, late, &health, &start);
	*act = health_decide(&health);
	if (*act != HEALTH_WAIT || last)
		say(&start, &health, *act);
	if (*act == HEALTH_KEEP)
		r = start_keep(root, &start, err);
	if (r == 0 && is_verified(root, &health, *act))
		health_note_verified(root);
	/* An apply or undo is at work: what it leaves is judged next time. */
	if (r < 0 && !last && err_is(err, CODE_SETUP_BUSY)) {
		*act = HEALTH_WAIT;
		r = 0;
	}
	start_finish(&start);
	return r;
}

int health_at_boot(const struct root *root, struct err *err)
{
	enum health_act act = HEALTH_WAIT;
	int r = 0;

	for (unsigned i = 1; r == 0 && act == HEALTH_WAIT && i <= LOOKS; i++) {
		r = look(root, false, i == LOOKS, &act, err);
		if (r == 0 && act == HEALTH_WAIT && i < LOOKS)
			sleep(LOOK_EVERY_S);
	}
	return r < 0 ? r : (int)act;
}

/* On every terminal with somebody logged in, and on the console, where an emergency shell may run. */
static void announce(void)
{
	cleanup_free char *text = xasprintf(
	        _("Playthrough: this start with the entry \"Playthrough\" was not found well, and "
	          "nobody "
	          "has logged in. The PC restarts in %u seconds, with its stock entry. To stop "
	          "that: "
	          "systemctl stop playthrough-giveup.service"),
	        ANNOUNCED_S);
	char *argv[] = {(char *)"wall", text, NULL};
	/* a serial line at which nobody takes anything must not hold the restart up */
	cleanup_close int console =
	        open("/dev/console", O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (console >= 0)
		dprintf(console, "\r\n%s\r\n", text);
	printf("%s\n", text);
	fflush(stdout);
	child_check(argv, NULL, TOOL_TIMEOUT_MS, NULL);
}

static int restart(struct err *err)
{
	char *argv[] = {(char *)"systemctl", (char *)"reboot", NULL};
	char *hard[] = {(char *)"systemctl", (char *)"reboot", (char *)"--force", NULL};

	if (child_check(argv, NULL, TOOL_TIMEOUT_MS, NULL) == 0)
		return 0;
	return child_check(hard, NULL, TOOL_TIMEOUT_MS, err);
}

/* Looks, says what is coming, gives a person a minute, and looks again. */
int health_give_up(const struct root *root, struct err *err)
{
	enum health_act act;
	int r = look(root, true, true, &act, err);

	/* A folder is not restarted. */
	if (r < 0 || act != HEALTH_RESTART || !root_is_host(root))
		return r < 0 ? r : (int)act;
	announce();
	sleep(ANNOUNCED_S);
	r = look(root, true, true, &act, err);
	if (r == 0 && act == HEALTH_RESTART) {
		health_note_given_up(root);
		r = restart(err);
	}
	return r < 0 ? r : (int)act;
}
