/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the check says: the JSON's schema, and the text's width. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "host-setup/check.h"
#include "machine.h"
#include "setup_pc.h"

/* --- JSON --- */

static char *keys_of(const json_t *object)
{
	struct strv keys = {0};
	const char *key;
	json_t *value;
	char *text;

	json_object_foreach ((json_t *)object, key, value)
		strv_add(&keys, key);
	text = strv_join(&keys, " ");
	strv_finish(&keys);
	return text;
}

static void expect_keys(const json_t *object, const char *first)
{
	cleanup_free char *keys = keys_of(object);

	if (!starts_with(keys, first))
		fail_msg("keys \"%s\" do not begin with \"%s\"", keys, first);
}

static void json_keeps_its_schema(void **state)
{
	struct check_report report;
	json_t *document, *group;
	struct pc pc;

	(void)state;
	pc_init(&pc);
	check_run_with(&pc.host, &pc.facts, &report);
	document = check_json(&pc.host, &report);
	expect_keys(document, "schema ready verdict exit_code checks groups gpus");
	assert_int_equal(json_integer_value(json_object_get(document, "schema")), 1);
	assert_true(json_is_false(json_object_get(document, "ready")));
	expect_keys(json_array_get(json_object_get(document, "checks"), 0),
	        "id status summary evidence fix code");
	group = json_array_get(json_object_get(document, "groups"), 2);
	expect_keys(group, "id devices");
	expect_keys(json_array_get(json_object_get(group, "devices"), 0),
	        "address id class driver host_uses");
	expect_keys(json_array_get(json_object_get(document, "gpus"), 1),
	        "address verdict needs reasons");
	json_decref(document);
	check_report_finish(&report);
	pc_finish(&pc);
}

static void json_names_the_boot_display(void **state)
{
	struct check_report report;
	json_t *document, *device;
	cleanup_free char *text = NULL;
	struct pc pc;

	(void)state;
	pc_init(&pc);
	check_run_with(&pc.host, &pc.facts, &report);
	document = check_json(&pc.host, &report);
	device = json_array_get(
	        json_object_get(json_array_get(json_object_get(document, "groups"), 2), "devices"),
	        0);
	text = json_dumps(device, JSON_COMPACT);
	assert_string_equal(text, "{\"address\":\"0000:00:02.0\",\"id\":\"8086:3e92\","
	                          "\"class\":\"0300\",\"driver\":\"i915\","
	                          "\"host_uses\":[\"boot display\"],\"bridge\":false}");
	json_decref(document);
	check_report_finish(&report);
	pc_finish(&pc);
}

/* A label or product name in Latin-1 must not cost the whole answer. */
static void json_survives_any_encoding(void **state)
{
	struct check_report report;
	json_t *document;
	struct pc pc;

	(void)state;
	pc_init(&pc);
	pc.host.disks.list[1].model = xstrdup("Disk\xe9");
	check_run_with(&pc.host, &pc.facts, &report);
	document = check_json(&pc.host, &report);
	json_t *checks = json_object_get(document, "checks"), *check;
	size_t i;

	json_array_foreach (checks, i, check) {
		json_t *evidence = json_object_get(check, "evidence"), *e;
		size_t k;

		json_array_foreach (evidence, k, e)
			assert_true(json_is_string(json_object_get(e, "value")));
	}
	json_decref(document);
	check_report_finish(&report);
	pc_finish(&pc);
}

/* --- text --- */

static char *print(struct pc *pc, bool colour)
{
	struct check_report report;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	check_run_with(&pc->host, &pc->facts, &report);
	check_print(&pc->host, &report, colour, f);
	fclose(f);
	check_report_finish(&report);
	return text;
}

static void text_fits_100_columns(void **state)
{
	struct pc pc;
	cleanup_free char *text = NULL;

	(void)state;
	pc_init(&pc);
	text = print(&pc, false);
	assert_null(strchr(text, '\033'));
	for (const char *line = text; *line;) {
		size_t n = strcspn(line, "\n");

		if (n > 100)
			fail_msg("%zu columns: %.*s", n, (int)n, line);
		assert_true(n == 0 || line[n - 1] != ' ');
		line += n + (line[n] == '\n');
	}
	pc_finish(&pc);
}

/* Without colour every status is still told apart: by a word. */
static void text_says_the_verdict_first(void **state)
{
	struct pc pc;
	cleanup_free char *text = NULL, *coloured = NULL;

	(void)state;
	pc_init(&pc);
	text = print(&pc, false);
	coloured = print(&pc, true);
	assert_true(starts_with(text, "This PC can do it."));
	assert_non_null(strstr(text, "\n+ pass    iommu.enabled: "));
	assert_non_null(strstr(text, "\nx fail    host.config: "));
	assert_non_null(strstr(text, "[PT-HOST-02]"));
	assert_non_null(strstr(coloured, "\033[32m+ pass\033[0m"));
	pc_finish(&pc);
}

/* --- recorded machines --- */

static const struct {
	const char *machine;
	int exit_code;
	const char *id;
	enum check_status status;
} machines[] = {
        {"intel-desktop", 3, "iommu.interrupt-remapping", CHECK_PASS},
        {"intel-desktop", 3, "host.config", CHECK_FAIL},
        {"amd-bad-board", 4, "iommu.groups", CHECK_FAIL},
        {"no-iommu", 4, "iommu.firmware", CHECK_FAIL},
        {"virtual", 5, "cpu.virtualization", CHECK_FAIL},
        {"garbage", 4, "iommu.interrupt-remapping", CHECK_UNKNOWN},
};

static void judges_recorded_machines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		struct check_report report;
		struct machine m;
		struct facts facts;
		struct host host;

		machine_open(&m, machines[i].machine);
		assert_int_equal(host_take(&m.root, &host, NULL), 0);
		facts_take(&m.root, &facts);
		check_run_with(&host, &facts, &report);
		if (check_find(&report, machines[i].id)->status != machines[i].status ||
		        check_exit_code(&report) != machines[i].exit_code)
			fail_msg("%s: %s is %s, exit code %d", machines[i].machine, machines[i].id,
			        check_status_name(check_find(&report, machines[i].id)->status),
			        check_exit_code(&report));
		check_report_finish(&report);
		facts_finish(&facts);
		host_finish(&host);
		machine_close(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(json_keeps_its_schema),
	        cmocka_unit_test(json_names_the_boot_display),
	        cmocka_unit_test(json_survives_any_encoding),
	        cmocka_unit_test(text_fits_100_columns),
	        cmocka_unit_test(text_says_the_verdict_first),
	        cmocka_unit_test(judges_recorded_machines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
