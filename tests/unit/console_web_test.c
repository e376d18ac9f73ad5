/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The web server's pure parts, and its relay with a browser and a libspice that are played. */
#include "console/peers.h"
#include "console/web_files.h"
#include "console/web_opening.h"
#include "console/web_relay.h"
#include "console/web_ticket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* --- opening --- */

#define KEY "dGhlIHNhbXBsZSBub25jZQ=="

static struct web_opening good_opening(void)
{
	return (struct web_opening){.host = "pc:5931",
	        .origin = "https://pc:5931",
	        .upgrade = "websocket",
	        .connection = "keep-alive, Upgrade",
	        .version = "13",
	        .key = KEY,
	        .protocol = "binary"};
}

static void test_opening_good(void **state)
{
	struct web_opening o = good_opening();

	(void)state;
	assert_int_equal(web_opening_check(&o), 101);
	o.origin = NULL;
	o.protocol = "chat , BINARY";
	o.upgrade = "h2c,\tWebSocket ";
	assert_int_equal(web_opening_check(&o), 101);
}

static void test_opening_bad(void **state)
{
	static const struct {
		size_t at;
		const char *value;
		unsigned status;
	} bad[] = {{offsetof(struct web_opening, host), NULL, 400},
	        {offsetof(struct web_opening, origin), "https://pc:59310", 403},
	        {offsetof(struct web_opening, origin), "https://pc", 403},
	        {offsetof(struct web_opening, origin), "http://pc:5931", 403},
	        {offsetof(struct web_opening, origin), "null", 403},
	        {offsetof(struct web_opening, origin), "", 403},
	        {offsetof(struct web_opening, upgrade), NULL, 400},
	        {offsetof(struct web_opening, upgrade), "websockets", 400},
	        {offsetof(struct web_opening, connection), "close", 400},
	        {offsetof(struct web_opening, version), "8", 426},
	        {offsetof(struct web_opening, version), NULL, 426},
	        {offsetof(struct web_opening, key), NULL, 400},
	        {offsetof(struct web_opening, key), "", 400},
	        {offsetof(struct web_opening, key), "dGhlIHNhbXBsZSBub25jZQ=", 400},
	        {offsetof(struct web_opening, key), "dGhlIHNhbXBsZSBub25jZQ===", 400},
	        {offsetof(struct web_opening, key), "dGhlIHNhbXBsZSBub\r\njZQ==", 400},
	        {offsetof(struct web_opening, protocol), NULL, 400},
	        {offsetof(struct web_opening, protocol), "binary2,,base64", 400}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct web_opening o = good_opening();

		memcpy((char *)&o + bad[i].at, &bad[i].value, sizeof(bad[i].value));
		assert_int_equal(web_opening_check(&o), bad[i].status);
	}
}

static void test_accept(void **state)
{
	char accept[WEB_ACCEPT_SIZE];

	(void)state;
	web_opening_accept(KEY, accept);
	assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	web_opening_accept("x3JJHMbDL1EzLkh9GBhXDw==", accept);
	assert_string_equal(accept, "HSmrc0sMlYUkAGmm5OPpG2HaGWk=");
}

#define ANSWER                                                                                     \
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"        \
	"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: binary\r\n" \
	"\r\n"

/* Wherever it is cut, and what follows is left. */
static void test_answer(void **state)
{
	static const char text[] = ANSWER "\x82\x02";
	size_t n = strlen(ANSWER), used;

	(void)state;
	for (size_t cut = 0; cut <= n; cut++) {
		struct web_answer answer = {0};
		int first = web_answer_take(&answer, text, cut, &used);

		assert_int_equal(used, cut);
		assert_int_equal(first, cut == n);
		if (first)
			continue;
		assert_int_equal(web_answer_take(&answer, text + cut, n + 2 - cut, &used), 1);
		assert_int_equal(used, n - cut);
	}
}

