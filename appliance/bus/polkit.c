/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus/polkit.h"
#include "base/i18n.h"

#include <errno.h>

#define ALLOW_USER_INTERACTION 1u /* CheckAuthorizationFlags */

/* A person types a password meanwhile; else polkit answers at once. */
#define INTERACTIVE_TIMEOUT_US (120ull * 1000000)
#define TIMEOUT_US             (20ull * 1000000)

struct question {
	sd_bus_message *call;
	const char *action;
	polkit_reply reply;
	void *user;
	bool interactive; /* the caller lets a person be asked */
};

static void question_destroy(void *p)
{
	struct question *question = p;

	sd_bus_message_unref(question->call);
	free(question);
}

static int deny(const char *action, struct err *err)
{
	err_set(err, -EACCES, _("polkit does not let this user do that (action %s)"), action);
	err_hint(err,
	        _("do it as root or at the PC itself, or ask its administrator for a polkit rule "
	          "(/etc/polkit-1/rules.d)"));
	err_code(err, CODE_BUS_DENIED);
	return -EACCES;
}

/* With an agent the answer to "may I?" is a yes or a no: that a password is wanted is left where none could be asked for. */
static int deny_without_agent(const char *action, struct err *err)
{
	err_set(err, -EACCES,
	        _("polkit wants a password for that, and nothing here asks for it (action %s)"),
	        action);
	err_hint(err, _("do it as root, or start a polkit agent, which a desktop has of its own"));
	err_code(err, CODE_BUS_NO_AGENT);
	return -EACCES;
}

/* Reads polkit's answer. Returns 0 only for a clear yes. */
static int judge(sd_bus_message *answer, const char *action, bool interactive, struct err *err)
{
	const sd_bus_error *error = sd_bus_message_get_error(answer);
	int authorized = 0, challenge = 0;

	if (error) {
		err_set(err, -EACCES, _("polkit could not be asked about %s: %s"), action,
		        error->message ? error->message : error->name);
		err_hint(err,
		        _("do it as root, or install polkitd and see: systemctl status polkit"));
		err_code(err, CODE_BUS_POLKIT);
		return -EACCES;
	}
	if (sd_bus_message_enter_container(answer, 'r', "bba{ss}") < 0 ||
	        sd_bus_message_read(answer, "bb", &authorized, &challenge) < 0)
		return deny(action, err);
	if (authorized)
		return 0;
	return challenge && interactive ? deny_without_agent(action, err) : deny(action, err);
}

static int on_answer(sd_bus_message *answer, void *user, sd_bus_error *ret)
{
	struct question *question = user;
	struct err err = {0};
	int r = judge(answer, question->action, question->interactive, &err);

	(void)ret;
	question->reply(question->user, question->call, r < 0 ? &err : NULL);
	return 0;
}

/* One call of the bus driver, as sd-bus itself makes it for methods that are privileged. */
static bool sender_is_root(sd_bus_message *call)
{
	cleanup(sd_bus_creds_unrefp) sd_bus_creds *creds = NULL;
	uid_t uid;

	return sd_bus_query_sender_creds(call, SD_BUS_CREDS_EUID, &creds) >= 0 &&
	       sd_bus_creds_get_euid(creds, &uid) >= 0 && uid == 0;
}

static int question_send(struct question *question)
{
	cleanup(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	cleanup(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
	bool interactive = question->interactive;
	sd_bus *bus = sd_bus_message_get_bus(question->call);
	int r = sd_bus_message_new_method_call(bus, &m, "org.freedesktop.PolicyKit1",
	        "/org/freedesktop/PolicyKit1/Authority", "org.freedesktop.PolicyKit1.Authority",
	        "CheckAuthorization");

	if (r >= 0)
		r = sd_bus_message_append(m, "(sa{sv})sa{ss}us", "system-bus-name", 1, "name", "s",
		        sd_bus_message_get_sender(question->call), question->action, 0,
		        interactive ? ALLOW_USER_INTERACTION : 0, "");
	if (r >= 0)
		r = sd_bus_call_async(bus, &slot, m, on_answer, question,
		        interactive ? INTERACTIVE_TIMEOUT_US : TIMEOUT_US);
	if (r < 0)
		return r;
	sd_bus_slot_set_destroy_callback(slot, question_destroy);
	sd_bus_slot_set_floating(slot, 1);
	return 0;
}

int polkit_ask(
        sd_bus_message *call, const char *action, polkit_reply reply, void *user, struct err *err)
{
	struct question *question;
	int r;

	if (!sd_bus_message_get_sender(call))
		return err_set(err, -EACCES, _("a call without a sender is not answered"));
	if (sender_is_root(call)) {
		reply(user, call, NULL);
		return 0;
	}
	question = xcalloc(1, sizeof(*question));
	*question = (struct question){.call = sd_bus_message_ref(call),
	        .action = action,
	        .reply = reply,
	        .user = user,
	        .interactive = sd_bus_message_get_allow_interactive_authorization(call) > 0};
	r = question_send(question);
	if (r < 0) {
		question_destroy(question);
		return err_errno(err, -EACCES, _("polkit could not be asked about %s"), action);
	}
	return 0;
}
