/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entries of the Boot Loader Specification: read as the loader reads them, and ours made from them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/util.h"
#include "host-setup/loader_entry.h"

static void test_parse(void **state)
{
	struct loader_entry e;
	cleanup_free char *options = NULL;

	(void)state;
	loader_entry_parse("# title no\n\n  title\t Two  words \t\r\nlinux /a\noptions a=1\n"
	                   "initrd\nlinux /b\noptions  b=2",
	        &e);
	options = loader_entry_options(&e);
	assert_string_equal(loader_entry_get(&e, "title"), "Two  words");
	assert_string_equal(loader_entry_get(&e, "linux"), "/b");
	assert_null(loader_entry_get(&e, "initrd"));
	assert_string_equal(options, "a=1 b=2");
	loader_entry_finish(&e);
}

static char *derive(const char *stock)
{
	struct loader_entry e;
	char *text;

	loader_entry_parse(stock, &e);
	text = loader_entry_derive(&e, "x.conf", "/playthrough.cpio", "playthrough=1");
	loader_entry_finish(&e);
	return text;
}

static void test_derive(void **state)
{
	cleanup_free char *plain = derive("linux /l\ninitrd /i\n");
	cleanup_free char *unified = derive("title T\nuki /EFI/Linux/x.efi\noptions a\n");
	cleanup_free char *none = derive("title T\nlinux /l\noptions a\n");

	(void)state;
	assert_string_equal(plain, "# Made from x.conf by playthrough-setup apply; "
	                           "playthrough-setup undo removes it.\n"
	                           "title Playthrough\nlinux /l\ninitrd /playthrough.cpio\n"
	                           "initrd /i\noptions playthrough=1\n");
	assert_null(unified);
	assert_null(none);
}

static void test_names(void **state)
{
	static const char *const names[][2] = {
	        {"a-6.1.0-18-amd64.conf", "~a-6.1.0-18-amd64~playthrough.conf"},
	        {"a-6.1.0+3.conf", "~a-6.1.0~playthrough.conf"},
	        {"a-6.1.0+2-1.conf", "~a-6.1.0~playthrough.conf"},
	        {"a+b.conf", "~a+b~playthrough.conf"},
	        {"+3.conf", "~~playthrough.conf"},
	        {"arch", "~arch~playthrough.conf"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_free char *own = loader_entry_own_name(names[i][0]);

		assert_string_equal(own, names[i][1]);
		assert_true(loader_entry_is_own(own));
		assert_false(loader_entry_is_own(names[i][0]));
	}
	assert_false(loader_entry_is_own("~a~playthrough.conf.old"));
	assert_true(loader_entry_is_trace("~a~playthrough.conf"));
	assert_true(loader_entry_is_trace(".~a~playthrough.conf.playthrough-new"));
	/* a person's copy is no litter of ours */
	assert_false(loader_entry_is_trace("~a~playthrough.conf.old"));
	assert_false(loader_entry_is_trace("~a~playthrough.conf.conf"));
}

/* The first is the newer one. */
static void test_compare(void **state)
{
	static const char *const pairs[][2] = {
	        {"~m-6.10.1~playthrough.conf", "~m-6.10~playthrough.conf"},
	        {"~m-6.10~playthrough.conf", "~m-6.9.12~playthrough.conf"},
	        {"~M-6.1.0-18-amd64~playthrough", "~m-6.1.0-9-amd64~playthrough"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		assert_true(loader_entry_compare(pairs[i][0], pairs[i][1]) > 0);
		assert_true(loader_entry_compare(pairs[i][1], pairs[i][0]) < 0);
	}
	assert_int_equal(
	        loader_entry_compare("~Arch~playthrough.conf", "~arch~playthrough.conf"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_parse),
	        cmocka_unit_test(test_derive),
	        cmocka_unit_test(test_names),
	        cmocka_unit_test(test_compare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
