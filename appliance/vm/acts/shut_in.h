/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For a child that hears what a stranger says on a descriptor which is open already: it takes from itself every system call
 * but those for that, for its memory, and for its answer. There is no user to become, since the daemon may not change its own.
 */
#ifndef VM_SHUT_IN_H
#define VM_SHUT_IN_H

#include "base/err.h"

/* From then on each other call fails with EPERM, and nothing undoes it. */
int shut_in(struct err *err);

#endif
