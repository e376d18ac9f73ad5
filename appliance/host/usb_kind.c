/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/usb_kind.h"

/* https://www.usb.org/defined-class-codes; what the class leaves open is marked by its source. */
static const struct {
	uint8_t class;
	int sub, protocol; /* -1: any */
	enum usb_kind kind;
} interfaces[] = {
        {0xff, 0x5d, 0x01, USB_KIND_GAMEPAD},   /* Xbox 360 (Linux drivers/input/joystick/xpad.c) */
        {0xff, 0x5d, 0x81, USB_KIND_GAMEPAD},   /* the same, wireless */
        {0xff, 0x47, 0xd0, USB_KIND_GAMEPAD},   /* Xbox One (xpad.c) */
        {0xff, 0x42, 0x01, USB_KIND_PHONE},     /* Android debug bridge */
        {0xff, 0xfe, 0x02, USB_KIND_PHONE},     /* Apple's usbmux */
        {0x06, 0x01, 0x01, USB_KIND_PHONE},     /* PTP, also MTP's way */
        {0x06, -1, -1, USB_KIND_PHONE},         /* still image */
        {0xe0, 0x01, 0x01, USB_KIND_BLUETOOTH}, /* primary controller */
        {0x01, -1, -1, USB_KIND_AUDIO}, {0x07, -1, -1, USB_KIND_PRINTER},
        {0x08, -1, -1, USB_KIND_STORAGE}, {0x0b, -1, -1, USB_KIND_SMART_CARD},
        {0x0e, -1, -1, USB_KIND_CAMERA}, {0x02, 0x06, -1, USB_KIND_NETWORK}, /* Ethernet */
        {0x02, 0x0d, -1, USB_KIND_NETWORK},                                  /* NCM */
        {0x02, 0x0e, -1, USB_KIND_NETWORK},                                  /* MBIM */
        {0xe0, 0x01, 0x03, USB_KIND_NETWORK},                                /* RNDIS */
        {0xef, 0x04, 0x01, USB_KIND_NETWORK}, /* RNDIS over Ethernet */
};

/* Drivers that tell what a class of the maker's own (ff) hides. */
static const struct {
	const char *driver;
	enum usb_kind kind;
} drivers[] = {
        {"xpad", USB_KIND_GAMEPAD},
        {"btusb", USB_KIND_BLUETOOTH},
        {"snd-usb-audio", USB_KIND_AUDIO},
        {"uvcvideo", USB_KIND_CAMERA},
};

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

static enum usb_kind driver_kind(const struct strv *names)
{
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		if (strv_has(names, drivers[i].driver))
			return drivers[i].kind;
	}
	return USB_KIND_OTHER;
}

enum usb_kind usb_kind_of_interface(uint64_t class, uint64_t sub, uint64_t protocol)
{
	for (size_t i = 0; i < ARRAY_SIZE(interfaces); i++) {
		if (interfaces[i].class == class &&
		        (interfaces[i].sub < 0 || (uint64_t)interfaces[i].sub == sub) &&
		        (interfaces[i].protocol < 0 ||
		                (uint64_t)interfaces[i].protocol == protocol))
			return interfaces[i].kind;
	}
	return USB_KIND_OTHER;
}

void usb_kind_note(
        struct usb_device *d, uint64_t class, uint64_t sub, uint64_t protocol, const char *name)
{
	enum usb_kind kind = usb_kind_of_interface(class, sub, protocol);

	/* MTP has no class; libmtp and the kernel's hwdb go by the interface's name too. */
	if (kind == USB_KIND_OTHER && class == 0xff && name && streq(name, "MTP"))
		kind = USB_KIND_PHONE;
	d->odd_keyboard |= !d->keyboard && class == 3 && sub == 1 && protocol == 2;
	d->keyboard |= class == 3 && sub == 1 && protocol == 1;
	d->mouse |= class == 3 && sub == 1 && protocol == 2;
	d->hid |= class == 3;
	d->storage |= class == 8;
	d->hub |= class == 9;
	/* Sound and picture stream at fixed times in USB's classes: 01/02, 0e/02. */
	d->isochronous |= (class == 0x01 || class == 0x0e) && sub == 2;
	d->gamepad |= kind == USB_KIND_GAMEPAD;
	/* A phone is one also while it lends its network or its files. */
	if (d->interface_kind == USB_KIND_OTHER || kind == USB_KIND_PHONE)
		d->interface_kind = kind;
}

/* Of what people type and point with; a mouse with keys is a mouse. */
static enum usb_kind input_kind(const struct usb_device *d)
{
	if (is_security_key(d))
		return USB_KIND_SECURITY_KEY;
	if (d->keyboard && !d->odd_keyboard)
		return USB_KIND_KEYBOARD;
	return d->mouse ? USB_KIND_MOUSE : d->hid ? USB_KIND_INPUT : USB_KIND_OTHER;
}

void usb_kind_settle(struct usb_device *d)
{
	d->odd_keyboard |= d->keyboard && is_security_key(d);
	d->kind = d->hub       ? USB_KIND_HUB
	          : d->gamepad ? USB_KIND_GAMEPAD /* many have a headset socket: sound too */
	          : d->wheel   ? USB_KIND_WHEEL
	                       : d->interface_kind;
	if (d->kind == USB_KIND_OTHER)
		d->kind = maker_kind(d->vendor);
	if (d->kind == USB_KIND_OTHER)
		d->kind = driver_kind(&d->drivers);
	if (d->kind == USB_KIND_OTHER)
		d->kind = input_kind(d);
}

const char *usb_kind_code(enum usb_kind kind)
{
	switch (kind) {
	case USB_KIND_OTHER:
		return "other";
	case USB_KIND_BLUETOOTH:
		return "bluetooth";
	case USB_KIND_CAMERA:
		return "camera";
	case USB_KIND_AUDIO:
		return "audio";
	case USB_KIND_STORAGE:
		return "storage";
	case USB_KIND_PRINTER:
		return "printer";
	case USB_KIND_SMART_CARD:
		return "smart-card";
	case USB_KIND_NETWORK:
		return "network";
	case USB_KIND_FINGERPRINT:
		return "fingerprint";
	case USB_KIND_UPS:
		return "ups";
	case USB_KIND_HUB:
		return "hub";
	case USB_KIND_GAMEPAD:
		return "gamepad";
	case USB_KIND_WHEEL:
		return "wheel";
	case USB_KIND_PHONE:
		return "phone";
	case USB_KIND_SECURITY_KEY:
		return "security-key";
	case USB_KIND_KEYBOARD:
		return "keyboard";
	case USB_KIND_MOUSE:
		return "mouse";
	case USB_KIND_INPUT:
		return "input";
	}
	abort();
}
