/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A QEMU that is played here, at the other end of its D-Bus display: pictures in messages and in shared memory. */
#include "console/qemu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <systemd/sd-bus.h>
#include <unistd.h>
#include <cmocka.h>

#define XRGB     0x20020888u
#define LISTENER "/org/qemu/Display1/Listener"
#define DISPLAY  "org.qemu.Display1.Listener"
#define MAP      DISPLAY ".Unix.Map"

struct fixture {
	sd_event *event;
	sd_bus *bus, *listener; /* QEMU's ends */
	struct source_handler handler;
	struct source *source;
	unsigned pictures, damages, cursors, leds, gone, registered, refuse;
	struct rect last;
	char said[256]; /* what QEMU's keyboard and mouse heard */
	uint32_t width, height;
	bool no_screen;
	sd_bus *voices[2]; /* QEMU's ends: what plays, what records */
	unsigned sounds;
	size_t n_played;
	uint32_t played; /* the last frame */
	char caller[64];
};

static void on_picture(void *user, struct source *source)
{
	struct fixture *f = user;

	(void)source;
	f->pictures++;
}

static void on_damage(void *user, struct source *source, const struct rect *rect)
{
	struct fixture *f = user;

	(void)source;
	f->damages++;
	f->last = *rect;
}

static void on_cursor(void *user, struct source *source)
{
	struct fixture *f = user;

	(void)source;
	f->cursors++;
}

static void on_leds(void *user, struct source *source)
{
	struct fixture *f = user;

	(void)source;
	f->leds++;
}

static void on_gone(void *user, struct source *source)
{
	struct fixture *f = user;

	(void)source;
	f->gone++;
}

static void on_sound(void *user, struct source *source)
{
	struct fixture *f = user;

	(void)source;
	f->sounds++;
}

static void on_played(void *user, struct source *source, const uint32_t *frames, size_t n)
{
	struct fixture *f = user;

	(void)source;
	f->n_played += n;
	f->played = frames[n - 1];
}

static size_t on_record(void *user, struct source *source, uint32_t *frames, size_t n)
{
	(void)user, (void)source;
	for (size_t i = 0; i < n; i++)
		frames[i] = (uint32_t)i;
	return n;
}

static void spin(struct fixture *f)
{
	while (sd_event_run(f->event, 150000) > 0)
		;
}

/* --- QEMU --- */

static sd_bus *serve(struct fixture *f, int fd)
{
	sd_id128_t id;
	sd_bus *bus;

	assert_int_equal(sd_id128_randomize(&id), 0);
	assert_true(sd_bus_new(&bus) >= 0 && sd_bus_set_fd(bus, fd, fd) >= 0 &&
	            sd_bus_set_server(bus, 1, id) >= 0 && sd_bus_negotiate_fds(bus, 1) >= 0 &&
	            sd_bus_set_anonymous(bus, 1) >= 0 && sd_bus_start(bus) >= 0 &&
	            sd_bus_attach_event(bus, f->event, 0) >= 0);
	return bus;
}

static int on_register(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct fixture *f = user;
	int fd;

	if (f->refuse) {
		f->refuse--;
		return sd_bus_error_set(error, SD_BUS_ERROR_FAILED, "already registered");
	}
	assert_true(sd_bus_message_read(m, "h", &fd) >= 0);
	sd_bus_close_unref(f->listener);
	f->listener = serve(f, dup(fd));
	f->registered++;
	return sd_bus_reply_method_return(m, NULL);
}

static int on_said(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	struct fixture *f = user;
	const char *types = sd_bus_message_get_signature(m, 1);
	int a = 0, b = 0;
	size_t n = strlen(f->said);

	(void)unused;
	sd_bus_message_read(m, types, &a, &b);
	snprintf(f->said + n, sizeof(f->said) - n, "%s(%d", sd_bus_message_get_member(m), a);
	n = strlen(f->said);
	if (types[1])
		snprintf(f->said + n, sizeof(f->said) - n, ",%d", b);
	strcat(f->said, ") ");
	return sd_bus_reply_method_return(m, NULL);
}

