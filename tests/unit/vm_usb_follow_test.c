/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which device is the one that has just left, and which one stays with the host. */
#include "vm/usb/follow.h"
#include "vm/usb/kept.h"

#include <setjmp.h>

#include <cmocka.h>

#define S    1000000ull
#define HERE "0000:00:14.0/2"
#define DESK "0000:00:14.0/3"

static const struct journal_usb wheel = {.sysname = (char *)"1-2",
        .port = (char *)HERE,
        .busnum = 1,
        .devnum = 5,
        .instance = 100,
        .vendor = 0x46d,
        .product = 0xc261,
        .serial = (char *)"A1",
        .by_hand = true};

static bool follows(const struct journal_usb *left, const struct usb_device *d, uint64_t after)
{
	struct usb_follow follow = {0};
	bool found;

	usb_follow_left(&follow, left, S);
	found = usb_follow_find(&follow, d, S + after);
	usb_follow_finish(&follow);
	return found;
}

static void test_follow(void **state)
{
	const struct usb_device
	        other_mode = {.port = HERE, .vendor = 0x46d, .product = 0xc24f},
	        loader = {.port = HERE, .vendor = 0x483, .product = 0xdf11},
	        moved = {.port = DESK, .vendor = 0x46d, .product = 0xc261, .serial = "A1"},
	        twin = {.port = DESK, .vendor = 0x46d, .product = 0xc261, .serial = "A2"},
	        nameless = {.port = DESK, .vendor = 0x46d, .product = 0xc261},
	        hub = {.port = HERE, .vendor = 0x46d, .hub = true};
	struct journal_usb plain = wheel;

	(void)state;
	plain.serial = NULL;
	assert_true(follows(&wheel, &other_mode, 10 * S));
	assert_false(follows(&wheel, &other_mode, 10 * S + 1));
	assert_true(follows(&wheel, &loader, 3 * S));
	assert_false(follows(&wheel, &loader, 3 * S + 1)); /* a person's other device by then */
	assert_true(follows(&wheel, &moved, 10 * S));
	assert_false(follows(&wheel, &moved, 10 * S + 1));
	assert_false(follows(&wheel, &twin, S));
	assert_false(follows(&wheel, &nameless, S));
	assert_false(follows(&plain, &nameless, S));
	assert_false(follows(&wheel, &hub, S));
}

static void test_follow_forgets(void **state)
{
	const struct usb_device back = {.port = HERE, .vendor = 0x46d};
	struct usb_follow follow = {0};

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		usb_follow_left(&follow, &wheel, S + i);
	assert_int_equal(follow.n, 1);
	usb_follow_drop(&follow, usb_follow_find(&follow, &back, 2 * S));
	assert_null(usb_follow_find(&follow, &back, 2 * S));
	usb_follow_left(&follow, &wheel, S);
	usb_follow_expire(&follow, 11 * S);
	assert_int_equal(follow.n, 1);
	usb_follow_expire(&follow, 12 * S);
	assert_int_equal(follow.n, 0);
	usb_follow_finish(&follow);
}

static bool look(struct journal *j, struct usb_device *d, uint64_t now)
{
	const struct usb usb = {d, d ? 1 : 0};

	return usb_kept_look(j, &usb, now);
}

/* Detached by hand: through a reset, but not through a person's plug. */
static void test_kept_by_hand(void **state)
{
	struct usb_device d = {.port = (char *)HERE,
	        .busnum = 1,
	        .devnum = 5,
	        .vendor = 0x46d,
	        .product = 0xc261,
	        .instance = 100};
	struct journal j = {0};

	(void)state;
	usb_kept_add_entry(&j, &wheel, true);
	assert_true(usb_kept_has(&j, &d) && usb_kept_by_hand(&j, &d));
	assert_false(look(&j, &d, S));
	assert_false(look(&j, NULL, 2 * S)); /* a reset that makes another number */
	d.devnum = 6;
	d.instance = 101;
	d.product = 0xc24f;
	assert_false(usb_kept_has(&j, &d));
	assert_true(look(&j, &d, 3 * S));
	assert_true(usb_kept_by_hand(&j, &d));
	assert_false(look(&j, NULL, 4 * S)); /* pulled out */
	d.devnum = 7;
	d.instance = 102;
	assert_true(look(&j, &d, 7 * S));
	assert_false(usb_kept_has(&j, &d));
	assert_int_equal(j.n_kept, 0);
	journal_finish(&j);
}

static void test_kept_is_dropped(void **state)
{
	struct usb_device d = {
	        .port = (char *)HERE, .busnum = 1, .devnum = 5, .vendor = 0x46d, .instance = 100};
	struct journal j = {0};

	(void)state;
	for (unsigned i = 0; i < 1000; i++) { /* refused at each of its plugs */
		d.devnum = 1 + i % 127;
		d.instance = 100 + i;
		look(&j, &d, S + i);
		usb_kept_add(&j, &d, false);
		assert_int_equal(j.n_kept, 1);
		assert_false(usb_kept_by_hand(&j, &d));
	}
	usb_kept_drop(&j, &d);
	assert_int_equal(j.n_kept, 0);
	/* The same numbers after a round of the bus, yet another device. */
	usb_kept_add(&j, &d, true);
	d.instance++;
	assert_false(usb_kept_has(&j, &d));
	journal_finish(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_follow),
	        cmocka_unit_test(test_follow_forgets),
	        cmocka_unit_test(test_kept_by_hand),
	        cmocka_unit_test(test_kept_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
