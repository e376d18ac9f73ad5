/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/usb/json.h"

#include "base/i18n.h"
#include "host/usb_kind.h"
#include "host/usb_names.h"

#include <stdio.h>

/* Facts are valid UTF-8 (host/attr.h); where one is not after all, it is left out. */
static json_t *text_or_null(const char *text)
{
	json_t *s = text ? json_string(text) : NULL;

	return s ? s : json_null();
}

static json_t *take_texts(struct strv *list)
{
	json_t *all = json_array();

	strv_foreach (text, list)
		json_array_append_new(all, text_or_null(*text));
	strv_finish(list);
	return all;
}

static json_t *uses_json(const struct host *host, const struct usb_device *d, const char *vm)
{
	struct strv uses = {0};

	host_usb_uses(host, d, &uses);
	if (!vm && strv_has(&d->drivers, "usbfs"))
		strv_add(&uses, _("a program has it open (usbfs)"));
	return take_texts(&uses);
}

static json_t *controller_json(bool has, struct pci_addr controller)
{
	return has ? json_string(pci_addr_format(controller).s) : json_null();
}

/* Low speed is 1.5 Mbit/s. */
static json_t *speed_json(unsigned mbps)
{
	return mbps == 1 ? json_real(1.5) : json_integer(mbps);
}

/* What is new beside the members that were there from the beginning. */
static json_t *details_json(const struct host *host, const struct usb_device *d, const char *vm)
{
	cleanup_free char *name = usb_name(d);

	return json_pack("{s:s, s:o, s:o, s:o, s:i, s:i, s:o, s:o, s:b, s:o}", "kind",
	        usb_kind_code(d->kind), "name", text_or_null(name), "manufacturer",
	        text_or_null(d->manufacturer), "speed_mbps", speed_json(d->speed_mbps), "busnum",
	        (int)d->busnum, "devnum", (int)d->devnum, "controller",
	        controller_json(d->has_controller, d->controller), "removable",
	        d->removable < 0 ? json_null() : json_boolean(d->removable), "isochronous",
	        d->isochronous, "host_uses", uses_json(host, d, vm));
}

json_t *usb_json_device(const struct host *host, const struct usb_device *d, const char *vm)
{
	cleanup_free char *drivers = strv_join(&d->drivers, " ");
	json_t *details = details_json(host, d, vm), *all;
	char id[16];

	snprintf(id, sizeof(id), "%04x:%04x", d->vendor, d->product);
	all = json_pack("{s:o, s:o, s:s, s:o, s:o, s:o, s:s?, s:b}", "port", text_or_null(d->port),
	        "sysname", text_or_null(d->sysname), "id", id, "product",
	        text_or_null(d->product_name), "serial", text_or_null(d->serial), "driver",
	        text_or_null(drivers), "vm", vm, "hub", d->hub || d->root_hub);
	json_object_update(all, details);
	json_decref(details);
	return all;
}

static json_t *port_json(const struct usb_socket *s)
{
	const char *device = s->usb3.device ? s->usb3.device : s->usb2.device;

	return json_pack("{s:o, s:o, s:s, s:o, s:o, s:o, s:I}", "port", text_or_null(s->port),
	        "controller", controller_json(s->has_controller, s->controller), "connect_type",
	        usb_connect_name(s->connect), "usb2", text_or_null(s->usb2.name), "usb3",
	        text_or_null(s->usb3.name), "device", text_or_null(device), "over_current",
	        (json_int_t)s->over_current);
}

static json_t *pci_json(const struct host *host, struct pci_addr addr)
{
	const struct pci_device *p = pci_find(&host->pci, addr);
	cleanup_free char *name = NULL;

	if (p && p->device_name)
		name = xasprintf("%s%s%s", p->vendor_name ? p->vendor_name : "",
		        p->vendor_name ? " " : "", p->device_name);
	return json_pack(
	        "{s:s, s:o}", "address", pci_addr_format(addr).s, "name", text_or_null(name));
}

/* Each controller has a root hub for each of its buses; they are ordered by it. */
static json_t *controllers_json(const struct host *host)
{
	const struct usb_device *last = NULL;
	json_t *all = json_array();

	for (size_t i = 0; i < host->usb.n; i++) {
		const struct usb_device *d = &host->usb.list[i];

		if (!d->root_hub || !d->has_controller ||
		        (last && pci_addr_equal(last->controller, d->controller)))
			continue;
		json_array_append_new(all, pci_json(host, d->controller));
		last = d;
	}
	return all;
}

json_t *usb_json_ports(const struct host *host, const struct usb_sockets *sockets)
{
	json_t *ports = json_array();

	for (size_t i = 0; i < sockets->n; i++)
		json_array_append_new(ports, port_json(&sockets->list[i]));
	return json_pack("{s:o, s:o}", "controllers", controllers_json(host), "ports", ports);
}
