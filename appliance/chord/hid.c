/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "chord/hid.h"

#include <errno.h>
#include <string.h>

#define RANGES_MAX     64
#define STACK_MAX      8
#define REPORT_BITS    (8u * 16384u) /* HID_MAX_BUFFER_SIZE of linux/hid.h */
#define LONG_ITEM      0xfe
#define INPUT_CONSTANT 1u
#define INPUT_VARIABLE 2u

/* Prefix without its two bits of size: type and tag, 6.2.2.4-8 */
enum item {
	MAIN_INPUT = 0x80,
	MAIN_COLLECTION = 0xa0,
	MAIN_END = 0xc0,
	GLOBAL_PAGE = 0x04,
	GLOBAL_LOGICAL_MIN = 0x14,
	GLOBAL_SIZE = 0x74,
	GLOBAL_REPORT = 0x84,
	GLOBAL_COUNT = 0x94,
	GLOBAL_PUSH = 0xa4,
	GLOBAL_POP = 0xb4,
	LOCAL_USAGE = 0x08,
	LOCAL_MIN = 0x18,
	LOCAL_MAX = 0x28,
};

struct globals {
	uint16_t page;
	uint32_t logical_min, size, count;
	uint8_t report;
};

/* Usages in a row. @page 0: the page that is in force when the main item comes. */
struct range {
	uint16_t page, min, max;
};

struct parser {
	const struct hid_wish *wishes;
	size_t n_wishes;
	struct hid_layout *out;
	struct globals now, stack[STACK_MAX];
	size_t depth;
	struct range ranges[RANGES_MAX];
	size_t n_ranges;
	struct range open; /* its minimum has come */
	unsigned collections;
	bool pad;           /* within a joystick or gamepad */
	uint32_t bits[256]; /* of each report, so far */
};

static void add_range(struct parser *p, struct range range)
{
	if (p->n_ranges < RANGES_MAX && range.min <= range.max)
		p->ranges[p->n_ranges++] = range;
}

/* How many usages come before @wish among those of the main item; -1: it is none of them. */
static int64_t usage_index(const struct parser *p, const struct hid_wish *wish)
{
	int64_t before = 0;

	for (size_t i = 0; i < p->n_ranges; i++) {
		const struct range *r = &p->ranges[i];
		uint16_t page = r->page ? r->page : p->now.page;

		if (page == wish->page && wish->usage >= r->min && wish->usage <= r->max)
			return before + wish->usage - r->min;
		before += r->max - r->min + 1;
	}
	return -1;
}

static void add_control(struct parser *p, const struct hid_wish *wish, bool variable)
{
	int64_t index = usage_index(p, wish);
	struct hid_control c = {.key = wish->key,
	        .report = p->now.report,
	        .size = (uint8_t)p->now.size,
	        .array = !variable,
	        .count = (uint16_t)p->now.count,
	        .bit = p->bits[p->now.report]};

	if (index < 0 || p->now.size == 0 || p->now.size > 32 || p->out->n == HID_CONTROLS_MAX)
		return;
	if (wish->pad && !p->pad)
		return;
	if (variable && index >= p->now.count)
		return;
	if (variable)
		c.bit += (uint32_t)index * p->now.size;
	else
		c.value = p->now.logical_min + (uint32_t)index;
	p->out->list[p->out->n++] = c;
}

static int on_input(struct parser *p, uint32_t flags)
{
	uint64_t bits = (uint64_t)p->now.size * p->now.count;

	if (p->now.count > UINT16_MAX || p->bits[p->now.report] + bits > REPORT_BITS)
		return -EINVAL;
	for (size_t i = 0; i < p->n_wishes && !(flags & INPUT_CONSTANT); i++)
		add_control(p, &p->wishes[i], flags & INPUT_VARIABLE);
	p->bits[p->now.report] += (uint32_t)bits;
	return 0;
}

/* The outermost collection is the application. */
static void on_collection(struct parser *p)
{
	const struct hid_wish joystick = {HID_PAGE_DESKTOP, HID_JOYSTICK, false, 0},
	                      gamepad = {HID_PAGE_DESKTOP, HID_GAMEPAD, false, 0};

	if (p->collections++ == 0)
		p->pad = usage_index(p, &joystick) >= 0 || usage_index(p, &gamepad) >= 0;
}

static int on_main(struct parser *p, unsigned item, uint32_t data)
{
	int r = 0;

	if (item == MAIN_INPUT)
		r = on_input(p, data);
	if (item == MAIN_COLLECTION)
		on_collection(p);
	if (item == MAIN_END) {
		if (!p->collections)
			return -EINVAL;
		p->collections--;
	}
	p->n_ranges = 0;
	p->open = (struct range){0};
	return r;
}

