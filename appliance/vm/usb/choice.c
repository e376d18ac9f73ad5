/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/usb/choice.h"

#include "base/i18n.h"

#include <errno.h>
#include <stdio.h>

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

static int refuse_hub(const struct usb_device *d, struct err *err)
{
	err_set(err, -EINVAL, _("USB device %s is a hub: hubs stay with the host"), d->sysname);
	err_hint(err, _("attach the devices behind it one by one"));
	err_code(err, CODE_USB_HUB);
	return -EINVAL;
}

/* A keyboard, or the adapter that one speaks through, of which a chord goes with the adapter: no key arrives any more. */
static int check_keyboard(const struct host *host, const struct usb_device *d,
        const struct usb_ways *known, struct err *err)
{
	struct usb_ways ways = *known;
	bool adapter = usb_ways_carries_keyboard(host, d);
	cleanup_free char *missing = NULL;

	if (!adapter && (!d->keyboard || !strv_has(&d->drivers, "usbhid")))
		return 0;
	ways.chord &= !adapter;
	ways.second_keyboard |= usb_ways_second_keyboard(host, d);
	if (usb_ways_any(&ways))
		return 0;
	missing = usb_ways_missing(&ways);
	err_set(err, -EPERM,
	        adapter ? _("the only keyboard of this PC speaks through Bluetooth adapter %s, and "
	                    "nothing else could stop the VM: there is none of %s")
	                : _("USB device %s is the only keyboard of this PC, and nothing else could "
	                    "stop the VM: there is none of %s"),
	        d->sysname, missing);
	err_hint(err, _("plug in a second keyboard first"));
	err_code(err, CODE_USB_KEYBOARD);
	return -EPERM;
}

/*
 * Which disk on it the host uses, whatever its class says: card readers have one of their maker's. Whatever stands on a
 * disk is among its uses: file systems, swap, LVM, RAID, encryption, loop devices.
 */
static int check_storage(const struct host *host, const struct usb_device *d, struct err *err)
{
	for (size_t i = 0; i < host->disks.n; i++) {
		const struct disk *disk = &host->disks.list[i];
		cleanup_free char *uses = NULL;

		if (!disk->usb || !streq(disk->usb, d->sysname) || !disk->uses.n)
			continue;
		uses = strv_join(&disk->uses, ", ");
		err_set(err, -EBUSY, _("USB device %s is storage that this PC uses: %s"),
		        d->sysname, uses);
		err_hint(err, _("unmount it first"));
		err_code(err, CODE_DISK_USED);
		return -EBUSY;
	}
	return 0;
}

int usb_check_ways(const struct host *host, const struct usb_device *d, const struct usb_ways *ways,
        struct err *err)
{
	int r = d->root_hub || d->hub ? refuse_hub(d, err) : 0;

	r = r < 0 ? r : check_keyboard(host, d, ways, err);
	return r < 0 ? r : check_storage(host, d, err);
}

int usb_check(const struct host *host, const struct usb_device *d, struct err *err)
{
	const struct usb_ways none = {0};

	return usb_check_ways(host, d, &none, err);
}
