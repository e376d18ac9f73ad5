/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A passphrase: the first line of a file, without its line feed, handed on as a sealed file in memory; no command line and no
 * log ever holds it.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/err.h"

#define SECRET_MOST 4096u /* bytes; a longer one is refused and never cut */

/*
 * Reads from @fd up to the first line feed or the end; @name is for messages. It has room for SECRET_MOST + 1 bytes and is to be wiped
 * by the caller (explicit_bzero). 0, or -errno with CODE_IMAGE_SECRET: empty, too long, or with a NUL in it.
 */
int secret_read_line(int fd, const char *name, char text[SECRET_MOST + 1], struct err *err);
/* @text as a sealed file in memory, which any user may read who gets it; @fd is the caller's. 0 or -errno. */
int secret_keep(const char *text, int *fd, struct err *err);

#endif
