/* SPDX-License-Identifier: GPL-2.0-or-later */
/* playthrough console: a viewer where there is one, else how to get to the console from elsewhere. */
#include "base/i18n.h"
#include "bus/console_run.h"
#include "bus/console_wire.h"
#include "cli.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM    "playthrough-console"
#define VIEWER     "remote-viewer"
#define START_MS   10000u
#define STEP_MS    50u
#define SSH_PORT   "5930"
#define ADDRESS_OF "spice+unix://"

/* 0 where somebody listens, or -errno. */
static int try_console(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
		return fd < 0 ? -errno : -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
}

static int await_console(const char *path)
{
	const struct timespec step = {.tv_nsec = STEP_MS * 1000000};
	int r = try_console(path);

	for (unsigned waited_ms = 0; r < 0 && waited_ms < START_MS; waited_ms += STEP_MS) {
		clock_nanosleep(CLOCK_MONOTONIC, 0, &step, NULL);
		r = try_console(path);
	}
	return r;
}

static int start_own(const struct paths *paths, const char *path, struct err *err)
{
	cleanup_free char *log_path = xasprintf("%s/console.log", paths->run_dir);
	int r = console_run(paths, CONSOLE_RUN_VIEWER, err);

	if (r < 0)
		return r;
	if (await_console(path) == 0)
		return 0;
	err_set(err, -ETIMEDOUT, _("the console does not listen at %s"), path);
	err_hint(err, _("everything it said is in %s"), log_path);
	err_code(err, CODE_CONSOLE_ABSENT);
	return -ETIMEDOUT;
}

static int refuse(int r, const char *path, struct err *err)
{
	err_errno(err, r, "%s", path);
	if (r == -EACCES) {
		err_hint(err, _("the group %s may look: usermod -aG %s USER, then log in anew"),
		        CONSOLE_USER, CONSOLE_USER);
		err_code(err, CODE_CONSOLE_DENIED);
	} else {
		err_hint(err, "systemctl enable --now " PROGRAM ".socket");
		err_code(err, CODE_CONSOLE_ABSENT);
	}
	return r;
}

static int reach(const struct paths *paths, const char *path, struct err *err)
{
	int r = try_console(path);

	if (r == 0)
		return 0;
	if (paths->session && (r == -ENOENT || r == -ECONNREFUSED))
		return start_own(paths, path, err);
	return refuse(r, path, err);
}

static bool has_screen(void)
{
	const char *x11 = getenv("DISPLAY"), *wayland = getenv("WAYLAND_DISPLAY");

	return (x11 && *x11) || (wayland && *wayland);
}

static int print_address(const struct cli *cli, const char *path, const char *address)
{
	if (cli->json) {
		json_t *out = cli_document();

		json_object_set_new(out, "socket", json_string(path));
		json_object_set_new(out, "address", json_string(address));
		cli_print_json(out);
		json_decref(out);
		return 0;
	}
	printf(_("The console is at %s\n"), address);
	printf(_("  on this PC:       %s %s\n"), VIEWER, address);
	printf(_("  from another PC:  ssh -L %s:%s THIS-PC\n"
	         "                    and there: %s spice://localhost:%s\n"),
	        SSH_PORT, path, VIEWER, SSH_PORT);
	return 0;
}

static int show(struct cli *cli, struct err *err)
{
	cleanup(sd_bus_message_unrefp) sd_bus_message *call = NULL;
	int r = client_new_call(&cli->client, "ConsoleShow", &call, err);

	return r < 0 ? r
	             : client_send(&cli->client, sd_bus_message_append(call, "s", cli->args[0]),
	                       call, NULL, err);
}

int command_console(struct cli *cli, struct err *err)
{
	cleanup_free char *path = xasprintf("%s/" CONSOLE_SOCKET, cli->paths.run_dir);
	cleanup_free char *address = xasprintf(ADDRESS_OF "%s", path);
	int r = cli->paths.session ? cli_connect(cli, err) : 0; /* makes the folder, too */

	r = r < 0 ? r : reach(&cli->paths, path, err);
	if (r >= 0 && cli->args[0]) {
		r = cli_connect(cli, err);
		r = r < 0 ? r : show(cli, err);
	}
	if (r < 0)
		return r;
	if (!cli->json && has_screen()) {
		execlp(VIEWER, VIEWER, address, NULL);
		fprintf(stderr, _("%s is not installed: apt-get install virt-viewer\n"), VIEWER);
	}
	return print_address(cli, path, address);
}
