/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answers of somebody who makes a new game, and the profile that they are with what this PC offers. Pure.
 *
 * Answers name what was chosen, they do not count it: offers that are asked anew lose none.
 */
#ifndef MODEL_WIZARD_H
#define MODEL_WIZARD_H

#include "model/profiles.h"

#define WIZARD_TITLE_MOST 100u /* bytes, as the profile allows */

enum wizard_step {
	WIZARD_NAME,
	WIZARD_GUEST,
	WIZARD_GPU,
	WIZARD_DISK,
	WIZARD_MEMORY,
	WIZARD_CPUS,
	WIZARD_USB,
	WIZARD_MAKE, /* read, and made */
	WIZARD_STEPS
};

struct wizard {
	bool begun;    /* there is something to go on with */
	bool proposed; /* the offers were told, and what is proposed is chosen */
	enum wizard_step step;
	char title[WIZARD_TITLE_MOST + 1];
	char guest[32];
	struct strv chosen[OFFER_KINDS]; /* ids */
	bool disk_confirmed;             /* the game may have the disk that is chosen */
	uint64_t memory;
	unsigned cpus;
};

/* One answer of a step. Strings are borrowed from the offers. */
struct wizard_choice {
	const struct offer *offer; /* NULL: it is none of those */
	const char *word;          /* of WIZARD_GUEST; NULL */
	uint64_t number;           /* bytes, or processors */
	bool none;                 /* nothing of it */
	bool chosen, proposed;
	bool possible; /* else the reasons of the offer say why not */
};

void wizard_finish(struct wizard *wizard); /* as before it began */
/* @title: what is proposed. */
void wizard_begin(struct wizard *wizard, const char *title);
/* Chooses what is proposed where nothing was yet, and drops what is no longer offered. */
void wizard_propose(struct wizard *wizard, const struct offers *offers);

/* The answers a step has; caller frees the list. 0 where there is nothing to choose from, as of a name. */
size_t wizard_choices(const struct wizard *wizard, const struct offers *offers,
        enum wizard_step step, struct wizard_choice **out);
/* Whether a step takes several answers. */
bool wizard_takes_many(enum wizard_step step);
/* One that is not possible changes nothing. Returns whether it was taken. */
bool wizard_choose(
        struct wizard *wizard, enum wizard_step step, const struct wizard_choice *choice);
/* The disk of this PC that was chosen and not confirmed; NULL: none. */
const struct offer *wizard_disk_to_confirm(
        const struct wizard *wizard, const struct offers *offers);

/* The name of the profile: from the title, in Latin letters, and none that is taken. Caller frees. */
char *wizard_name(const struct wizard *wizard, const struct offers *offers);
/* The profile's text; NULL with @err where an offer is none that a profile understands. Caller frees. */
char *wizard_text(const struct wizard *wizard, const struct offers *offers, struct err *err);

/* The text with what that offer needs in sections of their own; NULL with @err. Caller frees. */
char *wizard_add_offer(const char *text, const struct offer *offer, struct err *err);

#endif
