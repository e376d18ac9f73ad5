/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the other end of the screen's socket may say, byte by byte. */
#include "bus/screen_wire.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define HEAD(kind)                   \
	{                            \
		SCREEN_VERSION, kind \
	}

static int read_event(const void *packet, size_t n)
{
	union screen_event event;
	struct err err = {0};
	int r = screen_event_read(packet, n, &event, &err);

	assert_int_equal(r, r < 0 ? -EPROTO : 0);
	assert_true(r == 0 || err.message[0]);
	return r;
}

/* Of its right length, and of none other. */
static void assert_exact(const void *packet, size_t n)
{
	char longer[256] = {0};

	memcpy(longer, packet, n);
	assert_int_equal(read_event(longer, n), 0);
	for (size_t i = 0; i < sizeof(longer); i++)
		if (i != n)
			assert_int_equal(read_event(longer, i), -EPROTO);
}

static void each_message_has_one_length(void **state)
{
	const struct screen_size size = {HEAD(SCREEN_RESIZE), 1920, 1080};
	const struct screen_done done = {HEAD(SCREEN_DONE), 7};
	const struct screen_key key = {HEAD(SCREEN_KEY), 103, 1};
	const struct screen_pointer pointer = {HEAD(SCREEN_POINTER), -3, 70000};
	const struct screen_button button = {HEAD(SCREEN_BUTTON), SCREEN_BUTTON_LEFT, 0};
	const struct screen_wheel wheel = {HEAD(SCREEN_WHEEL), -1};
	const struct screen_head left = HEAD(SCREEN_LEFT);

	(void)state;
	assert_exact(&size, sizeof(size));
	assert_exact(&done, sizeof(done));
	assert_exact(&key, sizeof(key));
	assert_exact(&pointer, sizeof(pointer));
	assert_exact(&button, sizeof(button));
	assert_exact(&wheel, sizeof(wheel));
	assert_exact(&left, sizeof(left));
}

static void what_it_holds_is_within_limits(void **state)
{
	static const uint32_t sizes[][2] = {{0, 720}, {1280, 0}, {319, 720}, {1280, 319},
	        {SCREEN_WIDTH_MOST + 1, 720}, {1280, SCREEN_HEIGHT_MOST + 1}, {UINT32_MAX, 720}};
	const struct screen_key high = {HEAD(SCREEN_KEY), SCREEN_KEY_MOST + 1, 1};
	const struct screen_key twice = {HEAD(SCREEN_KEY), 1, 2};
	const struct screen_button twice_button = {HEAD(SCREEN_BUTTON), 1, 2};
	const struct screen_wheel wheel = {HEAD(SCREEN_WHEEL), INT32_MIN};
	const struct screen_head version = {SCREEN_VERSION + 1, SCREEN_LEFT};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		const struct screen_size size = {HEAD(SCREEN_RESIZE), sizes[i][0], sizes[i][1]};

		assert_int_equal(read_event(&size, sizeof(size)), -EPROTO);
	}
	assert_int_equal(read_event(&high, sizeof(high)), -EPROTO);
	assert_int_equal(read_event(&twice, sizeof(twice)), -EPROTO);
	assert_int_equal(read_event(&twice_button, sizeof(twice_button)), -EPROTO);
	assert_int_equal(read_event(&wheel, sizeof(wheel)), -EPROTO);
	assert_int_equal(read_event(&version, sizeof(version)), -EPROTO);
}

static int read_text(const char *s, size_t n)
{
	char packet[64] = {0};
	const struct screen_head head = HEAD(SCREEN_TEXT);

	memcpy(packet, &head, sizeof(head));
	memcpy(packet + sizeof(head), s, n);
	return read_event(packet, sizeof(head) + n);
}

