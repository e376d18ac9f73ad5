/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/acts/launch.h"

#include "base/i18n.h"
#include "vm/acts/launch_unit.h"
#include "vm/acts/launch_wire.h"
#include "vm/acts/transient.h"
#include "vm/plan/plan.h"
#include "base/socket.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <systemd/sd-login.h>
#include <time.h>
#include <unistd.h>

_Static_assert(LAUNCH_FD_FIRST == VM_FD_FIRST, "the plan and the launcher count from one number");

#define MANAGER \
	"org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"
#define HANDSHAKE_MS 30000u

struct launch {
	struct launch_handler handler;
	sd_event *event;
	sd_bus *bus;
	char *socket, *unit;
	int listening, connection;
	sd_event_source *accept, *deadline;
	struct transient *start; /* of the unit; NULL: session mode */
};

char *launch_unit_name(const char *vm)
{
	return xasprintf("playthrough-vm-%s.service", vm);
}

static void stop_listening(struct launch *l)
{
	l->accept = sd_event_source_disable_unref(l->accept);
	l->deadline = sd_event_source_disable_unref(l->deadline);
	transient_free(take_ptr(l->start));
	if (l->listening >= 0)
		unlink(l->socket);
	close_fd(&l->listening);
}

static void fail(struct launch *l, const struct err *err)
{
	stop_listening(l);
	l->handler.failed(l->handler.user, err);
}

/* Whoever connects must be our unit's process, or in session mode this user's. */
static bool is_ours(const struct launch *l, const struct ucred *peer)
{
	cleanup_free char *unit = NULL;

	if (!l->bus)
		return peer->uid == getuid();
	return sd_pid_get_unit(peer->pid, &unit) >= 0 && streq(unit, l->unit);
}

/* Whoever went away again is not waited for less; where it is this PC that has no room, nobody needs to wait for the deadline. */
static void lose_connection(struct launch *l, int number)
{
	struct err err;

	if (number != EMFILE && number != ENFILE && number != ENOMEM && number != ENOBUFS)
		return;
	err_errno(&err, -number, _("launcher"));
	fail(l, &err);
}

static int on_connection(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct launch *l = user;
	cleanup_close int connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	cleanup_close int pidfd = -1;
	struct ucred peer;
	socklen_t size = sizeof(peer);

	(void)source, (void)events;
	/* First hold the process, then look who it is: its number cannot be another's any more. */
	if (connection >= 0 && getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0)
		pidfd = (int)syscall(SYS_pidfd_open, peer.pid, 0);
	if (pidfd < 0) {
		lose_connection(l, errno);
		return 0;
	}
	if (!is_ours(l, &peer))
		return 0;
	stop_listening(l);
	l->connection = take_fd(connection);
	l->handler.connected(l->handler.user, peer.pid, take_fd(pidfd), peer.uid);
	return 0;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *user)
{
	struct launch *l = user;
	struct err err;

	(void)source, (void)usec;
	err_set(&err, -ETIMEDOUT, _("the launcher did not call back within %u s"),
	        HANDSHAKE_MS / 1000);
	if (l->unit)
		err_hint(&err, _("see: journalctl -u %s"), l->unit);
	fail(l, &err);
	return 0;
}

/* --- as a systemd service --- */

static void on_unit_failed(void *user, const struct err *err)
{
	fail(user, err);
}

static int start_unit(struct launch *l, const struct launch_request *request, struct err *err)
{
	const struct transient_handler handler = {.failed = on_unit_failed, .user = l};
	sd_bus_message *order = NULL;
	int r = launch_unit_message(request, &order, err);

	r = r < 0 ? r : transient_start(l->event, order, l->unit, &handler, &l->start, err);
	sd_bus_message_unref(order);
	return r;
}

void launch_kill_unit(sd_bus *bus, const char *unit)
{
	sd_bus_call_method_async(
	        bus, NULL, MANAGER, "KillUnit", NULL, NULL, "ssi", unit, "all", SIGKILL);
}

/* --- as a process of this user --- */

