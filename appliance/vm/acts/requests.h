/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon may ask to have done by root: each act, its one argument, and the function that does it.
 *
 * A request goes as bytes (wire.h) from the daemon to whoever has the rights: playthrough-acts, or where one user owns
 * everything a child of the daemon's own (call.h). There it is decoded and done in a process of its own (serve.h), by the same
 * functions in both. What no request can say, a daemon that was taken over cannot have done.
 */
#ifndef VM_ACTS_REQUESTS_H
#define VM_ACTS_REQUESTS_H

#include "image/task.h"
#include "vm/acts/net.h"
#include "vm/acts/share.h"
#include "vm/acts/wire.h"
#include "vm/plan/hand_over.h"
#include "vm/plan/isolation.h"
#include "vm/usb/chord.h"

enum act {
	ACT_CLAIM,       /* struct act_claim */
	ACT_GIVE_BACK,   /* struct act_give_back */
	ACT_SURVIVED,    /* struct pci_addr */
	ACT_VIABLE,      /* struct act_group */
	ACT_GROUP,       /* struct act_group */
	ACT_DISK,        /* struct act_disk: a descriptor */
	ACT_IMAGE,       /* struct act_image: a descriptor */
	ACT_SECRET,      /* struct act_file: a descriptor */
	ACT_LOOK,        /* struct act_file: a struct act_seen */
	ACT_INPUT_OPEN,  /* struct act_input: a descriptor */
	ACT_INPUT_GIVE,  /* struct act_inputs */
	ACT_CHORD,       /* struct chord_node: a descriptor */
	ACT_GLASS_OPEN,  /* struct act_glass: a descriptor */
	ACT_GLASS_GIVE,  /* struct act_glass */
	ACT_GLASS_BACK,  /* struct act_glass */
	ACT_INPUT_SHOWN, /* struct act_monitor: a uint8_t */
	ACT_SHOW_INPUT,  /* struct act_monitor */
	ACT_PAGES_TAKE,  /* struct act_pages */
	ACT_PAGES_BACK,  /* struct act_pages */
	ACT_ISOLATE,     /* struct isolation */
	ACT_PIN,         /* struct act_pins */
	ACT_USB_OPEN,    /* struct act_usb: a descriptor */
	ACT_USB_BACK,    /* struct act_usb */
	ACT_USB_TAKE,    /* struct act_usb */
	ACT_HANDS_OFF,   /* struct act_hands */
	ACT_LINK,        /* struct act_queue: a descriptor */
	ACT_VHOST,       /* struct act_nothing: a descriptor */
	ACT_LINK_REMOVE, /* struct act_queue */
	ACT_LINK_SWEEP,  /* struct strv, of VMs */
	ACT_SHARE_MAKE,  /* struct act_part */
	ACT_SHARE_ASK,   /* struct act_part: a struct netlink_vf */
	ACT_SHARE_TELL,  /* struct act_part */
	ACT_SHARE_BACK,  /* struct act_part */
	ACT_HAND,        /* struct hand_act */
	ACT_HAND_BACK,   /* struct hand_act */
	ACT_LISTEN,      /* struct act_listen: a descriptor */
	ACT_CONSOLE,     /* struct act_file: of the socket for it */
	ACT_IMAGE_WORK,  /* struct image_request: the talk of image/task.h */
	ACT_LAST = ACT_IMAGE_WORK
};

struct act_nothing {
	bool none;
};

/* Bound to vfio-pci, and then reset that way alone, with a BAR of that size. */
struct act_claim {
	struct act_function function;
	int bar; /* -1: as it is */
	unsigned bar_will;
	const char *reset; /* NULL: as it is */
};
/* All of that as it was before. */
struct act_give_back {
	struct act_function function;
	const char *previous; /* its driver; NULL: none */
	bool home;            /* vfio-pci is its driver always */
	bool handed;          /* this PC used it itself until the VM came */
	int bar;              /* -1: its size was not changed */
	unsigned bar_was;
	const char *reset; /* NULL: its ways of reset were not changed */
};
struct act_group {
	int group;
	uid_t uid; /* whose it is to be; 0: root's again */
};
struct act_image {
	const char *path, *from; /* as of act_image_open() */
	bool writable;
	bool alone; /* a qcow2 that names no other file */
};
struct act_file {
	const char *path;
};
/* Of a file that people may keep to themselves: whether it is there, and which one it is. */
struct act_seen {
	uint64_t device, inode;
};
struct act_inputs {
	struct act_input *list;
	size_t n;
	uid_t uid;
};
struct act_monitor {
	const char *bus;
	uint8_t input;
};
struct act_pin {
	pid_t thread;
	struct cpulist cpus;
};
/* Where the threads of a VM's QEMU run. */
struct act_pins {
	pid_t process;
	struct act_pin *list;
	size_t n;
	struct cpulist others; /* of all its threads that are not in the list */
};
struct act_hands {
	struct usb_hands_off_vm *list;
	size_t n;
};
struct act_queue {
	struct act_link link;
	unsigned queue;
};
struct act_part {
	struct act_share share;
	struct netlink_vf address;
	bool tell, remove; /* ACT_SHARE_BACK: its card gets the address; it is removed */
};
struct act_listen {
	uint8_t host[16]; /* struct in6_addr */
	uint16_t port;
	unsigned backlog;
};

typedef int (*act_function_of)(
        const struct root *root, const void *argument, int *fd, struct err *err);

struct act_kind {
	const struct wire_struct *argument;
	act_function_of run; /* NULL: ACT_IMAGE_WORK, which answers otherwise */
};

/* NULL: there is no such act. */
const struct act_kind *act_kind(unsigned act);

/*
 * Why a request for it is refused from a daemon which may have been taken over; 0 where it is not. @system: by root, so that what
 * belongs to this PC itself is refused, too. requests_check.c
 */
int act_check(enum act act, const void *argument, bool system, struct err *err);
/* The same for an image or a folder that root has opened: a link may have led elsewhere. */
int act_check_opened(int fd, struct err *err);

#endif
