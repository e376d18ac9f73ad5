/* SPDX-License-Identifier: GPL-2.0-or-later */
/* [network] and [network NAME] of a profile as a whole, what the journal keeps of it, and what passt is told. */
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

/* The first is there without being written; the others have heads. */
static void test_several(void **state)
{
	static const char text[] = "[network lan]\ntype=bridge\nlink=br0\n\n[network far]\nmac="
	                           "52:54:00:00:00:01\n\n[network Second_1.b]\n";
	struct profile p;
	struct err err = {0};
	cleanup_free char *again = NULL;

	(void)state;
	if (profile_parse(text, "a.profile", &p, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(p.n_nets, 4);
	assert_string_equal(p.nets[0].name, "");
	assert_int_equal(p.nets[0].type, PROFILE_NETWORK_USER);
	assert_string_equal(p.nets[1].link, "br0");
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
        {"[network a]\ntype=none\nlink=br0", ":4: [network a]: link= is there with type=none",
                "remove it"},
        {"mac=52:54:00:00:00:01\n[network a]\nmac=52:54:00:00:00:01",
                ":4: [network a]: mac=52:54:00:00:00:01 is another", "leave it out"},
        {"forward=ssh\n[network a]\nforward=tcp:2222",
                ":4: [network a]: forward=\"tcp:2222\": port 2222 of this PC is forwarded twice",
                "keep one"},
        {"[network a]\n[network a]\ntype=none", "[network a] is there twice", "[network NAME]"},
        {"[network a]\n[network b]\n[network c]\n[network d]\n[network e]\n[network f]\n"
         "[network g]\n[network h]",
                ":9: too many sections", "8 network cards"},
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

static int load(const char *key, const char *text, struct journal *out)
{
	json_t *all = json_object(), *o = json_loads(text, 0, NULL);
	int r;

	*out = (struct journal){0};
	assert_non_null(o);
	json_object_set_new(all, key, o);
	r = journal_nets_load(all, out);
	json_decref(all);
	return r;
}

static void test_journal(void **state)
{
	struct journal a = {0}, b = {0};
	json_t *all = json_object();

	(void)state;
	*list_append(a.nets, a.n_nets) = (struct journal_net){.name = xstrdup(""),
	        .type = PROFILE_NETWORK_USER,
	        .mac = xstrdup("52:54:00:12:34:56"),
	        .passt = true,
	        .queues = 1};
	*list_append(a.nets, a.n_nets) = (struct journal_net){.name = xstrdup("lan"),
	        .type = PROFILE_NETWORK_OVS,
	        .tap = xstrdup("pt-games_lan"),
	        .link = xstrdup("ovs0"),
	        .mac = xstrdup("52:54:00:01:02:03"),
	        .vhost = true,
	        .vlan = 30,
	        .queues = 4,
	        .made = true};
	json_object_set_new(all, "nets", journal_nets_to_json(&a));
	assert_int_equal(journal_nets_load(all, &b), 0);
	assert_int_equal(b.n_nets, 2);
	assert_string_equal(b.nets[0].name, "");
	assert_true(b.nets[0].passt && !b.nets[0].made);
	assert_string_equal(b.nets[1].name, "lan");
	assert_int_equal(b.nets[1].type, PROFILE_NETWORK_OVS);
	assert_string_equal(b.nets[1].tap, "pt-games_lan");
	assert_string_equal(b.nets[1].link, "ovs0");
	assert_string_equal(b.nets[1].mac, "52:54:00:01:02:03");
	assert_true(b.nets[1].vhost && b.nets[1].made && !b.nets[1].own_bridge && !b.nets[1].passt);
	assert_int_equal(b.nets[1].vlan, 30);
	assert_int_equal(b.nets[1].queues, 4);
	json_decref(all);
	journal_nets_finish(&a);
	journal_nets_finish(&b);
}

#define REST "\"own_bridge\":false,\"passt\":false,\"vhost\":false,\"made\":true"

/* One card without a name, or none. */
static void test_an_older_journal(void **state)
{
	json_t *nothing = json_object();
	struct journal j = {0};

	(void)state;
	assert_int_equal(load("net",
	                         "{\"type\":\"bridge\",\"tap\":\"pt-a\",\"link\":\"br0\",\"mac\":"
	                         "\"m\",\"vlan\":0,\"queues\":1," REST "}",
	                         &j),
	        0);
	assert_int_equal(j.n_nets, 1);
	assert_string_equal(j.nets[0].name, "");
	assert_string_equal(j.nets[0].tap, "pt-a");
	assert_true(j.nets[0].made);
	journal_nets_finish(&j);
	assert_int_equal(load("net",
	                         "{\"type\":\"none\",\"vlan\":0,\"queues\":0,\"own_bridge\":false,"
	                         "\"passt\":false,\"vhost\":false,\"made\":false}",
	                         &j),
	        0);
	assert_int_equal(j.n_nets, 0);
	assert_int_equal(journal_nets_load(nothing, &j), 0);
	assert_int_equal(j.n_nets, 0);
	json_decref(nothing);
}

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
	        "1," REST "}",
	        "{\"name\":\"a/b\",\"type\":\"bridge\",\"tap\":\"pt-a\",\"mac\":\"m\",\"vlan\":0,"
	        "\"queues\":1," REST "}"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		cleanup_free char *list = xasprintf("[%s]", texts[i]);
		struct journal j;

		if (load("net", texts[i], &j) == 0)
			fail_msg("%s", texts[i]);
		journal_nets_finish(&j);
		if (load("nets", list, &j) == 0)
			fail_msg("%s", list);
		journal_nets_finish(&j);
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
	        cmocka_unit_test(test_several),
	        cmocka_unit_test(test_wrong),
	        cmocka_unit_test(test_journal),
	        cmocka_unit_test(test_an_older_journal),
	        cmocka_unit_test(test_half_a_journal),
	        cmocka_unit_test(test_passt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
