/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of lspci -vmm: "Slot: 01:00.0", and under it "Class: VGA compatible controller [0300]" and the like. */
#ifndef SETUP_LISTING_RECORD_H
#define SETUP_LISTING_RECORD_H

#include "listing.h"

/* Does a record begin here? */
bool listing_record_starts(const char *words, struct pci_addr *addr);
/* Reads a further line into @told, its group too. False: no line of a record. */
bool listing_record_read(struct listed *told, const char *words);

#endif
