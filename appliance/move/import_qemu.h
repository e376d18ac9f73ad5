/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A QEMU command line as it is read: backends wait for the devices that name them. */
#ifndef MOVE_IMPORT_QEMU_H
#define MOVE_IMPORT_QEMU_H

#include "move/import_options.h"

struct qemu {
	struct draft *d;
	struct qemu_backend {
		char *id, *what;
		int line;
		struct import_options o;
		bool used;
	} * backends; /* -drive if=none, -blockdev, -netdev, -object memory-backend-... */
	size_t n_backends;
	bool no_network, has_network, nodefaults;
};

typedef void qemu_take(struct qemu *q, const char *value);

/* All options from the word @first on. @lines of each word; NULL: all are the draft's. */
void qemu_take_words(
        struct draft *d, const struct strv *words, const int *lines, size_t first, struct qemu *q);

/* Of the machine. */
qemu_take qemu_name, qemu_machine, qemu_accel, qemu_cpu, qemu_smp, qemu_memory, qemu_memory_path,
        qemu_bios, qemu_rtc, qemu_vga, qemu_sound, qemu_smbios, qemu_kernel, qemu_initrd,
        qemu_append, qemu_watchdog, qemu_watchdog_action, qemu_tpm, qemu_uuid, qemu_boot, qemu_hda,
        qemu_cdrom, qemu_floppy, qemu_nodefaults, qemu_dropping, qemu_kvm;
/* Those with a backend and devices. */
qemu_take qemu_drive, qemu_blockdev, qemu_netdev, qemu_object, qemu_device, qemu_nic, qemu_net,
        qemu_usbdevice;
void qemu_plain_disk(struct qemu *q, const char *path, const char *bus, bool cdrom);
/* -netdev's options as the draft's card; @o is asked. */
void qemu_network_type(struct draft_nic *nic, const char *type, struct import_options *o);
/* The backend of that name, which is used from then on; NULL: none. */
struct qemu_backend *qemu_find(struct qemu *q, const char *id);
/* Notes what of a used one nobody has asked for. */
void qemu_backend_rest(struct qemu *q, struct qemu_backend *b);
struct qemu_backend *qemu_add(struct qemu *q, const char *id, struct import_options *o);

#endif
