/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "usb_names.h"
#include "base/i18n.h"

#include <libusb-1.0/libusb.h>

/* Interface classes of the USB-IF, https://www.usb.org/defined-class-codes */
static const struct {
	uint8_t class;
	const char *name;
} kinds[] = {
        {0x01, N_("audio device")},
        {0x02, N_("communication device")},
        {0x03, N_("input device")},
        {0x06, N_("camera")},
        {0x07, N_("printer")},
        {0x08, N_("storage device")},
        {0x0b, N_("smart card reader")},
        {0x0e, N_("video device")},
        {0xe0, N_("wireless adapter")},
};

static char *own_name(libusb_device *device, uint8_t index)
{
	libusb_device_handle *handle;
	unsigned char text[256];
	int n;

	if (!index || libusb_open(device, &handle) < 0)
		return NULL;
	n = libusb_get_string_descriptor_ascii(handle, index, text, sizeof(text) - 1);
	libusb_close(handle);
	if (n <= 0)
		return NULL;
	text[n] = '\0';
	return xstrdup((char *)text);
}

/* The kind of its first interface that has one; descriptors are readable without opening the device. */
static char *kind_of(libusb_device *device)
{
	struct libusb_config_descriptor *config;
	const char *name = NULL;

	if (libusb_get_active_config_descriptor(device, &config) < 0 &&
	        libusb_get_config_descriptor(device, 0, &config) < 0)
		return NULL;
	for (uint8_t i = 0; i < config->bNumInterfaces && !name; i++) {
		const struct libusb_interface *interface = &config->interface[i];

		for (size_t k = 0; interface->num_altsetting && k < ARRAY_SIZE(kinds); k++) {
			if (interface->altsetting[0].bInterfaceClass == kinds[k].class)
				name = kinds[k].name;
		}
	}
	libusb_free_config_descriptor(config);
	return name ? xstrdup(_(name)) : NULL;
}

static struct usb_device *find(struct usb *usb, libusb_device *device)
{
	for (size_t i = 0; i < usb->n; i++) {
		struct usb_device *u = &usb->list[i];

		if (u->busnum == libusb_get_bus_number(device) &&
		        u->devnum == libusb_get_device_address(device))
			return u;
	}
	return NULL;
}

static void name_one(struct usb *usb, libusb_device *device)
{
	struct libusb_device_descriptor descriptor;
	struct usb_device *u = find(usb, device);

	if (!u || u->product_name || u->hub || u->root_hub)
		return;
	if (libusb_get_device_descriptor(device, &descriptor) < 0)
		return;
	u->product_name = own_name(device, descriptor.iProduct);
	if (!u->product_name)
		u->product_name = kind_of(device);
}

void usb_names_fill(struct usb *usb)
{
	libusb_context *context;
	libusb_device **devices;
	ssize_t n;

	if (usb->n == 0 || libusb_init(&context) < 0)
		return;
	libusb_set_option(context, LIBUSB_OPTION_LOG_LEVEL, LIBUSB_LOG_LEVEL_NONE);
	n = libusb_get_device_list(context, &devices);
	for (ssize_t i = 0; i < n; i++)
		name_one(usb, devices[i]);
	if (n >= 0)
		libusb_free_device_list(devices, 1);
	libusb_exit(context);
}
