/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How QEMU is asked for a device: in which port of the guest and with which settings. Pure. */
#ifndef VM_USB_OPTIONS_H
#define VM_USB_OPTIONS_H

#include "host/usb.h"
#include "vm/state.h"

#include <jansson.h>

/*
 * The guest's controller has 15 ports, each for any speed: qemu-xhci makes of p2=15,p3=15 fifteen sockets with a
 * USB 2 and a SuperSpeed half (QEMU: hw/usb/hcd-xhci.c, usb_xhci_init()), and a device shows up in the half of its
 * own speed. So no speed can be short of ports, nor mismatch. The first two are for the emulated keyboard and
 * tablet, the last ones for the console's channels, as many as the journal says (args_console.c).
 */
#define USB_GUEST_PORTS      15u
#define USB_GUEST_FIRST_PORT 3u
#define USB_FDSET_BASE       1000 /* the fdset of port N is this + N */

/*
 * A free port of the guest for the device in the host's @socket; 0: none is left. The same socket gets the same port whenever
 * it can: Windows installs a device without a serial number anew for each port that it meets it in.
 */
unsigned usb_guest_port(const struct journal *journal, const char *socket);
/* The arguments of device_add for @u, whose port and fdset are known. @keep_quiet: it left at resets. */
json_t *usb_options(const struct usb_device *d, const struct journal_usb *u, bool keep_quiet);

#endif
