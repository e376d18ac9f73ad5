/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replaces what names one single device or person by stand-ins, so that equal stays equal within a text or a capture:
 * serial numbers, MAC addresses, UUIDs, world-wide names, home directories.
 */
#ifndef BASE_MASK_H
#define BASE_MASK_H

#include "base/util.h"

struct mask_name {
	char *secret, *alias;
	bool narrow; /* so short that elsewhere it may mean something else */
};

struct mask {
	struct mask_name *list;
	size_t n;
};

void mask_finish(struct mask *mask);
/* A serial number, as it is and as udev writes it; patterns are learnt as they are met. @s NULL: there is none. */
void mask_learn_serial(struct mask *mask, const char *s);
/* The text without them; caller frees. @serials: a place for serial numbers, so short ones count too. */
char *mask_text(struct mask *mask, const char *text, bool serials);

/* --- for whoever learns other names --- */

/* Takes @alias over, and returns it. */
const char *mask_add(struct mask *mask, const char *secret, size_t n, char *alias);
const struct mask_name *mask_find(const struct mask *mask, const char *at, size_t n); /* NULL */
/* Whether it names anything at all: "00000000" does not. */
bool mask_is_secret(const char *s);

#endif
