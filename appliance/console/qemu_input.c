/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Input to QEMU. Nobody waits for an answer: a guest that takes no input has none. */
#include "console/qemu_impl.h"

#define KEYBOARD "org.qemu.Display1.Keyboard"
#define MOUSE    "org.qemu.Display1.Mouse"
#define CONSOLE  "org.qemu.Display1.Console"

enum { WHEEL_UP = 3, WHEEL_DOWN = 4, BUTTONS = 7 };

static void call(struct qemu *q, const char *interface, const char *member, const char *types, ...)
{
	cleanup(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	va_list ap;

	if (!q->path ||
	        sd_bus_message_new_method_call(q->bus, &m, NULL, q->path, interface, member) < 0)
		return;
	va_start(ap, types);
	if (sd_bus_message_appendv(m, types, ap) >= 0 && sd_bus_message_set_expect_reply(m, 0) >= 0)
		sd_bus_send(q->bus, m, NULL);
	va_end(ap);
}

static void key(struct source *source, uint8_t number, bool down)
{
	call(qemu_of(source), KEYBOARD, down ? "Press" : "Release", "u", (uint32_t)number);
}

static void motion(struct source *source, int dx, int dy)
{
	call(qemu_of(source), MOUSE, "RelMotion", "ii", dx, dy);
}

/* A guest without a tablet's driver is moved by the way from the last position. */
static void pointer(struct source *source, uint32_t x, uint32_t y)
{
	struct qemu *q = qemu_of(source);

	if (x >= source->picture.width || y >= source->picture.height)
		return;
	if (q->absolute)
		call(q, MOUSE, "SetAbsPosition", "uu", x, y);
	else if (q->has_position)
		motion(source, (int)x - (int)q->x, (int)y - (int)q->y);
	q->x = x;
	q->y = y;
	q->has_position = true;
}

static void buttons(struct source *source, unsigned down)
{
	struct qemu *q = qemu_of(source);
	unsigned changed = down ^ q->buttons;

	for (uint32_t i = 0; i < BUTTONS; i++) {
		if (changed & 1u << i)
			call(q, MOUSE, down & 1u << i ? "Press" : "Release", "u", i);
	}
	q->buttons = down;
}

static void wheel(struct source *source, int steps)
{
	struct qemu *q = qemu_of(source);
	uint32_t button = steps > 0 ? WHEEL_UP : WHEEL_DOWN;

	for (int i = steps < 0 ? -steps : steps; i > 0; i--) {
		call(q, MOUSE, "Press", "u", button);
		call(q, MOUSE, "Release", "u", button);
	}
}

/* A card that has no such thing has QEMU refuse: then an agent in the guest is to be told. */
static int on_resized(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	struct qemu *q = user;

	(void)unused;
	q->source.no_size = sd_bus_message_is_method_error(m, NULL);
	return 0;
}

static void resize(struct source *source, uint32_t width, uint32_t height)
{
	struct qemu *q = qemu_of(source);

	if (q->path)
		sd_bus_call_method_async(q->bus, NULL, NULL, q->path, CONSOLE, "SetUIInfo",
		        on_resized, q, "qqiiuu", 0, 0, 0, 0, width, height);
}

const struct source_ops qemu_ops = {
        .key = key,
        .pointer = pointer,
        .motion = motion,
        .buttons = buttons,
        .wheel = wheel,
        .resize = resize,
        .destroy = qemu_destroy,
};
