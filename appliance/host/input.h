/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keyboards and mice that are not USB devices: PS/2, Bluetooth, I2C. What the input layer knows of USB devices
 * completes `struct usb`: many game keyboards do not speak the boot protocol.
 */
#ifndef HOST_INPUT_H
#define HOST_INPUT_H

#include "host/usb.h"

#define INPUT_KEY_WORDS 12u /* KEY_CNT / 64 */

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

/* An event node of the input layer, /dev/input/eventN, with the keys and buttons it may send. */
struct input_node {
	char *name;  /* "event5" */
	char *input; /* "input12", the device behind it */
	char *usb; /* the sysname of the USB device that it is of; NULL: of none, or of Bluetooth */
	bool keyboard, mouse;
	uint64_t keys[INPUT_KEY_WORDS]; /* a bit for each code of linux/input-event-codes.h */
};

bool input_node_has_key(const struct input_node *node, unsigned code);
/* "input12" of "event5"; NULL where it is gone. Caller frees. */
char *input_behind_node(const struct root *root, const char *name);
/* All there are, but for those that go meanwhile; the caller finishes each and frees the list. */
void input_nodes_take(const struct root *root, struct input_node **list, size_t *n);
void input_node_finish(struct input_node *node);

/* The links of udev that lead to an event node. */
struct input_link {
	char *link; /* "/dev/input/by-id/usb-ACME_Keyboard-event-kbd" */
	char *node; /* "event5" */
};

/* The event nodes of this PC, and their links. */
struct input_nodes {
	struct input_node *list;
	size_t n;
	struct input_link *links;
	size_t n_links;
};

void input_nodes_take_all(const struct root *root, struct input_nodes *out);
/* The one that @link leads to; NULL: none. */
const struct input_node *input_nodes_find(const struct input_nodes *nodes, const char *link);
void input_nodes_finish(struct input_nodes *nodes);

int inputs_take(const struct root *root, struct usb *usb, struct inputs *out, struct err *err);
void inputs_finish(struct inputs *inputs);

#endif
