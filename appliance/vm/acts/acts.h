/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The acts that need root, all of them: bind a function to vfio-pci and back, hand over a group's node, open
 * a raw disk or a USB node.
 *
 * They are called by processes that each do one request of requests.h, for the daemon, which has no rights itself. Whatever it
 * has checked is checked here again, from sysfs, at the last moment. All of them may block.
 */
#ifndef VM_ACTS_H
#define VM_ACTS_H

#include "base/pciaddr.h"
#include "base/root.h"
#include "vm/usb/hands_off.h"

/* A function by where it sits and what it is; see struct pci_device. */
struct act_function {
	struct pci_addr addr;
	uint16_t vendor, device, subsystem_vendor, subsystem_device;
	const char *path; /* slots from the root bus down; NULL: not compared */
	int group;
};

/*
 * Binds it to vfio-pci. One that is bound already is only compared. A bridge is refused, and one that does not answer
 * (-ENOTRECOVERABLE, as of act_survived()): nothing is done to it.
 */
int act_bind(const struct root *root, const struct act_function *f, struct err *err);
/*
 * Gives it back to @previous, the driver it had (NULL: none), and proves it. Nothing to do is success; a
 * function that is no longer there is -ENODEV. One that did not survive is left where it is.
 */
int act_restore(const struct root *root, const struct act_function *f, const char *previous,
        struct err *err);
/*
 * Makes BAR @bar of a function that is on vfio-pci 2^@order MiB large, and proves it; it is off its driver meanwhile, as the
 * kernel wants (Documentation/ABI/testing/sysfs-bus-pci, resourceN_resize), and on it again whatever comes of it. Nothing
 * to do is success.
 */
int act_bar_size(const struct root *root, const struct act_function *f, int bar, unsigned order,
        struct err *err);
/*
 * Has the kernel reset it by these ways alone, in this order ("bus", "flr bus"), and proves it. Nothing to do is success. One
 * that does not answer is not touched (-ENOTRECOVERABLE).
 */
int act_reset_method(
        const struct root *root, const struct act_function *f, const char *ways, struct err *err);
/* One that always is on vfio-pci: it has survived, and is there again, though whoever took it off was ended meanwhile. */
int act_come_home(const struct root *root, const struct act_function *f, struct err *err);
/*
 * Whether the hardware still answers after its reset: -ENOTRECOVERABLE when its configuration space is all ones
 * (PCI Express Base Specification, 2.3.2: what a read without a completion returns), -ENODEV when it is gone.
 */
int act_survived(const struct root *root, struct pci_addr addr, struct err *err);

/* Whether what is at its address has its vendor and device still: -ENODEV, -EXDEV. */
int act_is_there(const struct root *root, const struct act_function *f, struct err *err);

/* Opens the group once and asks the kernel whether all of it is ours. @root must be "/". */
int act_group_viable(const struct root *root, int group, struct err *err);
/*
 * The rights of a node that has just got its owner: these, and nobody's besides. Who owned it before may have left an ACL, of
 * which chmod(2) alone would make the group's rights a mask (acl(5)). @fd may be of O_PATH. 0 or -errno.
 */
int act_node_mode(int fd, mode_t mode);
/* Gives /dev/vfio/N to a user systemd made for a VM, or back to root (0). */
int act_group_give(const struct root *root, int group, uid_t uid, struct err *err);

struct act_disk {
	const char *device; /* /dev/disk/by-id/..., /dev/disk/by-partuuid/... */
	const char *serial; /* of the whole disk; NULL: not compared */
	uint64_t size;      /* of the disk or partition; 0: not compared */
	bool writable;
	bool guest_volumes; /* LVM, RAID... on it are the guest's own */
};
/*
 * Opens a disk or partition O_EXCL (which the kernel refuses while a mount, swap or holder stands on it), looks once
 * more for all that uses it, and compares what was opened. -EBUSY says who uses it.
 */
int act_disk_open(const struct root *root, const struct act_disk *disk, int *fd, struct err *err);
/*
 * Opens a regular file for QEMU. Where there is none, it is made as a copy of @from (NULL: -ENOENT). Where a
 * part of the way is not root's, only a file of the same owner is opened (-EPERM).
 */
int act_image_open(const struct root *root, const char *path, const char *from, bool writable,
        int *fd, struct err *err);
/* -EXDEV: it is a qcow2 image which names another file, that QEMU would open, or in which its data are. */
int act_image_alone(int fd, const char *path, struct err *err);

