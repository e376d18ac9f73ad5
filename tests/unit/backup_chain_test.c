/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a qcow2 image stands on, as its head says it. */
#include "backup/chain.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define AT 200u

static unsigned char head[512];

static void put(size_t at, uint32_t value)
{
	for (size_t i = 0; i < 4; i++)
		head[at + i] = (unsigned char)(value >> (24 - 8 * i));
}

/* Version 3, with a backing file and its format in an extension. */
static void make(const char *backing, const char *format)
{
	memset(head, 0, sizeof(head));
	put(0, 0x514649fb);
	put(4, 3);
	put(12, AT);
	put(16, (uint32_t)strlen(backing));
	put(100, 104);
	put(104, 0xe2792aca);
	put(108, (uint32_t)strlen(format));
	memcpy(head + 112, format, strlen(format));
	memcpy(head + AT, backing, strlen(backing));
}

static void names_what_it_stands_on(void **state)
{
	struct chain chain;

	(void)state;
	make("base.qcow2", "qcow2");
	assert_int_equal(chain_read(head, sizeof(head), &chain), 0);
	assert_true(chain.is_qcow2 && !chain.elsewhere);
	assert_string_equal(chain.backing, "base.qcow2");
	assert_int_equal(chain.format, CHAIN_QCOW2);
	make("base.raw", "raw");
	assert_int_equal(chain_read(head, sizeof(head), &chain), 0);
	assert_int_equal(chain.format, CHAIN_RAW);
	make("base", "vmdk");
	assert_int_equal(chain_read(head, sizeof(head), &chain), 0);
	assert_int_equal(chain.format, CHAIN_OTHER);
	put(4, 2); /* its head ends before there are extensions of this place */
	assert_int_equal(chain_read(head, sizeof(head), &chain), 0);
	assert_string_equal(chain.backing, "base");
}

static void stands_on_nothing(void **state)
{
	struct chain chain;

	(void)state;
	make("", "");
	put(12, 0);
	assert_int_equal(chain_read(head, sizeof(head), &chain), 0);
	assert_true(chain.is_qcow2 && !chain.backing[0]);
	memset(head, 0, sizeof(head));
	assert_int_equal(chain_read(head, sizeof(head), &chain), 0);
	assert_false(chain.is_qcow2);
	assert_int_equal(chain_read(head, 3, &chain), 0);
}

static void data_elsewhere(void **state)
{
	struct chain chain;

	(void)state;
	make("", "");
	put(12, 0);
	put(76, 4);
	assert_int_equal(chain_read(head, sizeof(head), &chain), 0);
	assert_true(chain.elsewhere);
}

static void nonsense_is_refused(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
	} wrong[] = {{8, 1}, {12, 511}, {16, 0xffffffff}, {16, 400}, {16, 0}, {100, 0xffffffff},
	        {100, AT + 1}, {108, 0xffffffff}, {108, 100}};
	struct chain chain;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		make("base", "raw");
		put(wrong[i].at, wrong[i].value);
		assert_int_equal(chain_read(head, sizeof(head), &chain), -EINVAL);
	}
	make("base", "raw");
	assert_int_equal(chain_read(head, 100, &chain), -EINVAL);
	head[AT + 1] = '\0';
	assert_int_equal(chain_read(head, sizeof(head), &chain), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(names_what_it_stands_on),
	        cmocka_unit_test(stands_on_nothing),
	        cmocka_unit_test(data_elsewhere),
	        cmocka_unit_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
