/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/acts/call.h"

#include "base/i18n.h"
#include "base/socket.h"
#include "base/version.h"
#include "vm/acts/serve.h"

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- who does it --- */

/* -ENOENT: nobody has ever listened there. */
static int connect_there(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = ACTS_SOCKET};
	cleanup_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return take_fd(fd);
}

/* Nothing of this process but its memory. */
static void __attribute__((noreturn)) child(const struct acts *acts, int socket)
{
	const struct acts_place place = {.system = !acts->session && streq(acts->root, "/"),
	        .libexec_dir = acts->libexec_dir};
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGCHLD, SIG_DFL);
	if (socket != 3 && dup2(socket, 3) < 0)
		_exit(1);
	syscall(SYS_close_range, 4, ~0U, 0);
	acts_serve(3, &place);
}

static int fork_one(const struct acts *acts, int *pidfd, struct err *err)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return err_errno(err, -errno, "socketpair");
	pid = fork();
	if (pid == 0)
		child(acts, pair[1]);
	close_fd(&pair[1]);
	*pidfd = pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
	if (*pidfd >= 0)
		return pair[0];
	err_errno(err, -errno, "fork");
	close_fd(&pair[0]);
	return err ? err->number : -EIO;
}

/* The daemon as its unit has it: what the kernel refuses to it, it refuses to its child, too. */
static bool is_powerless(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};

	return geteuid() == 0 && syscall(SYS_capget, &head, data) == 0 && !data[0].effective &&
	       !data[1].effective;
}

static int reach(const struct acts *acts, int *pidfd, struct err *err)
{
	bool own = acts->session || !streq(acts->root, "/");
	int socket = own ? -ENOENT : connect_there();

	*pidfd = -1;
	if (socket >= 0)
		return socket;
	if (socket == -ENOENT && (own || !is_powerless()))
		return fork_one(acts, pidfd, err);
	err_errno(err, socket, _("playthrough-acts does not answer (%s)"), ACTS_SOCKET);
	err_hint(err, _("see: systemctl status playthrough-acts.socket playthrough-acts.service"));
	return socket;
}

bool acts_reachable(void)
{
	return access(ACTS_SOCKET, R_OK | W_OK) == 0;
}

int acts_hold(const struct acts *acts)
{
	return acts->session || !streq(acts->root, "/") ? -1 : connect_there();
}

/* --- asking --- */

int acts_begin(const struct acts *acts, enum act act, const void *argument, unsigned timeout_ms,
        const int *fds, size_t n_fds, int *socket, int *pidfd, struct err *err)
{
	const struct act_head head = {.version = PLAYTHROUGH_VERSION,
	        .root = acts->root,
	        .act = act,
	        .until_us = timeout_ms ? monotonic_us() + timeout_ms * 1000ull : 0};
	struct wire_buffer packet = {0};
	int r = act_request(&head, argument, &packet);
	ssize_t n;

	if (r < 0)
		return err_errno(err, r, _("the request is too long"));
	*socket = reach(acts, pidfd, err);
	if (*socket < 0) {
		free(packet.bytes);
		return *socket;
	}
	n = socket_send(*socket, packet.bytes, packet.n, fds, n_fds);
	if (n < 0)
		err_errno(err, (int)n, _("playthrough-acts cannot be asked"));
	free(packet.bytes);
	if (n >= 0)
		return 0;
	close_fd(socket); /* a child reads the end of it, and ends */
	close_fd(pidfd);
	return (int)n;
}

int acts_call(const struct acts *acts, sd_event *event, enum act act, const void *argument,
        unsigned timeout_ms, disposable_done done, void *user, struct disposable **out,
        struct err *err)
{
	int socket, pidfd;
	int r = acts_begin(acts, act, argument, timeout_ms, NULL, 0, &socket, &pidfd, err);

	if (r < 0)
		return r;
	disposable_follow(event, socket, pidfd, timeout_ms, done, user, out);
	return 0;
}

int acts_call_now(const struct acts *acts, enum act act, const void *argument, unsigned timeout_ms,
        int *fd, struct err *err)
{
	cleanup_close int socket = -1, pidfd = -1;
	struct pollfd p = {.events = POLLIN};
	siginfo_t info;
	int r = acts_begin(acts, act, argument, timeout_ms, NULL, 0, &socket, &pidfd, err);

	*fd = -1;
	if (r < 0)
		return r;
	p.fd = socket;
	if (poll(&p, 1, (int)timeout_ms) <= 0)
		r = err_set(err, -ETIMEDOUT, _("the kernel did not finish it in time"));
	else
		r = disposable_hear(socket, fd, err);
	if (pidfd < 0)
		return r;
	if (r == -ETIMEDOUT)
		syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
	waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | (r == -ETIMEDOUT ? WNOHANG : 0));
	return r;
}
