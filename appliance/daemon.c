/* SPDX-License-Identifier: GPL-2.0-or-later */
/* playthroughd: owns game VMs, answers D-Bus. See playthroughd(8). */
#include "base/i18n.h"
#include "bus/loop.h"
#include "base/log.h"
#include "bus/names.h"
#include "bus/session.h"
#include "daemon.h"
#include "base/version.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#define QEMU "qemu-system-x86_64"

struct arguments {
	bool session;
	const char *run_dir;
};

static int parse_arguments(int argc, char **argv, struct arguments *out)
{
	static const struct option options[] = {
	        {"session", no_argument, NULL, 's'},
	        {"run-dir", required_argument, NULL, 'r'},
	        {"help", no_argument, NULL, 'h'},
	        {0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 's') {
			out->session = true;
		} else if (c == 'r') {
			out->run_dir = optarg;
		} else {
			fprintf(c == 'h' ? stdout : stderr, "%s",
			        _("Usage: playthroughd [--session] [--run-dir DIR]\n"));
			return c == 'h' ? 0 : 2;
		}
	}
	if (optind == argc && (!out->run_dir || out->run_dir[0] == '/'))
		return -1;
	fprintf(stderr, _("playthroughd: %s: not understood; see playthroughd --help\n"),
	        optind < argc ? argv[optind] : out->run_dir);
	return 2;
}

/* QEMU's path; where it is not found, the path it will have once it is installed. Caller frees. */
static char *find_qemu(void)
{
	cleanup_strv struct strv folders = {0};
	const char *path = getenv("PATH");

	strv_split(&folders, path ? path : "/usr/bin:/bin", ":");
	strv_foreach (folder, &folders) {
		char *program = xasprintf("%s/%s", *folder, QEMU);

		if (access(program, X_OK) == 0)
			return program;
		free(program);
	}
	return xstrdup("/usr/bin/" QEMU);
}

static int open_system_bus(struct daemon *daemon, struct err *err)
{
	int r = sd_bus_open_system(&daemon->bus);

	if (r >= 0)
		r = sd_bus_attach_event(daemon->bus, daemon->event, SD_EVENT_PRIORITY_NORMAL);
	if (r >= 0)
		r = sd_bus_set_exit_on_disconnect(daemon->bus, 1);
	if (r >= 0)
		return bus_service_attach(daemon->service, daemon->bus, false, err);
	err_errno(err, r, _("the system bus cannot be reached"));
	err_hint(err, _("start dbus, or run with --session for one user without root"));
	err_code(err, CODE_BUS_ABSENT);
	return r;
}

/* Last of all: whoever asks for the name gets an answer. */
static int take_name(struct daemon *daemon, struct err *err)
{
	int r = sd_bus_request_name(daemon->bus, BUS_NAME, 0);

	if (r >= 0)
		return 0;
	if (r == -EEXIST)
		err_set(err, r, _("another playthroughd owns %s"), BUS_NAME);
	else
		err_errno(err, r, _("the system bus does not give us the name %s"), BUS_NAME);
	err_hint(err, _("see systemctl status playthroughd, and whether "
	                "/usr/share/dbus-1/system.d/org.playthrough.Appliance1.conf is installed"));
	err_code(err, CODE_BUS_NAME_TAKEN);
	return r;
}

/* Before anything that another daemon owns is looked at: whoever comes second would give devices back that are in use. */
static int be_alone(const struct daemon *daemon, struct err *err)
{
	if (mkdir(daemon->paths.run_dir, 0711) < 0 && errno != EEXIST)
		return err_errno(err, -errno, "%s", daemon->paths.run_dir);
	return paths_lock(&daemon->paths, err);
}

