/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus/client.h"
#include "base/i18n.h"
#include "bus/error.h"
#include "bus/names.h"
#include "bus/session.h"
#include "bus/text.h"

#include <errno.h>

/* polkit may wait for a password; the daemon itself answers at once. */
#define CALL_TIMEOUT_US (150ull * 1000000)

#define cleanup_message  cleanup(sd_bus_message_unrefp)
#define cleanup_buserror cleanup(sd_bus_error_free)

static int open_system(sd_bus **out, struct err *err)
{
	int r = sd_bus_open_system(out);

	if (r >= 0)
		return 0;
	err_errno(err, r, _("there is no system bus (/run/dbus/system_bus_socket)"));
	err_hint(err, _("start it (systemctl start dbus), or add --session to run games without "
	                "root and without passthrough"));
	err_code(err, CODE_BUS_ABSENT);
	return r;
}

void client_tell_language(sd_bus *bus, const char *destination)
{
	client_tell_language_to(bus, destination, BUS_PATH, BUS_INTERFACE);
}

void client_tell_language_to(
        sd_bus *bus, const char *destination, const char *path, const char *interface)
{
	cleanup_message sd_bus_message *call = NULL;
	char code[4];

	i18n_current(code);
	if (sd_bus_message_new_method_call(
	            bus, &call, destination, path, interface, "SetLanguage") >= 0 &&
	        sd_bus_message_set_expect_reply(call, 0) >= 0 &&
	        sd_bus_message_append(call, "s", code) >= 0)
		sd_bus_send(bus, call, NULL);
}

int client_open(const struct paths *paths, struct client *out, struct err *err)
{
	int r;

	*out = (struct client){.session = paths->session};
	r = paths->session ? session_connect(paths, &out->bus, err) : open_system(&out->bus, err);
	if (r >= 0)
		client_tell_language(out->bus, paths->session ? NULL : BUS_NAME);
	return r;
}

void client_close(struct client *client)
{
	client->bus = sd_bus_flush_close_unref(client->bus);
}

/* On a private socket nobody has a name. */
static const char *destination(const struct client *client)
{
	return client->session ? NULL : BUS_NAME;
}

int client_new_call(
        struct client *client, const char *member, sd_bus_message **out, struct err *err)
{
	int r = sd_bus_message_new_method_call(
	        client->bus, out, destination(client), BUS_PATH, BUS_INTERFACE, member);

	if (r < 0)
		return bus_error_read(NULL, r, err);
	sd_bus_message_set_allow_interactive_authorization(*out, 1);
	return 0;
}

int client_send(
        struct client *client, int r, sd_bus_message *call, sd_bus_message **reply, struct err *err)
{
	cleanup_buserror sd_bus_error error = SD_BUS_ERROR_NULL;

	if (r == -EINVAL) {
		err_set(err, -EINVAL, _("an argument holds bytes that are not UTF-8"));
		return -EINVAL;
	}
	if (r >= 0)
		r = sd_bus_call(client->bus, call, CALL_TIMEOUT_US, &error, reply);
	return r < 0 ? bus_error_read(&error, r, err) : 0;
}

/* Calls a method that returns one value of @type, 's' or 'o'. */
static int call_one(struct client *client, const char *member, char type, char **out,
        struct err *err, const char *types, va_list ap)
{
	cleanup_message sd_bus_message *call = NULL, *reply = NULL;
	const char *value;
	int r = client_new_call(client, member, &call, err);

	if (r < 0)
		return r;
	r = client_send(client, sd_bus_message_appendv(call, types, ap), call, &reply, err);
	if (r < 0)
		return r;
	r = sd_bus_message_read_basic(reply, type, &value);
	if (r < 0)
		return bus_error_read(NULL, r, err);
	*out = xstrdup(value);
	return 0;
}

int client_text(struct client *client, char **out, struct err *err, const char *member,
        const char *types, ...)
{
	va_list ap;
	int r;

	va_start(ap, types);
	r = call_one(client, member, 's', out, err, types, ap);
	va_end(ap);
	return r;
}

int client_start_job(struct client *client, char **path, struct err *err, const char *member,
        const char *types, ...)
{
	va_list ap;
	int r;

	va_start(ap, types);
	r = call_one(client, member, 'o', path, err, types, ap);
	va_end(ap);
	return r;
}

