/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "offscreen.h"
#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
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

static int address_of(const char *path, struct sockaddr_un *address, struct err *err)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(address->sun_path))
		return err_set(err, -ENAMETOOLONG, _("%s: a socket's path has room for %zu bytes"),
		        path, sizeof(address->sun_path) - 1);
	memcpy(address->sun_path, path, strlen(path));
	return 0;
}

/* What may be replaced: nothing, or a socket that a program left behind when it was killed, at which nobody listens. */
static int check_free(const char *path, struct err *err)
{
	cleanup_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address;
	struct stat st;
	int r = address_of(path, &address, err);

	if (r < 0 || lstat(path, &st) < 0)
		return r;
	if (!S_ISSOCK(st.st_mode))
		return err_errno(err, -EEXIST, "%s", path);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 &&
	        errno == ECONNREFUSED)
		return 0;
	return err_errno(err, -EADDRINUSE, "%s", path);
}

/* Made for its own user alone, whatever the umask says. */
static int bind_own(int fd, const struct sockaddr_un *address)
{
	mode_t before = umask(0177);
	int r = bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? -errno : 0;

	umask(before);
	return r;
}

/* Under another name until it listens: whoever finds it can connect. */
static int listen_at(const char *path, struct err *err)
{
	cleanup_free char *early = xasprintf("%s.%d", path, (int)getpid());
	cleanup_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address;
	int r = check_free(path, err);

	if (r == 0)
		r = address_of(early, &address, err);
	if (r < 0)
		return r;
	r = fd < 0 ? -EMFILE : bind_own(fd, &address);
	if (r == 0 && (listen(fd, 1) < 0 || rename(early, path) < 0))
		r = -errno;
	if (r == 0)
		return take_fd(fd);
	unlink(early);
	return err_errno(err, r, "%s", path);
}

int offscreen_socket(const char *where, bool *listens, struct err *err)
{
	uint64_t fd;

	*listens = true;
	if (parse_u64(where, 10, INT_MAX, &fd) == 0)
		return take_descriptor((int)fd, listens, err);
	return listen_at(where, err);
}
