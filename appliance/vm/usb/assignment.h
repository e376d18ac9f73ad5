/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a profile has to say so that a device, a port, a hub or a whole controller is its VM's for good; and which of
 * its sections say so. Pure: decided from facts and the profile alone.
 */
#ifndef VM_USB_ASSIGNMENT_H
#define VM_USB_ASSIGNMENT_H

#include "host/host.h"
#include "profile/profile.h"
#include "vm/state.h"

enum usb_by { USB_BY_DEVICE, USB_BY_SERIAL, USB_BY_PORT, USB_BY_HUB, USB_BY_CONTROLLER };

/* "device", "serial", ...; NULL is "device". */
int usb_by_parse(const char *text, enum usb_by *out, struct err *err);
/* How a rule names what it means: "serial", "device", "port", "hub". */
const char *usb_rule_by(const struct journal_rule *rule);

struct vms;

struct usb_request {
	const struct host *host;       /* usb and disks; everything for USB_BY_CONTROLLER */
	const struct profile *profile; /* as it is now */
	const char *device; /* sysname, port, vendor:product; of a controller, its PCI address */
	const char *as;     /* name of the section; NULL: made from the device's */
	enum usb_by by;
	bool session;
	/* Whether a chord on it is seen while a VM has it; NULL: none ever is. */
	bool (*sees_chord)(const struct vms *vms, const struct usb_device *d);
	const struct vms *vms; /* for sees_chord */
};

struct usb_assignment {
	char *section;                   /* "usb g29" */
	char *keys;                      /* "id=046d:c24f\nserial=A1\n" */
	char *comment;                   /* what people call it */
	bool there;                      /* section is one the profile has, and says this already */
	struct journal_rule rule;        /* of a [usb]; its name is NULL */
	const struct usb_device *device; /* one of host's; NULL: nothing is plugged in there */
	struct strv notes;               /* sentences: what a person should know */
};

/* Refuses what no VM may have now, and rules that could never match. Nothing of @out needs finishing then. */
int usb_assignment_make(
        const struct usb_request *request, struct usb_assignment *out, struct err *err);
void usb_assignment_finish(struct usb_assignment *assignment);

/*
 * The sections of the profile that @what names: "wheel", "usb wheel", "usb-controller", or by a device or port as above.
 * A rule by hub goes only by its own name or port, never by a device behind it. None is an error that lists them.
 */
int usb_assignment_find(const struct usb_request *request, struct strv *sections, struct err *err);

/* usb_assignment_pci.c: USB_BY_CONTROLLER */
int usb_assignment_controller(
        const struct usb_request *request, struct usb_assignment *out, struct err *err);
void usb_assignment_find_controllers(
        const struct profile *profile, const char *what, struct strv *sections);
/* Sections for people: "[usb wheel] (id=046d:c24f)". Caller frees. */
char *usb_assignment_list(const struct profile *profile);

/* "usb-controller" and its name as one, as profile_add_section() takes it. Caller frees. */
char *usb_section(const char *word, const char *name);

#endif