static void text_is_what_can_be_typed(void **state)
{
	static const char *const good[] = {"a", "\xd0\xaf", "\xe2\x82\xac", "\xf0\x9d\x84\x9e",
	        "1234567890123456789012345678901"};
	static const char *const bad[] = {"\x01", "\x7f", "\xc2\x85", "\xff", "\xc3", "\xc0\xaf",
	        "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "a\x80",
	        "12345678901234567890123456789012"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(read_text(good[i], strlen(good[i])), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(read_text(bad[i], strlen(bad[i])), -EPROTO);
	assert_int_equal(read_text("", 0), -EPROTO);
	assert_int_equal(read_text("a\0b", 3), -EPROTO);
}

static void the_longest_text_ends(void **state)
{
	const struct screen_head head = HEAD(SCREEN_TEXT);
	char packet[sizeof(head) + SCREEN_TEXT_MOST];
	union screen_event event;

	(void)state;
	memset(packet, 'x', sizeof(packet));
	memcpy(packet, &head, sizeof(head));
	memset(&event, 'y', sizeof(event));
	assert_int_equal(screen_event_read(packet, sizeof(packet), &event, NULL), 0);
	assert_int_equal(strlen(event.text.text), SCREEN_TEXT_MOST);
}

/* Both ways; with ends of lines, and none where there is none. */
static void a_clipboard_holds_text(void **state)
{
	static char packet[sizeof(struct screen_head) + SCREEN_COPY_MOST + 1];
	static const char good[] = "строка\r\n\tдва", bad[] = "\x1b[2J";
	const struct screen_head pasted = HEAD(SCREEN_PASTED), copied = HEAD(SCREEN_COPIED);
	struct screen_clipboard out;

	(void)state;
	memset(packet, 'x', sizeof(packet));
	for (int back = 0; back < 2; back++) {
		const struct screen_head *head = back ? &copied : &pasted;
		const struct {
			const char *text;
			size_t n;
			int want;
		} cases[] = {{"", 0, 0}, {good, sizeof(good) - 1, 0},
		        {bad, sizeof(bad) - 1, -EPROTO}, {good, sizeof(good), -EPROTO},
		        {packet, SCREEN_COPY_MOST, 0}, {packet, SCREEN_COPY_MOST + 1, -EPROTO}};

		for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
			static char whole[sizeof(packet)];
			size_t n = sizeof(*head) + cases[i].n;

			memset(packet, 'x', sizeof(packet));
			memcpy(whole, head, sizeof(*head));
			memcpy(whole + sizeof(*head), cases[i].text, cases[i].n);
			assert_int_equal(back ? screen_copied_read(whole, n, &out, NULL)
			                      : read_event(whole, n),
			        cases[i].want);
		}
	}
	assert_int_equal(screen_copied_read(&pasted, sizeof(pasted), &out, NULL), -EPROTO);
}

/* --- the reader's side --- */

static int read_frame(const struct screen_frame *frame, size_t n)
{
	struct screen_frame out;

	return screen_frame_read(frame, n, 640, 480, &out, NULL);
}

static void a_frame_lies_within_its_buffer(void **state)
{
	static const struct screen_rect bad[] = {{0, 0, 641, 480}, {0, 0, 640, 481}, {640, 0, 1, 1},
	        {0, 480, 1, 1}, {0, 0, 0, 1}, {0, 0, 1, 0}, {1, 1, UINT32_MAX, 1},
	        {UINT32_MAX, 1, 2, 1}};
	struct screen_frame frame = {
	        .head = HEAD(SCREEN_FRAME), .n_rects = 1, .rects = {{0, 0, 640, 480}}};

	(void)state;
	assert_int_equal(read_frame(&frame, screen_frame_size(1)), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		frame.rects[0] = bad[i];
		assert_int_equal(read_frame(&frame, screen_frame_size(1)), -EPROTO);
	}
	frame.rects[0] = (struct screen_rect){639, 479, 1, 1};
	assert_int_equal(read_frame(&frame, screen_frame_size(1)), 0);
	assert_int_equal(read_frame(&frame, screen_frame_size(2)), -EPROTO);
	assert_int_equal(read_frame(&frame, 3), -EPROTO);
	frame.n_rects = UINT32_MAX;
	assert_int_equal(read_frame(&frame, sizeof(frame)), -EPROTO);
	frame.n_rects = 1;
	frame.head.kind = SCREEN_BUFFER;
	assert_int_equal(read_frame(&frame, screen_frame_size(1)), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(each_message_has_one_length),
	        cmocka_unit_test(what_it_holds_is_within_limits),
	        cmocka_unit_test(text_is_what_can_be_typed),
	        cmocka_unit_test(the_longest_text_ends),
	        cmocka_unit_test(a_clipboard_holds_text),
	        cmocka_unit_test(a_frame_lies_within_its_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
