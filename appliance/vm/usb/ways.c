/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/usb/ways.h"

#include "base/i18n.h"

/* In a VM it is driven by usbfs: then the host has nothing of it. */
static bool is_usable(const struct usb_device *d)
{
	return d->keyboard && !d->odd_keyboard && strv_has(&d->drivers, "usbhid");
}

/* Whether a Bluetooth keyboard may be gone with @d: it, or what cannot be told from it. */
static bool goes_with(const struct input_device *input, const struct usb_device *d)
{
	if (!input->bluetooth)
		return false;
	return input->usb ? streq(input->usb, d->sysname) : !input->has_controller;
}

bool usb_ways_second_keyboard(const struct host *host, const struct usb_device *d)
{
	for (size_t i = 0; i < host->usb.n; i++) {
		const struct usb_device *other = &host->usb.list[i];

		if (!streq(other->sysname, d->sysname) && is_usable(other))
			return true;
	}
	for (size_t i = 0; i < host->inputs.n; i++) {
		const struct input_device *input = &host->inputs.list[i];

		if (input->keyboard && !goes_with(input, d))
			return true;
	}
	return false;
}

bool usb_ways_carries_keyboard(const struct host *host, const struct usb_device *d)
{
	if (d->kind != USB_KIND_BLUETOOTH || !strv_has(&d->drivers, "btusb"))
		return false;
	for (size_t i = 0; i < host->inputs.n; i++) {
		const struct input_device *input = &host->inputs.list[i];

		if (input->keyboard && input->bluetooth && goes_with(input, d))
			return true;
	}
	return false;
}

bool usb_ways_any(const struct usb_ways *ways)
{
	return ways->chord || ways->spice || ways->power_button || ways->second_keyboard;
}

char *usb_ways_missing(const struct usb_ways *ways)
{
	const struct {
		bool is_there;
		const char *name;
	} all[] = {
	        {ways->second_keyboard, _("a second keyboard")},
	        {ways->chord, _("a combination of keys that is watched for")},
	        {ways->spice, _("the console over SPICE")},
	        {ways->power_button, _("a power button that stops the VM")},
	};
	cleanup_strv struct strv missing = {0};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (!all[i].is_there)
			strv_add(&missing, all[i].name);
	}
	return strv_join(&missing, ", ");
}
