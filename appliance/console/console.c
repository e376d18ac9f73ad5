/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/console_impl.h"

#include "base/i18n.h"
#include "base/log.h"
#include "console/access.h"
#include "console/card.h"
#include "console/network.h"
#include "console/ports.h"

#include <time.h>

#define SIDE_LEAST 320u
#define AGAIN_US   1000000u /* a VM's display is gone, and no word that the VM has ended */

/* --- what is seen --- */

static int on_later(sd_event_source *source, uint64_t usec, void *user)
{
	(void)source, (void)usec;
	console_present(user);
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
	if (c->notice) {
		free(heading);
		heading = xstrdup(_("It is your turn"));
		free(text);
		text = xstrdup(c->notice);
	}
	card_say(c->card, c->width, c->height, heading, text);
}

/*
 * Who answers viewers as an agent: the one in the guest that is seen, where one listens, else the built-in one. Nobody
 * sees a clipboard but the front end and guests that may.
 */
static void choose_agent(struct console *c)
{
	struct ports *ports = c->shown ? c->shown->ports : NULL;
	bool guest = ports_have_agent(ports), front = c->shown && c->shown == c->front;
	struct err err;

	if (c->agent_of && (c->agent_of != ports || !guest))
		ports_give_agent(take_ptr(c->agent_of), NULL);
	spice_server_set_agent_copypaste(c->server, guest ? ports_share_clipboard(ports) : front);
	screen_take_sizes(c->screen, !guest || !c->shown->no_size);
	if (guest) {
		agent_detach(c->agent);
		if (c->agent_of != ports)
			ports_give_agent(ports, c->server);
		c->agent_of = ports;
	} else if (!agent_is_attached(c->agent, front) && agent_attach(c->agent, front, &err) < 0) {
		log_error(&err, "console");
	}
}

/* What is plugged in stays while one looks at the front end, until another VM is seen. */
static void choose_usb(struct console *c)
{
	struct ports *ports = c->shown ? c->shown->ports : NULL;

	if (!ports || ports == c->usb_of)
		return;
	if (c->usb_of)
		ports_give_usb(c->usb_of, NULL);
	ports_give_usb(ports, c->server);
	c->usb_of = ports;
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
	/* It may not have been there, or not seen, when the viewer told. */
	if (c->told_size && source->ops->resize)
		source->ops->resize(source, c->width, c->height);
	choose_agent(c);
	choose_usb(c);
}

void console_present(struct console *c)
{
	struct console_choice choice = {.wanted = c->wanted,
	        .wants_front = c->wants_front,
	        .front = c->front,
	        .card = c->card};
	struct source *source;

	if (c->stopped)
		return;
	sd_event_now(c->event, CLOCK_MONOTONIC, &choice.now_us);
	source = c->notice ? c->card : console_choose(&c->vms, &choice);
	if (!source) {
		wait_a_moment(c);
		return;
	}
	if (source == c->card)
		fill_card(c);
	if (source != c->shown)
		switch_to(c, source);
	console_listen(c);
}

/* Its memory is about to go: what a viewer has stays, and nothing reads it any more. */
void console_let_go(struct console *c, struct source *source)
{
	if (!source)
		return;
	if (c->shown == source) {
		input_show(c->input, NULL);
		screen_show(c->screen, &(struct picture){0});
		c->shown = NULL;
	}
	if (source->ports && source->ports == c->agent_of)
		ports_give_agent(take_ptr(c->agent_of), NULL);
	if (source->ports && source->ports == c->usb_of)
		ports_give_usb(take_ptr(c->usb_of), NULL);
	console_mute(c, source);
	source->ops->destroy(source);
}

/* --- from the sources --- */

