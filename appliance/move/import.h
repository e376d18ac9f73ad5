/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Machines of others made into profiles: libvirt's domain XML, Proxmox's qm configuration, VMware's .vmx, Quickemu's .conf and
 * QEMU command lines. Pure: what it needs to know of this PC is handed in. The text comes from a stranger.
 *
 * Sources: https://libvirt.org/formatdomain.html, qm.conf(5) of Proxmox VE, quickemu_conf(5), qemu(1); for .vmx, which its maker
 * describes nowhere, what libvirt reads of it (https://libvirt.org/drvesx.html).
 */
#ifndef MOVE_IMPORT_H
#define MOVE_IMPORT_H

#include "base/err.h"
#include "base/pciaddr.h"
#include "base/strv.h"

#define IMPORT_SIZE_MAX  ((size_t)1 << 20)
#define IMPORT_LINE_MAX  ((size_t)64 << 10)
#define IMPORT_NOTES_MAX 1000u

enum import_format {
	IMPORT_BY_CONTENT,
	IMPORT_LIBVIRT,
	IMPORT_PROXMOX,
	IMPORT_VMWARE,
	IMPORT_QUICKEMU,
	IMPORT_QEMU
};

/* What of this PC an import asks for. All of it is the caller's; import_pc_finish() frees it. */
struct import_pc {
	struct import_pc_function {
		struct pci_addr address;
		uint16_t vendor, device, subsystem_vendor, subsystem_device;
		uint32_t class_code; /* as struct pci_device's */
		char *path, *name;   /* NULL: not known */
	} * functions;
	size_t n_functions;
	struct import_pc_disk {
		struct strv names; /* all by which it may be called: "/dev/sda", its links */
		char *link;        /* the one that a profile names it by; NULL: none */
	} * disks;                 /* partitions, too */
	size_t n_disks;
	struct import_pc_input {
		char *node, *link; /* "/dev/input/event3", "/dev/input/by-id/..." */
	} * inputs;
	size_t n_inputs;
	struct import_pc_bus {
		unsigned number; /* of USB, as in "1-2.3" */
		bool superspeed;
		struct pci_addr controller;
	} * buses;
	size_t n_buses;
	unsigned processors; /* 0: not known */
};

struct import_source {
	const char *file;   /* for messages */
	const char *folder; /* what relative paths in it are relative to; absolute */
	const char *as;     /* the name of the VM; NULL: what the source calls it */
	enum import_format format;
};

enum import_fate { IMPORT_CARRIED, IMPORT_CHANGED, IMPORT_LOST };

/* One thing that the source said. */
struct import_note {
	enum import_fate fate;
	int line;     /* of the source; 0: of all of it */
	char *what;   /* in its own words, one line; may be a stranger's */
	char *became; /* "[cpu] count=8"; NULL: nothing in the profile */
	char *why;    /* translated; NULL where it was carried */
};

struct import {
	enum import_format format;
	char *name;                /* good for a VM */
	char *text;                /* of the profile: it can be read (profile_parse()) */
	struct import_note *notes; /* in the order of the source */
	size_t n_notes;
};

/*
 * Errors say "FILE:LINE: ", and mean that nothing of it can be read; what can not be carried is a note. Nothing of @out needs
 * finishing after one.
 */
int import_read(const char *bytes, size_t size, const struct import_source *source,
        const struct import_pc *pc, struct import *out, struct err *err);
void import_finish(struct import *import);
void import_pc_finish(struct import_pc *pc);

/* "libvirt", "proxmox", "vmware", "quickemu", "qemu" */
const char *import_format_word(enum import_format format);
/* With the words there are in the hint of the error. */
int import_format_find(const char *word, enum import_format *out, struct err *err);

#endif
