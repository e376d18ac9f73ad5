/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asks the service that knows this PC, org.playthrough.Setup1 on the system bus, when somebody wants to see it; the bus
 * starts it. Nothing waits; an answer, or why there is none, becomes the model's `pc` and `plan`.
 */
#ifndef MODEL_SETUP_H
#define MODEL_SETUP_H

#include "model/link.h"

struct setup;

/* @session: there is no such service. All must outlive it. Of @ops only `changed` is called. */
struct setup *setup_create(
        sd_event *event, bool session, struct model *model, const struct link_ops *ops, void *user);
void setup_destroy(struct setup *setup); /* takes NULL */

/* While an answer is awaited already, nothing more is asked. */
void setup_check(struct setup *setup);
/* What would be changed: nothing is, by asking. */
void setup_plan(struct setup *setup);

#endif
