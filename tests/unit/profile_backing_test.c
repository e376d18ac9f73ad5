/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backing= of [disk]: what it may say, and how it grows. */
#include "profile/backing.h"
#include "profile/profile.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void it_is_read(void **state)
{
	struct profile_backings b;

	(void)state;
	assert_int_equal(profile_backings_parse("qcow2:/a b,c.qcow2|raw:/d:e", &b, NULL), 0);
	assert_int_equal(b.n, 2);
	assert_string_equal(b.list[0].format, "qcow2");
	assert_string_equal(b.list[0].path, "/a b,c.qcow2");
	assert_string_equal(b.list[1].format, "raw");
	assert_string_equal(b.list[1].path, "/d:e");
	profile_backings_finish(&b);
	assert_int_equal(profile_backings_parse(NULL, &b, NULL), 0);
	assert_int_equal(b.n, 0);
}

static void nonsense_is_refused(void **state)
{
	static const char *const texts[] = {"/a", "qcow2:a", "vmdk:/a", "raw:", ":/a", "qcow:/a",
	        "raw:/1|raw:/2|raw:/3|raw:/4|raw:/5|raw:/6|raw:/7|raw:/8|raw:/9"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct profile_backings b;
		struct err err = {0};

		assert_int_equal(profile_backings_parse(texts[i], &b, &err), -EINVAL);
		assert_true(err.message[0]);
	}
}

static void it_grows_at_its_head(void **state)
{
	cleanup_free char *one = profile_backings_add("raw", "/a", NULL);
	cleanup_free char *two = profile_backings_add("qcow2", "/b", one);

	(void)state;
	assert_string_equal(two, "qcow2:/b|raw:/a");
	assert_null(profile_backings_add("raw", "/a|b", NULL));
	assert_null(profile_backings_add("raw", "/a\nb", NULL));
}

static void only_qcow2_has_it(void **state)
{
	static const char *const texts[] = {"[disk a]\nimage=/a\nbacking=raw:/b\n",
	        "[disk a]\nimage=/a\nformat=raw\npassphrase-file=/b\n",
	        "[disk a]\ndevice=/dev/disk/by-id/a\nbacking=raw:/b\n",
	        "[disk a]\nimage=/a\nformat=qcow2\nbacking=b\n"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct profile profile;
		struct err err = {0};

		assert_int_equal(profile_parse(texts[i], "/x.profile", &profile, &err), -EINVAL);
		assert_non_null(strstr(err.message, "disk a"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(it_is_read),
	        cmocka_unit_test(nonsense_is_refused),
	        cmocka_unit_test(it_grows_at_its_head),
	        cmocka_unit_test(only_qcow2_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
