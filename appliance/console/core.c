/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/core.h"

#include "base/util.h"

#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <time.h>

struct SpiceTimer {
	SpiceTimerFunc func;
	void *opaque;
	sd_event_source *source;
};

struct SpiceWatch {
	SpiceWatchFunc func;
	void *opaque;
	int fd, mask;
	bool removed;
	sd_event_source *source;
};

static sd_event *loop(void)
{
	sd_event *event = NULL;

	if (sd_event_default(&event) < 0)
		abort();
	sd_event_unref(event); /* the main holds it */
	return event;
}

/* --- timers --- */

static int on_time(sd_event_source *source, uint64_t usec, void *user)
{
	SpiceTimer *timer = user;

	(void)source, (void)usec;
	timer->func(timer->opaque); /* may remove it */
	return 0;
}

static SpiceTimer *timer_add(SpiceTimerFunc func, void *opaque)
{
	SpiceTimer *timer = xcalloc(1, sizeof(*timer));

	*timer = (SpiceTimer){.func = func, .opaque = opaque};
	if (sd_event_add_time(loop(), &timer->source, CLOCK_MONOTONIC, 0, 1000, on_time, timer) < 0)
		abort();
	sd_event_source_set_enabled(timer->source, SD_EVENT_OFF);
	return timer;
}

static void timer_start(SpiceTimer *timer, uint32_t ms)
{
	sd_event_source_set_time_relative(timer->source, (uint64_t)ms * 1000);
	sd_event_source_set_enabled(timer->source, SD_EVENT_ONESHOT);
}

static void timer_cancel(SpiceTimer *timer)
{
	sd_event_source_set_enabled(timer->source, SD_EVENT_OFF);
}

static void timer_remove(SpiceTimer *timer)
{
	sd_event_source_disable_unref(timer->source);
	free(timer);
}

/* --- watches --- */

static int on_io(sd_event_source *source, int fd, uint32_t events, void *user)
{
	SpiceWatch *watch = user;

	(void)source;
	/* An end that is gone is noticed by reading. */
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR) && !watch->removed)
		watch->func(fd, SPICE_WATCH_EVENT_READ, watch->opaque);
	if (events & EPOLLOUT && !watch->removed && watch->mask & SPICE_WATCH_EVENT_WRITE)
		watch->func(fd, SPICE_WATCH_EVENT_WRITE, watch->opaque);
	return 0;
}

static uint32_t epoll_mask(int mask)
{
	return (mask & SPICE_WATCH_EVENT_READ ? EPOLLIN : 0u) |
	       (mask & SPICE_WATCH_EVENT_WRITE ? EPOLLOUT : 0u);
}

/* epoll tells of HUP and ERR whatever is asked: who wants nothing is not to be woken without end. */
static void watch_update_mask(SpiceWatch *watch, int mask)
{
	watch->mask = mask;
	sd_event_source_set_io_events(watch->source, epoll_mask(mask));
	sd_event_source_set_enabled(watch->source, mask ? SD_EVENT_ON : SD_EVENT_OFF);
}

static SpiceWatch *watch_add(int fd, int mask, SpiceWatchFunc func, void *opaque)
{
	SpiceWatch *watch = xcalloc(1, sizeof(*watch));

	*watch = (SpiceWatch){.func = func, .opaque = opaque, .fd = fd};
	if (sd_event_add_io(loop(), &watch->source, fd, epoll_mask(mask), on_io, watch) < 0)
		abort();
	/* It may be removed from within its own call, which then still looks at it. */
	sd_event_source_set_destroy_callback(watch->source, free);
	watch_update_mask(watch, mask);
	return watch;
}

static void watch_remove(SpiceWatch *watch)
{
	watch->removed = true;
	sd_event_source_disable_unref(watch->source);
}

/* libspice gives no pointer of the caller's with it: the only variable here. */
static struct {
	core_channel_event *call;
	void *user;
} listeners[4];

static void channel_event(int event, SpiceChannelEventInfo *info)
{
	for (size_t i = 0; i < ARRAY_SIZE(listeners); i++) {
		if (listeners[i].call)
			listeners[i].call(listeners[i].user, event, info);
	}
}

static void replace_listener(
        core_channel_event *call, void *user, core_channel_event *by, void *by_user)
{
	for (size_t i = 0; i < ARRAY_SIZE(listeners); i++) {
		if (listeners[i].call != call || listeners[i].user != user)
			continue;
		listeners[i].call = by;
		listeners[i].user = by_user;
		return;
	}
	abort();
}

void core_listen(core_channel_event *call, void *user)
{
	replace_listener(NULL, NULL, call, user);
}

void core_listen_no_more(core_channel_event *call, void *user)
{
	replace_listener(call, user, NULL, NULL);
}

SpiceCoreInterface core_interface = {
        .base = {SPICE_INTERFACE_CORE, "playthrough", SPICE_INTERFACE_CORE_MAJOR,
                SPICE_INTERFACE_CORE_MINOR},
        .timer_add = timer_add,
        .timer_start = timer_start,
        .timer_cancel = timer_cancel,
        .timer_remove = timer_remove,
        .watch_add = watch_add,
        .watch_update_mask = watch_update_mask,
        .watch_remove = watch_remove,
        .channel_event = channel_event,
};
