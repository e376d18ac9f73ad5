/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What usb list and usb show print of tests/golden/cli/usb.json, which has a name that attacks the terminal; written anew
 * with PLAYTHROUGH_GOLDEN_UPDATE=1.
 */
#include "cli.h"
#include "cli_usb.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

struct sheet {
	struct page page;
	char *text;
	size_t size;
};

static void open_sheet(struct sheet *s, size_t width, bool colour)
{
	s->page = (struct page){
	        .out = open_memstream(&s->text, &s->size), .colour = colour, .width = width};
	assert_non_null(s->page.out);
}

static char *read_all(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = xcalloc(1, 65536);

	if (f) {
		size_t n = fread(text, 1, 65535, f);

		text[n] = '\0';
		fclose(f);
	}
	return text;
}

static void close_sheet(struct sheet *s, const char *name)
{
	cleanup_free char *path = xasprintf("tests/golden/cli/%s.txt", name), *expected = NULL;

	fclose(s->page.out);
	if (getenv("PLAYTHROUGH_GOLDEN_UPDATE")) {
		FILE *f;

		mkdir("tests/golden/cli", 0755);
		f = fopen(path, "w");
		assert_non_null(f);
		fputs(s->text, f);
		fclose(f);
	}
	expected = read_all(path);
	assert_string_equal(s->text, expected);
	free(s->text);
}

static json_t *load(const char *text)
{
	json_error_t error;
	json_t *json = json_loads(text, 0, &error);

	if (!json)
		fail_msg("%s", error.text);
	return json;
}

static json_t *load_sample(void)
{
	cleanup_free char *text = read_all("tests/golden/cli/usb.json");

	return load(text);
}

static void test_list(void **state)
{
	static const struct {
		const char *name;
		size_t width;
		bool all, ports, colour;
	} sheets[] = {
	        {"usb-list-wide", 140, false, true, false},
	        {"usb-list-all", 120, true, true, false},
	        {"usb-list-narrow", 80, false, false, false},
	        {"usb-list-colour", 120, true, true, true},
	};
	json_t *all = load_sample();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sheets); i++) {
		struct sheet s;

		open_sheet(&s, sheets[i].width, sheets[i].colour);
		usb_tree_print(&s.page, json_object_get(all, "devices"),
		        sheets[i].ports ? all : NULL, sheets[i].all);
		close_sheet(&s, sheets[i].name);
	}
	json_decref(all);
}

/* Nothing there, an old daemon's answer, and rubbish. */
static void test_little(void **state)
{
	static const char *const texts[] = {"[]",
	        "[{\"port\":\"0000:00:14.0/1\",\"sysname\":\"1-1\","
	        "\"product\":\"Pad\",\"driver\":\"\"}]",
	        "[{},null,5,{\"port\":7,\"hub\":true},{\"hub\":true},{\"port\":\"/\"}]"};
	struct sheet s;

	(void)state;
	open_sheet(&s, 100, false);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		json_t *d = load(texts[i]);

		usb_tree_print(&s.page, d, NULL, true);
		json_decref(d);
	}
	close_sheet(&s, "usb-list-little");
}

static void test_show(void **state)
{
	json_t *all = load_sample();
	const json_t *devices = json_object_get(all, "devices");
	const json_t *ports = json_object_get(all, "ports");
	struct err err = {0};
	struct sheet s;

	(void)state;
	open_sheet(&s, 100, false);
	usb_page_print(&s.page, json_array_get(devices, 7), json_array_get(ports, 5),
	        json_object_get(all, "descriptors"), NULL);
	err_set(&err, -EIO, "libusb cannot read the descriptors: \033[2J");
	usb_page_print(&s.page, json_array_get(devices, 3), json_array_get(ports, 1), NULL, &err);
	close_sheet(&s, "usb-show");
	json_decref(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_list),
	        cmocka_unit_test(test_little),
	        cmocka_unit_test(test_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
