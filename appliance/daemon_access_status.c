/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ConsoleStatus: where the console is on the network, and who looks. */
#include "daemon_access_impl.h"

#include <stdio.h>
#include <time.h>

/* Every address that others may use, where it listens at any. */
static void find_hosts(const struct in6_addr *listening, struct strv *out)
{
	char text[NET_ADDRESS_TEXT];

	if (net_host_is_any(listening)) {
		net_hosts(net_host_is_v4(listening), out);
		return;
	}
	net_host_format(listening, text);
	strv_add(out, text);
}

static json_t *addresses(const struct in6_addr *listening)
{
	cleanup_strv struct strv hosts = {0};
	json_t *out = json_array();

	find_hosts(listening, &hosts);
	strv_foreach (host, &hosts)
		json_array_append_new(out, json_string(*host));
	return out;
}

/* The host, in brackets where it is IPv6, and the port. */
static json_t *urls(const struct access_listener *listener, const char *before, const char *between)
{
	cleanup_strv struct strv hosts = {0};
	json_t *out = json_array();

	if (listener->fd >= 0)
		find_hosts(&listener->at.host, &hosts);
	strv_foreach (host, &hosts) {
		bool six = strchr(*host, ':') != NULL;
		cleanup_free char *url = xasprintf("%s%s%s%s%s%u%s", before, six ? "[" : "", *host,
		        six ? "]" : "", between, listener->at.port, *between == ':' ? "/" : "");

		json_array_append_new(out, json_string(url));
	}
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

	if (!daemon->access)
		console_settings_init(&off.settings);
	net_address_format(&a->settings.listen, listen);
	net_address_format(&a->settings.web, web);
	return json_pack("{s:i, s:b, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:s}", "schema",
	        1, "enabled", a->settings.enabled, "listen", listen, "web", web, "addresses",
	        addresses(&a->settings.listen.host), "urls",
	        urls(&a->viewers, "spice://", "?tls-port="), "web_urls",
	        urls(&a->browsers, "https://", ":"), "fingerprint", fingerprint(&a->report),
	        "ticket", ticket(&a->settings), "viewer", viewer(&a->report), "running",
	        daemon_console_there(daemon), "problem", a->problem ? a->problem : "");
}
