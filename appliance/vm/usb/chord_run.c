/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/usb/chord.h"

#include "base/fences.h"
#include "base/i18n.h"
#include "base/log.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MEMORY_MAX (16ull << 20)
#define TASKS_MAX  4ull

/* --- as a service of systemd's --- */

static int on_started(sd_bus_message *reply, void *user, sd_bus_error *unused)
{
	const sd_bus_error *error = sd_bus_message_get_error(reply);

	(void)user, (void)unused;
	/* Its end of the socket is closed with the refusal, and that is where it is noticed. */
	if (error)
		log_warning(_("systemd does not start playthrough-chord: %s"),
		        error->message ? error->message : error->name);
	return 0;
}

static int add_identity(sd_bus_message *m, const char *program, int fd)
{
	int r = sd_bus_message_append(m, "(sv)(sv)(sv)(sv)(sv)", "Description", "s",
	        _("Playthrough: waits for the key combination that gives USB devices back"), "Type",
	        "s", "exec", "Slice", "s", "playthrough.slice", "CollectMode", "s",
	        "inactive-or-failed", "DynamicUser", "b", 1);

	r = r < 0 ? r
	          : sd_bus_message_append(
	                    m, "(sv)", "ExecStart", "a(sasb)", 1, program, 1, program, 0);
	/* What systemd-run --pipe does; dup()ed into the message. */
	return r < 0 ? r : sd_bus_message_append(m, "(sv)", "StandardInputFileDescriptor", "h", fd);
}

/* The program shuts itself in as well; this is what it cannot do to itself without root. */
static int add_fences(sd_bus_message *m)
{
	int r = fences_add(m, &(const struct fences){0});

	return r < 0 ? r
	             : sd_bus_message_append(m, "(sv)(sv)(sv)", "InaccessiblePaths", "as", 1,
	                       "-/sys", "MemoryMax", "t", (uint64_t)MEMORY_MAX, "TasksMax", "t",
	                       (uint64_t)TASKS_MAX);
}

static int fill(sd_bus_message *m, const char *program, int fd)
{
	static unsigned count; /* a name of its own each time: the last one may be on its way out */
	cleanup_free char *unit =
	        xasprintf("playthrough-chord-%d-%u.service", (int)getpid(), ++count);
	int r = sd_bus_message_append(m, "ss", unit, "fail");

	r = r < 0 ? r : sd_bus_message_open_container(m, 'a', "(sv)");
	r = r < 0 ? r : add_identity(m, program, fd);
	r = r < 0 ? r : add_fences(m);
	r = r < 0 ? r : sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_append(m, "a(sa(sv))", 0);
}

static int run_unit(sd_bus *bus, const char *program, int fd, struct err *err)
{
	sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_call(bus, &m, "org.freedesktop.systemd1",
	        "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
	        "StartTransientUnit");

	r = r < 0 ? r : fill(m, program, fd);
	r = r < 0 ? r : sd_bus_call_async(bus, NULL, m, on_started, NULL, 0);
	sd_bus_message_unref(m);
	return r < 0 ? err_errno(err, r, _("systemd cannot be asked to start playthrough-chord"))
	             : 0;
}

/* --- as a process of this user --- */

static void __attribute__((noreturn)) become(const char *program, int fd)
{
	char *const argv[] = {(char *)program, NULL};
	sigset_t none;

	if (fork() != 0) /* no child of ours, that nobody has to wait for it */
		_exit(0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(fd, STDIN_FILENO) < 0)
		_exit(127);
	syscall(SYS_close_range, 3, ~0U, 0);
	execv(program, argv);
	_exit(127);
}

static int run_process(const char *program, int fd, struct err *err)
{
	pid_t pid = fork();

	if (pid == 0)
		become(program, fd);
	if (pid < 0)
		return err_errno(err, -errno, "fork");
	waitpid(pid, NULL, 0); /* it does nothing but fork and end */
	return 0;
}

int chord_run(sd_bus *bus, const char *program, int *socket, struct err *err)
{
	cleanup_close int ours = -1, theirs = -1;
	int pair[2], r;

	if (access(program, X_OK) < 0)
		return err_errno(err, -errno, "%s", program);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return err_errno(err, -errno, "socketpair");
	ours = pair[0];
	theirs = pair[1];
	r = bus ? run_unit(bus, program, theirs, err) : run_process(program, theirs, err);
	if (r < 0)
		return r;
	*socket = take_fd(ours);
	return 0;
}
