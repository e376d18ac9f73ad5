/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VM's emulated sound card: org.qemu.Display1.AudioOutListener and AudioInListener, each on a connection of its own, as
 * its pictures are. QEMU was told the one form of samples there is (vm/plan/args_sound.c); a voice of any other form is not
 * heard. QEMU waits for the answer to Read in its main loop, so it gets what there is, at once.
 */
#include "console/qemu_impl.h"

#include "base/log.h"

#include <errno.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define AUDIO  "org.qemu.Display1.Audio"
#define AT     "/org/qemu/Display1/Audio"
#define OUT    "org.qemu.Display1.AudioOutListener"
#define OUT_AT "/org/qemu/Display1/AudioOutListener"
#define IN     "org.qemu.Display1.AudioInListener"
#define IN_AT  "/org/qemu/Display1/AudioInListener"
/*
 * QEMU 7.2 keeps its listeners by their senders, and ends by a fault in g_str_hash() at one without: a message has none of
 * itself where there is no bus between two. So it is said here who calls.
 */
#define SENDER     ":playthrough.console"
#define FRAME      sizeof(uint32_t)
#define BITS       16
#define CHANNELS   2
#define TRIES_MOST 10u
#define RETRY_US   300000u

/* --- what QEMU says of a voice --- */

static void tell(struct qemu *q)
{
	const struct source_handler *handler = q->source.handler;

	if (handler->sound)
		handler->sound(handler->user, &q->source);
}

static bool *active_of(struct qemu_voice *v)
{
	struct source_sound *sound = &v->qemu->source.sound;

	return v->in ? &sound->recording : &sound->playing;
}

static struct sound_level *level_of(struct qemu_voice *v)
{
	struct source_sound *sound = &v->qemu->source.sound;

	return v->in ? &sound->in : &sound->out;
}

static void set_active(struct qemu_voice *v, bool active)
{
	if (*active_of(v) == active)
		return;
	*active_of(v) = active;
	tell(v->qemu);
}

