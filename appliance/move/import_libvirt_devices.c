/* SPDX-License-Identifier: GPL-2.0-or-later */
/* <devices> of libvirt's domain XML. */
#include "base/i18n.h"
#include "move/import_xml.h"

#include <stdio.h>

#define WHY_SECRET_FILE N_("no password is taken over: secret-file= names a file with one")

/* --- network --- */

static void take_source(struct draft_nic *nic, const char *type, const xmlNode *node)
{
	const xmlNode *port = xml_child(node, "virtualport");
	cleanup_free char *backend = xml_child_attr(node, "backend", "type");

	if (streq(type, "user")) {
		nic->type = "user";
		nic->passt = backend && streq(backend, "passt");
	} else if (streq(type, "network")) {
		nic->type = "user";
		nic->why =
		        N_("a network of libvirt is not there without it; the guest reaches out by "
		           "this PC's addresses");
	} else if (streq(type, "bridge")) {
		nic->type = port && xml_attr_is(port, "type", "openvswitch") ? "ovs" : "bridge";
		nic->link = xml_child_attr(node, "source", "bridge");
	} else if (streq(type, "direct")) {
		nic->type = "macvtap";
		nic->link = xml_child_attr(node, "source", "dev");
	} else {
		nic->why = WHY_NOTHING;
	}
}

static void take_vlan(struct draft_nic *nic, const xmlNode *node)
{
	const xmlNode *vlan = xml_child(node, "vlan");
	cleanup_free char *id = vlan ? xml_child_attr(vlan, "tag", "id") : NULL;
	uint64_t n = 0;

	if (xml_number(id, 4094, &n))
		nic->vlan = (unsigned)n;
}

static void take_forward(struct draft_nic *nic, const xmlNode *node)
{
	for (const xmlNode *f = xml_child(node, "portForward"); f; f = xml_next(f)) {
		cleanup_free char *proto = xml_attr(f, "proto"), *address = xml_attr(f, "address");

		for (const xmlNode *r = xml_child(f, "range"); r; r = xml_next(r)) {
			cleanup_free char *start = xml_attr(r, "start"), *end = xml_attr(r, "end");
			cleanup_free char *to = xml_attr(r, "to");

			strv_addf(&nic->forward, "%s:%s%s%s%s%s%s%s", proto ? proto : "tcp",
			        address ? address : "", address ? ":" : "", start ? start : "",
			        end ? "-" : "", end ? end : "", to || address ? ":" : "",
			        to                 ? to
			        : address && start ? start
			                           : "");
		}
	}
}

void take_interface(struct draft *d, const xmlNode *node)
{
	cleanup_free char *type = xml_attr(node, "type"), *link = NULL;
	cleanup_free char *alias = xml_child_attr(node, "alias", "name");
	const xmlNode *source = xml_child(node, "source");
	struct draft_nic *nic;

	if (type && streq(type, "hostdev")) {
		const xmlNode *address = source ? xml_child(source, "address") : NULL;
		struct draft_pci *pci;
		struct pci_addr at;

		if (!address || !xml_pci_address(address, &at))
			return draft_lost(d, WHY_NOTHING);
		pci = draft_add_pci(d);
		pci->has_address = true;
		pci->address = at;
		pci->boot = xml_boot(node);
		return;
	}
	nic = draft_add_nic(d);
	if (alias && starts_with(alias, KEPT_ALIAS))
		nic->name = xstrdup(alias + strlen(KEPT_ALIAS));
	take_source(nic, type ? type : "", node);
	nic->mac = xml_child_attr(node, "mac", "address");
	nic->model = xml_child_attr(node, "model", "type");
	take_vlan(nic, node);
	take_forward(nic, node);
	link = xml_child_attr(node, "link", "state");
	if (link && streq(link, "down")) {
		nic->type = NULL;
		nic->why = WHY_UNPLUGGED;
	}
}

/* --- passed devices --- */

static void take_passed_pci(struct draft *d, const xmlNode *node)
{
	const xmlNode *source = xml_child(node, "source");
	const xmlNode *address = source ? xml_child(source, "address") : NULL;
	const xmlNode *rom = xml_child(node, "rom");
	struct pci_addr at;
	struct draft_pci *pci;

	if (!address || !xml_pci_address(address, &at))
		return draft_lost(d, N_("its PCI address cannot be read"));
	draft_at(d, d->line, "<hostdev type='pci'> %s", pci_addr_format(at).s);
	pci = draft_add_pci(d);
	pci->has_address = true;
	pci->address = at;
	pci->boot = xml_boot(node);
	pci->romfile = rom ? xml_attr(rom, "file") : NULL;
	pci->no_rombar =
	        rom && (xml_attr_is(rom, "bar", "off") || xml_attr_is(rom, "enabled", "no"));
}

