/* SPDX-License-Identifier: GPL-2.0-or-later */
/* [network] of a profile as a whole, what the journal keeps of it, and what passt is told. */
#include "vm/acts/passt.h"
#include "vm/state.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* --- the profile --- */

static void test_profile(void **state)
{
	static const char text[] = "[network]\ntype=bridge\nlink=br0\nvlan=20\nmodel=e1000e\n"
	                           "mac=52:54:00:ab:cd:ef\nvhost=no\n";
	struct profile p;
	struct err err = {0};
	cleanup_free char *again = NULL;

	(void)state;
	if (profile_parse(text, "a.profile", &p, &err) < 0)
		fail_msg("%s", err.message);
	again = profile_write(&p);
	assert_string_equal(again, text);
	profile_finish(&p);
}

static const struct {
	const char *text, *message, *hint;
} wrong[] = {
        {"type=none\nforward=rdp", ":3: [network]: forward= is there with type=none", "type=user"},
        {"type=bridge\nlink=br0\nforward=rdp", ":4: [network]: forward= is there with type=bridge",
                "an address of its own"},
        {"link=br0", ":2: [network]: link= is there with type=user", "type=bridge"},
        {"type=private\nlink=br0", ":3: [network]: link= is there with type=private", "remove it"},
        {"type=macvtap\nlink=eth0\nvlan=20", ":4: [network]: vlan= is there with type=macvtap",
                "eth0.20"},
        {"type=bridge\nvlan=20", ":3: [network]: vlan= is there with type=bridge", "link="},
        {"type=bridge\nbackend=passt", ":3: [network]: backend= is there with type=bridge",
                "type=user"},
        {"type=ovs", ":2: [network]: type=ovs is there without link=", "ovs-vsctl list-br"},
        {"type=macvtap", ":2: [network]: type=macvtap is there without link=", "ip link"},
        {"type=bridge\nlink=a/b", "link=\"a/b\"", "br0"},
        {"type=bridge\nlink=--", "link=\"--\"", "br0"},
        {"mac=53:54:00:12:34:56", "not the address of one network card", "first pair even"},
        {"type=bridge\nlink=br0\nvlan=4095", "vlan=", ""},
        {"type=bridged", "type=", "bridge"},
};

static void test_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		cleanup_free char *text = xasprintf("[network]\n%s\n", wrong[i].text);
		struct profile p;
		struct err err = {0};

		if (profile_parse(text, "a.profile", &p, &err) == 0)
			fail_msg("%s is taken", text);
		if (!strstr(err.message, wrong[i].message) || !strstr(err.hint, wrong[i].hint))
			fail_msg("%s: %s (%s)", text, err.message, err.hint);
	}
}

/* --- the journal --- */

static int load(const char *text, struct journal_net *out)
{
	json_t *o = json_loads(text, 0, NULL);
	int r;

	*out = (struct journal_net){0};
	assert_non_null(o);
	r = journal_net_load(o, out);
	json_decref(o);
	return r;
}

static void test_journal(void **state)
{
	struct journal_net a = {.type = PROFILE_NETWORK_OVS,
	        .tap = xstrdup("pt-games"),
	        .link = xstrdup("ovs0"),
	        .mac = xstrdup("52:54:00:01:02:03"),
	        .vhost = true,
	        .vlan = 30,
	        .queues = 4,
	        .made = true};
	struct journal_net b;
	json_t *o = journal_net_to_json(&a);

	(void)state;
	assert_int_equal(journal_net_load(o, &b), 0);
	assert_int_equal(b.type, PROFILE_NETWORK_OVS);
	assert_string_equal(b.tap, "pt-games");
	assert_string_equal(b.link, "ovs0");
	assert_string_equal(b.mac, "52:54:00:01:02:03");
	assert_true(b.vhost && b.made && !b.own_bridge && !b.passt);
	assert_int_equal(b.vlan, 30);
	assert_int_equal(b.queues, 4);
	json_decref(o);
	journal_net_finish(&a);
	journal_net_finish(&b);
	/* Of an older daemon. */
	assert_int_equal(journal_net_load(NULL, &b), 0);
	assert_int_equal(b.type, PROFILE_NETWORK_NONE);
	assert_false(b.made);
}

#define REST "\"own_bridge\":false,\"passt\":false,\"vhost\":false,\"made\":true"

static void test_half_a_journal(void **state)
{
	static const char *const texts[] = {"{}",
	        "{\"type\":\"bridge\",\"vlan\":0,\"queues\":1," REST "}",
	        "{\"type\":\"bridges\",\"tap\":\"pt-a\",\"mac\":\"m\",\"vlan\":0,\"queues\":1," REST
	        "}",
	        "{\"type\":\"bridge\",\"tap\":\"a/b\",\"mac\":\"m\",\"vlan\":0,\"queues\":1," REST
	        "}",
	        "{\"type\":\"bridge\",\"tap\":\"pt-a\",\"link\":\"-x\",\"mac\":\"m\",\"vlan\":0,"
	        "\"queues\":"
	        "1," REST "}",
	        "{\"type\":\"bridge\",\"tap\":\"pt-a\",\"mac\":\"m\",\"vlan\":-1,\"queues\":1," REST
	        "}",
	        "{\"type\":\"bridge\",\"tap\":\"pt-a\",\"mac\":\"m\",\"vlan\":0,\"queues\":99," REST
	        "}",
	        "{\"type\":\"bridge\",\"tap\":\"pt-a\",\"mac\":\"m\",\"vlan\":\"0\",\"queues\":"
	        "1," REST "}"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct journal_net n;

		if (load(texts[i], &n) == 0)
			fail_msg("%s", texts[i]);
		journal_net_finish(&n);
	}
}

/* --- passt --- */

static void expect_passt(const char *forward, const char *want)
{
	cleanup_strv struct strv args = {0};
	cleanup_free char *all = NULL;

	passt_arguments(forward, &args);
	all = strv_join(&args, " ");
	assert_string_equal(all, want);
}

static void test_passt(void **state)
{
	(void)state;
	expect_passt(NULL, "/usr/bin/passt --foreground --quiet --fd 0 -t none -u none");
	expect_passt("ssh:127.0.0.1 udp:47998-48000:7998-8000",
	        "/usr/bin/passt --foreground --quiet --fd 0 -t 127.0.0.1/2222:22 -u "
	        "47998-48000:7998-8000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_profile),
	        cmocka_unit_test(test_wrong),
	        cmocka_unit_test(test_journal),
	        cmocka_unit_test(test_half_a_journal),
	        cmocka_unit_test(test_passt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
