/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unix sockets, and descriptors sent over them. Nothing here waits for the other side. */
#ifndef BASE_SOCKET_H
#define BASE_SOCKET_H

#include "base/err.h"

#include <sys/types.h>

#define SOCKET_FDS_MAX 64

/* A listening stream socket at @path (replaced when it is there), with exactly @mode. Returns it, or -errno. */
int socket_listen(const char *path, mode_t mode, struct err *err);
int socket_connect(const char *path, struct err *err);

/* Sends what fits, with @fds on its first byte. Returns bytes, or -errno (-EAGAIN: full). */
ssize_t socket_send(int fd, const void *bytes, size_t size, const int *fds, size_t n_fds);
/*
 * Receives at most @size bytes and @room descriptors (CLOEXEC); where there are more of these, or a packet is larger, those
 * that came are closed and it is -EMSGSIZE. Returns bytes, 0 at the end, or -errno (-EAGAIN: nothing is there).
 */
ssize_t socket_receive(int fd, void *bytes, size_t size, int *fds, size_t room, size_t *n_fds);

#endif
