/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The client side for a program with a loop of its own: the same calls, signals and jobs as bus/client.h,
 * and nothing waits. Daemon away, slow or restarted is told, and mended by itself: while there is no
 * connection, the next try comes after a pause that grows; while there is one, nothing is asked without need.
 *
 * All callbacks come from the loop, never from within a function of this header.
 */
#ifndef BUS_ASYNC_H
#define BUS_ASYNC_H

#include "bus/client.h"

#include <systemd/sd-event.h>

#define ASYNC_PAUSE_FIRST_US (250ull * 1000)
#define ASYNC_PAUSE_MOST_US  (8ull * 1000000)

struct async;

struct async_ops {
	void (*up)(void *user);                          /* the daemon answers */
	void (*down)(void *user, const struct err *why); /* it does not; told at each try */
	void (*vm_changed)(void *user, const char *name, const char *state);
	void (*usb_changed)(void *user);
	void (*job_changed)(void *user, const char *path);
	void (*console_changed)(void *user); /* how it is seen from elsewhere; may be NULL */
};

/* @paths and @ops must outlive it. The first try is made from the loop. */
struct async *async_create(
        sd_event *event, const struct paths *paths, const struct async_ops *ops, void *user);
/* Calls that have no answer yet get none. Takes NULL. */
void async_destroy(struct async *async);
/* Tries at once: a person does not want to wait for the pause. */
void async_retry(struct async *async);
/* The language is another one: from now on the daemon answers in that. It is told by itself at each connection. */
void async_language(struct async *async);
/* What it said made no sense, or did not come: down, and tried again after the pause. */
void async_distrust(struct async *async, const struct err *why);

/* @text: what the call returned, one text or a job's path, or NULL with @err. */
typedef void (*async_reply)(void *user, const char *text, const struct err *err);
/* A call of org.playthrough.Appliance1, with arguments as of sd_bus_message_append(). @reply is called once. */
void async_call(struct async *async, async_reply reply, void *user, const char *member,
        const char *types, ...);

/* @fd: what a call without arguments returned, the callee's; or -1 with @err. */
typedef void (*async_fd_reply)(void *user, int fd, const struct err *err);
void async_call_fd(struct async *async, async_fd_reply reply, void *user, const char *member);

/* @job: as it is now, borrowed; or NULL with @err: the daemon knows nothing of it any more. */
typedef void (*async_job_reply)(
        void *user, const char *path, const struct client_job *job, const struct err *err);
void async_read_job(struct async *async, const char *path, async_job_reply reply, void *user);
/* Its end is told by the job's state. */
void async_cancel_job(struct async *async, const char *path, async_reply reply, void *user);

#endif
