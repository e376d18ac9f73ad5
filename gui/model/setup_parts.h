/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What setup.c, which looks, and setup_acts.c, which changes, share. */
#ifndef MODEL_SETUP_PARTS_H
#define MODEL_SETUP_PARTS_H

#include "bus/names.h"
#include "model/setup.h"

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#define cleanup_message cleanup(sd_bus_message_unrefp)

/* Each is under way once at most. */
enum setup_call {
	SETUP_CALL_CHECK,
	SETUP_CALL_PLAN,
	SETUP_CALL_VERIFY,
	SETUP_CALL_CAN_RESTART,
	SETUP_CALL_ACT,
	SETUP_CALL_JOB,
	SETUP_CALL_CANCEL,
	SETUP_CALL_POWER,
	SETUP_CALL_RIGHTS,
	SETUP_CALLS
};

struct setup {
	sd_event *event;
	bool session;
	struct model *model;
	const struct link_ops *ops;
	void *user;
	sd_bus *bus;
	sd_bus_slot *calls[SETUP_CALLS]; /* those under way */
	int right;                       /* that is asked about */
	bool plan_again, job_again;      /* what is awaited is old already */
};

/* An object and its interface, by whoever has the name. */
struct setup_object {
	const char *name, *path, *interface;
};
extern const struct setup_object setup_service, setup_logind;

/* A call without arguments; connects where there is no connection. Caller unrefs. */
int setup_new_call(struct setup *setup, const struct setup_object *object, const char *member,
        sd_bus_message **out);
/* @r: how making the message went. @done is called unless this fails. */
int setup_send(struct setup *setup, enum setup_call call, int r, sd_bus_message *m,
        sd_bus_message_handler_t done);
/* At the beginning of its handler. */
void setup_answered(struct setup *setup, enum setup_call call);
/* Plan() with what the model is asked with. */
int setup_send_plan(struct setup *setup, enum setup_call call, sd_bus_message_handler_t done);
/* What a failed call of the service means. */
void setup_refusal(const sd_bus_error *error, struct err *why);
void setup_no_bus(struct err *why);
/* The model is another. */
void setup_tell(struct setup *setup);
uint64_t setup_now_ms(const struct setup *setup);

/* Follows the jobs of the service. */
int setup_follow_jobs(struct setup *setup);

#endif
