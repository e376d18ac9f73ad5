/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile/forward.h"

#include "base/i18n.h"
#include "base/strv.h"
#include "profile/file.h"

#include <arpa/inet.h>
#include <errno.h>

#define PORT_MAX 65535u

/*
 * What each program listens on by default.
 *
 * rdp: TCP 3389, https://learn.microsoft.com/en-us/windows-server/remote/remote-desktop-services/clients/change-listening-port;
 *   UDP of the same number, [MS-RDPEUDP].
 * sunshine: counted from its port= 47989 (docs/configuration.md of LizardByte/Sunshine): HTTPS -5, HTTP 0, RTSP +21 are TCP,
 *   video, control and sound +9 to +11 are UDP (src/stream.h). These six its own UPnP opens, too (src/upnp.cpp); the
 *   page of its settings, TCP 47990, not, and so is it left out here.
 * steam: Remote Play, as firewalld's steam-streaming.xml and NixOS's programs.steam.remotePlay open it.
 * ssh: TCP 22, RFC 4253 section 4.1; from 2222, as 22 is this PC's own, and below 1024.
 */
static const struct forward services[] = {
        {false, "", 3389, 3389, 1, "rdp"},
        {true, "", 3389, 3389, 1, "rdp"},
        {false, "", 47984, 47984, 1, "sunshine"},
        {false, "", 47989, 47989, 1, "sunshine"},
        {false, "", 48010, 48010, 1, "sunshine"},
        {true, "", 47998, 47998, 3, "sunshine"},
        {false, "", 27036, 27036, 2, "steam"},
        {true, "", 27031, 27031, 6, "steam"},
        {false, "", 2222, 22, 1, "ssh"},
};

static int refuse(const char *word, struct err *err, const char *why)
{
	return err_set(err, -EINVAL, "forward=%s: %s", ini_quote(word).s, why);
}

static int refuse_form(const char *word, struct err *err)
{
	refuse(word, err, _("not a forwarded port"));
	err_hint(err, _("write tcp:3389, udp:47998-48000, tcp:3390:3389 with the guest's port "
	                "last, tcp:127.0.0.1:3389:3389 for programs of this PC only, or one "
	                "of rdp, sunshine, steam, ssh"));
	return -EINVAL;
}

/* QEMU forwards from IPv4 addresses alone (net/slirp.c, slirp_hostfwd()). "0.0.0.0" is all, as is none. */
static int take_address(const char *word, const char *text, struct forward *f, struct err *err)
{
	struct in_addr address;

	if (inet_pton(AF_INET, text, &address) != 1) {
		refuse(word, err, _("not an IPv4 address"));
		err_hint(err, _("write an address of this PC, such as 127.0.0.1, or none for all"));
		return -EINVAL;
	}
	if (address.s_addr == htonl(INADDR_ANY))
		f->address[0] = '\0';
	else
		inet_ntop(AF_INET, &address, f->address, sizeof(f->address));
	return 0;
}

/* "3389" or "47998-48000". False: it is neither. */
static bool take_ports(const char *text, unsigned *first, unsigned *count)
{
	const char *dash = strchr(text, '-');
	cleanup_free char *from = xstrndup(text, strcspn(text, "-"));
	uint64_t a, b;

	if (parse_u64(from, 10, PORT_MAX, &a) < 0 || a == 0)
		return false;
	if (!dash)
		b = a;
	else if (parse_u64(dash + 1, 10, PORT_MAX, &b) < 0 || b < a)
		return false;
	*first = (unsigned)a;
	*count = (unsigned)(b - a) + 1;
	return true;
}

/* [ADDRESS:]PORTS[:GUESTPORTS] */
static int take_parts(
        const char *word, const struct strv *parts, struct forward *f, struct err *err)
{
	size_t i = 1, n = parts->n;
	unsigned guests;

	if (i < n && strchr(parts->list[i], '.') &&
	        take_address(word, parts->list[i++], f, err) < 0)
		return -EINVAL;
	if (i == n || n - i > 2 || !take_ports(parts->list[i], &f->port, &f->count))
		return refuse_form(word, err);
	f->guest = f->port;
	if (++i == n)
		return 0;
	if (!take_ports(parts->list[i], &f->guest, &guests))
		return refuse_form(word, err);
	if (guests == f->count)
		return 0;
	refuse(word, err, _("as many ports of the guest as of this PC must be named"));
	err_hint(err, _("write both as ranges of the same length, such as 8000-8003:80-83"));
	return -EINVAL;
}

