/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Has an act of requests.h done, by whoever has the rights for it.
 *
 * The system's daemon has none itself: it asks playthrough-acts, at its socket. Where one user owns everything (--session),
 * and where nobody listens there while this process has rights, a child of it gets the very same request. Either way the act
 * may hang in the kernel, and the caller goes on.
 */
#ifndef VM_ACTS_CALL_H
#define VM_ACTS_CALL_H

#include "vm/acts/disposable.h"
#include "vm/acts/requests.h"

#define ACTS_SOCKET "/run/playthrough-acts.sock"

struct acts {
	bool session;
	const char *libexec_dir;
	const char *root; /* "/", but in tests */
};

/* Everything as of disposable_run(); @argument is of @act. */
int acts_call(const struct acts *acts, sd_event *event, enum act act, const void *argument,
        unsigned timeout_ms, disposable_done done, void *user, struct disposable **out,
        struct err *err);
/* The same for one that is soon done, and waited for. @fd (-1) is the caller's. */
int acts_call_now(const struct acts *acts, enum act act, const void *argument, unsigned timeout_ms,
        int *fd, struct err *err);
/*
 * Sends a request, with descriptors beside it. @socket is the caller's, and so is @pidfd of the child, -1 where it is
 * none.
 */
int acts_begin(const struct acts *acts, enum act act, const void *argument, unsigned timeout_ms,
        const int *fds, size_t n_fds, int *socket, int *pidfd, struct err *err);

/* Whether this process may ask playthrough-acts. */
bool acts_reachable(void);
/*
 * While it is open, playthrough-acts does not end: a PC that is being switched off starts nothing anew, and devices have yet to
 * come home then. -1: there is none.
 */
int acts_hold(const struct acts *acts);

#endif
