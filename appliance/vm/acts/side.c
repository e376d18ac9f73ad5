/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/acts/side.h"

#include "base/fences.h"
#include "base/i18n.h"
#include "base/net_name.h"
#include "base/util.h"
#include "vm/acts/launch.h"
#include "vm/acts/transient.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* passt shuts itself in: a user namespace, and in it the others. */
#define NAMESPACES (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID)
#define MANAGER \
	"org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"
#define PATIENCE_MS 5000 /* of a session with one that is to end */

struct side {
	void (*done)(void *user, int fd, const struct err *err);
	void *user;
	int ours;
	struct transient *start;
};

char *side_unit_name(const char *kind, const char *vm, const char *card)
{
	cleanup_free char *of = net_card_of_vm(vm, card ? card : "");

	return xasprintf("playthrough-%s-%s.service", kind, of);
}

/* --- as a systemd service --- */

static int add_command(sd_bus_message *m, const struct strv *args)
{
	int r = sd_bus_message_open_container(m, 'r', "sv");

	r = r < 0 ? r : sd_bus_message_append(m, "s", "ExecStart");
	r = r < 0 ? r : sd_bus_message_open_container(m, 'v', "a(sasb)");
	r = r < 0 ? r : sd_bus_message_open_container(m, 'a', "(sasb)");
	r = r < 0 ? r : sd_bus_message_open_container(m, 'r', "sasb");
	r = r < 0 ? r : sd_bus_message_append(m, "s", args->list[0]);
	r = r < 0 ? r : sd_bus_message_append_strv(m, args->list);
	r = r < 0 ? r : sd_bus_message_append(m, "b", 0);
	for (unsigned i = 0; i < 4; i++)
		r = r < 0 ? r : sd_bus_message_close_container(m);
	return r;
}

static int add_state(sd_bus_message *m, const char *state)
{
	int r = sd_bus_message_append(m, "(sv)", "StateDirectory", "as", 1, state);

	return r < 0 ? r : sd_bus_message_append(m, "(sv)", "StateDirectoryMode", "u", 0700u);
}

/* It starts before QEMU does and ends after it: the guest writes into its TPM, and sends, until it is shut down. */
static int add_order(sd_bus_message *m, const char *vm)
{
	cleanup_free char *unit = launch_unit_name(vm);

	return sd_bus_message_append(
	        m, "(sv)", "Before", "as", 2, unit, "playthrough-guests.service");
}

static int fill(sd_bus_message *m, const struct side_request *request, int theirs)
{
	const struct fences needs = {.network = request->network,
	        .shuts_in = request->network,
	        .namespaces = request->network ? NAMESPACES : 0};
	cleanup_free char *unit = side_unit_name(request->kind, request->vm, request->card);
	int r = sd_bus_message_append(m, "ss", unit, "fail");

	r = r < 0 ? r : sd_bus_message_open_container(m, 'a', "(sv)");
	r = r < 0 ? r : sd_bus_message_append(m, "(sv)", "Description", "s", request->description);
	r = r < 0 ? r : sd_bus_message_append(m, "(sv)", "Type", "s", "exec");
	r = r < 0 ? r : add_order(m, request->vm);
	r = r < 0 ? r : add_command(m, request->args);
	r = r < 0 ? r
	          : sd_bus_message_append(m, "(sv)", "StandardInputFileDescriptor", "h", theirs);
	r = r < 0 ? r : sd_bus_message_append(m, "(sv)", "Slice", "s", "playthrough.slice");
	r = r < 0 ? r : sd_bus_message_append(m, "(sv)", "CollectMode", "s", "inactive-or-failed");
	if (request->state)
		r = r < 0 ? r : add_state(m, request->state);
	r = r < 0 ? r : sd_bus_message_append(m, "(sv)", "DynamicUser", "b", 1);
	r = r < 0 ? r : fences_add(m, &needs);
	r = r < 0 ? r : sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_append(m, "a(sa(sv))", 0);
}

