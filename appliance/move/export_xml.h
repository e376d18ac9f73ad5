/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Elements of XML in one line each, on libxml2's writer. */
#ifndef MOVE_EXPORT_XML_H
#define MOVE_EXPORT_XML_H

#include "base/util.h"

#include <libxml/xmlwriter.h>

struct xml {
	xmlBufferPtr buffer;
	xmlTextWriterPtr writer;
};

struct xml_number {
	char s[24];
};

void xml_begin(struct xml *xml);
/* The document; caller frees. Nothing to finish afterwards. */
char *xml_end(struct xml *xml);

/* Names and values of attributes in pairs, then NULL; one whose value is NULL is left out. */
void xml_open(struct xml *xml, const char *element, ...) __attribute__((sentinel));
void xml_close(struct xml *xml);
void xml_empty(struct xml *xml, const char *element, ...) __attribute__((sentinel));
/* With @text in it, then attributes. */
void xml_put(struct xml *xml, const char *element, const char *text, ...) __attribute__((sentinel));

/* As an attribute's value: xml_decimal(3).s, xml_hex(0x10, 2).s is "0x10" */
struct xml_number xml_decimal(unsigned long long number);
struct xml_number xml_hex(unsigned number, int digits);

#endif
