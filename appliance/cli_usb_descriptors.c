/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a USB device says of itself, parsed by libusb in the user's own unprivileged process: descriptors are a
 * stranger's bytes. Nothing is opened; the kernel keeps them readable for all.
 */
#include "base/i18n.h"
#include "base/util.h"
#include "cli_usb.h"

#include <errno.h>
#include <libusb-1.0/libusb.h>
#include <stdio.h>

static const char *const transfers[] = {"control", "isochronous", "bulk", "interrupt"};

/* "03/01/02" */
static json_t *class_json(uint8_t class, uint8_t sub, uint8_t protocol)
{
	char text[16];

	snprintf(text, sizeof(text), "%02x/%02x/%02x", class, sub, protocol);
	return json_string(text);
}

/* Bits 11 and 12: so many packets more in one microframe (USB 2.0 specification, 9.6.6). */
static int packet_bytes(uint16_t max_packet)
{
	return (max_packet & 0x7ff) * (1 + (max_packet >> 11 & 3));
}

static json_t *endpoint_json(const struct libusb_endpoint_descriptor *e)
{
	char address[8];

	snprintf(address, sizeof(address), "%02x", e->bEndpointAddress);
	return json_pack("{s:s, s:s, s:s, s:i, s:i}", "address", address, "direction",
	        e->bEndpointAddress & LIBUSB_ENDPOINT_IN ? "in" : "out", "type",
	        transfers[e->bmAttributes & LIBUSB_TRANSFER_TYPE_MASK], "max_packet",
	        packet_bytes(e->wMaxPacketSize), "interval", (int)e->bInterval);
}

static json_t *interface_json(const struct libusb_interface_descriptor *i)
{
	json_t *endpoints = json_array();

	/* libusb keeps the number that the device claims also where it found none, or fewer. */
	for (uint8_t e = 0; i->endpoint && e < i->bNumEndpoints; e++) {
		if (i->endpoint[e].bDescriptorType == LIBUSB_DT_ENDPOINT)
			json_array_append_new(endpoints, endpoint_json(&i->endpoint[e]));
	}
	return json_pack("{s:i, s:i, s:o, s:o}", "number", (int)i->bInterfaceNumber, "alternate",
	        (int)i->bAlternateSetting, "class",
	        class_json(i->bInterfaceClass, i->bInterfaceSubClass, i->bInterfaceProtocol),
	        "endpoints", endpoints);
}

static json_t *interfaces_json(const struct libusb_config_descriptor *config)
{
	json_t *all = json_array();

	for (uint8_t i = 0; config->interface && i < config->bNumInterfaces; i++) {
		for (int a = 0; a < config->interface[i].num_altsetting; a++)
			json_array_append_new(
			        all, interface_json(&config->interface[i].altsetting[a]));
	}
	return all;
}

static int set_error(struct err *err, int r)
{
	return err_set(err, -EIO, _("libusb cannot read the descriptors: %s"),
	        libusb_strerror((enum libusb_error)r));
}

static json_t *device_json(libusb_device *device, struct err *err)
{
	struct libusb_device_descriptor d;
	struct libusb_config_descriptor *config;
	json_t *all;
	char version[8];
	int r = libusb_get_device_descriptor(device, &d);

	if (r == 0)
		r = libusb_get_active_config_descriptor(device, &config);
	if (r == LIBUSB_ERROR_NOT_FOUND) /* it is not configured */
		r = libusb_get_config_descriptor(device, 0, &config);
	if (r < 0) {
		set_error(err, r);
		return NULL;
	}
	snprintf(version, sizeof(version), "%x.%02x", d.bcdUSB >> 8, d.bcdUSB & 0xff);
	all = json_pack("{s:s, s:o, s:i, s:i, s:b, s:b, s:o}", "usb", version, "class",
	        class_json(d.bDeviceClass, d.bDeviceSubClass, d.bDeviceProtocol), "configurations",
	        (int)d.bNumConfigurations, "power_ma",
	        config->MaxPower * (d.bcdUSB >= 0x300 ? 8 : 2), "self_powered",
	        config->bmAttributes & 0x40, "remote_wakeup", config->bmAttributes & 0x20,
	        "interfaces", interfaces_json(config));
	libusb_free_config_descriptor(config);
	return all;
}

static json_t *find_device(
        libusb_context *context, unsigned busnum, unsigned devnum, struct err *err)
{
	libusb_device **devices;
	ssize_t n = libusb_get_device_list(context, &devices);
	json_t *found = NULL;

	if (n < 0) {
		set_error(err, (int)n);
		return NULL;
	}
	err_set(err, -ENOENT,
	        _("libusb does not show the device: its descriptors are broken, or it was "
	          "unplugged meanwhile"));
	for (ssize_t i = 0; i < n && !found; i++) {
		if (libusb_get_bus_number(devices[i]) == busnum &&
		        libusb_get_device_address(devices[i]) == devnum)
			found = device_json(devices[i], err);
	}
	libusb_free_device_list(devices, 1);
	return found;
}

json_t *usb_descriptors_json(unsigned busnum, unsigned devnum, struct err *err)
{
	libusb_context *context;
	json_t *found;
	int r = libusb_init(&context);

	if (r < 0) {
		set_error(err, r);
		return NULL;
	}
	libusb_set_option(context, LIBUSB_OPTION_LOG_LEVEL, LIBUSB_LOG_LEVEL_NONE);
	found = find_device(context, busnum, devnum, err);
	libusb_exit(context);
	return found;
}