static void test_answer_bad(void **state)
{
	static const char *const bad[] = {"HTTP/1.1 400 Bad\r\n\r\n", "\r\n\r\n",
	        "HTTP/1.1 101 Yes\r\n\r\n",
	        "HTTP/1.1 101 Yes\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo\r\n\r\n"};
	char much[600];
	size_t used;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct web_answer answer = {0};

		assert_int_equal(web_answer_take(&answer, bad[i], strlen(bad[i]), &used), -EPROTO);
	}
	memset(much, 'a', sizeof(much));
	assert_int_equal(
	        web_answer_take(&(struct web_answer){0}, much, sizeof(much), &used), -EPROTO);
	assert_int_equal(web_answer_take(&(struct web_answer){0}, "HTTP\0", 5, &used), -EPROTO);
}

/* --- ticket --- */

static size_t put_frame(uint8_t *out, uint8_t first, const void *content, size_t n)
{
	size_t at = 0;

	out[at++] = first;
	if (n < 126) {
		out[at++] = (uint8_t)n;
	} else {
		out[at++] = 126;
		out[at++] = (uint8_t)(n >> 8);
		out[at++] = (uint8_t)n;
	}
	memcpy(out + at, content, n);
	return at + n;
}

/* What libspice sends: its header, its reply, the result; and a ping of the WebSocket between them. */
static size_t put_link(uint8_t *out, uint8_t size, uint8_t result)
{
	uint8_t header[16] = {'R', 'E', 'D', 'Q', 2, 0, 0, 0, 2, 0, 0, 0, size}, reply[255] = {0};
	uint8_t last[4] = {result};
	size_t n = put_frame(out, 0x82, header, sizeof(header));

	n += put_frame(out + n, 0x02, reply, size / 2);
	n += put_frame(out + n, 0x89, "redq", 4);
	n += put_frame(out + n, 0x80, reply, size - size / 2);
	n += put_frame(out + n, 0x82, "", 0);
	n += put_frame(out + n, 0x82, last, 3);
	return n + put_frame(out + n, 0x82, last + 3, 1);
}

static void test_ticket(void **state)
{
	static const struct {
		uint8_t result;
		enum web_verdict verdict;
	} cases[] = {{0, WEB_TAKEN}, {7, WEB_WRONG}, {1, WEB_ODD}, {255, WEB_ODD}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (unsigned size = 0; size < 256; size += 85) {
			struct web_ticket t = {0};
			uint8_t bytes[600];
			size_t n = put_link(bytes, (uint8_t)size, cases[i].result);

			for (size_t at = 0; at < n; at++) {
				assert_int_equal(t.verdict, WEB_OPEN);
				web_ticket_watch(&t, bytes + at, 1);
			}
			assert_int_equal(t.verdict, cases[i].verdict);
			web_ticket_watch(&t, bytes, n);
			assert_int_equal(t.verdict, cases[i].verdict);
		}
	}
}

static void test_ticket_odd(void **state)
{
	static const uint8_t masked[] = {0x82, 0x81, 1, 2, 3, 4, 5};
	uint8_t header[16] = {'R', 'E', 'D', 'Q', 2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 1, 0}, bytes[64];
	struct web_ticket t = {0};

	(void)state;
	web_ticket_watch(&t, masked, sizeof(masked));
	assert_int_equal(t.verdict, WEB_ODD);
	t = (struct web_ticket){0};
	web_ticket_watch(&t, bytes, put_frame(bytes, 0x82, header, sizeof(header)));
	assert_int_equal(t.verdict, WEB_ODD); /* a reply of 64 KiB */
	t = (struct web_ticket){0};
	header[0] = 'r';
	header[14] = 0;
	web_ticket_watch(&t, bytes, put_frame(bytes, 0x82, header, sizeof(header)));
	assert_int_equal(t.verdict, WEB_ODD);
}

/* --- peers --- */

#define SECOND 1000000ull

