/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"

#include <stdio.h>
#include <systemd/sd-daemon.h>

static void write_line(const char *priority, const char *tail, const char *fmt, va_list ap)
{
	cleanup_free char *text = xvasprintf(fmt, ap);

	/* systemd sets JOURNAL_STREAM where stderr goes to the journal. */
	fprintf(stderr, "%s%s%s%s\n", getenv("JOURNAL_STREAM") ? priority : "", text,
	        tail ? ": " : "", tail ? tail : "");
}

void log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line(SD_INFO, NULL, fmt, ap);
	va_end(ap);
}

void log_warning(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line(SD_WARNING, NULL, fmt, ap);
	va_end(ap);
}

void log_error(const struct err *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line(SD_ERR, err->message, fmt, ap);
	va_end(ap);
}
