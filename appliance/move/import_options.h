/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "first,key=value,switch": the lists of QEMU and Proxmox, each part told from those that nobody asked for. */
#ifndef MOVE_IMPORT_OPTIONS_H
#define MOVE_IMPORT_OPTIONS_H

#include "move/import_draft.h"

struct import_options {
	struct import_option {
		char *key, *value;
		bool asked;
	} * list;
	size_t n;
};

/*
 * @first is the key of a first part without one. Two commas are one of the value, as QEMU reads it; a part without = is
 * KEY=on. An object of JSON, as QEMU takes one, is such a list, with "file.filename" for what is within.
 */
void import_options_split(struct import_options *o, const char *text, const char *first);
void import_options_finish(struct import_options *o);
/* The last of that key; NULL: none. */
const char *import_option(struct import_options *o, const char *key);
/* Marks as asked what is known to say nothing of the machine; @keys with spaces between. */
void import_options_skip(struct import_options *o, const char *keys);
/* Notes what nobody has asked for as lost: "@name ... KEY=VALUE". */
void import_options_rest(struct import_options *o, struct draft *d, const char *name);

#endif
