/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "move/export_xml.h"

#include <stdio.h>

/* The writer fails only where memory runs out. */
static void must(int r)
{
	if (r < 0)
		abort();
}

void xml_begin(struct xml *xml)
{
	xml->buffer = xmlBufferCreate();
	xml->writer = xml->buffer ? xmlNewTextWriterMemory(xml->buffer, 0) : NULL;
	if (!xml->writer)
		abort();
	must(xmlTextWriterSetIndent(xml->writer, 1));
	must(xmlTextWriterSetIndentString(xml->writer, BAD_CAST "  "));
}

char *xml_end(struct xml *xml)
{
	char *text;

	must(xmlTextWriterEndDocument(xml->writer));
	xmlFreeTextWriter(xml->writer);
	text = xstrdup((const char *)xmlBufferContent(xml->buffer));
	xmlBufferFree(xml->buffer);
	*xml = (struct xml){0};
	return text;
}

static void write_attributes(struct xml *xml, va_list ap)
{
	for (const char *name; (name = va_arg(ap, const char *));) {
		const char *value = va_arg(ap, const char *);

		if (value)
			must(xmlTextWriterWriteAttribute(
			        xml->writer, BAD_CAST name, BAD_CAST value));
	}
}

void xml_open(struct xml *xml, const char *element, ...)
{
	va_list ap;

	must(xmlTextWriterStartElement(xml->writer, BAD_CAST element));
	va_start(ap, element);
	write_attributes(xml, ap);
	va_end(ap);
}

void xml_close(struct xml *xml)
{
	must(xmlTextWriterEndElement(xml->writer));
}

void xml_empty(struct xml *xml, const char *element, ...)
{
	va_list ap;

	must(xmlTextWriterStartElement(xml->writer, BAD_CAST element));
	va_start(ap, element);
	write_attributes(xml, ap);
	va_end(ap);
	xml_close(xml);
}

void xml_put(struct xml *xml, const char *element, const char *text, ...)
{
	va_list ap;

	must(xmlTextWriterStartElement(xml->writer, BAD_CAST element));
	va_start(ap, text);
	write_attributes(xml, ap);
	va_end(ap);
	must(xmlTextWriterWriteString(xml->writer, BAD_CAST text));
	xml_close(xml);
}

struct xml_number xml_decimal(unsigned long long number)
{
	struct xml_number text;

	snprintf(text.s, sizeof(text.s), "%llu", number);
	return text;
}

struct xml_number xml_hex(unsigned number, int digits)
{
	struct xml_number text;

	snprintf(text.s, sizeof(text.s), "0x%0*x", digits, number);
	return text;
}
