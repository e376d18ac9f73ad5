/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices of this PC. A profile names them by what they are; most sources say where they were only, so that what is there now is taken,
 * with a warning. A device that the source does name is found wherever it is.
 */
#include "base/i18n.h"
#include "move/import_draft.h"

#include <stdio.h>

typedef const struct import_pc_function function;

static bool is_bridge(function *f)
{
	return f->class_code >> 8 == 0x0604 || f->class_code >> 8 == 0x0600;
}

static const char *section_of(function *f)
{
	unsigned class = f->class_code >> 8;

	if (class == 0x0300 || class == 0x0302 || class == 0x0380)
		return "gpu";
	if (class == 0x0403 || class == 0x0401)
		return "audio";
	return class == 0x0c03 ? "usb-controller" : "pci";
}

/* "[gpu]", "[gpu 2]": the first name that the text does not have. Caller frees. */
static char *free_head(const struct draft *d, const char *section)
{
	char *head = xasprintf("[%s]", section);

	for (unsigned i = 2; strstr(d->text, head); i++) {
		free(head);
		head = xasprintf("[%s %u]", section, i);
	}
	return head;
}

/* As above, "[disk vda]", of letters that a name may have; a source may call two alike. Caller frees. */
char *draft_named_head(const struct draft *d, const char *section, const char *name)
{
	cleanup_free char *good = xstrndup(name, 18);
	char *head;

	for (char *c = good; *c; c++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.",
		            *c))
			*c = '-';
	head = xasprintf("[%s %s]", section, good);
	for (unsigned i = 2; strstr(d->text, head); i++) {
		free(head);
		head = xasprintf("[%s %s-%u]", section, good, i);
	}
	return head;
}

/* Adds a section to the text where that can be; @why, which is translated, is told and makes a comment. */
bool draft_add_section(struct draft *d, const char *head, const char *keys, const char *why)
{
	char *text = xasprintf("%s%s%s\n%s", d->text, *d->text ? "\n" : "", head, keys);
	cleanup_free char *name = xstrndup(head + 1, strlen(head) - 2);

	if (!draft_take(d, text, why ? NULL : head))
		return false;
	if (why) {
		draft_note(d, IMPORT_CHANGED, head, why);
		draft_comment(d, name, NULL, why);
	}
	return true;
}

/* --- PCI --- */

static char *pci_keys(const struct draft *d, const struct draft_pci *pci, function *f)
{
	bool gpu = streq(section_of(f), "gpu"),
	     first = f->address.function == 0 || !pci->whole_slot;
	char *keys = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&keys, &size);
	cleanup_free char *rom = pci->romfile ? import_path(d, pci->romfile) : NULL;

	if (!out)
		abort();
	fprintf(out, "address=%s\nid=%04x:%04x\n", pci_addr_format(f->address).s, f->vendor,
	        f->device);
	if (f->path)
		fprintf(out, "path=%s\n", f->path);
	if (f->subsystem_vendor || f->subsystem_device)
		fprintf(out, "subsystem=%04x:%04x\n", f->subsystem_vendor, f->subsystem_device);
	if (rom && first)
		fprintf(out, "romfile=%s\n", rom);
	if (pci->no_rombar && first)
		fputs("rombar=no\n", out);
	if (pci->boot && streq(section_of(f), "pci"))
		fprintf(out, "boot=%u\n", pci->boot);
	if (pci->mediated)
		fprintf(out, "mediated=%s\n", pci->mediated);
	if (pci->primary && gpu)
		fputs("primary=yes\n", out);
	if (fclose(out))
		abort();
	return keys;
}

static bool is_taken(const struct draft *d, function *f)
{
	cleanup_free char *line = xasprintf("\naddress=%s\n", pci_addr_format(f->address).s);

	return strstr(d->text, line) != NULL;
}

static void add_function(struct draft *d, const struct draft_pci *pci, function *f, const char *why)
{
	cleanup_free char *keys = pci_keys(d, pci, f), *head = free_head(d, section_of(f));

	if (is_bridge(f))
		draft_lost(d, N_("a bridge stays with this PC"));
	else if (pci->mediated && !streq(section_of(f), "gpu"))
		draft_lost(d, WHY_NOTHING);
	else if (is_taken(d, f))
		draft_left(d, N_("the profile has it already"));
	else
		draft_add_section(d, head, keys, why);
}

static const char *name_of(function *f)
{
	return f->name ? f->name : "-";
}

/* Where it was, without a word of what it was. */
static void add_by_address(struct draft *d, const struct draft_pci *pci)
{
	bool found = false;

	for (size_t i = 0; i < d->pc->n_functions; i++) {
		function *f = &d->pc->functions[i];
		struct pci_addr at = pci->address;
		cleanup_free char *why = xasprintf(_("found by its address alone, so make sure "
		                                     "that it is the one: %04x:%04x %s"),
		        f->vendor, f->device, name_of(f));

		if (pci->whole_slot)
			at.function = f->address.function;
		if (!pci_addr_equal(at, f->address))
			continue;
		found = true;
		add_function(d, pci, f, why);
	}
	if (!found)
		draft_lost(d, N_("this PC has nothing at that address, and what it was is not "
		                 "said: playthrough profile offers tells what there is"));
}

