/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ways into the host: which remain, whether one is there, and what verify makes of that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "host-setup/verify.h"
#include "machine.h"
#include "setup_pc.h"

#define IGPU "0000:00:02.0"
#define CONF            \
	"id 0123abcd\n" \
	"device path=0000:00:01.0/00.0 id=10de:1e84 subsystem=0000:0000 class=030000\n"

static void add_card(struct pc *pc, int device, const char *connector, bool console)
{
	struct display_card *card = list_append(pc->host.displays.list, pc->host.displays.n);

	*card = (struct display_card){.name = xstrdup("card0"),
	        .source = xstrdup("/sys/class/drm/card0"),
	        .has_controller = device >= 0,
	        .console = console};
	if (device >= 0)
		card->controller = pc_device(pc, device)->addr;
	if (connector)
		strv_add(&card->connected, connector);
}

static char *find(struct pc *pc, const char *given_path)
{
	struct strv given = {0}, ways = {0};
	char *text;

	strv_add(&given, given_path);
	way_in_find(&pc->host, &pc->facts, &given, &ways);
	text = strv_join(&ways, ", ");
	strv_finish(&given);
	strv_finish(&ways);
	return text;
}

static void expect(struct pc *pc, const char *given, const char *ways)
{
	cleanup_free char *found = find(pc, given);

	assert_string_equal(found, ways);
}

static void test_find(void **state)
{
	struct pc pc;

	(void)state;
	pc_init(&pc);
	expect(&pc, "0000:00:01.0/00.0", "display " IGPU);
	expect(&pc, IGPU, "");
	add_card(&pc, PC_GPU, NULL, false);
	expect(&pc, IGPU, ""); /* a card that shows nothing is no way in */
	strv_add(&pc.host.displays.list[0].connected, "DP-1");
	expect(&pc, IGPU, "display 0000:00:01.0/00.0");
	pc.facts.ssh = true;
	strv_add(&pc.facts.serial, "ttyS0");
	expect(&pc, "0000:00:01.0/00.0", "display " IGPU ", ssh, serial ttyS0");
	/* with the only network given away, ssh is none */
	expect(&pc, "0000:00:1f.6", "display " IGPU ", display 0000:00:01.0/00.0, serial ttyS0");
	pc_finish(&pc);
}

static bool there(struct pc *pc, const char *way)
{
	struct strv given = {0};
	bool is;

	strv_add(&given, "0000:00:01.0/00.0");
	is = way_in_there(&pc->host, &pc->facts, &given, way);
	strv_finish(&given);
	return is;
}

static void test_there(void **state)
{
	struct pc pc;

	(void)state;
	pc_init(&pc);
	assert_false(there(&pc, "display " IGPU));
	add_card(&pc, -1, NULL, true); /* the firmware's frame buffer, and the card has no driver */
	assert_true(there(&pc, "display " IGPU));
	add_card(&pc, PC_IGPU, NULL, false);
	assert_false(there(&pc, "display " IGPU));
	strv_add(&pc.host.displays.list[1].connected, "HDMI-A-1");
	assert_true(there(&pc, "display " IGPU));
	assert_false(there(&pc, "display 0000:00:01.0/00.0"));
	assert_false(there(&pc, "display 0000:00:1f.6"));
	assert_false(there(&pc, "ssh"));
	pc.facts.ssh = true;
	assert_true(there(&pc, "ssh"));
	strv_add(&pc.facts.serial, "ttyS0");
	assert_true(there(&pc, "serial ttyS0"));
	assert_false(there(&pc, "serial ttyS1"));
	assert_false(there(&pc, "carrier pigeon"));
	assert_false(there(&pc, ""));
	pc_finish(&pc);
}

