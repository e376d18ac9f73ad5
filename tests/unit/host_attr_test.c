/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What strangers wrote becomes text that may be shown; words, lines and paths are found exactly. */
#include "host/attr.h"
#include "machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_clean(void **state)
{
	static const char *const cases[][2] = {
	        {"plain", "plain"},
	        {"Stra\xc3\x9f"
	         "e \xe2\x82\xac \xf0\x9f\x8e\xae",
	                "Stra\xc3\x9f"
	                "e \xe2\x82\xac \xf0\x9f\x8e\xae"},
	        {"a\x1b[31mb", "a [31mb"},
	        {"a\xc2\x9b"
	         "31mb",
	                "a  31mb"}, /* the C1 form of ESC [ */
	        {"cut \xe2\x82", "cut ??"},
	        {"\xff\xfe\xc0\xaf\xed\xa0\x80", "???????"}, /* overlong, surrogate */
	        {"\xf4\x90\x80\x80", "????"},
	        {"l1\nl2\tx\r", "l1\nl2\tx "},
	        {"", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *text = text_clean(xstrdup(cases[i][0]));

		assert_string_equal(text, cases[i][1]);
		free(text);
	}
}

static void test_unescape(void **state)
{
	static const char *const cases[][2] = {
	        {"EFI\\x20System", "EFI System"},
	        {"/mnt/my\\040disk", "/mnt/my disk"},
	        {"\\xc3\\xbc", "\xc3\xbc"},
	        {"a\\x1bb", "a b"},
	        {"\\xff", "?"},
	        {"\\x00", "\\x00"},
	        {"\\", "\\"},
	        {"\\x4", "\\x4"},
	        {"\\04", "\\04"},
	        {"\\999", "\\999"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *text = text_unescape(xstrdup(cases[i][0]));

		assert_string_equal(text, cases[i][1]);
		free(text);
	}
}

static void test_words_and_lines(void **state)
{
	char text[] = "one\n\nthree", *rest = text, empty[] = "";

	(void)state;
	assert_true(text_has_word("fpu vmx smx", "vmx"));
	assert_true(text_has_word("vmx", "vmx"));
	assert_false(text_has_word("fpu vmxx xvmx", "vmx"));
	assert_string_equal(text_next_line(&rest), "one");
	assert_string_equal(text_next_line(&rest), "");
	assert_string_equal(text_next_line(&rest), "three");
	assert_null(text_next_line(&rest));
	assert_null(text_next_line(&rest));
	rest = empty;
	assert_null(text_next_line(&rest));
	rest = NULL;
	assert_null(text_next_line(&rest));
}

static void test_paths(void **state)
{
	struct pci_addr a;

	(void)state;
	assert_true(
	        path_controller("/sys/devices/pci0000:00/0000:00:1c.0/0000:03:00.0/usb1/1-2", &a));
	assert_string_equal(pci_addr_format(a).s, "0000:03:00.0");
	assert_false(path_controller("/sys/devices/platform/vhci_hcd.0/usb3", &a));
	assert_false(path_controller("", &a));
	assert_true(path_has_numbered("/sys/devices/x/usb12/12-1", "usb"));
	assert_false(path_has_numbered("/sys/devices/x/usbmisc/usb", "usb"));
	assert_true(is_numbered("card0", "card"));
	assert_false(is_numbered("card0-HDMI-A-1", "card"));
	assert_false(is_numbered("card", "card"));
}

static void test_attributes(void **state)
{
	struct machine m;
	char *text;

	(void)state;
	machine_open(&m, NULL);
	machine_write(&m, "/a", "  text \n");
	machine_write(&m, "/blank", " \n");
	machine_write(&m, "/n", "0x1f\n");
	machine_write(&m, "/one", "1\n");
	machine_write(&m, "/two", "2\n");
	text = attr_text(&m.root, "/%s", "a");
	assert_string_equal(text, "text");
	free(text);
	assert_null(attr_text(&m.root, "/blank"));
	assert_null(attr_text(&m.root, "/gone"));
	assert_int_equal(attr_u64(&m.root, 16, 255, 7, "/n"), 0x1f);
	assert_int_equal(attr_u64(&m.root, 16, 16, 7, "/n"), 7);
	assert_int_equal(attr_u64(&m.root, 10, 255, 7, "/n"), 7);
	assert_int_equal(attr_u64(&m.root, 10, 255, 7, "/gone"), 7);
	assert_int_equal(attr_bool(&m.root, "/one"), 1);
	assert_int_equal(attr_bool(&m.root, "/two"), -1);
	assert_int_equal(attr_bool(&m.root, "/gone"), -1);
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_clean),
	        cmocka_unit_test(test_unescape),
	        cmocka_unit_test(test_words_and_lines),
	        cmocka_unit_test(test_paths),
	        cmocka_unit_test(test_attributes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
