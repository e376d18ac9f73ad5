/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each of the signals that end a service ends its loop in order, also one that came before the loop. */
#include "bus/loop.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int run(int number)
{
	sd_event *event = NULL;
	struct err err = {0};
	int r;

	if (sd_event_new(&event) < 0 || loop_ends_by_signals(event, &err) < 0)
		return 1;
	raise(SIGPIPE);
	raise(number);
	r = sd_event_loop(event);
	sd_event_unref(event);
	return r == 0 ? 0 : 2;
}

static void each_signal_ends_it(void **state)
{
	static const int signals[] = {SIGTERM, SIGINT};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		pid_t pid = fork();
		int status;

		if (pid == 0)
			_exit(run(signals[i]));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(each_signal_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