static int on_init(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	struct qemu_voice *v = user;
	uint8_t bits, channels;
	int is_signed, is_float, big, r;
	uint32_t rate, frame, second;
	uint64_t id;

	(void)unused;
	r = sd_bus_message_read(m, "tybbuyuub", &id, &bits, &is_signed, &is_float, &rate, &channels,
	        &frame, &second, &big);
	if (r < 0)
		return r;
	v->known = bits == BITS && is_signed && !is_float && rate == SOUND_RATE &&
	           channels == CHANNELS && frame == FRAME &&
	           big == (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
	v->id = id;
	if (!v->known)
		log_warning("QEMU: a voice of %u Hz, %u bits, %u channels is not heard", rate, bits,
		        channels);
	set_active(v, false);
	return sd_bus_reply_method_return(m, NULL);
}

/* Whether @m, which begins with a voice's id, is about the one that is heard. */
static int read_id(struct qemu_voice *v, sd_bus_message *m, bool *ours)
{
	uint64_t id;
	int r = sd_bus_message_read(m, "t", &id);

	*ours = r >= 0 && v->known && v->id == id;
	return r;
}

static int on_fini(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	struct qemu_voice *v = user;
	bool ours;
	int r = read_id(v, m, &ours);

	(void)unused;
	if (r < 0)
		return r;
	if (ours) {
		set_active(v, false);
		v->known = false;
	}
	return sd_bus_reply_method_return(m, NULL);
}

static int on_enabled(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	struct qemu_voice *v = user;
	int enabled, r;
	bool ours;

	(void)unused;
	r = read_id(v, m, &ours);
	r = r < 0 ? r : sd_bus_message_read(m, "b", &enabled);
	if (r < 0)
		return r;
	if (ours)
		set_active(v, enabled);
	return sd_bus_reply_method_return(m, NULL);
}

static int on_volume(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	struct qemu_voice *v = user;
	const void *bytes;
	size_t n;
	int mute, r;
	bool ours;

	(void)unused;
	r = read_id(v, m, &ours);
	r = r < 0 ? r : sd_bus_message_read(m, "b", &mute);
	r = r < 0 ? r : sd_bus_message_read_array(m, 'y', &bytes, &n);
	if (r < 0)
		return r;
	if (ours && n >= 1 && n <= 16) {
		const uint8_t *volume = bytes;

		*level_of(v) = (struct sound_level){mute != 0, {volume[0], volume[n > 1]}};
		tell(v->qemu);
	}
	return sd_bus_reply_method_return(m, NULL);
}

/* --- samples --- */

static int on_write(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	struct qemu_voice *v = user;
	const struct source_handler *handler = v->qemu->source.handler;
	const void *bytes;
	size_t n;
	bool ours;
	int r = read_id(v, m, &ours);

	(void)unused;
	r = r < 0 ? r : sd_bus_message_read_array(m, 'y', &bytes, &n);
	if (r < 0)
		return r;
	/* D-Bus has arrays of bytes begin at multiples of 4 only, and this one does: of 4 bytes, for its length. */
	if (ours && v->qemu->source.sound.playing && handler->played && n >= FRAME &&
	        (uintptr_t)bytes % FRAME == 0)
		handler->played(handler->user, &v->qemu->source, bytes, n / FRAME);
	return sd_bus_reply_method_return(m, NULL);
}

static int on_read(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	uint32_t frames[SOUND_FRAMES_MOST];
	struct qemu_voice *v = user;
	const struct source_handler *handler = v->qemu->source.handler;
	cleanup(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	uint64_t size = 0;
	size_t n = 0;
	bool ours;
	int r = read_id(v, m, &ours);

	(void)unused;
	r = r < 0 ? r : sd_bus_message_read(m, "t", &size);
	if (r < 0)
		return r;
	size /= FRAME;
	size = size < SOUND_FRAMES_MOST ? size : SOUND_FRAMES_MOST;
	if (ours && v->qemu->source.sound.recording && handler->record)
		n = handler->record(handler->user, &v->qemu->source, frames, size);
	r = sd_bus_message_new_method_return(m, &reply);
	r = r < 0 ? r : sd_bus_message_append_array(reply, 'y', frames, n * FRAME);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

/* --- the two connections --- */

#define METHOD(name, in, out, call) SD_BUS_METHOD(name, in, out, call, SD_BUS_VTABLE_UNPRIVILEGED)
#define COMMON                                                                      \
	METHOD("Init", "tybbuyuub", "", on_init), METHOD("Fini", "t", "", on_fini), \
	        METHOD("SetEnabled", "tb", "", on_enabled),                         \
	        METHOD("SetVolume", "tbay", "", on_volume)

static const sd_bus_vtable out_table[] = {
        SD_BUS_VTABLE_START(0), COMMON, METHOD("Write", "tay", "", on_write), SD_BUS_VTABLE_END};
static const sd_bus_vtable in_table[] = {
        SD_BUS_VTABLE_START(0), COMMON, METHOD("Read", "tt", "ay", on_read), SD_BUS_VTABLE_END};

/* See on_after_others() of qemu_listener.c. */
static int on_after_others(sd_event_source *source, void *user)
{
	struct qemu_voice *v = user;
	bool ready = sd_bus_is_ready(v->bus) > 0;
	int r = 1;

	for (unsigned i = 0; i < QEMU_MESSAGES_MOST && r > 0; i++)
		r = sd_bus_process(v->bus, NULL);
	if (ready && r <= 0)
		sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return 0;
}

static void voice_finish(struct qemu_voice *v)
{
	v->first_word = sd_event_source_disable_unref(v->first_word);
	v->retry = sd_event_source_disable_unref(v->retry);
	sd_bus_close_unref(v->bus);
	v->bus = NULL;
}

static int voice_register(struct qemu_voice *v);

static int on_retry(sd_event_source *source, uint64_t usec, void *user)
{
	struct qemu_voice *v = user;

	(void)source, (void)usec;
	v->retry = sd_event_source_disable_unref(v->retry);
	voice_register(v);
	return 0;
}

/*
 * A VM without an emulated sound card has no such object, and that is all. One that has it may not have noticed yet that
 * the console before this one is gone.
 */
static int on_registered(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	struct qemu_voice *v = user;

	(void)unused;
	if (!sd_bus_message_is_method_error(m, NULL))
		return 0;
	voice_finish(v);
	if (sd_bus_message_is_method_error(m, SD_BUS_ERROR_UNKNOWN_METHOD) ||
	        sd_bus_message_is_method_error(m, SD_BUS_ERROR_UNKNOWN_INTERFACE) ||
	        sd_bus_message_is_method_error(m, SD_BUS_ERROR_UNKNOWN_OBJECT))
		return 0;
	if (++v->tries < TRIES_MOST)
		sd_event_add_time_relative(
		        v->qemu->event, &v->retry, CLOCK_MONOTONIC, RETRY_US, 0, on_retry, v);
	return 0;
}

static int voice_open(struct qemu_voice *v, int fd)
{
	int r = sd_bus_new(&v->bus);

	r = r < 0 ? r : sd_bus_set_fd(v->bus, fd, fd);
	if (r < 0) {
		close(fd);
		return r;
	}
	r = sd_bus_start(v->bus);
	r = r < 0 ? r : sd_bus_attach_event(v->bus, v->qemu->event, SD_EVENT_PRIORITY_NORMAL);
	r = r < 0 ? r
	          : sd_bus_add_object_vtable(v->bus, NULL, v->in ? IN_AT : OUT_AT, v->in ? IN : OUT,
	                    v->in ? in_table : out_table, v);
	return r < 0 ? r : sd_event_add_post(v->qemu->event, &v->first_word, on_after_others, v);
}

static int voice_register(struct qemu_voice *v)
{
	cleanup(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	cleanup_close int theirs = -1;
	const int on = 1;
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return -errno;
	theirs = pair[1];
	/* As for the pictures: QEMU asks for credentials. */
	setsockopt(theirs, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	r = voice_open(v, pair[0]);
	r = r < 0 ? r
	          : sd_bus_message_new_method_call(v->qemu->bus, &m, NULL, AT, AUDIO,
	                    v->in ? "RegisterInListener" : "RegisterOutListener");
	r = r < 0 ? r : sd_bus_message_set_sender(m, SENDER);
	r = r < 0 ? r : sd_bus_message_append(m, "h", theirs);
	return r < 0 ? r : sd_bus_call_async(v->qemu->bus, NULL, m, on_registered, v, UINT64_MAX);
}

void qemu_sound_start(struct qemu *q)
{
	static const struct sound_level full = {0, {SOUND_VOLUME_FULL, SOUND_VOLUME_FULL}};

	q->source.sound = (struct source_sound){.out = full, .in = full};
	q->voice_out = (struct qemu_voice){.qemu = q};
	q->voice_in = (struct qemu_voice){.qemu = q, .in = true};
	if (voice_register(&q->voice_out) < 0 || voice_register(&q->voice_in) < 0)
		log_warning("QEMU: its sound is not heard");
}

void qemu_sound_finish(struct qemu *q)
{
	voice_finish(&q->voice_out);
	voice_finish(&q->voice_in);
}
