/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a picture in a process of its own. A picture may come from anywhere, and lie on a disk that sleeps: whatever
 * libpng makes of it, there it costs a process that has limits for time and memory, no descriptors, and no system
 * calls but those for memory; never the front end. A thread would share all that with it, and cannot be ended.
 */
#ifndef GUI_DECODE_H
#define GUI_DECODE_H

#include "base/err.h"
#include "draw/picture.h"

#include <systemd/sd-event.h>

#define DECODE_MS 5000u

struct decode;

struct decode_request {
	const char *path; /* NULL: @fd */
	int fd;           /* stays the caller's */
	enum picture_fit fit;
	int width, height;
};

/* From the loop, and the last that is heard of it. @image: its pixels are the callee's to free; NULL with @err. */
typedef void (*decode_done)(void *user, struct image *image, const struct err *err);

/* NULL: no process could be made; @done is not called then. @request is needed during the call only. */
struct decode *decode_start(
        sd_event *event, const struct decode_request *request, decode_done done, void *user);
/* Ends it; @done is not called. Takes NULL. */
void decode_destroy(struct decode *decode);

#endif
