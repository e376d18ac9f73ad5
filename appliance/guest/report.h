/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report: JSON lines, each with its number "seq", kept from the first on, and sent to the
 * virtio-serial port org.playthrough.report and to the serial console.
 *
 * Nothing here blocks. Whoever opens the port on the host gets every line from the start, also
 * when the port is opened again; a reader tells lines it has by "seq". When more is said than the
 * buffer holds, the oldest news of USB devices are forgotten.
 */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "json.h"

#define REPORT_LINES_MAX 1024

struct report_line {
	char *text; /* with its line end */
	bool may_go;
};

/* Where lines go: which line is next, and how much of it is already written. */
struct report_sink {
	int fd; /* -1: none */
	size_t line, offset;
	const char *prefix;
};

struct report {
	struct report_line lines[REPORT_LINES_MAX];
	size_t count;
	unsigned next_seq;
	struct report_sink port, console;
	int signals; /* signalfd: the host opened or closed the port, or wrote to it */
	bool connected;
	char input[256];
	size_t input_length;
};

/* Opens the console; the port may appear later. */
void report_init(struct report *report);

/* Opens the port if it is there and not open yet; true when it is open. */
bool report_find_port(struct report *report);

/* Starts a line for event; add members to it, then report_add. */
void report_begin(struct report *report, struct json *json, const char *event);

/* Ends and keeps the line; may_go marks news that can be forgotten when the buffer is full. */
void report_add(struct report *report, struct json *json, bool may_go);

/* Writes what the sinks take now. */
void report_flush(struct report *report);

/* Fills fds (room for 3) with what to wait for; returns how many. */
size_t report_poll_fds(struct report *report, struct pollfd *fds);

/*
 * Reads what the host wrote and notices that it opened the port. Returns true where the host asks
 * to power off. The host's other word is "again": send all lines from the start.
 */
bool report_serve(struct report *report);

/* Waits at most so long for the sinks to take everything. */
void report_drain(struct report *report, int ms);
