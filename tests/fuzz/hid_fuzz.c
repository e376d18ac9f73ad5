/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A USB device that lies: its report descriptor, and whatever goes over its bus. Of the input, the first two bytes are
 * the size of the descriptor, which follows; the rest are packets of usbmon, each behind a byte of its size less 64.
 */
#include "chord/watch.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct watch watch;

static void check(const struct watch_interface *i)
{
	if (i->layout.n > HID_CONTROLS_MAX)
		abort();
	for (size_t n = 0; n < i->layout.n; n++) {
		if (!i->layout.list[n].size || i->layout.list[n].size > 32)
			abort();
	}
}

static void feed(const uint8_t *packets, size_t size)
{
	struct usbmon_packet p;
	uint64_t now = 0;

	while (size > 0) {
		size_t n = USBMON_HEADER + packets[0];
		uint8_t *copy; /* of its very size, so that a read past its end is seen */

		n = n < size - 1 ? n : size - 1;
		copy = malloc(n ? n : 1);
		memcpy(copy, packets + 1, n);
		if (usbmon_decode(copy, n, &p)) {
			p.busnum = p.devnum = 1;
			watch_packet(&watch, &p, now += 100);
		}
		free(copy);
		packets += 1 + n;
		size -= 1 + n;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct chord_message m = {.busnum = 1,
	        .devnum = 1,
	        .class = 3,
	        .subclass = 1,
	        .protocol = 1,
	        .endpoint = 0x81};
	struct chord_answer answer;
	size_t n;

	if (size < 2)
		return 0;
	n = data[0] | (size_t)data[1] << 8;
	n = n < size - 2 ? n : size - 2;
	n = n < CHORD_DESCRIPTOR_MAX ? n : CHORD_DESCRIPTOR_MAX;
	memcpy(m.descriptor, data + 2, n);
	m.size = (uint16_t)n;
	memset(&watch, 0, sizeof(watch));
	watch_add_interface(&watch, &m);
	m.subclass = m.protocol = 0;
	m.vendor = 0x054c;
	m.product = 0x09cc;
	m.number = 1;
	watch_add_interface(&watch, &m); /* the same as a pad that is known */
	feed(data + 2 + n, size - 2 - n);
	check(&watch.interfaces[0]);
	while (watch_next_answer(&watch, 1u << 30, &answer))
		;
	return 0;
}
