/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ConsoleStatus: where the console is on the network, and who looks. */
#include "daemon_access_impl.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <time.h>

#define ADDRESSES_MOST 16u

/* What others can reach this PC by: no loopback, and none that is valid on one link only. */
static bool is_for_others(const struct ifaddrs *interface, struct in6_addr *host)
{
	return interface->ifa_flags & IFF_UP && !(interface->ifa_flags & IFF_LOOPBACK) &&
	       interface->ifa_addr && net_host_of(interface->ifa_addr, host) &&
	       !IN6_IS_ADDR_LINKLOCAL(host) && !net_host_is_loopback(host);
}

static void add_host(json_t *to, const struct in6_addr *host)
{
	char text[NET_ADDRESS_TEXT];

	net_host_format(host, text);
	json_array_append_new(to, json_string(text));
}

static void add_hosts(json_t *to, const struct in6_addr *listening)
{
	struct ifaddrs *all = NULL;
	struct in6_addr host;

	if (!net_host_is_any(listening)) {
		add_host(to, listening);
		return;
	}
	if (getifaddrs(&all) < 0)
		return;
	for (const struct ifaddrs *i = all; i && json_array_size(to) < ADDRESSES_MOST;
	        i = i->ifa_next)
		if (is_for_others(i, &host) &&
		        (!net_host_is_v4(listening) || net_host_is_v4(&host)))
			add_host(to, &host);
	freeifaddrs(all);
}

/* @format takes the host, in brackets where it is IPv6, and the port. */
static json_t *urls(const struct access_listener *listener, const char *before, const char *between)
{
	json_t *out = json_array(), *hosts = json_array(), *host;
	size_t i;

	if (listener->fd >= 0)
		add_hosts(hosts, &listener->at.host);
	json_array_foreach (hosts, i, host) {
		const char *text = json_string_value(host);
		bool six = strchr(text, ':') != NULL;
		cleanup_free char *url = xasprintf("%s%s%s%s%s%u%s", before, six ? "[" : "", text,
		        six ? "]" : "", between, listener->at.port, *between == ':' ? "/" : "");

		json_array_append_new(out, json_string(url));
	}
	json_decref(hosts);
	return out;
}

static json_t *fingerprint(const struct console_report *report)
{
	char text[sizeof("SHA256 ") + 3 * sizeof(report->fingerprint)] = "";
	size_t n = 0;

	if (report->has_certificate)
		n = (size_t)snprintf(text, sizeof(text), "SHA256 ");
	for (size_t i = 0; n && i < sizeof(report->fingerprint); i++)
		n += (size_t)snprintf(
		        text + n, sizeof(text) - n, i ? ":%02X" : "%02X", report->fingerprint[i]);
	return json_string(text);
}

static json_t *viewer(const struct console_report *report)
{
	char from[NET_ADDRESS_TEXT] = "";
	struct in6_addr host;

	memcpy(&host, report->address, sizeof(host));
	if (report->viewer == CONSOLE_VIEWER_NETWORK)
		net_host_format(&host, from);
	else if (report->viewer == CONSOLE_VIEWER_LOCAL)
		snprintf(from, sizeof(from), "this PC");
	return json_pack(
	        "{s:b, s:s}", "connected", report->viewer != CONSOLE_VIEWER_NONE, "from", from);
}

static json_t *ticket(const struct console_settings *settings)
{
	return json_pack("{s:b, s:I}", "set", console_ticket_good(settings, (uint64_t)time(NULL)),
	        "expires", (json_int_t)settings->expires);
}

json_t *daemon_access_status(struct daemon *daemon)
{
	const struct access_listener none = {.fd = -1};
	struct daemon_access off = {.viewers = none, .browsers = none};
	const struct daemon_access *a = daemon->access ? daemon->access : &off;
	char listen[NET_ADDRESS_TEXT], web[NET_ADDRESS_TEXT];
	json_t *addresses = json_array();

	if (!daemon->access)
		console_settings_init(&off.settings);
	add_hosts(addresses, &a->settings.listen.host);
	net_address_format(&a->settings.listen, listen);
	net_address_format(&a->settings.web, web);
	return json_pack("{s:i, s:b, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:s}", "schema",
	        1, "enabled", a->settings.enabled, "listen", listen, "web", web, "addresses",
	        addresses, "urls", urls(&a->viewers, "spice://", "?tls-port="), "web_urls",
	        urls(&a->browsers, "https://", ":"), "fingerprint", fingerprint(&a->report),
	        "ticket", ticket(&a->settings), "viewer", viewer(&a->report), "running",
	        daemon_console_there(daemon), "problem", a->problem ? a->problem : "");
}
