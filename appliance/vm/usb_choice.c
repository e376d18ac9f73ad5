/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/usb_choice.h"

#include "base/i18n.h"

#include <errno.h>
#include <stdio.h>

char *usb_label(const struct usb_device *d)
{
	if (d->product_name && d->manufacturer)
		return xasprintf("%s %s", d->manufacturer, d->product_name);
	if (d->product_name)
		return xstrdup(d->product_name);
	return xasprintf("%04x:%04x", d->vendor, d->product);
}

static bool is_called(const struct usb_device *d, const char *device)
{
	char id[16];

	snprintf(id, sizeof(id), "%04x:%04x", d->vendor, d->product);
	return streq(device, d->sysname) || (d->port && streq(device, d->port)) ||
	       strcasecmp(device, id) == 0;
}

const struct usb_device *usb_choose(const struct usb *usb, const char *device, struct err *err)
{
	const struct usb_device *found = NULL;

	for (size_t i = 0; i < usb->n; i++) {
		if (!is_called(&usb->list[i], device))
			continue;
		if (found) {
			err_set(err, -ENOTUNIQ, _("\"%s\" is more than one USB device: %s and %s"),
			        device, found->sysname, usb->list[i].sysname);
			err_hint(err, _("name it by one of these"));
			return NULL;
		}
		found = &usb->list[i];
	}
	if (found)
		return found;
	err_set(err, -ENOENT, _("there is no USB device \"%s\" (/sys/bus/usb/devices)"), device);
	err_code(err, CODE_USB_ABSENT);
	err_hint(err, _("see: playthrough usb list"));
	return NULL;
}

static bool is_only_keyboard(const struct usb *usb, const struct usb_device *d)
{
	if (!d->keyboard || !strv_has(&d->drivers, "usbhid"))
		return false;
	for (size_t i = 0; i < usb->n; i++) {
		const struct usb_device *other = &usb->list[i];

		if (other != d && other->keyboard && !other->odd_keyboard &&
		        strv_has(&other->drivers, "usbhid"))
			return false;
	}
	return true;
}

/*
 * A disk on a USB bus that the host uses and that may be this device. They are joined by serial number; where one
 * of them has none, any used USB disk may be it.
 */
static const struct disk *used_disk(const struct disks *disks, const struct usb_device *d)
{
	for (size_t i = 0; i < disks->n; i++) {
		const struct disk *disk = &disks->list[i];

		if (!disk->usb || !disk->uses.n)
			continue;
		if (!disk->serial || !d->serial || streq(disk->serial, d->serial) ||
		        strstr(disk->serial, d->serial))
			return disk;
	}
	return NULL;
}

int usb_check(const struct host *host, const struct usb_device *d, struct err *err)
{
	const struct disk *disk = d->storage ? used_disk(&host->disks, d) : NULL;
	cleanup_free char *uses = disk ? strv_join(&disk->uses, ", ") : NULL;

	if (d->root_hub || d->hub) {
		err_set(err, -EINVAL, _("USB device %s is a hub: hubs stay with the host"),
		        d->sysname);
		err_hint(err, _("attach the devices behind it one by one"));
		err_code(err, CODE_USB_HUB);
		return -EINVAL;
	}
	if (is_only_keyboard(&host->usb, d)) {
		err_set(err, -EPERM, _("USB device %s is the only keyboard of this PC"),
		        d->sysname);
		err_hint(err, _("plug in a second keyboard first"));
		err_code(err, CODE_USB_KEYBOARD);
		return -EPERM;
	}
	if (disk) {
		err_set(err, -EBUSY, _("USB device %s is storage that this PC uses: %s"),
		        d->sysname, uses);
		err_hint(err, _("unmount it first"));
		err_code(err, CODE_DISK_USED);
		return -EBUSY;
	}
	return 0;
}
