/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the test guest says over its virtio-serial port: JSON objects, one a line, numbered by "seq".
 *
 * The guest may be hostile: lines, their length and all of them together are bounded, a flood is read slowly,
 * and nothing of it is used but shown. On each connection the guest says everything again from the start; lines
 * that were had before are dropped by their number.
 */
#ifndef VM_REPORT_H
#define VM_REPORT_H

#include "base/err.h"

#include <jansson.h>
#include <systemd/sd-event.h>

#define REPORT_LINE_MAX  ((size_t)32 << 10)
#define REPORT_LINES_MAX 4096u
#define REPORT_BYTES_MAX ((size_t)4 << 20)

struct report;

/* Each line as it comes, borrowed: an object with "seq" and "event" in it. May call report_destroy(). */
typedef void (*report_line)(void *user, const char *event, json_t *line);

/* Connects to QEMU's end of the port at @path. */
int report_connect(sd_event *event, const char *path, report_line line, void *user,
        struct report **out, struct err *err);
void report_destroy(struct report *report); /* takes NULL */
/* All lines kept so far, an array. Borrowed. */
json_t *report_lines(const struct report *report);

#endif
