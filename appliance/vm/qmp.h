/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small QMP client on sd-event: QEMU's JSON protocol, one message a line.
 *
 * Nothing blocks. Commands are queued until QEMU has greeted; each has a deadline. Events we do not know
 * are the listener's to ignore. QEMU: docs/interop/qmp-spec.txt.
 */
#ifndef VM_QMP_H
#define VM_QMP_H

#include "base/err.h"

#include <jansson.h>
#include <systemd/sd-event.h>

#define QMP_MESSAGE_MAX ((size_t)16 << 20)

struct qmp;

/* Any of these may call qmp_destroy(). */
struct qmp_handler {
	void (*ready)(void *user); /* greeted, capabilities agreed */
	void (*event)(void *user, const char *name, json_t *data); /* borrowed; @data may be NULL */
	/* EOF or bad talk; told once. Open commands have been told before. Only qmp_destroy() is left to do. */
	void (*closed)(void *user, const struct err *err);
	void *user;
};

/*
 * Called exactly once for each command: @result is borrowed and set when @err is NULL. -ETIMEDOUT after the
 * deadline, -ECANCELED from within qmp_destroy(), -EPIPE when QEMU went away, -EREMOTEIO with QEMU's own
 * words when it refused, -ENODEV when it did since it has no such device.
 */
typedef void (*qmp_reply)(void *user, json_t *result, const struct err *err);

/* Talks on a connected Unix socket; @fd is owned from here on, also when this fails. */
int qmp_create(sd_event *event, int fd, const struct qmp_handler *handler, struct qmp **out,
        struct err *err);
/* The same, connected to a path. The listener must be there; nothing waits. */
int qmp_connect(sd_event *event, const char *path, const struct qmp_handler *handler,
        struct qmp **out, struct err *err);
void qmp_destroy(struct qmp *qmp); /* takes NULL */
/* QEMU's own, as it greets with it: "7.2.9 (Debian 1:7.2+dfsg-7)"; "" before that. */
const char *qmp_version(const struct qmp *qmp);

/* @arguments (or NULL) and @fd (-1: none; SCM_RIGHTS) are owned from here on. @reply may be NULL. */
void qmp_send(struct qmp *qmp, const char *command, json_t *arguments, int fd, unsigned timeout_ms,
        qmp_reply reply, void *user);

#endif
