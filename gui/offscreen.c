/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * No screen at all: pictures go into a buffer that another process shows, and what is done there comes back, as
 * bus/screen_wire.h says. SDL has no part in it but for text. One reader at a time; while there is none, or it has not given the
 * last picture back, nothing is drawn and nothing wakes up.
 */
#include "app_parts.h"
#include "base/i18n.h"
#include "base/log.h"
#include "bus/screen_wire.h"
#include "clipboard.h"
#include "input/keys.h"
#include "offscreen.h"
#include "shared.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Of one turn, so that a reader that talks without end keeps nobody else from being heard. */
#define MESSAGES_MOST 64

struct offscreen {
	struct app app;
	struct input input;
	struct clipboard_keys keys;
	int listener, peer;
	sd_event_source *listening, *hearing;
	bool once; /* the reader was handed over: after it there is no other */
	bool held; /* by the reader: the shared pixels */
	struct shared shared;
	int wanted_w, wanted_h; /* 0: it has not said anything yet */
	int x, y;               /* the pointer */
	sd_event_source
	        *idle; /* no reader has been there for a while; NULL: that does not matter */
};

/* --- the reader comes and goes --- */

static int on_idle(sd_event_source *source, uint64_t usec, void *user)
{
	struct offscreen *o = user;

	(void)source, (void)usec;
	o->app.quit = true;
	return 0;
}

/* Begins to wait for a reader. */
static int count_idle(struct offscreen *o)
{
	uint64_t us = o->app.options->exit_idle_s * 1000000ull;

	if (!us)
		return 0;
	if (!o->idle)
		return sd_event_add_time_relative(
		        o->app.event, &o->idle, CLOCK_MONOTONIC, us, 0, on_idle, o);
	sd_event_source_set_time_relative(o->idle, us);
	return sd_event_source_set_enabled(o->idle, SD_EVENT_ONESHOT);
}

static void drop(struct offscreen *o, const struct err *why)
{
	if (why)
		log_error(why, "playthrough-gui");
	o->hearing = sd_event_source_disable_unref(o->hearing);
	close_fd(&o->peer);
	o->peer = -1;
	shared_forget(&o->shared);
	o->held = false;
	o->wanted_w = o->wanted_h = 0;
	o->keys = (struct clipboard_keys){0};
	input_release_all(&o->input, app_now_ms());
	if (o->once || count_idle(o) < 0)
		o->app.quit = true;
	else
		sd_event_source_set_enabled(o->listening, SD_EVENT_ON);
}

static void feed(struct offscreen *o, const struct input_event *event)
{
	input_feed(&o->input, event, app_now_ms());
}

static int clamp(int value, int most)
{
	return value < 0 ? 0 : value > most ? most : value;
}

static void take_button(struct offscreen *o, const struct screen_button *button)
{
	struct input_event event = {.device = INPUT_POINTER, .x = o->x, .y = o->y};

	if (button->button == SCREEN_BUTTON_LEFT) {
		event.kind = button->down ? INPUT_DOWN : INPUT_UP;
	} else if (button->button == SCREEN_BUTTON_RIGHT) {
		event.kind = button->down ? INPUT_PRESS : INPUT_RELEASE;
		event.action = ACTION_BACK;
	} else {
		return;
	}
	feed(o, &event);
}

static void take_pointer(struct offscreen *o, const struct screen_pointer *pointer)
{
	struct input_event event = {.kind = INPUT_MOVE, .device = INPUT_POINTER};

	if (!o->shared.back) /* at nothing */
		return;
	event.x = o->x = clamp(pointer->x, o->shared.width - 1);
	event.y = o->y = clamp(pointer->y, o->shared.height - 1);
	feed(o, &event);
}

static void take_text(struct offscreen *o, const char *text)
{
	struct input_event event = {.kind = INPUT_TEXT, .device = INPUT_KEYBOARD};

	snprintf(event.text, sizeof(event.text), "%s", text);
	feed(o, &event);
}

