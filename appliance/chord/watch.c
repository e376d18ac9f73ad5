/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "chord/watch.h"

#include "base/util.h"

#include <errno.h>

#define HID_CLASS     0x03
#define HID_BOOT      0x01 /* subclass, and protocol of a keyboard: HID 1.11, 4.2, 4.3 */
#define REPORT_PAGE   0x22 /* descriptor of reports: 7.1 */
#define BOOT_PROTOCOL 0    /* of SET_PROTOCOL: 7.2.6 */

/* bmRequestType << 8 | bRequest */
enum request {
	GET_DESCRIPTOR_OF_INTERFACE = 0x8106,
	SET_PROTOCOL = 0x210b,
	SET_CONFIGURATION = 0x0009,
};

/* HID Usage Tables, 10: e0 left Ctrl, e1 left Shift, e2 left Alt, e5 right Shift */
static const struct hid_wish wishes[] = {
        {HID_PAGE_KEYBOARD, 0xe0, false, CHORD_LEFT_CTRL},
        {HID_PAGE_KEYBOARD, 0xe1, false, CHORD_LEFT_SHIFT},
        {HID_PAGE_KEYBOARD, 0xe2, false, CHORD_LEFT_ALT},
        {HID_PAGE_KEYBOARD, 0xe5, false, CHORD_RIGHT_SHIFT},
        /*
         * Pads number their buttons as they like. Most that are not in the table of pads follow the order of the
         * PlayStation's: 5 L1, 6 R1, 9 Select, 10 Start. So the chord of four is tried on them, and not promised.
         */
        {HID_PAGE_BUTTON, 5, true, CHORD_L1},
        {HID_PAGE_BUTTON, 6, true, CHORD_R1},
        {HID_PAGE_BUTTON, 9, true, CHORD_SELECT},
        {HID_PAGE_BUTTON, 10, true, CHORD_START},
};

/* The first byte of the boot keyboard's report: HID 1.11, appendix B.1 */
static const struct hid_layout boot_layout = {
        .n = 4,
        .list = {{.key = CHORD_LEFT_CTRL, .size = 1, .bit = 0},
                {.key = CHORD_LEFT_SHIFT, .size = 1, .bit = 1},
                {.key = CHORD_LEFT_ALT, .size = 1, .bit = 2},
                {.key = CHORD_RIGHT_SHIFT, .size = 1, .bit = 5}},
};

static void forget(struct watch_interface *i)
{
	i->held = 0;
	i->down = 0;
	i->chord = (struct chord_watch){0};
}

static void learn(struct watch_interface *i, const uint8_t *descriptor, size_t size)
{
	struct hid_layout layout;

	if (hid_parse(descriptor, size, wishes, ARRAY_SIZE(wishes), &layout) < 0)
		return;
	i->layout = layout;
	forget(i);
}

void watch_add_interface(struct watch *watch, const struct chord_message *m)
{
	struct watch_interface *i = watch->interfaces;

	while (i < watch->interfaces + CHORD_INTERFACES_MAX && i->used)
		i++;
	if (i == watch->interfaces + CHORD_INTERFACES_MAX)
		return;
	*i = (struct watch_interface){
	        .used = true,
	        .busnum = m->busnum,
	        .devnum = m->devnum,
	        .number = m->number,
	        .endpoint = m->endpoint,
	        .hid = m->class == HID_CLASS,
	        .boot_keyboard =
	                m->class == HID_CLASS && m->subclass == HID_BOOT && m->protocol == HID_BOOT,
	        .pad = pad_find(m->vendor, m->product, m->class, m->subclass, m->protocol),
	};
	if (i->hid && m->size)
		learn(i, m->descriptor, m->size);
}

void watch_drop_device(struct watch *watch, unsigned busnum, unsigned devnum)
{
	for (size_t n = 0; n < CHORD_INTERFACES_MAX; n++) {
		struct watch_interface *i = &watch->interfaces[n];

		if (i->used && i->busnum == busnum && i->devnum == devnum)
			*i = (struct watch_interface){0};
	}
}

void watch_lost(struct watch *watch, unsigned busnum)
{
	for (size_t n = 0; n < CHORD_INTERFACES_MAX; n++) {
		if (watch->interfaces[n].used && watch->interfaces[n].busnum == busnum)
			forget(&watch->interfaces[n]);
	}
}

/* --- evdev --- */

void watch_forget_input(struct watch *watch, size_t input)
{
	watch->inputs[input] = (struct watch_input){0};
}

static unsigned key_of(unsigned code)
{
	static const struct {
		unsigned code, key;
	} keys[] = {
#define ROW(code, key) {code, key},
	        CHORD_CODES(ROW)
#undef ROW
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (keys[i].code == code)
			return keys[i].key;
	}
	return 0;
}

void watch_event(
        struct watch *watch, size_t input, const struct input_event *event, uint64_t now_ms)
{
	struct watch_input *in = &watch->inputs[input];
	unsigned key = event->type == EV_KEY ? key_of(event->code) : 0;

	/* Events were lost: what is held is not known any more. */
	if (event->type == EV_SYN && event->code == SYN_DROPPED)
		watch_forget_input(watch, input);
	if (!key)
		return;
	in->down = event->value ? in->down | key : in->down & ~key;
	chord_update(&in->chord, in->down, now_ms);
}

