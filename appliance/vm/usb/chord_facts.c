/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/usb/chord.h"

#include "base/log.h"
#include "chord/wire.h"
#include "host/attr.h"
#include "host/usb_hid.h"

#include <errno.h>

#define DEVICES "/sys/bus/usb/devices"

_Static_assert(USB_HID_DESCRIPTOR_MAX <= CHORD_DESCRIPTOR_MAX, "a message holds any descriptor");

/* Takes the messages of all interfaces of a device; caller frees. NULL: none. */
static void *take(const struct root *root, const char *sysname, size_t *size)
{
	cleanup_free char *device = xasprintf(DEVICES "/%s", sysname);
	cleanup(usb_hids_finish) struct usb_hids hids;
	char *all = NULL;

	*size = 0;
	usb_hids_take(root, sysname, &hids);
	for (size_t i = 0; i < hids.n; i++) {
		const struct usb_hid *hid = &hids.list[i];
		struct chord_message m = {.magic = CHORD_MAGIC,
		        .order = CHORD_ADD_INTERFACE,
		        .number = hid->number,
		        .class = hid->class,
		        .subclass = hid->subclass,
		        .protocol = hid->protocol,
		        .endpoint = hid->endpoint,
		        .size = (uint16_t)hid->size};
		size_t n = CHORD_MESSAGE_MIN + hid->size;

		m.busnum = (uint32_t)attr_u64(root, 10, UINT16_MAX, 0, "%s/busnum", device);
		m.devnum = (uint32_t)attr_u64(root, 10, UINT8_MAX, 0, "%s/devnum", device);
		m.vendor = (uint16_t)attr_u64(root, 16, UINT16_MAX, 0, "%s/idVendor", device);
		m.product = (uint16_t)attr_u64(root, 16, UINT16_MAX, 0, "%s/idProduct", device);
		if (hid->size)
			memcpy(m.descriptor, hid->descriptor, hid->size);
		all = xrealloc(all, *size + n, 1);
		memcpy(all + *size, &m, n);
		*size += n;
	}
	return all;
}

void chord_facts_keep(const struct root *root, const char *folder, const struct usb_device *d)
{
	cleanup_free char *path = xasprintf("%s/%s-%u", folder, d->sysname, d->devnum);
	cleanup_free void *facts = NULL;
	struct err err;
	size_t size;

	facts = take(root, d->sysname, &size);
	if (facts && root_write(root, path, facts, size, 0600, &err) < 0)
		log_error(&err, "%s", path);
}

void *chord_facts_load(const struct root *root, const char *folder, const char *sysname,
        unsigned devnum, size_t *size)
{
	cleanup_free char *path = xasprintf("%s/%s-%u", folder, sysname, devnum);
	void *kept = root_read_bytes(root, path, size);

	return kept ? kept : take(root, sysname, size);
}

size_t chord_facts_next(const void *bytes, size_t size)
{
	struct chord_message m;

	if (size < CHORD_MESSAGE_MIN)
		return 0;
	memcpy(&m, bytes, CHORD_MESSAGE_MIN);
	if (m.magic != CHORD_MAGIC || m.size > CHORD_DESCRIPTOR_MAX ||
	        m.size > size - CHORD_MESSAGE_MIN)
		return 0;
	return CHORD_MESSAGE_MIN + m.size;
}

void chord_facts_clear(const struct root *root, const char *folder, const struct strv *names)
{
	cleanup_strv struct strv kept = {0};

	root_list(root, folder, &kept);
	strv_foreach (file, &kept) {
		cleanup_free char *path = xasprintf("%s/%s", folder, *file);

		if (!strv_has(names, *file))
			root_remove(root, path, NULL);
	}
}

bool chord_facts_boot_keyboard(const struct root *root, const char *sysname)
{
	cleanup(usb_hids_finish) struct usb_hids hids;

	usb_hids_take(root, sysname, &hids);
	for (size_t i = 0; i < hids.n; i++) {
		const struct usb_hid *hid = &hids.list[i];

		if (hid->class == 3 && hid->subclass == 1 && hid->protocol == 1)
			return true;
	}
	return false;
}
