/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/acts/passt.h"

#include "base/fences.h"
#include "base/i18n.h"
#include "host/links.h"
#include "profile/forward.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANAGER \
	"org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"
/* It shuts itself in: a user namespace, and in it the others. */
#define NAMESPACES (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID)

/* "127.0.0.1/2222:22", "47998-48000:47998-48000"; caller frees. */
static char *spec(const struct forward *f)
{
	const char *slash = *f->address ? "/" : "";

	if (f->count == 1)
		return xasprintf("%s%s%u:%u", f->address, slash, f->port, f->guest);
	return xasprintf("%s%s%u-%u:%u-%u", f->address, slash, f->port, f->port + f->count - 1,
	        f->guest, f->guest + f->count - 1);
}

static void add_forwards(const struct forwards *forwards, bool udp, struct strv *args)
{
	const char *option = udp ? "-u" : "-t";
	bool none = true;

	for (size_t i = 0; i < forwards->n; i++) {
		if (forwards->list[i].udp != udp)
			continue;
		strv_add(args, option);
		strv_take(args, spec(&forwards->list[i]));
		none = false;
	}
	if (none) {
		strv_add(args, option);
		strv_add(args, "none");
	}
}

void passt_arguments(const char *forward, struct strv *args)
{
	cleanup(forwards_finish) struct forwards forwards = {0};

	forwards_parse(forward, &forwards, NULL);
	strv_add(args, PASST_PROGRAM);
	strv_add(args, "--foreground");
	strv_add(args, "--quiet");
	strv_add(args, "--fd");
	strv_add(args, "0");
	add_forwards(&forwards, false, args);
	add_forwards(&forwards, true, args);
}

/* --- as a systemd service --- */

struct waiting {
	void (*failed)(void *user, const struct err *err);
	void *user;
};

static int on_started(sd_bus_message *reply, void *user, sd_bus_error *unused)
{
	const sd_bus_error *error = sd_bus_message_get_error(reply);
	const struct waiting *w = user;
	struct err err;

	(void)unused;
	if (!error)
		return 0;
	err_set(&err, -sd_bus_error_get_errno(error),
	        _("systemd does not start passt for the VM's network: %s"),
	        error->message ? error->message : error->name);
	err_hint(&err, _("write backend=slirp in [network]"));
	err_code(&err, CODE_NET_PROGRAM);
	w->failed(w->user, &err);
	return 0;
}

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

static int fill(
        sd_bus_message *m, const struct passt_request *request, const struct strv *args, int theirs)
{
	static const struct fences needs = {
	        .network = true, .shuts_in = true, .namespaces = NAMESPACES};
	cleanup_free char *unit = xasprintf("playthrough-vm-%s-passt.service", request->vm);
	cleanup_free char *description = xasprintf(_("network of the game VM %s"), request->vm);
	int r = sd_bus_message_append(m, "ss", unit, "fail");

	r = r < 0 ? r : sd_bus_message_open_container(m, 'a', "(sv)");
	r = r < 0 ? r : sd_bus_message_append(m, "(sv)", "Description", "s", description);
	r = r < 0 ? r : sd_bus_message_append(m, "(sv)", "Type", "s", "exec");
	r = r < 0 ? r : add_command(m, args);
	r = r < 0 ? r
	          : sd_bus_message_append(m, "(sv)", "StandardInputFileDescriptor", "h", theirs);
	r = r < 0 ? r : sd_bus_message_append(m, "(sv)", "Slice", "s", "playthrough.slice");
	r = r < 0 ? r : sd_bus_message_append(m, "(sv)", "CollectMode", "s", "inactive-or-failed");
	r = r < 0 ? r : sd_bus_message_append(m, "(sv)", "DynamicUser", "b", 1);
	r = r < 0 ? r : fences_add(m, &needs);
	r = r < 0 ? r : sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_append(m, "a(sa(sv))", 0);
}

static int start_unit(const struct passt_request *request, const struct strv *args, int theirs,
        const struct waiting *who, sd_bus_slot **call, struct err *err)
{
	struct waiting *waiting = xcalloc(1, sizeof(*waiting));
	sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_call(request->bus, &m, MANAGER, "StartTransientUnit");

	*waiting = *who;
	r = r < 0 ? r : fill(m, request, args, theirs);
	r = r < 0 ? r : sd_bus_call_async(request->bus, call, m, on_started, waiting, 0);
	sd_bus_message_unref(m);
	if (r >= 0)
		r = sd_bus_slot_set_destroy_callback(*call, free);
	else
		free(waiting);
	return r < 0 ? err_errno(err, r, _("systemd cannot be asked to start passt")) : 0;
}

/* --- as a process of this user --- */

static void __attribute__((noreturn)) run(char *const *argv, int theirs, int log)
{
	sigset_t none;

	setsid();
	if (fork() != 0) /* it is to be no child of ours */
		_exit(0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(theirs, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0)
		_exit(126);
	syscall(SYS_close_range, 3, ~0U, 0);
	execv(argv[0], argv);
	_exit(127);
}

static int start_process(
        const struct passt_request *request, const struct strv *args, int theirs, struct err *err)
{
	pid_t pid = fork();

	if (pid == 0)
		run(args->list, theirs, request->log);
	if (pid < 0)
		return err_errno(err, -errno, "fork");
	waitpid(pid, NULL, 0); /* it does nothing but fork and end */
	return 0;
}

int passt_start(const struct passt_request *request,
        void (*failed)(void *user, const struct err *err), void *user, sd_bus_slot **call,
        struct err *err)
{
	const struct waiting who = {failed, user};
	cleanup_strv struct strv args = {0};
	cleanup_close int ours = -1, theirs = -1;
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return err_errno(err, -errno, "socketpair");
	ours = pair[0];
	theirs = pair[1];
	passt_arguments(request->forward, &args);
	r = request->bus ? start_unit(request, &args, theirs, &who, call, err)
	                 : start_process(request, &args, theirs, err);
	return r < 0 ? r : take_fd(ours);
}

bool passt_is_gone(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLRDHUP};

	return poll(&p, 1, 0) > 0 && p.revents & (POLLRDHUP | POLLHUP);
}
