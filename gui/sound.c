/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sound.h"
#include "base/i18n.h"
#include "base/log.h"
#include "bus/async.h"
#include "bus/sound_wire.h"

#include <SDL.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#define AGAIN_US 2000000u /* the console has ended: until it is asked for anew */
/* Refused once more: another user has the seat, and may give it back. */
#define REFUSED_US 10000000u
#define LINGER_US \
	300000u /* a device is kept after the last sound: what waits is played, and much comes again */
#define LISTEN_US  20000u /* how often the microphone is asked */
#define PERIOD     512    /* frames that SDL plays at once */
#define FRAME      ((unsigned)sizeof(uint32_t))
#define LATE_BYTES (SOUND_LATE_FRAMES * FRAME)

#define PACKETS_MOST 64u

struct sound {
	sd_event *event;
	struct link *link;
	bool wanted;
	bool asked, refused; /* the daemon */
	bool replaced;       /* by another front end: until a person comes back to this one */
	int fd;              /* -1: none */
	sd_event_source *io, *again, *linger, *listening;
	struct sound_state state;
	SDL_AudioDeviceID out, in; /* 0: not open */
	bool told;                 /* that there is no device */
};

static void ask(struct sound *s);

/* --- devices --- */

static void start_timer(struct sound *s, sd_event_source **timer, uint64_t after_us,
        sd_event_time_handler_t handler)
{
	*timer = sd_event_source_disable_unref(*timer);
	sd_event_add_time_relative(s->event, timer, CLOCK_MONOTONIC, after_us, 0, handler, s);
}

static void tell_once(struct sound *s)
{
	if (!s->told)
		log_warning(_("no sound at this PC: %s"), SDL_GetError());
	s->told = true;
}

static SDL_AudioDeviceID open_device(struct sound *s, bool capture)
{
	const SDL_AudioSpec spec = {
	        .freq = SOUND_RATE, .format = AUDIO_S16SYS, .channels = 2, .samples = PERIOD};
	SDL_AudioDeviceID device = 0;

	if (SDL_WasInit(SDL_INIT_AUDIO) || SDL_InitSubSystem(SDL_INIT_AUDIO) == 0)
		device = SDL_OpenAudioDevice(NULL, capture, &spec, NULL, 0);
	if (device)
		SDL_PauseAudioDevice(device, 0);
	else
		tell_once(s);
	return device;
}

static void close_device(SDL_AudioDeviceID *device)
{
	if (*device)
		SDL_CloseAudioDevice(*device);
	*device = 0;
}

static void open_out(struct sound *s)
{
	static const uint32_t quiet[SOUND_LATE_FRAMES / 2];

	s->linger = sd_event_source_disable_unref(s->linger);
	if (s->out)
		return;
	s->out = open_device(s, false);
	/* So much may come late afterwards, and nothing is to be heard of it. */
	if (s->out)
		SDL_QueueAudio(s->out, quiet, sizeof(quiet));
}

static int on_linger(sd_event_source *source, uint64_t usec, void *user)
{
	struct sound *s = user;

	(void)source, (void)usec;
	s->linger = sd_event_source_disable_unref(s->linger);
	close_device(&s->out);
	return 0;
}

/* --- the microphone --- */

