/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * USB hot-plug from within. Its parts, in the order in which a device meets them:
 *
 * usb_monitor   udev says that something has changed
 * usb_look      all devices are compared with what the VMs have and want (usb_pace: how soon, usb_limit: how often)
 * usb_rules, usb_follow, usb_kept, usb_choice    whose a device is, and whether it may have it; pure
 * usb_attach    opens the node and hands it to QEMU (usb_options: how)
 * usb_detach    has QEMU let go of it, and gives it back to the host
 * usb_act       what the two share: one act under way
 * usb_calls     what a person asks for
 * usb_adopt     after a restart of the daemon: what QEMU really has
 */
#ifndef VM_USB_IMPL_H
#define VM_USB_IMPL_H

#include "vm/vm_impl.h"

#define USB_DELETED_MS 10000u
#define USB_REFUSALS   3u /* after so many QEMU is not asked again to let go of a device */

enum usb_stage {
	USB_OPENING,   /* a child opens the node */
	USB_ADDING_FD, /* QEMU gets the descriptor */
	USB_ADDING,    /* QEMU makes the device */
	USB_DELETING,  /* QEMU is to let go of it: the reply and DEVICE_DELETED come in any order */
	USB_RETURNING, /* a child sees that the host's drivers are back */
};

/* One attach or detach under way. The entry in the VM's journal exists from its beginning on. */
struct vm_usb_act {
	struct vm_usb_act *next; /* in struct vms_usb's list */
	struct vm *vm;
	struct vm_job *job; /* NULL: done by a rule, or after an unplug */
	char *id;           /* of the entry in the VM's journal */
	char *sysname;      /* usb.sysname; NULL: there was no entry */
	struct act_usb usb; /* the device, also when the entry is gone */
	enum usb_stage stage;
	bool asked;   /* a QMP command holds it until its reply */
	bool orphan;  /* the VM has ended, only the reply is awaited */
	bool done;    /* told, and kept only because it is asked */
	bool deleted; /* QEMU has said that it let go of the device */
	bool unsure;  /* the kernel was not done with the device when it was looked at */
	struct disposable *child;
	sd_event_source *deadline;
	json_t *options; /* of device_add */
	struct err why;  /* of an attach that failed: told once all of it is undone */
};

/* usb_act.c */
struct vm_usb_act *usb_act_create(
        struct vm *vm, struct vm_job *job, const char *id, enum usb_stage stage);
struct vm_usb_act *usb_act_find(const struct vm *vm, const char *id); /* NULL: none is under way */
/* Sends a QMP command that holds the act. @a may be gone afterwards. */
void usb_act_ask(
        struct vm_usb_act *a, const char *command, json_t *arguments, int fd, qmp_reply reply);
/* The first thing in a reply: whether the act is over, and gone. */
bool usb_act_answered(struct vm_usb_act *a, const struct err *err);
/* Tells the end, whatever it was, and frees it or leaves that to the reply that still holds it. */
void usb_act_finish(struct vm_usb_act *a, const struct err *err);
/* As if it had never been: the job stays the caller's. */
void usb_act_drop(struct vm_usb_act *a);
struct journal_usb *usb_entry(const struct vm *vm, const char *id); /* NULL: none */
void usb_entry_remove(struct vm *vm, const char *id);               /* and writes the journal */
void usb_save(struct vm *vm);
/* In a child: the root anew, since it has none of the daemon's descriptors. */
int usb_root_again(const struct vms *vms, struct root *root, struct err *err);

/* usb_attach.c */
struct usb_want {
	struct vm *vm;
	bool by_hand;
};
int usb_attach(const struct usb_want *want, const struct usb_device *d, struct vm_job *job,
        struct err *err);

/* usb_detach.c */
void usb_detach(struct vm *vm, const struct journal_usb *u, struct vm_job *job);
/* The same for an act that is there: an attach of which QEMU has not said how it ended. */
void usb_detach_act(struct vm_usb_act *a);
/* QEMU does not have it, or not any more: ends the act with its `why` when all is as before. */
void usb_give_back(struct vm_usb_act *a);
void usb_fdset_remove(struct vm *vm, struct journal_usb *u); /* and writes nothing */

/* usb_look.c */
uint64_t usb_now(const struct vms *vms); /* monotonic, never 0 */
bool usb_is_entry(const struct journal_usb *u, const struct usb_device *d);
/* Who has @d, or is about to; NULL: nobody. */
struct vm *usb_holder(const struct vms *vms, const struct usb_device *d);
/* Facts of this PC, of which the costly ones are taken only for a device that needs them. */
struct usb_facts {
	struct host host; /* usb always */
	bool inputs, disks;
};
/* May a VM have @d, which is in @facts? */
int usb_may_have(
        struct vms *vms, struct usb_facts *facts, const struct usb_device *d, struct err *err);
void usb_tell_changed(struct vms *vms);
void usb_look_soon(struct vms *vms); /* from the loop, not from within a caller */

#endif
