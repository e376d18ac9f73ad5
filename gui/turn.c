/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the loops of the window and of the shared buffer have in common: input, sleep, and the trace. */
#include "app_parts.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

uint64_t app_now_ms(void)
{
	return monotonic_us() / 1000;
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *user)
{
	struct app *app = user;

	(void)source, (void)info;
	app->quit = true;
	return 0;
}

int app_catch_signals(struct app *app, struct err *err)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	sigset_t set;
	int r = 0;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(signals) && r >= 0; i++)
		r = sd_event_add_signal(app->event, NULL, signals[i], on_signal, app);
	return r < 0 ? err_errno(err, r, "sd-event") : 0;
}

void app_take_input(struct app *app, struct input *input, uint64_t now_ms)
{
	struct input_event event;

	input_tick(input, now_ms);
	while (input_next(input, &event) && !app->quit)
		shell_event(&app->shell, &event, now_ms);
}

static uint64_t time_to_sleep_us(const struct app *app, const struct input *input, bool draws)
{
	uint64_t until = input_deadline(input), now = app_now_ms();
	uint64_t deadline = draws ? shell_deadline(&app->shell) : UINT64_MAX;

	if (deadline < until)
		until = deadline;
	if (until == UINT64_MAX)
		return UINT64_MAX;
	return until > now ? (until - now) * 1000 : 0;
}

int app_sleep(struct app *app, const struct input *input, bool draws)
{
	int r = sd_event_run(app->event, time_to_sleep_us(app, input, draws));

	app->wakes++;
	if (app->options->trace)
		fprintf(stderr, "wake %u\n", app->wakes);
	return r;
}

void app_stamp(const struct app *app, const char *what)
{
	uint64_t now_ms = app_now_ms();

	if (app->options->trace)
		fprintf(stderr, "stamp %s: at %llu.%03u\n", what,
		        (unsigned long long)(now_ms / 1000), (unsigned)(now_ms % 1000));
}

void app_drawn(struct app *app, uint64_t begin_ms)
{
	static const char *const links[] = {"awaited", "there", "away"};
	uint64_t now_ms = app_now_ms();

	art_next(app->art);
	app->frames++;
	if (!app->options->trace)
		return;
	fprintf(stderr, "frame %u: screen %s, focus %s, daemon %s, %u ms, at %llu.%03u\n",
	        app->frames, screen_names[shell_screen(&app->shell)], ui_focus(&app->shell.ui),
	        links[app->model.link], (unsigned)(now_ms - begin_ms),
	        (unsigned long long)(now_ms / 1000), (unsigned)(now_ms % 1000));
}
