/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent's stream however it is cut, and the clipboard by demand. */
#include "console/agent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

struct bytes {
	uint8_t data[300000];
	size_t n;
};

static void add(struct bytes *b, const void *data, size_t n)
{
	assert_true(b->n + n <= sizeof(b->data));
	memcpy(b->data + b->n, data, n);
	b->n += n;
}

/* In chunks of at most @piece. */
static void add_message(
        struct bytes *b, uint32_t type, const void *body, uint32_t size, size_t piece)
{
	const VDAgentMessage head = {.protocol = VD_AGENT_PROTOCOL, .type = type, .size = size};
	cleanup_free uint8_t *whole = xcalloc(sizeof(head) + size, 1);

	memcpy(whole, &head, sizeof(head));
	if (size)
		memcpy(whole + sizeof(head), body, size);
	for (size_t at = 0; at < sizeof(head) + size; at += piece) {
		size_t left = sizeof(head) + size - at, n = left < piece ? left : piece;
		const VDIChunkHeader chunk = {VDP_CLIENT_PORT, (uint32_t)n};

		add(b, &chunk, sizeof(chunk));
		add(b, whole + at, n);
	}
}

struct heard {
	char text[256];
	unsigned n;
};

static void note(char *text, size_t room, const VDAgentMessage *m, const uint8_t *body, size_t n)
{
	size_t at = strlen(text);

	snprintf(text + at, room - at, "%u/%u:", m->type, m->size);
	for (size_t i = 0; i < n && i < 8; i++) {
		at = strlen(text);
		snprintf(text + at, room - at, "%02x", body[i]);
	}
	at = strlen(text);
	snprintf(text + at, room - at, " ");
}

static void on_message(
        void *user, uint32_t port, const VDAgentMessage *m, const uint8_t *body, size_t n)
{
	struct heard *h = user;

	assert_int_equal(port, VDP_CLIENT_PORT);
	note(h->text, sizeof(h->text), m, body, n);
	h->n++;
}

static const uint32_t wants[] = {1, 1u << VD_AGENT_CAP_CLIPBOARD_SELECTION},
                      grab[] = {0, VD_AGENT_CLIPBOARD_UTF8_TEXT},
                      primary[] = {1, VD_AGENT_CLIPBOARD_UTF8_TEXT},
                      image[] = {0, VD_AGENT_CLIPBOARD_IMAGE_PNG},
                      request[] = {0, VD_AGENT_CLIPBOARD_UTF8_TEXT}, release[] = {0};

/* Every kind that there is, cut at each byte, in chunks of several sizes. */
static void test_cut(void **state)
{
	static const size_t pieces[] = {2048, 21, 20, 19, 7, 1};
	static struct bytes b;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		b.n = 0;
		add_message(&b, VD_AGENT_ANNOUNCE_CAPABILITIES, wants, sizeof(wants), pieces[i]);
		add_message(&b, VD_AGENT_CLIPBOARD_GRAB, grab, sizeof(grab), pieces[i]);
		add_message(&b, VD_AGENT_CLIPBOARD_REQUEST, request, sizeof(request), pieces[i]);
		add_message(&b, VD_AGENT_CLIPBOARD, "\0\0\0\0\1\0\0\0hi", 10, pieces[i]);
		add_message(&b, VD_AGENT_CLIPBOARD_RELEASE, release, sizeof(release), pieces[i]);
		add_message(&b, VD_AGENT_CLIENT_DISCONNECTED, NULL, 0, pieces[i]);
		for (size_t cut = 0; cut <= b.n; cut++) {
			struct agent_stream s = {0};
			struct heard h = {0};

			agent_stream_feed(&s, b.data, cut, on_message, &h);
			assert_true(
			        cut == b.n || cut == 0 || !agent_stream_is_between(&s) || h.n < 6);
			agent_stream_feed(&s, b.data + cut, b.n - cut, on_message, &h);
			assert_string_equal(h.text,
			        "6/8:0100000040000000 7/8:0000000001000000 "
			        "8/8:0000000001000000 4/10:0000000001000000 9/4:00000000 13/0: ");
			assert_true(agent_stream_is_between(&s));
			agent_stream_reset(&s);
		}
	}
}

/* What is too long is passed over and costs nothing; a port that there is not is no port. */
static void test_oversize(void **state)
{
	static struct bytes b;
	static uint8_t zeroes[AGENT_BODY_MOST + 1];
	const VDIChunkHeader empty = {VDP_CLIENT_PORT, 0}, other = {9, 5};
	struct agent_stream s = {0};
	struct heard h = {0};

	(void)state;
	b.n = 0;
	add(&b, &empty, sizeof(empty));
	add(&b, &other, sizeof(other));
	add(&b, "12345", 5);
	add_message(&b, VD_AGENT_CLIPBOARD, zeroes, AGENT_BODY_MOST + 1, 2048);
	add_message(&b, VD_AGENT_CLIPBOARD, zeroes, AGENT_BODY_MOST, 2048);
	agent_stream_feed(&s, b.data, b.n, on_message, &h);
	assert_string_equal(h.text, "4/65553: 4/65552:0000000000000000 ");
	agent_stream_reset(&s);
	b.n = 0;
	add_message(&b, VD_AGENT_CLIPBOARD, zeroes, 100, 2048);
	agent_stream_feed(&s, b.data, 60, on_message, &h);
	assert_false(agent_stream_is_between(&s));
	agent_stream_reset(&s);
}

