/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/agent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

struct bytes {
	uint8_t data[4096];
	size_t n;
};

static void add(struct bytes *b, const void *data, size_t n)
{
	memcpy(b->data + b->n, data, n);
	b->n += n;
}

/* A message of @size zero bytes but for its first word, in chunks of at most @piece. */
static void add_message(struct bytes *b, uint32_t type, uint32_t first, uint32_t size, size_t piece)
{
	struct bytes m = {0};
	const VDAgentMessage head = {.protocol = VD_AGENT_PROTOCOL, .type = type, .size = size};

	add(&m, &head, sizeof(head));
	if (size)
		add(&m, &(uint32_t[64]){first}, size);
	for (size_t at = 0; at < m.n; at += piece) {
		size_t n = m.n - at < piece ? m.n - at : piece;
		const VDIChunkHeader chunk = {VDP_CLIENT_PORT, (uint32_t)n};

		add(b, &chunk, sizeof(chunk));
		add(b, m.data + at, n);
	}
}

static unsigned feed(const struct bytes *b, size_t step)
{
	struct agent_stream stream = {0};
	unsigned asked = 0;

	for (size_t at = 0; at < b->n; at += step)
		asked += agent_stream_feed(
		        &stream, b->data + at, b->n - at < step ? b->n - at : step);
	return asked;
}

/* However it is cut. */
static void test_asked(void **state)
{
	static const size_t pieces[] = {2048, 21, 20, 19, 7, 1};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		struct bytes b = {0};

		add_message(&b, VD_AGENT_ANNOUNCE_CAPABILITIES, 1, 8, pieces[i]);
		add_message(&b, VD_AGENT_CLIPBOARD, 1, 100, pieces[i]);
		add_message(&b, VD_AGENT_CLIPBOARD_RELEASE, 0, 0, pieces[i]);
		add_message(&b, VD_AGENT_ANNOUNCE_CAPABILITIES, 0, 8, pieces[i]);
		add_message(&b, VD_AGENT_ANNOUNCE_CAPABILITIES, 1, 8, pieces[i]);
		for (size_t step = 1; step < 40; step++)
			assert_int_equal(feed(&b, step), 2);
		assert_int_equal(feed(&b, b.n), 2);
	}
}

static void test_nonsense(void **state)
{
	const VDIChunkHeader empty = {VDP_CLIENT_PORT, 0}, huge = {9, UINT32_MAX};
	struct bytes b = {0};

	(void)state;
	add(&b, &empty, sizeof(empty));
	add_message(&b, VD_AGENT_ANNOUNCE_CAPABILITIES, 1, 0, 100); /* too short to ask */
	add_message(&b, VD_AGENT_ANNOUNCE_CAPABILITIES, 1, 3, 100);
	assert_int_equal(feed(&b, b.n), 0);
	add_message(&b, VD_AGENT_ANNOUNCE_CAPABILITIES, 1, 4, 100);
	add(&b, &huge, sizeof(huge));
	add_message(&b, VD_AGENT_ANNOUNCE_CAPABILITIES, 0, 4, 100);
	assert_int_equal(feed(&b, b.n), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_asked),
	        cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
