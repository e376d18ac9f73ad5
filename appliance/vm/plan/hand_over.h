/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One graphics card for this PC and a game: what takes it out of the host's hands before a driver is unbound, and gives
 * the host its picture back afterwards.
 *
 * The list is made by the plan, in the order it is done; each act is in the journal before it is begun, and all that
 * were begun are undone in reverse, after the card has its driver again. A reboot forgets all of it.
 */
#ifndef VM_HAND_OVER_H
#define VM_HAND_OVER_H

#include <stdbool.h>
#include <stddef.h>

enum hand_kind {
	HAND_STOP, /* a service that shows something on the card, or holds it: "gdm.service" */
	HAND_FREE, /* waits until nobody has the function in use: "0000:01:00.0"; nothing to undo */
	HAND_CONSOLE, /* the text console leaves a frame buffer: "vtcon1" */
	HAND_BUFFER, /* a driver leaves the firmware's: "simple-framebuffer/simple-framebuffer.0" */
};

struct hand_act {
	enum hand_kind kind;
	char *what;
	bool begun; /* of the journal: to be undone */
};

const char *hand_kind_word(enum hand_kind kind); /* as the journal has it */
int hand_kind_parse(const char *word, enum hand_kind *out);
struct hand_act *hand_acts_add(
        struct hand_act **list, size_t *n, enum hand_kind kind, const char *what);
void hand_acts_finish(struct hand_act **list, size_t *n);

#endif
