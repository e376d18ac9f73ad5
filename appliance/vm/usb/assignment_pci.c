/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole USB controller for a VM: the [usb-controller] section with the facts that the start will demand. Whether the host
 * can be without it is told from the same facts as `playthrough-setup check` tells it from.
 */
#include "base/i18n.h"
#include "profile/file.h"
#include "profile/keys.h"
#include "vm/usb/assignment.h"
#include "vm/usb/choice.h"

#include <errno.h>

#define SECTION "usb-controller"

static const struct pci_device *choose(const struct usb_request *q, struct err *err)
{
	const struct usb_device *d = NULL;
	const struct pci_device *pci;
	struct pci_addr addr;

	if (pci_addr_parse(q->device, &addr) < 0) {
		d = usb_choose(&q->host->usb, q->device, err);
		if (!d)
			return NULL;
		addr = d->controller;
	}
	pci = d && !d->has_controller ? NULL : pci_find(&q->host->pci, addr);
	if (pci && pci_is_usb_controller(pci))
		return pci;
	if (d && !d->has_controller)
		err_set(err, -EINVAL, _("USB device %s hangs on no PCI function"), d->sysname);
	else if (pci)
		err_set(err, -EINVAL, _("%s is no USB controller (class %04x)"),
		        pci_addr_format(addr).s, pci->class_code >> 8);
	else
		err_set(err, -ENODEV, _("there is no such PCI function (/sys/bus/pci/devices/%s)"),
		        pci_addr_format(addr).s);
	err_hint(err, _("lspci -Dnn lists what there is"));
	err_code(err, pci ? CODE_PCI_KIND : CODE_PCI_ABSENT);
	return NULL;
}

static bool hangs_on(const struct usb_device *d, const struct pci_device *pci)
{
	return d->has_controller && pci_addr_equal(d->controller, pci->addr);
}

/* Of the function and of those that would have to go with it. */
static void take_uses(const struct host *host, const struct pci_device *pci, struct strv *uses)
{
	host_uses(host, pci, uses);
	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_device *d = &host->pci.list[i];

		if (d != pci && pci->iommu_group >= 0 && d->iommu_group == pci->iommu_group &&
		        !pci_is_bridge(d))
			host_uses(host, d, uses);
	}
}

/* Refuses what the host cannot be without, and says how a person who knows better would write it. */
static int check_uses(const struct usb_request *q, const struct pci_device *pci, const char *keys,
        struct err *err)
{
	cleanup_strv struct strv uses = {0};
	cleanup_free char *all = NULL, *lines = NULL;

	take_uses(q->host, pci, &uses);
	if (!uses.n)
		return 0;
	all = strv_join(&uses, ", ");
	lines = xstrdup(keys);
	for (char *p = lines; *p; p++)
		*p = *p == '\n' ? ' ' : *p;
	err_set(err, -EPERM, _("USB controller %s: the host uses it: %s"),
	        pci_addr_format(pci->addr).s, all);
	err_hint(err,
	        _("playthrough-setup check tells what else there is; to have it so all the same, "
	          "write into %s, each word on a line of its own: [%s] %s"),
	        q->profile->file, SECTION, lines);
	err_code(err, CODE_PCI_USED);
	return -EPERM;
}

static bool is_taken(const struct profile *profile, const char *name)
{
	for (size_t i = 0; i < profile->n_pci; i++)
		if (profile->pci[i].kind == PROFILE_PCI_USB && streq(profile->pci[i].name, name))
			return true;
	return false;
}

static char *free_name(const struct profile *profile)
{
	char *name = xstrdup("");

	for (unsigned i = 2; is_taken(profile, name); i++) {
		free(name);
		name = xasprintf("%u", i);
	}
	return name;
}

static int name_it(const struct usb_request *q, struct usb_assignment *a, struct err *err)
{
	cleanup_free char *name = q->as ? xstrdup(q->as) : free_name(q->profile);

	if (q->as && (!ini_is_section_name(q->as) || is_taken(q->profile, q->as))) {
		err_set(err, -EEXIST, _("%s cannot be the name of a new section"),
		        ini_quote(q->as).s);
		err_hint(err, _("take another name, or none"));
		err_code(err, CODE_USB_RULE);
		return -EEXIST;
	}
	a->section = usb_section(SECTION, name);
	return 0;
}

