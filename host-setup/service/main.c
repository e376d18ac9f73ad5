/* SPDX-License-Identifier: GPL-2.0-or-later */
/* playthrough-setupd: org.playthrough.Setup1 on the system bus, started when asked and gone when idle. */
#include "service.h"

#include "base/i18n.h"
#include "bus/loop.h"
#include "bus/names.h"
#include "base/version.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#define IDLE_S 60u

struct setupd {
	sd_event *event;
	sd_bus *bus;
	struct service *service;
	uint64_t idle_us;
	sd_event_source *timer;
	bool leaving;
};

static int parse(int argc, char **argv, const char **program, uint64_t *idle_s)
{
	static const struct option options[] = {{"program", required_argument, NULL, 'p'},
	        {"idle", required_argument, NULL, 'i'}, {"help", no_argument, NULL, 'h'}, {0}};
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'p') {
			*program = optarg;
		} else if (c == 'i' && parse_u64(optarg, 10, 3600, idle_s) == 0) {
			continue;
		} else {
			fputs(_("Usage: playthrough-setupd [--program PATH] [--idle SECONDS]\n"),
			        c == 'h' ? stdout : stderr);
			return c == 'h' ? 0 : 2;
		}
	}
	return optind == argc && (*program)[0] == '/' ? -1 : 2;
}

static int arm(struct setupd *setupd, uint64_t in_us);

/*
 * First the name is given up, then what was sent to us before that is still answered: the bus starts us anew for
 * whoever calls later.
 */
static int on_timer(sd_event_source *source, uint64_t now_us, void *user)
{
	struct setupd *setupd = user;
	uint64_t last_us;
	bool idle = service_idle(setupd->service, &last_us);

	(void)source;
	if (setupd->leaving && idle)
		return sd_event_exit(setupd->event, 0);
	if (setupd->leaving || !idle)
		return arm(setupd, setupd->leaving ? 1000000 : setupd->idle_us);
	if (now_us < last_us + setupd->idle_us)
		return arm(setupd, last_us + setupd->idle_us - now_us);
	sd_notify(0, "STOPPING=1");
	setupd->leaving = true;
	sd_bus_release_name(setupd->bus, BUS_SETUP_NAME);
	return arm(setupd, 1000000);
}

static int arm(struct setupd *setupd, uint64_t in_us)
{
	setupd->timer = sd_event_source_disable_unref(setupd->timer);
	return sd_event_add_time_relative(
	        setupd->event, &setupd->timer, CLOCK_MONOTONIC, in_us, 100000, on_timer, setupd);
}

static int open_loop(struct setupd *setupd, struct err *err)
{
	sigset_t children;
	int r = sd_event_new(&setupd->event);

	if (r < 0)
		return err_errno(err, r, "sd-event");
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	return loop_ends_by_signals(setupd->event, err);
}

static int open_bus(struct setupd *setupd, struct err *err)
{
	int r = sd_bus_open_system(&setupd->bus);

	if (r >= 0)
		r = sd_bus_attach_event(setupd->bus, setupd->event, SD_EVENT_PRIORITY_NORMAL);
	if (r >= 0)
		r = sd_bus_set_exit_on_disconnect(setupd->bus, 1);
	if (r >= 0)
		return 0;
	err_errno(err, r, _("the system bus cannot be reached"));
	err_hint(err, _("start dbus; playthrough-setup does the same without it"));
	err_code(err, CODE_BUS_ABSENT);
	return r;
}

static int take_name(struct setupd *setupd, struct err *err)
{
	int r = sd_bus_request_name(setupd->bus, BUS_SETUP_NAME, 0);

	if (r >= 0)
		return 0;
	err_errno(err, r, _("the system bus does not give us the name %s"), BUS_SETUP_NAME);
	err_hint(err, _("is another one at work, and is "
	                "/usr/share/dbus-1/system.d/org.playthrough.Setup1.conf installed?"));
	err_code(err, CODE_BUS_NAME_TAKEN);
	return r;
}

static int start(struct setupd *setupd, const char *program, struct err *err)
{
	int r = open_loop(setupd, err);

	if (r == 0)
		r = open_bus(setupd, err);
	if (r < 0)
		return r;
	setupd->service = service_create(setupd->event, setupd->bus, program);
	r = service_show(setupd->service, err);
	if (r == 0)
		r = arm(setupd, setupd->idle_us) < 0 ? err_set(err, -EIO, "sd-event") : 0;
	return r == 0 ? take_name(setupd, err) : r;
}

static void stop(struct setupd *setupd)
{
	service_destroy(setupd->service);
	sd_event_source_disable_unref(setupd->timer);
	sd_bus_flush_close_unref(setupd->bus);
	sd_event_unref(setupd->event);
}

int main(int argc, char **argv)
{
	const char *program = SBINDIR "/playthrough-setup";
	struct setupd setupd = {0};
	struct err err = {0};
	uint64_t idle_s = IDLE_S;
	int r;

	i18n_init();
	if (version_asked(argc, argv, "playthrough-setupd"))
		return 0;
	r = parse(argc, argv, &program, &idle_s);
	if (r >= 0)
		return r;
	setupd.idle_us = idle_s * 1000000;
	r = start(&setupd, program, &err);
	if (r == 0) {
		sd_notify(0, "READY=1");
		r = sd_event_loop(setupd.event);
		if (r != 0)
			err_set(&err, -EIO, _("the connection to the bus or the loop ended (%d)"),
			        r);
	}
	stop(&setupd);
	if (r != 0)
		err_print(&err, "playthrough-setupd");
	return r ? 1 : 0;
}
