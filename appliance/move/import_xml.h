/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Elements of libvirt's XML, for those that read it. */
#ifndef MOVE_IMPORT_XML_H
#define MOVE_IMPORT_XML_H

#include "move/import_draft.h"

#include <libxml/tree.h>

/* An attribute; NULL: it has none. Caller frees. */
char *xml_attr(const xmlNode *node, const char *name);
bool xml_attr_is(const xmlNode *node, const char *name, const char *value);
/* The text in it without white space around it; "" where there is none. Caller frees. */
char *xml_text(const xmlNode *node);
/* Its first child of that name; NULL. xml_next() goes on from there. */
const xmlNode *xml_child(const xmlNode *node, const char *name);
const xmlNode *xml_next(const xmlNode *node);
/* child's attribute; NULL where there is no such child. Caller frees. */
char *xml_child_attr(const xmlNode *node, const char *child, const char *name);
/* A number, also in hexadecimal after 0x; @out stays where it is none. */
bool xml_number(const char *text, uint64_t max, uint64_t *out);
/* domain:bus:slot.function of an <address>; false: it is none. */
bool xml_pci_address(const xmlNode *address, struct pci_addr *out);
/* <boot order=''> of a device; 0: none. */
unsigned xml_boot(const xmlNode *device);

typedef void xml_take(struct draft *d, const xmlNode *node);

/* What is done with an element of a machine; its children need lines of their own where it is read. */
struct xml_rule {
	const char *path;      /* below <domain> */
	xml_take *take;        /* NULL: it is read with an element above it, or holds others */
	enum import_fate fate; /* IMPORT_CARRIED: it is read */
	const char *why;
};

/* It is read; it follows from other things here; it cannot be had. */
#define XML_READ(path, take)                     \
	{                                        \
		path, take, IMPORT_CARRIED, NULL \
	}
#define XML_LEFT(path, why)                     \
	{                                       \
		path, NULL, IMPORT_CHANGED, why \
	}
#define XML_GONE(path, why)                  \
	{                                    \
		path, NULL, IMPORT_LOST, why \
	}

/* Those of devices, and all others; each ends with path NULL. */
extern const struct xml_rule xml_machine_rules[], xml_device_rules[];

xml_take take_disk, take_interface, take_hostdev, take_input, take_tpm, take_shmem, take_video,
        take_sound, take_watchdog, take_redirdev, take_channel;

/* Of <os> and <sysinfo>. */
xml_take take_os, take_os_type, take_loader, take_firmware_feature, take_boot, take_direct,
        take_entry, take_smbios_mode;

#endif
