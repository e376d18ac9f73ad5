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

/*
 * In that process, which ends by it: does the act, and tells of it over @socket, a packet each. That the other side is closed, or
 * will say nothing more, cancels it. The descriptors of @request are open in it.
 */
void image_task_work(const struct image_env *env, struct image_request *request, int socket)
        __attribute__((noreturn));

/*
 * In the caller: @socket leads to that process, and is the task's from now on, as is @pidfd (-1: it is no child of ours).
 */
void image_task_follow(sd_event *event, int socket, int pidfd, const struct image_handler *handler,
        struct image_task **out);
/* It undoes what it has done and ends with -ECANCELED, told as any end. */
void image_task_cancel(struct image_task *task);
/* Cancels, and nothing is told any more. Takes NULL. */
void image_task_forget(struct image_task *task);

#endif
