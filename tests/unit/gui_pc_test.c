/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the check says of this PC becomes plain data, whatever it says; and the service is asked without waiting. */
#include "model/model.h"
#include "model/setup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <systemd/sd-event.h>
#include <time.h>

#include <cmocka.h>

#define cleanup_pc cleanup(pc_finish)

static const char check[] =
        "{\"schema\": 1, \"verdict\": \"person\", \"checks\": ["
        " {\"id\": \"a\", \"status\": \"pass\", \"summary\": \"good\"},"
        " {\"id\": \"b\", \"status\": \"unknown\", \"only_root_knows\": true},"
        " {\"id\": \"c\", \"status\": \"fail\", \"cure\": \"apply\"},"
        " {\"id\": \"d\", \"status\": \"skip\", \"fix\": null},"
        " {\"id\": \"e\", \"status\": \"fail\", \"cure\": \"person\", \"fix\": \"do it\","
        "  \"code\": \"PT-X-1\", \"evidence\": [{\"source\": \"/x\", \"value\": \"1\"}]},"
        " {\"id\": \"f\", \"status\": \"warn\"}, {\"id\": \"g\", \"status\": \"later\"}],"
        "\"gpus\": ["
        " {\"address\": \"0000:01:00.0\", \"verdict\": \"pass\", \"boot_display\": true},"
        " {\"address\": \"0000:02:00.0\", \"verdict\": \"warn\", \"boot_display\": false,"
        "  \"name\": \"1:2 A, Inc. [A/B] Chip [Card 7]\", \"needs\": [\"0000:02:00.1\"]},"
        " {\"address\": \"0000:03:00.0\", \"verdict\": \"fail\"}],"
        "\"groups\": ["
        " {\"id\": 0, \"devices\": [{\"address\": \"0000:00:01.0\", \"bridge\": true}]},"
        " {\"id\": 1, \"devices\": [{\"address\": \"0000:00:1f.2\", \"class\": \"0106\"}],"
        "  \"host_loses\": [\"disk sda\"]},"
        " {\"id\": 9, \"devices\": ["
        "  {\"address\": \"0000:00:03.0\", \"class\": \"0604\", \"bridge\": true},"
        "  {\"address\": \"0000:02:00.0\", \"class\": \"0300\"},"
        "  {\"address\": \"0000:02:00.1\", \"class\": \"0403\"}]}]}";

static void what_stands_in_the_way_comes_first(void **state)
{
	static const char *const order[] = {"e", "c", "g", "f", "b", "a", "d"};
	cleanup_pc struct pc pc;

	(void)state;
	pc_init(&pc);
	assert_int_equal(pc_set(&pc, check, NULL), 0);
	assert_int_equal(pc.verdict, PC_PERSON);
	assert_int_equal(pc.n_points, ARRAY_SIZE(order));
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		assert_string_equal(pc.points[i].id, order[i]);
	assert_string_equal(pc.points[0].fix, "do it");
	assert_string_equal(pc.points[0].code, "PT-X-1");
	assert_string_equal(pc.points[0].evidence[0].source, "/x");
	assert_string_equal(pc.points[1].fix, "");
	assert_int_equal(pc_count(&pc, PC_FAIL, PC_CURE_NONE), 2);
	assert_int_equal(pc_count(&pc, PC_FAIL, PC_CURE_PERSON), 1);
	assert_null(pc_point(&pc, "z"));
}

static void what_a_game_takes_is_known(void **state)
{
	cleanup_pc struct pc pc;
	const struct pc_group *group;

	(void)state;
	pc_init(&pc);
	pc_set(&pc, check, NULL);
	assert_int_equal(pc_cards_for_games(&pc), 1);
	assert_string_equal(pc.gpus[1].name, "Card 7");
	group = &pc.groups[0];
	assert_int_equal(group->id, 9);
	assert_true(group->goes && !group->only_bridges);
	assert_int_equal(group->functions[0].kind, PC_BRIDGE);
	assert_false(group->functions[0].goes); /* it stays, whoever has the rest */
	assert_true(group->functions[1].goes);
	assert_string_equal(group->functions[1].name, "Card 7");
	assert_int_equal(group->functions[2].kind, PC_SOUND);
	assert_true(group->functions[2].goes);
	assert_true(pc.groups[1].only_bridges);
	assert_false(pc.groups[2].goes);
	assert_string_equal(pc.groups[2].losses.list[0], "disk sda");
}

static void garbage_changes_nothing(void **state)
{
	static const char *const garbage[] = {"", "{", "{}", "[]", "7", "null", "{\"checks\": {}}"};
	cleanup_pc struct pc pc;
	struct err err = {0};

	(void)state;
	pc_init(&pc);
	pc_set(&pc, check, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(garbage); i++)
		assert_int_equal(pc_set(&pc, garbage[i], &err), -EBADMSG);
	assert_true(err_is(&err, CODE_SETUP_SERVICE));
	assert_int_equal(pc.n_points, 7);
	assert_int_equal(pc_set(&pc,
	                         "{\"checks\": [7, {}, []], \"gpus\": 7, \"groups\":"
	                         " [{\"devices\": [{}]}, 9], \"verdict\": 1}",
	                         NULL),
	        0);
	assert_int_equal(pc.verdict, PC_UNDECIDED);
	assert_int_equal(pc.n_groups, 2);
}

