/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/network.h"

#include "base/i18n.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- where --- */

static bool is_loopback(const char *host, bool *numeric)
{
	struct in6_addr v6;
	struct in_addr v4;

	*numeric = true;
	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, host, &v6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&v6);
	*numeric = false;
	return false;
}

static int split(const char *text, struct network_address *out, const char **port)
{
	const char *colon = strrchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : 0;

	*port = colon ? colon + 1 : text;
	if (!colon) {
		strcpy(out->host, "127.0.0.1");
		return 0;
	}
	if (n >= 2 && text[0] == '[' && text[n - 1] == ']') {
		text++;
		n -= 2;
	}
	if (!n || n >= sizeof(out->host))
		return -EINVAL;
	memcpy(out->host, text, n);
	out->host[n] = '\0';
	return 0;
}

int network_address_read(const char *text, struct network_address *out, struct err *err)
{
	bool numeric = false;
	const char *port;
	uint64_t number;

	*out = (struct network_address){0};
	if (split(text, out, &port) == 0 && parse_u64(port, 10, 65535, &number) == 0 && number) {
		out->port = (int)number;
		out->loopback = is_loopback(out->host, &numeric);
	}
	if (numeric)
		return 0;
	err_set(err, -EINVAL, _("--listen %s: not an address and a port"), text);
	err_hint(err, _("such as 5930 for this PC alone, 192.0.2.1:5930, or [2001:db8::1]:5930"));
	err_code(err, CODE_CONSOLE_NETWORK);
	return -EINVAL;
}

/* --- the ticket --- */

static int read_ticket(const char *path, char *ticket, struct err *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char text[NETWORK_TICKET_MOST + 2];
	struct stat st;
	size_t length;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(err, -errno, "%s", path);
	if (st.st_mode & 077) {
		err_set(err, -EPERM, _("%s: others may read the ticket (mode %04o)"), path,
		        st.st_mode & 07777u);
		err_hint(err, "chmod 600 %s", path);
		err_code(err, CODE_CONSOLE_NETWORK);
		return -EPERM;
	}
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return err_errno(err, -errno, "%s", path);
	text[n] = '\0';
	length = strcspn(text, "\r\n");
	if (length < NETWORK_TICKET_LEAST || length > NETWORK_TICKET_MOST)
		return err_set(err, -EINVAL, _("%s: a ticket has %u to %u characters, on one line"),
		        path, NETWORK_TICKET_LEAST, NETWORK_TICKET_MOST);
	memcpy(ticket, text, length);
	ticket[length] = '\0';
	explicit_bzero(text, sizeof(text));
	return 0;
}

/* --- libspice --- */

static int configure_tls(SpiceServer *server, const char *folder, int port, struct err *err)
{
	cleanup_free char *certificate = xasprintf("%s/server-cert.pem", folder);
	cleanup_free char *key = xasprintf("%s/server-key.pem", folder);

	if (access(certificate, R_OK) < 0)
		return err_errno(err, -errno, "%s", certificate);
	if (access(key, R_OK) < 0)
		return err_errno(err, -errno, "%s", key);
	/*
	 * It is its own authority: viewers are given it, or its fingerprint. There is no port without TLS, so that no channel
	 * has to be told to ask for it, which would shut out the local socket.
	 */
	if (spice_server_set_tls(server, port, certificate, certificate, key, NULL, NULL, NULL) < 0)
		return err_set(err, -EIO, "libspice: TLS");
	return 0;
}

static int check(const struct network_options *options, const struct network_address *address,
        struct err *err)
{
	if (!options->ticket) {
		err_set(err, -EINVAL, _("--listen needs --ticket: whoever connects may type"));
		err_hint(err, _("write a password into a file that only you may read"));
		err_code(err, CODE_CONSOLE_NETWORK);
		return -EINVAL;
	}
	if (!options->tls && !address->loopback) {
		err_set(err, -EINVAL,
		        _("--listen %s needs --tls: on a network all could be read along"),
		        options->listen);
		err_hint(err, _("or listen on 127.0.0.1, and let ssh forward it"));
		err_code(err, CODE_CONSOLE_NETWORK);
		return -EINVAL;
	}
	return 0;
}

static int configure_ticket(SpiceServer *server, const char *path, struct err *err)
{
	char ticket[NETWORK_TICKET_MOST + 1];
	int r = read_ticket(path, ticket, err);

	if (r == 0 && spice_server_set_ticket(server, ticket, 0, 0, 0) < 0)
		r = err_set(err, -EIO, "libspice: ticket");
	explicit_bzero(ticket, sizeof(ticket));
	return r;
}

static int configure_port(
        SpiceServer *server, const struct network_options *options, struct err *err)
{
	struct network_address address;
	int r = network_address_read(options->listen, &address, err);

	r = r < 0 ? r : check(options, &address, err);
	if (r < 0)
		return r;
	spice_server_set_addr(server, address.host, 0);
	if (options->tls)
		return configure_tls(server, options->tls, address.port, err);
	if (spice_server_set_port(server, address.port) < 0)
		return err_set(err, -EIO, "libspice: %s", options->listen);
	return 0;
}

int network_configure(SpiceServer *server, const struct network_options *options, struct err *err)
{
	int r = options->listen ? configure_port(server, options, err) : 0;

	if (r == 0 && options->ticket && (options->listen || options->web))
		r = configure_ticket(server, options->ticket, err);
	return r;
}