static struct peer_address address(const char *text)
{
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct peer_address out;

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
		assert_true(peer_address_read((struct sockaddr *)&v4, sizeof(v4), &out));
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
		assert_true(peer_address_read((struct sockaddr *)&v6, sizeof(v6), &out));
	}
	return out;
}

static void test_addresses(void **state)
{
	const struct sockaddr other = {.sa_family = AF_UNIX};
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {{"192.0.2.1", "192.0.2.1", true}, {"192.0.2.1", "192.0.2.2", false},
	        {"192.0.2.1", "::ffff:192.0.2.1", true},
	        {"::ffff:192.0.2.1", "::ffff:192.0.2.2", false},
	        {"2001:db8:0:1::1", "2001:db8:0:1:2:3:4:5", true},
	        {"2001:db8:0:1::1", "2001:db8:0:2::1", false}, {"::1", "127.0.0.1", false}};
	struct peer_address out;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct peer_address a = address(cases[i].a), b = address(cases[i].b);

		assert_int_equal(memcmp(&a, &b, sizeof(a)) == 0, cases[i].same);
	}
	assert_false(peer_address_read(&other, sizeof(other), &out));
}

static void test_connections(void **state)
{
	struct peer_address a = address("192.0.2.1"), b = address("192.0.2.2");
	struct peers *peers = xcalloc(1, sizeof(*peers));

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		assert_true(peers_enter(peers, &a, 3, 1));
	assert_false(peers_enter(peers, &a, 3, 1));
	assert_true(peers_enter(peers, &b, 3, 1));
	peers_leave(peers, &a);
	assert_true(peers_enter(peers, &a, 3, 1));
	for (unsigned i = 0; i < 5; i++)
		peers_leave(peers, &a);
	assert_false(peers->list[0].used);
	free(peers);
}

/* Whoever waits is forgotten only for those who are here. */
static void test_table_full(void **state)
{
	struct peers *peers = xcalloc(1, sizeof(*peers));
	struct peer_address wrong = address("198.51.100.1");
	char text[16];

	(void)state;
	assert_true(peers_enter(peers, &wrong, 9, 5));
	for (unsigned i = 0; i < 4; i++)
		peers_wrong(peers, &wrong, 5);
	peers_leave(peers, &wrong);
	assert_false(peers_may_try(peers, &wrong, 6));
	for (unsigned i = 0; i < PEERS_MOST; i++) {
		struct peer_address a;

		snprintf(text, sizeof(text), "192.0.2.%u", i);
		a = address(text);
		assert_true(peers_enter(peers, &a, 9, 10 + i));
	}
	assert_true(peers_may_try(peers, &wrong, 6));
	assert_false(peers_enter(peers, &wrong, 9, 500));
	free(peers);
}

static void test_wrong_tickets(void **state)
{
	static const unsigned wait_s[] = {0, 0, 0, 2, 4, 8, 16, 32, 60, 60};
	struct peers *peers = xcalloc(1, sizeof(*peers));
	struct peer_address a = address("192.0.2.1"), b = address("192.0.2.2");
	uint64_t now = SECOND;

	(void)state;
	peers_wrong(peers, &b, now); /* it has left already */
	assert_true(peers_enter(peers, &a, 9, now));
	for (size_t i = 0; i < ARRAY_SIZE(wait_s); i++) {
		peers_wrong(peers, &a, now);
		assert_int_equal(peers_may_try(peers, &a, now), wait_s[i] == 0);
		now += wait_s[i] * SECOND;
		assert_true(peers_may_try(peers, &a, now));
		assert_true(peers_may_try(peers, &b, now));
	}
	peers_wrong(peers, &a, now + 601 * SECOND); /* all that was long ago */
	assert_true(peers_may_try(peers, &a, now + 601 * SECOND));
	for (unsigned i = 0; i < 2; i++)
		peers_wrong(peers, &a, now + 602 * SECOND);
	peers_right(peers, &a);
	peers_wrong(peers, &a, now + 603 * SECOND);
	assert_true(peers_may_try(peers, &a, now + 603 * SECOND));
	free(peers);
}

