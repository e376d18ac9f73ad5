/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host does with a USB device now; see host.h. Joined by the place in sysfs, never by serial number. */
#include "base/i18n.h"
#include "host/losses_parts.h"
#include "host/usb_kind.h"

static bool is(const char *usb, const struct usb_device *d)
{
	return usb && streq(usb, d->sysname);
}

static void add_disks(const struct host *host, const struct usb_device *d, struct strv *out)
{
	for (size_t i = 0; i < host->disks.n; i++) {
		const struct disk *disk = &host->disks.list[i];

		if (disk->uses.n && is(disk->usb, d))
			strv_take(out, losses_tell_disk(disk));
	}
}

static void add_networks(const struct host *host, const struct usb_device *d, struct strv *out)
{
	for (size_t i = 0; i < host->net.n; i++) {
		const struct net_interface *n = &host->net.list[i];

		if ((n->up || n->default_route) && is(n->usb, d))
			strv_take(out, losses_tell_network(host, n));
	}
}

static bool is_typed_on(const struct usb_device *d)
{
	return d->keyboard && !d->odd_keyboard && strv_has(&d->drivers, "usbhid");
}

static bool is_only_keyboard(const struct host *host, const struct usb_device *d)
{
	for (size_t i = 0; i < host->usb.n; i++) {
		if (&host->usb.list[i] != d && is_typed_on(&host->usb.list[i]))
			return false;
	}
	for (size_t i = 0; i < host->inputs.n; i++) {
		if (host->inputs.list[i].keyboard)
			return false;
	}
	return true;
}

static void add_inputs(const struct host *host, const struct usb_device *d, struct strv *out)
{
	if (is_typed_on(d))
		strv_add(out, is_only_keyboard(host, d) ? _("the only keyboard of this PC")
		                                        : _("a keyboard of this PC"));
	if (d->mouse && strv_has(&d->drivers, "usbhid"))
		strv_add(out, _("a mouse of this PC"));
}

static void add_sound(const struct host *host, const struct usb_device *d, struct strv *out)
{
	for (size_t i = 0; i < host->sounds.n; i++) {
		const struct sound_card *card = &host->sounds.list[i];

		if (card->running && is(card->usb, d))
			strv_take(out, losses_tell_sound(&host->sounds, card));
	}
}

static void add_parts(const struct host *host, const struct usb_device *d, struct strv *out)
{
	for (size_t i = 0; i < host->board.n; i++) {
		if (is(host->board.list[i].usb, d))
			strv_take(out, losses_tell_part(&host->board.list[i]));
	}
}

void host_usb_uses(const struct host *host, const struct usb_device *device, struct strv *out)
{
	add_disks(host, device, out);
	add_networks(host, device, out);
	add_inputs(host, device, out);
	add_sound(host, device, out);
	add_parts(host, device, out);
}

/* A network adapter of a class of its maker's own is one by the interface that its driver made. */
static void complete_networks(struct host *host)
{
	for (size_t i = 0; i < host->net.n; i++) {
		const char *sysname = host->net.list[i].usb;

		for (size_t k = 0; sysname && k < host->usb.n; k++) {
			struct usb_device *d = &host->usb.list[k];

			if (is(sysname, d) && d->interface_kind == USB_KIND_OTHER) {
				d->interface_kind = USB_KIND_NETWORK;
				usb_kind_settle(d);
			}
		}
	}
}

int host_take_usb(const struct root *root, bool disks, struct host *out, struct err *err)
{
	int r = usb_take(root, &out->usb, err);

	if (r < 0)
		return r;
	if (disks)
		disks_take(root, &out->disks, NULL);
	net_take(root, &out->net, NULL);
	inputs_take(root, &out->usb, &out->inputs, NULL);
	sounds_take(root, &out->sounds, NULL);
	board_take(root, &out->board, NULL);
	complete_networks(out);
	return 0;
}