/* An event node of the input layer. */
struct act_input {
	const char *node;  /* "event5" */
	const char *input; /* "input12", which the kernel never gives again */
};
/* Opens it, where no program has it for itself (-EBUSY); -ENODEV when another device is there by now. */
int act_input_open(
        const struct root *root, const struct act_input *input, int *fd, struct err *err);
/*
 * Makes a user that systemd made for a VM the owner of its node, or root again (0), where it then may be gone; the group
 * and the rights stay as udev set them.
 */
int act_input_give(
        const struct root *root, const struct act_input *input, uid_t uid, struct err *err);

/* The memory of Looking Glass: a file of ours in /dev/shm, or the node /dev/kvmfr0. */
struct act_glass {
	const char *path;
	uint64_t bytes; /* of the file, which is made; one that an earlier run left is replaced */
	/* Whose it is to be; of the node, which is never made, also whose it was. */
	uid_t uid;
	gid_t gid;
	mode_t mode;
};
int act_glass_open(
        const struct root *root, const struct act_glass *glass, int *fd, struct err *err);
int act_glass_give(const struct root *root, const struct act_glass *glass, struct err *err);
/* Removes the file, or gives the node back. What is gone is no error. */
int act_glass_return(const struct root *root, const struct act_glass *glass, struct err *err);

/*
 * Which input the monitor on this bus ("i2c-3") shows, and to show another. The caller is a child that ends then:
 * as soon as the bus is open, it is shut in (shut_in.h).
 */
int act_monitor_get(const struct root *root, const char *bus, uint8_t *input, struct err *err);
int act_monitor_set(const struct root *root, const char *bus, uint8_t input, struct err *err);

/*
 * Opens a folder to make files in. Where a part of the way is not root's, only one of the same owner is opened
 * (-EPERM).
 */
int act_folder_open(const struct root *root, const char *path, int *fd, struct err *err);
/*
 * The first line of a file that its owner alone may read, and that is the daemon's own user's: a passphrase. @fd is
 * a sealed file in memory that anybody may read who has it.
 */
int act_secret_open(const struct root *root, const char *path, int *fd, struct err *err);

/* Pages of the kernel's pool of huge ones. */
struct act_pages {
	uint64_t bytes;         /* of each */
	uint64_t before, count; /* in the pool when they were to be taken; how many more */
	bool taken;             /* they were; false: not known */
};
/* Adds them to the pool; -ENOMEM where the kernel does not find all, and then none is added. */
int act_pages_take(const struct root *root, const struct act_pages *pages, struct err *err);
/* Takes them out of the pool. Nothing to do is success. */
int act_pages_return(const struct root *root, const struct act_pages *pages, struct err *err);

/*
 * Has interrupts and the kernel's workers run where isolation.h wants them; one that is gone, or somebody else's by now, stays
 * as it is. What the kernel refuses to move is no error.
 */
struct isolation;
int act_isolate(const struct root *root, const struct isolation *changes, struct err *err);

struct act_usb {
	const char *sysname; /* "1-2.3" */
	unsigned busnum, devnum;
	uint16_t vendor, product;
	uint64_t instance; /* see struct usb_device; 0: not compared */
	bool keeps_driver; /* of its disks, where nobody has the right to give it back */
};
/*
 * Opens the device's node; -ENODEV when another one sits there by now, -EBUSY when the host uses a disk of it. Its disks
 * leave the host (usb_storage.h): whatever comes of it, act_usb_return() must follow in the end.
 */
int act_usb_open(const struct root *root, const struct act_usb *usb, int *fd, struct err *err);
/* Has the host's drivers take every interface that none drives. A device that is gone is no error. */
int act_usb_return(const struct root *root, const struct act_usb *usb, struct err *err);
/*
 * The same, and takes every interface first from whoever has the device's node open: for a QEMU that does not let go
 * by itself. The host's drivers then keep it from claiming them again.
 */
int act_usb_take(const struct root *root, const struct act_usb *usb, struct err *err);
/*
 * Has udev keep the desktop's hands off what these rules mean, from now on and as it is plugged in now
 * (acts_hands_off.c). The text of udev's rules is made here, so that no caller can write others. Nothing to do is
 * success, and so is a PC without udev.
 */
int act_usb_hands_off(
        const struct root *root, const struct usb_hands_off_vm *vms, size_t n, struct err *err);

#endif
