/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Listings of PCI functions and their IOMMU groups, as people paste them.
 *
 * Pure: text in, functions out, as far as it tells. Understood are the usual shell loops ("IOMMU Group 1:" and
 * indented lspci -nns lines; all in one line; with reset marks), ls-iommu, lspci -nn, -nnk, -v and -vmm, lspci -n, paths of
 * /sys/kernel/iommu_groups, tables of pvesh and Markdown, the kernel's "Adding to iommu group 1" with its list of
 * functions, headings in other languages, and mixes of all that in several files.
 */
#ifndef SETUP_LISTING_H
#define SETUP_LISTING_H

#include "base/pciaddr.h"

struct listed {
	struct pci_addr addr;
	int group; /* -1: not told */
	bool has_id, has_class;
	uint16_t vendor, device;
	uint32_t class_code; /* 24 bits; the interface is 0 where only four digits were told */
	char *name;          /* what the listing calls it, or NULL */
	char *driver;        /* NULL: not told */
	int reset;           /* 1: marked as such that can be reset; -1: not told */
	bool boot_vga;       /* the kernel took it for the boot display */
	size_t block;        /* which listing of its text, from 1; 0: the kernel's log */
	size_t file, line;   /* where it was told first; line from 1 */
	size_t group_file, group_line; /* where its group was told */
};

struct listing {
	struct listed *list;
	size_t n;
	size_t room;     /* private */
	bool has_groups; /* at least one function's group is told */
	bool has_resets; /* marks for the reset are in use: a function without one has none */
};

/* Adds what @text tells; @file is kept for evidence. */
void listing_parse(struct listing *listing, const char *text, size_t file);
/* When all is read: orders by address and makes one of what was told of the same function. */
void listing_settle(struct listing *listing);
void listing_finish(struct listing *listing);

#endif
