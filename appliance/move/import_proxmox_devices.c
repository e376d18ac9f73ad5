/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks, network cards and passed devices of Proxmox. */
#include "base/i18n.h"
#include "move/import_proxmox.h"

#include <stdio.h>

/* The files of "local" lie there where Proxmox is as it was installed (storage.cfg). Caller frees; NULL: not known. */
static char *volume_path(const char *volume)
{
	return starts_with(volume, "local:") ? xasprintf("/var/lib/vz/images/%s", volume + 6)
	                                     : NULL;
}

static const char *bus_of(const char *key)
{
	static const char *const buses[] = {"virtio", "scsi", "sata", "ide"};

	for (size_t i = 0; i < ARRAY_SIZE(buses); i++)
		if (starts_with(key, buses[i]))
			return buses[i];
	return NULL;
}

void pve_take_disk(struct pve *p, const char *key, const char *value)
{
	cleanup(import_options_finish) struct import_options o;
	const char *file, *media;
	cleanup_free char *path = NULL;
	struct draft_disk *disk;

	import_options_split(&o, value, "file");
	file = import_option(&o, "file");
	media = import_option(&o, "media");
	if (!file)
		return draft_lost(p->d, WHY_UNKNOWN);
	path = file[0] == '/' ? xstrdup(file) : volume_path(file);
	if (!path && !streq(file, "none") && !(media && streq(media, "cdrom")))
		return draft_lost(
		        p->d, N_("only Proxmox knows where a volume lies: pvesm path tells it"));
	disk = draft_add_disk(p->d);
	disk->cdrom = media && streq(media, "cdrom");
	disk->path = take_ptr(path);
	disk->format = xstrdup(import_option(&o, "format"));
	disk->serial = xstrdup(import_option(&o, "serial"));
	disk->name = xstrdup(key);
	disk->bus = bus_of(key);
	disk->read_only = import_is_on(import_option(&o, "ro"));
	import_options_skip(&o,
	        "size backup cache aio discard ssd iothread replicate detect_zeroes queues "
	        "mbps mbps_rd mbps_wr iops iops_rd iops_wr");
	import_options_rest(&o, p->d, key);
}

static const char *model_of(struct import_options *o, const char **mac)
{
	static const char *const models[] = {"virtio", "e1000e", "e1000", "rtl8139", "vmxnet3"};

	*mac = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(models); i++) {
		*mac = import_option(o, models[i]);
		if (*mac)
			return models[i];
	}
	return import_option(o, "model");
}

void pve_take_net(struct pve *p, const char *key, const char *value)
{
	cleanup(import_options_finish) struct import_options o;
	struct draft_nic *nic;
	const char *mac, *model, *tag, *bridge;
	uint64_t n;

	import_options_split(&o, value, "model");
	model = model_of(&o, &mac);
	if (!mac || !strchr(mac, ':'))
		mac = import_option(&o, "macaddr");
	bridge = import_option(&o, "bridge");
	tag = import_option(&o, "tag");
	nic = draft_add_nic(p->d);
	nic->name = streq(key, "net0") ? NULL : xstrdup(key);
	nic->type = bridge ? "bridge" : "user";
	nic->link = xstrdup(bridge);
	nic->mac = xstrdup(mac);
	nic->model = xstrdup(model);
	if (tag && parse_u64(tag, 10, 4094, &n) == 0)
		nic->vlan = (unsigned)n;
	if (import_is_on(import_option(&o, "link_down"))) {
		nic->type = NULL;
		nic->why = WHY_UNPLUGGED;
	}
	p->has_network = true;
	import_options_skip(&o, "queues mtu");
	if (import_is_on(import_option(&o, "firewall"))) {
		draft_at(p->d, p->d->line, "%s ... firewall=1", key);
		draft_lost(p->d, WHY_FIREWALL);
	}
	import_options_rest(&o, p->d, key);
}

static void add_passed(struct pve *p, const char *host, struct import_options *o)
{
	bool whole = !strchr(host, '.');
	cleanup_free char *address = whole ? xasprintf("%s.0", host) : xstrdup(host);
	const char *part = import_option(o, "mdev");
	const char *rom = import_option(o, "romfile"), *bar = import_option(o, "rombar");
	struct draft_pci *pci;
	struct pci_addr at;

	if (pci_addr_parse(address, &at) < 0)
		return draft_lost(p->d, N_("its PCI address cannot be read"));
	pci = draft_add_pci(p->d);
	pci->has_address = true;
	pci->address = at;
	pci->whole_slot = whole;
	pci->mediated = xstrdup(part);
	pci->romfile = rom ? xasprintf("/usr/share/kvm/%s", rom) : NULL; /* as qm.conf(5) has it */
	pci->no_rombar = bar && !import_is_on(bar);
	pci->primary = import_is_on(import_option(o, "x-vga"));
}

void pve_take_passed(struct pve *p, const char *key, const char *value)
{
	cleanup(import_options_finish) struct import_options o;
	cleanup_strv struct strv hosts = {0};
	const char *host;

	import_options_split(&o, value, "host");
	host = import_option(&o, "host");
	if (!host)
		return draft_lost(
		        p->d, N_("a mapping of Proxmox's cluster names it, not an address"));
	strv_split(&hosts, host, ";");
	strv_foreach (one, &hosts)
		add_passed(p, *one, &o);
	import_options_skip(&o, "pcie");
	import_options_rest(&o, p->d, key);
}

void pve_take_usb(struct pve *p, const char *key, const char *value)
{
	cleanup(import_options_finish) struct import_options o;
	struct draft_usb *usb;
	const char *host;
	unsigned a, b;
	char end;

	import_options_split(&o, value, "host");
	host = import_option(&o, "host");
	if (!host)
		return draft_lost(
		        p->d, N_("a mapping of Proxmox's cluster names it, not an address"));
	if (starts_with(host, "spice")) {
		p->d->usb_channels++;
		return draft_carried(p->d, "[console] usb-channels");
	}
	usb = draft_add_usb(p->d);
	if (sscanf(host, "%4x:%4x%c", &a, &b, &end) == 2) {
		usb->vendor = (int)a;
		usb->product = (int)b;
	} else if (sscanf(host, "%3u-", &usb->bus) == 1 && strchr(host, '-')) {
		usb->chain = xstrdup(strchr(host, '-') + 1);
	}
	import_options_skip(&o, "usb3");
	import_options_rest(&o, p->d, key);
}
