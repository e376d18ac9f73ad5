/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon takes back when it is stopped for good. The rules for udev that keep the desktop off assigned USB devices
 * would stay in /run until the next start of the PC, with nobody there who could change them, also after the package was
 * removed. They stay while a game runs, and over a restart of the daemon, which would have the desktop snatch at devices.
 */
#include "base/log.h"
#include "daemon.h"
#include "vm/acts/call.h"
#include "vm/usb/hands_off.h"

#include <systemd/sd-login.h>
#include <unistd.h>

#define HANDS_MS  10000u
#define MANAGER   "org.freedesktop.systemd1"
#define UNIT_PATH "/org/freedesktop/systemd1/unit"

/* The path of the job that systemd works on for our unit; NULL: there is none, or it is not systemd's. Caller frees. */
static char *job_of(sd_bus *bus, const char *unit)
{
	cleanup(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	cleanup_free char *path = NULL;
	const char *job = NULL;
	uint32_t id = 0;

	if (sd_bus_path_encode(UNIT_PATH, unit, &path) < 0 ||
	        sd_bus_get_property(bus, MANAGER, path, MANAGER ".Unit", "Job", NULL, &m, "(uo)") <
	                0 ||
	        sd_bus_message_read(m, "(uo)", &id, &job) < 0)
		return NULL;
	return id ? xstrdup(job) : NULL;
}

/* Whether another daemon is to come at once. */
static bool is_restarted(sd_bus *bus)
{
	cleanup_free char *unit = NULL, *job = NULL, *type = NULL;

	if (sd_pid_get_unit(0, &unit) < 0)
		return false;
	job = job_of(bus, unit);
	if (!job || sd_bus_get_property_string(
	                    bus, MANAGER, job, MANAGER ".Job", "JobType", NULL, &type) < 0)
		return false;
	/* "restart", "try-restart"; "start" where the stop that is its first half is over. */
	return !streq(type, "stop");
}

/* Then /run goes anyway, and nobody should wait for udev. */
static bool pc_stops(sd_bus *bus)
{
	cleanup_free char *state = NULL;

	return sd_bus_get_property_string(bus, MANAGER, "/org/freedesktop/systemd1",
	               MANAGER ".Manager", "SystemState", NULL, &state) >= 0 &&
	       streq(state, "stopping");
}

bool daemon_leaves(struct daemon *daemon)
{
	return !daemon->paths.session && daemon->bus && daemon->vms && vms_idle(daemon->vms) &&
	       access(USB_HANDS_OFF_FILE, F_OK) == 0 && !is_restarted(daemon->bus) &&
	       !pc_stops(daemon->bus);
}

struct acts daemon_acts_of(const struct daemon *daemon)
{
	return (struct acts){.session = daemon->paths.session,
	        .libexec_dir = daemon->paths.libexec_dir,
	        .root = "/"};
}

void daemon_leave(const struct daemon *daemon)
{
	const struct acts acts = daemon_acts_of(daemon);
	const struct act_hands none = {0};
	struct err err;
	int fd;

	if (acts_call_now(&acts, ACT_HANDS_OFF, &none, HANDS_MS, &fd, &err) < 0)
		log_error(&err, "USB: udev's rules");
}
