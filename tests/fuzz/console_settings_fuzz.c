/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The console's settings, an address that somebody typed, and the one packet that the daemon hears of the console. */
#include "bus/console_settings.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void try_settings(const char *text)
{
	struct console_settings first, again;
	cleanup_free char *written = NULL;
	struct err err;

	if (console_settings_parse(text, &first, &err) < 0) {
		assert(!first.enabled && err.message[0]);
		return;
	}
	assert(strlen(first.ticket) < sizeof(first.ticket));
	written = console_settings_format(&first);
	assert(console_settings_parse(written, &again, &err) == 0);
	assert(net_address_same(&first.listen, &again.listen) && streq(first.ticket, again.ticket));
}

static void try_address(const char *text)
{
	struct net_address first, again;
	char written[NET_ADDRESS_TEXT];
	struct err err;

	if (net_address_parse(text, &first, &err) < 0)
		return;
	net_address_format(&first, written);
	assert(net_address_parse(written, &again, &err) == 0 && net_address_same(&first, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	cleanup_free char *text = xstrndup((const char *)bytes, n);
	struct console_report report = {0};

	try_settings(text);
	try_address(text);
	memcpy(&report, bytes, n < sizeof(report) ? n : sizeof(report));
	if (console_report_good(&report, n))
		assert(report.viewer <= CONSOLE_VIEWER_NETWORK);
	return 0;
}
