/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of USB hot-plug have in common beside the fake: one device, one port, and that nothing is left over. */
#ifndef TESTS_FAKE_USB_H
#define TESTS_FAKE_USB_H

#include "fake_qemu.h"

#define S     1000000ull
#define WHEEL 0x46d, 0xc24f
#define PORT  "0000:00:14.0/2"
#define PROBE "/sys/bus/usb/drivers_probe"

/* Nothing is left of a device but perhaps itself. */
static inline void expect(struct fake *f, size_t devices)
{
	assert_int_equal(f->n_devices, devices);
	assert_int_equal(f->vm->journal.n_usb, devices);
	assert_int_equal(f->n_sets, 0);
	assert_false(vms_usb_busy(f->vms));
}

#endif
