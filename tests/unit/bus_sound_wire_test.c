/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus/sound_ring.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct sound_state good_state(void)
{
	return (struct sound_state){.head = {SOUND_VERSION, SOUND_STATE}, .playing = 1};
}

static int read_console(const void *packet, size_t n, size_t *n_frames)
{
	union sound_message message;
	struct err err;

	return sound_read_console(packet, n, &message, n_frames, &err);
}

static int read_seat(const void *packet, size_t n)
{
	union sound_message message;
	struct err err;
	size_t n_frames;

	return sound_read_seat(packet, n, &message, &n_frames, &err);
}

static void test_state(void **state)
{
	struct sound_state s = good_state();
	size_t n;

	(void)state;
	assert_int_equal(read_console(&s, sizeof(s), &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(read_console(&s, sizeof(s) - 1, &n), -EPROTO);
	assert_int_equal(read_console(&s, 3, &n), -EPROTO);
	assert_int_equal(read_console(&s, 0, &n), -EPROTO);
	assert_int_equal(read_seat(&s, sizeof(s)), -EPROTO);
	s.playing = 2;
	assert_int_equal(read_console(&s, sizeof(s), &n), -EPROTO);
	s = good_state();
	s.out.mute = 7;
	assert_int_equal(read_console(&s, sizeof(s), &n), -EPROTO);
	s = good_state();
	s.head.version++;
	assert_int_equal(read_console(&s, sizeof(s), &n), -EPROTO);
}

static void test_replaced(void **state)
{
	const struct sound_head last[2] = {{SOUND_VERSION, SOUND_REPLACED}};
	size_t n;

	(void)state;
	assert_int_equal(read_console(last, sizeof(*last), &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(read_console(last, sizeof(last), &n), -EPROTO);
	assert_int_equal(read_seat(last, sizeof(*last)), -EPROTO);
}

static void test_samples(void **state)
{
	struct {
		struct sound_samples samples;
		uint8_t more[8];
	} p = {.samples = {.head = {SOUND_VERSION, SOUND_PLAYED}}};
	size_t n;

	(void)state;
	assert_int_equal(read_console(&p, sound_samples_size(3), &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(read_console(&p, sound_samples_size(SOUND_FRAMES_MOST), &n), 0);
	assert_int_equal(n, SOUND_FRAMES_MOST);
	assert_int_equal(read_console(&p, sound_samples_size(SOUND_FRAMES_MOST) + 4, &n), -EPROTO);
	assert_int_equal(n, 0);
	assert_int_equal(read_console(&p, sound_samples_size(0), &n), -EPROTO);
	assert_int_equal(read_console(&p, sound_samples_size(2) - 1, &n), -EPROTO);
	assert_int_equal(read_seat(&p, sound_samples_size(3)), -EPROTO);
	p.samples.head.kind = SOUND_RECORDED;
	assert_int_equal(read_seat(&p, sound_samples_size(3)), 0);
	assert_int_equal(read_console(&p, sound_samples_size(3), &n), -EPROTO);
}

static uint32_t frame(int left, int right)
{
	return (uint16_t)left | (uint32_t)(uint16_t)right << 16;
}

static void test_levels(void **state)
{
	const struct sound_level half = {0, {128, 0}}, full = {0, {255, 255}}, mute = {1, {9, 9}};
	uint32_t frames[2] = {frame(-32768, 1000), frame(32767, -5)};

	(void)state;
	sound_scale(frames, 2, &full);
	assert_int_equal(frames[0], frame(-32768, 1000));
	sound_scale(frames, 2, &half);
	assert_int_equal(frames[0], frame(-32768 * 128 / 255, 0));
	assert_int_equal(frames[1], frame(32767 * 128 / 255, 0));
	sound_scale(frames, 2, &mute);
	assert_true(!frames[0] && !frames[1]);
}

/* What comes out is what went in last, however it is cut into pieces. */
static void test_ring(void **state)
{
	struct sound_ring *ring = xcalloc(1, sizeof(*ring));
	uint32_t in[1000], out[700], next_in = 0, next_out = 0;
	size_t n;

	(void)state;
	for (int turn = 0; turn < 200; turn++) {
		for (size_t i = 0; i < ARRAY_SIZE(in); i++)
			in[i] = next_in++;
		sound_ring_put(ring, in, ARRAY_SIZE(in));
		assert_true(ring->n <= SOUND_LATE_FRAMES);
		n = sound_ring_take(ring, out, ARRAY_SIZE(out));
		assert_int_equal(n, ARRAY_SIZE(out));
		assert_true(out[0] >= next_out && next_in - out[0] <= SOUND_LATE_FRAMES);
		for (size_t i = 1; i < n; i++)
			assert_int_equal(out[i], out[0] + i);
		next_out = out[n - 1] + 1;
	}
	assert_true(ring->dropped > 0);
	sound_ring_clear(ring);
	assert_int_equal(sound_ring_take(ring, out, 1), 0);
	free(ring);
}

static void test_more_than_a_ring_holds(void **state)
{
	struct sound_ring *ring = xcalloc(1, sizeof(*ring));
	size_t n = SOUND_LATE_FRAMES + 17;
	uint32_t *in = xcalloc(n, sizeof(*in)), first;

	(void)state;
	for (size_t i = 0; i < n; i++)
		in[i] = (uint32_t)i;
	sound_ring_put(ring, in, 5);
	sound_ring_put(ring, in, n);
	assert_int_equal(ring->n, SOUND_LATE_FRAMES);
	assert_int_equal(ring->dropped, 5 + 17);
	assert_int_equal(sound_ring_take(ring, &first, 1), 1);
	assert_int_equal(first, 17);
	free(in);
	free(ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_state),
	        cmocka_unit_test(test_replaced),
	        cmocka_unit_test(test_samples),
	        cmocka_unit_test(test_levels),
	        cmocka_unit_test(test_ring),
	        cmocka_unit_test(test_more_than_a_ring_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