static int on_global(struct parser *p, unsigned item, uint32_t data)
{
	if (item == GLOBAL_PAGE)
		p->now.page = (uint16_t)data;
	else if (item == GLOBAL_LOGICAL_MIN)
		p->now.logical_min = data;
	else if (item == GLOBAL_SIZE)
		p->now.size = data;
	else if (item == GLOBAL_COUNT)
		p->now.count = data;
	if (item == GLOBAL_REPORT) {
		if (data == 0 || data > UINT8_MAX)
			return -EINVAL;
		p->now.report = (uint8_t)data;
		p->out->numbered = true;
	}
	if ((item == GLOBAL_PUSH && p->depth == STACK_MAX) || (item == GLOBAL_POP && p->depth == 0))
		return -EINVAL;
	if (item == GLOBAL_PUSH)
		p->stack[p->depth++] = p->now;
	if (item == GLOBAL_POP)
		p->now = p->stack[--p->depth];
	return 0;
}

/* A usage of four bytes brings its own page: 6.2.2.8 */
static void on_local(struct parser *p, unsigned item, uint32_t data, size_t size)
{
	uint16_t page = size == 4 ? (uint16_t)(data >> 16) : 0, usage = (uint16_t)data;

	if (item == LOCAL_USAGE)
		add_range(p, (struct range){page, usage, usage});
	if (item == LOCAL_MIN)
		p->open = (struct range){page, usage, 0};
	if (item == LOCAL_MAX) {
		p->open.max = usage;
		add_range(p, p->open);
	}
}

/* Logical minima are signed: those of one and two bytes are widened. Only differences to them are used. */
static uint32_t item_data(const uint8_t *bytes, size_t size, bool is_signed)
{
	uint32_t data = 0;

	for (size_t i = 0; i < size; i++)
		data |= (uint32_t)bytes[i] << 8 * i;
	if (is_signed && size == 1)
		return (uint32_t)(int32_t)(int8_t)data;
	if (is_signed && size == 2)
		return (uint32_t)(int32_t)(int16_t)data;
	return data;
}

static int on_item(struct parser *p, unsigned prefix, const uint8_t *bytes, size_t size)
{
	unsigned item = prefix & ~3u;
	uint32_t data = item_data(bytes, size, item == GLOBAL_LOGICAL_MIN);

	switch (prefix >> 2 & 3) {
	case 0:
		return on_main(p, item, data);
	case 1:
		return on_global(p, item, data);
	case 2:
		on_local(p, item, data, size);
		return 0;
	}
	return -EINVAL; /* reserved */
}

int hid_parse(const uint8_t *bytes, size_t size, const struct hid_wish *wishes, size_t n_wishes,
        struct hid_layout *out)
{
	static const uint8_t sizes[] = {0, 1, 2, 4};
	struct parser p = {.wishes = wishes, .n_wishes = n_wishes, .out = out};
	int r = 0;

	*out = (struct hid_layout){0};
	for (size_t at = 0; at < size && r == 0;) {
		unsigned prefix = bytes[at++];
		size_t n = sizes[prefix & 3];

		if (prefix == LONG_ITEM) {
			n = at < size ? 2u + bytes[at] : size;
			r = n > size - at ? -EINVAL : 0;
		} else {
			r = n > size - at ? -EINVAL : on_item(&p, prefix, bytes + at, n);
		}
		at += r == 0 ? n : 0;
	}
	if (r < 0)
		*out = (struct hid_layout){0};
	return r;
}

/* Bits beyond the end are zero, as the kernel has it. */
static uint32_t read_bits(const uint8_t *bytes, size_t size, uint32_t bit, unsigned n)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < 5; i++) {
		size_t at = bit / 8 + i;

		value |= at < size ? (uint64_t)bytes[at] << 8 * i : 0;
	}
	return (uint32_t)(value >> bit % 8 & ((1ull << n) - 1));
}

static bool is_down(const struct hid_control *c, const uint8_t *bytes, size_t size)
{
	uint32_t wanted = c->value & (uint32_t)((1ull << c->size) - 1);

	if (!c->array)
		return read_bits(bytes, size, c->bit, c->size) != 0;
	for (uint32_t i = 0; i < c->count; i++) {
		uint32_t bit = c->bit + i * c->size;

		if (bit / 8 >= size)
			return false;
		if (read_bits(bytes, size, bit, c->size) == wanted)
			return true;
	}
	return false;
}

void hid_read(const struct hid_layout *layout, const uint8_t *report, size_t size, uint32_t *held)
{
	uint8_t number = 0;

	if (layout->numbered) {
		if (size == 0)
			return;
		number = report[0];
		report++;
		size--;
	}
	for (size_t i = 0; i < layout->n; i++) {
		const struct hid_control *c = &layout->list[i];

		if (c->report != number)
			continue;
		*held &= ~(1u << i);
		*held |= (uint32_t)is_down(c, report, size) << i;
	}
}

unsigned hid_keys(const struct hid_layout *layout, uint32_t held)
{
	unsigned keys = 0;

	for (size_t i = 0; i < layout->n; i++)
		keys |= held >> i & 1 ? layout->list[i].key : 0;
	return keys;
}
