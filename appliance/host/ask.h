/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs of ours that tell what only other rights can read: whoever connects gets all of it, and its end. */
#ifndef HOST_ASK_H
#define HOST_ASK_H

#include "base/util.h"

/*
 * What is told at @socket, of @most bytes at most, waited for as long as @us. NULL: nobody tells, or not all of it came. Caller
 * frees; a NUL stands behind it, and @size (may be NULL) gets its bytes.
 */
char *host_ask(const char *socket, size_t most, uint64_t us, size_t *size);

#endif
