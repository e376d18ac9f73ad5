/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus/console_settings.h"

#include "base/i18n.h"
#include "base/root.h"

#include <errno.h>
#include <inttypes.h>

#define GROUP 4u /* characters of a ticket between two dashes */

void console_settings_init(struct console_settings *settings)
{
	*settings = (struct console_settings){
	        .listen = {.host = IN6ADDR_ANY_INIT, .port = CONSOLE_PORT}};
}

/* --- the file --- */

static bool take_bool(const char *value, bool *out)
{
	*out = streq(value, "yes");
	return *out || streq(value, "no");
}

static bool take_address(const char *value, struct net_address *out)
{
	struct err ignored;

	if (net_address_parse(value, out, &ignored) == 0)
		return true;
	*out = (struct net_address){0};
	return false;
}

/* Printable, since a viewer has to type it. */
static bool take_ticket(const char *value, char out[CONSOLE_TICKET_MAX])
{
	size_t n = strlen(value);

	for (const char *c = value; *c; c++)
		if (*c <= ' ' || *c > '~')
			return false;
	if (n >= CONSOLE_TICKET_MAX)
		return false;
	memcpy(out, value, n + 1);
	return true;
}

static bool take_key(const char *key, const char *value, struct console_settings *out)
{
	if (streq(key, "enabled"))
		return take_bool(value, &out->enabled);
	if (streq(key, "listen"))
		return take_address(value, &out->listen);
	if (streq(key, "web"))
		return !*value || take_address(value, &out->web);
	if (streq(key, "ticket"))
		return take_ticket(value, out->ticket);
	if (streq(key, "ticket-expires"))
		return parse_u64(value, 10, INT64_MAX, &out->expires) == 0;
	return false;
}

static bool take_line(char *line, struct console_settings *out)
{
	char *text = strip(line), *value = strchr(text, '=');

	if (!*text || *text == '#')
		return true;
	if (!value)
		return false;
	*value = '\0';
	return take_key(strip(text), strip(value + 1), out);
}

int console_settings_parse(const char *text, struct console_settings *out, struct err *err)
{
	cleanup_free char *copy = xstrdup(text);
	unsigned number = 0;

	console_settings_init(out);
	for (char *line = copy, *next; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		number++;
		if (take_line(line, out))
			continue;
		console_settings_init(out);
		err_set(err, -EINVAL, _("line %u cannot be understood"), number);
		err_hint(err, _("playthrough console enable writes the file anew"));
		err_code(err, CODE_CONSOLE_NETWORK);
		return -EINVAL;
	}
	return 0;
}

char *console_settings_format(const struct console_settings *settings)
{
	char listen[NET_ADDRESS_TEXT], web[NET_ADDRESS_TEXT];

	net_address_format(&settings->listen, listen);
	net_address_format(&settings->web, web);
	return xasprintf("# The console on the network: playthrough console enable, disable, "
	                 "ticket; see playthrough-console(8).\n"
	                 "enabled=%s\nlisten=%s\nweb=%s\nticket=%s\nticket-expires=%" PRIu64 "\n",
	        settings->enabled ? "yes" : "no", listen, web, settings->ticket, settings->expires);
}

int console_settings_read(const char *path, struct console_settings *out, struct err *err)
{
	cleanup(root_close) struct root root = {.fd = -1};
	cleanup_free char *text = NULL;
	int r = root_open(&root, "/", err);

	console_settings_init(out);
	if (r < 0)
		return r;
	text = root_read(&root, path);
	if (!text)
		return errno == ENOENT ? 0 : err_errno(err, -errno, "%s", path);
	r = console_settings_parse(text, out, err);
	explicit_bzero(text, strlen(text));
	return r < 0 ? err_prefix(err, "%s", path) : 0;
}

int console_settings_write(
        const char *path, const struct console_settings *settings, struct err *err)
{
	cleanup(root_close) struct root root = {.fd = -1};
	cleanup_free char *text = console_settings_format(settings);
	int r = root_open(&root, "/", err);

	r = r < 0 ? r : root_write(&root, path, text, strlen(text), 0600, err);
	explicit_bzero(text, strlen(text));
	return r;
}

/* --- the ticket --- */

bool console_ticket_good(const struct console_settings *settings, uint64_t now)
{
	return settings->ticket[0] && (!settings->expires || now < settings->expires);
}

void console_ticket_make(const uint8_t bytes[CONSOLE_TICKET_BYTES], char ticket[CONSOLE_TICKET_MAX])
{
	static const char letters[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"; /* 32: no 0, 1, I, O */
	char *to = ticket;

	for (size_t i = 0; i < CONSOLE_TICKET_BYTES; i++) {
		if (i && i % GROUP == 0)
			*to++ = '-';
		*to++ = letters[bytes[i] % 32];
	}
	*to = '\0';
}
