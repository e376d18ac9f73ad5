/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/access.h"

#include "base/i18n.h"
#include "bus/console_wire.h"
#include "console/network.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#define WAITING_MOST  32
#define CONNECTS_MOST 100u /* in a second; a viewer makes one for each of its channels */
#define SECOND_US     1000000u

struct access {
	const struct paths *paths;
	char *path; /* of the socket that was made here; NULL: it was handed over */
	int fd;
	sd_event_source *source;
	struct network *network;
};

/* Others cannot even connect in a session; who is root can, and could do more than that. */
static bool may_look(const struct access *a, int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return false;
	return !a->paths->session || peer.uid == geteuid() || peer.uid == 0;
}

void access_pause(struct access *a, bool pause)
{
	sd_event_source_set_enabled(a->source, pause ? SD_EVENT_OFF : SD_EVENT_ON);
	network_pause(a->network, pause);
}

struct network *access_network(struct access *a)
{
	return a->network;
}

static int on_connection(sd_event_source *source, int listener, uint32_t events, void *user)
{
	struct access *a = user;
	cleanup_close int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)source, (void)events;
	if (fd >= 0 && may_look(a, fd))
		network_take_local(a->network, take_fd(fd));
	return 0;
}

/* The lock's descriptor is left open on purpose: the kernel drops the lock when the process ends. */
static int take_lock(const struct paths *paths, struct err *err)
{
	cleanup_free char *path = xasprintf("%s/console.lock", paths->run_dir);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return err_errno(err, -errno, "%s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	close(fd);
	return err_set(err, -EALREADY, _("a console of this session already runs (%s)"), path);
}

static int listen_at(const char *path, struct err *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask;
	int r;

	if (fd < 0)
		return err_errno(err, -errno, "socket");
	if (strlen(path) >= sizeof(address.sun_path))
		return err_errno(err, -ENAMETOOLONG, "%s", path);
	memcpy(address.sun_path, path, strlen(path));
	unlink(path); /* of one that was killed; the lock says that none listens */
	mask = umask(0177);
	r = bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
	umask(mask);
	if (r == 0 && listen(fd, WAITING_MOST) < 0)
		r = -errno;
	return r < 0 ? err_errno(err, r, "%s", path) : take_fd(fd);
}

static int make_own(struct access *a, struct err *err)
{
	int r = paths_make_run_dir(a->paths, err);

	r = r < 0 ? r : take_lock(a->paths, err);
	if (r < 0)
		return r;
	a->path = xasprintf("%s/" CONSOLE_SOCKET, a->paths->run_dir);
	a->fd = listen_at(a->path, err);
	return a->fd;
}

static int take_given(struct access *a, struct err *err)
{
	if (sd_listen_fds(1) == 1 &&
	        sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_STREAM, 1, NULL, 0) > 0) {
		a->fd = SD_LISTEN_FDS_START;
		return 0;
	}
	err_set(err, -ENOTCONN, _("systemd has handed over no socket to listen at"));
	err_hint(err, _("start it by its socket: systemctl start playthrough-console.socket; or "
	                "run it with --session"));
	err_code(err, CODE_CONSOLE_ABSENT);
	return -ENOTCONN;
}

struct access *access_create(sd_event *event, SpiceServer *server, const struct paths *paths,
        const struct certificate *certificate, struct err *err)
{
	struct access *a = xcalloc(1, sizeof(*a));
	int r;

	*a = (struct access){.paths = paths, .fd = -1};
	r = paths->session ? make_own(a, err) : take_given(a, err);
	if (r >= 0) {
		r = sd_event_add_io(event, &a->source, a->fd, EPOLLIN, on_connection, a);
		/* Where no descriptor is left, the one who waits would have us look again at once, for ever. */
		r = r < 0 ? r : sd_event_source_set_ratelimit(a->source, SECOND_US, CONNECTS_MOST);
		if (r < 0)
			err_errno(err, r, "sd-event");
	}
	if (r >= 0)
		a->network = network_create(event, server, certificate, err);
	if (a->network)
		return a;
	access_destroy(a);
	return NULL;
}

void access_destroy(struct access *a)
{
	if (!a)
		return;
	sd_event_source_disable_unref(a->source);
	network_destroy(a->network);
	if (a->path && a->fd >= 0)
		unlink(a->path);
	close_fd(&a->fd);
	free(a->path);
	free(a);
}
