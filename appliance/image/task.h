/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An act on an image (image/act.h) in a process of its own, which may wait; the caller's loop hears of its progress and its end. It
 * ends with the caller, too, and then removes what it had begun.
 */
#ifndef IMAGE_TASK_H
#define IMAGE_TASK_H

#include "image/act.h"

#include <systemd/sd-event.h>

struct image_task;

struct image_handler {
	void (*progress)(void *user, const char *stage, unsigned percent);
	/*
	 * Once; the task is gone by then. @result is borrowed, NULL with @err. @fd: of IMAGE_PREPARE, the callee's; else -1.
	 */
	void (*done)(void *user, json_t *result, int fd, const struct err *err);
	void *user;
};

/* @env's cancel, told and user are not looked at. @request stays the caller's. */
int image_task_start(sd_event *event, const struct image_env *env, struct image_request *request,
        const struct image_handler *handler, struct image_task **out, struct err *err);
/* It undoes what it has done and ends with -ECANCELED, told as any end. */
void image_task_cancel(struct image_task *task);
/* Cancels, and nothing is told any more. Takes NULL. */
void image_task_forget(struct image_task *task);

#endif