static unsigned count_ports(const struct forwards *all)
{
	unsigned n = 0;

	for (size_t i = 0; i < all->n; i++)
		n += all->list[i].count;
	return n;
}

static int add(struct forwards *out, const char *word, const struct forward *f, struct err *err)
{
	for (size_t i = 0; i < out->n; i++) {
		unsigned port = forward_meets(&out->list[i], f);

		if (!port)
			continue;
		err_set(err, -EINVAL, _("forward=%s: port %u of this PC is forwarded twice"),
		        ini_quote(word).s, port);
		err_hint(err, _("keep one of the two"));
		return -EINVAL;
	}
	if (count_ports(out) + f->count > FORWARD_PORTS_MAX) {
		refuse(word, err, _("too many ports"));
		err_hint(err, _("a VM has at most %u forwarded ports"), FORWARD_PORTS_MAX);
		return -EINVAL;
	}
	*list_append(out->list, out->n) = *f;
	return 0;
}

/* Adds the ports of a program. 1: there is none of that name. */
static int add_service(
        struct forwards *out, const char *word, const struct strv *parts, struct err *err)
{
	struct forward at = {0};
	int r = 1;

	for (size_t i = 0; i < ARRAY_SIZE(services); i++) {
		struct forward f = services[i];

		if (!streq(f.service, parts->list[0]))
			continue;
		if (parts->n > 2)
			return refuse_form(word, err);
		if (parts->n == 2 && take_address(word, parts->list[1], &at, err) < 0)
			return -EINVAL;
		strcpy(f.address, at.address);
		r = add(out, word, &f, err);
		if (r < 0)
			break;
	}
	return r;
}

static int add_word(struct forwards *out, const char *word, struct err *err)
{
	cleanup_strv struct strv parts = {0};
	struct forward f = {0};
	int r;

	strv_split(&parts, word, ":");
	if (!parts.n || strstr(word, "::") || ends_with(word, ":"))
		return refuse_form(word, err);
	r = add_service(out, word, &parts, err);
	if (r <= 0)
		return r;
	f.udp = streq(parts.list[0], "udp");
	if (!f.udp && !streq(parts.list[0], "tcp"))
		return refuse_form(word, err);
	r = take_parts(word, &parts, &f, err);
	return r < 0 ? r : add(out, word, &f, err);
}

int forwards_parse(const char *text, struct forwards *out, struct err *err)
{
	cleanup_strv struct strv words = {0};
	int r = 0;

	*out = (struct forwards){0};
	if (text)
		strv_split(&words, text, " \t");
	for (size_t i = 0; i < words.n && r == 0; i++)
		r = add_word(out, words.list[i], err);
	if (r < 0)
		forwards_finish(out);
	return r;
}

void forwards_finish(struct forwards *forwards)
{
	free(forwards->list);
	*forwards = (struct forwards){0};
}

unsigned forward_meets(const struct forward *a, const struct forward *b)
{
	unsigned first = a->port > b->port ? a->port : b->port;

	if (a->udp != b->udp || first >= a->port + a->count || first >= b->port + b->count)
		return 0;
	return !*a->address || !*b->address || streq(a->address, b->address) ? first : 0;
}

static char *format_ports(unsigned first, unsigned count)
{
	return count == 1 ? xasprintf("%u", first) : xasprintf("%u-%u", first, first + count - 1);
}

char *forward_format(const struct forward *f)
{
	cleanup_free char *ports = format_ports(f->port, f->count);
	cleanup_free char *guest = format_ports(f->guest, f->count);

	return xasprintf("%s:%s%s%s%s%s", f->udp ? "udp" : "tcp", f->address,
	        *f->address ? ":" : "", ports, f->port == f->guest ? "" : ":",
	        f->port == f->guest ? "" : guest);
}
