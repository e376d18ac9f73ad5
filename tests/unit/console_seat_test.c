/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The console's end of the seat's sound, with a front end that is played here. */
#include "console/seat.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <cmocka.h>

struct fixture {
	sd_event *event;
	struct seat seat;
	int theirs;
};

static const struct sound_state playing = {
        .head = {SOUND_VERSION, SOUND_STATE}, .playing = 1, .out = {0, {255, 255}}};

static void spin(struct fixture *f)
{
	while (sd_event_run(f->event, 10000) > 0)
		;
}

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	int pair[2];

	*state = f;
	assert_true(sd_event_new(&f->event) >= 0);
	f->seat.fd = -1;
	assert_int_equal(
	        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
	f->theirs = pair[1];
	return seat_open(&f->seat, f->event, pair[0], &playing);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	seat_close(&f->seat);
	close_fd(&f->theirs);
	sd_event_unref(f->event);
	free(f);
	return 0;
}

/* Frames in the next packet; 0: it is a state; -1: there is none. */
static int next(struct fixture *f, union sound_message *message)
{
	uint8_t packet[sizeof(*message)];
	ssize_t got = recv(f->theirs, packet, sizeof(packet), 0);
	struct err err;
	size_t n;

	if (got <= 0)
		return -1;
	assert_int_equal(sound_read_console(packet, (size_t)got, message, &n, &err), 0);
	return (int)n;
}

static void test_what_is_said(void **state)
{
	struct sound_state muted = playing;
	struct fixture *f = *state;
	union sound_message m;
	uint32_t frames[1500] = {[0] = 1, [1024] = 2};

	assert_int_equal(next(f, &m), 0);
	assert_int_equal(m.state.playing, 1);
	seat_play(&f->seat, frames, ARRAY_SIZE(frames));
	assert_int_equal(next(f, &m), 1024);
	assert_int_equal(m.samples.frames[0], 1);
	assert_int_equal(next(f, &m), 1500 - 1024);
	assert_int_equal(m.samples.frames[0], 2);
	muted.out.mute = 1;
	seat_tell(&f->seat, &muted);
	assert_int_equal(next(f, &m), 0);
	assert_int_equal(m.state.out.mute, 1);
}

/* What a front end does not take is lost, and is not much; once it takes again it learns how things are first. */
static void test_one_that_hangs(void **state)
{
	struct sound_state muted = playing;
	struct fixture *f = *state;
	union sound_message m;
	uint32_t frames[1024] = {0};
	int n, waiting = 0;

	for (int i = 0; i < 1000; i++)
		seat_play(&f->seat, frames, ARRAY_SIZE(frames));
	muted.out.mute = 1;
	seat_tell(&f->seat, &muted);
	while ((n = next(f, &m)) >= 0)
		waiting += n;
	assert_in_range(waiting, 1024, 4 * SOUND_LATE_FRAMES);
	assert_int_equal(m.state.head.kind, SOUND_PLAYED);
	seat_play(&f->seat, frames, ARRAY_SIZE(frames));
	assert_int_equal(next(f, &m), 0);
	assert_int_equal(m.state.out.mute, 1);
	assert_int_equal(next(f, &m), 1024);
}

/* It is not another sound that has it told. */
static void test_told_when_there_is_room(void **state)
{
	struct fixture *f = *state;
	union sound_message m;
	uint32_t frames[1024] = {0}, events;
	const struct sound_state quiet = {.head = {SOUND_VERSION, SOUND_STATE}};

	for (int i = 0; i < 1000; i++)
		seat_play(&f->seat, frames, ARRAY_SIZE(frames));
	seat_tell(&f->seat, &quiet);
	spin(f);
	assert_false(f->seat.told);
	while (next(f, &m) >= 0)
		;
	spin(f);
	assert_int_equal(next(f, &m), 0);
	assert_int_equal(m.state.playing, 0);
	assert_int_equal(next(f, &m), -1);
	assert_true(sd_event_source_get_io_events(f->seat.io, &events) >= 0);
	assert_int_equal(events, EPOLLIN);
}

static void test_replaced(void **state)
{
	struct fixture *f = *state;
	union sound_message m;
	int pair[2];

	assert_int_equal(next(f, &m), 0);
	assert_int_equal(
	        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
	assert_int_equal(seat_open(&f->seat, f->event, pair[0], &playing), 0);
	assert_int_equal(next(f, &m), 0);
	assert_int_equal(m.head.kind, SOUND_REPLACED);
	assert_int_equal(next(f, &m), -1);
	close_fd(&f->theirs);
	f->theirs = pair[1];
	assert_int_equal(next(f, &m), 0);
	assert_int_equal(m.head.kind, SOUND_STATE);
}

static void speak(struct fixture *f, size_t n)
{
	struct sound_samples samples = {.head = {SOUND_VERSION, SOUND_RECORDED}, .frames = {5}};

	send(f->theirs, &samples, sound_samples_size(n), 0);
	spin(f);
}

static void test_microphone(void **state)
{
	struct sound_state recording = playing;
	struct fixture *f = *state;

	speak(f, 10); /* nobody has asked for it */
	assert_int_equal(f->seat.microphone.n, 0);
	recording.recording = 1;
	seat_tell(&f->seat, &recording);
	speak(f, 10);
	assert_int_equal(f->seat.microphone.n, 10);
	for (int i = 0; i < 20; i++)
		speak(f, SOUND_FRAMES_MOST);
	assert_int_equal(f->seat.microphone.n, SOUND_LATE_FRAMES);
	seat_tell(&f->seat, &playing);
	assert_int_equal(f->seat.microphone.n, 0);
}

static void test_nonsense_ends_it(void **state)
{
	struct fixture *f = *state;

	send(f->theirs, "garbage", 7, 0);
	spin(f);
	assert_int_equal(f->seat.fd, -1);
	seat_play(&f->seat, (uint32_t[]){1}, 1);
	seat_tell(&f->seat, &playing);
}

static void test_end(void **state)
{
	struct fixture *f = *state;

	close_fd(&f->theirs);
	spin(f);
	assert_int_equal(f->seat.fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_what_is_said, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_one_that_hangs, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_told_when_there_is_room, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_replaced, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_microphone, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_nonsense_ends_it, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(test_end, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
