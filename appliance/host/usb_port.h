/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sockets one can plug into. The kernel has a folder for every port of every hub,
 * /sys/bus/usb/devices/1-5/1-5:1.0/1-5-port2 (a root hub: usb1/1-0:1.0/usb1-port5); the two halves of one socket, USB
 * 2 and SuperSpeed, name each other by a link `peer` (Linux drivers/usb/core/port.c).
 */
#ifndef HOST_USB_PORT_H
#define HOST_USB_PORT_H

#include "host/usb.h"

/* What firmware says of it: Linux Documentation/ABI/testing/sysfs-bus-usb, connect_type. */
enum usb_connect {
	USB_CONNECT_UNKNOWN,
	USB_CONNECT_HOTPLUG,   /* a socket a person reaches */
	USB_CONNECT_HARDWIRED, /* soldered on or inside: camera, Bluetooth */
	USB_CONNECT_NOT_USED,  /* leads nowhere */
};

struct usb_half {
	char *name;   /* "usb1-port5"; NULL: the socket has no such half */
	char *device; /* "1-5": sits there now; NULL */
};

struct usb_socket {
	char *port; /* its key, as usb_device.port: "0000:00:14.0/5" */
	bool has_controller;
	struct pci_addr controller;
	enum usb_connect connect;
	struct usb_half usb2, usb3;
	unsigned over_current; /* how often the power was cut off since boot */
};

struct usb_sockets {
	struct usb_socket *list; /* ordered by port */
	size_t n;
};

/* All ports of the hubs in @usb. None where the kernel or a capture shows no port folders. */
void usb_sockets_take(const struct root *root, const struct usb *usb, struct usb_sockets *out);
void usb_sockets_finish(struct usb_sockets *sockets);
/* "hotplug", "hardwired", "not used", "unknown": the kernel's words. */
const char *usb_connect_name(enum usb_connect connect);

/*
 * The chain of ports that names the socket of a device: "5.2" for both "1-5.2" and, where port 3 of bus 2 is the other
 * half of port 5, "2-3.2". Caller frees.
 */
char *usb_socket_chain(const struct root *root, const char *sysname, bool superspeed);

#endif
