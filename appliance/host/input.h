/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keyboards and mice that are not USB devices: PS/2, Bluetooth, I2C. What the input layer knows of USB devices
 * completes `struct usb`: many game keyboards do not speak the boot protocol.
 */
#ifndef HOST_INPUT_H
#define HOST_INPUT_H

#include "host/usb.h"

struct input_device {
	char *sysname; /* "input3" */
	char *name;    /* "AT Translated Set 2 keyboard"; "" where it has none */
	bool keyboard, mouse;
	bool ps2, bluetooth;
	char *usb; /* of Bluetooth: the sysname of its adapter, a USB device; NULL: none, or the kernel does not tell */
	bool has_controller; /* false for PS/2, and for Bluetooth where the kernel does not tell the adapter */
	struct pci_addr controller;
};

struct inputs {
	struct input_device *list;
	size_t n;
};

int inputs_take(const struct root *root, struct usb *usb, struct inputs *out, struct err *err);
void inputs_finish(struct inputs *inputs);

#endif
