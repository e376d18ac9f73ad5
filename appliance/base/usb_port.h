/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The name of a physical USB port: its controller's PCI address and the chain of ports behind it,
 * "0000:00:14.0/2.3".
 *
 * A blue socket is two ports of two buses, USB 2 and SuperSpeed, which Linux numbers apart. The socket goes by its
 * USB 2 half; one that has none is "0000:00:14.0/ss5". Bus and device numbers change, these do not.
 */
#ifndef BASE_USB_PORT_H
#define BASE_USB_PORT_H

#include <stdbool.h>

/* The part behind the controller: "2.3" or "ss5.1". At most seven deep, as USB allows. */
bool usb_port_is_chain(const char *chain);
/* Whether @port lies behind the hub in port @hub, however deep; a port is not behind itself. */
bool usb_port_is_behind(const char *port, const char *hub);
/* How many ports deep: 1 for one of the controller's own; 0: not a port. */
unsigned usb_port_depth(const char *port);

#endif
