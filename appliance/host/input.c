/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/input.h"
#include "host/attr.h"
#include "host/usb_kind.h"

#include <errno.h>

#define INPUTS "/sys/class/input"

/* linux/input-event-codes.h, linux/input.h */
enum {
	REL_BITS_XY = 0x3,
	BUTTON_LEFT = 0x110,
	BUTTON_JOYSTICK = 0x120, /* wheels and sticks, by their HID usage Joystick */
	BUTTON_GAMEPAD = 0x130,  /* by the HID usage Game Pad */
	BUTTON_DIGITIZER = 0x140,
	BUTTON_TOUCH = 0x14a,
	BUTTON_STYLUS = 0x14b,
	BUTTON_DPAD = 0x220,
	BUTTON_DPAD_END = 0x224,
	BUTTON_HAPPY = 0x2c0,
	BUTTON_HAPPY_END = 0x2e8,
	AXIS_RX = 0x03,
	AXIS_PRESSURE = 0x18,
	BUS_BLUETOOTH = 0x05,
	WORD_BITS = 64,
	KEY_WORDS = INPUT_KEY_WORDS,
};

/* Bits of "3000f 0 1f": words of 64 in hexadecimal, the highest first. */
struct bits {
	uint64_t words[KEY_WORDS];
};

static void bits_take(const struct root *root, const char *name, const char *kind, struct bits *out)
{
	cleanup_free char *text = attr_text(root, INPUTS "/%s/capabilities/%s", name, kind);
	struct strv words = {0};

	*out = (struct bits){0};
	strv_split(&words, text ? text : "", " ");
	for (size_t i = 0; i < words.n && i < KEY_WORDS; i++)
		parse_u64(words.list[words.n - 1 - i], 16, UINT64_MAX, &out->words[i]);
	strv_finish(&words);
}

/* How many of the bits from @first up to, not with, @end are set. */
static unsigned bits_count(const struct bits *bits, unsigned first, unsigned end)
{
	unsigned n = 0;

	for (unsigned i = first; i < end; i++)
		n += bits->words[i / WORD_BITS] >> i % WORD_BITS & 1;
	return n;
}

static bool bits_has(const struct bits *bits, unsigned bit)
{
	return bits_count(bits, bit, bit + 1);
}

struct abilities {
	struct bits keys, rel, abs;
};

/* As udev decides it: Escape, the digits and the first rows of letters are all there. */
static bool has_keys(const struct abilities *a)
{
	const uint64_t first_keys = 0xfffffffe;

	return (a->keys.words[0] & first_keys) == first_keys;
}

static bool has_pointer(const struct abilities *a)
{
	return bits_has(&a->keys, BUTTON_LEFT) && (a->rel.words[0] & REL_BITS_XY) == REL_BITS_XY;
}

/* Keyboards spread keys over several input devices, some with stray buttons of joysticks. */
static bool has_keyboard_keys(const struct abilities *a)
{
	/* left Ctrl, Caps Lock, Num Lock, Insert, mute, calculator, file, mail, play, darker */
	static const unsigned keys[] = {29, 58, 69, 110, 113, 140, 144, 155, 164, 224};
	unsigned n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		n += bits_has(&a->keys, keys[i]);
	return n >= 4;
}

/* Buttons and axes of games. Mice with very many buttons reach up to those of joysticks. */
static unsigned count_game_parts(const struct abilities *a)
{
	unsigned buttons = bits_has(&a->keys, BUTTON_JOYSTICK - 1)
	                           ? 0
	                           : bits_count(&a->keys, BUTTON_JOYSTICK, BUTTON_DIGITIZER);

	return buttons + bits_count(&a->keys, BUTTON_DPAD, BUTTON_DPAD_END) +
	       bits_count(&a->keys, BUTTON_HAPPY, BUTTON_HAPPY_END) +
	       bits_count(&a->abs, AXIS_RX, AXIS_PRESSURE);
}

/*
 * As udev's input_id decides ID_INPUT_JOYSTICK, whose database no capture holds: buttons or axes of a game device, and
 * nothing of a keyboard, mouse, tablet or touchscreen.
 */
static bool is_game_device(const struct abilities *a)
{
	if (has_keys(a) || has_keyboard_keys(a) || bits_has(&a->keys, BUTTON_LEFT) ||
	        bits_has(&a->keys, BUTTON_TOUCH) || bits_has(&a->keys, BUTTON_STYLUS) ||
	        bits_has(&a->keys, BUTTON_DIGITIZER))
		return false;
	return count_game_parts(a) >= 2;
}

