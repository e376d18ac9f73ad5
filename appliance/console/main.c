/* SPDX-License-Identifier: GPL-2.0-or-later */
/* playthrough-console: one SPICE session for the appliance's whole life. See playthrough-console(8). */
#include "base/i18n.h"
#include "base/log.h"
#include "bus/loop.h"
#include "console/access.h"
#include "console/console.h"
#include "console/core.h"
#include "console/guard.h"
#include "console/idle.h"
#include "console/certificate.h"
#include "console/network.h"
#include "base/version.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>

#define EXIT_USAGE 2
#define REST_S     30

struct arguments {
	bool session, no_front, late_front;
	const char *run_dir;
	uint64_t idle_seconds; /* 0: for ever */
};

struct program {
	sd_event *event;
	struct paths paths;
	SpiceServer *server;
	struct console *console;
	struct access *access;
	struct certificate certificate;
	bool has_certificate; /* else nobody on a network can be served */
	struct idle idle;
	const struct arguments *arguments;
};

/* Whether it is one of ours, with a value that can be read. */
static bool take_option(int option, struct arguments *out)
{
	switch (option) {
	case 's':
		out->session = true;
		return true;
	case 'r':
		out->run_dir = optarg;
		return optarg[0] == '/';
	case 'n':
		out->no_front = true;
		return true;
	case 'f':
		out->late_front = true;
		return true;
	case 'i':
		return parse_u64(optarg, 10, 86400, &out->idle_seconds) == 0;
	default: /* help, or unknown */
		return false;
	}
}

static void print_usage(FILE *out)
{
	fputs(_("Usage: playthrough-console [--session] [--run-dir DIR] [--no-front | "
	        "--late-front]\n"
	        "       [--exit-idle SECONDS]\n"),
	        out);
}

