/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/input.h"
#include "host/attr.h"

#include <errno.h>

#define INPUTS "/sys/class/input"

/* linux/input-event-codes.h, linux/input.h */
enum { REL_BITS_XY = 0x3, BUTTON_LEFT = 0x110, BUS_BLUETOOTH = 0x05, WORD_BITS = 64 };

/* Of "3000f 0 1f": words of 64 bits in hexadecimal, the highest first. 0 where there is no such word. */
static uint64_t capability_word(
        const struct root *root, const char *name, const char *kind, size_t word)
{
	cleanup_free char *text = attr_text(root, INPUTS "/%s/capabilities/%s", name, kind);
	struct strv words = {0};
	uint64_t value = 0;

	strv_split(&words, text ? text : "", " ");
	if (word >= words.n ||
	        parse_u64(words.list[words.n - 1 - word], 16, UINT64_MAX, &value) < 0)
		value = 0;
	strv_finish(&words);
	return value;
}

/* As udev decides it: Escape, the digits and the first rows of letters are all there. */
static bool has_keys(const struct root *root, const char *name)
{
	const uint64_t first_keys = 0xfffffffe;

	return (capability_word(root, name, "key", 0) & first_keys) == first_keys;
}

static bool has_pointer(const struct root *root, const char *name)
{
	uint64_t buttons = capability_word(root, name, "key", BUTTON_LEFT / WORD_BITS);
	uint64_t axes = capability_word(root, name, "rel", 0);

	return buttons >> BUTTON_LEFT % WORD_BITS & 1 && (axes & REL_BITS_XY) == REL_BITS_XY;
}

static struct usb_device *find_usb(struct usb *usb, const char *real)
{
	cleanup_free char *name = usb_name_in_path(real);

	for (size_t i = 0; name && i < usb->n; i++) {
		if (streq(usb->list[i].sysname, name))
			return &usb->list[i];
	}
	return NULL;
}

/* Made by a program, not plugged in. What a program of Bluetooth's makes (uhid) is a real keyboard. */
static bool is_virtual(const char *real)
{
	return starts_with(real, "/sys/devices/virtual/") && !strstr(real, "/uhid/");
}

static void take_input(
        const struct root *root, const char *name, struct usb *usb, struct inputs *out)
{
	cleanup_free char *link = xasprintf(INPUTS "/%s", name);
	cleanup_free char *real = root_real_path(root, link);
	bool keyboard = has_keys(root, name), mouse = has_pointer(root, name);
	bool bluetooth =
	        attr_u64(root, 16, 0xffff, 0, INPUTS "/%s/id/bustype", name) == BUS_BLUETOOTH;
	struct usb_device *device = real && !bluetooth ? find_usb(usb, real) : NULL;
	struct input_device *input;

	if (!real || is_virtual(real) || !(keyboard || mouse))
		return;
	if (device) {
		device->odd_keyboard |= mouse && !device->keyboard;
		device->keyboard |= keyboard;
		device->mouse |= mouse;
		return;
	}
	input = list_append(out->list, out->n);
	input->sysname = xstrdup(name);
	input->name = attr_text(root, INPUTS "/%s/name", name);
	if (!input->name)
		input->name = xstrdup("");
	input->keyboard = keyboard;
	input->mouse = mouse;
	input->bluetooth = bluetooth;
	input->ps2 = strstr(real, "/i8042/") != NULL;
	input->has_controller = path_controller(real, &input->controller);
}

int inputs_take(const struct root *root, struct usb *usb, struct inputs *out, struct err *err)
{
	struct strv names = {0};
	int r = root_list(root, INPUTS, &names);

	*out = (struct inputs){0};
	if (r < 0 && r != -ENOENT)
		return err_errno(err, r, "%s" INPUTS, root->path);
	strv_foreach (name, &names) {
		if (is_numbered(*name, "input"))
			take_input(root, *name, usb, out);
	}
	strv_finish(&names);
	return 0;
}

void inputs_finish(struct inputs *inputs)
{
	for (size_t i = 0; i < inputs->n; i++) {
		free(inputs->list[i].sysname);
		free(inputs->list[i].name);
	}
	free(inputs->list);
	*inputs = (struct inputs){0};
}
