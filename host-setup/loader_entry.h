/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries of type 1 of the Boot Loader Specification: one text file for each, "key value" a line.
 * https://uapi-group.org/specifications/specs/boot_loader_specification
 */
#ifndef SETUP_LOADER_ENTRY_H
#define SETUP_LOADER_ENTRY_H

#include "base/strv.h"

struct loader_entry {
	struct strv keys,
	        values; /* in the order of the file; keys such as initrd come several times */
};

void loader_entry_parse(const char *text, struct loader_entry *out);
void loader_entry_add(struct loader_entry *entry, const char *key, const char *value);
void loader_entry_finish(struct loader_entry *entry);
/* The last value of @key (a later line counts), or NULL. */
const char *loader_entry_get(const struct loader_entry *entry, const char *key);
/* All lines of options, as the loader joins them; caller frees. */
char *loader_entry_options(const struct loader_entry *entry);

/*
 * Our entry from a stock one: the same kernel, arguments and initramfs, with @overlay (as the loader names it:
 * "/playthrough.cpio") before the initramfs and @arguments after the arguments. It has no sort-key, as
 * entries without one come behind those that have one. Caller frees; NULL where there is no kernel with an initramfs to
 * start.
 */
char *loader_entry_derive(const struct loader_entry *stock, const char *stock_name,
        const char *overlay, const char *arguments);

/*
 * Names. Ours is the stock one's between "~" and "~playthrough", without a boot counter ("-6.1.0+2-1.conf"): '~' sorts
 * before everything else in a version, so that ours come behind every other entry where the newest comes first, and
 * never are the default by their name (https://uapi-group.org/specifications/specs/version_format_specification).
 */
char *loader_entry_own_name(const char *stock_name); /* caller frees */
bool loader_entry_is_own(const char *name);
/*
 * Ours that was made from a unified image (unified.h) holds its name, "~arch-linux.efi-6.9.1~playthrough.conf": such entries are
 * of one line when they came from the same file, "~TOKEN-6.9.1.efi~playthrough.conf" and all others of one and the same.
 */
bool loader_entry_is_copied(const char *name);
bool loader_entry_same_line(const char *a, const char *b);
/* Which names the newer version, both ours; as strverscmp(3), without what all of ours end in ('~' is behind '.'). */
int loader_entry_compare(const char *a, const char *b);
/* Ours, or what is left of one whose writing was cut off (root_write). */
bool loader_entry_is_trace(const char *name);
bool loader_entry_is_entry(const char *name); /* ends in ".conf" */

#endif
