/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent in the guest, played by this file; it may say anything. */
#include "base/socket.h"
#include "base/util.h"
#include "vm/guest_agent.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define MARK "\xff"

static enum guest_agent_news read_all(struct guest_agent_reader *r, const char *text, size_t n)
{
	enum guest_agent_news last = GUEST_AGENT_NOTHING;

	for (size_t i = 0; i < n; i++) {
		enum guest_agent_news news = guest_agent_read(r, (unsigned char)text[i]);

		if (news != GUEST_AGENT_NOTHING)
			last = news;
	}
	return last;
}

static void test_reader(void **state)
{
	static const struct {
		const char *text;
		enum guest_agent_news last;
		bool synced;
	} cases[] = {
	        {MARK "{\"return\": 77}\n", GUEST_AGENT_SYNCED, true},
	        {"rubbish\n{\"return\": {}}\n" MARK "{ \"return\" :77 }\r\n", GUEST_AGENT_SYNCED,
	                true},
	        {"{\"error\": {}}\n" MARK "{\"return\": 77}\n", GUEST_AGENT_SYNCED, true},
	        {"{\"return\": 77}\n", GUEST_AGENT_NOTHING,
	                false}, /* before the mark: of another */
	        {MARK "{\"return\": 78}\n", GUEST_AGENT_NOTHING, false},
	        {MARK "{\"return\": 770}\n", GUEST_AGENT_NOTHING, false},
	        {MARK "{\"return\": 77}", GUEST_AGENT_NOTHING, false},
	        {MARK "{\"return\": 77, \"return\": 77}\n", GUEST_AGENT_NOTHING, false},
	        {MARK "{\"return\": 78}\n{\"return\": 77}\n", GUEST_AGENT_SYNCED, true},
	        {MARK "{\"return\": 77}\n{\"return\": {}}\n", GUEST_AGENT_SYNCED, true},
	        {MARK "{\"return\": 77}\n{\"error\": {\"class\": \"CommandNotFound\"}}\n",
	                GUEST_AGENT_REFUSED, true},
	        {"\n\n" MARK MARK "\n" MARK "{\"return\": 77}\n", GUEST_AGENT_SYNCED, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct guest_agent_reader r = {.id = 77};
		enum guest_agent_news last = read_all(&r, cases[i].text, strlen(cases[i].text));

		if (last != cases[i].last || r.synced != cases[i].synced)
			fail_msg("case %zu: %d %d", i, (int)last, r.synced);
	}
}

/* No depth and no length of what it says is anybody's concern. */
static void test_bombs(void **state)
{
	struct guest_agent_reader r = {.id = 77};
	enum guest_agent_news news = GUEST_AGENT_NOTHING;
	size_t n = 0;

	(void)state;
	while (news == GUEST_AGENT_NOTHING && n < 10u * GUEST_AGENT_BYTES_MOST) {
		news = guest_agent_read(&r, '[');
		n++;
	}
	assert_int_equal(news, GUEST_AGENT_FLOOD);
	assert_int_equal(n, GUEST_AGENT_BYTES_MOST + 1);
	assert_true(r.used <= sizeof(r.line));
}

/* An error's words may be long. */
static void test_long_error(void **state)
{
	struct guest_agent_reader r = {.id = 77};

	(void)state;
	read_all(&r, MARK "{\"return\": 77}\n{\"error\": \"", 26);
	for (int i = 0; i < 1000; i++)
		guest_agent_read(&r, 'x');
	assert_int_equal(guest_agent_read(&r, '\n'), GUEST_AGENT_REFUSED);
}

/* --- the conversation --- */

struct fixture {
	char folder[64], path[96], heard[1024];
	sd_event *event;
	int listener, peer;
	struct guest_agent *agent;
	unsigned refused;
	int number;
};

static void on_refused(void *user, const struct err *why)
{
	struct fixture *f = user;

	f->refused++;
	f->number = why->number;
	guest_agent_destroy(take_ptr(f->agent));
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	strcpy(f->folder, "/tmp/playthrough-agent-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	snprintf(f->path, sizeof(f->path), "%s/agent.sock", f->folder);
	f->listener = socket_listen(f->path, 0600, NULL);
	assert_true(f->listener >= 0);
	assert_true(sd_event_new(&f->event) >= 0);
	assert_int_equal(guest_agent_connect(f->event, f->path, &f->agent, NULL), 0);
	f->peer = accept4(f->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	assert_true(f->peer >= 0);
	assert_int_equal(guest_agent_ask(f->agent, GUEST_AGENT_SHUTDOWN, on_refused, f, NULL), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	guest_agent_destroy(f->agent);
	close_fd(&f->peer);
	close_fd(&f->listener);
	unlink(f->path);
	rmdir(f->folder);
	sd_event_unref(f->event);
	free(f);
	return 0;
}

static const char *hear(struct fixture *f)
{
	ssize_t n = recv(f->peer, f->heard, sizeof(f->heard) - 1, MSG_DONTWAIT);

	f->heard[n > 0 ? n : 0] = '\0';
	return f->heard;
}

static void say(struct fixture *f, const char *text, size_t n)
{
	assert_int_equal(write(f->peer, text, n), (ssize_t)n);
	while (sd_event_run(f->event, 0) > 0)
		;
}

static void answer(struct fixture *f)
{
	const char *id = strstr(hear(f), "\"id\":");
	cleanup_free char *text =
	        id ? xasprintf("\xff{\"return\": %u}\n", (unsigned)strtoul(id + 5, NULL, 10))
	           : NULL;

	assert_non_null(text);
	assert_int_equal((unsigned char)f->heard[0], 0xff);
	assert_non_null(strstr(f->heard, "guest-sync-delimited"));
	say(f, text, strlen(text));
}

static void test_obeys(void **state)
{
	struct fixture *f = *state;

	answer(f);
	assert_string_equal(hear(f), "{\"execute\":\"guest-shutdown\"}\n");
	close_fd(&f->peer);
	while (sd_event_run(f->event, 0) > 0)
		;
	assert_int_equal(f->refused, 0);
}

static void test_refuses(void **state)
{
	static const char no[] = "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\n";
	struct fixture *f = *state;

	answer(f);
	say(f, no, strlen(no));
	assert_int_equal(f->refused, 1);
	assert_int_equal(f->number, -EREMOTEIO);
}

static void test_floods(void **state)
{
	static char much[1024];
	struct fixture *f = *state;

	memset(much, '{', sizeof(much));
	for (unsigned i = 0; i <= GUEST_AGENT_BYTES_MOST / sizeof(much) && f->agent; i++)
		say(f, much, sizeof(much));
	assert_int_equal(f->refused, 1);
	assert_int_equal(f->number, -EMSGSIZE);
}

static void test_nobody_listens(void **state)
{
	struct fixture *f = *state;
	struct guest_agent *agent = NULL;
	struct err err;

	unlink(f->path);
	assert_true(guest_agent_connect(f->event, f->path, &agent, &err) < 0);
	assert_null(agent);
	assert_int_equal(f->refused, 0);
	/* It is asked once. */
	assert_true(guest_agent_ask(f->agent, GUEST_AGENT_SHUTDOWN, on_refused, f, &err) < 0);
}

#define AGENT_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_reader),
	        cmocka_unit_test(test_bombs),
	        cmocka_unit_test(test_long_error),
	        AGENT_TEST(test_obeys),
	        AGENT_TEST(test_refuses),
	        AGENT_TEST(test_floods),
	        AGENT_TEST(test_nobody_listens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