static void note_all(const struct usb_request *q, const struct pci_device *pci, struct strv *notes)
{
	cleanup_strv struct strv names = {0};
	cleanup_free char *all = NULL;

	for (size_t i = 0; i < q->host->usb.n; i++) {
		const struct usb_device *d = &q->host->usb.list[i];

		if (hangs_on(d, pci) && !d->hub && !d->root_hub)
			strv_add(&names, d->sysname);
	}
	all = strv_join(&names, ", ");
	strv_addf(notes,
	        _("the whole controller %s is the VM's from now on, with every port of it: no USB "
	          "device of it can be plugged in or out one by one"),
	        pci_addr_format(pci->addr).s);
	if (names.n)
		strv_addf(notes, _("on it now: %s"), all);
	strv_addf(notes,
	        _("it counts from the next start of the VM on; playthrough-setup apply --profile "
	          "%s binds it at boot"),
	        q->profile->name);
}

int usb_assignment_controller(
        const struct usb_request *q, struct usb_assignment *out, struct err *err)
{
	const struct pci_device *pci = choose(q, err);

	if (!pci)
		return -ENODEV;
	if (q->session) {
		err_set(err, -EPERM,
		        _("USB controller %s: a session's VM cannot own devices of this PC"),
		        pci_addr_format(pci->addr).s);
		err_hint(err, _("ask the daemon of this PC: without --session"));
		err_code(err, CODE_VM_SESSION);
		return -EPERM;
	}
	for (size_t i = 0; i < q->profile->n_pci && !out->there; i++) {
		if (!pci_addr_equal(q->profile->pci[i].address, pci->addr))
			continue;
		out->there = true;
		out->section = usb_section(
		        key_section_of_pci(q->profile->pci[i].kind)->name, q->profile->pci[i].name);
	}
	out->keys = xasprintf("address=%s\nid=%s\n%s%s%s", pci_addr_format(pci->addr).s,
	        pci_id(pci).s, pci->path ? "path=" : "", pci->path ? pci->path : "",
	        pci->path ? "\n" : "");
	if (out->there)
		return 0;
	if (check_uses(q, pci, out->keys, err) < 0 || name_it(q, out, err) < 0)
		return -EPERM;
	out->comment = pci_describe(pci);
	note_all(q, pci, &out->notes);
	return 0;
}

void usb_assignment_find_controllers(
        const struct profile *profile, const char *what, struct strv *sections)
{
	struct pci_addr addr;
	bool is_address = pci_addr_parse(what, &addr) == 0;

	for (size_t i = 0; i < profile->n_pci; i++) {
		const struct profile_pci *p = &profile->pci[i];
		cleanup_free char *section = usb_section(SECTION, p->name);
		cleanup_free char *bracketed = xasprintf("[%s]", section);

		if (p->kind == PROFILE_PCI_USB &&
		        (streq(what, section) || streq(what, bracketed) ||
		                (is_address && pci_addr_equal(addr, p->address))))
			strv_add(sections, section);
	}
}

char *usb_assignment_list(const struct profile *profile)
{
	cleanup_strv struct strv all = {0};

	for (size_t i = 0; i < profile->n_pci; i++) {
		const struct profile_pci *p = &profile->pci[i];

		if (p->kind == PROFILE_PCI_USB)
			strv_addf(&all, "[%s%s%s] (%s)", SECTION, p->name[0] ? " " : "", p->name,
			        pci_addr_format(p->address).s);
	}
	for (size_t i = 0; i < profile->n_usb; i++) {
		const struct profile_usb *u = &profile->usb[i];

		if (u->vendor >= 0)
			strv_addf(&all, "[usb %s] (%04x:%04x)", u->name, (unsigned)u->vendor,
			        (unsigned)u->product);
		else
			strv_addf(&all, "[usb %s] (%s)", u->name, u->port ? u->port : u->hub);
	}
	return strv_join(&all, ", ");
}