static int on_listening(sd_event_source *source, uint64_t usec, void *user)
{
	struct sound_samples samples = {.head = {SOUND_VERSION, SOUND_RECORDED}};
	struct sound *s = user;
	uint32_t bytes;

	(void)usec;
	while ((bytes = SDL_DequeueAudio(s->in, samples.frames, sizeof(samples.frames))) >= FRAME) {
		sound_scale(samples.frames, bytes / FRAME, &s->state.in);
		/* What the console does not take now is lost: it would be late. */
		if (send(s->fd, &samples, sound_samples_size(bytes / FRAME),
		            MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			break;
	}
	sd_event_source_set_time_relative(source, LISTEN_US);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static void stop_listening(struct sound *s)
{
	s->listening = sd_event_source_disable_unref(s->listening);
	close_device(&s->in);
}

static void start_listening(struct sound *s)
{
	if (!s->in)
		s->in = open_device(s, true);
	if (s->in)
		start_timer(s, &s->listening, LISTEN_US, on_listening);
}

/* --- what the console says --- */

static void hang_up(struct sound *s)
{
	stop_listening(s);
	close_device(&s->out);
	s->linger = sd_event_source_disable_unref(s->linger);
	s->again = sd_event_source_disable_unref(s->again);
	s->io = sd_event_source_disable_unref(s->io);
	close_fd(&s->fd);
	s->state = (struct sound_state){0};
}

static void take_state(struct sound *s, const struct sound_state *state)
{
	struct sound_state before = s->state;

	s->state = *state;
	if (state->playing && !before.playing)
		open_out(s);
	else if (!state->playing && before.playing)
		start_timer(s, &s->linger, LINGER_US, on_linger);
	if (state->recording && !before.recording)
		start_listening(s);
	else if (!state->recording && before.recording)
		stop_listening(s);
}

/*
 * The card's clock and the guest's are not quite alike. What would wait for longer than that is left out: a piece of it, now
 * and then, and not all that waits.
 */
static void play(struct sound *s, uint32_t *frames, size_t n)
{
	if (!s->out || !s->state.playing || SDL_GetQueuedAudioSize(s->out) > LATE_BYTES)
		return;
	sound_scale(frames, n, &s->state.out);
	SDL_QueueAudio(s->out, frames, (uint32_t)n * FRAME);
}

/* Returns whether there may be more. */
static bool take_packet(struct sound *s)
{
	union sound_message message;
	uint8_t packet[sizeof(message) + 1];
	ssize_t got = recv(s->fd, packet, sizeof(packet), MSG_DONTWAIT);
	struct err err = {0};
	size_t n;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (got > 0 && sound_read_console(packet, (size_t)got, &message, &n, &err) == 0) {
		if (n)
			play(s, message.samples.frames, n);
		else if (message.head.kind == SOUND_REPLACED)
			s->replaced = true;
		else
			take_state(s, &message.state);
		return true;
	}
	if (err.number)
		log_warning("%s", err.message);
	hang_up(s);
	return false;
}

static int on_again(sd_event_source *source, uint64_t usec, void *user)
{
	struct sound *s = user;

	(void)source, (void)usec;
	s->again = sd_event_source_disable_unref(s->again);
	ask(s);
	return 0;
}

static int on_packets(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct sound *s = user;

	(void)source, (void)fd, (void)events;
	/* No more at once: there is a screen to be drawn, too. */
	for (unsigned i = 0; i < PACKETS_MOST && take_packet(s); i++)
		;
	if (s->fd < 0 && !s->replaced)
		start_timer(s, &s->again, AGAIN_US, on_again);
	return 0;
}

/* --- the socket --- */

static void on_opened(void *user, int fd, const struct err *err)
{
	struct sound *s = user;

	s->asked = false;
	if (err && !s->refused)
		log_warning(_("no sound at this PC: %s"), err->message);
	if (err && s->wanted)
		start_timer(s, &s->again, s->refused ? REFUSED_US : AGAIN_US, on_again);
	s->refused = err != NULL;
	if (err || !s->wanted || s->fd >= 0) {
		close_fd(&fd);
		return;
	}
	s->fd = fd;
	s->replaced = false;
	if (sd_event_add_io(s->event, &s->io, fd, EPOLLIN, on_packets, s) < 0)
		hang_up(s);
}

static void ask(struct sound *s)
{
	if (s->asked || s->fd >= 0 || !s->wanted)
		return;
	s->asked = true;
	async_call_fd(link_async(s->link), on_opened, s, "SoundOpen");
}

static bool any_sounds(const struct model *model)
{
	for (size_t i = 0; i < model->n_vms; i++)
		if (model->vms[i].state == MODEL_RUNNING && model->vms[i].sound)
			return true;
	return false;
}

void sound_follow(struct sound *s, const struct model *model, bool wanted)
{
	if (!s)
		return;
	wanted = wanted && any_sounds(model);
	if (wanted == s->wanted)
		return;
	s->wanted = wanted;
	s->refused = false;
	if (wanted)
		ask(s);
	else
		hang_up(s);
}

void sound_focus(struct sound *s)
{
	if (s && s->replaced)
		ask(s);
}

void sound_device(struct sound *s, bool added, unsigned which)
{
	if (!s)
		return;
	if (!added && which == s->out)
		close_device(&s->out);
	if (!added && which == s->in)
		stop_listening(s);
	/* The one that went may have been the first of several. */
	if (s->state.playing)
		open_out(s);
	if (s->state.recording && !s->in)
		start_listening(s);
}

struct sound *sound_create(sd_event *event, struct link *link)
{
	struct sound *s = xcalloc(1, sizeof(*s));

	*s = (struct sound){.event = event, .link = link, .fd = -1};
	return s;
}

void sound_destroy(struct sound *s)
{
	if (!s)
		return;
	hang_up(s);
	free(s);
}
