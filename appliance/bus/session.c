/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus/session.h"
#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_TIMEOUT_MS 15000
#define START_STEP_MS    20

static int make_address(const struct paths *paths, struct sockaddr_un *out, struct err *err)
{
	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(paths->socket) < sizeof(out->sun_path)) {
		strcpy(out->sun_path, paths->socket);
		return 0;
	}
	err_set(err, -ENAMETOOLONG, _("%s: too long for the name of a socket (%zu bytes at most)"),
	        paths->socket, sizeof(out->sun_path) - 1);
	err_hint(err, _("set XDG_RUNTIME_DIR to a shorter folder"));
	err_code(err, CODE_SESSION_FOLDER);
	return -ENAMETOOLONG;
}

/* Whether the other end of a socket belongs to this user. */
static bool peer_is_us(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

/* A connected socket, or -errno. */
static int try_connect(const struct sockaddr_un *address)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
		return -errno;
	if (!peer_is_us(fd))
		return -EPERM;
	return take_fd(fd);
}

/* In the child: never returns. The session outlives whoever started it. */
static void __attribute__((noreturn)) become_daemon(const char *program, int log)
{
	char *const argv[] = {(char *)program, (char *)"--session", NULL};
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;

	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (chdir("/") == 0 && null >= 0 && dup2(null, 0) >= 0 && dup2(log, 1) >= 0 &&
	        dup2(log, 2) >= 0)
		execv(program, argv);
	_exit(127);
}

static char *log_path_of(const struct paths *paths)
{
	return xasprintf("%s/daemon.log", paths->run_dir);
}

pid_t session_start(const struct paths *paths, struct err *err)
{
	cleanup_free char *program = xasprintf("%s/playthroughd", paths->libexec_dir);
	cleanup_free char *log_path = log_path_of(paths);
	cleanup_close int log = -1;
	pid_t pid;

	if (access(program, X_OK) < 0) {
		err_errno(err, -errno, _("%s: the daemon cannot be started"), program);
		err_hint(
		        err, _("install Playthrough, or point PLAYTHROUGH_LIBEXEC_DIR to its build "
		               "folder"));
		err_code(err, CODE_SESSION_DAEMON);
		return -ENOENT;
	}
	log = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (log < 0)
		return err_errno(err, -errno, "%s", log_path);
	pid = fork();
	if (pid == 0)
		become_daemon(program, log);
	return pid < 0 ? err_errno(err, -errno, "fork") : pid;
}

/* The last line the daemon wrote is the reason why it ended. */
int session_start_failed(const struct paths *paths, const char *what, struct err *err)
{
	cleanup_free char *log_path = log_path_of(paths);
	cleanup_close int fd = open(log_path, O_RDONLY | O_CLOEXEC);
	char text[4096] = "";
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	off_t from = size > (off_t)sizeof(text) - 1 ? size - (off_t)sizeof(text) + 1 : 0;
	const char *last;

	if (fd < 0 || pread(fd, text, sizeof(text) - 1, from) < 0)
		text[0] = '\0';
	strip(text);
	last = strstr(text, "playthroughd: ");
	err_set(err, -EIO, _("the session daemon %s: %s"), what,
	        last ? last + strlen("playthroughd: ") : text);
	for (char *c = err ? err->message : NULL; c && *c; c++)
		if (*c == '\n')
			*c = ' ';
	err_hint(err, _("everything it said is in %s"), log_path);
	err_code(err, CODE_SESSION_DAEMON);
	return -EIO;
}

/* Waits until the daemon listens; @pid may also end since another one was faster. */
static int await_daemon(
        const struct paths *paths, const struct sockaddr_un *address, pid_t pid, struct err *err)
{
	const struct timespec step = {.tv_nsec = START_STEP_MS * 1000000};
	bool ended = false;
	int status = 0;

	for (unsigned waited_ms = 0; waited_ms < START_TIMEOUT_MS; waited_ms += START_STEP_MS) {
		int fd = try_connect(address);

		if (fd >= 0)
			return fd;
		if (ended && status != 0)
			return session_start_failed(paths, _("ended at once"), err);
		if (!ended)
			ended = waitpid(pid, &status, WNOHANG) == pid;
		clock_nanosleep(CLOCK_MONOTONIC, 0, &step, NULL);
	}
	return session_start_failed(paths, _("did not listen within 15 s"), err);
}

