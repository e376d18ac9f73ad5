/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A passphrase from a person or a file, as a sealed file in memory; no command line ever holds it. */
#ifndef CLI_SECRET_H
#define CLI_SECRET_H

#include "base/err.h"

/*
 * @file: its first line, "-" is standard input; NULL: asks on the terminal, without echo, @twice where it is a new
 * one. @fd is the caller's. Returns 0 or -errno.
 */
int cli_secret_read(const char *file, bool twice, int *fd, struct err *err);

#endif
