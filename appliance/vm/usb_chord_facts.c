/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/usb_chord.h"

#include "base/log.h"
#include "chord/wire.h"
#include "host/attr.h"

#include <errno.h>

#define DEVICES  "/sys/bus/usb/devices"
#define USB_HID  0x03
#define USB_VEND 0xff
/* Subclasses of makers' own interfaces that are pads: xpad_table of drivers/input/joystick/xpad.c */
#define XBOX_360 0x5d
#define XBOX_ONE 0x47

static unsigned number(const struct root *root, const char *folder, const char *name)
{
	return (unsigned)attr_u64(root, 16, UINT8_MAX, 0, "%s/%s", folder, name);
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
			found = (uint8_t)number(root, endpoint, "bEndpointAddress");
	}
	return found;
}

/* It is there while a driver of the HID layer has the interface ("0003:046D:C31C.0001"). */
static void read_descriptor(
        const struct root *root, const char *folder, struct chord_message *message)
{
	cleanup_strv struct strv names = {0};

	root_list(root, folder, &names);
	strv_foreach (name, &names) {
		cleanup_free char *path = xasprintf("%s/%s/report_descriptor", folder, *name);
		cleanup_free void *bytes = NULL;
		size_t size;

		if (!starts_with(*name, "0003:") || message->size)
			continue;
		bytes = root_read_bytes(root, path, &size);
		if (!bytes || size > CHORD_DESCRIPTOR_MAX)
			continue;
		memcpy(message->descriptor, bytes, size);
		message->size = (uint16_t)size;
	}
}

static bool is_pad(const struct chord_message *m)
{
	return m->class == USB_VEND && (m->subclass == XBOX_360 || m->subclass == XBOX_ONE);
}

/* False: nothing on it can be a keyboard or pad. */
static bool describe(const struct root *root, const char *interface, struct chord_message *m)
{
	cleanup_free char *folder = xasprintf(DEVICES "/%s", interface);

	m->class = (uint8_t)number(root, folder, "bInterfaceClass");
	m->subclass = (uint8_t)number(root, folder, "bInterfaceSubClass");
	m->protocol = (uint8_t)number(root, folder, "bInterfaceProtocol");
	m->number = (uint8_t)number(root, folder, "bInterfaceNumber");
	m->endpoint = find_endpoint(root, folder);
	if (!m->endpoint || (m->class != USB_HID && !is_pad(m)))
		return false;
	if (m->class == USB_HID)
		read_descriptor(root, folder, m);
	return true;
}

/* Takes the messages of all interfaces of a device; caller frees. NULL: none. */
static void *take(const struct root *root, const char *sysname, size_t *size)
{
	cleanup_free char *prefix = xasprintf("%s:", sysname);
	cleanup_free char *device = xasprintf(DEVICES "/%s", sysname);
	cleanup_strv struct strv names = {0};
	char *all = NULL;

	*size = 0;
	root_list(root, DEVICES, &names);
	strv_foreach (name, &names) {
		struct chord_message m = {.magic = CHORD_MAGIC, .order = CHORD_ADD_INTERFACE};
		size_t n;

		if (!starts_with(*name, prefix) || !describe(root, *name, &m))
			continue;
		m.busnum = (uint32_t)attr_u64(root, 10, UINT16_MAX, 0, "%s/busnum", device);
		m.devnum = (uint32_t)attr_u64(root, 10, UINT8_MAX, 0, "%s/devnum", device);
		m.vendor = (uint16_t)attr_u64(root, 16, UINT16_MAX, 0, "%s/idVendor", device);
		m.product = (uint16_t)attr_u64(root, 16, UINT16_MAX, 0, "%s/idProduct", device);
		n = CHORD_MESSAGE_MIN + m.size;
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
	cleanup_free char *facts = NULL;
	struct chord_message m;
	size_t size, n;
	bool found = false;

	facts = take(root, sysname, &size);
	for (size_t at = 0; facts && (n = chord_facts_next(facts + at, size - at)) > 0; at += n) {
		memcpy(&m, facts + at, CHORD_MESSAGE_MIN);
		found |= m.class == USB_HID && m.subclass == 1 && m.protocol == 1;
	}
	return found;
}
