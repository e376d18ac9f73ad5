/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/socket.h"

#include "base/i18n.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int make_address(const char *path, struct sockaddr_un *address, struct err *err)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(address->sun_path))
		return err_set(err, -ENAMETOOLONG,
		        _("%s: too long for a socket's path (at most %zu bytes)"), path,
		        sizeof(address->sun_path) - 1);
	strcpy(address->sun_path, path);
	return 0;
}

static int new_socket(struct err *err)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? err_errno(err, -errno, "socket") : fd;
}

int socket_listen(const char *path, mode_t mode, struct err *err)
{
	cleanup_close int fd = new_socket(err);
	struct sockaddr_un address;
	mode_t mask;
	int r = fd < 0 ? fd : make_address(path, &address, err);

	if (r < 0)
		return r;
	unlink(path);
	mask = umask(0177); /* nobody may connect before the mode is what it must be */
	r = bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
	umask(mask);
	if (r == 0 && (chmod(path, mode) < 0 || listen(fd, 8) < 0))
		r = -errno;
	return r < 0 ? err_errno(err, r, _("%s: cannot listen"), path) : take_fd(fd);
}

int socket_connect(const char *path, struct err *err)
{
	cleanup_close int fd = new_socket(err);
	struct sockaddr_un address;
	int r = fd < 0 ? fd : make_address(path, &address, err);

	if (r < 0)
		return r;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return err_errno(err, -errno, _("%s: cannot connect"), path);
	return take_fd(fd);
}

ssize_t socket_send(int fd, const void *bytes, size_t size, const int *fds, size_t n_fds)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(SOCKET_FDS_MAX * sizeof(int))];
	} control = {0};
	struct iovec part = {.iov_base = (void *)bytes, .iov_len = size};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	ssize_t n;

	if (n_fds > SOCKET_FDS_MAX)
		return -E2BIG;
	if (n_fds) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(&control.head), fds, n_fds * sizeof(int));
	}
	do
		n = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* Takes the descriptors out of a control message, as many as there is room for; closes the rest. */
static bool take_fds(struct cmsghdr *c, int *fds, size_t room, size_t *n_fds)
{
	size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	bool fits = true;

	for (size_t i = 0; i < n; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
		if (*n_fds < room) {
			fds[(*n_fds)++] = fd;
		} else {
			close(fd);
			fits = false;
		}
	}
	return fits;
}

ssize_t socket_receive(int fd, void *bytes, size_t size, int *fds, size_t room, size_t *n_fds)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(SOCKET_FDS_MAX * sizeof(int))];
	} control;
	struct iovec part = {.iov_base = bytes, .iov_len = size};
	struct msghdr message = {.msg_iov = &part,
	        .msg_iovlen = 1,
	        .msg_control = &control,
	        .msg_controllen = sizeof(control)};
	bool fits = true;
	ssize_t n;

	*n_fds = 0;
	do
		n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
			fits &= take_fds(c, fds, room, n_fds);
	}
	if (fits && !(message.msg_flags & (MSG_CTRUNC | MSG_TRUNC)))
		return n;
	while (*n_fds)
		close(fds[--*n_fds]);
	return -EMSGSIZE;
}
