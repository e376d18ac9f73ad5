/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "move/import_xml.h"

static char *take_xml(xmlChar *text)
{
	char *copy = xstrdup((const char *)text);

	xmlFree(text);
	return copy;
}

char *xml_attr(const xmlNode *node, const char *name)
{
	return take_xml(xmlGetNoNsProp((xmlNode *)node, (const xmlChar *)name));
}

bool xml_attr_is(const xmlNode *node, const char *name, const char *value)
{
	cleanup_free char *is = xml_attr(node, name);

	return is && streq(is, value);
}

char *xml_text(const xmlNode *node)
{
	cleanup_free char *text = take_xml(xmlNodeGetContent(node));

	return xstrdup(text ? strip(text) : "");
}

static const xmlNode *find(const xmlNode *from, const char *name)
{
	for (const xmlNode *n = from; n; n = n->next)
		if (n->type == XML_ELEMENT_NODE && streq((const char *)n->name, name))
			return n;
	return NULL;
}

const xmlNode *xml_child(const xmlNode *node, const char *name)
{
	return find(node->children, name);
}

const xmlNode *xml_next(const xmlNode *node)
{
	return find(node->next, (const char *)node->name);
}

char *xml_child_attr(const xmlNode *node, const char *child, const char *name)
{
	const xmlNode *found = xml_child(node, child);

	return found ? xml_attr(found, name) : NULL;
}

bool xml_number(const char *text, uint64_t max, uint64_t *out)
{
	return text && parse_u64(text, 0, max, out) == 0;
}

bool xml_pci_address(const xmlNode *address, struct pci_addr *out)
{
	cleanup_free char *domain = xml_attr(address, "domain"), *bus = xml_attr(address, "bus");
	cleanup_free char *slot = xml_attr(address, "slot"),
	                  *function = xml_attr(address, "function");
	uint64_t n[4] = {0};

	if ((domain && !xml_number(domain, UINT32_MAX, &n[0])) || !xml_number(bus, 255, &n[1]) ||
	        !xml_number(slot, 31, &n[2]) || (function && !xml_number(function, 7, &n[3])))
		return false;
	*out = (struct pci_addr){(uint32_t)n[0], (uint8_t)n[1], (uint8_t)n[2], (uint8_t)n[3]};
	return true;
}

unsigned xml_boot(const xmlNode *device)
{
	cleanup_free char *order = xml_child_attr(device, "boot", "order");
	uint64_t n = 0;

	return xml_number(order, 99, &n) ? (unsigned)n : 0;
}
