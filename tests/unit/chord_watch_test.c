/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events and packets in, news out; the clock is the test's. */
#include "chord/watch.h"

#include "base/util.h"
#include "chord_bytes.h"

#include <errno.h>
#include <setjmp.h>

#include <cmocka.h>

#define DEVICE 5
#define DOWN   0x27 /* of the first byte: left Ctrl, Shift, Alt, right Shift */

static struct watch w;
static uint64_t now;
static uint8_t bytes[USBMON_HEADER + CHORD_DESCRIPTOR_MAX + 8];

static int setup(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	now = 1000;
	return 0;
}

static void add(uint8_t subclass, uint8_t protocol, const uint8_t *descriptor, size_t size)
{
	struct chord_message m = {.busnum = 1,
	        .devnum = DEVICE,
	        .class = 0x03,
	        .subclass = subclass,
	        .protocol = protocol,
	        .endpoint = 0x81,
	        .size = (uint16_t)size};

	if (size)
		memcpy(m.descriptor, descriptor, size);
	watch_add_interface(&w, &m);
}

static void packet(size_t size)
{
	struct usbmon_packet p;

	assert_true(usbmon_decode(bytes, size, &p));
	watch_packet(&w, &p, now);
}

static void report(const uint8_t *data, uint32_t size)
{
	packet(bytes_packet(bytes, 'C', USBMON_INTERRUPT, 0x81, DEVICE, 7, data, size));
}

static void ended(int32_t status)
{
	size_t size = bytes_packet(bytes, 'C', USBMON_INTERRUPT, 0x81, DEVICE, 7, NULL, 0);

	memcpy(bytes + 28, &status, sizeof(status));
	packet(size);
}

static void key(uint8_t modifiers)
{
	const uint8_t data[8] = {modifiers};

	report(data, sizeof(data));
}

static bool next(struct chord_answer *a)
{
	return watch_next_answer(&w, now, a);
}

static void expect(enum chord_news news, enum chord_kind kind)
{
	struct chord_answer a;

	assert_true(next(&a));
	assert_int_equal(a.news, news);
	assert_int_equal(a.kind, kind);
	assert_int_equal(a.magic, CHORD_MAGIC);
}

static void expect_nothing(void)
{
	struct chord_answer a;

	assert_false(next(&a));
}

static void test_keyboard_of_a_vm(void **state)
{
	(void)state;
	add(1, 1, bytes_keyboard, sizeof(bytes_keyboard));
	expect(CHORD_SEES, CHORD_KEYBOARD);
	expect_nothing();
	assert_true(watch_next_ms(&w) == UINT64_MAX);
	key(DOWN);
	assert_int_equal(watch_next_ms(&w), 2000);
	now = 1999;
	expect_nothing();
	now = 2000;
	expect(CHORD_HELD, CHORD_KEYBOARD);
	expect_nothing();
	assert_true(watch_next_ms(&w) == UINT64_MAX);
}

static void test_let_go(void **state)
{
	(void)state;
	add(1, 1, NULL, 0); /* without a descriptor: the boot protocol */
	expect(CHORD_SEES, CHORD_KEYBOARD);
	key(DOWN);
	now = 1900;
	key(DOWN & ~2);
	now = 5000;
	expect_nothing();
}

static void test_transfers_that_end(void **state)
{
	(void)state;
	add(1, 1, NULL, 0);
	expect(CHORD_SEES, CHORD_KEYBOARD);
	key(DOWN);
	ended(-ENOENT); /* taken back, to be asked again */
	now = 2000;
	expect(CHORD_HELD, CHORD_KEYBOARD);
	key(0);
	key(DOWN);
	ended(-ESHUTDOWN); /* unplugged */
	now = 9000;
	expect_nothing();
}

static void test_packets_of_others(void **state)
{
	const uint8_t data[8] = {DOWN};

	(void)state;
	add(1, 1, NULL, 0);
	expect(CHORD_SEES, CHORD_KEYBOARD);
	packet(bytes_packet(bytes, 'C', USBMON_INTERRUPT, 0x81, DEVICE + 1, 7, data, 8));
	packet(bytes_packet(bytes, 'C', USBMON_INTERRUPT, 0x82, DEVICE, 7, data, 8));
	packet(bytes_packet(bytes, 'S', USBMON_INTERRUPT, 0x81, DEVICE, 7, data, 8));
	packet(bytes_packet(bytes, 'C', USBMON_BULK, 0x81, DEVICE, 7, data, 8));
	now = 5000;
	expect_nothing();
}

static void test_lost(void **state)
{
	(void)state;
	add(1, 1, NULL, 0);
	expect(CHORD_SEES, CHORD_KEYBOARD);
	key(DOWN);
	watch_lost(&w, 2);
	assert_int_equal(watch_next_ms(&w), 2000);
	watch_lost(&w, 1);
	now = 5000;
	expect_nothing();
	key(DOWN);
	watch_drop_device(&w, 1, DEVICE);
	now = 9000;
	expect_nothing();
}

