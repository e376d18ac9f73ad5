/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/web_listen.h"

#include "base/i18n.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>

#define WAITING_MOST 32

static socklen_t fill(const struct network_address *address, struct sockaddr_storage *out)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;

	*out = (struct sockaddr_storage){0};
	if (inet_pton(AF_INET, address->host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)address->port);
		return sizeof(*v4);
	}
	inet_pton(AF_INET6, address->host, &v6->sin6_addr);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((uint16_t)address->port);
	return sizeof(*v6);
}

static int bind_to(const struct network_address *address)
{
	struct sockaddr_storage name;
	socklen_t length = fill(address, &name);
	cleanup_close int fd =
	        socket(name.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const int yes = 1;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, (struct sockaddr *)&name, length) < 0 || listen(fd, WAITING_MOST) < 0)
		return -errno;
	return take_fd(fd);
}

int web_listen(const char *web, const struct network_options *options, struct err *err)
{
	struct network_address address;
	int fd;

	if (!options->ticket || !options->tls) {
		err_set(err, -EINVAL, _("--web needs --ticket and --tls"));
		err_hint(err, _("a password in a file that only you may read, and a folder with "
		                "server-cert.pem and server-key.pem; see playthrough-console(8)"));
		err_code(err, CODE_CONSOLE_NETWORK);
		return -EINVAL;
	}
	if (network_address_read(web, &address, NULL) < 0) {
		err_set(err, -EINVAL, _("--web %s: not an address and a port"), web);
		err_hint(err,
		        _("such as 5930 for this PC alone, 192.0.2.1:5930, or [2001:db8::1]:5930"));
		err_code(err, CODE_CONSOLE_NETWORK);
		return -EINVAL;
	}
	fd = bind_to(&address);
	return fd < 0 ? err_errno(err, fd, "--web %s", web) : fd;
}
