/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a daemon says while it works: lines on stderr, with the journal's priority prefix where the
 * journal listens. Errors that end a command are `struct err`, not log lines.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/err.h"

void log_info(const char *fmt, ...) PRINTF(1, 2);
void log_warning(const char *fmt, ...) PRINTF(1, 2);
void log_error(const struct err *err, const char *fmt, ...) PRINTF(2, 3); /* "fmt: err's message" */

#endif
