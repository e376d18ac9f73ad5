/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads attributes of sysfs and procfs that may be gone, empty or garbage.
 *
 * What a device tells about itself (names, labels, serial numbers) is written by strangers: text that
 * leaves here is valid UTF-8 without control characters.
 */
#ifndef HOST_ATTR_H
#define HOST_ATTR_H

#include "base/pciaddr.h"
#include "base/root.h"

/* One attribute, stripped and cleaned; caller frees. NULL where it is not there or empty. */
char *attr_text(const struct root *root, const char *fmt, ...) PRINTF(2, 3);
/* A number of at most @max, strictly parsed; @fallback where there is none. Base as parse_u64(). */
uint64_t attr_u64(const struct root *root, int base, uint64_t max, uint64_t fallback,
        const char *fmt, ...) PRINTF(5, 6);
/* 1 or 0; -1 where the attribute is not there or is something else. */
int attr_bool(const struct root *root, const char *fmt, ...) PRINTF(2, 3);

/* The last PCI function in a real path ("/sys/devices/pci0000:00/0000:00:14.0/usb1/..."). */
bool path_controller(const char *real, struct pci_addr *out);
/* Is a part of @path made of @prefix and a decimal number? "usb" finds ".../usb1/...". */
bool path_has_numbered(const char *path, const char *prefix);
/* @prefix and then a decimal number, nothing else. */
bool is_numbered(const char *name, const char *prefix);

/* Makes @s valid UTF-8 in place: "?" for what is not, " " for control characters but \n and \t. */
char *text_clean(char *s);
/* Decodes udev's \x20 and the \040 of mountinfo in place. Returns @s. */
char *text_unescape(char *s);
/* Is @word one of the words of @text, which are separated by white space? */
bool text_has_word(const char *text, const char *word);

/* Cuts the next line off *@rest. NULL at the end. */
char *text_next_line(char **rest);

#endif