/* Puts one property where it belongs; one that is not known is skipped. */
static int take_property(sd_bus_message *reply, const char *name, struct client_job *job)
{
	const struct {
		const char *name;
		char **text;
		char *buffer;
		size_t size;
	} texts[] = {
	        {"Kind", &job->kind, NULL, 0},
	        {"VM", &job->vm, NULL, 0},
	        {"State", &job->state, NULL, 0},
	        {"Stage", &job->stage, NULL, 0},
	        {"Result", &job->result, NULL, 0},
	        {"Error", NULL, job->err.message, sizeof(job->err.message)},
	        {"Hint", NULL, job->err.hint, sizeof(job->err.hint)},
	        {"Code", NULL, job->err.code, sizeof(job->err.code)},
	};
	const char *value;
	uint32_t number;
	int r;

	if (streq(name, "Percent")) {
		r = sd_bus_message_read(reply, "v", "u", &number);
		job->percent = r > 0 ? number : 0;
		return r;
	}
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (!streq(name, texts[i].name))
			continue;
		r = sd_bus_message_read(reply, "v", "s", &value);
		if (r > 0 && texts[i].text)
			*texts[i].text = xstrdup(value);
		else if (r > 0)
			stpncpy(texts[i].buffer, value, texts[i].size - 1);
		return r;
	}
	return sd_bus_message_skip(reply, "v");
}

static int read_properties(sd_bus_message *reply, struct client_job *job)
{
	const char *name;
	int r = sd_bus_message_enter_container(reply, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(reply, 'e', "sv")) > 0) {
		r = sd_bus_message_read(reply, "s", &name);
		if (r >= 0)
			r = take_property(reply, name, job);
		if (r >= 0)
			r = sd_bus_message_exit_container(reply);
	}
	if (r >= 0 && (!job->kind || !job->vm || !job->state || !job->stage || !job->result))
		r = -EBADMSG;
	return r;
}

int client_parse_job(sd_bus_message *reply, struct client_job *out, struct err *err)
{
	cleanup_free char *message = NULL, *hint = NULL;
	int r;

	*out = (struct client_job){0};
	r = read_properties(reply, out);
	if (r < 0) {
		client_job_finish(out);
		return bus_error_read(NULL, r, err);
	}
	message = text_harmless(out->err.message, false);
	hint = text_harmless(out->err.hint, false);
	snprintf(out->err.message, sizeof(out->err.message), "%s", message);
	snprintf(out->err.hint, sizeof(out->err.hint), "%s", hint);
	out->err.number = streq(out->state, "failed") ? -EIO : 0;
	return 0;
}

int client_read_job(
        struct client *client, const char *path, struct client_job *out, struct err *err)
{
	cleanup_message sd_bus_message *reply = NULL;
	cleanup_buserror sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	*out = (struct client_job){0};
	r = sd_bus_call_method(client->bus, destination(client), path,
	        "org.freedesktop.DBus.Properties", "GetAll", &error, &reply, "s",
	        BUS_JOB_INTERFACE);
	if (r >= 0)
		return client_parse_job(reply, out, err);
	if (!sd_bus_error_has_name(&error, SD_BUS_ERROR_UNKNOWN_OBJECT) &&
	        !sd_bus_error_has_name(&error, SD_BUS_ERROR_UNKNOWN_INTERFACE))
		return bus_error_read(&error, r, err);
	err_set(err, -ENOENT, _("playthroughd was restarted meanwhile and knows nothing of %s"),
	        path);
	err_hint(err, _("see what became of it: playthrough status; journalctl -u playthroughd"));
	err_code(err, CODE_BUS_NO_ANSWER);
	return -ENOENT;
}

bool client_job_running(const struct client_job *job)
{
	return streq(job->state, "running");
}

void client_job_finish(struct client_job *job)
{
	free(job->kind);
	free(job->vm);
	free(job->state);
	free(job->stage);
	free(job->result);
	*job = (struct client_job){0};
}

int client_cancel_job(struct client *client, const char *path, struct err *err)
{
	cleanup_buserror sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = sd_bus_call_method(client->bus, destination(client), path, BUS_JOB_INTERFACE,
	        "Cancel", &error, NULL, NULL);

	return r < 0 ? bus_error_read(&error, r, err) : 0;
}
