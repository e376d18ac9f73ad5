/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unix stream sockets that never block, and descriptors sent over them. */
#ifndef VM_SOCKET_H
#define VM_SOCKET_H

#include "base/err.h"

#include <sys/types.h>

#define SOCKET_FDS_MAX 64

/* A listening socket at @path (replaced when it is there), with exactly @mode. Returns it, or -errno. */
int socket_listen(const char *path, mode_t mode, struct err *err);
int socket_connect(const char *path, struct err *err);

/* Sends what fits, with @fds on its first byte. Returns bytes, or -errno (-EAGAIN: full). */
ssize_t socket_send(int fd, const void *bytes, size_t size, const int *fds, size_t n_fds);
/*
 * Receives at most @size bytes and @room descriptors (CLOEXEC); more of them than that are closed and it is
 * -EMSGSIZE. Returns bytes, 0 at the end, or -errno.
 */
ssize_t socket_receive(int fd, void *bytes, size_t size, int *fds, size_t room, size_t *n_fds);

#endif