static int get_ids(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *user, sd_bus_error *unused)
{
	struct fixture *f = user;

	(void)bus, (void)path, (void)interface, (void)property, (void)unused;
	return f->no_screen ? sd_bus_message_append(reply, "au", 0)
	                    : sd_bus_message_append(reply, "au", 1, 0);
}

static int get_number(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *user, sd_bus_error *unused)
{
	struct fixture *f = user;

	(void)bus, (void)path, (void)interface, (void)unused;
	return sd_bus_message_append(reply, "u",
	        streq(property, "Width")    ? f->width
	        : streq(property, "Height") ? f->height
	                                    : 6);
}

static int get_absolute(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *user, sd_bus_error *unused)
{
	(void)bus, (void)path, (void)interface, (void)property, (void)user, (void)unused;
	return sd_bus_message_append(reply, "b", 1);
}

#define FREE SD_BUS_VTABLE_UNPRIVILEGED
static const sd_bus_vtable vm_table[] = {SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("ConsoleIDs", "au", get_ids, 0, 0), SD_BUS_VTABLE_END};
static const sd_bus_vtable console_table[] = {SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("RegisterListener", "h", "", on_register, FREE),
        SD_BUS_PROPERTY("Width", "u", get_number, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Height", "u", get_number, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_VTABLE_END};
static const sd_bus_vtable keyboard_table[] = {SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("Press", "u", "", on_said, FREE),
        SD_BUS_METHOD("Release", "u", "", on_said, FREE),
        SD_BUS_PROPERTY("Modifiers", "u", get_number, 0, 0), SD_BUS_VTABLE_END};
static const sd_bus_vtable mouse_table[] = {SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("Press", "u", "", on_said, FREE),
        SD_BUS_METHOD("Release", "u", "", on_said, FREE),
        SD_BUS_METHOD("SetAbsPosition", "uu", "", on_said, FREE),
        SD_BUS_METHOD("RelMotion", "ii", "", on_said, FREE),
        SD_BUS_PROPERTY("IsAbsolute", "b", get_absolute, 0, 0), SD_BUS_VTABLE_END};

static int on_register_voice(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	struct fixture *f = user;
	int in = streq(sd_bus_message_get_member(m), "RegisterInListener");
	int fd;

	(void)unused;
	assert_true(sd_bus_message_read(m, "h", &fd) >= 0);
	snprintf(f->caller, sizeof(f->caller), "%s", sd_bus_message_get_sender(m));
	f->voices[in] = serve(f, dup(fd));
	return sd_bus_reply_method_return(m, NULL);
}

static const sd_bus_vtable audio_table[] = {SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("RegisterOutListener", "h", "", on_register_voice, FREE),
        SD_BUS_METHOD("RegisterInListener", "h", "", on_register_voice, FREE), SD_BUS_VTABLE_END};

#define CONSOLE_0 "/org/qemu/Display1/Console_0"

static void play_qemu(struct fixture *f, int fd)
{
	f->bus = serve(f, fd);
	sd_bus_add_object_vtable(
	        f->bus, NULL, "/org/qemu/Display1/VM", "org.qemu.Display1.VM", vm_table, f);
	sd_bus_add_object_vtable(
	        f->bus, NULL, CONSOLE_0, "org.qemu.Display1.Console", console_table, f);
	sd_bus_add_object_vtable(
	        f->bus, NULL, CONSOLE_0, "org.qemu.Display1.Keyboard", keyboard_table, f);
	sd_bus_add_object_vtable(
	        f->bus, NULL, CONSOLE_0, "org.qemu.Display1.Mouse", mouse_table, f);
	sd_bus_add_object_vtable(f->bus, NULL, "/org/qemu/Display1/Audio",
	        "org.qemu.Display1.Audio", audio_table, f);
}

static int on_answer(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	(void)unused;
	*(bool *)user = !sd_bus_message_is_method_error(m, NULL);
	return 0;
}

/* Whether it was taken. */
static bool scanout(struct fixture *f, uint32_t width, uint32_t height, uint32_t stride,
        uint32_t format, const void *bytes, size_t size)
{
	sd_bus_message *m;
	bool taken = false;

	sd_bus_message_new_method_call(f->listener, &m, NULL, LISTENER, DISPLAY, "Scanout");
	sd_bus_message_append(m, "uuuu", width, height, stride, format);
	sd_bus_message_append_array(m, 'y', bytes, size);
	sd_bus_call_async(f->listener, NULL, m, on_answer, &taken, 0);
	sd_bus_message_unref(m);
	spin(f);
	return taken;
}

static bool update(
        struct fixture *f, int x, int y, int width, int height, const void *bytes, size_t size)
{
	sd_bus_message *m;
	bool taken = false;

	sd_bus_message_new_method_call(f->listener, &m, NULL, LISTENER, DISPLAY, "Update");
	sd_bus_message_append(m, "iiiiuu", x, y, width, height, width * 4, XRGB);
	sd_bus_message_append_array(m, 'y', bytes, size);
	sd_bus_call_async(f->listener, NULL, m, on_answer, &taken, 0);
	sd_bus_message_unref(m);
	spin(f);
	return taken;
}

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct err err;
	int pair[2];

	f->handler = (struct source_handler){.picture = on_picture,
	        .damage = on_damage,
	        .cursor = on_cursor,
	        .leds = on_leds,
	        .gone = on_gone,
	        .user = f,
	        .sound = on_sound,
	        .played = on_played,
	        .record = on_record};
	assert_true(sd_event_new(&f->event) >= 0);
	assert_int_equal(
	        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
	play_qemu(f, pair[0]);
	f->source = qemu_create(f->event, pair[1], &f->handler, &err);
	assert_non_null(f->source);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	if (f->source)
		f->source->ops->destroy(f->source);
	sd_bus_close_unref(f->bus);
	sd_bus_close_unref(f->listener);
	sd_bus_close_unref(f->voices[0]);
	sd_bus_close_unref(f->voices[1]);
	sd_event_unref(f->event);
	free(f);
	return 0;
}

static void test_pictures(void **state)
{
	static const uint32_t four[] = {1, 2, 3, 0xff000004}, one[] = {9};
	struct fixture *f = *state;

	spin(f);
	assert_int_equal(f->registered, 1);
	assert_int_equal(f->source->leds, 6);
	assert_true(scanout(f, 2, 2, 8, XRGB, four, sizeof(four)));
	assert_int_equal(f->pictures, 1);
	assert_int_equal(f->source->picture.width, 2);
	assert_int_equal(f->source->picture.pixels[3], 4);
	assert_true(update(f, 1, 0, 1, 1, one, sizeof(one)));
	assert_int_equal(f->source->picture.pixels[1], 9);
	assert_int_equal(f->damages, 1);
	assert_int_equal(f->last.x, 1);
}

/* Nothing of what does not fit is looked at. */
static void test_nonsense(void **state)
{
	static const uint32_t four[] = {1, 2, 3, 4};
	struct fixture *f = *state;

	spin(f);
	assert_false(update(f, 0, 0, 1, 1, four, 4)); /* before any picture */
	assert_false(scanout(f, 2, 3, 8, XRGB, four, sizeof(four)));
	assert_false(scanout(f, UINT32_MAX, UINT32_MAX, 8, XRGB, four, sizeof(four)));
	assert_false(scanout(f, 2, 2, 8, 0, four, sizeof(four)));
	assert_int_equal(f->pictures, 0);
	assert_true(scanout(f, 2, 2, 8, XRGB, four, sizeof(four)));
	assert_false(update(f, 1, 1, 2, 1, four, sizeof(four)));
	assert_false(update(f, -1, 0, 1, 1, four, sizeof(four)));
	assert_false(update(f, 0, 0, 2, 2, four, 15));
	assert_int_equal(f->damages, 0);
	assert_int_equal(f->gone, 0);
}

static bool scanout_map(struct fixture *f, int fd, uint32_t offset, uint32_t width, uint32_t height)
{
	bool taken = false;

	sd_bus_call_method_async(f->listener, NULL, NULL, LISTENER, MAP, "ScanoutMap", on_answer,
	        &taken, "huuuuu", fd, offset, width, height, width * 4, XRGB);
	spin(f);
	return taken;
}

static void test_shared_memory(void **state)
{
	const uint32_t pixels[] = {5, 6, 7, 8, 9, 10};
	struct fixture *f = *state;
	cleanup_close int fd = memfd_create("picture", MFD_CLOEXEC);
	bool taken = false;

	spin(f);
	assert_int_equal(write(fd, pixels, sizeof(pixels)), sizeof(pixels));
	assert_false(scanout_map(f, fd, 0, 2, 4)); /* more than there is */
	assert_true(scanout_map(f, fd, 8, 2, 2));
	assert_int_equal(f->source->picture.pixels[0], 7);
	assert_int_equal(pwrite(fd, "\x55\0\0\0", 4, 8 + 12), 4);
	sd_bus_call_method_async(f->listener, NULL, NULL, LISTENER, MAP, "UpdateMap", on_answer,
	        &taken, "iiii", 1, 1, 1, 1);
	spin(f);
	assert_true(taken);
	assert_int_equal(f->source->picture.pixels[3], 0x55);
	assert_int_equal(f->last.y, 1);
}

static void test_input(void **state)
{
	static const uint32_t four[] = {1, 2, 3, 4};
	struct fixture *f = *state;
	const struct source_ops *ops = f->source->ops;

	spin(f);
	scanout(f, 2, 2, 8, XRGB, four, sizeof(four));
	ops->key(f->source, 0xd3, true);
	ops->key(f->source, 0xd3, false);
	ops->pointer(f->source, 1, 1);
	ops->pointer(f->source, 2, 1); /* outside */
	ops->buttons(f->source, BUTTON_RIGHT);
	ops->buttons(f->source, 0);
	ops->wheel(f->source, -1);
	ops->motion(f->source, -3, 4);
	spin(f);
	assert_string_equal(f->said, "Press(211) Release(211) SetAbsPosition(1,1) Press(2) "
	                             "Release(2) Press(4) Release(4) RelMotion(-3,4) ");
}

static void test_refused_at_first(void **state)
{
	struct fixture *f = *state;

	f->refuse = 2;
	for (int i = 0; i < 8; i++)
		spin(f);
	assert_int_equal(f->registered, 1);
	assert_int_equal(f->gone, 0);
}

/* QEMU 7.2 says that its size is another one, and sends no picture of it. */
static void test_size_without_a_picture(void **state)
{
	static const uint32_t four[] = {1, 2, 3, 4};
	struct fixture *f = *state;
	unsigned registered;

	spin(f);
	scanout(f, 2, 2, 8, XRGB, four, sizeof(four));
	f->width = 4;
	f->height = 1;
	sd_bus_emit_properties_changed(
	        f->bus, CONSOLE_0, "org.qemu.Display1.Console", "Width", "Height", NULL);
	spin(f);
	assert_in_range(f->registered, 2, 3); /* again, where the machine is slow */
	assert_true(scanout(f, 4, 1, 16, XRGB, four, sizeof(four)));
	registered = f->registered;
	for (int i = 0; i < 4; i++)
		spin(f);
	assert_int_equal(f->registered, registered);
	assert_int_equal(f->source->picture.width, 4);
	assert_int_equal(f->gone, 0);
}

static void test_cursor(void **state)
{
	struct fixture *f = *state;
	sd_bus_message *m;
	bool taken = false;

	spin(f);
	for (int side = 1; side < 1000; side += 998) {
		sd_bus_message_new_method_call(
		        f->listener, &m, NULL, LISTENER, DISPLAY, "CursorDefine");
		sd_bus_message_append(m, "iiii", side, 1, 0, 0);
		sd_bus_message_append_array(m, 'y', "abcd", 4);
		sd_bus_call_async(f->listener, NULL, m, on_answer, &taken, 0);
		sd_bus_message_unref(m);
		spin(f);
		assert_int_equal(taken, side == 1);
	}
	assert_int_equal(f->cursors, 1);
	assert_int_equal(f->source->cursor.width, 1);
}

/* However fast QEMU draws, the loop gets its turn. */
static void test_many_at_once(void **state)
{
	static const uint32_t four[] = {1, 2, 3, 4};
	struct fixture *f = *state;
	sd_bus_message *m;
	unsigned before;

	spin(f);
	scanout(f, 2, 2, 8, XRGB, four, sizeof(four));
	for (int i = 0; i < 150; i++) {
		sd_bus_message_new_method_call(f->listener, &m, NULL, LISTENER, DISPLAY, "Update");
		sd_bus_message_append(m, "iiiiuu", 0, 0, 1, 1, 4, XRGB);
		sd_bus_message_append_array(m, 'y', four, 4);
		sd_bus_message_set_expect_reply(m, 0);
		sd_bus_send(f->listener, m, NULL);
		sd_bus_message_unref(m);
	}
	do {
		before = f->damages;
		assert_true(sd_event_run(f->event, 150000) >= 0);
		assert_in_range(f->damages - before, 0, 65);
	} while (f->damages < 150 && (f->damages > before || before == 0));
	spin(f);
	assert_int_equal(f->damages, 150);
}

/* --- sound --- */

#define VOICE_AT "/org/qemu/Display1/Audio%sListener"
#define VOICE    "org.qemu.Display1.Audio%sListener"

static sd_bus_message *voice_call(struct fixture *f, bool in, const char *member)
{
	cleanup_free char *path = xasprintf(VOICE_AT, in ? "In" : "Out");
	cleanup_free char *interface = xasprintf(VOICE, in ? "In" : "Out");
	sd_bus_message *m;

	assert_true(sd_bus_message_new_method_call(
	                    f->voices[in], &m, NULL, path, interface, member) >= 0);
	return m;
}

/* Whether it was taken. */
static bool voice_say(struct fixture *f, bool in, sd_bus_message *m)
{
	bool taken = false;

	sd_bus_call_async(f->voices[in], NULL, m, on_answer, &taken, 0);
	sd_bus_message_unref(m);
	spin(f);
	return taken;
}

static bool voice_init(struct fixture *f, bool in, uint64_t id, uint32_t rate)
{
	sd_bus_message *m = voice_call(f, in, "Init");

	sd_bus_message_append(m, "tybbuyuub", id, 16, 1, 0, rate, 2, 4, rate * 4, 0);
	return voice_say(f, in, m);
}

static bool voice_enable(struct fixture *f, bool in, uint64_t id, bool enable)
{
	sd_bus_message *m = voice_call(f, in, "SetEnabled");

	sd_bus_message_append(m, "tb", id, (int)enable);
	return voice_say(f, in, m);
}

static bool voice_volume(struct fixture *f, uint64_t id, const char *bytes, size_t n)
{
	sd_bus_message *m = voice_call(f, false, "SetVolume");

	sd_bus_message_append(m, "tb", id, 1);
	sd_bus_message_append_array(m, 'y', bytes, n);
	return voice_say(f, false, m);
}

static bool voice_write(struct fixture *f, uint64_t id, const void *bytes, size_t n)
{
	sd_bus_message *m = voice_call(f, false, "Write");

	sd_bus_message_append(m, "t", id);
	sd_bus_message_append_array(m, 'y', bytes, n);
	return voice_say(f, false, m);
}

static void test_sound(void **state)
{
	static const uint32_t three[] = {1, 2, 3};
	struct fixture *f = *state;

	spin(f);
	assert_non_null(f->voices[0]);
	assert_true(strlen(f->caller) > 0); /* QEMU 7.2 falls over a call without a sender */
	assert_true(voice_init(f, false, 7, SOUND_RATE));
	assert_true(voice_write(f, 7, three, sizeof(three))); /* nothing plays yet */
	assert_int_equal(f->n_played, 0);
	assert_true(voice_enable(f, false, 7, true));
	assert_true(f->source->sound.playing && f->sounds == 1);
	assert_true(voice_write(f, 7, three, sizeof(three) - 1)); /* not a whole frame at its end */
	assert_int_equal(f->n_played, 2);
	assert_true(voice_write(f, 8, three, sizeof(three))); /* whose? */
	assert_true(voice_write(f, 7, three, 0));
	assert_int_equal(f->n_played, 2);
	assert_true(voice_volume(f, 7, "\x80\x40", 2));
	assert_true(voice_volume(f, 7, "", 0));
	assert_int_equal(f->source->sound.out.volume[1], 0x40);
	assert_int_equal(f->source->sound.out.mute, 1);
	assert_true(voice_enable(f, false, 7, false));
	assert_false(f->source->sound.playing);
}

/* A voice of a form that nobody was told of is not heard, whatever its samples would sound like. */
static void test_sound_of_another_form(void **state)
{
	static const uint32_t one[] = {1};
	struct fixture *f = *state;

	spin(f);
	assert_true(voice_init(f, false, 7, 44100));
	assert_true(voice_enable(f, false, 7, true));
	assert_true(voice_write(f, 7, one, sizeof(one)));
	assert_true(!f->source->sound.playing && !f->n_played);
}

static int on_data(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	const void *bytes;

	(void)unused;
	assert_true(sd_bus_message_read_array(m, 'y', &bytes, user) >= 0);
	return 0;
}

static size_t voice_read(struct fixture *f, uint64_t id, uint64_t size)
{
	sd_bus_message *m = voice_call(f, true, "Read");
	size_t got = 99;

	sd_bus_message_append(m, "tt", id, size);
	sd_bus_call_async(f->voices[1], NULL, m, on_data, &got, 0);
	sd_bus_message_unref(m);
	spin(f);
	return got;
}

static void test_microphone(void **state)
{
	struct fixture *f = *state;

	spin(f);
	assert_true(voice_init(f, true, 9, SOUND_RATE));
	assert_int_equal(voice_read(f, 9, 40), 0); /* it does not record */
	assert_true(voice_enable(f, true, 9, true));
	assert_true(f->source->sound.recording && !f->source->sound.playing);
	assert_int_equal(voice_read(f, 9, 43), 40);
	assert_int_equal(voice_read(f, 9, UINT64_MAX), SOUND_FRAMES_MOST * 4);
	assert_int_equal(voice_read(f, 1, 40), 0);
}

static int set_up_blind(void **state)
{
	int r = set_up(state);
	struct fixture *f = *state;

	f->no_screen = true;
	return r;
}

static void test_sound_without_a_screen(void **state)
{
	struct fixture *f = *state;

	spin(f);
	assert_true(f->source->blind && !f->gone && f->voices[0] && !f->registered);
}

static void test_end(void **state)
{
	struct fixture *f = *state;

	spin(f);
	sd_bus_close_unref(f->bus);
	f->bus = NULL;
	spin(f);
	assert_int_equal(f->gone, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_pictures, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_nonsense, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_shared_memory, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_input, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_refused_at_first, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_size_without_a_picture, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_cursor, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_many_at_once, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_sound, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_sound_of_another_form, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_microphone, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(
	                test_sound_without_a_screen, set_up_blind, tear_down),
	        cmocka_unit_test_setup_teardown(test_end, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
