/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys of a profile that a definition of another program keeps as notes, since it has no word for them; an import puts them
 * back. A section is known again by the key that says which thing it is (the disk's device, the function's address), so that
 * it gets its name back whatever it is called meanwhile.
 *
 * Anybody can write such notes. Only those are put back that give the guest nothing of this PC: no device, file or network, and
 * no leave to write. The others become comments, which anybody can take the # from: a port that is opened, a microphone, a
 * script's file.
 */
#ifndef MOVE_KEPT_H
#define MOVE_KEPT_H

#include "base/strv.h"

#define KEPT_NAMESPACE "https://playthrough.org/xmlns/profile/1" /* of notes in XML */
#define KEPT_MARK      "playthrough: " /* begins a note in a comment: "[gpu] id=10de:2484" */
/* Before the name of [network NAME]: the card's alias of libvirt, https://libvirt.org/formatdomain.html#devices */
#define KEPT_ALIAS "ua-network-"

struct kept {
	struct kept_key {
		char *section, *key, *value, *what; /* what: as the definition has it; or NULL */
		int line;
		bool is_there; /* in the profile, once it was applied */
	} * list;
	size_t n;
	struct strv
	        own; /* "address=...", "romfile=..." of functions that the definition itself passes */
};

void kept_add(struct kept *kept, const char *section, const char *key, const char *value);
/* Adds what a comment says after its mark; false: it is no such note. */
bool kept_add_comment(struct kept *kept, const char *comment);
void kept_finish(struct kept *kept);

/* The keys that say which thing a section of this kind ("disk") is, one of which it has; NULL at the end. */
const char *const *kept_identity(const char *kind);

/*
 * The text of a profile with them; one that would not make a good profile, or would give the guest something, is left out, and
 * is_there tells which. Caller frees.
 */
char *kept_apply(const char *text, struct kept *kept);
/* Behind it: with the others as comments in their sections, or at the end. Caller frees. */
char *kept_write_notes(const char *text, const struct kept *kept);
/* Whether a profile has such a key at all. */
bool kept_is_of_profile(const struct kept_key *key);

#endif
