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

#include "base/pciaddr.h"
#include "base/root.h"

#define HAND_MS      30000u  /* how long a driver may take to let go of a card that was in use */
#define HAND_FREE_MS 25000u  /* programs to close it: logind ends a user's own after 10 seconds */
#define HAND_UNIT_MS 120000u /* and a service to end: systemd kills it after 90 seconds */

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

/* Both may block: run them disposably. What is done already, or undone, is success. */
int hand_act_do(const struct root *root, const struct hand_act *act, struct err *err);
int hand_act_undo(const struct root *root, const struct hand_act *act, struct err *err);

/*
 * For a card whose former driver @previous does not take it back: takes the function off the bus and has the kernel look
 * for it again, once.
 */
int hand_find_again(
        const struct root *root, struct pci_addr addr, const char *previous, struct err *err);

#endif
