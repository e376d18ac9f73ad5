/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a VM that has died is started again, as its profile says. Pure. */
#ifndef VM_PLAN_RECOVER_H
#define VM_PLAN_RECOVER_H

#include "profile/profile.h"

/* It is well again, and its failures before count no more, once it has run for so long at a stretch. */
#define RECOVER_WELL_S 600u

/* What was tried since it was well, or since a person started it. */
struct recover_series {
	unsigned tries; /* starts by rule */
	bool set_back;  /* one of them from its last good snapshot */
};

enum recover_next {
	RECOVER_NOTHING,  /* the profile wants none of it */
	RECOVER_RESTART,  /* as it is */
	RECOVER_SET_BACK, /* from its last good snapshot */
	RECOVER_GIVE_UP   /* all that the profile allows was tried */
};

/* At most restart-on-failure= starts as it is, then one that is set back where the profile wants it: it comes to an end. */
enum recover_next recover_next(const struct profile *profile, const struct recover_series *series);

/*
 * The next disk, from @from on, that can be set back: a writable image that stands on another, which is as it was when the overlay
 * was made. Its index; n_disks: there is none.
 */
size_t recover_disk(const struct profile *profile, size_t from);

#endif
