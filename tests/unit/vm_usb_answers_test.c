/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whoever asks without end costs no more than whoever asks now and then. */
#include "vm/usb/answers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define S 1000000ull

/* How many answers are made while somebody asks each millisecond. */
static unsigned made(struct usb_answer *answer, uint64_t from, uint64_t usec)
{
	unsigned n = 0;

	for (uint64_t now = from; now < from + usec; now += 1000) {
		json_t *json;

		if (usb_answer_waits(answer, now))
			continue;
		json = json_integer((json_int_t)now);
		usb_answer_keep(answer, json);
		json_decref(json);
		n++;
	}
	return n;
}

static void a_flood_is_bounded(void **state)
{
	struct usb_answer answer = {0};

	(void)state;
	assert_int_equal(made(&answer, S, 10 * S), USB_ANSWERS_AT_ONCE + 10 * S / USB_ANSWERS_USEC);
	/* Left alone, it is as if nothing had been. */
	assert_int_equal(made(&answer, 60 * S, 1000), 1);
	usb_answer_finish(&answer);
	assert_null(answer.last);
}

static void what_is_kept_is_young(void **state)
{
	struct usb_answer answer = {0};

	(void)state;
	for (uint64_t now = S; now < 10 * S; now += 7000) {
		made(&answer, now, 1000);
		assert_true(now - (uint64_t)json_integer_value(answer.last) <= USB_ANSWERS_USEC);
	}
	usb_answer_finish(&answer);
}

static void now_and_then_is_always_new(void **state)
{
	struct usb_answer answer = {0};

	(void)state;
	for (uint64_t now = S; now < 100 * S; now += S / 4)
		assert_int_equal(made(&answer, now, 1000), 1);
	usb_answer_finish(&answer);
}

/* Without an answer there is none to give instead. */
static void the_first_never_waits(void **state)
{
	struct usb_answer answer = {0};

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		assert_false(usb_answer_waits(&answer, S));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_flood_is_bounded),
	        cmocka_unit_test(what_is_kept_is_young),
	        cmocka_unit_test(now_and_then_is_always_new),
	        cmocka_unit_test(the_first_never_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
