/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/console.h"

#include "base/log.h"
#include "console/access.h"
#include "console/agent.h"
#include "console/card.h"
#include "console/front.h"
#include "console/front_run.h"
#include "console/input.h"
#include "console/link.h"
#include "console/qemu.h"
#include "console/screen.h"
#include "console/vms.h"

#include <time.h>

#define SIDE_LEAST 320u
#define AGAIN_US   1000000u /* a VM's display is gone, and no word that the VM has ended */

struct console {
	sd_event *event;
	SpiceServer *server;
	struct access *access;
	const struct paths *paths;
	struct screen *screen;
	struct input *input;
	char *link_path;
	struct link *link;
	bool daemon; /* is there, and has told everything */
	struct console_vms vms;
	char *wanted;
	bool wants_front;
	struct source_handler handler;
	struct source *card, *front, *shown;
	struct front_run *front_run;
	sd_event_source *later, *again;
	uint32_t width, height; /* of the viewer's window, when it last told */
	struct agent *agent;
	bool stopped;
};

static void present(struct console *c);

/* --- what is seen --- */

static int on_later(sd_event_source *source, uint64_t usec, void *user)
{
	(void)source, (void)usec;
	present(user);
	return 0;
}

static void wait_a_moment(struct console *c)
{
	sd_event_source_set_time_relative(c->later, CONSOLE_PATIENCE_US);
	sd_event_source_set_enabled(c->later, SD_EVENT_ONESHOT);
}

static void fill_card(struct console *c)
{
	cleanup_free char *heading = NULL, *text = NULL;

	console_words(&c->vms, c->daemon, c->paths->session, &heading, &text);
	card_say(c->card, c->width, c->height, heading, text);
}

static void switch_to(struct console *c, struct source *source)
{
	bool film = console_vms_of(&c->vms, source) != NULL;

	if (c->shown && c->shown->ops->show)
		c->shown->ops->show(c->shown, false);
	c->shown = source;
	input_show(c->input, source);
	/* Letters stay sharp where they are ours; a guest may show films. */
	spice_server_set_streaming_video(
	        c->server, film ? SPICE_STREAM_VIDEO_FILTER : SPICE_STREAM_VIDEO_OFF);
	screen_cursor(c->screen, source->cursor.pixels ? &source->cursor : NULL);
	if (source->ops->show)
		source->ops->show(source, true);
	screen_show(c->screen, &source->picture);
}

static void present(struct console *c)
{
	struct console_choice choice = {.wanted = c->wanted,
	        .wants_front = c->wants_front,
	        .front = c->front,
	        .card = c->card};
	struct source *source;

	if (c->stopped)
		return;
	sd_event_now(c->event, CLOCK_MONOTONIC, &choice.now_us);
	source = console_choose(&c->vms, &choice);
	if (!source) {
		wait_a_moment(c);
		return;
	}
	if (source == c->card)
		fill_card(c);
	if (source != c->shown)
		switch_to(c, source);
}

/* Its memory is about to go: what a viewer has stays, and nothing reads it any more. */
static void let_go(struct console *c, struct source *source)
{
	if (!source)
		return;
	if (c->shown == source) {
		input_show(c->input, NULL);
		screen_show(c->screen, &(struct picture){0});
		c->shown = NULL;
	}
	source->ops->destroy(source);
}

/* --- from the sources --- */

static void on_picture(void *user, struct source *source)
{
	struct console *c = user;

	if (source == c->shown)
		screen_show(c->screen, &source->picture);
	if (source != c->card)
		present(c);
}

static void on_damage(void *user, struct source *source, const struct rect *rect)
{
	struct console *c = user;

	if (source == c->shown)
		screen_damage(c->screen, rect);
}

static void on_cursor(void *user, struct source *source)
{
	struct console *c = user;

	if (source == c->shown)
		screen_cursor(c->screen, &source->cursor);
}

static void on_leds(void *user, struct source *source)
{
	struct console *c = user;

	if (source == c->shown)
		input_leds_changed(c->input);
}

static int on_again(sd_event_source *source, uint64_t usec, void *user)
{
	struct console *c = user;

	(void)source, (void)usec;
	for (const struct console_vm *vm = c->vms.list; vm; vm = vm->next) {
		if (vm->state == CONSOLE_VM_RUNNING && vm->display && !vm->source) {
			link_again(c->link);
			break;
		}
	}
	return 0;
}

static void on_gone(void *user, struct source *source)
{
	struct console *c = user;
	struct console_vm *vm = console_vms_of(&c->vms, source);

	if (vm) {
		vm->source = NULL;
		sd_event_source_set_time_relative(c->again, AGAIN_US);
		sd_event_source_set_enabled(c->again, SD_EVENT_ONESHOT);
	}
	if (source == c->front) {
		c->front = NULL;
		front_run_ended(c->front_run);
	}
	let_go(c, source);
	present(c);
}

static void on_taken(void *user)
{
	struct console *c = user;

	if (c->shown && c->shown->ops->taken)
		c->shown->ops->taken(c->shown);
}

static void on_resizing(void *user, bool begins)
{
	struct console *c = user;

	access_pause(c->access, begins);
}

static uint32_t within(uint32_t value, uint32_t most)
{
	return value < SIDE_LEAST ? SIDE_LEAST : value > most ? most : value;
}

static void on_viewer_size(void *user, uint32_t width, uint32_t height)
{
	struct console *c = user;

	width = within(width, PICTURE_WIDTH_MOST);
	height = within(height, PICTURE_HEIGHT_MOST);
	if (width == c->width && height == c->height)
		return;
	c->width = width;
	c->height = height;
	if (c->front)
		c->front->ops->resize(c->front, width, height);
	if (c->shown && c->shown != c->front && c->shown->ops->resize)
		c->shown->ops->resize(c->shown, width, height);
	present(c);
}