static int parse_arguments(int argc, char **argv, struct arguments *out)
{
	static const struct option options[] = {
	        {"session", no_argument, NULL, 's'},
	        {"run-dir", required_argument, NULL, 'r'},
	        {"no-front", no_argument, NULL, 'n'},
	        {"late-front", no_argument, NULL, 'f'},
	        {"exit-idle", required_argument, NULL, 'i'},
	        {"help", no_argument, NULL, 'h'},
	        {0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (take_option(c, out))
			continue;
		print_usage(c == 'h' ? stdout : stderr);
		return c == 'h' ? 0 : EXIT_USAGE;
	}
	if (optind == argc)
		return -1;
	fprintf(stderr,
	        _("playthrough-console: %s: not understood; see playthrough-console --help\n"),
	        argv[optind]);
	return EXIT_USAGE;
}

/* The local socket does without. */
static void prepare_network(struct program *p, struct network_door *door)
{
	struct err err;

	p->has_certificate = certificate_open(&p->certificate, p->paths.console_state, &err) == 0 &&
	                     network_prepare(door, p->server, &p->certificate, &err) == 0;
	if (!p->has_certificate)
		log_error(&err, _("nobody on a network can be served"));
}

/*
 * All of it before spice_server_init(). The pointer is the viewer's, also without an
 * agent in the guest. Films are MJPEG by libspice's own encoder: GStreamer would start programs and make code.
 */
static int make_server(struct program *p, struct err *err)
{
	struct network_door door = {0};
	bool done;

	/*
	 * libspice 0.15.1 lets a viewer choose SASL though it was not enabled here, and over TLS allows its ANONYMOUS, which is
	 * no question at all in place of the ticket. Without its modules SASL knows no way to sign in.
	 */
	setenv("SASL_PATH", "/proc/self/fd", 1);
	p->server = spice_server_new();
	if (!p->server)
		return err_set(err, -EIO, "libspice");
	prepare_network(p, &door);
	spice_server_set_name(p->server, "Playthrough");
	spice_server_set_agent_mouse(p->server, 0);
	spice_server_set_agent_copypaste(p->server, 0);
	spice_server_set_agent_file_xfer(p->server, 0);
	spice_server_set_image_compression(p->server, SPICE_IMAGE_COMPRESSION_AUTO_LZ);
	spice_server_set_video_codecs(p->server, "spice:mjpeg");
	spice_server_set_streaming_video(p->server, SPICE_STREAM_VIDEO_OFF);
	/* Whoever comes by the network needs a ticket, and there is none until the daemon tells it. */
	done = spice_server_init(p->server, &core_interface) == 0;
	network_prepared(&door);
	return done ? 0 : err_set(err, -EIO, "libspice");
}

static enum console_front front_of(const struct arguments *arguments)
{
	if (arguments->no_front)
		return CONSOLE_FRONT_NONE;
	return arguments->late_front ? CONSOLE_FRONT_LATE : CONSOLE_FRONT_NOW;
}

static bool is_busy(const void *console)
{
	return console_has_seat(console);
}

static int start(struct program *p, struct err *err)
{
	int r = sd_event_default(&p->event);

	if (r < 0)
		return err_errno(err, r, "sd-event");
	signal(SIGCHLD, SIG_IGN);
	r = loop_ends_by_signals(p->event, err);
	r = r < 0 ? r : make_server(p, err);
	if (r < 0)
		return r;
	p->access = access_create(
	        p->event, p->server, &p->paths, p->has_certificate ? &p->certificate : NULL, err);
	if (!p->access)
		return err->number;
	p->console = console_create(
	        p->event, p->server, p->access, &p->paths, front_of(p->arguments), err);
	if (!p->console)
		return err->number;
	/* Until then the worker takes no command. */
	spice_server_vm_start(p->server);
	r = idle_init(&p->idle, p->event, p->server, (unsigned)p->arguments->idle_seconds, err);
	p->idle.network = access_network(p->access);
	p->idle.busy = is_busy;
	p->idle.user = p->console;
	return r;
}

static void stop(struct program *p)
{
	idle_finish(&p->idle);
	if (p->console)
		console_stop(p->console);
	access_destroy(p->access);
	if (p->server)
		spice_server_destroy(p->server);
	console_destroy(p->console);
	certificate_finish(&p->certificate);
	sd_event_unref(p->event);
	paths_finish(&p->paths);
}

/* --- the loop --- */

static int run(sd_event *event)
{
	int r, code = 0;

	guard_init();
	do {
		r = sd_event_prepare(event);
		r = r == 0 ? sd_event_wait(event, UINT64_MAX) : r;
		if (r <= 0)
			continue;
		guard_begin();
		r = sd_event_dispatch(event);
		guard_end();
	} while (r >= 0 && sd_event_get_state(event) != SD_EVENT_FINISHED);
	return r < 0 ? r : sd_event_get_exit_code(event, &code) < 0 ? 0 : code;
}

/*
 * systemd starts it anew whenever it fails, for the sake of viewers whose connection it was that ended it. What could not even
 * start will hardly be able to half a second later: it stays for a while, and systemctl status tells why.
 */
static void rest(const struct err *err)
{
	const struct timespec patience = {.tv_sec = REST_S};
	sigset_t ends;

	if (sd_notifyf(0, "STATUS=%s", err->message) <= 0)
		return; /* nobody starts it anew */
	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	sigtimedwait(&ends, NULL, &patience);
}

int main(int argc, char **argv)
{
	struct arguments arguments = {0};
	struct program program = {0};
	struct err err = {0};
	bool failed_start;
	int r;

	i18n_init();
	if (version_asked(argc, argv, "playthrough-console"))
		return 0;
	r = parse_arguments(argc, argv, &arguments);
	if (r >= 0)
		return r;
	program.arguments = &arguments;
	paths_init(&program.paths, arguments.session, arguments.run_dir);
	r = start(&program, &err);
	failed_start = r < 0 && r != -EALREADY;
	if (r >= 0) {
		sd_notify(0, "READY=1");
		r = run(program.event);
		if (r != 0)
			err_errno(&err, r, "sd-event");
		sd_notify(0, "STOPPING=1");
	}
	stop(&program);
	if (r == -EALREADY)
		return 0; /* two viewers started one at once: the other serves both */
	if (r != 0)
		err_print(&err, "playthrough-console");
	if (failed_start)
		rest(&err);
	return r ? 1 : 0;
}