/* The host's drivers never had the device: what the guest's driver asks it is overheard. */
static void test_descriptor_on_the_wire(void **state)
{
	static const uint8_t ask[] = {0x81, 0x06, 0x00, 0x22, 0, 0, 0xff, 0};
	uint8_t keys[16] = {2, [15] = DOWN};

	(void)state;
	add(0, 0, NULL, 0);
	expect_nothing();
	packet(bytes_packet(bytes, 'C', USBMON_CONTROL, 0x80, DEVICE, 9, bytes_keyboard,
	        sizeof(bytes_keyboard))); /* nobody asked */
	expect_nothing();
	packet(bytes_setup(bytes, 0x80, DEVICE, 9, ask));
	packet(bytes_packet(
	        bytes, 'C', USBMON_CONTROL, 0x80, DEVICE, 9, bytes_bitmap, sizeof(bytes_bitmap)));
	expect(CHORD_SEES, CHORD_KEYBOARD);
	report(keys, sizeof(keys));
	now = 2000;
	expect(CHORD_HELD, CHORD_KEYBOARD);
}

/* Firmware speaks the boot protocol with a keyboard whose own reports are others. */
static void test_protocols(void **state)
{
	static const uint8_t boot[] = {0x21, 0x0b, 0, 0, 0, 0, 0, 0},
	                     configure[] = {0x00, 0x09, 1, 0, 0, 0, 0, 0};
	uint8_t keys[16] = {2, [15] = DOWN};

	(void)state;
	add(1, 1, bytes_bitmap, sizeof(bytes_bitmap));
	expect(CHORD_SEES, CHORD_KEYBOARD);
	packet(bytes_setup(bytes, 0, DEVICE, 9, boot));
	key(DOWN);
	now = 2000;
	expect(CHORD_HELD, CHORD_KEYBOARD);
	packet(bytes_setup(bytes, 0, DEVICE, 10, configure));
	report(keys, sizeof(keys));
	now = 3000;
	expect(CHORD_HELD, CHORD_KEYBOARD);
}

static void test_pad_is_tried_and_not_promised(void **state)
{
	const uint8_t data[] = {0x80, 0x80, 0x30, 0x03};

	(void)state;
	add(0, 0, bytes_gamepad, sizeof(bytes_gamepad));
	expect_nothing();
	report(data, sizeof(data));
	now = 3999;
	expect_nothing();
	now = 4000;
	expect(CHORD_HELD, CHORD_PAD);
}

static void event(uint16_t type, uint16_t code, int32_t value)
{
	const struct input_event e = {.type = type, .code = code, .value = value};

	watch_event(&w, 3, &e, now);
}

static void hold_keyboard(void)
{
	event(EV_KEY, KEY_LEFTSHIFT, 1);
	event(EV_KEY, KEY_RIGHTSHIFT, 1);
	event(EV_KEY, KEY_LEFTCTRL, 1);
	event(EV_KEY, KEY_LEFTALT, 1);
	event(EV_SYN, SYN_REPORT, 0);
}

static void test_keyboard_of_the_host(void **state)
{
	(void)state;
	hold_keyboard();
	event(EV_KEY, KEY_LEFTALT, 2); /* repeated */
	now = 2000;
	expect(CHORD_HELD, CHORD_KEYBOARD);
	event(EV_KEY, KEY_LEFTALT, 0);
	hold_keyboard();
	event(EV_SYN, SYN_DROPPED, 0);
	now = 9000;
	expect_nothing();
}

static void test_pad_of_the_host(void **state)
{
	(void)state;
	event(EV_KEY, BTN_MODE, 1);
	event(EV_KEY, BTN_START, 1);
	event(EV_KEY, BTN_SELECT, 1);
	now = 3000;
	expect(CHORD_HELD, CHORD_PAD);
}

static void test_too_many(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2 * CHORD_INTERFACES_MAX; i++)
		add(1, 1, NULL, 0);
	for (unsigned i = 0; i < CHORD_INTERFACES_MAX; i++)
		expect(CHORD_SEES, CHORD_KEYBOARD);
	expect_nothing();
}

/* A packet is whole or none. */
static void test_decode(void **state)
{
	struct usbmon_packet p;
	size_t size = bytes_packet(
	        bytes, 'C', USBMON_INTERRUPT, 0x81, DEVICE, 0x1122334455667788, "abc", 3);

	(void)state;
	assert_true(usbmon_decode(bytes, size, &p));
	assert_int_equal(p.busnum, 1);
	assert_int_equal(p.devnum, DEVICE);
	assert_int_equal(p.endpoint, 0x81);
	assert_true(p.id == 0x1122334455667788);
	assert_int_equal(p.size, 3);
	assert_memory_equal(p.data, "abc", 3);
	assert_false(p.has_setup);
	assert_false(usbmon_decode(bytes, size - 1, &p));
	assert_false(usbmon_decode(bytes, USBMON_HEADER - 1, &p));
	assert_false(usbmon_decode(NULL, 0, &p));
	memset(bytes + 36, 0xff, 4);
	assert_false(usbmon_decode(bytes, sizeof(bytes), &p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(test_keyboard_of_a_vm, setup),
	        cmocka_unit_test_setup(test_let_go, setup),
	        cmocka_unit_test_setup(test_transfers_that_end, setup),
	        cmocka_unit_test_setup(test_packets_of_others, setup),
	        cmocka_unit_test_setup(test_lost, setup),
	        cmocka_unit_test_setup(test_descriptor_on_the_wire, setup),
	        cmocka_unit_test_setup(test_protocols, setup),
	        cmocka_unit_test_setup(test_pad_is_tried_and_not_promised, setup),
	        cmocka_unit_test_setup(test_keyboard_of_the_host, setup),
	        cmocka_unit_test_setup(test_pad_of_the_host, setup),
	        cmocka_unit_test_setup(test_too_many, setup),
	        cmocka_unit_test_setup(test_decode, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
