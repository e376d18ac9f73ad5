/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What would be changed on this PC: `playthrough-setup plan --json` as plain data. Pure; texts are harmless and at most
 * PC_TEXT_MOST bytes.
 */
#ifndef MODEL_PLAN_H
#define MODEL_PLAN_H

#include "model/pc.h"

#define PLAN_FILES_MOST  64u
#define PLAN_LINES_MOST  10u
#define PLAN_WISHES_MOST 16u

struct plan_device {
	char *address, *name;
	struct strv losses; /* of the host */
};

struct plan_file {
	char *path;
	bool created;
	unsigned added, removed; /* lines */
	struct strv lines;       /* the first of them, each with + or - in front */
	bool more;               /* there are others */
};

struct plan {
	bool asking, told;
	char *why, *hint, *code; /* of a refusal; "" */
	char *id, *tool;         /* tool: what adds the boot entry; "": a person does */
	bool nothing_to_do;
	bool tried_once; /* the start after the next is the old one again */
	struct plan_device *devices;
	size_t n_devices;
	struct plan_file *files;
	size_t n_files;
	struct strv instructions; /* what a person does */
	struct strv notes;
	struct strv
	        ways; /* into this PC that remain: "display 0000:00:02.0", "ssh", "serial ttyS0" */
	bool by_hand; /* a person adds the entry to the boot menu */
	struct strv gpus, usbs; /* addresses it is asked with; none: what the service proposes */
};

void plan_init(struct plan *plan);
void plan_finish(struct plan *plan);

void plan_asking(struct plan *plan);
void plan_refused(struct plan *plan, const struct err *why);
/* Whether games get the device at @address: as it was asked, else as it was proposed. */
bool plan_has(const struct plan *plan, const char *address);
/*
 * Asks for the device, a card or a USB controller of @pc, or not for it any more; what is proposed counts as asked for
 * then. With the last of them it is the service again that proposes.
 */
void plan_toggle(struct plan *plan, const struct pc *pc, const char *address);
/* Whether it was refused because a person must name a card. */
bool plan_wants_choice(const struct plan *plan);
/* The same plan in a terminal: "sudo playthrough-setup apply --gpu=..." Caller frees. */
char *plan_command(const struct plan *plan);
/* On garbage -EBADMSG with @err, and what was told before stays. */
int plan_set(struct plan *plan, const char *json, struct err *err);

#endif
