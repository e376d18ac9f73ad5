/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/web_impl.h"

#include "console/web_opening.h"

#define SOCKET_PATH "/spice"

/* Nothing comes from elsewhere, and no page of anybody else's may hold ours. */
static const char *const headers[][2] = {
        {"Content-Security-Policy",
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: "
                "blob:; "
                "media-src blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
                "frame-ancestors 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Cache-Control", "no-store"},
};

static enum MHD_Result send_response(
        struct MHD_Connection *connection, unsigned status, struct MHD_Response *response)
{
	enum MHD_Result result;

	for (size_t i = 0; i < ARRAY_SIZE(headers); i++)
		MHD_add_response_header(response, headers[i][0], headers[i][1]);
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

/* For programs; a browser shows what its page makes of it. */
static const char *words(unsigned status)
{
	switch (status) {
	case 400:
		return "400 Bad Request\n";
	case 403:
		return "403 Forbidden: a page from another address asks\n";
	case 404:
		return "404 Not Found\n";
	case 405:
		return "405 Method Not Allowed\n";
	case 426:
		return "426 Upgrade Required: WebSocket, version 13\n";
	default:
		return "429 Too Many Requests: wrong tickets; wait a minute\n";
	}
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status)
{
	const char *text = words(status);
	struct MHD_Response *response =
	        MHD_create_response_from_buffer(strlen(text), (void *)text, MHD_RESPMEM_PERSISTENT);

	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, "Content-Type", "text/plain; charset=utf-8");
	if (status == 405)
		MHD_add_response_header(response, "Allow", "GET, HEAD");
	if (status == 426)
		MHD_add_response_header(response, "Sec-WebSocket-Version", "13");
	return send_response(connection, status, response);
}

static enum MHD_Result give(struct MHD_Connection *connection, const struct web_file *file)
{
	struct MHD_Response *response =
	        MHD_create_response_from_buffer(file->n, file->bytes, MHD_RESPMEM_PERSISTENT);

	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, "Content-Type", file->type);
	return send_response(connection, 200, response);
}

/* --- WebSockets --- */

static const char *field(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static void on_upgrade(void *user, struct MHD_Connection *connection, void *own, const char *early,
        size_t early_n, MHD_socket browser, struct MHD_UpgradeResponseHandle *urh)
{
	(void)connection, (void)own;
	web_guest_open(user, browser, early, early_n, urh);
}

static enum MHD_Result open_socket(
        struct web_guest *guest, struct MHD_Connection *connection, const char *key)
{
	struct MHD_Response *response = MHD_create_response_for_upgrade(on_upgrade, guest);
	char accept[WEB_ACCEPT_SIZE];

	if (!response)
		return MHD_NO;
	web_opening_accept(key, accept);
	MHD_add_response_header(response, "Upgrade", "websocket");
	MHD_add_response_header(response, "Sec-WebSocket-Accept", accept);
	MHD_add_response_header(response, "Sec-WebSocket-Protocol", "binary");
	return send_response(connection, MHD_HTTP_SWITCHING_PROTOCOLS, response);
}

static enum MHD_Result serve_socket(
        struct web_guest *guest, struct MHD_Connection *connection, const char *version)
{
	const struct web_opening opening = {.host = field(connection, "Host"),
	        .origin = field(connection, "Origin"),
	        .upgrade = field(connection, "Upgrade"),
	        .connection = field(connection, "Connection"),
	        .version = field(connection, "Sec-WebSocket-Version"),
	        .key = field(connection, "Sec-WebSocket-Key"),
	        .protocol = field(connection, "Sec-WebSocket-Protocol")};
	unsigned status = streq(version, "HTTP/1.1") ? web_opening_check(&opening) : 400;
	struct web *web = guest->web;

	if (status != 101)
		return refuse(connection, status);
	if (!peers_may_try(&web->peers, &guest->address, web_now_us(web)))
		return refuse(connection, 429);
	return open_socket(guest, connection, opening.key);
}

enum MHD_Result web_serve(void *user, struct MHD_Connection *connection, const char *path,
        const char *method, const char *version, const char *upload, size_t *upload_n, void **own)
{
	const union MHD_ConnectionInfo *info =
	        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct web *web = user;
	const struct web_file *file;

	(void)upload, (void)upload_n, (void)own;
	if (!streq(method, "GET") && !streq(method, "HEAD"))
		return refuse(connection, 405);
	if (streq(path, SOCKET_PATH) && streq(method, "GET") && info && info->socket_context)
		return serve_socket(info->socket_context, connection, version);
	file = web_files_find(&web->files, path);
	return file ? give(connection, file) : refuse(connection, 404);
}
