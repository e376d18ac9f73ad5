/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of processors, as two QEMUs write it. */
#include "vm/plan/cpu_help.h"

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FEATURES "\nRecognized CPUID flags:\n  3dnow avx avx2\n  avx512-vpopcntdq invtsc sse4.1\n\n"

static const char *const lists[] = {
        "Available CPUs:\nx86 486                   (alias configured by machine type)\n"
        "x86 Haswell-noTSX         (alias of Haswell-v2)\nx86 host  KVM processor\n" FEATURES,
        "Available CPUs:\n  486                   (alias configured by machine type)\n"
        "  Haswell-noTSX         (alias of Haswell-v2)\n  host  KVM processor\n" FEATURES,
};

static void test_what_is_there(void **state)
{
	static const char *const there[] = {"model 486", "model Haswell-noTSX", "model host",
	        "feature avx", "feature sse4.1", "feature avx512_vpopcntdq"};
	static const char *const absent[] = {"model Haswell", "model avx", "model x86",
	        "feature av", "feature 486", "feature avx22", "feature "};
	struct err err;

	(void)state;
	for (size_t l = 0; l < 2; l++) {
		assert_true(cpu_help_is_list(lists[l]));
		for (size_t i = 0; i < sizeof(there) / sizeof(*there); i++)
			if (cpu_help_check(lists[l], "qemu", there[i], &err) < 0)
				fail_msg("%s: %s", there[i], err.message);
		for (size_t i = 0; i < sizeof(absent) / sizeof(*absent); i++) {
			assert_int_equal(
			        cpu_help_check(lists[l], "qemu", absent[i], &err), -ENODEV);
			assert_true(err_is(&err, CODE_QEMU_CPU));
			assert_true(err.hint[0]);
		}
	}
}

static void test_what_was_meant(void **state)
{
	struct err err;

	(void)state;
	cpu_help_check(lists[0], "qemu", "model Haswel-noTSX", &err);
	assert_string_equal(err.message, "qemu has no processor model Haswel-noTSX (-cpu help)");
	assert_non_null(strstr(err.hint, "did you mean Haswell-noTSX?"));
	cpu_help_check(lists[0], "qemu", "feature invtcs", &err);
	assert_non_null(strstr(err.hint, "did you mean invtsc?"));
}

static void test_no_list(void **state)
{
	(void)state;
	assert_false(cpu_help_is_list(""));
	assert_false(cpu_help_is_list("qemu: -cpu: no\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_what_is_there),
	        cmocka_unit_test(test_what_was_meant),
	        cmocka_unit_test(test_no_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
