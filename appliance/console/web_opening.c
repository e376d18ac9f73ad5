/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/web_opening.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <strings.h>

#define KEY_LENGTH 24u /* 16 bytes in base64 */
#define SHA1_SIZE  20u

/* The example's key and answer of RFC 6455, section 1.3: neither is a secret. */
#define SPICE_KEY    "dGhlIHNhbXBsZSBub25jZQ=="
#define SPICE_ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

const char web_opening_to_spice[] = "GET / HTTP/1.1\r\n"
                                    "Host: localhost\r\n"
                                    "Upgrade: websocket\r\n"
                                    "Connection: Upgrade\r\n"
                                    "Sec-WebSocket-Key: " SPICE_KEY "\r\n"
                                    "Sec-WebSocket-Protocol: binary\r\n"
                                    "Sec-WebSocket-Version: 13\r\n"
                                    "\r\n";

/* --- the browser's side --- */

/* Whether @list, with commas between, has @word; case counts for nothing. */
static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	while (list && *list) {
		size_t n = strcspn(list += strspn(list, " \t,"), ",");
		size_t end = n;

		while (end && (list[end - 1] == ' ' || list[end - 1] == '\t'))
			end--;
		if (end == length && strncasecmp(list, word, length) == 0)
			return true;
		list += n;
	}
	return false;
}

static bool is_base64(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '+' || c == '/';
}

static bool key_good(const char *key)
{
	if (!key || strlen(key) != KEY_LENGTH || !streq(key + KEY_LENGTH - 2, "=="))
		return false;
	for (unsigned i = 0; i < KEY_LENGTH - 2; i++) {
		if (!is_base64(key[i]))
			return false;
	}
	return true;
}

/* A browser says from whose page a connection is made, and ours come from this very address. Programs say nothing. */
static bool origin_good(const struct web_opening *o)
{
	static const char scheme[] = "https://";

	return !o->origin || (starts_with(o->origin, scheme) &&
	                             strcasecmp(o->origin + sizeof(scheme) - 1, o->host) == 0);
}

unsigned web_opening_check(const struct web_opening *o)
{
	if (!has_word(o->upgrade, "websocket") || !has_word(o->connection, "upgrade"))
		return 400;
	if (!o->version || !streq(o->version, "13"))
		return 426;
	if (!o->host || !key_good(o->key) || !has_word(o->protocol, "binary"))
		return 400;
	return origin_good(o) ? 101 : 403;
}

/* SHA-1 only shows that the other side speaks the protocol; nothing is kept safe by it. */
void web_opening_accept(const char *key, char accept[WEB_ACCEPT_SIZE])
{
	char text[KEY_LENGTH + sizeof("258EAFA5-E914-47DA-95CA-C5AB0DC85B11")];
	uint8_t digest[SHA1_SIZE];
	const gnutls_datum_t from = {digest, sizeof(digest)};
	gnutls_datum_t to = {NULL, 0};
	int n = snprintf(text, sizeof(text), "%.*s258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
	        (int)KEY_LENGTH, key);

	if (gnutls_hash_fast(GNUTLS_DIG_SHA1, text, (size_t)n, digest) < 0 ||
	        gnutls_base64_encode2(&from, &to) < 0 || to.size != WEB_ACCEPT_SIZE - 1)
		abort();
	memcpy(accept, to.data, to.size);
	accept[to.size] = '\0';
	gnutls_free(to.data);
}

/* --- libspice's --- */

static bool answer_good(const struct web_answer *answer)
{
	return starts_with(answer->text, "HTTP/1.1 101 ") &&
	       strcasestr(answer->text, "\r\nSec-WebSocket-Accept: " SPICE_ACCEPT "\r\n") != NULL;
}

int web_answer_take(struct web_answer *answer, const void *bytes, size_t n, size_t *used)
{
	const char *from = bytes;

	for (*used = 0; *used < n;) {
		char c = from[(*used)++];

		if (!c || answer->n + 1 >= sizeof(answer->text))
			return -EPROTO;
		answer->text[answer->n++] = c;
		answer->text[answer->n] = '\0';
		if (c == '\n' && ends_with(answer->text, "\r\n\r\n"))
			return answer_good(answer) ? 1 : -EPROTO;
	}
	return 0;
}
