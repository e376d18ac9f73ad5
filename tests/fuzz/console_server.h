/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The console's SPICE server in this process, and a viewer's end of a connection to it: what a fuzzer sends there is
 * read by the real libspice. An assertion that fails in libspice ends the process, which in life is a viewer's reconnect.
 */
#ifndef FUZZ_CONSOLE_SERVER_H
#define FUZZ_CONSOLE_SERVER_H

#include "console/agent.h"
#include "console/core.h"
#include "console/input.h"
#include "console/screen.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <poll.h>
#include <signal.h>
#include <spice/protocol.h>
#include <sys/socket.h>
#include <unistd.h>

/* Each try at SASL on a local socket loses 232 bytes in libsasl2 (2.1.28). */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:sasl_server_new";
}

struct server {
	sd_event *event;
	SpiceServer *spice;
	struct screen *screen;
};

static inline void on_screen(void *user)
{
	(void)user;
}

static inline void on_resizing(void *user, bool begins)
{
	(void)user, (void)begins;
}

static inline bool is_behind(void *user)
{
	(void)user;
	return false;
}

static inline void on_size(void *user, uint32_t width, uint32_t height)
{
	(void)user;
	assert(width && height);
}

static inline void on_pasted(void *user, const char *text, size_t n)
{
	(void)user;
	assert(n <= AGENT_TEXT_MOST && agent_text_good(text, n));
}

/* As main.c makes it, once. */
static inline struct server *server_get(void)
{
	static struct server s;
	static uint32_t pixels[64 * 64];
	const struct agent_talk_handler agent = {on_pasted, NULL};
	const struct screen_handler handler = {on_screen, on_resizing, is_behind, on_size, NULL};
	struct err err;

	if (s.spice)
		return &s;
	signal(SIGPIPE, SIG_IGN);
	setenv("SASL_PATH", "/nonexistent", 1);
	assert(sd_event_default(&s.event) >= 0);
	s.spice = spice_server_new();
	spice_server_set_noauth(s.spice);
	spice_server_set_agent_mouse(s.spice, 0);
	spice_server_set_agent_copypaste(s.spice, 0);
	spice_server_set_agent_file_xfer(s.spice, 0);
	spice_server_set_image_compression(s.spice, SPICE_IMAGE_COMPRESSION_AUTO_LZ);
	spice_server_set_video_codecs(s.spice, "spice:mjpeg");
	assert(spice_server_init(s.spice, &core_interface) == 0);
	assert(input_create(s.spice, on_screen, NULL, &err));
	s.screen = screen_create(s.event, s.spice, 64, 64, &handler, &err);
	assert(s.screen && agent_attach(agent_create(s.spice, &agent), true, &err) == 0);
	spice_server_vm_start(s.spice);
	screen_show(s.screen, &(struct picture){64, 64, pixels});
	return &s;
}

static inline void server_run(struct server *s, unsigned ms)
{
	while (sd_event_run(s->event, ms * 1000ull) > 0)
		ms = 0;
}

static inline int server_connect(struct server *s)
{
	int pair[2];

	assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
	assert(spice_server_add_client(s->spice, pair[0], 1) == 0);
	return pair[1];
}

/* Throws away what came. False: the server has closed it. */
static inline bool server_drain(int fd)
{
	char waste[65536];
	ssize_t n;

	while ((n = read(fd, waste, sizeof(waste))) > 0)
		;
	return n < 0 && errno == EAGAIN;
}

/* Whether all of it was taken. */
static inline bool server_send(struct server *s, int fd, const void *bytes, size_t n)
{
	for (unsigned tries = 0; n && tries < 500; tries++) {
		ssize_t m = send(fd, bytes, n, MSG_NOSIGNAL);

		if (m < 0 && errno != EAGAIN)
			return false;
		if (m > 0) {
			bytes = (const char *)bytes + m;
			n -= (size_t)m;
		}
		server_run(s, m > 0 ? 0 : 1);
	}
	return n == 0;
}

/* No more comes from the viewer: the server reads what there is, and closes it. */
static inline void server_hang_up(struct server *s, int fd)
{
	if (fd < 0)
		return;
	shutdown(fd, SHUT_WR);
	for (unsigned i = 0; i < 500 && server_drain(fd); i++)
		server_run(s, 1);
	close(fd);
	server_run(s, 0);
}

