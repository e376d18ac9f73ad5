/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Drawing commands for libspice, and their queue between the main thread, which makes them, and the SPICE worker thread,
 * which takes and frees them.
 */
#ifndef CONSOLE_QXL_H
#define CONSOLE_QXL_H

#include "console/scroll.h"
#include "console/source.h"

#include <pthread.h>
#include <spice.h>

struct command;

/* Zeroed but for the mutex is empty. */
struct command_queue {
	pthread_mutex_t mutex;
	struct command *first, **last;
};

/* A piece of a picture; copies its pixels. */
struct command *command_draw(const uint32_t *pixels, uint32_t width, const struct rect *rect);
/* What was @dy rows below @to comes there. */
struct command *command_scroll(const struct scroll *scroll);
struct command *command_cursor(const struct cursor *cursor);

void queue_init(struct command_queue *queue);
void queue_finish(struct command_queue *queue);
void queue_put(struct command_queue *queue, struct command *command);
/* Takes the oldest; @now_empty: it was the last. False: there is none. */
bool queue_take(struct command_queue *queue, QXLCommandExt *out, bool *now_empty);
bool queue_empty(struct command_queue *queue);
void queue_drop_all(struct command_queue *queue);

/* For release_resource: a command that was taken. */
void command_release(QXLReleaseInfoExt info);

#endif
