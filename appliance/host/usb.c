/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/usb.h"
#include "host/attr.h"

#include <errno.h>
#include <stdio.h>

#define DEVICES "/sys/bus/usb/devices"

/* "1-2.3" or "usb1"; names with ":" are interfaces. */
static bool is_device_name(const char *name)
{
	const char *dash = strchr(name, '-');

	if (is_numbered(name, "usb"))
		return true;
	return dash && dash > name && strspn(name, "0123456789") == (size_t)(dash - name) &&
	       dash[1] && !dash[1 + strspn(dash + 1, "0123456789.")];
}

char *usb_name_in_path(const char *real)
{
	struct strv parts = {0};
	char *found = NULL;

	strv_split(&parts, real, "/");
	for (size_t i = parts.n; i > 0 && !found; i--) {
		if (is_device_name(parts.list[i - 1]) && !starts_with(parts.list[i - 1], "usb"))
			found = xstrdup(parts.list[i - 1]);
	}
	strv_finish(&parts);
	return found;
}

/* --- what it is --- */

/* https://www.usb.org/defined-class-codes */
static enum usb_kind interface_kind(uint64_t class, uint64_t sub, uint64_t protocol)
{
	if (class == 0xe0 && sub == 1 && protocol == 1)
		return USB_KIND_BLUETOOTH;
	if (class == 0x02 && (sub == 0x06 || sub == 0x0d || sub == 0x0e))
		return USB_KIND_NETWORK;
	switch (class) {
	case 0x01:
		return USB_KIND_AUDIO;
	case 0x07:
		return USB_KIND_PRINTER;
	case 0x08:
		return USB_KIND_STORAGE;
	case 0x0b:
		return USB_KIND_SMART_CARD;
	case 0x0e:
		return USB_KIND_CAMERA;
	}
	return USB_KIND_OTHER;
}

/* Makers that make nothing else for USB, as http://www.linux-usb.org/usb.ids names them. */
static const struct {
	uint16_t vendor;
	enum usb_kind kind;
} makers[] = {
        {0x051d, USB_KIND_UPS},         /* American Power Conversion */
        {0x0764, USB_KIND_UPS},         /* Cyber Power System */
        {0x0463, USB_KIND_UPS},         /* MGE UPS Systems, now Eaton */
        {0x138a, USB_KIND_FINGERPRINT}, /* Validity Sensors */
        {0x147e, USB_KIND_FINGERPRINT}, /* Upek */
        {0x08ff, USB_KIND_FINGERPRINT}, /* AuthenTec */
        {0x1c7a, USB_KIND_FINGERPRINT}, /* LighTuning */
};

/* Yubico's security keys say that they are keyboards, to type a password of one use. */
static bool is_security_key(const struct usb_device *d)
{
	return d->vendor == 0x1050;
}

static enum usb_kind maker_kind(uint16_t vendor)
{
	for (size_t i = 0; i < ARRAY_SIZE(makers); i++) {
		if (makers[i].vendor == vendor)
			return makers[i].kind;
	}
	return USB_KIND_OTHER;
}

/*
 * The port: where the controller sits and the ports behind it. A controller that is not on PCI (usbip)
 * goes by the name of its device.
 */
static void take_port(const struct root *root, struct usb_device *d)
{
	cleanup_free char *link = xasprintf(DEVICES "/%s", d->sysname);
	cleanup_free char *real = root_real_path(root, link);
	const char *ports = d->root_hub ? NULL : strchr(d->sysname, '-') + 1;
	struct strv parts = {0};
	const char *above = "";

	d->has_controller = real && path_controller(real, &d->controller);
	strv_split(&parts, real ? real : "", "/");
	for (size_t i = 1; i < parts.n; i++) {
		if (is_numbered(parts.list[i], "usb"))
			above = parts.list[i - 1];
	}
	d->port = xasprintf("%s%s%s", d->has_controller ? pci_addr_format(d->controller).s : above,
	        ports ? "/" : "", ports ? ports : "");
	strv_finish(&parts);
}

static void take_interface(const struct root *root, const char *folder, struct usb_device *d)
{
	uint64_t class = attr_u64(root, 16, 0xff, 0, "%s/bInterfaceClass", folder);
	uint64_t sub = attr_u64(root, 16, 0xff, 0, "%s/bInterfaceSubClass", folder);
	uint64_t protocol = attr_u64(root, 16, 0xff, 0, "%s/bInterfaceProtocol", folder);
	cleanup_free char *link = xasprintf("%s/driver", folder);
	cleanup_free char *driver = root_link_name(root, link);

	d->odd_keyboard |= !d->keyboard && class == 3 && sub == 1 && protocol == 2;
	d->keyboard |= class == 3 && sub == 1 && protocol == 1;
	d->mouse |= class == 3 && sub == 1 && protocol == 2;
	d->storage |= class == 8;
	d->hub |= class == 9;
	if (d->kind == USB_KIND_OTHER)
		d->kind = interface_kind(class, sub, protocol);
	if (driver && !strv_has(&d->drivers, text_clean(driver)))
		strv_add(&d->drivers, driver);
}