struct talk {
	struct agent_talk talk;
	struct agent_talk_handler handler;
	char text[64];
	unsigned texts;
	size_t n_text;
};

static void on_text(void *user, const char *text, size_t n)
{
	struct talk *t = user;

	snprintf(t->text, sizeof(t->text), "%.*s", (int)n, text);
	t->n_text = n;
	t->texts++;
}

static void begin(struct talk *t, bool clipboard)
{
	*t = (struct talk){.handler = {on_text, t}};
	t->talk.clipboard = clipboard;
}

static void hear(struct talk *t, uint32_t type, const void *body, size_t n)
{
	static struct bytes b;

	b.n = 0;
	add_message(&b, type, body, (uint32_t)n, 2048);
	agent_talk_hear(&t->talk, b.data, b.n, &t->handler);
}

/* What was said, as messages. */
static const char *said(struct talk *t)
{
	static struct heard h;
	static uint8_t bytes[AGENT_OUT_MOST];
	struct agent_stream s = {0};
	size_t n;

	h = (struct heard){0};
	n = agent_talk_take(&t->talk, bytes, 3); /* however it is taken */
	n += agent_talk_take(&t->talk, bytes + n, sizeof(bytes) - n);
	agent_stream_feed(&s, bytes, n, on_message, &h);
	assert_true(agent_stream_is_between(&s));
	return h.text;
}

static void test_capabilities(void **state)
{
	struct talk t;
	char before[64];

	(void)state;
	begin(&t, false);
	hear(&t, VD_AGENT_ANNOUNCE_CAPABILITIES, wants, sizeof(wants));
	assert_string_equal(said(&t), "6/8:0000000002000000 ");
	hear(&t, VD_AGENT_ANNOUNCE_CAPABILITIES, "\0\0\0\0\0\0\0\0", 8);
	hear(&t, VD_AGENT_ANNOUNCE_CAPABILITIES, "\1\0\0", 3);
	assert_string_equal(said(&t), "");
	hear(&t, VD_AGENT_CLIPBOARD_GRAB, grab, sizeof(grab));
	agent_talk_ask(&t.talk, &t.handler);
	assert_int_equal(t.texts, 1); /* nothing, and nobody was asked */
	assert_string_equal(said(&t), "");
	agent_talk_finish(&t.talk);
	begin(&t, true);
	hear(&t, VD_AGENT_ANNOUNCE_CAPABILITIES, wants, sizeof(wants));
	snprintf(before, sizeof(before), "6/8:00000000%02x010000 ",
	        1 << VD_AGENT_CAP_MONITORS_CONFIG | 1 << VD_AGENT_CAP_CLIPBOARD_BY_DEMAND |
	                1 << VD_AGENT_CAP_CLIPBOARD_SELECTION);
	assert_string_equal(said(&t), before);
	agent_talk_finish(&t.talk);
}

static void paste(struct talk *t, const char *text, size_t n)
{
	cleanup_free char *body = xcalloc(n + 9, 1);

	body[4] = VD_AGENT_CLIPBOARD_UTF8_TEXT;
	memcpy(body + 8, text, n);
	hear(t, VD_AGENT_CLIPBOARD, body, n + 8);
}

