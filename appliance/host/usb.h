/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * USB devices by the socket they sit in (base/usb_port.h); bus and device numbers change with every plug.
 */
#ifndef HOST_USB_H
#define HOST_USB_H

#include "base/pciaddr.h"
#include "base/root.h"

/* What a device is for people. */
enum usb_kind {
	USB_KIND_OTHER,
	USB_KIND_BLUETOOTH,
	USB_KIND_CAMERA,
	USB_KIND_AUDIO, /* headset, microphone, sound card */
	USB_KIND_STORAGE,
	USB_KIND_PRINTER,
	USB_KIND_SMART_CARD,
	USB_KIND_NETWORK,
	USB_KIND_FINGERPRINT, /* by the maker: class ff says nothing */
	USB_KIND_UPS,         /* by the maker: it is a HID device */
	USB_KIND_HUB,
	USB_KIND_GAMEPAD, /* by its interfaces (xpad's) or its input device */
	USB_KIND_WHEEL,   /* wheel, stick, throttle, pedals: by its input device */
	USB_KIND_PHONE,   /* or a camera that hands its pictures over (PTP, MTP) */
	USB_KIND_SECURITY_KEY,
	USB_KIND_KEYBOARD,
	USB_KIND_MOUSE,
	USB_KIND_INPUT, /* HID that is none of these */
};

struct usb_device {
	char *sysname; /* "1-2.3" */
	char *port;    /* its socket, "0000:00:14.0/2.3"; controller alone for a root hub */
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
	int removable;       /* /sys .../removable: 1, 0 (fixed), -1 unknown */
	bool root_hub, hub;
	bool superspeed;               /* it sits on a SuperSpeed bus */
	bool isochronous;              /* it has an isochronous endpoint, used or not */
	bool keyboard, mouse, storage; /* an interface is 03/01/01, 03/01/02, class 08 */
	bool odd_keyboard;             /* nobody types on it: a mouse with keys, a security key */
	bool hid;                      /* an interface is class 03 */
	bool gamepad, wheel;           /* as `kind`, also where it is more than that */
	enum usb_kind interface_kind;  /* by its interfaces alone */
	enum usb_kind kind;            /* complete once inputs_take() was here */
	struct strv drivers;           /* of its interfaces, each once */
	bool unfinished; /* it has no configuration, or the kernel was still making its interfaces */
};

struct usb {
	struct usb_device *list; /* ordered by port */
	size_t n;
};

int usb_take(const struct root *root, struct usb *out, struct err *err);
void usb_finish(struct usb *usb);
/* The last USB device in a real path ("/sys/devices/.../usb1/1-2/1-2.3/1-2.3:1.0/..."); caller frees. NULL: none. */
char *usb_name_in_path(const char *real);
/*
 * Where udev keeps what it knows of the device; the file is there once udev has worked on it. Caller frees. By the number
 * of its node: drivers/usb/core/usb.c, usb_alloc_dev().
 */
char *usb_udev_notes(const struct usb_device *d);
/* By sysname; NULL: not there. */
const struct usb_device *usb_find(const struct usb *usb, const char *sysname);

#endif
