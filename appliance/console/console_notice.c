/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a viewer is told for a moment, before it sees what there is: that it took another's place. */
#include "console/console_impl.h"

#include "base/i18n.h"
#include "console/access.h"
#include "console/network.h"

#include <time.h>

#define NOTICE_US 2500000u

static void on_changed(void *user)
{
	console_report(user);
}

static int on_noticed(sd_event_source *source, uint64_t usec, void *user)
{
	struct console *c = user;

	(void)source, (void)usec;
	free(take_ptr(c->notice));
	console_present(c);
	return 0;
}

static void on_took_over(void *user, const char *there)
{
	struct console *c = user;

	free(c->notice);
	c->notice =
	        there ? xasprintf(_("Somebody else was looking, from %s, and has been let go."),
	                        there)
	              : xstrdup(_("Somebody else was looking, on this PC, and has been let go."));
	sd_event_source_set_time_relative(c->noticed, NOTICE_US);
	sd_event_source_set_enabled(c->noticed, SD_EVENT_ONESHOT);
	console_present(c);
}

int console_notice_init(struct console *c, struct err *err)
{
	const struct network_handler handler = {on_changed, on_took_over, c};
	int r = sd_event_add_time(
	        c->event, &c->noticed, CLOCK_MONOTONIC, UINT64_MAX, 0, on_noticed, c);

	if (r < 0)
		return err_errno(err, r, "sd-event");
	sd_event_source_set_enabled(c->noticed, SD_EVENT_OFF);
	network_set_handler(access_network(c->access), &handler);
	return 0;
}

void console_notice_finish(struct console *c)
{
	const struct network_handler nobody = {0};

	network_set_handler(access_network(c->access), &nobody);
	c->noticed = sd_event_source_disable_unref(c->noticed);
	free(take_ptr(c->notice));
}
