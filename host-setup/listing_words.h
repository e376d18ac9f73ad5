/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a listing: addresses, numbers, classes, identities, and headings of groups in many languages. */
#ifndef SETUP_LISTING_WORDS_H
#define SETUP_LISTING_WORDS_H

#include "listing.h"

size_t listing_hex_digits(const char *s);

/* The length of an address that begins here, 0: none. */
size_t listing_address_at(const char *s, struct pci_addr *out);
/* The first address in a line; NULL: none. @length is that of its text. */
const char *listing_find_address(const char *s, struct pci_addr *out, size_t *length);
bool listing_number(const char *s, const char **after, int *out);

const char *listing_skip_separators(const char *s);
const char *listing_skip_group_word(const char *s);
/* "IOMMU Group 1", "Group: 1", "Groupe IOMMU 1", "IOMMU-Gruppe 1". */
bool listing_heading(const char *s, const char **after, int *group);
/* At the beginning of the line, or as its last words: a group that is named within a sentence heads nothing. */
const char *listing_find_heading(const char *s, const char **after, int *group);
/* ".../iommu_groups/7/devices/0000:00:15.1" or the folder alone. */
const char *listing_find_path(const char *s, int *group);

/* "[0300]": four digits in brackets. */
const char *listing_find_class(const char *s, uint32_t *out);
/* "[10de:1b81]", the last one. */
const char *listing_find_id(const char *s, struct listed *d);
/* Class, identity, and name, from what stands behind an address. */
void listing_take_words(struct listed *d, const char *s);
/* "Kernel driver in use: nvidia", also "Driver: nvidia". */
void listing_take_driver(struct listed *d, const char *s);

#endif
