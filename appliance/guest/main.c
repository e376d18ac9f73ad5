/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The test guest's /init: a small process 1 that does nothing but start the tests, bury dead
 * processes, and switch the machine off when the tests end, in whatever way they do.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"
#include "util.h"

static void mount_file_systems(void)
{
	mkdir("/dev", 0755);
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, NULL);
	mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	mount("debugfs", "/sys/kernel/debug", "debugfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	/* Pages whose addresses devices know must stay where they are. */
	guest_write_text("/proc/sys/vm/compact_unevictable_allowed", "0");
}

/* To the console and, should that be a screen, to the kernel's log as well. */
static void say(const char *text)
{
	char line[256];

	snprintf(line, sizeof line, "<1>playthrough-guest: %s\n", text);
	guest_write_text("/dev/kmsg", line);
}

static pid_t start_tests(void)
{
	pid_t pid = fork();
	char text[160];

	if (pid != 0)
		return pid;
	/* Should process 1 die, the kernel panics; the tests need not outlive it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(text, sizeof text, "%s, switching off", guest_run());
	say(text);
	_exit(0);
}

static void wait_for_end(pid_t tests)
{
	char text[160];
	int status;

	for (;;) {
		pid_t pid = waitpid(-1, &status, 0);

		if (pid < 0 && errno != EINTR)
			break;
		if (pid != tests)
			continue;
		if (WIFSIGNALED(status)) {
			snprintf(text, sizeof text,
			        "the tests crashed by signal %d (%s); this is a fault of the test "
			        "guest, "
			        "please report it. Switching off",
			        WTERMSIG(status), strsignal(WTERMSIG(status)));
			say(text);
		}
		return;
	}
}

int main(void)
{
	pid_t tests;

	mount_file_systems();
	reboot(RB_DISABLE_CAD);
	tests = start_tests();
	if (tests < 0)
		say("no process for the tests could be made, switching off");
	else
		wait_for_end(tests);
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
