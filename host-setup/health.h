/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Health: what becomes of a start with our entry that nobody has judged yet.
 *
 * playthrough-health.service keeps the entry by itself when verify finds all well and a way into the host that the plan
 * named is there. playthrough-giveup.timer restarts the PC after ten minutes where that did not happen and nobody is at
 * it: the next start is the stock entry. Both units do nothing without our token on the kernel command line.
 */
#ifndef SETUP_HEALTH_H
#define SETUP_HEALTH_H

#include "base/root.h"

/* Whoever runs verify, apply or undo leaves this file: a person is at work, until the PC is restarted. */
#define HEALTH_PERSON "/run/playthrough/person"
/* This start with our entry is well: games may start by themselves (appliance/vm/vm_autostart.c waits for it). */
#define HEALTH_VERIFIED "/run/playthrough/verified"
#define HEALTH_GAMES    "/run/playthrough/vm" /* a folder for each VM that runs */
/*
 * A start was given up, and nobody has been at work since: the next one that is not well stays. The loader may have been
 * told to take our entry in a way that we do not see (loader.conf, GRUB_DEFAULT), and a PC that restarts
 * every ten minutes is out of reach. It lies among what goes away with the journal.
 */
#define HEALTH_GIVEN_UP "/var/lib/playthrough/setup/saved/given-up"

struct health {
	bool ours;       /* this start took our entry */
	bool known;      /* the loader could be asked whether ... */
	bool kept;       /* ... our entry is the default: only one that is not is given up */
	bool well;       /* verify found all well, a way in of the plan among it */
	bool person;     /* health_sees_person() */
	unsigned logins; /* health_logins() */
	unsigned opened; /* health_autologins() */
	bool screen;     /* one of the host's that the plan named is there */
	bool given_up;   /* HEALTH_GIVEN_UP is there */
	bool late;       /* the time for all this is over */
};

enum health_act {
	HEALTH_NOTHING, /* it is not ours to decide, or decided already */
	HEALTH_WAIT,    /* not yet well; look again */
	HEALTH_KEEP,    /* make our entry the default */
	HEALTH_RESTART  /* give up: the stock entry comes next */
};

/* Pure. */
enum health_act health_decide(const struct health *health);
/*
 * People who have logged in, by logind's files in /run/systemd/sessions: a login manager's own session, one that is
 * closing and one that opened by itself (autologin) do not count.
 */
unsigned health_logins(const struct root *root);
/* Those that opened by themselves: somebody may sit before one, where there is a screen to see it on. */
unsigned health_autologins(const struct root *root);
/* HEALTH_PERSON is there, or a game runs: also where its player was logged in by nobody's hand. */
bool health_sees_person(const struct root *root);
/* Notes that a person is at work in a start with our entry, and forgets that one was given up; as root, else nothing. */
void health_note_person(const struct root *root);
/* Notes that this start with our entry was found well, now or before it became the default; as root, else nothing. */
void health_note_verified(const struct root *root);
/* Before the restart. Without a journal there is nothing it could go away with: then it is not noted. */
void health_note_given_up(const struct root *root);

#endif