/* Nothing of this process: a session of its own, no signal blocked, and no descriptor but 0, 1 and 2. */
static int spawn(char *const *argv, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t none;
	int r;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&how);
	posix_spawn_file_actions_addclosefrom_np(&files, 3);
	posix_spawnattr_setsigmask(&how, &none);
	posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
	r = posix_spawn(pid, argv[0], &files, &how, argv, environ);
	posix_spawnattr_destroy(&how);
	posix_spawn_file_actions_destroy(&files);
	return -r;
}

/* It forks itself, so that QEMU is no child of ours: of a process as large as this one a fork takes milliseconds. */
static int start_process(const struct launch_request *request, struct err *err)
{
	char *const argv[] = {
	        (char *)request->program, (char *)LAUNCH_ALONE, (char *)request->socket, NULL};
	pid_t pid;
	int r = spawn(argv, &pid);

	if (r < 0)
		return err_errno(err, r, "%s", request->program);
	waitpid(pid, NULL, 0); /* it does nothing but fork and end */
	return 0;
}

/* --- both --- */

static int listen_for_launcher(struct launch *l, struct err *err)
{
	int r;

	/* The VM's user exists only from now on, hence 0666; who connects is looked at. */
	l->listening = socket_listen(l->socket, l->bus ? 0666 : 0600, err);
	if (l->listening < 0)
		return l->listening;
	r = sd_event_add_io(l->event, &l->accept, l->listening, EPOLLIN, on_connection, l);
	r = r < 0 ? r
	          : sd_event_add_time_relative(l->event, &l->deadline, CLOCK_MONOTONIC,
	                    HANDSHAKE_MS * 1000ull, 0, on_deadline, l);
	return r < 0 ? err_errno(err, r, _("launcher")) : 0;
}

int launch_create(const struct launch_request *request, const struct launch_handler *handler,
        struct launch **out, struct err *err)
{
	struct launch *l = xcalloc(1, sizeof(*l));
	int r;

	*l = (struct launch){.handler = *handler,
	        .event = request->event,
	        .bus = request->bus,
	        .socket = xstrdup(request->socket),
	        .unit = request->bus ? launch_unit_name(request->vm) : NULL,
	        .listening = -1,
	        .connection = -1};
	r = listen_for_launcher(l, err);
	if (r == 0)
		r = request->bus ? start_unit(l, request, err) : start_process(request, err);
	if (r < 0)
		launch_destroy(l);
	else
		*out = l;
	return r;
}

int launch_send(struct launch *l, const struct strv *args, int log, const int *fds, size_t n_fds,
        struct err *err)
{
	struct launch_header header = {.magic = LAUNCH_MAGIC, .n_fds = (uint32_t)n_fds + 1};
	int all[LAUNCH_FDS_MAX];
	cleanup_free char *text = NULL;
	size_t size = sizeof(header);
	ssize_t n;

	if (n_fds + 1 > LAUNCH_FDS_MAX)
		return err_set(err, -E2BIG, _("the VM needs %zu open files; %u is the most"), n_fds,
		        LAUNCH_FDS_MAX - 1);
	all[0] = log;
	if (n_fds)
		memcpy(all + 1, fds, n_fds * sizeof(*fds));
	strv_foreach (arg, args) {
		text = xrealloc(text, size + strlen(*arg) + 1, 1);
		strcpy(text + size, *arg);
		size += strlen(*arg) + 1;
	}
	assert(text);
	header.n_args = (uint32_t)args->n;
	header.size = (uint32_t)(size - sizeof(header));
	memcpy(text, &header, sizeof(header));
	if (header.size > LAUNCH_ARGS_MAX)
		return err_set(
		        err, -E2BIG, _("QEMU's arguments are too long (%u bytes)"), header.size);
	n = socket_send(l->connection, text, size, all, n_fds + 1);
	close_fd(&l->connection);
	if (n != (ssize_t)size)
		return err_errno(
		        err, n < 0 ? (int)n : -EIO, _("the launcher cannot be told what to run"));
	return 0;
}

void launch_destroy(struct launch *l)
{
	if (!l)
		return;
	stop_listening(l);
	close_fd(&l->connection);
	free(l->socket);
	free(l->unit);
	free(l);
}
