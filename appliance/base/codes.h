/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The codes of messages that ask a person for an act: one list for the whole product.
 *
 * A code means one fact, whichever program says it, so that what `check` found and why `start` refused
 * can be told to be the same. Codes are never translated and never reused: a gap is a number that was
 * given up. The manual page playthrough-codes(7) says what to do about each; a test compares the two.
 */
#ifndef BASE_CODES_H
#define BASE_CODES_H

#include "base/i18n.h"

#define CODES(X)                                                                                   \
	/* processor and KVM */                                                                    \
	X(CPU_OFF, "PT-CPU-01", N_("virtualization is switched off in the firmware setup"))        \
	X(CPU_NONE, "PT-CPU-02", N_("the processor offers no virtualization to this system"))      \
	X(CPU_FEW, "PT-CPU-03", N_("there are few processors for a host and a game"))              \
	X(CPU_PIN, "PT-CPU-04", N_("the processors that the profile names cannot be had"))         \
	X(KVM_ABSENT, "PT-KVM-01", N_("there is no /dev/kvm that stands on VT-x or SVM"))          \
	X(KVM_ACCESS, "PT-KVM-02", N_("this user may not open /dev/kvm"))                          \
	/* IOMMU */                                                                                \
	X(IOMMU_FIRMWARE, "PT-IOMMU-01", N_("the firmware describes no IOMMU"))                    \
	X(IOMMU_OFF, "PT-IOMMU-02",                                                                \
	        N_("the firmware describes an IOMMU, but the kernel left it off"))                 \
	X(IR_INCAPABLE, "PT-IOMMU-03", N_("an IOMMU unit cannot remap interrupts"))                \
	X(IR_OFF, "PT-IOMMU-04", N_("interrupt remapping is not switched on"))                     \
	X(GROUP_SHARED, "PT-IOMMU-05",                                                             \
	        N_("a device shares its IOMMU group with one that stays with the host"))           \
	X(IR_UNKNOWN, "PT-IOMMU-06", N_("nothing readable tells whether interrupts are remapped")) \
	X(IR_FIRMWARE, "PT-IOMMU-07", N_("a fault of the firmware keeps interrupt remapping off")) \
	X(IOMMU_FAILED, "PT-IOMMU-08",                                                             \
	        N_("the kernel gave up on the IOMMU that the firmware describes"))                 \
	X(IOMMU_QUIRK, "PT-IOMMU-09",                                                              \
	        N_("the kernel works around a fault that passthrough can meet"))                   \
	X(IOMMU_UNKNOWN, "PT-IOMMU-10", N_("nothing readable tells whether an IOMMU is on"))       \
	X(UNIT_DEAD, "PT-IOMMU-21", N_("an IOMMU unit that the firmware describes is not alive"))  \
	X(NOT_COVERED, "PT-IOMMU-22", N_("no IOMMU unit covers a graphics card"))                  \
	X(RESERVED_MEMORY, "PT-IOMMU-23", N_("the firmware keeps memory mapped for a device"))     \
	X(TABLE_FAULT, "PT-IOMMU-24", N_("the firmware's table of IOMMU units is faulty"))         \
	/* firmware, kernel, memory */                                                             \
	X(FW_ABOVE_4G, "PT-FW-01", N_("large graphics memory lies below 4 GiB"))                   \
	X(FW_LEGACY, "PT-FW-02", N_("this PC was started in legacy BIOS mode"))                    \
	X(VFIO_ABSENT, "PT-KERNEL-01", N_("this kernel has no vfio-pci module"))                   \
	X(VFIO_UNKNOWN, "PT-KERNEL-02", N_("the modules of this kernel cannot be found"))          \
	X(MEM_SMALL, "PT-MEM-01", N_("there is little memory for a game VM"))                      \
	X(MEM_SHORT, "PT-MEM-02", N_("less memory is available than the VM wants"))                \
	X(MEM_PAGES, "PT-MEM-03", N_("the huge pages that the profile wants cannot be had"))       \
	/* graphics cards */                                                                       \
	X(GPU_NONE, "PT-GPU-01", N_("there is no graphics card"))                                  \
	X(GPU_ONLY_BOOT, "PT-GPU-02", N_("every graphics card is the host's own screen"))          \
	X(GPU_RESET, "PT-GPU-03", N_("a graphics card may not survive a second start"))            \
	X(GPU_ROM, "PT-GPU-04", N_("a graphics card shows no ROM of its own"))                     \
	X(GPU_RESET_BUG, "PT-GPU-05", N_("this family of cards is known not to survive a reset"))  \
	X(GPU_BUS_SHARED, "PT-GPU-06", N_("to reset the graphics card would reset other devices")) \
	X(GPU_SILENT, "PT-GPU-07", N_("a graphics card does not answer"))                          \
	X(GPU_BAR, "PT-GPU-08", N_("the memory of a graphics card has no address"))                \
	X(GPU_INTEGRATED, "PT-GPU-09", N_("graphics of the processor often start only once"))      \
	X(GPU_NO_SCREEN, "PT-GPU-10", N_("no screen is connected to the graphics card"))           \
	X(GPU_ROM_LEGACY, "PT-GPU-11", N_("the ROM of a graphics card holds no UEFI image"))       \
	X(GPU_WEAK_RESET, "PT-GPU-12", N_("a graphics card can only be reset by its power state")) \
	X(GPU_ROM_FILE, "PT-GPU-13", N_("the file of a card's ROM cannot be used"))                \
	X(GPU_ROM_OTHER, "PT-GPU-14", N_("the file is the ROM of another card"))                   \
	X(GPU_ROM_HEADER, "PT-GPU-15", N_("a header stands before the ROM in its file"))           \
	X(GPU_ROM_BUSY, "PT-GPU-16", N_("a card's ROM cannot be read now"))                        \
	X(GPU_BAR_SIZE, "PT-GPU-17", N_("a card's memory cannot have the size the profile wants")) \
	X(GPU_PRIMARY, "PT-GPU-18", N_("the guest cannot have that card as its first screen"))     \
	X(GPU_RESET_WAY, "PT-GPU-19", N_("a card cannot be reset the way the profile wants"))      \
	/* PCI functions that were named */                                                        \
	X(PCI_ABSENT, "PT-PCI-01", N_("no PCI device is where one was named"))                     \
	X(PCI_IDENTITY, "PT-PCI-02", N_("another PCI device sits where one was named"))            \
	X(PCI_TWICE, "PT-PCI-03", N_("the profile names a PCI device twice"))                      \
	X(PCI_USED, "PT-PCI-04", N_("the host itself uses the device"))                            \
	X(PCI_KIND, "PT-PCI-05", N_("the device is of another kind than was said"))                \
	X(PCI_NO_GROUP, "PT-PCI-06", N_("the device is in no IOMMU group"))                        \
	X(SHARE_NONE, "PT-PCI-07", N_("no part of the device can be given away"))                  \
	X(SHARE_TAKEN, "PT-PCI-08", N_("no part of the device is free"))                           \
	X(SHARE_CUTS, "PT-PCI-09",                                                                 \
	        N_("to make virtual functions may interrupt the host's only network"))             \
	X(SHARE_FAILED, "PT-PCI-10", N_("a part of the device could not be made"))                 \
	/* USB */                                                                                  \
	X(USB_NONE, "PT-USB-01", N_("no USB controller can be given away as a whole"))             \
	X(USB_ABSENT, "PT-USB-11", N_("there is no such USB device"))                              \
	X(USB_HUB, "PT-USB-12", N_("a USB hub stays with the host"))                               \
	X(USB_KEYBOARD, "PT-USB-13", N_("the USB device is the host's only keyboard"))             \
	X(USB_TAKEN, "PT-USB-14", N_("a VM has the USB device already"))                           \
	X(USB_FULL, "PT-USB-15", N_("the VM has no USB port left"))                                \
	X(USB_RULE, "PT-USB-31", N_("no such USB rule can be written"))                            \
	X(USB_NO_RULE, "PT-USB-32", N_("no USB rule of the VM names that"))                        \
	X(USB_RULE_FILE, "PT-USB-33", N_("the file of the rule is not one that can be edited"))    \
	X(USB_NO_MONITOR, "PT-USB-41", N_("USB devices of VMs cannot call for the host"))          \
	X(USB_NO_WATCHER, "PT-USB-42", N_("no key combination gives USB devices back"))            \
	/* disks */                                                                                \
	X(DISK_USED, "PT-DISK-01", N_("the disk is in use by the host"))                           \
	X(DISK_ABSENT, "PT-DISK-02", N_("the disk is not there, or has no medium"))                \
	X(DISK_IDENTITY, "PT-DISK-03",                                                             \
	        N_("another disk answers to the name of the profile's disk"))                      \
	X(DISK_TWICE, "PT-DISK-04", N_("the profile names a disk twice"))                          \
	X(DISK_SERIAL, "PT-DISK-05", N_("two disks would show the guest the same serial number"))  \
	X(DISK_IMAGE, "PT-DISK-06", N_("the disk image is not there"))                             \
	X(DISK_WRITE, "PT-DISK-07",                                                                \
	        N_("the disk cannot be writable or read-only as the profile says"))                \
	X(DISK_PASSED, "PT-DISK-08",                                                               \
	        N_("the disk hangs on a controller that the VM owns as a whole"))                  \
	X(DISK_OWNER, "PT-DISK-09", N_("the disk image is not of the owner of its folder"))        \
	X(DISK_ATTACH, "PT-DISK-10", N_("the disk cannot be attached as the profile says"))        \
	X(DISK_DRIVER, "PT-DISK-11", N_("QEMU lacks the driver of a disk on the network"))         \
	X(CD_FILE, "PT-CD-01", N_("the image for a drive is not there, or is no file"))            \
	X(CD_DRIVE, "PT-CD-02", N_("the VM has no such drive for CDs"))                            \
	X(CD_LOCKED, "PT-CD-03", N_("QEMU has not changed what is in the drive"))                  \
	X(DISK_MEMBER, "PT-DISK-31",                                                               \
	        N_("the disk is a part of LVM, RAID, ZFS or another thing made of several"))       \
	X(DISK_PARTITION, "PT-DISK-32", N_("the partition cannot be given away by itself"))        \
	X(DISK_UNKNOWN, "PT-DISK-33", N_("whether the disk is in use could not be found out"))     \
	X(DISK_FIO, "PT-DISK-61",                                                                  \
	        N_("the program fio, which tests disks, is not installed or has failed"))          \
	X(DISK_TARGET, "PT-DISK-62", N_("that is no disk or file that a test tells much of"))      \
	X(DISK_READ, "PT-DISK-63", N_("this user may not read the disk"))                          \
	X(DISK_NOT_EMPTY, "PT-DISK-64",                                                            \
	        N_("a disk that a test would write to is not known to be empty"))                  \
	X(DISK_FAILING, "PT-DISK-65", N_("the disk looks as if it were about to fail"))            \
	X(DISK_UNSTEADY, "PT-DISK-66", N_("the disk keeps reads waiting now and then"))            \
	X(DISK_BRIDGE, "PT-DISK-67", N_("what the disk hangs on makes it slow"))                   \
	X(DISK_CONFIRM, "PT-DISK-68", N_("a test that writes to a disk was not confirmed"))        \
	/* disk images */                                                                          \
	X(IMAGE_USED, "PT-IMAGE-01", N_("the disk image is in use"))                               \
	X(IMAGE_FORMAT, "PT-IMAGE-02",                                                             \
	        N_("the file is no disk image that can be read, or damaged"))                      \
	X(IMAGE_SPACE, "PT-IMAGE-03", N_("there is not enough room for the disk image"))           \
	X(IMAGE_EXISTS, "PT-IMAGE-04", N_("the name of the new file or snapshot is taken"))        \
	X(IMAGE_BACKING, "PT-IMAGE-05", N_("the disk image stands on another file"))               \
	X(IMAGE_SECRET, "PT-IMAGE-06", N_("the passphrase of a disk image is missing or wrong"))   \
	X(IMAGE_SHRINK, "PT-IMAGE-07", N_("the disk image would become smaller"))                  \
	X(IMAGE_BACKUP, "PT-IMAGE-08", N_("an incremental backup has nothing to go on from"))      \
	X(IMAGE_TOOL, "PT-IMAGE-09", N_("qemu-img is not installed, or has failed"))               \
	/* is this PC set up? */                                                                   \
	X(HOST_NO_CONSOLE, "PT-HOST-01", N_("no other way into the host would remain"))            \
	X(HOST_NOT_SET_UP, "PT-HOST-02", N_("the binding at boot is not set up yet"))              \
	X(HOST_NOT_BOOTED, "PT-HOST-03", N_("the boot entry is there, but was not started"))       \
	X(HOST_NOT_BOUND, "PT-HOST-04", N_("our boot entry ran, but a device is not on vfio-pci")) \
	X(HOST_CHOICE, "PT-HOST-05", N_("several graphics cards could go to a game"))              \
	X(HOST_NEIGHBOURS, "PT-HOST-06",                                                           \
	        N_("resetting a graphics card would reset what the host uses"))                    \
	X(HOST_SLOT, "PT-HOST-07", N_("the graphics card sits in a slot that shares its group"))   \
	X(SOUND_NONE, "PT-SOUND-01", N_("no sound card can be given to a game by itself"))         \
	X(HOST_CONTAINER, "PT-HOST-21", N_("this system is a container"))                          \
	X(HOST_GUEST, "PT-HOST-22", N_("this system is a virtual machine without an IOMMU"))       \
	X(HOST_WAY_GONE, "PT-HOST-31", N_("a way into the host that the plan named is gone"))      \
	X(HOST_DISPLAY_DRIVER, "PT-HOST-32", N_("the host's graphics card has no driver"))         \
	/* settings made by hand */                                                                \
	X(CONFIG_IDS, "PT-CONFIG-01",                                                              \
	        N_("a setting made by hand names a device of the host by its kind"))               \
	X(CONFIG_DRIVERCTL, "PT-CONFIG-02",                                                        \
	        N_("driverctl gives a device to another driver at each start"))                    \
	X(CONFIG_SCRIPT, "PT-CONFIG-03",                                                           \
	        N_("a script made by hand binds devices that are not known here"))                 \
	X(CONFIG_ACS, "PT-CONFIG-04",                                                              \
	        N_("pcie_acs_override= shows IOMMU groups that are no isolation"))                 \
	/* changing how it starts */                                                               \
	X(SETUP_PROFILE, "PT-SETUP-03", N_("the profile passes no PCI device"))                    \
	X(SETUP_ROOT, "PT-SETUP-11", N_("changing how this PC starts needs root"))                 \
	X(SETUP_UNCONFIRMED, "PT-SETUP-12", N_("nobody confirmed the change"))                     \
	X(SETUP_JOURNAL, "PT-SETUP-13", N_("the journal of apply cannot be understood"))           \
	X(SETUP_TAKEN_BACK, "PT-SETUP-14", N_("apply failed and took back what it had done"))      \
	X(SETUP_FILE, "PT-SETUP-16", N_("a file of the installation is missing"))                  \
	X(SETUP_HALF_WAY, "PT-SETUP-17", N_("apply or undo stopped half way"))                     \
	X(SETUP_BUSY, "PT-SETUP-18", N_("another playthrough-setup is at work"))                   \
	X(SETUP_KIND, "PT-SETUP-19", N_("something else than a file lies where ours is to go"))    \
	X(SETUP_STALE, "PT-SETUP-31", N_("the plan is not the one that this PC gives now"))        \
	X(SETUP_NO_PLAN, "PT-SETUP-32", N_("no plan is in force"))                                 \
	X(SETUP_EDITED, "PT-SETUP-33", N_("a file of ours was edited since apply"))                \
	X(SETUP_SERVICE, "PT-SETUP-34", N_("the setup service has too much to do, or cannot run")) \
	X(SETUP_RESTART, "PT-SETUP-35", N_("this PC could not be restarted from here"))            \
	/* an image that installs itself */                                                        \
	X(INSTALL_IMAGE, "PT-INSTALL-01", N_("this system was not started from an image of ours")) \
	X(INSTALL_CONFIRM, "PT-INSTALL-02", N_("erasing the disk was not confirmed"))              \
	X(INSTALL_DISK, "PT-INSTALL-03", N_("the disk cannot hold the system"))                    \
	X(INSTALL_FAILED, "PT-INSTALL-04", N_("the system was not copied as a whole"))             \
	X(BOOT_LOADER, "PT-BOOT-01", N_("the boot loader is not one that can be set up"))          \
	X(BOOT_MENU, "PT-BOOT-04", N_("the renewed boot menu holds no entry of ours"))             \
	X(BOOT_ONCE, "PT-BOOT-06",                                                                 \
	        N_("the boot loader cannot remember to try the new entry once"))                   \
	X(BOOT_DEVICES, "PT-BOOT-08", N_("the plan's list of devices cannot be read"))             \
	X(BOOT_DRIVER, "PT-BOOT-13", N_("a driver of the host had a device before it was bound"))  \
	X(BOOT_DISPLAY, "PT-BOOT-14", N_("the host has no display of its own left"))               \
	X(BOOT_KERNEL, "PT-BOOT-15", N_("another kernel was started than the entry's own"))        \
	X(BOOT_ROOM, "PT-BOOT-16", N_("the boot partition has no room for our entry"))             \
	/* VMs */                                                                                  \
	X(VM_SESSION, "PT-VM-01", N_("a session's VM cannot own devices of this PC"))              \
	X(VM_FILE, "PT-VM-02", N_("a file that the VM starts from is missing"))                    \
	X(VM_TOO_MANY, "PT-VM-03", N_("the guest has no place for so many devices"))               \
	X(VM_RUNNING, "PT-VM-10", N_("the VM runs already, or is still stopping"))                 \
	X(VM_CLAIMED, "PT-VM-11", N_("another VM has the device"))                                 \
	X(VM_QUARANTINE, "PT-VM-12",                                                               \
	        N_("the device did not come back from a VM, so nothing opens it again"))           \
	X(VM_NOT_RUNNING, "PT-VM-13", N_("the VM is not running"))                                 \
	X(VM_NO_LOG, "PT-VM-14", N_("the VM has no console log"))                                  \
	X(VM_DISK_FAULT, "PT-VM-21", N_("QEMU paused the VM: a disk is full, or has failed"))      \
	X(VM_HALTED, "PT-VM-22", N_("QEMU paused the VM after an error"))                          \
	X(VM_PORT, "PT-VM-31", N_("a port of this PC that leads to the VM is taken"))              \
	X(VM_PORT_LOW, "PT-VM-32", N_("QEMU may not listen on ports below a number"))              \
	X(VM_CRASHED, "PT-VM-41", N_("the guest's system has crashed"))                            \
	X(VM_WATCHDOG, "PT-VM-42", N_("the guest's watchdog has run out: the guest hangs"))        \
	X(VM_BOOT_ORDER, "PT-VM-43", N_("two devices have the same place in the boot order"))      \
	X(VM_AUTOSTART, "PT-VM-44",                                                                \
	        N_("this start of the PC is not verified, so no VM is started by itself"))         \
	X(VM_RECOVERY, "PT-VM-45", N_("a VM that has died is started again, or stays off"))        \
	/* the network of a VM */                                                                  \
	X(NET_LINK, "PT-NET-01", N_("the VM cannot be on the network link that it names"))         \
	X(NET_WIRELESS, "PT-NET-02", N_("no guest can be a neighbour on a wireless network"))      \
	X(NET_VLAN, "PT-NET-03", N_("the bridge keeps no VLANs apart"))                            \
	X(NET_KERNEL, "PT-NET-04", N_("this kernel lacks what a VM's network link needs"))         \
	X(NET_PROGRAM, "PT-NET-05", N_("a program that carries the VM's network is missing"))      \
	X(QEMU_ABSENT, "PT-QEMU-01", N_("QEMU is not installed"))                                  \
	X(QEMU_ENDED, "PT-QEMU-02", N_("QEMU ended by itself"))                                    \
	X(QEMU_DEVICE, "PT-QEMU-03", N_("QEMU lacks a device that the VM needs"))                  \
	X(QEMU_CPU, "PT-QEMU-04", N_("QEMU lacks the processor model, or a feature of it"))        \
	/* one graphics card for the host and a game */                                            \
	X(HAND_SESSION, "PT-HAND-01", N_("somebody is logged in on the card that is handed over")) \
	X(HAND_HELD, "PT-HAND-02", N_("a program has the card in use that is handed over"))        \
	X(HAND_STUCK, "PT-HAND-03", N_("a driver did not let go of the card in time"))             \
	X(HAND_LOST, "PT-HAND-04", N_("the host did not get all of its picture back"))             \
	/* profiles that are written */                                                            \
	X(PROFILE_CHANGED, "PT-PROFILE-01", N_("somebody else changed the profile"))               \
	X(PROFILE_EXISTS, "PT-PROFILE-02", N_("there is a profile of that name already"))          \
	X(PROFILE_FOREIGN, "PT-PROFILE-03", N_("the profile is not yours to remove"))              \
	X(PROFILE_FILE, "PT-PROFILE-04", N_("the file of the profile cannot be written"))          \
	X(PROFILE_BAD, "PT-PROFILE-05", N_("the text is not a profile"))                           \
	X(PROFILE_WISH, "PT-PROFILE-06", N_("this PC does not offer what was asked for"))          \
	/* backups of VMs */                                                                       \
	X(BACKUP_BUSY, "PT-BACKUP-01", N_("the VM runs, or another program writes a part of it"))  \
	X(BACKUP_PART, "PT-BACKUP-02", N_("a part of the VM cannot go into a backup"))             \
	X(BACKUP_ROOM, "PT-BACKUP-03", N_("there is not enough room"))                             \
	X(BACKUP_TARGET, "PT-BACKUP-04", N_("a file cannot be written, or is there already"))      \
	X(BACKUP_BAD, "PT-BACKUP-05", N_("the file is not a whole backup of a VM"))                \
	X(BACKUP_PLACE, "PT-BACKUP-06", N_("there is no place for what is restored"))              \
	X(BACKUP_TRUST, "PT-BACKUP-07",                                                            \
	        N_("the backup's profile would give files or disks of this PC to its guest"))      \
	/* machines of others */                                                                   \
	X(IMPORT_FORMAT, "PT-IMPORT-01", N_("the file is not of a format that can be imported"))   \
	X(IMPORT_BAD, "PT-IMPORT-02", N_("the file is damaged, or no description of a machine"))   \
	/* reaching the daemon */                                                                  \
	X(BUS_ABSENT, "PT-BUS-01", N_("there is no system bus"))                                   \
	X(BUS_NO_DAEMON, "PT-BUS-02", N_("playthroughd does not run and cannot be started"))       \
	X(BUS_DENIED, "PT-BUS-03", N_("this user may not do that"))                                \
	X(BUS_NO_ANSWER, "PT-BUS-04", N_("playthroughd ended or did not answer"))                  \
	X(BUS_VERSION, "PT-BUS-05",                                                                \
	        N_("the running playthroughd is another version than this program"))               \
	X(BUS_NAME_TAKEN, "PT-BUS-06", N_("playthroughd cannot have its name on the system bus"))  \
	X(BUS_POLKIT, "PT-BUS-07", N_("polkit could not be asked"))                                \
	X(BUS_NO_AGENT, "PT-BUS-08", N_("polkit wants a password, and nothing asks for it"))       \
	X(SESSION_FOLDER, "PT-SESSION-01", N_("the folder of the session daemon cannot be used"))  \
	X(SESSION_DAEMON, "PT-SESSION-02", N_("the session daemon cannot be started"))             \
	X(CONSOLE_ABSENT, "PT-CONSOLE-01", N_("the console does not run, or is not installed"))    \
	X(CONSOLE_DENIED, "PT-CONSOLE-02", N_("this user may not look at the console"))            \
	X(CONSOLE_NETWORK, "PT-CONSOLE-03", N_("the console cannot be on the network like that"))  \
	X(CONSOLE_CERTIFICATE, "PT-CONSOLE-04", N_("the console's certificate cannot be used"))    \
	X(INPUT_ABSENT, "PT-INPUT-01", N_("a keyboard or mouse of the profile is not there"))      \
	X(INPUT_KIND, "PT-INPUT-02", N_("that device cannot be shared with the guest"))            \
	X(INPUT_TAKEN, "PT-INPUT-03", N_("another program has the keyboard or mouse for itself"))  \
	X(INPUT_ONLY, "PT-INPUT-04", N_("nothing would give the only keyboard or mouse back"))     \
	X(GLASS_MEMORY, "PT-GLASS-01", N_("the memory for Looking Glass cannot be had"))           \
	X(USAGE, "PT-USAGE", N_("the command line cannot be understood"))

enum code {
	CODE_NONE,
#define CODE_ENUM(name, text, meaning) CODE_##name,
	CODES(CODE_ENUM)
#undef CODE_ENUM
	        CODE_COUNT
};

struct err;

const char *code_text(enum code code);    /* "PT-CPU-01"; NULL for CODE_NONE */
const char *code_meaning(enum code code); /* one translated sentence; NULL for CODE_NONE */

/* The code that a person typed, in any case. CODE_NONE with @err, which names the nearest. */
enum code code_find(const char *text, struct err *err);
/* What `help CODE` says: the meaning, and where to read what to do. Caller frees. */
char *code_help(enum code code);

#endif
