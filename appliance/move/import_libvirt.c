/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt's domain XML: https://libvirt.org/formatdomain.html. An element that no rule knows is noted. */
#include "base/i18n.h"
#include "move/import_secrets.h"
#include "move/import_xml.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <stdio.h>

#define QEMU_NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"

/* --- the walk --- */

/*
 * What it says of itself: <disk type='file' device='disk'>. Of one that is not @known nobody knows what its values are, so that
 * they are not told. Caller frees.
 */
static char *describe(const xmlNode *node, const char *name, const char *path, bool known)
{
	bool told = known && !xmlFirstElementChild((xmlNode *)node) && !secret_is_xml(path, NULL);
	cleanup_free char *text = told ? xml_text(node) : NULL;
	char *line = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&line, &size);

	if (!out)
		abort();
	fprintf(out, "<%s", name);
	for (const xmlAttr *a = node->properties; a; a = a->next) {
		const char *attribute = (const char *)a->name;
		cleanup_free char *value = xml_attr(node, attribute);
		cleanup_free char *harmless = known && !secret_is_xml(path, attribute)
		                                      ? secret_hide("", value ? value : "")
		                                      : xstrdup("...");

		fprintf(out, " %s='%s'", attribute, harmless);
	}
	fprintf(out, ">%s", text ? text : "");
	if (fclose(out))
		abort();
	return line;
}

/* "disk", "qemu:commandline". Caller frees. */
static char *full_name(const xmlNode *node)
{
	const char *name = (const char *)node->name;

	if (!node->ns)
		return xstrdup(name);
	if (node->ns->href && streq((const char *)node->ns->href, QEMU_NAMESPACE))
		return xasprintf("qemu:%s", name);
	return node->ns->prefix ? xasprintf("%s:%s", (const char *)node->ns->prefix, name)
	                        : xstrdup(name);
}

static const struct xml_rule *find_rule(const char *path)
{
	const struct xml_rule *const tables[] = {xml_machine_rules, xml_device_rules};

	for (size_t t = 0; t < ARRAY_SIZE(tables); t++)
		for (const struct xml_rule *r = tables[t]; r->path; r++)
			if (streq(r->path, path))
				return r;
	return NULL;
}

/* libxml2 lets nothing be nested deeper than 256. */
static void walk(struct draft *d, const xmlNode *parent, const char *above)
{
	for (const xmlNode *node = parent->children; node; node = node->next) {
		cleanup_free char *name = NULL, *path = NULL, *what = NULL;
		const struct xml_rule *rule;

		if (node->type != XML_ELEMENT_NODE)
			continue;
		name = full_name(node);
		path = xasprintf("%s%s%s", above, *above ? "/" : "", name);
		rule = find_rule(path);
		what = describe(node, name, path, rule != NULL);
		draft_at(d, (int)xmlGetLineNo((xmlNode *)node), "%s", what);
		if (!rule) {
			draft_lost(d, WHY_UNKNOWN);
			continue;
		}
		if (rule->fate != IMPORT_CARRIED) {
			draft_note(d, rule->fate, NULL, rule->why);
			continue;
		}
		if (rule->take)
			rule->take(d, node);
		walk(d, node, path);
	}
}

/* --- the document --- */

/* A document type can define entities, of which a few lines make gigabytes; no machine needs one. */
static void refuse_type(
        void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	xmlParserCtxt *parser = context;

	(void)name;
	(void)external;
	(void)system;
	parser->_private = (void *)(intptr_t)xmlSAX2GetLineNumber(parser);
	xmlStopParser(parser);
}

static int refuse_xml(const struct draft *d, xmlParserCtxt *parser, struct err *err)
{
	xmlError *error = xmlCtxtGetLastError(parser);
	cleanup_free char *why = NULL;

	if (parser->_private)
		return import_refuse(d, (int)(intptr_t)parser->_private,
		        _("a document type (DTD) is not read"), err);
	why = xasprintf("XML: %s", error && error->message ? error->message : "-");
	for (char *c = why; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	return import_refuse(d, error ? error->line : 1, strip(why), err);
}

static int read_document(struct draft *d, xmlDoc *document, struct err *err)
{
	const xmlNode *root = xmlDocGetRootElement(document);

	if (!root || !streq((const char *)root->name, "domain"))
		return import_refuse(d, root ? (int)xmlGetLineNo((xmlNode *)root) : 1,
		        _("the XML is no libvirt domain: its first element is not <domain>"), err);
	draft_at(d, (int)xmlGetLineNo((xmlNode *)root), "<domain>");
	if (!xml_attr_is(root, "type", "kvm") && !xml_attr_is(root, "type", "qemu"))
		draft_lost(d, N_("VMs are machines of QEMU and KVM"));
	if (xml_attr_is(root, "type", "qemu"))
		draft_set(d, "cpu", "accel", "tcg");
	walk(d, root, "");
	return 0;
}

int import_libvirt(struct draft *d, const char *text, struct err *err)
{
	xmlParserCtxt *parser = xmlNewParserCtxt();
	xmlDoc *document;
	int r;

	if (!parser)
		abort();
	parser->sax->internalSubset = refuse_type;
	document = xmlCtxtReadMemory(parser, text, (int)strlen(text), NULL, NULL,
	        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA |
	                XML_PARSE_BIG_LINES);
	r = document && !parser->_private ? read_document(d, document, err)
	                                  : refuse_xml(d, parser, err);
	xmlFreeDoc(document);
	xmlFreeParserCtxt(parser);
	return r;
}