/* What was not lent cannot be given back. */
static int take_done(struct offscreen *o, uint32_t serial, struct err *err)
{
	if (!o->held || serial != o->shared.serial)
		return err_set(err, -EPROTO,
		        _("the other end of the screen's socket sent nonsense: %s"), "serial");
	o->held = false;
	return 0;
}

static int take(struct offscreen *o, const union screen_event *event, struct err *err)
{
	switch ((enum screen_kind)event->head.kind) {
	case SCREEN_RESIZE:
		o->wanted_w = (int)event->size.width;
		o->wanted_h = (int)event->size.height;
		break;
	case SCREEN_DONE:
		return take_done(o, event->done.serial, err);
	case SCREEN_KEY:
		if (!clipboard_key(&o->keys, &o->app.shell, event->key.key, event->key.down))
			keys_feed(&o->input, event->key.key, event->key.down,
			        shell_wants_text(&o->app.shell), app_now_ms());
		break;
	case SCREEN_POINTER:
		take_pointer(o, &event->pointer);
		break;
	case SCREEN_BUTTON:
		take_button(o, &event->button);
		break;
	case SCREEN_WHEEL:
		feed(o, &(struct input_event){.kind = INPUT_WHEEL,
		                .device = INPUT_POINTER,
		                .y = event->wheel.steps});
		break;
	case SCREEN_TEXT:
		if (shell_wants_text(&o->app.shell))
			take_text(o, event->text.text);
		break;
	case SCREEN_PASTED:
		clipboard_paste(&o->app.shell, event->clipboard.text);
		break;
	case SCREEN_LEFT:
		o->keys = (struct clipboard_keys){0};
		input_release_all(&o->input, app_now_ms());
		break;
	case SCREEN_BUFFER: /* refused before */
	case SCREEN_FRAME:
	case SCREEN_COPIED:
	case SCREEN_PASTE:
		break;
	}
	return 0;
}

/* Returns 1 when there is nothing more to hear for now. */
static int hear_one(struct offscreen *o, struct err *err)
{
	char packet[sizeof(union screen_event) + 1];
	union screen_event event;
	/* Without room for descriptors none is ever taken. A packet that is too long is told its true length. */
	ssize_t n = recv(o->peer, packet, sizeof(packet), MSG_DONTWAIT | MSG_TRUNC);
	int r;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 1 : -errno;
	if (n == 0)
		return -ECONNRESET;
	if ((size_t)n > sizeof(packet))
		n = sizeof(packet);
	r = screen_event_read(packet, (size_t)n, &event, err);
	return r < 0 ? r : take(o, &event, err);
}

static int on_peer(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct offscreen *o = user;
	struct err err = {0};
	int r = 0;

	(void)source, (void)fd, (void)events;
	for (int i = 0; i < MESSAGES_MOST && r == 0; i++)
		r = hear_one(o, &err);
	if (r < 0)
		drop(o, err.number ? &err : NULL);
	return 0;
}

static int welcome(struct offscreen *o, int fd, struct err *err)
{
	int r;

	o->peer = fd;
	r = sd_event_add_io(o->app.event, &o->hearing, fd, EPOLLIN, on_peer, o);
	return r < 0 ? err_errno(err, r, "sd-event") : 0;
}

static int on_listener(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct offscreen *o = user;
	struct err err = {0};
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (peer < 0)
		return 0;
	/* The next one waits at the door. */
	sd_event_source_set_enabled(source, SD_EVENT_OFF);
	if (o->idle)
		sd_event_source_set_enabled(o->idle, SD_EVENT_OFF);
	if (welcome(o, peer, &err) < 0)
		drop(o, &err);
	return 0;
}

/* --- the clipboard, which the reader has --- */

static int say(struct offscreen *o, const void *packet, size_t n, struct err *err)
{
	if (o->peer < 0 || send(o->peer, packet, n, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)n)
		return 0;
	return err_errno(err, -errno, "send");
}

