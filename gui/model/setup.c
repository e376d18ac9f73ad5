/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/i18n.h"
#include "bus/client.h"
#include "bus/error.h"
#include "model/setup_parts.h"

#include <errno.h>

/* Longer than the service itself waits for the check, and a person may type a password. */
#define CALL_TIMEOUT_US (150ull * 1000000)

const struct setup_object setup_service = {BUS_SETUP_NAME, BUS_SETUP_PATH, BUS_SETUP_INTERFACE},
                          setup_logind = {"org.freedesktop.login1", "/org/freedesktop/login1",
                                  "org.freedesktop.login1.Manager"};

struct setup *setup_create(
        sd_event *event, bool session, struct model *model, const struct link_ops *ops, void *user)
{
	struct setup *setup = xcalloc(1, sizeof(*setup));

	*setup = (struct setup){.event = sd_event_ref(event),
	        .session = session,
	        .model = model,
	        .ops = ops,
	        .user = user};
	return setup;
}

static void drop_bus(struct setup *setup)
{
	for (size_t i = 0; i < SETUP_CALLS; i++)
		setup->calls[i] = sd_bus_slot_unref(setup->calls[i]);
	if (setup->bus)
		sd_bus_detach_event(setup->bus);
	setup->bus = sd_bus_close_unref(setup->bus);
}

void setup_destroy(struct setup *setup)
{
	if (!setup)
		return;
	drop_bus(setup);
	sd_event_unref(setup->event);
	free(setup);
}

void setup_tell(struct setup *setup)
{
	setup->ops->changed(setup->user);
}

uint64_t setup_now_ms(const struct setup *setup)
{
	return setup->ops->now_ms(setup->user);
}

/* --- calls --- */

/* The bus's words for a name that nobody has are about the daemon: here it is the other service. */
void setup_refusal(const sd_bus_error *error, struct err *why)
{
	bus_error_read(error, -EIO, why);
	if (!error->name || starts_with(error->name, BUS_ERROR_PREFIX))
		return;
	err_set(why, -ENOENT, _("the service that looks at this PC does not answer"));
	err_hint(why, _("its reasons: journalctl -u playthrough-setupd"));
	err_code(why, CODE_SETUP_SERVICE);
}

void setup_no_bus(struct err *why)
{
	err_set(why, -ENOENT, _("there is no system bus (/run/dbus/system_bus_socket)"));
	err_code(why, CODE_BUS_ABSENT);
}

static int connect_bus(struct setup *setup)
{
	int r = sd_bus_open_system(&setup->bus);

	if (r >= 0)
		r = sd_bus_attach_event(setup->bus, setup->event, SD_EVENT_PRIORITY_NORMAL);
	return r < 0 ? r : setup_follow_jobs(setup);
}

/* The bus was restarted: an act that has no answer yet gets none. */
static void lose_bus(struct setup *setup)
{
	struct setup_state *state = &setup->model->setup;

	if (setup->calls[SETUP_CALL_ACT] || state->step == SETUP_AT_WORK)
		setup_state_lost(state, setup_now_ms(setup));
	drop_bus(setup);
}

int setup_new_call(struct setup *setup, const struct setup_object *object, const char *member,
        sd_bus_message **out)
{
	int r = 0;

	/* logind is there for everybody who sits at this PC; polkit is not asked in a session. */
	if (setup->session && object != &setup_logind)
		return -ENOENT;
	if (setup->bus && sd_bus_is_open(setup->bus) <= 0)
		lose_bus(setup);
	if (!setup->bus)
		r = connect_bus(setup);
	/* Each time: the service forgets it when it leaves, and it leaves when idle. */
	if (r >= 0 && object == &setup_service)
		client_tell_language_to(setup->bus, object->name, object->path, object->interface);
	if (r >= 0)
		r = sd_bus_message_new_method_call(
		        setup->bus, out, object->name, object->path, object->interface, member);
	if (r >= 0)
		sd_bus_message_set_allow_interactive_authorization(*out, 1);
	else
		drop_bus(setup);
	return r;
}

int setup_send(struct setup *setup, enum setup_call call, int r, sd_bus_message *m,
        sd_bus_message_handler_t done)
{
	if (r >= 0)
		r = sd_bus_call_async(
		        setup->bus, &setup->calls[call], m, done, setup, CALL_TIMEOUT_US);
	return r;
}

void setup_answered(struct setup *setup, enum setup_call call)
{
	setup->calls[call] = sd_bus_slot_unref(setup->calls[call]);
}

static int call(struct setup *setup, enum setup_call which, const struct setup_object *object,
        const char *member, sd_bus_message_handler_t done)
{
	cleanup_message sd_bus_message *m = NULL;
	int r = setup_new_call(setup, object, member, &m);

	return setup_send(setup, which, r, m, done);
}

/* --- the check --- */

static void tell_absent(struct setup *setup, const struct err *why)
{
	pc_absent(&setup->model->pc, why);
	setup_tell(setup);
}

