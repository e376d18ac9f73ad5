/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * USB devices by physical port. The key of a port is its controller's PCI address and the chain of ports
 * behind it, "0000:00:14.0/2.3"; bus and device numbers change with every plug.
 */
#ifndef HOST_USB_H
#define HOST_USB_H

#include "base/pciaddr.h"
#include "base/root.h"

/* What a device is for the host, by its interfaces; the first that says something counts. */
enum usb_kind {
	USB_KIND_OTHER,
	USB_KIND_BLUETOOTH,   /* e0/01/01 */
	USB_KIND_CAMERA,      /* class 0e */
	USB_KIND_AUDIO,       /* class 01 */
	USB_KIND_STORAGE,     /* class 08 */
	USB_KIND_PRINTER,     /* class 07 */
	USB_KIND_SMART_CARD,  /* class 0b */
	USB_KIND_NETWORK,     /* 02/06, 02/0d, 02/0e: Ethernet, NCM, MBIM */
	USB_KIND_FINGERPRINT, /* by the maker: class ff says nothing */
	USB_KIND_UPS,         /* by the maker: it is a HID device */
};

struct usb_device {
	char *sysname; /* "1-2.3" */
	char *port;    /* "0000:00:14.0/2.3"; controller alone for a root hub */
	bool has_controller;
	struct pci_addr controller;
	unsigned busnum, devnum;
	/*
	 * The inode of its folder in sysfs, which the kernel gives to no other in its lifetime (kernfs counts them
	 * up): tells a device from the next one with the same numbers. 0: not known.
	 */
	uint64_t instance;
	uint16_t vendor, product;
	char *serial, *manufacturer, *product_name; /* NULL where the device has none */
	uint8_t device_class;
	unsigned speed_mbps; /* /sys .../speed: 1 (low, 1.5), 12, 480, 5000, 10000 */
	bool root_hub, hub;
	bool keyboard, mouse, storage; /* an interface is 03/01/01, 03/01/02, class 08 */
	bool odd_keyboard;             /* nobody types on it: a mouse with keys, a security key */
	enum usb_kind kind;
	struct strv drivers; /* of its interfaces, each once */
};

struct usb {
	struct usb_device *list; /* ordered by port */
	size_t n;
};

int usb_take(const struct root *root, struct usb *out, struct err *err);
void usb_finish(struct usb *usb);
/* The last USB device in a real path ("/sys/devices/.../usb1/1-2/1-2.3/1-2.3:1.0/..."); caller frees. NULL: none. */
char *usb_name_in_path(const char *real);
/* By sysname; NULL: not there. */
const struct usb_device *usb_find(const struct usb *usb, const char *sysname);

#endif