int side_unit_message(const struct side_request *request, int theirs, sd_bus_message **out)
{
	sd_bus_message *m = NULL;
	int r = transient_message(request->bus, &m);

	r = r < 0 ? r : fill(m, request, theirs);
	if (r < 0)
		sd_bus_message_unref(m);
	else
		*out = m;
	return r;
}

static void on_started(void *user)
{
	struct side *side = user;

	side->done(side->user, take_fd(side->ours), NULL);
}

static void on_failed(void *user, const struct err *err)
{
	struct side *side = user;

	close_fd(&side->ours);
	side->done(side->user, -1, err);
}

static int start_unit(
        struct side *side, const struct side_request *request, int theirs, struct err *err)
{
	const struct transient_handler handler = {on_started, on_failed, side};
	cleanup_free char *unit = side_unit_name(request->kind, request->vm, request->card);
	sd_bus_message *m = NULL;
	int r = side_unit_message(request, theirs, &m);

	if (r < 0)
		return err_errno(err, r, _("systemd cannot be asked to start %s"), unit);
	r = transient_start(request->event, m, unit, &handler, &side->start, err);
	sd_bus_message_unref(m);
	return r;
}

void side_stop(sd_bus *bus, const char *kind, const char *vm, const char *card)
{
	cleanup_free char *unit = side_unit_name(kind, vm, card);

	sd_bus_call_method_async(bus, NULL, MANAGER, "StopUnit", NULL, NULL, "ss", unit, "replace");
}

/* --- as a process of this user --- */

/* As systemd would: whatever it does when the other end of its connection has gone, it ends. */
static void __attribute__((noreturn)) guard(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p[] = {
	        {.fd = pidfd, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLRDHUP}};

	while (poll(p, 2, -1) < 0 && errno == EINTR)
		;
	if (!p[0].revents) {
		kill(pid, SIGTERM);
		if (poll(p, 1, PATIENCE_MS) == 0)
			kill(pid, SIGKILL);
	}
	_exit(0);
}

static void __attribute__((noreturn)) run(char *const *argv, int theirs, int log)
{
	sigset_t none;
	pid_t pid;

	setsid();
	if (fork() != 0) /* it is to be no child of ours */
		_exit(0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(theirs, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0)
		_exit(126);
	syscall(SYS_close_range, 3, ~0U, 0);
	pid = fork();
	if (pid > 0)
		guard(pid);
	if (pid == 0)
		execv(argv[0], argv);
	_exit(127);
}

static int start_process(const struct side_request *request, int theirs, struct err *err)
{
	pid_t pid = fork();

	if (pid == 0)
		run(request->args->list, theirs, request->log);
	if (pid < 0)
		return err_errno(err, -errno, "fork");
	waitpid(pid, NULL, 0); /* it does nothing but fork and end */
	return 0;
}

/* --- both --- */

int side_start(const struct side_request *request,
        void (*done)(void *user, int fd, const struct err *err), void *user, struct side **out,
        struct err *err)
{
	cleanup_close int ours = -1, theirs = -1;
	struct side *side;
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return err_errno(err, -errno, "socketpair");
	ours = pair[0];
	theirs = pair[1];
	if (!request->bus) {
		r = start_process(request, theirs, err);
		return r < 0 ? r : take_fd(ours);
	}
	side = xcalloc(1, sizeof(*side));
	*side = (struct side){done, user, take_fd(ours), NULL};
	r = start_unit(side, request, theirs, err);
	if (r < 0) {
		side_free(side);
		return r;
	}
	*out = side;
	return -EINPROGRESS;
}

void side_free(struct side *side)
{
	if (!side)
		return;
	transient_free(side->start);
	close_fd(&side->ours);
	free(side);
}

bool side_is_gone(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLRDHUP};

	return poll(&p, 1, 0) > 0 && p.revents & (POLLRDHUP | POLLHUP);
}
