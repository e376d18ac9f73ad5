/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The console in a browser: an HTTPS server that has a page, the viewer of the package spice-html5, and WebSockets that lead to
 * libspice. All on one port with one certificate, because browsers accept a certificate that nobody vouches for by host and
 * port. libmicrohttpd runs in the console's own loop, without threads.
 */
#ifndef CONSOLE_WEB_H
#define CONSOLE_WEB_H

#include "base/err.h"

#include <spice.h>
#include <systemd/sd-event.h>

struct web;

/*
 * @listen_fd: a TCP socket that listens; it is owned from here on, also when this fails. @folder: where our page is. @server asks
 * whoever comes this way for its ticket, and has to have one. NULL with @err.
 */
struct web *web_create(sd_event *event, SpiceServer *server, int listen_fd, const char *certificate,
        const char *key, const char *folder, struct err *err);
/* Lets new viewers wait, as access_pause() does and for its reason. */
void web_pause(struct web *web, bool pause);
/* Before spice_server_destroy(). Takes NULL. */
void web_destroy(struct web *web);

#endif
