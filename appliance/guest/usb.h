/* SPDX-License-Identifier: GPL-2.0-or-later */
/* USB devices as they come and go: a list kept up to date by the kernel's messages. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "report.h"

#define USB_DEVICES_MAX 64

struct usb_device {
	char node[32];   /* the kernel's name, 1-2.3 */
	char number[16]; /* changes when the same port gets another device */
	char port[160];  /* controller's guest path / chain of ports */
	char id[12], serial[128], product[128];
	bool seen;
};

struct usb_watch {
	int netlink; /* -1: none */
	struct usb_device devices[USB_DEVICES_MAX];
	size_t count;
};

/* Starts to listen to the kernel's messages. */
void usb_init(struct usb_watch *watch);

/*
 * Looks at the devices there are now and reports the differences: new ones as "present", or as
 * "add" where live is true; gone ones as "remove". Returns true where anything changed.
 */
bool usb_update(struct usb_watch *watch, struct report *report, bool live);

/* Takes the kernel's messages; true where one is about USB or input devices. */
bool usb_take_messages(struct usb_watch *watch);
