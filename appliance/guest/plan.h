/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The test plan: which devices the host wants tested, and the nonce of the picture.
 *
 * Text lines, given by QEMU as fw_cfg file opt/org.playthrough/testplan:
 *	nonce HEX16
 *	gpu|audio|usb-controller|nvme|pci|display NAME GUESTPATH
 *	disk NAME SERIAL
 *	processors NAME COUNT SOCKETS DIES CORES THREADS	see processors.h
 *	hypervisor NAME kvm=yes|no [vendor=WORD] [hv-NAME=PART+...]	see hypervisor.h
 *	memory NAME MIB [CPUS:MIB ...]	of all, and of each node where there are several; see memory.h
 *	rom NAME GUESTPATH BYTES CRC32	see rom.h
 * NAME is the host's word for the device and comes back in the report. GUESTPATH is the way to a
 * PCI function by slots from the root bus, 00:04.0/00.0: bus numbers move, slots do not. A serial
 * number is the rest of its line, since some hold blanks. Empty lines and # comments are allowed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum plan_kind {
	PLAN_GPU,
	PLAN_AUDIO,
	PLAN_USB_CONTROLLER,
	PLAN_NVME,
	PLAN_PCI,
	PLAN_DISPLAY,
	PLAN_DISK,
	PLAN_PROCESSORS,
	PLAN_HYPERVISOR,
	PLAN_MEMORY,
	PLAN_ROM,
};

#define PLAN_ITEMS_MAX 64
#define PLAN_WHERE_MAX 640

struct plan_item {
	enum plan_kind kind;
	char name[128];
	char where[PLAN_WHERE_MAX]; /* guest path, serial number, or the words of what is wanted */
};

struct plan {
	bool has_nonce;
	uint64_t nonce;
	size_t count;
	struct plan_item items[PLAN_ITEMS_MAX];
	char problem[200]; /* the first line that was not understood, or empty */
};

/* The plan's word for a kind. */
const char *plan_kind_name(enum plan_kind kind);

/* True where the kind is a PCI function, found by its guest path. */
bool plan_kind_is_pci(enum plan_kind kind);

/* Reads 16 hex digits; true on success. */
bool plan_parse_nonce(const char *text, uint64_t *nonce);

/*
 * Fills plan from text. Lines that are not understood are left out and the first of them is told
 * in problem, so that one bad line does not cost the rest. Returns true where all lines were good.
 */
bool plan_parse(const char *text, struct plan *plan);

/* Adds an item; false where the plan is full. */
bool plan_add(struct plan *plan, enum plan_kind kind, const char *name, const char *where);