static void take_passed_usb(struct draft *d, const xmlNode *node)
{
	const xmlNode *source = xml_child(node, "source");
	cleanup_free char *vendor = source ? xml_child_attr(source, "vendor", "id") : NULL;
	cleanup_free char *product = source ? xml_child_attr(source, "product", "id") : NULL;
	uint64_t v = 0, p = 0;
	struct draft_usb *usb;

	if (vendor && product)
		draft_at(d, d->line, "<hostdev type='usb'> %s:%s", vendor, product);
	usb = draft_add_usb(d);
	if (xml_number(vendor, 0xffff, &v) && xml_number(product, 0xffff, &p)) {
		usb->vendor = (int)v;
		usb->product = (int)p;
	}
}

void take_hostdev(struct draft *d, const xmlNode *node)
{
	if (xml_attr_is(node, "type", "pci"))
		take_passed_pci(d, node);
	else if (xml_attr_is(node, "type", "usb"))
		take_passed_usb(d, node);
	else
		draft_lost(d, N_("only PCI functions and USB devices of this PC are passed"));
}

/* --- emulated ones --- */

void take_input(struct draft *d, const xmlNode *node)
{
	cleanup_free char *path = xml_child_attr(node, "source", "dev");
	cleanup_free char *repeat = xml_child_attr(node, "source", "repeat");
	struct draft_input *input;

	if (!path)
		return draft_left(d, WHY_INPUT);
	input = draft_add_input(d);
	input->path = take_ptr(path);
	input->toggle = xml_child_attr(node, "source", "grabToggle");
	input->no_repeat = repeat && streq(repeat, "off");
}

void take_tpm(struct draft *d, const xmlNode *node)
{
	(void)node;
	d->tpm = true;
	draft_note(d, IMPORT_CHANGED, "[boot] tpm=yes", WHY_TPM);
}

void take_shmem(struct draft *d, const xmlNode *node)
{
	const xmlNode *size = xml_child(node, "size");
	cleanup_free char *text = size ? xml_text(size) : NULL;
	cleanup_free char *unit = size ? xml_attr(size, "unit") : NULL;
	uint64_t bytes = 0;

	if (!text ||
	        !import_size(text, !unit || starts_with(unit, "M") ? 1 << 20 : 1 << 10, &bytes))
		return draft_lost(d, WHY_NOTHING);
	draft_glass(d, bytes, false);
}

void take_video(struct draft *d, const xmlNode *node)
{
	cleanup_free char *type = xml_child_attr(node, "model", "type");

	draft_display(d, type ? type : "vga");
}

void take_sound(struct draft *d, const xmlNode *node)
{
	cleanup_free char *model = xml_attr(node, "model");

	d->sound = true;
	if (model && (starts_with(model, "ich") || streq(model, "usb")))
		draft_carried(d, "[sound] type=hda");
	else
		draft_note(d, IMPORT_CHANGED, "[sound] type=hda",
		        N_("the nearest card that VMs can have"));
}

void take_watchdog(struct draft *d, const xmlNode *node)
{
	cleanup_free char *model = xml_attr(node, "model"), *action = xml_attr(node, "action");
	const char *does = action ? action : "reset";

	if (streq(does, "shutdown"))
		does = "poweroff";
	if (streq(does, "none"))
		return draft_left(d, WHY_OFF);
	if (!model || streq(model, "i6300esb"))
		draft_set(d, "vm", "watchdog", does);
	else
		draft_change(d, "vm", "watchdog", does,
		        N_("another watchdog, the one that VMs can have"));
}

void take_redirdev(struct draft *d, const xmlNode *node)
{
	(void)node;
	d->usb_channels++;
	draft_carried(d, "[console] usb-channels");
}

void take_channel(struct draft *d, const xmlNode *node)
{
	cleanup_free char *name = xml_child_attr(node, "target", "name");

	if (name && streq(name, "org.qemu.guest_agent.0"))
		draft_carried(d, "[vm] guest-agent=yes");
	else if (name && streq(name, "com.redhat.spice.0"))
		draft_carried(d, "[console] clipboard=yes");
	else
		draft_lost(d, WHY_NOTHING);
}

