/* SPDX-License-Identifier: GPL-2.0-or-later */
/* polkit is asked about ourselves, one action after the other, and nobody for a password. */
#include "model/rights.h"
#include "model/setup_parts.h"

const char *const right_actions[RIGHT_COUNT] = {
        BUS_ACTION_START, BUS_ACTION_USB, BUS_ACTION_CONFIGURE};

static const struct setup_object polkit = {"org.freedesktop.PolicyKit1",
        "/org/freedesktop/PolicyKit1/Authority", "org.freedesktop.PolicyKit1.Authority"};

static void ask_next(struct setup *setup);

static void end(struct setup *setup)
{
	setup->model->rights.asking = false;
	setup_tell(setup);
}

static enum may read_answer(sd_bus_message *m)
{
	int authorized, challenge;

	if (sd_bus_message_is_method_error(m, NULL) ||
	        sd_bus_message_enter_container(m, 'r', "bba{ss}") < 0 ||
	        sd_bus_message_read(m, "bb", &authorized, &challenge) < 0)
		return MAY_UNKNOWN;
	return authorized ? MAY : challenge ? MAY_BY_PASSWORD : MAY_NOT;
}

static int on_right(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	struct setup *setup = user;

	(void)ret;
	setup_answered(setup, SETUP_CALL_RIGHTS);
	setup->model->rights.of[setup->right++] = read_answer(m);
	if (setup->right < RIGHT_COUNT)
		ask_next(setup);
	else
		end(setup);
	return 0;
}

static void ask_next(struct setup *setup)
{
	cleanup_message sd_bus_message *m = NULL;
	const char *name = NULL;
	int r = setup_new_call(setup, &polkit, "CheckAuthorization", &m);

	if (r >= 0)
		r = sd_bus_get_unique_name(setup->bus, &name);
	if (r >= 0)
		r = sd_bus_message_append(m, "(sa{sv})sa{ss}us", "system-bus-name", 1, "name", "s",
		        name, right_actions[setup->right], 0, 0, "");
	if (setup_send(setup, SETUP_CALL_RIGHTS, r, m, on_right) < 0)
		end(setup);
}

void setup_rights(struct setup *setup)
{
	struct rights *rights = &setup->model->rights;

	if (setup->calls[SETUP_CALL_RIGHTS])
		return;
	*rights = (struct rights){.asking = !setup->session};
	/* One's own daemon asks nobody. */
	for (int i = 0; setup->session && i < RIGHT_COUNT; i++)
		rights->of[i] = MAY;
	setup->right = 0;
	setup_tell(setup);
	if (!setup->session)
		ask_next(setup);
}
