/* SPDX-License-Identifier: GPL-2.0-or-later */
/* playthrough console: a viewer where there is one, else how to get to the console from elsewhere. */
#include "base/i18n.h"
#include "bus/console_start.h"
#include "bus/console_wire.h"
#include "cli_console.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM     "playthrough-console"
#define VIEWER      "remote-viewer"
#define SOCKET_UNIT PROGRAM ".socket"
#define UNIT_DIR    "/usr/lib/systemd/system"
#define START_MS    10000u
#define STEP_MS     50u
#define SSH_PORT    "5930"
#define ADDRESS_OF  "spice+unix://"

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
	cleanup_free char *log_path = console_log_path(paths);
	int r = console_start(paths, CONSOLE_FOR_VIEWER, err);

	if (r < 0)
		return r;
	if (await_console(path) == 0)
		return 0;
	err_set(err, -ETIMEDOUT, _("the console does not listen at %s"), path);
	err_hint(err, _("everything it said is in %s"), log_path);
	err_code(err, CODE_CONSOLE_ABSENT);
	return -ETIMEDOUT;
}

/* Whether the group's list has this user, who has not logged in since it was changed. */
static bool is_new_member(const struct group *group)
{
	const struct passwd *me = getpwuid(geteuid());

	for (char **name = group->gr_mem; me && *name; name++)
		if (streq(*name, me->pw_name))
			return true;
	return false;
}

static void hint_denied(struct err *err)
{
	const struct group *group = getgrnam(CONSOLE_USER);

	err_code(err, CODE_CONSOLE_DENIED);
	if (group && is_new_member(group))
		err_hint(err,
		        _("this user is in the group %s since after it logged in: log in anew"),
		        CONSOLE_USER);
	else if (group)
		err_hint(err,
		        _("the group %s may look, and whoever looks may type: sudo usermod -aG %s "
		          "USER, then log in anew; or sudo playthrough console"),
		        CONSOLE_USER, CONSOLE_USER);
	else
		err_hint(err, _("there is no group %s: sudo systemd-sysusers makes it"),
		        CONSOLE_USER);
}

/* What this PC lacks so that nobody listens at the console's socket. */
static void hint_absent(struct err *err)
{
	static const char *const units[] = {UNIT_DIR "/" SOCKET_UNIT,
	        "/etc/systemd/system/" SOCKET_UNIT, "/lib/systemd/system/" SOCKET_UNIT};
	bool installed = false;

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		installed |= access(units[i], F_OK) == 0;
	err_code(err, CODE_CONSOLE_ABSENT);
	if (installed && getgrnam(CONSOLE_USER))
		err_hint(err,
		        _("nobody listens there: sudo systemctl enable --now %s; where that does "
		          "not help: systemctl status %s"),
		        SOCKET_UNIT, SOCKET_UNIT);
	else if (installed)
		err_hint(err, _("there is no group %s: sudo systemd-sysusers makes it"),
		        CONSOLE_USER);
	else
		err_hint(err,
		        _("%s is not installed on this PC; a console of your own, without root: "
		          "playthrough --session console"),
		        SOCKET_UNIT);
}

static int refuse(const struct paths *paths, int r, const char *path, struct err *err)
{
	bool denied = r == -EACCES || r == -EPERM;

	err_set(err, r,
	        denied ? _("this user may not look at the console: %s: %s")
	               : _("the console cannot be reached: %s: %s"),
	        path, strerror(-r));
	if (denied && !paths->session)
		hint_denied(err);
	else if (!paths->session)
		hint_absent(err);
	else
		err_code(err, denied ? CODE_CONSOLE_DENIED : CODE_CONSOLE_ABSENT);
	return r;
}

static int reach(const struct paths *paths, const char *path, struct err *err)
{
	int r = try_console(path);

	if (r == 0)
		return 0;
	if (paths->session && (r == -ENOENT || r == -ECONNREFUSED))
		return start_own(paths, path, err);
	return refuse(paths, r, path, err);
}

static bool has_screen(void)
{
	const char *x11 = getenv("DISPLAY"), *wayland = getenv("WAYLAND_DISPLAY");

	return (x11 && *x11) || (wayland && *wayland);
}

/* Looked up only where a daemon can be asked: without one the rest is as true. */
static json_t *network_status(struct cli *cli)
{
	struct err ignored;

	return cli_connect(cli, &ignored) < 0 ? NULL : cli_console_status(cli, &ignored);
}

/* Who logs in to get there: of root's console, somebody of its group. */
static const char *whom(const struct cli *cli)
{
	const struct passwd *me = getpwuid(geteuid());

	return me && (cli->paths.session || me->pw_uid) ? me->pw_name : "USER";
}

static int print_address(struct cli *cli, const char *path, const char *address)
{
	json_t *network = network_status(cli);
	char host[HOST_NAME_MAX + 1] = "";

	if (gethostname(host, sizeof(host) - 1) < 0 || !host[0])
		strcpy(host, "THIS-PC");
	if (cli->json) {
		json_t *out = cli_document();

		json_object_set_new(out, "socket", json_string(path));
		json_object_set_new(out, "address", json_string(address));
		json_object_set_new(out, "network", network ? network : json_null());
		cli_print_json(out);
		json_decref(out);
		return 0;
	}
	printf(_("The console is at %s\n"), address);
	printf(_("  on this PC:       %s %s\n"), VIEWER, address);
	printf(_("  from another PC:  ssh -C -L %s:%s %s@%s\n"
	         "                    and there: %s spice://localhost:%s\n"),
	        SSH_PORT, path, whom(cli), host, VIEWER, SSH_PORT);
	cli_console_print_network(network);
	json_decref(network);
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

int command_press(struct cli *cli, struct err *err)
{
	cleanup(sd_bus_message_unrefp) sd_bus_message *call = NULL;
	int r = cli_connect(cli, err);

	r = r < 0 ? r : client_new_call(&cli->client, "Press", &call, err);
	return r < 0 ? r
	             : client_send(&cli->client,
	                       sd_bus_message_append(call, "ss", cli->args[0], cli->args[1]), call,
	                       NULL, err);
}
