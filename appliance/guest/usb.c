/* SPDX-License-Identifier: GPL-2.0-or-later */
/* USB devices as they come and go: a list kept up to date by the kernel's messages. */
#include "usb.h"

#include <dirent.h>
#include <limits.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pci.h"
#include "util.h"

#define KERNEL_EVENTS 1 /* group 2 is udev's, which is not here */

void usb_init(struct usb_watch *watch)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = KERNEL_EVENTS};

	memset(watch, 0, sizeof *watch);
	watch->netlink = socket(
	        AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
	if (watch->netlink < 0)
		return;
	if (bind(watch->netlink, (struct sockaddr *)&address, sizeof address) < 0) {
		close(watch->netlink);
		watch->netlink = -1;
	}
}

/* A message is "add@/devices/..." and then KEY=VALUE strings, each ended by NUL. */
static bool is_ours(const char *message, size_t length)
{
	for (const char *at = message; at < message + length; at += strlen(at) + 1)
		if (strcmp(at, "SUBSYSTEM=usb") == 0 || strcmp(at, "SUBSYSTEM=input") == 0)
			return true;
	return false;
}

bool usb_take_messages(struct usb_watch *watch)
{
	char message[8192];
	bool ours = false;
	ssize_t length;

	while ((length = recv(watch->netlink, message, sizeof message - 1, MSG_DONTWAIT)) > 0) {
		message[length] = '\0';
		ours |= is_ours(message, (size_t)length);
	}
	return ours;
}

static void read_attribute(const char *node, const char *attribute, char *value, size_t size)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "/sys/bus/usb/devices/%.32s/%.32s", node, attribute);
	guest_read_text(path, value, size);
}

/* The device's place: which controller, and which port behind which. */
static void read_port(const char *node, char *port, size_t size)
{
	char path[PATH_MAX], real[PATH_MAX];

	snprintf(path, sizeof path, "/sys/bus/usb/devices/%.32s", node);
	port[0] = '\0';
	if (realpath(path, real))
		pci_guest_path(real, port, size);
	guest_append(port, size, "/%s", strchr(node, '-') + 1);
}

static void read_device(const char *node, struct usb_device *device)
{
	char vendor[8], product[8];

	memset(device, 0, sizeof *device);
	guest_copy(device->node, sizeof device->node, node);
	read_attribute(node, "devnum", device->number, sizeof device->number);
	read_attribute(node, "idVendor", vendor, sizeof vendor);
	read_attribute(node, "idProduct", product, sizeof product);
	snprintf(device->id, sizeof device->id, "%.4s:%.4s", vendor, product);
	read_attribute(node, "serial", device->serial, sizeof device->serial);
	read_attribute(node, "product", device->product, sizeof device->product);
	read_port(node, device->port, sizeof device->port);
}

static void tell(
        struct report *report, const char *action, const struct usb_device *device, bool live)
{
	struct json json;

	report_begin(report, &json, "usb");
	json_string(&json, "action", action);
	json_string(&json, "port", device->port);
	json_string(&json, "id", device->id);
	json_string(&json, "serial", device->serial);
	json_string(&json, "product", device->product);
	report_add(report, &json, live);
}

static struct usb_device *find(struct usb_watch *watch, const struct usb_device *device)
{
	for (size_t i = 0; i < watch->count; i++)
		if (strcmp(watch->devices[i].node, device->node) == 0 &&
		        strcmp(watch->devices[i].number, device->number) == 0)
			return &watch->devices[i];
	return NULL;
}

/* Root hubs (usb1) are the controllers themselves, and names with ':' are interfaces. */
static bool is_device(const char *node)
{
	return strchr(node, '-') && !strchr(node, ':');
}

static bool add_new(struct usb_watch *watch, struct report *report, bool live)
{
	DIR *folder = opendir("/sys/bus/usb/devices");
	struct dirent *entry;
	bool changed = false;

	while (folder && (entry = readdir(folder))) {
		struct usb_device device, *known;

		if (!is_device(entry->d_name))
			continue;
		read_device(entry->d_name, &device);
		known = find(watch, &device);
		if (known) {
			known->seen = true;
		} else if (watch->count < USB_DEVICES_MAX && device.number[0] != '\0') {
			device.seen = changed = true;
			watch->devices[watch->count++] = device;
			tell(report, live ? "add" : "present", &device, live);
		}
	}
	if (folder)
		closedir(folder);
	return changed;
}

bool usb_update(struct usb_watch *watch, struct report *report, bool live)
{
	bool changed;

	for (size_t i = 0; i < watch->count; i++)
		watch->devices[i].seen = false;
	changed = add_new(watch, report, live);
	for (size_t i = 0; i < watch->count;) {
		if (watch->devices[i].seen) {
			i++;
			continue;
		}
		tell(report, "remove", &watch->devices[i], live);
		watch->devices[i] = watch->devices[--watch->count];
		changed = true;
	}
	return changed;
}