/* --- from the front end's runner --- */

static void on_front(void *user, int fd)
{
	struct console *c = user;
	struct err err;

	c->front = front_create(c->event, fd, c->width, c->height, &c->handler, &err);
	if (!c->front)
		log_error(&err, "front end");
}

/* --- from the daemon --- */

static void want(struct console *c, const char *name)
{
	free(c->wanted);
	c->wanted = name && name[0] ? xstrdup(name) : NULL;
	c->wants_front = name && !name[0];
}

static void on_vm(struct console *c, const struct console_message *m, int fd)
{
	struct console_vm *known = console_vms_find(&c->vms, m->vm);
	bool begins = !known || known->state == CONSOLE_VM_STOPPED;
	struct source *old;
	struct console_vm *vm = console_vms_tell(&c->vms, m, &old);
	struct err err;

	let_go(c, old);
	if (begins && c->daemon && m->state != CONSOLE_VM_STOPPED)
		want(c, NULL); /* what was begun last is what a person wants to see */
	if (fd < 0)
		return;
	vm->source = qemu_create(c->event, fd, &c->handler, &err);
	if (!vm->source)
		log_error(&err, "VM %s", vm->name);
	sd_event_now(c->event, CLOCK_MONOTONIC, &vm->since_us);
}

static void on_begun(struct console *c)
{
	struct console_vm *vm;

	c->daemon = true;
	while ((vm = console_vms_take_stale(&c->vms)) != NULL) {
		let_go(c, vm->source);
		console_vm_free(vm);
	}
}

static void on_message(void *user, const struct console_message *m, int fd)
{
	struct console *c = user;

	switch ((enum console_kind)m->kind) {
	case CONSOLE_VM:
		on_vm(c, m, fd);
		break;
	case CONSOLE_SHOW:
		want(c, m->vm);
		break;
	case CONSOLE_BEGUN:
		on_begun(c);
		break;
	}
	present(c);
}

/* Games go on without the daemon, and so do their pictures. */
static void on_lost(void *user)
{
	struct console *c = user;

	c->daemon = false;
	console_vms_set_stale(&c->vms);
	present(c);
}

/* --- life --- */

static int make_timers(struct console *c, struct err *err)
{
	int r = sd_event_add_time(c->event, &c->later, CLOCK_MONOTONIC, UINT64_MAX, 0, on_later, c);

	if (r >= 0)
		r = sd_event_add_time(
		        c->event, &c->again, CLOCK_MONOTONIC, UINT64_MAX, 0, on_again, c);
	if (r < 0)
		return err_errno(err, r, "sd-event");
	sd_event_source_set_enabled(c->later, SD_EVENT_OFF);
	sd_event_source_set_enabled(c->again, SD_EVENT_OFF);
	return 0;
}

/* To the front end, or from it to whichever game is there. */
static void on_switched(void *user)
{
	struct console *c = user;

	want(c, c->shown && c->shown == c->front ? NULL : "");
	present(c);
}

static int make_parts(struct console *c, struct err *err)
{
	const struct link_handler link = {on_message, on_lost, c};
	const struct screen_handler screen = {on_taken, on_resizing, on_viewer_size, c};

	c->input = input_create(c->server, on_switched, c, err);
	if (!c->input)
		return err->number;
	c->screen = screen_create(c->event, c->server, CARD_WIDTH, CARD_HEIGHT, &screen, err);
	if (!c->screen)
		return err->number;
	c->agent = agent_create(c->server, err);
	if (!c->agent)
		return err->number;
	c->card = card_create(&c->handler);
	return link_create(c->event, c->link_path, &link, &c->link, err);
}

struct console *console_create(sd_event *event, SpiceServer *server, struct access *access,
        const struct paths *paths, bool front, struct err *err)
{
	struct console *c = xcalloc(1, sizeof(*c));
	int r;

	*c = (struct console){.event = event,
	        .server = server,
	        .access = access,
	        .paths = paths,
	        .width = CARD_WIDTH,
	        .height = CARD_HEIGHT};
	c->handler = (struct source_handler){on_picture, on_damage, on_cursor, on_leds, on_gone, c};
	c->link_path = xasprintf("%s/" CONSOLE_LINK, paths->run_dir);
	r = make_timers(c, err);
	r = r < 0 ? r : make_parts(c, err);
	if (r < 0) {
		console_stop(c);
		console_destroy(c);
		return NULL;
	}
	if (front)
		c->front_run = front_run_create(event, paths, on_front, c);
	present(c);
	return c;
}

void console_stop(struct console *c)
{
	struct console_vm *vm;

	c->stopped = true;
	link_destroy(take_ptr(c->link));
	front_run_destroy(take_ptr(c->front_run));
	c->later = sd_event_source_disable_unref(c->later);
	c->again = sd_event_source_disable_unref(c->again);
	console_vms_set_stale(&c->vms);
	while ((vm = console_vms_take_stale(&c->vms)) != NULL) {
		let_go(c, vm->source);
		console_vm_free(vm);
	}
	let_go(c, take_ptr(c->front));
	let_go(c, take_ptr(c->card));
}

void console_destroy(struct console *c)
{
	if (!c)
		return;
	agent_destroy(c->agent);
	input_destroy(c->input);
	screen_destroy(c->screen);
	free(c->link_path);
	free(c->wanted);
	free(c);
}
