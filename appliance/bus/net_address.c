/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus/net_address.h"

#include "base/i18n.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/socket.h>

#define PRIVILEGED_PORTS 1024u

/* --- text --- */

static void from_v4(const struct in_addr *v4, struct in6_addr *out)
{
	*out = (struct in6_addr){.s6_addr = {[10] = 0xff, [11] = 0xff}};
	memcpy(out->s6_addr + 12, v4, sizeof(*v4));
}

static bool host_of_text(const char *text, bool brackets, struct in6_addr *out)
{
	struct in_addr v4;

	if (brackets)
		return inet_pton(AF_INET6, text, out) == 1;
	if (inet_pton(AF_INET, text, &v4) != 1)
		return false;
	from_v4(&v4, out);
	return true;
}

/* What is before the port, in @host; its length, or -1. */
static int split(const char *text, char host[NET_ADDRESS_TEXT], bool *brackets, const char **port)
{
	const char *colon = strrchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : 0;

	*port = colon ? colon + 1 : text;
	*brackets = n >= 2 && text[0] == '[' && text[n - 1] == ']';
	if (*brackets) {
		text++;
		n -= 2;
	}
	if (n >= NET_ADDRESS_TEXT || (colon && !n))
		return -1;
	memcpy(host, text, n);
	host[n] = '\0';
	return (int)n;
}

int net_address_parse(const char *text, struct net_address *out, struct err *err)
{
	char host[NET_ADDRESS_TEXT];
	const char *port;
	uint64_t number;
	bool brackets;
	int n = split(text, host, &brackets, &port);

	*out = (struct net_address){.host = IN6ADDR_ANY_INIT};
	if (n >= 0 && parse_u64(port, 10, 65535, &number) == 0 && number &&
	        (n == 0 || host_of_text(host, brackets, &out->host))) {
		out->port = (uint16_t)number;
		return 0;
	}
	err_set(err, -EINVAL, _("%s: not an address and a port"), text);
	err_hint(err, _("such as 192.0.2.1:5930, [2001:db8::1]:5930, or 5930 alone for every "
	                "address of this PC"));
	err_code(err, CODE_CONSOLE_NETWORK);
	return -EINVAL;
}

bool net_host_is_v4(const struct in6_addr *host)
{
	return IN6_IS_ADDR_V4MAPPED(host);
}

void net_host_format(const struct in6_addr *host, char out[NET_ADDRESS_TEXT])
{
	bool v4 = net_host_is_v4(host);

	if (!inet_ntop(
	            v4 ? AF_INET : AF_INET6, host->s6_addr + (v4 ? 12 : 0), out, NET_ADDRESS_TEXT))
		out[0] = '\0';
}

void net_address_format(const struct net_address *address, char out[NET_ADDRESS_TEXT])
{
	char host[NET_ADDRESS_TEXT];

	out[0] = '\0';
	if (!address->port)
		return;
	net_host_format(&address->host, host);
	/* 45 characters are the most that a host has. */
	snprintf(out, NET_ADDRESS_TEXT, net_host_is_v4(&address->host) ? "%.45s:%u" : "[%.45s]:%u",
	        host, address->port);
}

/* --- kinds --- */

bool net_host_is_any(const struct in6_addr *host)
{
	return IN6_IS_ADDR_UNSPECIFIED(host) ||
	       (net_host_is_v4(host) && memcmp(host->s6_addr + 12, "\0\0\0\0", 4) == 0);
}

bool net_host_is_loopback(const struct in6_addr *host)
{
	return IN6_IS_ADDR_LOOPBACK(host) || (net_host_is_v4(host) && host->s6_addr[12] == 127);
}

bool net_address_same(const struct net_address *a, const struct net_address *b)
{
	return a->port == b->port && IN6_ARE_ADDR_EQUAL(&a->host, &b->host);
}

bool net_host_of(const struct sockaddr *from, struct in6_addr *out)
{
	if (from->sa_family == AF_INET6)
		memcpy(out, &((const struct sockaddr_in6 *)from)->sin6_addr, sizeof(*out));
	else if (from->sa_family == AF_INET)
		from_v4(&((const struct sockaddr_in *)from)->sin_addr, out);
	else
		return false;
	return true;
}

/* --- this PC's --- */

#define HOSTS_MOST 64u

static bool is_link_local(const struct in6_addr *host)
{
	if (net_host_is_v4(host))
		return host->s6_addr[12] == 169 && host->s6_addr[13] == 254;
	return IN6_IS_ADDR_LINKLOCAL(host);
}

static bool is_for_others(const struct ifaddrs *interface, struct in6_addr *host)
{
	const unsigned wanted = IFF_UP | IFF_RUNNING;

	return (interface->ifa_flags & (wanted | IFF_LOOPBACK)) == wanted && interface->ifa_addr &&
	       net_host_of(interface->ifa_addr, host) && !is_link_local(host) &&
	       !net_host_is_loopback(host);
}

void net_hosts(bool v4_only, struct strv *out)
{
	struct ifaddrs *all = NULL;
	char text[NET_ADDRESS_TEXT];
	struct in6_addr host;

	if (getifaddrs(&all) < 0)
		return;
	for (const struct ifaddrs *i = all; i && out->n < HOSTS_MOST; i = i->ifa_next) {
		if (!is_for_others(i, &host) || (v4_only && !net_host_is_v4(&host)))
			continue;
		net_host_format(&host, text);
		if (!strv_has(out, text))
			strv_add(out, text);
	}
	freeifaddrs(all);
}

/* --- listening --- */

static int try_listen(const struct net_address *address, bool v4, int backlog)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6,
	        .sin6_port = htons(address->port),
	        .sin6_addr = address->host};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(address->port)};
	const struct sockaddr *at = v4 ? (struct sockaddr *)&four : (struct sockaddr *)&six;
	socklen_t size = v4 ? sizeof(four) : sizeof(six);
	const int on = 1, off = 0;
	cleanup_close int fd = socket(
	        v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);

	memcpy(&four.sin_addr, address->host.s6_addr + 12, sizeof(four.sin_addr));
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		return -errno;
	if (!v4 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0)
		return -errno;
	if (bind(fd, at, size) < 0 || listen(fd, backlog) < 0)
		return -errno;
	return take_fd(fd);
}

static int refuse(const struct net_address *address, int r, struct err *err)
{
	char text[NET_ADDRESS_TEXT];

	net_address_format(address, text);
	err_errno(err, r, _("cannot listen on %s"), text);
	if (r == -EADDRINUSE)
		err_hint(err,
		        _("another program has the port (ss -ltnp tells which); choose another "
		          "one"));
	else if (r == -EADDRNOTAVAIL)
		err_hint(err,
		        _("this PC does not have the address now (ip address tells which it has)"));
	else if (r == -EACCES && address->port < PRIVILEGED_PORTS)
		err_hint(err, _("choose a port from %u on"), PRIVILEGED_PORTS);
	err_code(err, CODE_CONSOLE_NETWORK);
	return r;
}

int net_listen(const struct net_address *address, int backlog, struct err *err)
{
	int r = try_listen(address, net_host_is_v4(&address->host), backlog);

	/* A kernel without IPv6: every address is those of IPv4. */
	if (r == -EAFNOSUPPORT && net_host_is_any(&address->host))
		r = try_listen(address, true, backlog);
	return r < 0 ? refuse(address, r, err) : r;
}