/* --- files --- */

static void write_file(const char *folder, const char *name, const char *text)
{
	cleanup_free char *path = xasprintf("%s/%s", folder, name);
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void test_files(void **state)
{
	static const char *const names[] = {
	        "index.html", "missing.html", "play.css", "play.js", "keys.js"};
	char folder[] = "/tmp/web-XXXXXX";
	struct web_files files;
	struct err err = {0};

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(web_files_load(&files, folder, "/nowhere", &err), -ENOENT);
	assert_non_null(strstr(err.message, "missing.html"));
	web_files_finish(&files);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		write_file(folder, names[i], names[i]);
	assert_int_equal(web_files_load(&files, folder, "/nowhere", &err), 0);
	assert_false(files.client);
	assert_memory_equal(web_files_find(&files, "/")->bytes, "missing.html", 12);
	assert_null(web_files_find(&files, "/play.js"));
	assert_null(web_files_find(&files, ""));
	assert_null(web_files_find(&files, "/../play.css"));
	web_files_finish(&files);
	assert_null(web_files_find(&files, "/"));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_free char *path = xasprintf("%s/%s", folder, names[i]);

		unlink(path);
	}
	rmdir(folder);
}

/* --- relay --- */

struct played {
	sd_event *event;
	struct web_relay *relay;
	int browser, ours, spice; /* the browser; what libmicrohttpd would give; libspice */
	bool ended, refuses;
	enum web_verdict verdict;
};

static bool on_offer(void *user, int fd)
{
	struct played *p = user;

	if (p->refuses)
		return false;
	p->spice = fd;
	return true;
}

static void on_verdict(void *user, enum web_verdict verdict)
{
	((struct played *)user)->verdict = verdict;
}

static void on_ended(void *user)
{
	struct played *p = user;

	p->ended = true;
	web_relay_destroy(take_ptr(p->relay));
}