const struct xml_rule xml_device_rules[] = {
        XML_LEFT("devices/emulator", WHY_PROCESS),
        XML_READ("devices/disk", take_disk),
        XML_LEFT("devices/disk/driver", WHY_TUNED),
        XML_READ("devices/disk/source", NULL),
        XML_READ("devices/disk/source/host", NULL),
        XML_GONE("devices/disk/source/auth", WHY_SECRET_FILE),
        XML_GONE("devices/disk/auth", WHY_SECRET_FILE),
        XML_GONE("devices/disk/source/encryption", N_("write passphrase-file= in its place")),
        XML_READ("devices/disk/target", NULL),
        XML_READ("devices/disk/readonly", NULL),
        XML_READ("devices/disk/transient", NULL),
        XML_READ("devices/disk/boot", NULL),
        XML_READ("devices/disk/serial", NULL),
        XML_LEFT("devices/disk/backingStore", N_("written into backing=, where it names files")),
        XML_LEFT("devices/disk/alias", WHY_PLACES),
        XML_LEFT("devices/disk/address", WHY_PLACES),
        XML_LEFT("devices/disk/blockio", WHY_TUNED),
        XML_LEFT("devices/disk/shareable", WHY_TUNED),
        XML_LEFT("devices/controller", WHY_PLACES),
        XML_READ("devices/interface", take_interface),
        XML_READ("devices/interface/mac", NULL),
        XML_READ("devices/interface/link", NULL),
        XML_READ("devices/interface/source", NULL),
        XML_READ("devices/interface/source/address", NULL),
        XML_READ("devices/interface/model", NULL),
        XML_READ("devices/interface/virtualport", NULL),
        XML_GONE("devices/interface/virtualport/parameters", WHY_NOTHING),
        XML_READ("devices/interface/vlan", NULL),
        XML_READ("devices/interface/vlan/tag", NULL),
        XML_READ("devices/interface/portForward", NULL),
        XML_READ("devices/interface/portForward/range", NULL),
        XML_READ("devices/interface/backend", NULL),
        XML_LEFT("devices/interface/driver", WHY_TUNED),
        XML_LEFT("devices/interface/target", WHY_PLACES),
        XML_LEFT("devices/interface/alias", WHY_PLACES),
        XML_LEFT("devices/interface/address", WHY_PLACES),
        XML_READ("devices/hostdev", take_hostdev),
        XML_READ("devices/hostdev/source", NULL),
        XML_READ("devices/hostdev/source/address", NULL),
        XML_READ("devices/hostdev/source/vendor", NULL),
        XML_READ("devices/hostdev/source/product", NULL),
        XML_LEFT("devices/hostdev/driver", WHY_PROCESS),
        XML_READ("devices/hostdev/rom", NULL),
        XML_READ("devices/hostdev/boot", NULL),
        XML_LEFT("devices/hostdev/alias", WHY_PLACES),
        XML_LEFT("devices/hostdev/address", WHY_PLACES),
        XML_READ("devices/input", take_input),
        XML_READ("devices/input/source", NULL),
        XML_LEFT("devices/input/alias", WHY_PLACES),
        XML_LEFT("devices/input/address", WHY_PLACES),
        XML_READ("devices/tpm", take_tpm),
        XML_READ("devices/tpm/backend", NULL),
        XML_LEFT("devices/tpm/backend/device", WHY_TPM),
        XML_LEFT("devices/tpm/alias", WHY_PLACES),
        XML_READ("devices/shmem", take_shmem),
        XML_READ("devices/shmem/model", NULL),
        XML_READ("devices/shmem/size", NULL),
        XML_LEFT("devices/shmem/alias", WHY_PLACES),
        XML_LEFT("devices/shmem/address", WHY_PLACES),
        XML_READ("devices/video", take_video),
        XML_READ("devices/video/model", NULL),
        XML_LEFT("devices/video/model/acceleration", WHY_SCREEN),
        XML_LEFT("devices/video/driver", WHY_PLACES),
        XML_LEFT("devices/video/alias", WHY_PLACES),
        XML_LEFT("devices/video/address", WHY_PLACES),
        XML_LEFT("devices/graphics", WHY_SCREEN),
        XML_READ("devices/sound", take_sound),
        XML_LEFT("devices/sound/codec", WHY_PLACES),
        XML_LEFT("devices/sound/audio", WHY_PROCESS),
        XML_LEFT("devices/sound/alias", WHY_PLACES),
        XML_LEFT("devices/sound/address", WHY_PLACES),
        XML_LEFT("devices/audio", N_("sound is heard at this PC and on the console")),
        XML_READ("devices/watchdog", take_watchdog),
        XML_LEFT("devices/watchdog/alias", WHY_PLACES),
        XML_LEFT("devices/watchdog/address", WHY_PLACES),
        XML_READ("devices/redirdev", take_redirdev),
        XML_LEFT("devices/redirdev/alias", WHY_PLACES),
        XML_LEFT("devices/redirdev/address", WHY_PLACES),
        XML_READ("devices/channel", take_channel),
        XML_READ("devices/channel/source", NULL),
        XML_READ("devices/channel/target", NULL),
        XML_LEFT("devices/channel/alias", WHY_PLACES),
        XML_LEFT("devices/channel/address", WHY_PLACES),
        XML_LEFT("devices/serial", N_("every VM has a serial port: playthrough log")),
        XML_LEFT("devices/console", N_("every VM has a serial port: playthrough log")),
        XML_LEFT("devices/memballoon", N_("a guest has all of its memory from the start")),
        XML_LEFT("devices/rng", WHY_PLACES),
        XML_LEFT("devices/panic", WHY_PLACES),
        XML_LEFT("devices/hub", WHY_PLACES),
        XML_GONE("devices/filesystem", WHY_SHARE),
        XML_GONE("devices/parallel", WHY_NOTHING),
        XML_GONE("devices/iommu", N_("no guest hands its devices on")),
        {0},
};