/* A connected socket, or -errno; whether that is so because nobody listens is put in @nobody. */
static int connect_once(
        const struct paths *paths, struct sockaddr_un *address, bool *nobody, struct err *err)
{
	int r = make_address(paths, address, err);

	*nobody = false;
	if (r == 0)
		r = paths_make_run_dir(paths, err);
	if (r < 0)
		return r;
	r = try_connect(address);
	*nobody = r == -ENOENT || r == -ECONNREFUSED;
	if (r < 0) {
		err_errno(err, r, "%s", paths->socket);
		err_code(err, CODE_SESSION_FOLDER);
	}
	return r;
}

static int connect_or_start(const struct paths *paths, struct err *err)
{
	struct sockaddr_un address;
	bool nobody;
	pid_t pid;
	int r = connect_once(paths, &address, &nobody, err);

	if (!nobody)
		return r;
	pid = session_start(paths, err);
	return pid < 0 ? pid : await_daemon(paths, &address, pid, err);
}

/* Makes a connection of the socket @fd, which is owned from here on. */
static int make_bus(const struct paths *paths, int socket_fd, sd_bus **out, struct err *err)
{
	cleanup(sd_bus_unrefp) sd_bus *bus = NULL;
	cleanup_close int fd = socket_fd;
	int r = sd_bus_new(&bus);

	if (r >= 0)
		r = sd_bus_set_fd(bus, fd, fd);
	if (r >= 0)
		fd = -1; /* the bus closes it */
	if (r >= 0)
		r = sd_bus_negotiate_fds(bus, 1);
	if (r >= 0)
		r = sd_bus_start(bus);
	if (r < 0)
		return err_errno(err, r, "%s", paths->socket);
	*out = take_ptr(bus);
	return 0;
}

int session_connect(const struct paths *paths, sd_bus **out, struct err *err)
{
	int fd = connect_or_start(paths, err);

	return fd < 0 ? fd : make_bus(paths, fd, out, err);
}

int session_try(const struct paths *paths, sd_bus **out, struct err *err)
{
	struct sockaddr_un address;
	bool nobody;
	int fd = connect_once(paths, &address, &nobody, err);

	/* A folder that is not there is no reason to start a daemon in it. */
	if (fd == -ENOENT && !nobody)
		return -ENOTDIR;
	return fd < 0 ? fd : make_bus(paths, fd, out, err);
}

int session_listen(const struct paths *paths, struct err *err)
{
	cleanup_close int fd = -1;
	struct sockaddr_un address;
	int r = make_address(paths, &address, err);

	if (r == 0)
		r = paths_make_run_dir(paths, err);
	if (r == 0)
		r = paths_lock(paths, err);
	if (r < 0)
		return r;
	unlink(paths->socket); /* of a daemon that was killed; the lock says that none listens */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	        listen(fd, 16) < 0)
		return err_errno(err, -errno, "%s", paths->socket);
	return take_fd(fd);
}

int session_accept(int listener, sd_bus **out)
{
	cleanup(sd_bus_unrefp) sd_bus *bus = NULL;
	cleanup_close int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	sd_id128_t id;
	int r;

	if (fd < 0)
		return -errno;
	if (!peer_is_us(fd))
		return -EPERM;
	r = sd_id128_randomize(&id);
	if (r >= 0)
		r = sd_bus_new(&bus);
	if (r >= 0)
		r = sd_bus_set_fd(bus, fd, fd);
	if (r < 0)
		return r;
	fd = -1;
	r = sd_bus_set_server(bus, 1, id);
	if (r >= 0)
		r = sd_bus_set_connected_signal(bus, 1);
	if (r >= 0)
		r = sd_bus_negotiate_fds(bus, 1);
	if (r >= 0)
		r = sd_bus_start(bus);
	if (r < 0)
		return r;
	*out = take_ptr(bus);
	return 0;
}
