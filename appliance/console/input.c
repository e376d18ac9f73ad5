/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/input.h"

#include "console/keys.h"

#include <errno.h>

/* libspice hands back the instances, which lie in this, each at another place. */
struct input {
	SpiceKbdInstance keyboard;
	SpiceTabletInstance tablet;
	SpiceMouseInstance mouse;
	struct source *source;
	struct key_decoder decoder;
	struct keys_held held;
	unsigned buttons;
	void (*switched)(void *user);
	void *user;
};

#define INPUT_OF(instance, member) \
	((struct input *)((char *)(instance)-offsetof(struct input, member)))

/* --- keyboard --- */

static void push_scancode(SpiceKbdInstance *keyboard, uint8_t byte)
{
	struct input *in = INPUT_OF(keyboard, keyboard);
	struct key_event event;

	if (!key_decode(&in->decoder, byte, &event) || !keys_note(&in->held, &event))
		return;
	if (keys_is_switch(&in->held, &event)) {
		in->held.down[event.number] = false;
		in->switched(in->user);
		return;
	}
	if (in->source && in->source->ops->key)
		in->source->ops->key(in->source, event.number, event.down);
}

static uint8_t get_leds(SpiceKbdInstance *keyboard)
{
	struct input *in = INPUT_OF(keyboard, keyboard);

	return in->source ? (uint8_t)in->source->leds : 0;
}

static void release_all(struct input *in)
{
	uint8_t number;

	while (keys_release_one(&in->held, &number)) {
		if (in->source && in->source->ops->key)
			in->source->ops->key(in->source, number, false);
	}
	if (in->buttons && in->source && in->source->ops->buttons)
		in->source->ops->buttons(in->source, 0);
	in->buttons = 0;
}

/* --- pointer --- */

/* libspice's bits are left, right, middle, as QEMU's PS/2 mouse has them; ours are the numbers of the buttons. */
static unsigned buttons_of(uint32_t local)
{
	static const struct {
		uint32_t local;
		unsigned ours;
	} bits[] = {{0x01, BUTTON_LEFT}, {0x02, BUTTON_RIGHT}, {0x04, BUTTON_MIDDLE},
	        {0x40, BUTTON_SIDE}, {0x80, BUTTON_EXTRA}};
	unsigned ours = 0;

	for (size_t i = 0; i < ARRAY_SIZE(bits); i++)
		ours |= local & bits[i].local ? bits[i].ours : 0;
	return ours;
}

static void set_buttons(struct input *in, uint32_t local)
{
	unsigned down = buttons_of(local);

	if (down == in->buttons)
		return;
	in->buttons = down;
	if (in->source && in->source->ops->buttons)
		in->source->ops->buttons(in->source, down);
}

static void turn_wheel(struct input *in, int steps)
{
	/* SPICE counts towards the person. */
	if (steps && in->source && in->source->ops->wheel)
		in->source->ops->wheel(in->source, -steps);
}

/* May be called by the worker thread, and with 0x0: positions are pixels, which is all that we need. */
static void tablet_size(SpiceTabletInstance *tablet, int width, int height)
{
	(void)tablet, (void)width, (void)height;
}

static void tablet_position(SpiceTabletInstance *tablet, int x, int y, uint32_t buttons)
{
	struct input *in = INPUT_OF(tablet, tablet);

	if (x >= 0 && y >= 0 && in->source && in->source->ops->pointer)
		in->source->ops->pointer(in->source, (uint32_t)x, (uint32_t)y);
	set_buttons(in, buttons);
}

static void tablet_wheel(SpiceTabletInstance *tablet, int steps, uint32_t buttons)
{
	struct input *in = INPUT_OF(tablet, tablet);

	set_buttons(in, buttons);
	turn_wheel(in, steps);
}

static void tablet_buttons(SpiceTabletInstance *tablet, uint32_t buttons)
{
	set_buttons(INPUT_OF(tablet, tablet), buttons);
}

static void mouse_motion(SpiceMouseInstance *mouse, int dx, int dy, int dz, uint32_t buttons)
{
	struct input *in = INPUT_OF(mouse, mouse);

	if ((dx || dy) && in->source && in->source->ops->motion)
		in->source->ops->motion(in->source, dx, dy);
	set_buttons(in, buttons);
	turn_wheel(in, dz);
}

static void mouse_buttons(SpiceMouseInstance *mouse, uint32_t buttons)
{
	set_buttons(INPUT_OF(mouse, mouse), buttons);
}

/* --- what libspice sees --- */

static const SpiceKbdInterface keyboard_interface = {
        .base = {SPICE_INTERFACE_KEYBOARD, "playthrough", SPICE_INTERFACE_KEYBOARD_MAJOR,
                SPICE_INTERFACE_KEYBOARD_MINOR},
        .push_scan_freg = push_scancode,
        .get_leds = get_leds,
};

static const SpiceTabletInterface tablet_interface = {
        .base = {SPICE_INTERFACE_TABLET, "playthrough", SPICE_INTERFACE_TABLET_MAJOR,
                SPICE_INTERFACE_TABLET_MINOR},
        .set_logical_size = tablet_size,
        .position = tablet_position,
        .wheel = tablet_wheel,
        .buttons = tablet_buttons,
};

static const SpiceMouseInterface mouse_interface = {
        .base = {SPICE_INTERFACE_MOUSE, "playthrough", SPICE_INTERFACE_MOUSE_MAJOR,
                SPICE_INTERFACE_MOUSE_MINOR},
        .motion = mouse_motion,
        .buttons = mouse_buttons,
};

struct input *input_create(
        SpiceServer *server, void (*switched)(void *user), void *user, struct err *err)
{
	struct input *in = xcalloc(1, sizeof(*in));

	in->switched = switched;
	in->user = user;
	in->keyboard.base.sif = &keyboard_interface.base;
	in->tablet.base.sif = &tablet_interface.base;
	in->mouse.base.sif = &mouse_interface.base;
	/* The tablet stays: without one, a viewer's position is an assertion that fails in libspice. */
	if (spice_server_add_interface(server, &in->keyboard.base) == 0 &&
	        spice_server_add_interface(server, &in->tablet.base) == 0 &&
	        spice_server_add_interface(server, &in->mouse.base) == 0)
		return in;
	err_set(err, -EIO, "libspice: keyboard, tablet, mouse");
	free(in);
	return NULL;
}

void input_destroy(struct input *in)
{
	free(in);
}

void input_leds_changed(struct input *in)
{
	spice_server_kbd_leds(&in->keyboard, in->source ? (int)in->source->leds : 0);
}

void input_show(struct input *in, struct source *source)
{
	if (source == in->source)
		return;
	release_all(in);
	in->source = source;
	input_leds_changed(in);
}
