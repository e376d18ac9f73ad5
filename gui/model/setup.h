/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asks the service that knows this PC, org.playthrough.Setup1 on the system bus, when somebody wants to see it, and has it
 * set up or undone; the bus starts it. Nothing waits; an answer, or why there is none, becomes the model's `pc`, `plan`
 * and `setup`.
 */
#ifndef MODEL_SETUP_H
#define MODEL_SETUP_H

#include "model/link.h"

struct setup;

/* @session: there is no such service. All must outlive it. Of @ops `changed`, `now_ms` and, where it is no NULL, `refused` are called. */
struct setup *setup_create(
        sd_event *event, bool session, struct model *model, const struct link_ops *ops, void *user);
void setup_destroy(struct setup *setup); /* takes NULL */

/* While an answer is awaited already, nothing more is asked. */
void setup_check(struct setup *setup);
/* What would be changed: nothing is, by asking. */
void setup_plan(struct setup *setup);
/* The same with a device more, or less. */
void setup_toggle(struct setup *setup, const char *address);
/* How far the setup is. */
void setup_look(struct setup *setup);

/*
 * Acts: one at a time, the others do nothing. What became of one is told by the model, and stays until it is forgotten.
 *
 * apply does the plan @id, which the model has; where this PC gives another one by now, that one is shown instead.
 */
void setup_apply(struct setup *setup, const char *id);
void setup_undo(struct setup *setup);
void setup_keep(struct setup *setup);
void setup_restart(struct setup *setup);
/* What whoever sits here may do. */
void setup_rights(struct setup *setup);
/* Off, or @restart; beside the others. Where it is refused, only `refused` is told. */
void setup_power(struct setup *setup, bool restart);
void setup_cancel(struct setup *setup);
void setup_forget(struct setup *setup);

#endif
