/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/setup.h"
#include "base/i18n.h"
#include "bus/error.h"
#include "bus/names.h"

#include <errno.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

/* Longer than the service itself waits for the check. */
#define CHECK_TIMEOUT_US (150ull * 1000000)

#define cleanup_message cleanup(sd_bus_message_unrefp)

struct setup {
	sd_event *event;
	bool session;
	struct model *model;
	const struct link_ops *ops;
	void *user;
	sd_bus *bus;
	sd_bus_slot *check, *plan; /* those under way */
};

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
	setup->check = sd_bus_slot_unref(setup->check);
	setup->plan = sd_bus_slot_unref(setup->plan);
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

static void tell_absent(struct setup *setup, const struct err *why)
{
	pc_absent(&setup->model->pc, why);
	setup->ops->changed(setup->user);
}

/* The bus's words for a name that nobody has are about the daemon: here it is the other service. */
static void read_refusal(const sd_bus_error *error, struct err *why)
{
	bus_error_read(error, -EIO, why);
	if (!error->name || starts_with(error->name, BUS_ERROR_PREFIX))
		return;
	err_set(why, -ENOENT, _("the service that looks at this PC does not answer"));
	err_hint(why, _("its reasons: journalctl -u playthrough-setupd"));
	err_code(why, CODE_SETUP_SERVICE);
}

static int on_checked(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	struct setup *setup = user;
	const char *json = "";
	struct err why = {0};

	(void)ret;
	setup->check = sd_bus_slot_unref(setup->check);
	if (sd_bus_message_is_method_error(m, NULL))
		read_refusal(sd_bus_message_get_error(m), &why);
	else if (sd_bus_message_read(m, "s", &json) < 0)
		err_set(&why, -EBADMSG, "Check");
	else
		pc_set(&setup->model->pc, json, &why);
	if (why.number)
		tell_absent(setup, &why);
	else
		setup->ops->changed(setup->user);
	return 0;
}

static int connect_bus(struct setup *setup)
{
	int r = sd_bus_open_system(&setup->bus);

	return r < 0 ? r : sd_bus_attach_event(setup->bus, setup->event, SD_EVENT_PRIORITY_NORMAL);
}

/* Plan() takes options, and there are none. */
static int send_call(
        struct setup *setup, sd_bus_slot **slot, const char *member, sd_bus_message_handler_t done)
{
	cleanup_message sd_bus_message *m = NULL;
	int r;

	if (setup->bus && sd_bus_is_open(setup->bus) <= 0)
		drop_bus(setup);
	r = setup->bus ? 0 : connect_bus(setup);
	if (r >= 0)
		r = sd_bus_message_new_method_call(setup->bus, &m, BUS_SETUP_NAME, BUS_SETUP_PATH,
		        BUS_SETUP_INTERFACE, member);
	if (r >= 0 && streq(member, "Plan"))
		r = sd_bus_message_append(m, "a{sv}", 0);
	if (r >= 0)
		r = sd_bus_call_async(setup->bus, slot, m, done, setup, CHECK_TIMEOUT_US);
	if (r < 0)
		drop_bus(setup);
	return r;
}

static void set_no_bus(struct err *why)
{
	err_set(why, -ENOENT, _("there is no system bus (/run/dbus/system_bus_socket)"));
	err_code(why, CODE_BUS_ABSENT);
}

void setup_check(struct setup *setup)
{
	struct err why = {0};

	if (setup->check)
		return;
	if (setup->session)
		err_set(&why, -ENOENT,
		        _("this program runs for you alone, without the services of this PC"));
	else if (send_call(setup, &setup->check, "Check", on_checked) < 0)
		set_no_bus(&why);
	else
		pc_asking(&setup->model->pc);
	if (why.number)
		tell_absent(setup, &why);
	else
		setup->ops->changed(setup->user);
}

static int on_planned(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	struct setup *setup = user;
	const char *id, *json;
	struct err why = {0};

	(void)ret;
	setup->plan = sd_bus_slot_unref(setup->plan);
	if (sd_bus_message_is_method_error(m, NULL))
		read_refusal(sd_bus_message_get_error(m), &why);
	else if (sd_bus_message_read(m, "ss", &id, &json) < 0)
		err_set(&why, -EBADMSG, "Plan");
	else
		plan_set(&setup->model->plan, json, &why);
	if (why.number)
		plan_refused(&setup->model->plan, &why);
	setup->ops->changed(setup->user);
	return 0;
}

void setup_plan(struct setup *setup)
{
	struct err why = {0};

	if (setup->plan)
		return;
	if (!setup->session && send_call(setup, &setup->plan, "Plan", on_planned) >= 0) {
		plan_asking(&setup->model->plan);
	} else {
		set_no_bus(&why);
		plan_refused(&setup->model->plan, &why);
	}
	setup->ops->changed(setup->user);
}