static void on_picture(void *user, struct source *source)
{
	struct console *c = user;

	if (source == c->shown)
		screen_show(c->screen, &source->picture);
	if (source != c->card)
		console_present(c);
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

static void on_ports(void *user, struct source *source)
{
	struct console *c = user;

	if (source == c->shown)
		choose_agent(c);
}

static void on_copied(void *user, struct source *source, const char *text, size_t n)
{
	struct console *c = user;

	if (source == c->shown)
		agent_copied(c->agent, text, n);
}

static void on_paste(void *user, struct source *source)
{
	struct console *c = user;

	if (source == c->shown)
		agent_paste(c->agent);
}

static void on_pasted(void *user, const char *text, size_t n)
{
	struct console *c = user;

	if (c->shown && c->shown->ops->pasted)
		c->shown->ops->pasted(c->shown, text, n);
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
	console_let_go(c, source);
	console_present(c);
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

	c->resizing = begins;
	access_pause(c->access, begins);
	if (c->web)
		web_pause(c->web, begins);
}

static bool is_behind(void *user)
{
	const struct console *c = user;

	return network_behind(access_network(c->access));
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
	c->told_size = true;
	if (width == c->width && height == c->height)
		return;
	c->width = width;
	c->height = height;
	if (c->front)
		c->front->ops->resize(c->front, width, height);
	if (c->shown && c->shown != c->front && c->shown->ops->resize)
		c->shown->ops->resize(c->shown, width, height);
	console_present(c);
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

	console_want(c, c->shown && c->shown == c->front ? NULL : "");
	console_present(c);
}

static int make_parts(struct console *c, struct err *err)
{
	struct link_handler link = console_hearing;
	const struct agent_talk_handler agent = {on_pasted, c};
	const struct screen_handler screen = {on_taken, on_resizing, is_behind, on_viewer_size, c};

	link.user = c;
	c->input = input_create(c->server, on_switched, c, err);
	if (!c->input)
		return err->number;
	c->screen = screen_create(c->event, c->server, CARD_WIDTH, CARD_HEIGHT, &screen, err);
	if (!c->screen)
		return err->number;
	c->agent = agent_create(c->server, &agent);
	if (agent_attach(c->agent, false, err) < 0)
		return err->number;
	c->sound = sound_create(c->event, c->server, err);
	if (!c->sound)
		return err->number;
	c->card = card_create(&c->handler);
	return link_create(c->event, c->link_path, &link, &c->link, err);
}

struct console *console_create(sd_event *event, SpiceServer *server, struct access *access,
        const struct paths *paths, enum console_front front, struct err *err)
{
	struct console *c = xcalloc(1, sizeof(*c));
	int r;

	*c = (struct console){.event = event,
	        .server = server,
	        .access = access,
	        .paths = paths,
	        .width = CARD_WIDTH,
	        .height = CARD_HEIGHT};
	c->handler = (struct source_handler){.picture = on_picture,
	        .damage = on_damage,
	        .cursor = on_cursor,
	        .leds = on_leds,
	        .ports = on_ports,
	        .copied = on_copied,
	        .paste = on_paste,
	        .sound = console_sounds.sound,
	        .played = console_sounds.played,
	        .record = console_sounds.record,
	        .gone = on_gone,
	        .user = c};
	c->link_path = xasprintf("%s/" CONSOLE_LINK, paths->run_dir);
	r = make_timers(c, err);
	r = r < 0 ? r : make_parts(c, err);
	r = r < 0 ? r : console_notice_init(c, err);
	if (r < 0) {
		console_stop(c);
		console_destroy(c);
		return NULL;
	}
	console_front_start(c, front);
	console_present(c);
	return c;
}

void console_stop(struct console *c)
{
	struct console_vm *vm;

	c->stopped = true;
	web_destroy(take_ptr(c->web));
	console_notice_finish(c);
	link_destroy(take_ptr(c->link));
	front_run_destroy(take_ptr(c->front_run));
	c->later = sd_event_source_disable_unref(c->later);
	c->again = sd_event_source_disable_unref(c->again);
	c->look = sd_event_source_disable_unref(c->look);
	console_vms_set_stale(&c->vms);
	while ((vm = console_vms_take_stale(&c->vms)) != NULL) {
		console_let_go(c, vm->source);
		console_vm_free(vm);
	}
	console_let_go(c, take_ptr(c->front));
	console_let_go(c, take_ptr(c->card));
	sound_stop(c->sound);
}

void console_destroy(struct console *c)
{
	if (!c)
		return;
	agent_destroy(c->agent);
	sound_destroy(c->sound);
	input_destroy(c->input);
	screen_destroy(c->screen);
	free(c->link_path);
	free(c->wanted);
	free(c);
}
