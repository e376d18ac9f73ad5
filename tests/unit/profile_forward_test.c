/* SPDX-License-Identifier: GPL-2.0-or-later */
/* forward= of [network]: what it may say, what it may not, and which ports meet. */
#include "profile/forward.h"
#include "profile/profile.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

/* All of them written out again, with spaces between. */
static char *written(const char *text)
{
	cleanup_strv struct strv words = {0};
	struct forwards forwards;
	struct err err = {0};

	if (forwards_parse(text, &forwards, &err) < 0)
		return xasprintf("%s", err.message);
	for (size_t i = 0; i < forwards.n; i++)
		strv_take(&words, forward_format(&forwards.list[i]));
	forwards_finish(&forwards);
	return strv_join(&words, " ");
}

static void words_are_ports(void **state)
{
	static const char *const cases[][2] = {
	        {"", ""},
	        {"tcp:3389", "tcp:3389"},
	        {"udp:47998-48000", "udp:47998-48000"},
	        {"tcp:3390:3389", "tcp:3390:3389"},
	        {"tcp:127.0.0.1:3389", "tcp:127.0.0.1:3389"},
	        {"tcp:127.0.0.1:3389:3389", "tcp:127.0.0.1:3389"},
	        {"tcp:0.0.0.0:8000-8001:80-81", "tcp:8000-8001:80-81"},
	        {" tcp:1 \t udp:65535 ", "tcp:1 udp:65535"},
	        {"rdp", "tcp:3389 udp:3389"},
	        {"rdp:127.0.0.1", "tcp:127.0.0.1:3389 udp:127.0.0.1:3389"},
	        {"sunshine", "tcp:47984 tcp:47989 tcp:48010 udp:47998-48000"},
	        {"steam", "tcp:27036-27037 udp:27031-27036"},
	        {"ssh", "tcp:2222:22"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *now = written(cases[i][0]);

		assert_string_equal(now, cases[i][1]);
	}
}

static void anything_else_is_refused(void **state)
{
	static const char *const bad[] = {"tcp", "tcp:", "tcp:0", "tcp:65536", "tcp:-1", "tcp:5-4",
	        "tcp:5-", "tcp:-5", "tcp:x", "tcp::3389", "tcp:3389:", ":3389", "sctp:1",
	        "rdp:", "rdp:x", "rdp:127.0.0.1:3389", "tcp:1:2:3", "tcp:1.2.3:80", "tcp:1.2.3.4",
	        "tcp:[::1]:80", "tcp:::1:80", "tcp:80-81:80", "tcp:1-65",
	        "tcp:99999999999999999999", "RDP", "tcp:1,hostfwd=tcp::2-:2", "rdp tcp:3389",
	        "tcp:80 tcp:127.0.0.1:80", ":", "-"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct forwards forwards;
		struct err err = {0};

		if (forwards_parse(bad[i], &forwards, &err) == 0)
			fail_msg("%s is taken", bad[i]);
		assert_int_equal(err.number, -EINVAL);
		assert_true(*err.message && *err.hint);
		assert_int_equal(forwards.n, 0);
	}
}

static unsigned meet(const char *a, const char *b)
{
	struct forwards x, y;
	unsigned port;

	assert_int_equal(forwards_parse(a, &x, NULL), 0);
	assert_int_equal(forwards_parse(b, &y, NULL), 0);
	port = forward_meets(&x.list[0], &y.list[0]);
	assert_int_equal(port, forward_meets(&y.list[0], &x.list[0]));
	forwards_finish(&x);
	forwards_finish(&y);
	return port;
}

static void two_that_want_the_same_port(void **state)
{
	(void)state;
	assert_int_equal(meet("tcp:80", "tcp:80:8080"), 80);
	assert_int_equal(meet("tcp:80", "udp:80"), 0);
	assert_int_equal(meet("tcp:80-89", "tcp:85-95"), 85);
	assert_int_equal(meet("tcp:80-84", "tcp:85-95"), 0);
	assert_int_equal(meet("tcp:80", "tcp:127.0.0.1:80"), 80);
	assert_int_equal(meet("tcp:127.0.0.2:80", "tcp:127.0.0.1:80"), 0);
}

static void expect_forward(const char *text, const char *forward)
{
	struct profile p;
	struct err err = {0};

	if (profile_parse(text, "a.profile", &p, &err) < 0)
		fail_msg("%s", err.message);
	assert_string_equal(p.nets[0].forward, forward);
	profile_finish(&p);
}

static void it_repeats(void **state)
{
	struct err err = {0};
	struct profile p;
	cleanup_free char *again = NULL;

	(void)state;
	expect_forward("[network]\nforward=rdp\nforward=ssh tcp:80\n", "rdp ssh tcp:80");
	assert_int_equal(
	        profile_parse("[network]\nforward=rdp\nforward=tcp:3389\n", "a.profile", &p, &err),
	        -EINVAL);
	assert_string_equal(err.message,
	        "a.profile:3: forward=\"tcp:3389\": port 3389 of this PC is forwarded twice");
	assert_int_equal(
	        profile_parse("[network]\nforward=rdp\nforward=ssh\n", "a.profile", &p, &err), 0);
	again = profile_write(&p);
	assert_string_equal(again, "[network]\nforward=rdp ssh\n");
	profile_finish(&p);
}

static void a_later_file_replaces_it(void **state)
{
	char *names[] = {"/x/a.profile", "/x/a.profile.d/b.conf", NULL};
	const struct strv files = {names, 2};
	const struct profile_text texts[] = {{names[0], "[network]\nforward=rdp\nforward=ssh\n"},
	        {names[1], "[network]\nforward=tcp:80\nforward=tcp:81\n"}};
	struct profile p;
	struct err err = {0};

	(void)state;
	assert_int_equal(profile_load_files(&files, texts, 2, &p, &err), 0);
	assert_string_equal(p.nets[0].forward, "tcp:80 tcp:81");
	profile_finish(&p);
}

static void none_is_no_network(void **state)
{
	struct profile p;
	struct err err = {0};

	(void)state;
	assert_int_equal(
	        profile_parse("[vm]\n[network]\ntype=none\nforward=rdp\n", "a.profile", &p, &err),
	        -EINVAL);
	assert_string_equal(
	        err.message, "a.profile:4: [network]: forward= is there with type=none");
	assert_true(*err.hint);
}

static void expect_edit(const char *text, const char *value, const char *wanted)
{
	struct err err = {0};
	cleanup_free char *now = profile_edit(text, "network", "forward", value, &err);

	if (!now)
		fail_msg("%s", err.message);
	assert_string_equal(now, wanted);
}

static void an_edit_is_of_all_lines(void **state)
{
	static const char two[] = "[network]\nforward=rdp\n# mine\nforward=ssh\n\n[vm]\ntitle=x\n";

	(void)state;
	expect_edit(two, "steam", "[network]\nforward=steam\n# mine\n\n[vm]\ntitle=x\n");
	expect_edit(two, NULL, "[network]\n# mine\n\n[vm]\ntitle=x\n");
	expect_edit("", "rdp ssh", "[network]\nforward=rdp ssh\n");
	assert_null(profile_edit(two, "network", "forward", "rdp:x", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(words_are_ports),
	        cmocka_unit_test(anything_else_is_refused),
	        cmocka_unit_test(two_that_want_the_same_port),
	        cmocka_unit_test(it_repeats),
	        cmocka_unit_test(a_later_file_replaces_it),
	        cmocka_unit_test(none_is_no_network),
	        cmocka_unit_test(an_edit_is_of_all_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
