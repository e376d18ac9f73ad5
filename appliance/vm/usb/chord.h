/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The key combination and pad chord that give every USB device back: the daemon's side. It hands the nodes to
 * playthrough-chord (chord/wire.h), which alone reads what devices say, while any VM has a USB device; else nothing runs.
 * What the rest of vm/ calls is in vm/vm_impl.h.
 */
#ifndef VM_USB_CHORD_H
#define VM_USB_CHORD_H

#include "host/usb.h"

#include <systemd/sd-bus.h>

struct usb_chord;
struct vms;

/* --- what is told of a device, usb_chord_facts.c --- */

/*
 * Keeps in @folder what the interfaces of @d are, with their HID report descriptors. To be called while the host still
 * has the device: with its driver the kernel forgets those.
 */
void chord_facts_keep(const struct root *root, const char *folder, const struct usb_device *d);
/* The messages of all its interfaces, one behind the other; caller frees. NULL: it has none that could be watched. */
void *chord_facts_load(const struct root *root, const char *folder, const char *sysname,
        unsigned devnum, size_t *size);
/* The size of the message that @bytes begin with; 0: they hold none. */
size_t chord_facts_next(const void *bytes, size_t size);
/* Removes what is kept of devices that are not in @names ("1-2.3-7": sysname and devnum). */
void chord_facts_clear(const struct root *root, const char *folder, const struct strv *names);
/* Whether an interface of it is a keyboard that speaks the boot protocol. */
bool chord_facts_boot_keyboard(const struct root *root, const char *sysname);

/* --- acts of root, usb_chord_open.c; see vm/acts/acts.h --- */

#define CHORD_RING \
	(64u << 10) /* bytes of usbmon's buffer; the kernel copies a fifth of it of a transfer at most */

struct chord_node {
	char name[16];  /* "event5", "usbmon1" */
	char input[16]; /* of an event: "input12", which is never given again; "" for a bus */
	unsigned busnum;
};

/* Adds the host's keyboards and pads on which a chord can be held. */
void chord_nodes_list(const struct root *root, struct chord_node **list, size_t *n);
/* Opens it for reading; of evdev, nothing but the keys of the chords is left to be read. */
int act_chord_open(
        const struct root *root, const struct chord_node *node, int *fd, struct err *err);

/* --- the program, usb_chord_run.c --- */

/* Starts it: as a service of systemd's with a user of its own, or (@bus NULL) as a process of this user. */
int chord_run(sd_bus *bus, const char *program, int *socket, struct err *err);

#endif