static int open_bus(struct daemon *daemon, struct err *err)
{
	int r;

	if (!daemon->paths.session && geteuid() != 0) {
		err_set(err, -EPERM, _("the daemon of the system bus needs root"));
		err_hint(err,
		        _("start it by systemctl start playthroughd, or run it with --session"));
		return -EPERM;
	}
	if (!daemon->paths.session) {
		r = be_alone(daemon, err);
		return r < 0 ? r : open_system_bus(daemon, err);
	}
	daemon->listener = session_listen(&daemon->paths, err);
	return daemon->listener < 0 ? daemon->listener : 0;
}

static int create_vms(struct daemon *daemon, struct err *err)
{
	const struct vm_listener listener = daemon_listener(daemon);
	const struct vm_env env = {
	        .event = daemon->event,
	        .bus = daemon->bus,
	        .session = daemon->paths.session,
	        .run_dir = daemon->paths.run_dir,
	        .data_dir = daemon->paths.data_dir,
	        .libexec_dir = daemon->paths.libexec_dir,
	        .qemu = daemon->qemu,
	        .profile_folders = &daemon->paths.profile_folders,
	};

	return vms_create(&env, &listener, &daemon->vms, err);
}

static int start(struct daemon *daemon, struct err *err)
{
	int r = sd_event_new(&daemon->event);

	if (r < 0)
		return err_errno(err, r, "sd-event");
	r = loop_ends_by_signals(daemon->event, err);
	if (r < 0)
		return r;
	/* Where systemd wants to hear from us (WatchdogSec=). */
	r = sd_event_set_watchdog(daemon->event, true);
	if (r < 0)
		return err_errno(err, r, "sd_event_set_watchdog");
	daemon->service = bus_service_create(daemon->event, &daemon_acts, daemon);
	r = open_bus(daemon, err);
	if (r == 0)
		r = create_vms(daemon, err);
	if (r == 0)
		daemon_console_start(daemon);
	if (r == 0)
		daemon_access_start(daemon);
	if (r == 0)
		r = daemon->paths.session ? daemon_session_start(daemon, err)
		                          : take_name(daemon, err);
	if (r == 0)
		vms_autostart(daemon->vms);
	return r;
}

/* Leaves running VMs alone: the next daemon picks them up. */
static void stop(struct daemon *daemon, bool asked)
{
	bool leaves = asked && daemon_leaves(daemon);

	daemon_session_stop(daemon);
	if (daemon->bus)
		bus_service_detach(daemon->service, daemon->bus);
	vms_destroy(daemon->vms);
	if (leaves)
		daemon_leave(daemon);
	daemon_access_stop(daemon);
	daemon_console_stop(daemon);
	bus_service_destroy(daemon->service);
	sd_bus_flush_close_unref(daemon->bus);
	sd_event_unref(daemon->event);
	free(daemon->qemu);
	paths_finish(&daemon->paths);
}

/* As everything of ours: out of memory aborts, and the next daemon finds what there is in the journal. */
static void *json_room(size_t size)
{
	return xrealloc(NULL, size, 1);
}

int main(int argc, char **argv)
{
	struct arguments arguments = {0};
	struct daemon daemon = {.listener = -1};
	struct err err = {0};
	int r;

	i18n_init();
	json_set_alloc_funcs(json_room, free);
	if (version_asked(argc, argv, "playthroughd"))
		return 0;
	r = parse_arguments(argc, argv, &arguments);
	if (r >= 0)
		return r;
	paths_init(&daemon.paths, arguments.session, arguments.run_dir);
	daemon.qemu = find_qemu();
	r = start(&daemon, &err);
	if (r == 0) {
		sd_notify(0, "READY=1");
		r = sd_event_loop(daemon.event);
		if (r != 0)
			err_set(&err, -EIO, _("the connection to the bus or the loop ended (%d)"),
			        r);
		sd_notify(0, "STOPPING=1");
	}
	stop(&daemon, r == 0);
	if (r == -EALREADY)
		return 0; /* two clients started a daemon at once: the other one serves both */
	if (r != 0)
		err_print(&err, "playthroughd");
	return r ? 1 : 0;
}