static void take_interfaces(const struct root *root, struct usb_device *d)
{
	cleanup_free char *folder = xasprintf(DEVICES "/%s", d->sysname);
	struct strv names = {0};

	root_list(root, folder, &names);
	strv_foreach (name, &names) {
		cleanup_free char *interface = xasprintf("%s/%s", folder, *name);

		/* "1-2:1.0"; those of a root hub are "1-0:1.0" */
		if (strchr(*name, ':') && strchr(*name, '-'))
			take_interface(root, interface, d);
	}
	strv_finish(&names);
}

/* "1.5" is the only speed that is no whole number of Mbit/s. */
static unsigned take_speed(const struct root *root, const char *name)
{
	cleanup_free char *text = attr_text(root, DEVICES "/%s/speed", name);
	uint64_t speed;

	if (!text)
		return 0;
	if (streq(text, "1.5"))
		return 1;
	return parse_u64(text, 10, 1000000, &speed) == 0 ? (unsigned)speed : 0;
}

static uint64_t take_instance(const struct root *root, const char *name)
{
	cleanup_free char *folder = xasprintf(DEVICES "/%s", name);
	struct stat st;

	return root_stat(root, folder, &st) == 0 ? st.st_ino : 0;
}

/* False when it cannot be named: it was unplugged while we looked, or the tree is broken. */
static bool take_device(const struct root *root, const char *name, struct usb_device *d)
{
	const uint64_t none = UINT32_MAX;
	uint64_t vendor = attr_u64(root, 16, 0xffff, none, DEVICES "/%s/idVendor", name);
	uint64_t product = attr_u64(root, 16, 0xffff, none, DEVICES "/%s/idProduct", name);
	uint64_t bus = attr_u64(root, 10, 999, 0, DEVICES "/%s/busnum", name);
	uint64_t number = attr_u64(root, 10, 127, 0, DEVICES "/%s/devnum", name);

	if (vendor == none || product == none || !bus || !number)
		return false;
	*d = (struct usb_device){
	        .sysname = xstrdup(name),
	        .root_hub = starts_with(name, "usb"),
	        .busnum = (unsigned)bus,
	        .devnum = (unsigned)number,
	        .instance = take_instance(root, name),
	        .vendor = (uint16_t)vendor,
	        .product = (uint16_t)product,
	        .device_class =
	                (uint8_t)attr_u64(root, 16, 0xff, 0, DEVICES "/%s/bDeviceClass", name),
	        .speed_mbps = take_speed(root, name),
	        .serial = attr_text(root, DEVICES "/%s/serial", name),
	        .manufacturer = attr_text(root, DEVICES "/%s/manufacturer", name),
	        .product_name = attr_text(root, DEVICES "/%s/product", name),
	};
	d->hub = d->root_hub || d->device_class == 9;
	take_port(root, d);
	take_interfaces(root, d);
	d->odd_keyboard |= d->keyboard && is_security_key(d);
	if (d->kind == USB_KIND_OTHER)
		d->kind = maker_kind(d->vendor);
	return true;
}

/* By controller, then port by port as numbers: 2.10 comes after 2.9. USB 2 and 3 share a port's key. */
static int compare(const void *a, const void *b)
{
	const struct usb_device *x = a, *y = b;
	int order = strverscmp(x->port, y->port);

	return order ? order : strverscmp(x->sysname, y->sysname);
}

int usb_take(const struct root *root, struct usb *out, struct err *err)
{
	struct strv names = {0};
	int r = root_list(root, DEVICES, &names);

	*out = (struct usb){0};
	if (r < 0 && r != -ENOENT)
		return err_errno(err, r, "%s" DEVICES, root->path);
	strv_foreach (name, &names) {
		struct usb_device d;

		if (is_device_name(*name) && take_device(root, *name, &d))
			*list_append(out->list, out->n) = d;
	}
	strv_finish(&names);
	if (out->n)
		qsort(out->list, out->n, sizeof(*out->list), compare);
	return 0;
}

void usb_finish(struct usb *usb)
{
	for (size_t i = 0; i < usb->n; i++) {
		struct usb_device *d = &usb->list[i];

		free(d->sysname);
		free(d->port);
		free(d->serial);
		free(d->manufacturer);
		free(d->product_name);
		strv_finish(&d->drivers);
	}
	free(usb->list);
	*usb = (struct usb){0};
}

const struct usb_device *usb_find(const struct usb *usb, const char *sysname)
{
	for (size_t i = 0; i < usb->n; i++) {
		if (streq(usb->list[i].sysname, sysname))
			return &usb->list[i];
	}
	return NULL;
}
