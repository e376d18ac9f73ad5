/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * org.playthrough.Setup1: check, plan, apply, verify and undo for programs, as a front end needs them.
 *
 * Every act is `playthrough-setup` as a child process. So the process that reads D-Bus messages as root knows nothing of
 * PCI, boot loaders or files; what it does is the same act, with the same lock and journal, that a person does by hand;
 * a call takes as long as it takes while the loop goes on; and an apply outlives us.
 *
 * Check, Plan and Verify only look: any local user may. Apply, Undo and Keep need polkit's org.playthrough.configure.
 */
#ifndef SERVICE_SERVICE_H
#define SERVICE_SERVICE_H

#include "base/err.h"

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

struct service;

/* @program: playthrough-setup's path. Both outlive the service. */
struct service *service_create(sd_event *event, sd_bus *bus, const char *program);
/* Shows the objects on the bus. */
int service_show(struct service *service, struct err *err);
/* No call is being answered, no job runs, and none that ended can still be read. */
bool service_idle(const struct service *service, uint64_t *last_call_us);
void service_destroy(struct service *service);

#endif