static void test_paste(void **state)
{
	static char long_text[AGENT_TEXT_MOST + 1];
	struct talk t;

	(void)state;
	memset(long_text, 'x', sizeof(long_text));
	begin(&t, true);
	hear(&t, VD_AGENT_ANNOUNCE_CAPABILITIES, wants, sizeof(wants));
	said(&t);
	/* What was not asked for is not taken. */
	paste(&t, "unasked", 7);
	assert_int_equal(t.texts, 0);
	hear(&t, VD_AGENT_CLIPBOARD_GRAB, primary, sizeof(primary));
	agent_talk_ask(&t.talk, &t.handler);
	assert_int_equal(t.texts, 1); /* of another selection: there is nothing */
	hear(&t, VD_AGENT_CLIPBOARD_GRAB, image, sizeof(image));
	agent_talk_ask(&t.talk, &t.handler);
	assert_int_equal(t.texts, 2);
	hear(&t, VD_AGENT_CLIPBOARD_GRAB, grab, sizeof(grab));
	assert_string_equal(said(&t), "");
	agent_talk_ask(&t.talk, &t.handler);
	assert_string_equal(said(&t), "8/8:0000000001000000 ");
	paste(&t, "привет\n", strlen("привет\n"));
	assert_int_equal(t.texts, 3);
	assert_string_equal(t.text, "привет\n");
	/* Garbage, zero bytes and what is too long are nothing, and end the waiting. */
	for (size_t i = 0; i < 5; i++) {
		static const struct {
			const char *text;
			size_t n;
		} bad[] = {{"\xff", 1}, {"a\0b", 3}, {"\xc0\x80", 2},
		        {long_text, sizeof(long_text)}, {"\xed\xa0\x80", 3}};

		agent_talk_ask(&t.talk, &t.handler);
		paste(&t, bad[i].text, bad[i].n);
		assert_int_equal(t.texts, 4 + i);
		assert_int_equal(t.n_text, 0);
	}
	agent_talk_ask(&t.talk, &t.handler);
	paste(&t, long_text, AGENT_TEXT_MOST);
	assert_int_equal(t.n_text, AGENT_TEXT_MOST);
	hear(&t, VD_AGENT_CLIPBOARD_RELEASE, release, sizeof(release));
	said(&t);
	agent_talk_ask(&t.talk, &t.handler);
	assert_string_equal(said(&t), "");
	assert_int_equal(t.n_text, 0);
	agent_talk_finish(&t.talk);
}

static void test_copy(void **state)
{
	static char long_text[AGENT_TEXT_MOST];
	struct talk t;

	(void)state;
	memset(long_text, 'x', sizeof(long_text));
	begin(&t, true);
	agent_talk_offer(&t.talk, "early", 5); /* while nobody is there */
	agent_talk_reset(&t.talk);
	hear(&t, VD_AGENT_ANNOUNCE_CAPABILITIES, wants, sizeof(wants));
	assert_non_null(strstr(said(&t), " 7/8:0000000001000000 "));
	hear(&t, VD_AGENT_CLIPBOARD_REQUEST, request, sizeof(request));
	assert_string_equal(said(&t), "4/13:0000000001000000 ");
	/* Of another selection, or in another form: nothing. */
	hear(&t, VD_AGENT_CLIPBOARD_REQUEST, primary, sizeof(primary));
	assert_string_equal(said(&t), "");
	hear(&t, VD_AGENT_CLIPBOARD_REQUEST, image, sizeof(image));
	assert_string_equal(said(&t), "4/8:0000000000000000 ");
	agent_talk_offer(&t.talk, long_text, sizeof(long_text));
	hear(&t, VD_AGENT_CLIPBOARD_REQUEST, request, sizeof(request));
	assert_string_equal(said(&t), "7/8:0000000001000000 4/65544:0000000001000000 ");
	/* One that takes nothing and asks without end has no more than there is room for. */
	for (unsigned i = 0; i < 100; i++)
		hear(&t, VD_AGENT_CLIPBOARD_REQUEST, request, sizeof(request));
	assert_true(t.talk.n_out <= AGENT_OUT_MOST);
	/* The newest counts: what the viewer copied since then. */
	hear(&t, VD_AGENT_CLIPBOARD_GRAB, grab, sizeof(grab));
	assert_null(t.talk.own);
	agent_talk_finish(&t.talk);
}

/* A viewer of before selections. */
static void test_without_selection(void **state)
{
	static const uint32_t old[] = {1, 0};
	struct talk t;

	(void)state;
	begin(&t, true);
	hear(&t, VD_AGENT_ANNOUNCE_CAPABILITIES, old, sizeof(old));
	said(&t);
	hear(&t, VD_AGENT_CLIPBOARD_GRAB, &grab[1], 4);
	agent_talk_ask(&t.talk, &t.handler);
	assert_string_equal(said(&t), "8/4:01000000 ");
	hear(&t, VD_AGENT_CLIPBOARD, "\1\0\0\0old", 7);
	assert_string_equal(t.text, "old");
	hear(&t, VD_AGENT_CLIPBOARD, "", 0);
	hear(&t, VD_AGENT_CLIPBOARD_GRAB, "", 0);
	agent_talk_finish(&t.talk);
}

static void test_text(void **state)
{
	(void)state;
	assert_true(agent_text_good("", 0) && agent_text_good("a\t\r\nб😀", 10));
	assert_false(agent_text_good("\x1b[0m", 4) || agent_text_good("\x7f", 1) ||
	             agent_text_good("\xc2\x80", 2) || agent_text_good("\xd0", 1) ||
	             agent_text_good("\xf4\x90\x80\x80", 4));
	assert_int_equal(agent_text_cut("бв", 4, 3), 2);
	assert_int_equal(agent_text_cut("бв", 4, 4), 4);
	assert_int_equal(agent_text_cut("😀", 4, 3), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_cut),
	        cmocka_unit_test(test_oversize),
	        cmocka_unit_test(test_capabilities),
	        cmocka_unit_test(test_paste),
	        cmocka_unit_test(test_copy),
	        cmocka_unit_test(test_without_selection),
	        cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
