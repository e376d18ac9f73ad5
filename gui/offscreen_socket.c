/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "offscreen.h"
#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int option_of(int fd, int option)
{
	int value = -1;
	socklen_t n = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &n) < 0 ? -1 : value;
}

static int take_descriptor(int fd, bool *listens, struct err *err)
{
	if (option_of(fd, SO_DOMAIN) != AF_UNIX || option_of(fd, SO_TYPE) != SOCK_SEQPACKET)
		return err_set(err, -ENOTSOCK,
		        _("descriptor %d is no local socket of packets (SOCK_SEQPACKET)"), fd);
	*listens = option_of(fd, SO_ACCEPTCONN) == 1;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return err_errno(err, -errno, _("descriptor %d"), fd);
	return fd;
}

/* Nobody listens at a socket that a program left behind when it was killed. */
static bool is_left_over(const struct sockaddr_un *address)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct stat st;

	return fd >= 0 && lstat(address->sun_path, &st) == 0 && S_ISSOCK(st.st_mode) &&
	       connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 &&
	       errno == ECONNREFUSED;
}

/* Made for its own user alone, whatever the umask says. */
static int bind_own(int fd, const struct sockaddr_un *address)
{
	mode_t before = umask(0177);
	int r = bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? -errno : 0;

	umask(before);
	return r;
}

static int listen_at(const char *path, struct err *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	cleanup_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r;

	if (fd < 0)
		return err_errno(err, -errno, "socket");
	if (strlen(path) >= sizeof(address.sun_path))
		return err_set(err, -ENAMETOOLONG, _("%s: a socket's path has room for %zu bytes"),
		        path, sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, path, strlen(path));
	r = bind_own(fd, &address);
	if (r == -EADDRINUSE && is_left_over(&address) && unlink(path) == 0)
		r = bind_own(fd, &address);
	if (r == 0 && listen(fd, 1) < 0)
		r = -errno;
	return r < 0 ? err_errno(err, r, "%s", path) : take_fd(fd);
}

int offscreen_socket(const char *where, bool *listens, struct err *err)
{
	uint64_t fd;

	*listens = true;
	if (parse_u64(where, 10, INT_MAX, &fd) == 0)
		return take_descriptor((int)fd, listens, err);
	return listen_at(where, err);
}
