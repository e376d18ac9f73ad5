/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a USB device goes where it goes: every rule that names it, strongest first. Pure but for vms_usb_why_json(). */
#ifndef VM_USB_WHY_H
#define VM_USB_WHY_H

#include "host/usb.h"
#include "vm/state.h"

#include <jansson.h>

/* The rules of one VM: in force where it runs, else as its profile has them. */
struct usb_source {
	char *vm;
	bool running;
	uint64_t since; /* when it was started */
	struct journal_rule *rules;
	char **files; /* one for each rule; NULL: the profile has it no more */
	size_t n;
	const struct vm *of; /* the VM that runs, to ask what it ignores; NULL in tests */
};

/* Whether the VM leaves this device alone, since it was detached by hand. */
typedef bool (*usb_why_ignored)(const struct usb_source *source, const struct usb_device *d);

/* {"owner", "rules"}; @ignored may be NULL. New reference. */
json_t *usb_why(const struct usb_source *sources, size_t n, const struct usb_device *d,
        usb_why_ignored ignored);
void usb_sources_finish(struct usb_source **list, size_t *n);

#endif
