/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/usb_names.h"

#include "host/attr.h"

#include <libudev.h>
#include <stdio.h>

/* Both come from the database's text files, which packages and administrators write. */
static char *clean_value(const char *value)
{
	return value && *value ? text_clean(xstrdup(value)) : NULL;
}

static void fill_one(struct udev_hwdb *hwdb, struct usb_device *d)
{
	struct udev_list_entry *entry;
	char modalias[32];

	/* As udev asks; a product's lines beat its vendor's. */
	snprintf(modalias, sizeof(modalias), "usb:v%04Xp%04X:", d->vendor, d->product);
	udev_list_entry_foreach(entry, udev_hwdb_get_properties_list_entry(hwdb, modalias, 0))
	{
		const char *key = udev_list_entry_get_name(entry);
		const char *value = udev_list_entry_get_value(entry);

		if (!d->product_name && streq(key, "ID_MODEL_FROM_DATABASE"))
			d->product_name = clean_value(value);
		if (!d->manufacturer && streq(key, "ID_VENDOR_FROM_DATABASE"))
			d->manufacturer = clean_value(value);
	}
}

void usb_names_fill(struct usb *usb)
{
	struct udev *udev = udev_new();
	struct udev_hwdb *hwdb = udev ? udev_hwdb_new(udev) : NULL;

	for (size_t i = 0; hwdb && i < usb->n; i++) {
		if (!usb->list[i].product_name || !usb->list[i].manufacturer)
			fill_one(hwdb, &usb->list[i]);
	}
	udev_hwdb_unref(hwdb);
	udev_unref(udev);
}

char *usb_name(const struct usb_device *d)
{
	const char *maker = d->manufacturer, *product = d->product_name;

	if (maker && product && strncasecmp(product, maker, strlen(maker)) != 0)
		return xasprintf("%s %s", maker, product);
	if (product)
		return xstrdup(product);
	return maker ? xasprintf("%s %04x:%04x", maker, d->vendor, d->product)
	             : xasprintf("%04x:%04x", d->vendor, d->product);
}
