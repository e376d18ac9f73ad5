/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/gate.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define SECOND 1000000u

static struct in6_addr host(const char *text)
{
	struct in6_addr out;

	assert_int_equal(inet_pton(AF_INET6, text, &out), 1);
	return out;
}

static struct gate_link *half_open(struct gate *gate, const struct in6_addr *from, uint64_t now)
{
	struct gate_link *link = gate_place(gate);

	assert_non_null(link);
	*link = (struct gate_link){
	        .state = GATE_HALF_OPEN, .from = *from, .since_us = now, .id = link, .fd = -1};
	return link;
}

static void test_one_address_has_its_share(void **state)
{
	const struct in6_addr many = host("::ffff:192.0.2.1"), one = host("::ffff:192.0.2.2");
	struct gate_link *first;
	struct gate gate;

	(void)state;
	gate_init(&gate);
	half_open(&gate, &one, 1);
	first = half_open(&gate, &many, 5);
	for (unsigned i = 1; i < GATE_HALF_OPEN_FROM; i++) {
		assert_null(gate_victim(&gate, &many));
		half_open(&gate, &many, 10 + i);
	}
	assert_ptr_equal(gate_victim(&gate, &many), first);
	assert_null(gate_victim(&gate, &one));
	first->heard = 1; /* it has said more than the others */
	assert_ptr_not_equal(gate_victim(&gate, &many), first);
	first->state = GATE_OPEN; /* its ticket was right */
	assert_null(gate_victim(&gate, &many));
}

static void test_all_together_are_bounded(void **state)
{
	struct gate_link *first = NULL;
	struct in6_addr from = host("2001:db8::1");
	struct gate gate;

	(void)state;
	gate_init(&gate);
	for (unsigned i = 0; i < GATE_HALF_OPEN_MOST; i++) {
		struct gate_link *link;

		from.s6_addr[7] = (uint8_t)i;
		assert_null(gate_victim(&gate, &from));
		link = half_open(&gate, &from, i + 1);
		first = first ? first : link;
	}
	from.s6_addr[7] = 200;
	assert_ptr_equal(gate_victim(&gate, &from), first);
	first->state = GATE_CUT;
	assert_null(gate_victim(&gate, &from));
	for (unsigned i = GATE_HALF_OPEN_MOST; i < GATE_LINKS; i++)
		half_open(&gate, &from, 1000)->state = GATE_CUT;
	assert_null(gate_place(&gate));
	assert_ptr_equal(gate_find(&gate, first), first);
	assert_null(gate_find(&gate, &from));
}

/* This PC's own are none of an address that begins with zeros, as theirs does. */
static void test_local_ones_are_apart(void **state)
{
	const struct in6_addr addresses[] = {host("::"), host("::1"), host("::ffff:192.0.2.1")};
	struct gate_link *local, *other;
	struct gate gate;

	(void)state;
	gate_init(&gate);
	local = half_open(&gate, &gate_local, 1);
	assert_true(gate_is_local(local));
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		other = half_open(&gate, &addresses[i], 2);
		assert_false(gate_is_local(other));
		assert_false(gate_same_place(&gate_local, &addresses[i]));
	}
}

static void test_a_link_has_its_time(void **state)
{
	const struct in6_addr from = host("::1");
	struct gate_link *first, *second;
	struct gate gate;

	(void)state;
	gate_init(&gate);
	assert_true(gate_deadline(&gate) == UINT64_MAX);
	second = half_open(&gate, &from, 2 * SECOND);
	first = half_open(&gate, &from, SECOND);
	assert_int_equal(gate_deadline(&gate), SECOND + GATE_LINK_TIME_US);
	assert_null(gate_overdue(&gate, SECOND + GATE_LINK_TIME_US - 1));
	assert_ptr_equal(gate_overdue(&gate, SECOND + GATE_LINK_TIME_US), first);
	first->state = GATE_OPEN;
	assert_null(gate_overdue(&gate, SECOND + GATE_LINK_TIME_US));
	assert_ptr_equal(gate_overdue(&gate, 2 * SECOND + GATE_LINK_TIME_US), second);
}

static void test_wrong_tickets_wait(void **state)
{
	const struct in6_addr from = host("::ffff:192.0.2.1"), other = host("::ffff:192.0.2.2");
	uint64_t now = 100 * SECOND, expected = GATE_WAIT_US;
	struct gate gate;

	(void)state;
	gate_init(&gate);
	for (unsigned i = 1; i <= GATE_FAILURES_FREE; i++) {
		assert_int_equal(gate_failed(&gate, &from, now), i);
		assert_int_equal(gate_wait(&gate, &from, now), 0);
	}
	for (unsigned i = 0; i < 40; i++) {
		gate_failed(&gate, &from, now);
		assert_int_equal(gate_wait(&gate, &from, now), expected);
		assert_int_equal(gate_wait(&gate, &from, now + expected), 0);
		assert_int_equal(gate_wait(&gate, &other, now), 0);
		now += expected;
		expected = expected * 2 < GATE_WAIT_MOST_US ? expected * 2 : GATE_WAIT_MOST_US;
	}
	gate_passed(&gate, &from);
	assert_int_equal(gate_wait(&gate, &from, now), 0);
	assert_int_equal(gate_failed(&gate, &from, now), 1);
	assert_int_equal(gate_failed(&gate, &from, now + GATE_FORGOTTEN_US + 1), 1);
}

/* Whoever has a /64 has no more tries for it, and addresses without number push only the oldest out. */
static void test_many_addresses(void **state)
{
	struct in6_addr from = host("2001:db8::1"), same = host("2001:db8::9:1");
	struct gate gate;

	(void)state;
	gate_init(&gate);
	for (unsigned i = 0; i <= GATE_FAILURES_FREE; i++)
		gate_failed(&gate, i % 2 ? &from : &same, SECOND);
	assert_int_equal(gate_wait(&gate, &from, SECOND), GATE_WAIT_US);
	for (unsigned i = 1; i < GATE_ADDRESSES; i++) {
		same.s6_addr[6] = (uint8_t)i;
		gate_failed(&gate, &same, SECOND + i);
	}
	assert_int_equal(gate_wait(&gate, &from, SECOND), GATE_WAIT_US);
	same.s6_addr[6] = 255;
	gate_failed(&gate, &same, 2 * SECOND);
	assert_int_equal(gate_wait(&gate, &from, SECOND), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_one_address_has_its_share),
	        cmocka_unit_test(test_all_together_are_bounded),
	        cmocka_unit_test(test_local_ones_are_apart),
	        cmocka_unit_test(test_a_link_has_its_time),
	        cmocka_unit_test(test_wrong_tickets_wait),
	        cmocka_unit_test(test_many_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
