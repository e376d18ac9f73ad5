/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arguments that plan and apply share, and the plan they ask for. */
#ifndef SETUP_PLAN_OPTIONS_H
#define SETUP_PLAN_OPTIONS_H

#include "plan.h"

struct plan_options {
	bool json, yes;
	bool same;      /* apply: the devices of the plan in force */
	bool progress;  /* apply: for a program that watches (progress.h) */
	const char *id; /* only a plan that has this id counts; NULL: any */
	struct plan_wishes wishes;
};

/* @apply: `same`, --yes and --progress are known too. -EINVAL with PT-USAGE on anything unknown. */
int plan_options_parse(
        int argc, char **argv, bool apply, struct plan_options *out, struct err *err);
void plan_options_finish(struct plan_options *options);

/* Facts, boot and plan for these wishes; where none are given, for those of bind.conf. */
struct planned {
	struct boot boot;
	struct plan plan;
};
int planned_make(
        const struct root *root, struct plan_wishes *wishes, struct planned *out, struct err *err);
/* Fails with PT-SETUP-31 where @id is not NULL and not the plan's. */
int planned_is(const struct planned *planned, const char *id, struct err *err);
void planned_finish(struct planned *planned);

/*
 * What a command returns for a failed plan: 4 after saying which choice is a person's (-ENOTUNIQ), else @r
 * with @err for main to print.
 */
int plan_failed(int r, const struct err *err);

#endif
