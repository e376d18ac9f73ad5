/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A profile as the definition of another program. Pure: what the other program has no word for is told, key by key, and
 * where its format has room for notes the keys themselves are kept there, so that an import finds them again.
 */
#ifndef MOVE_EXPORT_H
#define MOVE_EXPORT_H

#include "base/err.h"
#include "profile/profile.h"

enum export_fate {
	EXPORT_CHANGED, /* it is there in another way */
	EXPORT_LOST,    /* it is not there */
	EXPORT_DO,      /* it is there once a person has done something */
	EXPORT_KEPT,    /* only as a note, which an import reads: what a function must be */
};

struct export_note {
	enum export_fate fate;
	char *section; /* "disk games" */
	char *key;     /* NULL: all of the section */
	char *value;   /* as the profile would say it; NULL: of the section, or nothing written */
	char *why;     /* a sentence for people, without a full stop */
};

/* What is known of this PC, where it would run the profile now. Zeroed: nothing. */
struct export_facts {
	const unsigned *pins; /* of this PC's processors, one for each of the guest's; NULL */
	unsigned dies, cores, threads; /* the guest's; 0: not known */
	bool same_caches;      /* what the guest shares is what this PC's processors share */
	uint64_t memory_bytes; /* what size=max is now; 0: not known */
};

struct exported {
	char *text;
	struct export_note *notes;
	size_t n_notes;
};

typedef int export_function(const struct profile *profile, const struct export_facts *facts,
        struct exported *out, struct err *err);

/* Each returns 0, or -errno with @err and nothing in @out to finish. */
export_function export_libvirt, export_proxmox, export_kubevirt;

void exported_finish(struct exported *exported);

#endif