static int on_checked(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	struct setup *setup = user;
	const char *json = "";
	struct err why = {0};

	(void)ret;
	setup_answered(setup, SETUP_CALL_CHECK);
	if (sd_bus_message_is_method_error(m, NULL))
		setup_refusal(sd_bus_message_get_error(m), &why);
	else if (sd_bus_message_read(m, "s", &json) < 0)
		err_set(&why, -EBADMSG, "Check");
	else
		pc_set(&setup->model->pc, json, &why);
	if (why.number)
		tell_absent(setup, &why);
	else
		setup_tell(setup);
	return 0;
}

void setup_check(struct setup *setup)
{
	struct err why = {0};

	if (setup->calls[SETUP_CALL_CHECK])
		return;
	if (setup->session)
		err_set(&why, -ENOENT,
		        _("this program runs for you alone, without the services of this PC"));
	else if (call(setup, SETUP_CALL_CHECK, &setup_service, "Check", on_checked) < 0)
		setup_no_bus(&why);
	else
		pc_asking(&setup->model->pc);
	if (why.number)
		tell_absent(setup, &why);
	else
		setup_tell(setup);
}

/* --- the plan --- */

static int append_option(sd_bus_message *m, const char *key, const struct strv *values)
{
	int r = values->n ? sd_bus_message_open_container(m, 'e', "sv") : 0;

	if (!values->n || r < 0)
		return r;
	r = sd_bus_message_append(m, "s", key);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "as");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "s");
	for (size_t i = 0; r >= 0 && i < values->n; i++)
		r = sd_bus_message_append(m, "s", values->list[i]);
	for (int i = 0; r >= 0 && i < 3; i++)
		r = sd_bus_message_close_container(m);
	return r;
}

int setup_send_plan(struct setup *setup, enum setup_call which, sd_bus_message_handler_t done)
{
	const struct plan *plan = &setup->model->plan;
	cleanup_message sd_bus_message *m = NULL;
	int r = setup_new_call(setup, &setup_service, "Plan", &m);

	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "{sv}");
	if (r >= 0)
		r = append_option(m, "gpu", &plan->gpus);
	if (r >= 0)
		r = append_option(m, "usb", &plan->usbs);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return setup_send(setup, which, r, m, done);
}

static int on_planned(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	struct setup *setup = user;
	const char *id, *json;
	struct err why = {0};

	(void)ret;
	setup_answered(setup, SETUP_CALL_PLAN);
	if (setup->plan_again) {
		setup_plan(setup);
		return 0;
	}
	if (sd_bus_message_is_method_error(m, NULL))
		setup_refusal(sd_bus_message_get_error(m), &why);
	else if (sd_bus_message_read(m, "ss", &id, &json) < 0)
		err_set(&why, -EBADMSG, "Plan");
	else
		plan_set(&setup->model->plan, json, &why);
	if (why.number)
		plan_refused(&setup->model->plan, &why);
	setup_tell(setup);
	return 0;
}

void setup_plan(struct setup *setup)
{
	struct err why = {0};

	if (setup->calls[SETUP_CALL_PLAN])
		return;
	setup->plan_again = false;
	if (setup_send_plan(setup, SETUP_CALL_PLAN, on_planned) >= 0) {
		plan_asking(&setup->model->plan);
	} else {
		setup_no_bus(&why);
		plan_refused(&setup->model->plan, &why);
	}
	setup_tell(setup);
}

void setup_toggle(struct setup *setup, const char *address)
{
	plan_toggle(&setup->model->plan, &setup->model->pc, address);
	setup->plan_again = setup->calls[SETUP_CALL_PLAN] != NULL;
	setup_plan(setup);
	setup_tell(setup);
}

/* --- how far it is --- */

static int on_verified(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	struct setup *setup = user;
	const char *json;
	struct err why = {0};

	(void)ret;
	setup_answered(setup, SETUP_CALL_VERIFY);
	if (sd_bus_message_is_method_error(m, NULL))
		setup_refusal(sd_bus_message_get_error(m), &why);
	else if (sd_bus_message_read(m, "s", &json) < 0)
		err_set(&why, -EBADMSG, "Verify");
	else
		setup_state_set(&setup->model->setup, json, &why);
	if (why.number)
		setup_state_absent(&setup->model->setup, &why);
	setup_tell(setup);
	return 0;
}

static int on_can_restart(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	struct setup *setup = user;
	const char *word = "";

	(void)ret;
	setup_answered(setup, SETUP_CALL_CAN_RESTART);
	if (!sd_bus_message_is_method_error(m, NULL))
		sd_bus_message_read(m, "s", &word);
	setup_state_set_restart(&setup->model->setup, word);
	setup_tell(setup);
	return 0;
}

void setup_look(struct setup *setup)
{
	struct err why = {0};

	if (setup->calls[SETUP_CALL_VERIFY])
		return;
	if (call(setup, SETUP_CALL_VERIFY, &setup_service, "Verify", on_verified) >= 0) {
		setup_state_asking(&setup->model->setup);
	} else {
		setup_no_bus(&why);
		setup_state_absent(&setup->model->setup, &why);
	}
	if (!setup->calls[SETUP_CALL_CAN_RESTART])
		call(setup, SETUP_CALL_CAN_RESTART, &setup_logind, "CanReboot", on_can_restart);
	setup_tell(setup);
}
