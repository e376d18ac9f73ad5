/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people are told to type, by the ports that lead to a VM and this PC's addresses. */
#include "bus/reach.h"

#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

static char *said(const char *text, const struct strv *addresses)
{
	json_t *forwards = json_loads(text, JSON_DECODE_ANY, NULL);
	cleanup_strv struct strv lines = {0};
	struct reaches reaches;

	reaches_make(forwards, addresses, &reaches);
	for (size_t i = 0; i < reaches.n; i++) {
		cleanup_free char *at = reach_text(&reaches.list[i]);

		strv_addf(&lines, "%s: %s", reaches.list[i].name, at);
	}
	reaches_finish(&reaches);
	json_decref(forwards);
	return strv_join(&lines, "\n");
}

#define FORWARD(service, protocol, address, port, guest, count)                         \
	"{\"service\":" service ",\"protocol\":\"" protocol "\",\"address\":\"" address \
	"\",\"port\":" #port ",\"guest_port\":" #guest ",\"count\":" #count "}"

static void each_program_has_its_line(void **state)
{
	static const char forwards[] = "[" FORWARD("\"rdp\"", "tcp", "", 3389, 3389, 1) "," FORWARD(
	        "\"rdp\"", "udp", "", 3389, 3389, 1) "," FORWARD("\"sunshine\"", "tcp", "", 47984,
	        47984,
	        1) "," FORWARD("\"sunshine\"", "udp", "", 47998, 47998, 3) "," FORWARD("\"ssh\"",
	        "tcp", "127.0.0.1", 2222, 22, 1) "," FORWARD("null", "tcp", "", 3390, 3389,
	        1) "," FORWARD("null", "udp", "198.51.100.2", 8000, 8000, 3) "]";
	char *list[] = {"192.0.2.7", "198.51.100.2", NULL};
	const struct strv addresses = {list, 2}, none = {0};
	cleanup_free char *text = said(forwards, &addresses), *offline = NULL;

	(void)state;
	assert_string_equal(text, "RDP: 192.0.2.7:3389, 198.51.100.2:3389\n"
	                          "Sunshine: 192.0.2.7, 198.51.100.2\n"
	                          "SSH: 127.0.0.1:2222 (this PC only)\n"
	                          "RDP: 192.0.2.7:3390, 198.51.100.2:3390\n"
	                          "UDP 8000-8002: 198.51.100.2:8000-8002");
	offline = said("[" FORWARD("\"steam\"", "tcp", "", 27036, 27036, 2) "]", &none);
	assert_string_equal(offline, "Steam: this PC is on no network");
}

static void garbage_is_nothing(void **state)
{
	static const char *const garbage[] = {"null", "{}", "[1, null, \"x\", {}, []]",
	        "[{\"port\": -1, \"guest_port\": 1, \"count\": 1}]",
	        "[{\"port\": 1, \"guest_port\": 99999, \"count\": 1}]",
	        "[{\"port\": 1, \"guest_port\": 1, \"count\": \"x\"}]"};
	const struct strv none = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(garbage); i++) {
		cleanup_free char *text = said(garbage[i], &none);

		assert_string_equal(text, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(each_program_has_its_line),
	        cmocka_unit_test(garbage_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
