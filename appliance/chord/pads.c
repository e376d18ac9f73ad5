/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "chord/pads.h"

#include "base/util.h"

#define BUTTONS_MAX 5
#define HID_CLASS   0x03

struct pad_report {
	struct {
		uint8_t at, value;
	} mark[2]; /* by which it is known; a mark that says the same twice is one */
	struct {
		unsigned key;
		uint8_t at, mask;
	} buttons[BUTTONS_MAX];
};

struct pad {
	struct pad_report reports[2];
};

/* drivers/input/joystick/xpad.c, xpad360_process_packet(): 20 bytes that begin with 00 14 */
static const struct pad xbox_360 = {
        {{{{0, 0x00}, {1, 0x14}},
                {{CHORD_START, 2, 0x10}, {CHORD_SELECT, 2, 0x20}, {CHORD_L1, 3, 0x01},
                        {CHORD_R1, 3, 0x02}, {CHORD_GUIDE, 3, 0x04}}}},
};
/* the same, xpad360w_process_packet(): the report of a pad stands behind four bytes of the receiver */
static const struct pad xbox_360_wireless = {
        {{{{1, 0x01}, {4, 0x00}},
                {{CHORD_START, 6, 0x10}, {CHORD_SELECT, 6, 0x20}, {CHORD_L1, 7, 0x01},
                        {CHORD_R1, 7, 0x02}, {CHORD_GUIDE, 7, 0x04}}}},
};
/* the same, xpadone_process_packet(): GIP_CMD_INPUT, and the guide button as GIP_CMD_VIRTUAL_KEY */
static const struct pad xbox_one = {
        {{{{0, 0x20}, {0, 0x20}}, {{CHORD_START, 4, 0x04}, {CHORD_SELECT, 4, 0x08},
                                          {CHORD_L1, 5, 0x10}, {CHORD_R1, 5, 0x20}}},
                {{{0, 0x07}, {0, 0x07}}, {{CHORD_GUIDE, 4, 0x03}}}},
};
/* drivers/hid/hid-playstation.c: struct dualshock4_input_report_common behind report number 1 */
static const struct pad dualshock_4 = {
        {{{{0, 0x01}, {0, 0x01}},
                {{CHORD_L1, 6, 0x01}, {CHORD_R1, 6, 0x02}, {CHORD_SELECT, 6, 0x10},
                        {CHORD_START, 6, 0x20}, {CHORD_GUIDE, 7, 0x01}}}},
};
/* the same: struct dualsense_input_report behind report number 1 (DS_BUTTONS1_*, DS_BUTTONS2_PS_HOME) */
static const struct pad dualsense = {
        {{{{0, 0x01}, {0, 0x01}},
                {{CHORD_L1, 9, 0x01}, {CHORD_R1, 9, 0x02}, {CHORD_SELECT, 9, 0x10},
                        {CHORD_START, 9, 0x20}, {CHORD_GUIDE, 10, 0x01}}}},
};
/* drivers/hid/hid-nintendo.c: struct joycon_input_report, number 0x30, button_status from byte 3 on (JC_BTN_*) */
static const struct pad switch_pro = {
        {{{{0, 0x30}, {0, 0x30}},
                {{CHORD_R1, 3, 0x40}, {CHORD_SELECT, 4, 0x01}, {CHORD_START, 4, 0x02},
                        {CHORD_GUIDE, 4, 0x10}, {CHORD_L1, 5, 0x40}}}},
};

/* xpad.c, xpad_table: XPAD_XBOX360_VENDOR, XPAD_XBOXONE_VENDOR */
static const struct {
	uint8_t subclass, protocol;
	const struct pad *pad;
} by_interface[] = {
        {0x5d, 0x01, &xbox_360},
        {0x5d, 0x81, &xbox_360_wireless},
        {0x47, 0xd0, &xbox_one},
};

/* drivers/hid/hid-ids.h */
static const struct {
	uint16_t vendor, product;
	const struct pad *pad;
} by_id[] = {
        {0x054c, 0x05c4, &dualshock_4}, /* USB_DEVICE_ID_SONY_PS4_CONTROLLER */
        {0x054c, 0x09cc, &dualshock_4}, /* ..._CONTROLLER_2 */
        {0x054c, 0x0ba0, &dualshock_4}, /* ..._CONTROLLER_DONGLE */
        {0x054c, 0x0ce6, &dualsense},   /* USB_DEVICE_ID_SONY_PS5_CONTROLLER */
        {0x054c, 0x0df2, &dualsense},   /* ..._CONTROLLER_2, DualSense Edge */
        {0x057e, 0x2009, &switch_pro},  /* USB_DEVICE_ID_NINTENDO_PROCON */
};

const struct pad *pad_find(
        uint16_t vendor, uint16_t product, uint8_t class, uint8_t subclass, uint8_t protocol)
{
	for (size_t i = 0; class == 0xff && i < ARRAY_SIZE(by_interface); i++) {
		if (by_interface[i].subclass == subclass && by_interface[i].protocol == protocol)
			return by_interface[i].pad;
	}
	for (size_t i = 0; class == HID_CLASS && i < ARRAY_SIZE(by_id); i++) {
		if (by_id[i].vendor == vendor && by_id[i].product == product)
			return by_id[i].pad;
	}
	return NULL;
}

/* Whether it is this report, and whole as far as buttons are in it. */
static bool is_report(const struct pad_report *r, const uint8_t *report, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(r->mark); i++) {
		if (r->mark[i].at >= size || report[r->mark[i].at] != r->mark[i].value)
			return false;
	}
	for (size_t i = 0; i < BUTTONS_MAX; i++) {
		if (r->buttons[i].at >= size)
			return false;
	}
	return r->buttons[0].key;
}

void pad_read(const struct pad *pad, const uint8_t *report, size_t size, unsigned *down)
{
	for (size_t i = 0; i < ARRAY_SIZE(pad->reports); i++) {
		const struct pad_report *r = &pad->reports[i];

		if (!is_report(r, report, size))
			continue;
		for (size_t b = 0; b < BUTTONS_MAX; b++) {
			*down &= ~r->buttons[b].key;
			if (report[r->buttons[b].at] & r->buttons[b].mask)
				*down |= r->buttons[b].key;
		}
	}
}

unsigned pad_keys(const struct pad *pad)
{
	unsigned keys = 0;

	for (size_t i = 0; i < ARRAY_SIZE(pad->reports); i++) {
		for (size_t b = 0; b < BUTTONS_MAX; b++)
			keys |= pad->reports[i].buttons[b].key;
	}
	return keys;
}
