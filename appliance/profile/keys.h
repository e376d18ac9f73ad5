/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one table of what a profile may say: sections, keys, types, defaults and their documentation.
 * Parser, writer, editor, reference and suggestions all read it.
 */
#ifndef PROFILE_KEYS_H
#define PROFILE_KEYS_H

#include "profile/profile.h"

/* Which keys a section holds, and which struct they are fields of. */
enum key_form {
	KEY_FORM_PROFILE, /* of struct profile; the section is there once and has no name */
	KEY_FORM_NETWORK,
	KEY_FORM_PCI,
	KEY_FORM_DISK,
	KEY_FORM_CDROM,
	KEY_FORM_USB,
	KEY_FORM_INPUT,
};

struct key_section {
	const char *name;
	enum key_form form;
	bool named; /* [disk NAME]: the name must be there; [network] and PCI sections may have one */
	enum profile_pci_kind kind; /* of PCI sections */
	const char *doc;
};

enum key_type {
	KEY_TEXT,
	KEY_MODEL,
	KEY_WORD,
	KEY_BOOL,
	KEY_COUNT,
	KEY_SIZE,
	KEY_FILE,
	KEY_DISK_PATH,
	KEY_DISK_URL,
	KEY_PCI_ADDRESS,
	KEY_PCI_PATH,
	KEY_PCI_SERIAL,
	KEY_ID,
	KEY_USB_PORT,
	KEY_PROCESSORS,
	KEY_FORWARD,
	KEY_UNITS,
	KEY_ASCII,
	KEY_FEATURES,
	KEY_INPUT_PATH,
	KEY_RESOLUTION,
	KEY_LINK,
	KEY_MAC,
	KEY_VIRTUAL_FUNCTION,
	KEY_MEDIATED,
};

struct key {
	const char *section; /* NULL: of every section of its form */
	enum key_form form;
	const char *name;
	enum key_type type;
	size_t offset, second; /* of the field; KEY_ID has two */
	/* KEY_SIZE: the one word that is written in place of a number, which is UINT64_MAX then; NULL: none */
	const char *const *words; /* KEY_WORD: in the order of the enum, NULL-terminated */
	uint64_t min, max;        /* KEY_COUNT; KEY_SIZE; KEY_TEXT: max is its length */
	const char *preset;       /* as written; NULL: not there */
	bool required;
	bool repeats; /* on several lines of a file: its value is all of them, with spaces between */
	const char *metavar; /* what stands after = in the reference */
	const char *doc;
};

extern const struct key_section
        key_sections[];              /* in the order they are written; ends with name NULL */
extern const struct key key_table[]; /* ends with name NULL */

const struct key_section *key_section_find(const char *name, struct err *err);
const struct key_section *key_section_of_pci(enum profile_pci_kind kind);
bool key_belongs(const struct key *key, const struct key_section *section);
/* The nearest known key is in the hint of the error. */
const struct key *key_find(const struct key_section *section, const char *name, struct err *err);

/* Sets the field of @object from text; the error says "key=value: why". */
int key_set(const struct key *key, void *object, const char *value, struct err *err);
/* Sets every key of @section to its default. Fields must hold nothing that needs freeing. */
void key_preset(const struct key_section *section, void *object);
/* The text key_set() understands; caller frees. NULL: the key is not there. */
char *key_format(const struct key *key, const void *object);
/* Frees what the section's fields of @object own. */
void key_finish(const struct key_section *section, void *object);

#endif
