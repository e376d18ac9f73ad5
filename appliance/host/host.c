/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/host.h"
#include "base/i18n.h"

#include <errno.h>

int host_take(const struct root *root, struct host *out, struct err *err)
{
	int found = 0;

	*out = (struct host){.live = root_is_host(root)};
	/* What one kernel interface does not tell stays empty; the others still count. */
	found |= cpu_take(root, &out->cpu, NULL) == 0;
	found |= memory_take(root, &out->memory, NULL) == 0;
	firmware_take(root, &out->firmware, NULL);
	pci_take(root, &out->pci, NULL);
	iommu_take(root, &out->pci, &out->iommu, NULL);
	disks_take(root, &out->disks, NULL);
	usb_take(root, &out->usb, NULL);
	net_take(root, &out->net, NULL);
	displays_take(root, &out->displays, NULL);
	if (found || out->pci.n || out->firmware.log)
		return 0;
	host_finish(out);
	err_set(err, -ENOENT,
	        _("%s: holds no facts about a PC (no /proc/cpuinfo, /proc/meminfo, "
	          "/sys/bus/pci/devices or /kernel.log)"),
	        *root->path ? root->path : "/");
	err_hint(err, _("name a folder into which a capture was unpacked"));
	return -ENOENT;
}

void host_finish(struct host *host)
{
	cpu_finish(&host->cpu);
	firmware_finish(&host->firmware);
	iommu_finish(&host->iommu);
	pci_finish(&host->pci);
	disks_finish(&host->disks);
	usb_finish(&host->usb);
	net_finish(&host->net);
	displays_finish(&host->displays);
	*host = (struct host){0};
}

/* --- what hangs on one function --- */

/* A frame buffer that firmware set up and no driver claims shows on the boot card. */
static bool is_card_of(const struct display_card *card, const struct pci_device *d)
{
	if (card->has_controller)
		return pci_addr_equal(card->controller, d->addr);
	return d->boot_vga == 1;
}

static void use_displays(const struct host *host, const struct pci_device *d, struct strv *out)
{
	if (d->boot_vga == 1)
		strv_add(out, _("boot display"));
	for (size_t i = 0; i < host->displays.n; i++) {
		const struct display_card *card = &host->displays.list[i];

		if (!is_card_of(card, d))
			continue;
		if (card->console)
			strv_addf(out, _("text console (%s)"), card->name);
		strv_foreach (connector, &card->connected)
			strv_addf(out, _("screen on %s (%s)"), *connector, card->name);
	}
}

static char *tell_disk(const struct disk *disk)
{
	if (strv_has(&disk->mounts, "/"))
		return xasprintf(_("disk %s (root file system)"), disk->name);
	if (disk->mounts.n)
		return xasprintf(_("disk %s (mounted on %s)"), disk->name, disk->mounts.list[0]);
	if (disk->swap)
		return xasprintf(_("disk %s (swap)"), disk->name);
	return xasprintf(_("disk %s (in use: %s)"), disk->name, disk->uses.list[0]);
}

/*
 * Whether @controller is @d, or sits behind it without being its own group's: a VMD controller (class 0104) carries
 * disks in a PCI domain of its own, which go with it. What is behind a bridge is not meant, as bridges stay.
 */
static bool carried_by(
        const struct host *host, struct pci_addr controller, const struct pci_device *d)
{
	const struct pci_device *c;
	size_t n = d->path ? strlen(d->path) : 0;

	if (pci_addr_equal(controller, d->addr))
		return true;
	c = pci_is_bridge(d) || !n ? NULL : pci_find(&host->pci, controller);
	return c && c->path && starts_with(c->path, d->path) && c->path[n] == '/';
}

/* The disk with the root file system comes first. */
static void use_disks(const struct host *host, const struct pci_device *d, struct strv *out)
{
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < host->disks.n; i++) {
			const struct disk *disk = &host->disks.list[i];
			bool is_root = strv_has(&disk->mounts, "/");

			if (disk->has_controller && disk->uses.n && is_root == (pass == 0) &&
			        carried_by(host, disk->controller, d))
				strv_take(out, tell_disk(disk));
		}
	}
}

static void use_networks(const struct host *host, const struct pci_device *d, struct strv *out)
{
	for (size_t i = 0; i < host->net.n; i++) {
		const struct net_interface *n = &host->net.list[i];

		if (!n->has_controller || !carried_by(host, n->controller, d))
			continue;
		if (n->default_route)
			strv_addf(out, _("network %s (default route)"), n->name);
		else if (n->up)
			strv_addf(out, _("network %s (up)"), n->name);
	}
}

static void use_inputs(const struct host *host, const struct pci_device *d, struct strv *out)
{
	for (size_t i = 0; i < host->usb.n; i++) {
		const struct usb_device *u = &host->usb.list[i];
		const char *name = u->product_name ? u->product_name : "";
		const char *kind = u->keyboard ? _("keyboard") : _("mouse");

		if (!u->has_controller || !carried_by(host, u->controller, d) ||
		        !(u->keyboard || u->mouse))
			continue;
		strv_addf(out, "%s %s%s%s", kind, u->sysname, *name ? " " : "", name);
	}
}

void host_uses(const struct host *host, const struct pci_device *device, struct strv *out)
{
	use_disks(host, device, out);
	use_displays(host, device, out);
	use_networks(host, device, out);
	use_inputs(host, device, out);
}
