/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The socket of the web server, where the options ask for one: nobody has handed it over. */
#ifndef CONSOLE_WEB_LISTEN_H
#define CONSOLE_WEB_LISTEN_H

#include "console/network.h"

/* @web: as in network_options.listen. The descriptor, which is the caller's; -errno with @err. */
int web_listen(const char *web, const struct network_options *options, struct err *err);

#endif
