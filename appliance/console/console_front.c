/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When the console's own front end runs: always, or only once there is a viewer to see it. */
#include "console/console_impl.h"

#include "base/log.h"
#include "console/front.h"
#include "console/idle.h"

#include <time.h>

#define LOOK_US 500000u /* for a viewer */

static void on_front(void *user, int fd)
{
	struct console *c = user;
	struct err err;

	c->front = front_create(c->event, fd, c->width, c->height, &c->handler, &err);
	if (!c->front)
		log_error(&err, "front end");
}

static void run(struct console *c)
{
	c->front_run = front_run_create(c->event, c->paths, on_front, c);
}

static int on_look(sd_event_source *source, uint64_t usec, void *user)
{
	struct console *c = user;

	(void)usec;
	if (idle_has_viewer(c->server)) {
		run(c);
		return 0;
	}
	sd_event_source_set_time_relative(source, LOOK_US);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

void console_front_start(struct console *c, enum console_front front)
{
	switch (front) {
	case CONSOLE_FRONT_NONE:
		break;
	case CONSOLE_FRONT_LATE:
		if (sd_event_add_time_relative(
		            c->event, &c->look, CLOCK_MONOTONIC, LOOK_US, 0, on_look, c) >= 0)
			break;
		run(c);
		break;
	case CONSOLE_FRONT_NOW:
		run(c);
		break;
	}
}