/* A pad has a pad's buttons; wheels, sticks, throttles and pedals have others, or axes alone. */
static void note_game_device(const struct abilities *a, struct usb_device *d)
{
	bool pad = bits_count(&a->keys, BUTTON_GAMEPAD, BUTTON_DIGITIZER);

	if (!is_game_device(a))
		return;
	d->gamepad |= pad;
	d->wheel |= !pad;
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
	struct abilities abilities;
	bool keyboard, mouse;
	bool bluetooth =
	        attr_u64(root, 16, 0xffff, 0, INPUTS "/%s/id/bustype", name) == BUS_BLUETOOTH;
	struct usb_device *device = real && !bluetooth ? find_usb(usb, real) : NULL;
	struct input_device *input;

	if (!real || is_virtual(real))
		return;
	bits_take(root, name, "key", &abilities.keys);
	bits_take(root, name, "rel", &abilities.rel);
	bits_take(root, name, "abs", &abilities.abs);
	keyboard = has_keys(&abilities);
	mouse = has_pointer(&abilities);
	if (device) {
		device->odd_keyboard |= mouse && !device->keyboard;
		device->keyboard |= keyboard;
		device->mouse |= mouse;
		note_game_device(&abilities, device);
		usb_kind_settle(device);
		return;
	}
	if (!keyboard && !mouse)
		return;
	input = list_append(out->list, out->n);
	input->sysname = xstrdup(name);
	input->name = attr_text(root, INPUTS "/%s/name", name);
	if (!input->name)
		input->name = xstrdup("");
	input->keyboard = keyboard;
	input->mouse = mouse;
	input->bluetooth = bluetooth;
	input->usb = usb_name_in_path(real);
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
		free(inputs->list[i].usb);
	}
	free(inputs->list);
	*inputs = (struct inputs){0};
}

/* --- event nodes --- */

bool input_node_has_key(const struct input_node *node, unsigned code)
{
	return code / WORD_BITS < INPUT_KEY_WORDS &&
	       node->keys[code / WORD_BITS] >> code % WORD_BITS & 1;
}

char *input_behind_node(const struct root *root, const char *name)
{
	cleanup_free char *link = xasprintf(INPUTS "/%s/device", name);
	char *input = root_link_name(root, link);

	if (!input || is_numbered(input, "input"))
		return input;
	free(input);
	return NULL;
}

/* What it is, where it is plugged in at all: a program can make one of any kind. */
static void look_behind(const struct root *root, struct input_node *node)
{
	cleanup_free char *link = xasprintf(INPUTS "/%s", node->input);
	cleanup_free char *real = root_real_path(root, link);
	struct abilities a;

	if (!real || is_virtual(real))
		return;
	bits_take(root, node->input, "key", &a.keys);
	bits_take(root, node->input, "rel", &a.rel);
	node->keyboard = has_keys(&a);
	node->mouse = has_pointer(&a);
	if (attr_u64(root, 16, 0xffff, 0, INPUTS "/%s/id/bustype", node->input) != BUS_BLUETOOTH)
		node->usb = usb_name_in_path(real);
}

void input_nodes_take(const struct root *root, struct input_node **list, size_t *n)
{
	cleanup_strv struct strv names = {0};

	root_list(root, INPUTS, &names);
	strv_foreach (name, &names) {
		char *input = is_numbered(*name, "event") ? input_behind_node(root, *name) : NULL;
		struct input_node *node;
		struct bits keys;

		if (!input)
			continue;
		bits_take(root, input, "key", &keys);
		node = list_append(*list, *n);
		node->name = xstrdup(*name);
		node->input = input;
		memcpy(node->keys, keys.words, sizeof(node->keys));
	}
}

void input_node_finish(struct input_node *node)
{
	free(node->name);
	free(node->input);
	free(node->usb);
	*node = (struct input_node){0};
}

static void take_links(const struct root *root, const char *folder, struct input_nodes *out)
{
	cleanup_strv struct strv names = {0};

	root_list(root, folder, &names);
	strv_foreach (name, &names) {
		char *link = xasprintf("%s/%s", folder, *name), *node = root_link_name(root, link);

		if (node && is_numbered(node, "event")) {
			*list_append(out->links, out->n_links) = (struct input_link){link, node};
			continue;
		}
		free(link);
		free(node);
	}
}

void input_nodes_take_all(const struct root *root, struct input_nodes *out)
{
	*out = (struct input_nodes){0};
	input_nodes_take(root, &out->list, &out->n);
	for (size_t i = 0; i < out->n; i++)
		look_behind(root, &out->list[i]);
	take_links(root, "/dev/input/by-id", out);
	take_links(root, "/dev/input/by-path", out);
}

const struct input_node *input_nodes_find(const struct input_nodes *nodes, const char *link)
{
	for (size_t i = 0; i < nodes->n_links; i++) {
		if (!streq(nodes->links[i].link, link))
			continue;
		for (size_t k = 0; k < nodes->n; k++)
			if (streq(nodes->list[k].name, nodes->links[i].node))
				return &nodes->list[k];
	}
	return NULL;
}

void input_nodes_finish(struct input_nodes *nodes)
{
	for (size_t i = 0; i < nodes->n; i++)
		input_node_finish(&nodes->list[i]);
	for (size_t i = 0; i < nodes->n_links; i++) {
		free(nodes->links[i].link);
		free(nodes->links[i].node);
	}
	free(nodes->list);
	free(nodes->links);
	*nodes = (struct input_nodes){0};
}