/* Exactly @n bytes. */
static inline bool server_hear(struct server *s, int fd, void *bytes, size_t n)
{
	for (unsigned tries = 0; n && tries < 2000; tries++) {
		ssize_t m = read(fd, bytes, n);

		if (m == 0 || (m < 0 && errno != EAGAIN))
			return false;
		if (m > 0) {
			bytes = (char *)bytes + m;
			n -= (size_t)m;
		} else {
			server_run(s, 1);
		}
	}
	return n == 0;
}

static inline void encrypt_nothing(const uint8_t *key, uint8_t *out)
{
	EVP_PKEY *pkey = d2i_PUBKEY(NULL, &key, SPICE_TICKET_PUBKEY_BYTES);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
	size_t n = SPICE_TICKET_KEY_PAIR_LENGTH / 8;

	assert(ctx && EVP_PKEY_encrypt_init(ctx) > 0 &&
	        EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) > 0 &&
	        EVP_PKEY_encrypt(ctx, out, &n, (const uint8_t *)"", 1) > 0);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(pkey);
}

struct __attribute__((packed)) hello {
	SpiceLinkHeader header;
	SpiceLinkMess mess;
	uint32_t common, caps;
};

struct __attribute__((packed)) ticket {
	uint32_t mechanism;
	uint8_t encrypted[SPICE_TICKET_KEY_PAIR_LENGTH / 8];
};

/* A channel as a good viewer opens it, with short heads of messages; -1: it was refused. */
static inline int server_open(
        struct server *s, uint32_t connection, uint8_t type, uint8_t id, uint32_t caps)
{
	const struct hello hello = {{SPICE_MAGIC, SPICE_VERSION_MAJOR, SPICE_VERSION_MINOR,
	                                    sizeof(hello) - sizeof(hello.header)},
	        {connection, type, id, 1, 1, sizeof(SpiceLinkMess)},
	        1u << SPICE_COMMON_CAP_PROTOCOL_AUTH_SELECTION | 1u << SPICE_COMMON_CAP_AUTH_SPICE |
	                1u << SPICE_COMMON_CAP_MINI_HEADER,
	        caps};
	struct ticket ticket = {.mechanism = SPICE_COMMON_CAP_AUTH_SPICE};
	uint8_t reply[4096];
	int fd = server_connect(s);
	SpiceLinkHeader head;
	uint32_t result;

	if (server_send(s, fd, &hello, sizeof(hello)) && server_hear(s, fd, &head, sizeof(head)) &&
	        head.size >= sizeof(SpiceLinkReply) && head.size <= sizeof(reply) &&
	        server_hear(s, fd, reply, head.size) &&
	        ((SpiceLinkReply *)reply)->error == SPICE_LINK_ERR_OK) {
		encrypt_nothing(((SpiceLinkReply *)reply)->pub_key, ticket.encrypted);
		if (server_send(s, fd, &ticket, sizeof(ticket)) &&
		        server_hear(s, fd, &result, sizeof(result)) && result == SPICE_LINK_ERR_OK)
			return fd;
	}
	server_hang_up(s, fd);
	return -1;
}

static inline bool server_say(struct server *s, int fd, uint16_t type, const void *bytes, size_t n)
{
	const SpiceMiniDataHeader head = {type, (uint32_t)n};

	return server_send(s, fd, &head, sizeof(head)) && server_send(s, fd, bytes, n);
}

/* The main channel, and the number that the others belong to it by. */
static inline int server_open_main(struct server *s, uint32_t *connection)
{
	SpiceMiniDataHeader head;
	uint8_t body[4096];
	int fd = server_open(s, 0, SPICE_CHANNEL_MAIN, 0, 0xf);

	while (fd >= 0 && server_hear(s, fd, &head, sizeof(head)) && head.size <= sizeof(body) &&
	        server_hear(s, fd, body, head.size)) {
		if (head.type != SPICE_MSG_MAIN_INIT)
			continue;
		memcpy(connection, body, sizeof(*connection));
		return fd;
	}
	server_hang_up(s, fd);
	return -1;
}

#endif