/* --- usbmon --- */

/* What it says of its keys at this moment; NULL: nothing that is understood. */
static const struct hid_layout *layout_of(const struct watch_interface *i)
{
	if (i->boot_keyboard && (i->boot || !i->layout.n))
		return &boot_layout;
	return i->layout.n ? &i->layout : NULL;
}

static void on_report(
        struct watch_interface *i, const struct usbmon_packet *packet, uint64_t now_ms)
{
	const struct hid_layout *layout = layout_of(i);

	/* QEMU took the transfer back, and will ask again: what is held is still held. */
	if (packet->status == -ENOENT || packet->status == -ECONNRESET)
		return;
	if (packet->status != 0) { /* unplugged or reset */
		forget(i);
		return;
	}
	if (i->pad)
		pad_read(i->pad, packet->data, packet->size, &i->down);
	else if (layout && packet->size) {
		hid_read(layout, packet->data, packet->size, &i->held);
		i->down = hid_keys(layout, i->held);
	}
	chord_update(&i->chord, i->down, now_ms);
}

/* What the guest's driver asks of the device tells what its reports will be. */
static void on_setup(struct watch_interface *i, const struct usbmon_packet *packet)
{
	const uint8_t *s = packet->setup;
	unsigned request = (unsigned)s[0] << 8 | s[1], index = s[4] | (unsigned)s[5] << 8;

	if (request == SET_CONFIGURATION) {
		i->boot = false;
		forget(i);
	} else if (index != i->number) {
		return;
	} else if (request == SET_PROTOCOL) {
		i->boot = s[2] == BOOT_PROTOCOL;
		forget(i);
	} else if (request == GET_DESCRIPTOR_OF_INTERFACE && s[3] == REPORT_PAGE) {
		i->asked = packet->id;
	}
}

static void on_descriptor(struct watch_interface *i, const struct usbmon_packet *packet)
{
	i->asked = 0;
	if (packet->status == 0 && packet->size && packet->size <= CHORD_DESCRIPTOR_MAX)
		learn(i, packet->data, packet->size);
}

static void on_packet(
        struct watch_interface *i, const struct usbmon_packet *packet, uint64_t now_ms)
{
	bool end = packet->type == 'C';

	if (packet->has_setup && i->hid)
		on_setup(i, packet);
	else if (end && packet->transfer == USBMON_CONTROL && i->asked && packet->id == i->asked)
		on_descriptor(i, packet);
	else if (end && packet->transfer == USBMON_INTERRUPT && packet->endpoint == i->endpoint)
		on_report(i, packet, now_ms);
}

void watch_packet(struct watch *watch, const struct usbmon_packet *packet, uint64_t now_ms)
{
	for (size_t n = 0; n < CHORD_INTERFACES_MAX; n++) {
		struct watch_interface *i = &watch->interfaces[n];

		if (i->used && i->busnum == packet->busnum && i->devnum == packet->devnum)
			on_packet(i, packet, now_ms);
	}
}

/* --- news --- */

/* A pad of the common order is tried, but only what is known is promised. */
static enum chord_kind promised(const struct watch_interface *i)
{
	const struct hid_layout *layout = layout_of(i);
	enum chord_kind kind;

	if (i->pad)
		return chord_possible(pad_keys(i->pad));
	kind = layout ? chord_possible(hid_keys(layout, UINT32_MAX)) : CHORD_NONE;
	return kind == CHORD_KEYBOARD ? kind : CHORD_NONE;
}

static bool interface_news(struct watch_interface *i, uint64_t now_ms, struct chord_answer *a)
{
	enum chord_kind kind = chord_due(&i->chord, now_ms), sees = promised(i);

	*a = (struct chord_answer){CHORD_MAGIC, CHORD_HELD, kind, i->busnum, i->devnum};
	if (kind != CHORD_NONE)
		return true;
	if (i->told || sees == CHORD_NONE)
		return false;
	i->told = true;
	a->news = CHORD_SEES;
	a->kind = sees;
	return true;
}

bool watch_next_answer(struct watch *watch, uint64_t now_ms, struct chord_answer *answer)
{
	for (size_t n = 0; n < CHORD_INPUTS_MAX; n++) {
		enum chord_kind kind = chord_due(&watch->inputs[n].chord, now_ms);

		*answer = (struct chord_answer){CHORD_MAGIC, CHORD_HELD, kind, 0, 0};
		if (kind != CHORD_NONE)
			return true;
	}
	for (size_t n = 0; n < CHORD_INTERFACES_MAX; n++) {
		if (watch->interfaces[n].used &&
		        interface_news(&watch->interfaces[n], now_ms, answer))
			return true;
	}
	return false;
}

uint64_t watch_next_ms(const struct watch *watch)
{
	uint64_t next = UINT64_MAX;

	for (size_t n = 0; n < CHORD_INPUTS_MAX; n++) {
		uint64_t at = chord_next_ms(&watch->inputs[n].chord);

		next = at < next ? at : next;
	}
	for (size_t n = 0; n < CHORD_INTERFACES_MAX; n++) {
		uint64_t at = chord_next_ms(&watch->interfaces[n].chord);

		next = at < next ? at : next;
	}
	return next;
}
