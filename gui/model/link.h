/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps a model what the daemon says: asks once, then follows signals. Daemon away, slow or restarted is a
 * state of the model. Acts are sent, and what became of them is told by the model.
 */
#ifndef MODEL_LINK_H
#define MODEL_LINK_H

#include "base/err.h"
#include "model/model.h"

struct link;
struct async;
struct paths;
typedef struct sd_event sd_event;

struct link_ops {
	void (*changed)(void *user); /* the model is another */
	/* An act was refused before it became a job. */
	void (*refused)(void *user, const struct err *why);
	/* An act was done, and there is something to know about it: sentences. May be NULL. */
	void (*told)(void *user, const char *notes);
	uint64_t (*now_ms)(void *user);
};

/* All of them must outlive the link. */
struct link *link_create(sd_event *event, const struct paths *paths, struct model *model,
        const struct link_ops *ops, void *user);
void link_destroy(struct link *link); /* takes NULL */

void link_retry(struct link *link);
void link_start(struct link *link, const char *vm);
void link_stop(struct link *link, const char *vm, bool force);
void link_pause(struct link *link, const char *vm, bool pause);
void link_usb(struct link *link, const char *vm, const char *device, bool attach);
/* Whose the devices are is asked for, and from now on with each change: it costs the daemon a little. */
void link_usb_look(struct link *link);
void link_usb_give_back(struct link *link);
/* A rule for good; @by: one of model_by_words. */
void link_usb_assign(struct link *link, const char *vm, const char *device, const char *by);
void link_usb_unassign(struct link *link, const char *vm, const char *rule);
void link_cancel(struct link *link, const char *job);
/* The language is another one: what the daemon says is asked for anew. */
void link_language(struct link *link);
/* What our own small guest can do with the game's devices. */
void link_drive(struct link *link, const char *vm);
/* The one module that is to know when the console changed, or the daemon is another. */
void link_on_console(struct link *link, void (*changed)(void *user), void *user);
/* Its connection, for a module that asks other things. */
struct async *link_async(struct link *link);
/* The games are others: they are asked for anew. */
void link_list(struct link *link);

#endif
