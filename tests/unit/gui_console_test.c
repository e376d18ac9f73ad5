/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtual terminal, played: what the kernel is asked for, in which order, when somebody switches away and back. */
#include "base/util.h"
#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kd.h>
#include <linux/vt.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include <cmocka.h>

#define DRM 77
#define OWN 3 /* the terminal this is on */

static struct {
	int device; /* of the terminal */
	int active; /* the one that is looked at */
	char log[1024];
	int told; /* file descriptor that the log goes to as well; 0: none */
} kernel;

int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_open64(const char *path, int flags, ...);
int __real_open64(const char *path, int flags, ...);

int __wrap_open64(const char *path, int flags, ...)
{
	return __real_open64(streq(path, "/dev/tty") ? "/dev/null" : path, flags);
}

static void note(const char *what)
{
	strncat(kernel.log, what, sizeof(kernel.log) - strlen(kernel.log) - 1);
	if (kernel.told && write(kernel.told, what, strlen(what)) < 0)
		abort();
}

static void set_mode(const struct vt_mode *mode)
{
	if (mode->mode == VT_AUTO)
		note("auto ");
	else
		note(mode->relsig == SIGUSR1 && mode->acqsig == SIGUSR2 ? "process " : "wrong ");
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *p;

	va_start(ap, request);
	p = va_arg(ap, void *);
	va_end(ap);
	if (fd == DRM)
		note(request == _IO('d', 0x1e) ? "master " : "no-master ");
	else if (request == TIOCGDEV)
		*(unsigned *)p = (unsigned)kernel.device;
	else if (request == VT_GETSTATE)
		*(struct vt_stat *)p = (struct vt_stat){.v_active = (unsigned short)kernel.active};
	else if (request == KDGETMODE)
		*(int *)p = KD_TEXT;
	else if (request == VT_SETMODE)
		set_mode(p);
	else if (request == KDSETMODE)
		note((intptr_t)p == KD_GRAPHICS ? "graphics " : "text ");
	else if (request == KDSKBMODE)
		note((intptr_t)p == K_UNICODE ? "unicode " : "other ");
	else if (request == VT_RELDISP)
		note((intptr_t)p == VT_ACKACQ ? "taken " : "released ");
	else if (request == VT_ACTIVATE)
		note((intptr_t)p == 2 ? "to-2 " : "to-other ");
	return 0;
}

struct bed {
	sd_event *event;
	struct console *console;
};

static void on_changed(void *user, bool shown)
{
	(void)user;
	note(shown ? "shown " : "hidden ");
}

static void begin(struct bed *bed, int device, int active)
{
	memset(&kernel, 0, sizeof(kernel));
	kernel.device = device;
	kernel.active = active;
	assert_true(sd_event_new(&bed->event) >= 0);
	bed->console = console_create(bed->event, DRM, on_changed, NULL);
}

static void assert_said(const char *wanted)
{
	assert_string_equal(kernel.log, wanted);
	kernel.log[0] = '\0';
}

static void signal_and_wait(struct bed *bed, int number)
{
	raise(number);
	assert_true(sd_event_run(bed->event, 1000000) > 0);
}

static void finish(struct bed *bed)
{
	console_destroy(bed->console);
	sd_event_unref(bed->event);
}

static void the_screen_is_given_and_taken_back(void **state)
{
	struct bed bed;

	(void)state;
	begin(&bed, (int)makedev(4, OWN), OWN);
	assert_said("process graphics ");
	assert_true(console_shown(bed.console));
	console_switch(bed.console, 2);
	assert_said("to-2 ");
	signal_and_wait(&bed, SIGUSR1);
	assert_said("hidden no-master released ");
	assert_false(console_shown(bed.console));
	signal_and_wait(&bed, SIGUSR2);
	assert_said("taken master shown ");
	assert_true(console_shown(bed.console));
	finish(&bed);
	assert_said("auto text ");
}

static void a_terminal_nobody_looks_at_waits(void **state)
{
	struct bed bed;

	(void)state;
	begin(&bed, (int)makedev(4, OWN), 1);
	assert_false(console_shown(bed.console));
	assert_said("process graphics no-master ");
	signal_and_wait(&bed, SIGUSR2);
	assert_said("taken master shown ");
	finish(&bed);
}

static void what_is_no_terminal_of_the_screen_is_left_alone(void **state)
{
	/* A pseudo terminal, a serial line, the folder of all. */
	const int devices[] = {(int)makedev(136, 1), (int)makedev(4, 64), (int)makedev(4, 0), 0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		struct bed bed;

		begin(&bed, devices[i], OWN);
		assert_null(bed.console);
		assert_true(console_shown(bed.console));
		console_switch(bed.console, 2);
		assert_said("");
		finish(&bed);
	}
}

/* A crash leaves a keyboard that types and a screen that shows text. */
static void a_crash_leaves_a_console(void **state)
{
	char told[256] = "";
	int ends[2], status;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		const struct rlimit none = {0};
		struct bed bed;

		setrlimit(RLIMIT_CORE, &none);
		begin(&bed, (int)makedev(4, OWN), OWN);
		kernel.told = ends[1];
		abort();
	}
	close(ends[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_true(read(ends[0], told, sizeof(told) - 1) > 0);
	assert_string_equal(told, "unicode text ");
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_screen_is_given_and_taken_back),
	        cmocka_unit_test(a_terminal_nobody_looks_at_waits),
	        cmocka_unit_test(what_is_no_terminal_of_the_screen_is_left_alone),
	        cmocka_unit_test(a_crash_leaves_a_console),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
