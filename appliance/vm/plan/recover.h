/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a VM that has died is started again, as its profile says. Pure. */
#ifndef VM_PLAN_RECOVER_H
#define VM_PLAN_RECOVER_H

#include "profile/profile.h"

/* It is well again, and its failures before count no more, once it has run for so long at a stretch. */
#define RECOVER_WELL_S 600u

/* What was tried since it was well, or since a person started it. */
struct recover_series {
	unsigned tries;   /* starts by rule after its guest had run and died */
	unsigned refused; /* of one of them, in a row: this PC was not ready for it */
	bool set_back;    /* one of them from its last good snapshot */
};

/* How an end came. */
enum recover_end {
	RECOVER_ENDED,   /* as a person or the guest wanted */
	RECOVER_REFUSED, /* a start by rule that came to nothing: no guest has run */
	RECOVER_DIED
};

enum recover_next {
	RECOVER_NOTHING,  /* the profile wants none of it */
	RECOVER_RESTART,  /* as it is */
	RECOVER_SET_BACK, /* from its last good snapshot */
	RECOVER_GIVE_UP   /* all that the profile allows was tried */
};

/*
 * At most restart-on-failure= starts as it is, then one that is set back where the profile wants it: it comes to an end. A start
 * that is refused is tried again as often, and says nothing against the disks.
 */
enum recover_next recover_next(
        const struct profile *profile, const struct recover_series *series, enum recover_end end);

/*
 * The next disk, from @from on, that can be set back: a writable image that stands on another, which is as it was when the overlay
 * was made. Its index; n_disks: there is none.
 */
size_t recover_disk(const struct profile *profile, size_t from);

#endif
