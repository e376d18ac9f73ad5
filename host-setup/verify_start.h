/* SPDX-License-Identifier: GPL-2.0-or-later */
/* This start as verify judges it: facts, journal and report together; and what keeps our entry. */
#ifndef SETUP_VERIFY_START_H
#define SETUP_VERIFY_START_H

#include "verify.h"

struct start {
	struct host host;
	struct verify_report report;
	bool way_in; /* one that the plan named is there */
	bool screen; /* ... which is a screen */
};

/* On failure @out is empty, and may be finished all the same. */
int start_take(const struct root *root, struct start *out, struct err *err);
void start_finish(struct start *start);
/* Whether the entry of plan @id is the default; false where the loader cannot be asked. */
bool start_kept(const struct root *root, const char *id, bool *kept);
/* A person wrote the entry into the loader's menu, and it is a person's to make it the default. */
bool start_by_hand(const struct root *root);
/* Makes the entry that was started, and found well, the default; with PT-SETUP-18 where apply or undo is at work. */
int start_keep(const struct root *root, const struct start *start, struct err *err);

/* The health service's two acts. Each returns what it came to, an enum health_act (health.h), or -errno. */
int health_at_boot(const struct root *root, struct err *err);
int health_give_up(const struct root *root, struct err *err);

#endif
