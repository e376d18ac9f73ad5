/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where in a HID report the few keys sit that one asks for. Pure; the bytes are a stranger's.
 *
 * Device Class Definition for Human Interface Devices 1.11, 6.2.2 (report descriptors), 5.6 (reports); a key is a bit
 * of a bitmap (variable), or named by a number in a list (array).
 */
#ifndef CHORD_HID_H
#define CHORD_HID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HID_CONTROLS_MAX 32

/* HID Usage Tables: usage pages, and applications of the page Generic Desktop */
enum hid_usage {
	HID_PAGE_DESKTOP = 0x01,
	HID_PAGE_KEYBOARD = 0x07,
	HID_PAGE_BUTTON = 0x09,
	HID_JOYSTICK = 0x04,
	HID_GAMEPAD = 0x05,
};

struct hid_wish {
	uint16_t page, usage;
	bool pad; /* only in an application that is a joystick or gamepad */
	unsigned key;
};

struct hid_control {
	unsigned key;
	uint8_t report; /* its number; 0 where the device numbers none */
	uint8_t size;   /* of one element, in bits */
	bool array;
	uint16_t count; /* of an array's elements */
	uint32_t bit;   /* of the first one, behind the report's number */
	uint32_t value; /* of an array: that which names the key */
};

struct hid_layout {
	bool numbered; /* each report begins with its number */
	size_t n;
	struct hid_control list[HID_CONTROLS_MAX];
};

/* At most 8 wishes. Returns 0, or -EINVAL: this is no report descriptor. What is found may be nothing. */
int hid_parse(const uint8_t *bytes, size_t size, const struct hid_wish *wishes, size_t n_wishes,
        struct hid_layout *out);
/* Renews in @held, a bit for each control, those that are in this report. */
void hid_read(const struct hid_layout *layout, const uint8_t *report, size_t size, uint32_t *held);
/* The keys of the controls whose bit is set. */
unsigned hid_keys(const struct hid_layout *layout, uint32_t held);

#endif
