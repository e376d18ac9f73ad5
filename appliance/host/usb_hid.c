/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/usb_hid.h"
#include "host/attr.h"
#include "host/usb_kind.h"

#define DEVICES   "/sys/bus/usb/devices"
#define CLASS_HID 0x03

static uint8_t number(const struct root *root, const char *folder, const char *name)
{
	return (uint8_t)attr_u64(root, 16, UINT8_MAX, 0, "%s/%s", folder, name);
}

/* The address of its interrupt endpoint inwards; 0: none. */
static uint8_t find_endpoint(const struct root *root, const char *folder)
{
	cleanup_strv struct strv names = {0};
	uint8_t found = 0;

	root_list(root, folder, &names);
	strv_foreach (name, &names) {
		cleanup_free char *endpoint = xasprintf("%s/%s", folder, *name);
		cleanup_free char *type = NULL, *direction = NULL;

		if (!starts_with(*name, "ep_") || found)
			continue;
		type = attr_text(root, "%s/type", endpoint);
		direction = attr_text(root, "%s/direction", endpoint);
		if (type && direction && streq(type, "Interrupt") && streq(direction, "in"))
			found = number(root, endpoint, "bEndpointAddress");
	}
	return found;
}

/* It is there while a driver of the HID layer has the interface ("0003:046D:C31C.0001"). */
static void read_descriptor(const struct root *root, const char *folder, struct usb_hid *hid)
{
	cleanup_strv struct strv names = {0};

	root_list(root, folder, &names);
	strv_foreach (name, &names) {
		cleanup_free char *path = xasprintf("%s/%s/report_descriptor", folder, *name);
		cleanup_free uint8_t *bytes = NULL;
		size_t size;

		if (!starts_with(*name, "0003:") || hid->descriptor)
			continue;
		bytes = root_read_bytes(root, path, &size);
		if (!bytes || size > USB_HID_DESCRIPTOR_MAX)
			continue;
		hid->descriptor = take_ptr(bytes);
		hid->size = size;
	}
}

static void take_interface(const struct root *root, const char *name, struct usb_hids *out)
{
	cleanup_free char *folder = xasprintf(DEVICES "/%s", name);
	struct usb_hid hid = {.number = number(root, folder, "bInterfaceNumber"),
	        .class = number(root, folder, "bInterfaceClass"),
	        .subclass = number(root, folder, "bInterfaceSubClass"),
	        .protocol = number(root, folder, "bInterfaceProtocol"),
	        .endpoint = find_endpoint(root, folder)};

	if (!hid.endpoint ||
	        (hid.class != CLASS_HID && usb_kind_of_interface(hid.class, hid.subclass,
	                                           hid.protocol) != USB_KIND_GAMEPAD))
		return;
	if (hid.class == CLASS_HID)
		read_descriptor(root, folder, &hid);
	*list_append(out->list, out->n) = hid;
}

void usb_hids_take(const struct root *root, const char *sysname, struct usb_hids *out)
{
	cleanup_free char *prefix = xasprintf("%s:", sysname);
	cleanup_strv struct strv names = {0};

	*out = (struct usb_hids){0};
	root_list(root, DEVICES, &names);
	strv_foreach (name, &names) {
		if (starts_with(*name, prefix))
			take_interface(root, *name, out);
	}
}

void usb_hids_finish(struct usb_hids *hids)
{
	for (size_t i = 0; i < hids->n; i++)
		free(hids->list[i].descriptor);
	free(hids->list);
	*hids = (struct usb_hids){0};
}