static void hostile_text_is_harmless_and_short(void **state)
{
	cleanup_free char *filler = xcalloc(1, 9001), *text = NULL;
	cleanup_pc struct pc pc;

	(void)state;
	memset(filler, 'w', 9000);
	text = xasprintf("{\"checks\": [{\"id\": \"a\\u001b[2J\\u202e\", \"summary\": \"%s\","
	                 " \"evidence\": [{\"source\": \"\\n\", \"value\": \"%s\"}]}]}",
	        filler, filler);
	pc_init(&pc);
	assert_int_equal(pc_set(&pc, text, NULL), 0);
	assert_string_equal(pc.points[0].id, "a\\x1b[2J\\u202e");
	assert_int_equal(strlen(pc.points[0].summary), PC_TEXT_MOST);
	assert_int_equal(strlen(pc.points[0].evidence[0].value), PC_TEXT_MOST);
	assert_null(strchr(pc.points[0].evidence[0].source, '\n'));
}

/* --- the plan --- */

#define cleanup_plan cleanup(plan_finish)

static const char plan_text[] =
        "{\"id\": \"07f09601\", \"nothing_to_do\": false, \"tried_once\": true,"
        " \"devices\": [{\"address\": \"0000:02:00.0\", \"name\": \"Card\","
        "   \"host_uses\": [\"a\", \"b\"]}],"
        " \"edits\": [{\"path\": \"/etc/x\", \"created\": false, \"diff\":"
        "   \"--- /etc/x\\n+++ /etc/x\\n@@ -1 +1,2 @@\\n same\\n-old\\n+new\\n+newer\\n\"}],"
        " \"entries\": [{\"path\": \"/boot/y\", \"created\": true}],"
        " \"tools\": [{\"run\": \"update-grub\"}]}";

static void a_plan_is_readable_changes(void **state)
{
	cleanup_plan struct plan plan;
	struct err err = {0};

	(void)state;
	plan_init(&plan);
	assert_int_equal(plan_set(&plan, plan_text, NULL), 0);
	assert_string_equal(plan.id, "07f09601");
	assert_string_equal(plan.tool, "update-grub");
	assert_true(plan.told && plan.tried_once && !plan.nothing_to_do);
	assert_int_equal(plan.devices[0].losses.n, 2);
	assert_int_equal(plan.n_files, 2);
	assert_int_equal(plan.files[0].added, 2);
	assert_int_equal(plan.files[0].removed, 1);
	assert_string_equal(plan.files[0].lines.list[0], "-old");
	assert_true(plan.files[1].created);
	assert_int_equal(plan_set(&plan, "{\"refused\": {}}", &err), -EBADMSG);
	assert_int_equal(plan.n_files, 2);
	err_set(&err, -EPERM, "no card\x1b[2J");
	plan_refused(&plan, &err);
	assert_false(plan.told);
	assert_string_equal(plan.why, "no card\\x1b[2J");
}

/* --- the service --- */

static void on_changed(void *user)
{
	++*(unsigned *)user;
}

static const struct link_ops ops = {.changed = on_changed};

static void in_a_session_nobody_is_asked(void **state)
{
	struct model model;
	struct setup *setup;
	unsigned changes = 0;
	sd_event *event;

	(void)state;
	model_init(&model);
	assert_true(sd_event_new(&event) >= 0);
	setup = setup_create(event, true, &model, &ops, &changes);
	setup_check(setup);
	assert_int_equal(changes, 1);
	assert_false(model.pc.asking || model.pc.told);
	assert_string_equal(model.pc.code, "");
	assert_true(*model.pc.why);
	setup_destroy(setup);
	sd_event_unref(event);
	model_finish(&model);
}

static void without_a_bus_that_is_told(void **state)
{
	struct model model;
	struct setup *setup;
	unsigned changes = 0;
	sd_event *event;

	(void)state;
	setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
	model_init(&model);
	assert_true(sd_event_new(&event) >= 0);
	setup = setup_create(event, false, &model, &ops, &changes);
	setup_check(setup);
	for (unsigned i = 0; i < 50 && model.pc.asking; i++)
		sd_event_run(event, 20000);
	assert_false(model.pc.asking || model.pc.told);
	assert_true(*model.pc.code);
	setup_plan(setup);
	for (unsigned i = 0; i < 50 && model.plan.asking; i++)
		sd_event_run(event, 20000);
	assert_false(model.plan.asking || model.plan.told);
	setup_check(setup); /* tried again: a bus may have come */
	setup_destroy(setup);
	sd_event_unref(event);
	model_finish(&model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(what_stands_in_the_way_comes_first),
	        cmocka_unit_test(what_a_game_takes_is_known),
	        cmocka_unit_test(garbage_changes_nothing),
	        cmocka_unit_test(hostile_text_is_harmless_and_short),
	        cmocka_unit_test(a_plan_is_readable_changes),
	        cmocka_unit_test(in_a_session_nobody_is_asked),
	        cmocka_unit_test(without_a_bus_that_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
