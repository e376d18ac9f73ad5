/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device that comes and goes without end (a bad cable, a firmware that restarts) is attached less and less often:
 * after 8 attaches within 10 s in one socket, one after each pause of 1 s, 2 s .. 30 s, until it has been
 * left alone for 10 s. Pure: the caller has the clock (microseconds, not 0).
 */
#ifndef VM_USB_LIMIT_H
#define VM_USB_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USB_LIMIT_ATTACHES 8u
#define USB_LIMIT_USEC     (10ull * 1000000)
#define USB_LIMIT_MAX_USEC (30ull * 1000000)

struct usb_limit {
	struct usb_limit_socket {
		char *port;
		uint64_t at[USB_LIMIT_ATTACHES]; /* the last attaches, a ring */
		unsigned next;
		unsigned pauses; /* so many so far; 0: no storm */
		uint64_t until;  /* of the pause */
	} * list;
	size_t n;
};

enum usb_limit_verdict {
	USB_LIMIT_GO,     /* attach it: this counts it */
	USB_LIMIT_BEGINS, /* the same, and it is the one with which a storm begins: to be told once */
	USB_LIMIT_WAIT,   /* not before usb_limit_next() */
};

enum usb_limit_verdict usb_limit_ask(struct usb_limit *limit, const char *port, uint64_t now);
/* Whether the socket is in a storm. */
bool usb_limit_is_storm(const struct usb_limit *limit, const char *port);
/*
 * Forgets what is long past. The name of a socket whose storm is over, one for each call (caller frees); NULL: no
 * more.
 */
char *usb_limit_calm(struct usb_limit *limit, uint64_t now);
/* When a pause or a storm ends next; UINT64_MAX: there is none, and so no reason to wake up. */
uint64_t usb_limit_next(const struct usb_limit *limit, uint64_t now);
void usb_limit_finish(struct usb_limit *limit);

#endif
