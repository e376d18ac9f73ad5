/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/usb.h"
#include "host/attr.h"
#include "host/usb_descriptors.h"
#include "host/usb_kind.h"
#include "host/usb_port.h"

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

/*
 * Where the controller sits; the ports behind it come later. A controller that is not on PCI (usbip) goes by the name
 * of its device.
 */
static void take_controller(const struct root *root, struct usb_device *d)
{
	cleanup_free char *link = xasprintf(DEVICES "/%s", d->sysname);
	cleanup_free char *real = root_real_path(root, link);
	struct strv parts = {0};
	const char *above = "";

	d->has_controller = real && path_controller(real, &d->controller);
	strv_split(&parts, real ? real : "", "/");
	for (size_t i = 1; i < parts.n; i++) {
		if (is_numbered(parts.list[i], "usb"))
			above = parts.list[i - 1];
	}
	d->port = xstrdup(d->has_controller ? pci_addr_format(d->controller).s : above);
	strv_finish(&parts);
}

static void take_interface(const struct root *root, const char *folder, struct usb_device *d)
{
	uint64_t class = attr_u64(root, 16, 0xff, 0, "%s/bInterfaceClass", folder);
	uint64_t sub = attr_u64(root, 16, 0xff, 0, "%s/bInterfaceSubClass", folder);
	uint64_t protocol = attr_u64(root, 16, 0xff, 0, "%s/bInterfaceProtocol", folder);
	cleanup_free char *name = class == 0xff ? attr_text(root, "%s/interface", folder) : NULL;
	cleanup_free char *link = xasprintf("%s/driver", folder);
	cleanup_free char *driver = root_link_name(root, link);

	usb_kind_note(d, class, sub, protocol, name);
	if (driver && !strv_has(&d->drivers, text_clean(driver)))
		strv_add(&d->drivers, driver);
}

/* Whether there are to be more interfaces than @n: a device is told of before it has any (Linux, usb_new_device()). */
static bool is_unfinished(const struct root *root, const struct usb_device *d, size_t n)
{
	cleanup_free char *text = root_readf(root, DEVICES "/%s/bNumInterfaces", d->sysname);
	uint64_t all;

	return text && (parse_u64(strip(text), 10, UINT8_MAX, &all) < 0 || n < all);
}

static void take_interfaces(const struct root *root, struct usb_device *d)
{
	cleanup_free char *folder = xasprintf(DEVICES "/%s", d->sysname);
	struct strv names = {0};
	size_t n = 0;

	root_list(root, folder, &names);
	strv_foreach (name, &names) {
		cleanup_free char *interface = xasprintf("%s/%s", folder, *name);

		/* "1-2:1.0"; those of a root hub are "1-0:1.0" */
		if (!strchr(*name, ':') || !strchr(*name, '-'))
			continue;
		take_interface(root, interface, d);
		n++;
	}
	strv_finish(&names);
	d->unfinished = is_unfinished(root, d, n);
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

/* What a device calls itself, on one line; caller frees. NULL where it has no such string. */
static char *take_string(const struct root *root, const char *name, const char *attribute)
{
	char *text = attr_text(root, DEVICES "/%s/%s", name, attribute);

	for (char *c = text; c && *c; c++)
		*c = *c == '\n' || *c == '\t' ? ' ' : *c;
	return text;
}

static int take_removable(const struct root *root, const char *name)
{
	cleanup_free char *text = attr_text(root, DEVICES "/%s/removable", name);

	return text && streq(text, "removable") ? 1 : text && streq(text, "fixed") ? 0 : -1;
}

/* Completes what the classes of the interfaces tell: they say nothing of a maker's own (ff). */
static void take_descriptors(const struct root *root, struct usb_device *d)
{
	cleanup_free char *path = xasprintf(DEVICES "/%s/descriptors", d->sysname);
	size_t n;
	cleanup_free uint8_t *bytes = d->isochronous ? NULL : root_read_bytes(root, path, &n);

	d->isochronous |= bytes && usb_descriptors_isochronous(bytes, n);
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
	        .removable = take_removable(root, name),
	        .serial = take_string(root, name, "serial"),
	        .manufacturer = take_string(root, name, "manufacturer"),
	        .product_name = take_string(root, name, "product"),
	};
	d->hub = d->root_hub || d->device_class == 9;
	take_controller(root, d);
	take_interfaces(root, d);
	take_descriptors(root, d);
	usb_kind_settle(d);
	return true;
}

/* --- where it sits --- */

/* A bus is SuperSpeed as its root hub is; a device on it may be slower only behind one that lies. */
static void mark_superspeed(struct usb *usb)
{
	bool fast[1000] = {false}, known[1000] = {false};

	for (size_t i = 0; i < usb->n; i++) {
		const struct usb_device *d = &usb->list[i];

		if (d->root_hub && d->speed_mbps) {
			known[d->busnum] = true;
			fast[d->busnum] = d->speed_mbps >= 5000;
		}
	}
	for (size_t i = 0; i < usb->n; i++) {
		struct usb_device *d = &usb->list[i];

		d->superspeed = known[d->busnum] ? fast[d->busnum] : d->speed_mbps >= 5000;
	}
}

static void name_socket(const struct root *root, struct usb_device *d)
{
	cleanup_free char *controller = NULL, *chain = NULL;

	if (d->root_hub)
		return;
	controller = take_ptr(d->port);
	chain = usb_socket_chain(root, d->sysname, d->superspeed);
	d->port = xasprintf("%s/%s", controller, chain);
}

/* By controller, then port by port as numbers: 2.10 comes after 2.9. Both halves of a socket have one key. */
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
	mark_superspeed(out);
	for (size_t i = 0; i < out->n; i++)
		name_socket(root, &out->list[i]);
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

char *usb_udev_notes(const struct usb_device *d)
{
	return xasprintf("/run/udev/data/c189:%u", (d->busnum - 1) * 128 + d->devnum - 1);
}
