/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Isochronous endpoints in descriptors that tell the truth, and in some that lie. */
#include "host/usb_descriptors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define INTERFACE 9, 4, 1, 1, 1, 1, 2, 0, 0
#define BULK      7, 5, 0x81, 2, 0, 2, 0
#define SOUND     9, 5, 0x01, 0x0d, 0xc0, 0, 4, 0, 0 /* synchronous: attributes beside the type */

static void test_truth(void **state)
{
	static const uint8_t sound[] = {INTERFACE, BULK, INTERFACE, SOUND},
	                     stick[] = {INTERFACE, BULK};

	(void)state;
	assert_true(usb_descriptors_isochronous(sound, sizeof(sound)));
	assert_false(usb_descriptors_isochronous(stick, sizeof(stick)));
	assert_false(usb_descriptors_isochronous(NULL, 0));
}

static void test_lies(void **state)
{
	static const uint8_t zero[] = {0, 5, SOUND}, one[] = {1, 7, 5, 1, 1},
	                     past[] = {7, 5, 1, 1, 0}, small[] = {3, 5, 1, BULK},
	                     half[] = {INTERFACE, 9};

	(void)state;
	assert_false(usb_descriptors_isochronous(zero, sizeof(zero)));
	assert_false(usb_descriptors_isochronous(one, sizeof(one)));
	assert_false(usb_descriptors_isochronous(past, sizeof(past)));
	assert_false(usb_descriptors_isochronous(small, sizeof(small)));
	assert_false(usb_descriptors_isochronous(half, sizeof(half)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_truth),
	        cmocka_unit_test(test_lies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