static int copy(struct offscreen *o, const char *text, struct err *err)
{
	struct screen_clipboard copied = {{SCREEN_VERSION, SCREEN_COPIED}, ""};
	size_t n = strlen(text);

	if (n > SCREEN_COPY_MOST)
		return 0;
	memcpy(copied.text, text, n);
	return say(o, &copied, offsetof(struct screen_clipboard, text) + n, err);
}

static int follow_clipboard(struct offscreen *o, struct err *err)
{
	const struct screen_head paste = {SCREEN_VERSION, SCREEN_PASTE};
	cleanup_free char *copied = clipboard_copied(&o->app.shell);
	int r = copied ? copy(o, copied, err) : 0;

	if (r == 0 && clipboard_is_wanted(&o->app.shell))
		r = say(o, &paste, sizeof(paste), err);
	return r;
}

/* --- pictures --- */

static bool has_other_size(const struct offscreen *o)
{
	return o->shared.width != o->wanted_w || o->shared.height != o->wanted_h;
}

static int show(struct offscreen *o, struct err *err)
{
	uint64_t begin_ms = app_now_ms();
	struct canvas canvas;
	int r = 0;

	if (has_other_size(o))
		r = shared_make(&o->shared, o->wanted_w, o->wanted_h, o->peer, err);
	if (r < 0)
		return r;
	canvas = canvas_of(o->shared.back, o->shared.width, o->shared.height, o->shared.width);
	shell_resize(&o->app.shell, o->shared.width, o->shared.height);
	o->app.shell.wall_s = time(NULL);
	shell_draw(&o->app.shell, &canvas, begin_ms);
	r = shared_hand_over(&o->shared, o->peer, err);
	o->held = r > 0;
	app_drawn(&o->app, begin_ms);
	return r < 0 ? r : 0;
}

/* --- the loop --- */

static bool may_draw(const struct offscreen *o)
{
	return o->peer >= 0 && o->wanted_w > 0 && !o->held;
}

static bool is_due(const struct offscreen *o, uint64_t now_ms)
{
	return may_draw(o) && (has_other_size(o) || shell_due(&o->app.shell, now_ms));
}

static int turn(struct offscreen *o)
{
	uint64_t now_ms = app_now_ms();
	struct err err = {0};

	app_take_input(&o->app, &o->input, now_ms);
	if (o->app.quit)
		return 0;
	if (follow_clipboard(o, &err) < 0 || (is_due(o, now_ms) && show(o, &err) < 0))
		drop(o, &err);
	if (o->app.quit)
		return 0;
	glance_follow(o->app.glance, o->peer >= 0);
	return app_sleep(&o->app, &o->input, may_draw(o));
}

static int begin(struct offscreen *o, const char *where, struct err *err)
{
	bool listens;
	int fd = offscreen_socket(where, &listens, err), r;

	if (fd < 0)
		return fd;
	o->once = !listens;
	if (!listens)
		return welcome(o, fd, err);
	o->listener = fd;
	r = sd_event_add_io(o->app.event, &o->listening, fd, EPOLLIN, on_listener, o);
	r = r < 0 ? r : count_idle(o);
	return r < 0 ? err_errno(err, r, "sd-event") : 0;
}

int app_offscreen(const struct app_options *options, struct err *err)
{
	struct offscreen o = {.listener = -1, .peer = -1};
	int r = app_init(&o.app, options, err);

	if (r >= 0)
		r = app_catch_signals(&o.app, err);
	if (r >= 0)
		r = begin(&o, options->offscreen, err);
	while (r >= 0 && !o.app.quit)
		r = turn(&o);
	if (r < 0 && !err->number)
		err_errno(err, r, "sd-event");
	sd_event_source_disable_unref(o.hearing);
	sd_event_source_disable_unref(o.listening);
	sd_event_source_disable_unref(o.idle);
	shared_forget(&o.shared);
	close_fd(&o.peer);
	close_fd(&o.listener);
	app_finish(&o.app);
	return r < 0 ? r : 0;
}
