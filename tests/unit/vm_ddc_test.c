/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said to a monitor, byte by byte, and what one may say: this file plays it. */
#include "vm/acts/ddc.h"

#include "base/util.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct monitor {
	uint8_t said[16], answer[16];
	size_t n_said;
	ssize_t n_answer;
	unsigned questions, deaf, rested_ms; /* deaf: to so many of the first ones */
	bool absent;
};

static ssize_t say(void *user, const void *bytes, size_t size)
{
	struct monitor *m = user;

	assert_true(size <= sizeof(m->said));
	if (m->absent) {
		errno = ENXIO;
		return -1;
	}
	memcpy(m->said, bytes, size);
	m->n_said = size;
	m->questions++;
	return (ssize_t)size;
}

static ssize_t hear(void *user, void *bytes, size_t size)
{
	struct monitor *m = user;

	memset(bytes, 0xff, size);
	if (m->questions <= m->deaf || m->n_answer <= 0)
		return m->n_answer > 0 ? (ssize_t)size : m->n_answer;
	memcpy(bytes, m->answer, (size_t)m->n_answer < size ? (size_t)m->n_answer : size);
	return m->n_answer;
}

static void rest(void *user, unsigned ms)
{
	((struct monitor *)user)->rested_ms += ms;
}

/* As DDC/CI 1.1, 4.3 has them: input 11h of which 12h would be the most. */
static const struct monitor usual = {
        .answer = {0x6e, 0x88, 0x02, 0x00, 0x60, 0x00, 0x00, 0x12, 0x00, 0x11, 0xd7},
        .n_answer = 11};

static int get(struct monitor *m, uint8_t *value)
{
	const struct ddc ddc = {say, hear, rest, m};
	struct err err = {0};
	int r = ddc_get(&ddc, DDC_INPUT, value, &err);

	assert_true(r == 0 || (err.number == r && err.message[0]));
	return r;
}

static uint8_t checksum(const struct monitor *m)
{
	uint8_t sum = 0x50;

	for (size_t i = 0; i < 10; i++)
		sum ^= m->answer[i];
	return sum;
}

static void test_get(void **state)
{
	static const uint8_t question[] = {
	        0x51, 0x82, 0x01, 0x60, 0x6e ^ 0x51 ^ 0x82 ^ 0x01 ^ 0x60};
	struct monitor m = usual;
	uint8_t value = 0;

	(void)state;
	m.answer[10] = checksum(&m);
	assert_int_equal(get(&m, &value), 0);
	assert_int_equal(value, 0x11);
	assert_int_equal(m.n_said, sizeof(question));
	assert_memory_equal(m.said, question, sizeof(question));
	assert_true(m.questions == 1 && m.rested_ms >= 40);
	m.answer[8] = 0x11; /* rubbish in the upper half */
	m.answer[10] = checksum(&m);
	assert_int_equal(get(&m, &value), 0);
	assert_int_equal(value, 0x11);
}

static void test_slow(void **state)
{
	struct monitor m = usual;
	uint8_t value = 0;

	(void)state;
	m.answer[10] = checksum(&m);
	m.deaf = 3;
	assert_int_equal(get(&m, &value), 0);
	assert_int_equal(m.questions, 4);
	assert_int_equal(value, 0x11);
}

static void test_nonsense(void **state)
{
	struct monitor m = usual;
	uint8_t value;

	(void)state;
	for (size_t i = 0; i < 11; i++) {
		m = usual;
		m.answer[10] = checksum(&m);
		m.answer[i] ^= 0x40;
		assert_int_equal(get(&m, &value), -ENOMSG);
	}
	for (ssize_t n = -1; n < 11; n++) {
		m = usual;
		m.answer[10] = checksum(&m);
		m.n_answer = n;
		assert_int_equal(get(&m, &value), -ENOMSG);
	}
	m = usual;
	m.answer[3] = 1; /* it has no such feature */
	m.answer[10] = checksum(&m);
	assert_int_equal(get(&m, &value), -ENOTSUP);
	assert_int_equal(m.questions, 1);
	m = (struct monitor){.absent = true};
	assert_int_equal(get(&m, &value), -ENXIO);
}

static void test_set(void **state)
{
	static const uint8_t order[] = {
	        0x51, 0x84, 0x03, 0x60, 0x00, 0x0f, 0x6e ^ 0x51 ^ 0x84 ^ 0x03 ^ 0x60 ^ 0x0f};
	struct monitor m = {0};
	const struct ddc ddc = {say, hear, rest, &m};

	(void)state;
	assert_int_equal(ddc_set(&ddc, DDC_INPUT, 0x0f, NULL), 0);
	assert_int_equal(m.n_said, sizeof(order));
	assert_memory_equal(m.said, order, sizeof(order));
	assert_true(m.questions == 1 && m.rested_ms >= 50);
	m.absent = true;
	assert_int_equal(ddc_set(&ddc, DDC_INPUT, 0x0f, NULL), -ENXIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_get),
	        cmocka_unit_test(test_slow),
	        cmocka_unit_test(test_nonsense),
	        cmocka_unit_test(test_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
