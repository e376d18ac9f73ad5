/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the rules of usb_hands_off.h need to know of this PC, taken from its files. */
#ifndef VM_USB_HANDS_OFF_FACTS_H
#define VM_USB_HANDS_OFF_FACTS_H

#include "host/usb_port.h"
#include "vm/usb/hands_off.h"

struct usb_hands_off_facts {
	struct usb_hands_off
	        w; /* all but the VMs; it points into this struct, which must stay where it is */
	struct usb usb;
	struct usb_sockets sockets;
	struct usb_hands_off_port *ports; /* w's */
	struct strv chains;               /* their halves */
};

int usb_hands_off_facts_take(
        const struct root *root, struct usb_hands_off_facts *out, struct err *err);
void usb_hands_off_facts_finish(struct usb_hands_off_facts *facts);

#endif
