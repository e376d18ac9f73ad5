/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus/error.h"
#include "base/i18n.h"
#include "bus/names.h"
#include "bus/text.h"

#include <errno.h>
#include <stdio.h>

static const struct {
	int number;
	const char *name;
} names[] = {
        {-EIO, BUS_ERROR_PREFIX "Failed"},
        {-EPERM, BUS_ERROR_PREFIX "Refused"},
        {-EACCES, BUS_ERROR_PREFIX "Denied"},
        {-ENOENT, BUS_ERROR_PREFIX "NotFound"},
        {-EBUSY, BUS_ERROR_PREFIX "Busy"},
        {-EINVAL, BUS_ERROR_PREFIX "InvalidArgument"},
        {-ETIMEDOUT, BUS_ERROR_PREFIX "Timeout"},
        {-ECANCELED, BUS_ERROR_PREFIX "Cancelled"},
};

const char *bus_error_name(int number)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].number == number)
			return names[i].name;
	return names[0].name;
}

/* One line, whatever a program that failed has written into it. Caller frees. */
static char *one_line(const char *s)
{
	char *line = text_utf8(s);

	for (char *c = line; *c; c++)
		if (*c == '\n')
			*c = ' ';
	return line;
}

static char *error_text(const struct err *err)
{
	cleanup_free char *message = one_line(err->message), *hint = one_line(err->hint);
	bool code = err->code[0];

	return xasprintf("%s%s%s%s%s", message, *hint || code ? "\n" : "", hint, code ? "\n" : "",
	        err->code);
}

int bus_error_set(sd_bus_error *sd, const struct err *err)
{
	cleanup_free char *text = error_text(err);

	return sd_bus_error_set(sd, bus_error_name(err->number), text);
}

int bus_error_reply(sd_bus_message *call, const struct err *err)
{
	cleanup(sd_bus_error_free) sd_bus_error sd = SD_BUS_ERROR_NULL;

	bus_error_set(&sd, err);
	return sd_bus_reply_method_error(call, &sd);
}

/* The next line of *text, or "" behind the last; harmless on a terminal. Caller frees. */
static char *next_line(const char **text)
{
	size_t n = strcspn(*text, "\n");
	cleanup_free char *line = xstrndup(*text, n);

	*text += n + ((*text)[n] == '\n');
	return text_harmless(line, false);
}

static int read_own(const char *name, const char *text, struct err *err)
{
	cleanup_free char *message = next_line(&text), *hint = next_line(&text);
	cleanup_free char *code = next_line(&text);
	int number = -EIO;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (streq(names[i].name, name))
			number = names[i].number;
	err_set(err, number, "%s", message);
	if (*hint)
		err_hint(err, "%s", hint);
	err_code_text(err, code);
	return number;
}

/* Errors of the bus itself and of its activation of the daemon. */
static const struct {
	const char *name; /* the error's name starts with it */
	int number;
	enum code code;
	const char *message, *hint;
} foreign[] = {
        {"org.freedesktop.DBus.Error.ServiceUnknown", -ENOENT, CODE_BUS_NO_DAEMON,
                N_("nobody owns the name org.playthrough.Appliance1 on the system bus, and the bus "
                   "cannot "
                   "start playthroughd"),
                N_("install Playthrough with its D-Bus files, or add --session to run without "
                   "root")},
        {"org.freedesktop.DBus.Error.NameHasNoOwner", -ENOENT, CODE_BUS_NO_DAEMON,
                N_("playthroughd does not run"),
                N_("start it: systemctl start playthroughd; its reasons: journalctl -u "
                   "playthroughd")},
        {"org.freedesktop.DBus.Error.Spawn.", -EIO, CODE_BUS_NO_DAEMON,
                N_("the system bus could not start playthroughd"),
                N_("start it: systemctl start playthroughd; its reasons: journalctl -u "
                   "playthroughd")},
        {"org.freedesktop.systemd1.", -EIO, CODE_BUS_NO_DAEMON,
                N_("systemd could not start playthroughd"),
                N_("its reasons: systemctl status playthroughd; journalctl -u playthroughd")},
        {"org.freedesktop.DBus.Error.AccessDenied", -EACCES, CODE_BUS_DENIED,
                N_("the policy of the system bus does not let this user talk to playthroughd"),
                N_("run it as root, or ask whoever keeps "
                   "/usr/share/dbus-1/system.d/org.playthrough.Appliance1.conf")},
        {"org.freedesktop.DBus.Error.NoReply", -ETIMEDOUT, CODE_BUS_NO_ANSWER,
                N_("playthroughd ended or did not answer in time"),
                N_("try again; its reasons: journalctl -u playthroughd")},
        {"org.freedesktop.DBus.Error.Timeout", -ETIMEDOUT, CODE_BUS_NO_ANSWER,
                N_("playthroughd ended or did not answer in time"),
                N_("try again; its reasons: journalctl -u playthroughd")},
        {"org.freedesktop.DBus.Error.Disconnected", -ENOTCONN, CODE_BUS_NO_ANSWER,
                N_("playthroughd ended before it answered"),
                N_("try again; its reasons: journalctl -u playthroughd, or daemon.log beside its "
                   "socket")},
        {"System.Error.ENOTCONN", -ENOTCONN, CODE_BUS_NO_ANSWER,
                N_("playthroughd ended before it answered"),
                N_("try again; its reasons: journalctl -u playthroughd, or daemon.log beside its "
                   "socket")},
        {"System.Error.ECONNRESET", -ECONNRESET, CODE_BUS_NO_ANSWER,
                N_("playthroughd ended before it answered"),
                N_("try again; its reasons: journalctl -u playthroughd, or daemon.log beside its "
                   "socket")},
        {"org.freedesktop.DBus.Error.UnknownMethod", -EOPNOTSUPP, CODE_BUS_VERSION,
                N_("the running playthroughd is another version than this program"),
                N_("restart it: systemctl restart playthroughd (running games go on)")},
};

int bus_error_read(const sd_bus_error *sd, int number, struct err *err)
{
	cleanup_free char *text = text_harmless(sd && sd->message ? sd->message : "", false);

	if (sd && sd->name && starts_with(sd->name, BUS_ERROR_PREFIX))
		return read_own(sd->name, sd->message ? sd->message : "", err);
	for (size_t i = 0; sd && sd->name && i < ARRAY_SIZE(foreign); i++) {
		if (!starts_with(sd->name, foreign[i].name))
			continue;
		err_set(err, foreign[i].number, "%s: %s", _(foreign[i].message), text);
		err_hint(err, "%s", _(foreign[i].hint));
		err_code(err, foreign[i].code);
		return foreign[i].number;
	}
	if (sd && sd->name)
		return err_set(err, -EIO, _("playthroughd answered %s: %s"), sd->name, text);
	err_errno(err, number, _("the call of playthroughd failed"));
	err_code(err, CODE_BUS_NO_ANSWER);
	return number;
}