static bool is_kind(const struct draft_pci *pci, function *f)
{
	return f->vendor == pci->vendor && f->device == pci->device;
}

/* The one of that kind: where it was, or the only one there is. */
static void add_by_kind(struct draft *d, const struct draft_pci *pci)
{
	function *there = NULL, *only = NULL;
	size_t n = 0;

	for (size_t i = 0; i < d->pc->n_functions; i++) {
		function *f = &d->pc->functions[i];

		if (!is_kind(pci, f))
			continue;
		n++;
		only = f;
		if (pci->has_address && pci_addr_equal(f->address, pci->address))
			there = f;
	}
	if (there) {
		add_function(d, pci, there, NULL);
	} else if (n == 1) {
		cleanup_free char *why =
		        xasprintf(_("found by what it is, %04x:%04x, at another address: %s"),
		                only->vendor, only->device, pci_addr_format(only->address).s);

		add_function(d, pci, only, why);
	} else {
		draft_lost(d, n ? N_("this PC has several of that kind, none where it was")
		                : N_("this PC has none of that kind"));
	}
}

void draft_decide_pci(struct draft *d)
{
	for (size_t i = 0; i < d->n_pci && i < DRAFT_MANY; i++) {
		const struct draft_pci *pci = &d->pci[i];

		draft_at(d, pci->line, "%s", pci->what);
		if (pci->vendor >= 0)
			add_by_kind(d, pci);
		else
			add_by_address(d, pci);
	}
}

/* --- USB --- */

static const struct import_pc_bus *find_bus(const struct draft *d, unsigned number)
{
	for (size_t i = 0; i < d->pc->n_buses; i++)
		if (d->pc->buses[i].number == number)
			return &d->pc->buses[i];
	return NULL;
}

static void add_port(struct draft *d, const struct draft_usb *usb)
{
	const struct import_pc_bus *bus = find_bus(d, usb->bus);
	cleanup_free char *keys = NULL, *head = NULL;

	if (!bus || bus->superspeed) {
		draft_lost(d, bus ? N_("a port of the SuperSpeed half alone says no socket")
		                  : N_("this PC has no such USB bus, and the device is not named"));
		return;
	}
	keys = xasprintf("port=%s/%s\n", pci_addr_format(bus->controller).s, usb->chain);
	head = draft_named_head(d, "usb", "port");
	draft_add_section(d, head, keys,
	        _("a port of this PC by the number of its bus, which may be another one: "
	          "playthrough "
	          "usb list shows them"));
}

void draft_decide_usb(struct draft *d)
{
	for (size_t i = 0; i < d->n_usb && i < DRAFT_MANY; i++) {
		const struct draft_usb *usb = &d->usb[i];
		cleanup_free char *name = NULL, *head = NULL, *keys = NULL;

		draft_at(d, usb->line, "%s", usb->what);
		if (usb->vendor < 0 || usb->product < 0) {
			if (usb->bus && usb->chain)
				add_port(d, usb);
			else
				draft_lost(d, N_("bus and device numbers change whenever it is "
				                 "plugged in"));
			continue;
		}
		name = xasprintf("%04x-%04x", (unsigned)usb->vendor, (unsigned)usb->product);
		head = draft_named_head(d, "usb", name);
		keys = xasprintf("id=%04x:%04x\n", (unsigned)usb->vendor, (unsigned)usb->product);
		if (strstr(d->text, keys))
			draft_left(d, N_("the profile has it already"));
		else
			draft_add_section(d, head, keys, NULL);
	}
}

/* --- keyboards and mice --- */

static const char *find_input(const struct draft *d, const char *node)
{
	for (size_t i = 0; i < d->pc->n_inputs; i++)
		if (streq(d->pc->inputs[i].node, node))
			return d->pc->inputs[i].link;
	return NULL;
}

void draft_decide_inputs(struct draft *d)
{
	for (size_t i = 0; i < d->n_inputs && i < DRAFT_MANY; i++) {
		const struct draft_input *input = &d->inputs[i];
		bool node = starts_with(input->path, "/dev/input/event");
		const char *link = node ? find_input(d, input->path) : input->path;
		cleanup_free char *head = NULL, *keys = NULL;

		draft_at(d, input->line, "%s", input->what);
		if (!link) {
			draft_lost(d,
			        N_("such names change between boots; ls -l /dev/input/by-id shows "
			           "those that stay"));
			continue;
		}
		head = draft_named_head(
		        d, "input", ends_with(link, "-event-mouse") ? "mouse" : "keyboard");
		keys = xasprintf("device=%s\n%s%s%s%s", link, input->toggle ? "grab-toggle=" : "",
		        input->toggle ? input->toggle : "", input->toggle ? "\n" : "",
		        input->no_repeat ? "repeat=no\n" : "");
		draft_add_section(d, head, keys,
		        node ? _("what has that name now, which may be another one") : NULL);
	}
}