static void play(struct played *p, const char *early)
{
	const struct web_relay_handler handler = {on_offer, on_verdict, on_ended, p};
	int pair[2];

	*p = (struct played){.spice = -1};
	assert_true(sd_event_new(&p->event) >= 0);
	assert_int_equal(
	        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
	p->browser = pair[0];
	p->ours = pair[1];
	p->relay = web_relay_create(p->event, p->ours, early, strlen(early), &handler);
	assert_non_null(p->relay);
}

static void turn(struct played *p)
{
	while (sd_event_run(p->event, 0) > 0)
		;
}

static void finish(struct played *p)
{
	web_relay_destroy(p->relay);
	close_fd(&p->browser);
	close_fd(&p->ours);
	close_fd(&p->spice);
	sd_event_unref(p->event);
}

static void say(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void hear(int fd, const char *text)
{
	char bytes[1024] = "";
	ssize_t n = read(fd, bytes, sizeof(bytes) - 1);

	assert_true(n >= 0 || !text[0]);
	assert_string_equal(bytes, text);
}

static void begin(struct played *p)
{
	assert_int_equal(web_relay_begin(p->relay), 0);
	assert_int_equal(web_relay_begin(p->relay), 0);
	hear(p->spice, web_opening_to_spice);
}

static void test_relay(void **state)
{
	struct played p;

	(void)state;
	play(&p, "early ");
	say(p.browser, "bird");
	turn(&p);
	begin(&p);
	turn(&p);
	hear(p.spice, ""); /* nothing before it has answered */
	say(p.spice, "HTTP/1.1 101 Switching Protocols\r\n");
	turn(&p);
	hear(p.browser, "");
	say(p.spice, strchr(ANSWER, '\n') + 1);
	say(p.spice, "worm");
	turn(&p);
	hear(p.spice, "early bird");
	hear(p.browser, "worm");
	say(p.browser, "a");
	say(p.spice, "b");
	turn(&p);
	hear(p.spice, "a");
	hear(p.browser, "b");
	say(p.spice, "last words");
	close_fd(&p.spice);
	turn(&p);
	assert_true(p.ended);
	hear(p.browser, "last words");
	finish(&p);
}

static void test_relay_ends(void **state)
{
	struct played p;

	(void)state;
	play(&p, ""); /* the browser leaves before anything began */
	close_fd(&p.browser);
	turn(&p);
	assert_true(p.ended);
	finish(&p);

	play(&p, ""); /* and after; libspice hears what it said */
	begin(&p);
	say(p.spice, ANSWER);
	turn(&p);
	say(p.browser, "bye");
	close_fd(&p.browser);
	turn(&p);
	assert_true(p.ended);
	hear(p.spice, "bye");
	finish(&p);

	play(&p, ""); /* libspice answers nonsense */
	begin(&p);
	say(p.spice, "HTTP/1.1 500 No\r\n\r\n");
	turn(&p);
	assert_true(p.ended);
	hear(p.browser, "");
	finish(&p);

	play(&p, ""); /* libspice does not want it */
	p.refuses = true;
	assert_true(web_relay_begin(p.relay) < 0);
	finish(&p);
}

/* libspice's ticket is seen on its way, in one piece with the answer. */
static void test_relay_verdict(void **state)
{
	struct played p;
	uint8_t bytes[600];
	size_t n = put_link(bytes, 178, 7);

	(void)state;
	play(&p, "");
	begin(&p);
	say(p.spice, ANSWER);
	assert_int_equal(write(p.spice, bytes, n), n);
	turn(&p);
	assert_int_equal(p.verdict, WEB_WRONG);
	finish(&p);
}

/* A side that takes nothing holds the other up, within bounds; then all of it arrives, in order. */
static void test_relay_pressure(void **state)
{
	enum { MOST = 4 << 20 };
	uint8_t *bytes = xcalloc(MOST, 1);
	size_t sent = 0, heard = 0;
	struct played p;
	ssize_t n;

	(void)state;
	play(&p, "");
	begin(&p);
	say(p.spice, ANSWER);
	turn(&p);
	for (size_t i = 0; i < MOST; i++)
		bytes[i] = (uint8_t)(i * 31 + (i >> 11));
	for (unsigned idle = 0; idle < 2; turn(&p)) {
		n = write(p.spice, bytes + sent, MOST - sent);
		sent += n > 0 ? (size_t)n : 0;
		idle = n > 0 ? 0 : idle + 1;
	}
	assert_true(sent > 65536 && sent < MOST / 2);
	assert_int_equal(
	        sd_event_run(p.event, 0), 0); /* it waits, and does not look again and again */
	say(p.browser, "still heard");
	turn(&p);
	hear(p.spice, "still heard");
	close_fd(&p.spice);
	turn(&p);
	assert_false(p.ended);
	while (heard < sent) {
		uint8_t got[50000];

		n = read(p.browser, got, sizeof(got));
		assert_true(n > 0);
		assert_memory_equal(got, bytes + heard, (size_t)n);
		heard += (size_t)n;
		turn(&p);
	}
	assert_true(p.ended);
	free(bytes);
	finish(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_opening_good),
	        cmocka_unit_test(test_opening_bad),
	        cmocka_unit_test(test_accept),
	        cmocka_unit_test(test_answer),
	        cmocka_unit_test(test_answer_bad),
	        cmocka_unit_test(test_ticket),
	        cmocka_unit_test(test_ticket_odd),
	        cmocka_unit_test(test_addresses),
	        cmocka_unit_test(test_connections),
	        cmocka_unit_test(test_table_full),
	        cmocka_unit_test(test_wrong_tickets),
	        cmocka_unit_test(test_files),
	        cmocka_unit_test(test_relay),
	        cmocka_unit_test(test_relay_ends),
	        cmocka_unit_test(test_relay_verdict),
	        cmocka_unit_test(test_relay_pressure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
