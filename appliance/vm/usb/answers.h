/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What anybody may ask about USB without end, made anew only so often. Each answer reads thousands of files: after a few at
 * once, one in a while is made, and who asks in between gets the last one, which is younger than that while.
 */
#ifndef VM_USB_ANSWERS_H
#define VM_USB_ANSWERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define USB_ANSWERS_AT_ONCE 10u
#define USB_ANSWERS_USEC    200000u /* that while */

struct usb_answer {
	json_t *last;
	uint64_t full_us; /* when as many as that may be made at once again */
};

/*
 * Whether @now, in microseconds, is too early for another answer, so that the last one must do: never where there is none.
 * False: it is made, and this counts it.
 */
bool usb_answer_waits(struct usb_answer *answer, uint64_t now);
/* Keeps a new reference of it, in place of the one before. */
void usb_answer_keep(struct usb_answer *answer, json_t *json);
void usb_answer_finish(struct usb_answer *answer);

#endif
