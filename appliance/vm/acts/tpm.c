/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/acts/tpm.h"

#include "base/fences.h"
#include "base/i18n.h"
#include "vm/plan/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANAGER \
	"org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"
#define STATE "playthrough-tpm" /* in /var/lib; systemd gives it to the unit's user */

/* Its control channel is its standard input; the guest's commands come over a descriptor that QEMU sends there. */
#define ARGUMENTS(state) \
	TPM_PROGRAM, "socket", "--tpm2", "--tpmstate", (state), "--ctrl", "type=unixio,clientfd=0"
enum { N_ARGUMENTS = 7 };

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
	err_set(&err, -sd_bus_error_get_errno(error), _("systemd does not start the VM's TPM: %s"),
	        error->message ? error->message : error->name);
	w->failed(w->user, &err);
	return 0;
}

static int fill(sd_bus_message *m, const struct tpm_request *request, int theirs)
{
	cleanup_free char *unit = xasprintf("playthrough-vm-%s-tpm.service", request->vm);
	cleanup_free char *folder = xasprintf(STATE "/%s", request->vm);
	cleanup_free char *state = xasprintf("dir=/var/lib/%s,mode=0600", folder);
	cleanup_free char *description = xasprintf(_("TPM of the game VM %s"), request->vm);
	int r = sd_bus_message_append(m, "ss", unit, "fail");

	r = r < 0 ? r : sd_bus_message_open_container(m, 'a', "(sv)");
	r = r < 0 ? r : sd_bus_message_append(m, "(sv)", "Description", "s", description);
	r = r < 0 ? r : sd_bus_message_append(m, "(sv)", "Type", "s", "exec");
	r = r < 0 ? r
	          : sd_bus_message_append(m, "(sv)", "ExecStart", "a(sasb)", 1, TPM_PROGRAM,
	                    N_ARGUMENTS, ARGUMENTS(state), 0);
	r = r < 0 ? r
	          : sd_bus_message_append(m, "(sv)", "StandardInputFileDescriptor", "h", theirs);
	r = r < 0 ? r : sd_bus_message_append(m, "(sv)", "Slice", "s", "playthrough.slice");
	r = r < 0 ? r : sd_bus_message_append(m, "(sv)", "CollectMode", "s", "inactive-or-failed");
	r = r < 0 ? r : sd_bus_message_append(m, "(sv)", "StateDirectory", "as", 1, folder);
	r = r < 0 ? r : sd_bus_message_append(m, "(sv)", "StateDirectoryMode", "u", 0700u);
	r = r < 0 ? r : sd_bus_message_append(m, "(sv)", "DynamicUser", "b", 1);
	r = r < 0 ? r : fences_add(m, &(const struct fences){0});
	r = r < 0 ? r : sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_append(m, "a(sa(sv))", 0);
}

static int start_unit(const struct tpm_request *request, int theirs,
        void (*failed)(void *user, const struct err *err), void *user, sd_bus_slot **call,
        struct err *err)
{
	struct waiting *waiting = xcalloc(1, sizeof(*waiting));
	sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_call(request->bus, &m, MANAGER, "StartTransientUnit");

	*waiting = (struct waiting){failed, user};
	r = r < 0 ? r : fill(m, request, theirs);
	r = r < 0 ? r : sd_bus_call_async(request->bus, call, m, on_started, waiting, 0);
	sd_bus_message_unref(m);
	if (r >= 0)
		r = sd_bus_slot_set_destroy_callback(*call, free);
	else
		free(waiting);
	return r < 0 ? err_errno(err, r, _("systemd cannot be asked to start the VM's TPM")) : 0;
}

/* --- as a process of this user --- */

static void __attribute__((noreturn)) run(const struct tpm_request *request, int theirs)
{
	cleanup_free char *state = xasprintf("dir=%s,mode=0600", request->state);
	char *const argv[N_ARGUMENTS + 1] = {ARGUMENTS(state)};
	sigset_t none;

	setsid();
	if (fork() != 0) /* it is to be no child of ours */
		_exit(0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(theirs, 0) < 0 || dup2(request->log, 1) < 0 || dup2(request->log, 2) < 0)
		_exit(126);
	syscall(SYS_close_range, 3, ~0U, 0);
	execv(argv[0], argv);
	_exit(127);
}

static int start_process(const struct tpm_request *request, int theirs, struct err *err)
{
	pid_t pid;

	if (mkdir(request->state, 0700) < 0 && errno != EEXIST)
		return err_errno(err, -errno, "%s", request->state);
	pid = fork();
	if (pid == 0)
		run(request, theirs);
	if (pid < 0)
		return err_errno(err, -errno, "fork");
	waitpid(pid, NULL, 0); /* it does nothing but fork and end */
	return 0;
}

int tpm_start(const struct tpm_request *request, void (*failed)(void *user, const struct err *err),
        void *user, sd_bus_slot **call, struct err *err)
{
	cleanup_close int ours = -1, theirs = -1;
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return err_errno(err, -errno, "socketpair");
	ours = pair[0];
	theirs = pair[1];
	r = request->bus ? start_unit(request, theirs, failed, user, call, err)
	                 : start_process(request, theirs, err);
	return r < 0 ? r : take_fd(ours);
}
