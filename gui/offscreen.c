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
#include "draw/damage.h"
#include "input/keys.h"
#include "offscreen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Of one turn, so that a reader that talks without end keeps nobody else from being heard. */
#define MESSAGES_MOST 64
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

struct offscreen {
	struct app app;
	struct input input;
	int listener, peer;
	sd_event_source *listening, *hearing;
	bool once;         /* the reader was handed over: after it there is no other */
	bool held;         /* by the reader: the shared pixels */
	bool fresh;        /* nothing of this buffer was shown yet */
	uint32_t *back;    /* drawn into */
	uint32_t *shared;  /* the same as the reader knows it */
	int width, height; /* of both; 0: there are none */
	int wanted_w, wanted_h;
	int x, y; /* the pointer */
	uint32_t serial;
};

/* --- the reader comes and goes --- */

static void forget_buffer(struct offscreen *o)
{
	if (o->shared)
		munmap(o->shared, (size_t)o->width * (size_t)o->height * sizeof(*o->shared));
	o->shared = NULL;
	free_ptr(&o->back);
	o->back = NULL;
	o->width = o->height = 0;
}

static void drop(struct offscreen *o, const struct err *why)
{
	if (why)
		log_error(why, "playthrough-gui");
	o->hearing = sd_event_source_disable_unref(o->hearing);
	close_fd(&o->peer);
	o->peer = -1;
	forget_buffer(o);
	o->held = false;
	o->wanted_w = o->wanted_h = 0;
	input_release_all(&o->input, app_now_ms());
	if (o->once)
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

static void take_key(struct offscreen *o, const struct screen_key *key)
{
	const struct input_event event = {.kind = key->down ? INPUT_PRESS : INPUT_RELEASE,
	        .action = action_of_key(key->key),
	        .device = INPUT_KEYBOARD};

	if (event.action != ACTION_NONE)
		feed(o, &event);
}

static void take_pointer(struct offscreen *o, const struct screen_pointer *pointer)
{
	struct input_event event = {.kind = INPUT_MOVE, .device = INPUT_POINTER};

	event.x = o->x = clamp(pointer->x, o->width - 1);
	event.y = o->y = clamp(pointer->y, o->height - 1);
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
	if (!o->held || serial != o->serial)
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
		take_key(o, &event->key);
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
		take_text(o, event->text.text);
		break;
	case SCREEN_LEFT:
		input_release_all(&o->input, app_now_ms());
		break;
	case SCREEN_BUFFER: /* refused before */
	case SCREEN_FRAME:
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
	if (welcome(o, peer, &err) < 0)
		drop(o, &err);
	return 0;
}

/* --- pictures --- */

static bool send_all(const struct offscreen *o, const void *data, size_t n, int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec vec = {.iov_base = (void *)(uintptr_t)data, .iov_len = n};
	struct msghdr message = {.msg_iov = &vec, .msg_iovlen = 1};

	if (fd >= 0) {
		struct cmsghdr *c;

		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
		c = CMSG_FIRSTHDR(&message);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	return sendmsg(o->peer, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)n;
}

/* Nobody can make it smaller under our pixels, nor draw into it but us. */
static int make_memory(struct offscreen *o, size_t bytes)
{
	cleanup_close int fd = memfd_create("playthrough-screen", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *at;

	if (fd < 0 || ftruncate(fd, (off_t)bytes) < 0)
		return -errno;
	at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return -errno;
	o->shared = at;
	/* Linux before 5.1 does not know the second of them. */
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) < 0)
		return -errno;
	fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE);
	return fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL) < 0 ? -errno : take_fd(fd);
}

static int make_buffer(struct offscreen *o, struct err *err)
{
	const struct screen_size message = {
	        {SCREEN_VERSION, SCREEN_BUFFER}, (uint32_t)o->wanted_w, (uint32_t)o->wanted_h};
	size_t pixels = (size_t)o->wanted_w * (size_t)o->wanted_h;
	cleanup_close int fd = -1;

	forget_buffer(o);
	o->width = o->wanted_w;
	o->height = o->wanted_h;
	o->fresh = true;
	fd = make_memory(o, pixels * sizeof(*o->shared));
	if (fd < 0)
		return err_errno(err, fd, _("memory for a picture of %dx%d"), o->width, o->height);
	o->back = xcalloc(pixels, sizeof(*o->back));
	if (!send_all(o, &message, sizeof(message), fd))
		return err_errno(err, -errno, _("the screen's socket"));
	return 0;
}

/* What is new in the back buffer goes to the reader; nothing: nothing is sent. */
static int hand_over(struct offscreen *o, struct err *err)
{
	struct screen_frame frame = {.head = {SCREEN_VERSION, SCREEN_FRAME}};
	struct rect rects[SCREEN_RECTS_MOST];
	size_t n = damage_copy(o->shared, o->back, o->width, o->height, rects, SCREEN_RECTS_MOST);

	if (o->fresh) {
		rects[0] = (struct rect){0, 0, o->width, o->height};
		n = 1;
	}
	if (n == 0)
		return 0;
	o->fresh = false;
	for (size_t i = 0; i < n; i++)
		frame.rects[i] = (struct screen_rect){(uint32_t)rects[i].x, (uint32_t)rects[i].y,
		        (uint32_t)rects[i].w, (uint32_t)rects[i].h};
	frame.n_rects = (uint32_t)n;
	frame.serial = ++o->serial;
	o->held = true;
	if (!send_all(o, &frame, screen_frame_size(frame.n_rects), -1))
		return err_errno(err, -errno, _("the screen's socket"));
	return 0;
}

static int show(struct offscreen *o, struct err *err)
{
	uint64_t begin_ms = app_now_ms();
	struct canvas canvas;
	int r = 0;

	if (o->width != o->wanted_w || o->height != o->wanted_h)
		r = make_buffer(o, err);
	if (r < 0)
		return r;
	canvas = canvas_of(o->back, o->width, o->height, o->width);
	shell_resize(&o->app.shell, o->width, o->height);
	o->app.shell.wall_s = time(NULL);
	shell_draw(&o->app.shell, &canvas, begin_ms);
	r = hand_over(o, err);
	app_drawn(&o->app, begin_ms);
	return r;
}

/* --- the loop --- */

static bool may_draw(const struct offscreen *o)
{
	return o->peer >= 0 && o->wanted_w > 0 && !o->held;
}

static bool is_due(const struct offscreen *o, uint64_t now_ms)
{
	return may_draw(o) && (o->width != o->wanted_w || o->height != o->wanted_h ||
	                              shell_due(&o->app.shell, now_ms));
}

static int turn(struct offscreen *o)
{
	uint64_t now_ms = app_now_ms();
	struct err err = {0};

	app_take_input(&o->app, &o->input, now_ms);
	if (o->app.quit)
		return 0;
	if (is_due(o, now_ms) && show(o, &err) < 0)
		drop(o, &err);
	if (o->app.quit)
		return 0;
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
	forget_buffer(&o);
	close_fd(&o.peer);
	close_fd(&o.listener);
	app_finish(&o.app);
	return r < 0 ? r : 0;
}
