/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/usb_hands_off_facts.h"

#include "host/input.h"

/* A Bluetooth keyboard may go with its adapter: it does not count. */
static bool has_other_keyboard(const struct inputs *inputs)
{
	for (size_t i = 0; i < inputs->n; i++) {
		if (inputs->list[i].keyboard && !inputs->list[i].bluetooth)
			return true;
	}
	return false;
}

int usb_hands_off_facts_take(
        const struct root *root, struct usb_hands_off_facts *out, struct err *err)
{
	struct inputs inputs = {0};
	int r;

	*out = (struct usb_hands_off_facts){0};
	r = usb_take(root, &out->usb, err);
	if (r < 0)
		return r;
	/* It completes what USB says of keyboards; where it cannot be read, that has to do. */
	inputs_take(root, &out->usb, &inputs, NULL);
	out->w = (struct usb_hands_off){
	        .usb = &out->usb, .other_keyboard = has_other_keyboard(&inputs)};
	inputs_finish(&inputs);
	return 0;
}

void usb_hands_off_facts_finish(struct usb_hands_off_facts *facts)
{
	usb_finish(&facts->usb);
}