static void test_verify_ways(void **state)
{
	static const struct {
		const char *ways[2];
		enum check_status status;
		bool there;
	} cases[] = {
	        {{"ssh", NULL}, CHECK_PASS, true},
	        {{"ssh", "serial ttyS0"}, CHECK_WARN, true},
	        {{"serial ttyS0", NULL}, CHECK_FAIL, false},
	        {{NULL, NULL}, CHECK_UNKNOWN, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct verify_report report = {.state = VERIFY_BOOTED};
		struct strv ways = {0};
		struct pc pc;

		pc_init(&pc);
		pc.facts.ssh = true;
		for (size_t k = 0; k < 2 && cases[i].ways[k]; k++)
			strv_add(&ways, cases[i].ways[k]);
		assert_int_equal(
		        verify_ways(&pc.host, &pc.facts, CONF, &ways, &report), cases[i].there);
		assert_int_equal(report.n, 1);
		assert_int_equal(report.list[0].status, cases[i].status);
		assert_true(!report.list[0].code ==
		            (cases[i].status == CHECK_PASS || cases[i].status == CHECK_UNKNOWN));
		strv_finish(&ways);
		verify_finish(&report);
		pc_finish(&pc);
	}
}

/* Only a screen of the plan's that is there, on a card that the host keeps. */
static void test_screen(void **state)
{
	static const char *const both[] = {"ssh", "display " IGPU};
	struct strv ssh = {0}, ways = {0};
	struct pc pc;

	(void)state;
	pc_init(&pc);
	pc.facts.ssh = true;
	strv_add(&ssh, both[0]);
	for (size_t i = 0; i < ARRAY_SIZE(both); i++)
		strv_add(&ways, both[i]);
	add_card(&pc, PC_IGPU, NULL, false);
	assert_false(verify_screen(&pc.host, &pc.facts, CONF, &ways));
	strv_add(&pc.host.displays.list[0].connected, "HDMI-A-1");
	assert_true(verify_screen(&pc.host, &pc.facts, CONF, &ways));
	assert_false(verify_screen(&pc.host, &pc.facts, CONF, &ssh));
	strv_finish(&ssh);
	strv_finish(&ways);
	pc_finish(&pc);
}

/* A start that is not ours has no ways to judge. */
static void test_verify_stock(void **state)
{
	struct verify_report report = {.state = VERIFY_NOT_BOOTED};
	struct strv ways = {0};
	struct pc pc;

	(void)state;
	pc_init(&pc);
	assert_false(verify_ways(&pc.host, &pc.facts, NULL, &ways, &report));
	assert_int_equal(report.n, 0);
	pc_finish(&pc);
}

static void test_words(void **state)
{
	static const char *const ways[] = {"display " IGPU, "ssh", "serial ttyS0", "", "x"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		cleanup_free char *words = way_in_words(ways[i]);

		assert_non_null(words);
	}
}

/* Who listens for this PC alone lets nobody in. */
static void test_ssh(void **state)
{
	static const char head[] = "  sl  local_address rem_address   st tx_queue rx_queue\n";
	static const struct {
		const char *table, *line;
		bool ssh;
	} cases[] = {
	        {"/proc/net/tcp", "   0: 00000000:0016 00000000:0000 0A 0:0\n", true},
	        {"/proc/net/tcp", "   0: 0100A8C0:0016 00000000:0000 0A 0:0\n", true},
	        {"/proc/net/tcp", "   0: 0100007F:0016 00000000:0000 0A 0:0\n", false},
	        {"/proc/net/tcp", "   0: 00000000:0016 00000000:0000 01 0:0\n", false},
	        {"/proc/net/tcp", "   0: 00000000:1600 00000000:0000 0A 0:0\n", false},
	        {"/proc/net/tcp6",
	                "   0: 00000000000000000000000000000000:0016 "
	                "00000000000000000000000000000000:0000 0A 0:0\n",
	                true},
	        {"/proc/net/tcp6",
	                "   0: 00000000000000000000000001000000:0016 "
	                "00000000000000000000000000000000:0000 0A 0:0\n",
	                false},
	        {"/proc/net/tcp6",
	                "   0: 0000000000000000FFFF00000100007F:0016 "
	                "00000000000000000000000000000000:0000 0A 0:0\n",
	                false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *text = xasprintf("%s%s", head, cases[i].line);
		struct machine m;
		struct facts facts;

		machine_open(&m, NULL);
		machine_write(&m, cases[i].table, text);
		facts_take(&m.root, &facts);
		if (facts.ssh != cases[i].ssh)
			fail_msg("case %zu: %s", i, cases[i].line);
		facts_finish(&facts);
		machine_close(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_ssh),
	        cmocka_unit_test(test_find),
	        cmocka_unit_test(test_there),
	        cmocka_unit_test(test_verify_ways),
	        cmocka_unit_test(test_verify_stock),
	        cmocka_unit_test(test_screen),
	        cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
