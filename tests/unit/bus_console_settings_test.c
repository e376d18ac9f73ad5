/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus/console_settings.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static void test_written_and_read(void **state)
{
	char folder[] = "/tmp/pt-settings-XXXXXX";
	struct console_settings a, b;
	cleanup_free char *path = NULL;
	struct err err = {0};
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(folder));
	path = xasprintf("%s/console.conf", folder);
	assert_int_equal(console_settings_read(path, &a, &err), 0); /* is not there */
	assert_false(a.enabled);
	assert_int_equal(a.listen.port, CONSOLE_PORT);
	a.enabled = true;
	assert_int_equal(net_address_parse("192.0.2.1:7000", &a.listen, &err), 0);
	assert_int_equal(net_address_parse("7001", &a.web, &err), 0);
	strcpy(a.ticket, "ABCD-EFGH");
	a.expires = 1800000000;
	assert_int_equal(console_settings_write(path, &a, &err), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(console_settings_read(path, &b, &err), 0);
	assert_true(b.enabled && net_address_same(&a.listen, &b.listen) &&
	            net_address_same(&a.web, &b.web));
	assert_string_equal(b.ticket, a.ticket);
	assert_int_equal(b.expires, a.expires);
	unlink(path);
	rmdir(folder);
}

static void test_nonsense(void **state)
{
	static const char *const bad[] = {"enabled=maybe", "listen=here", "listen=", "web=x",
	        "ticket=a b", "ticket-expires=-1", "ticket-expires=soon", "colour=red", "enabled",
	        "=", "ticket=0123456789012345678901234567890123456789012345678901234567890"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cleanup_free char *text = xasprintf("# ours\n\n enabled = yes \n%s\n", bad[i]);
		struct console_settings s;
		struct err err = {0};

		assert_int_equal(console_settings_parse(text, &s, &err), -EINVAL);
		assert_false(s.enabled); /* off is what is safe */
		assert_non_null(strstr(err.message, "4"));
		assert_true(err.hint[0]);
	}
}

static void test_tickets(void **state)
{
	struct console_settings s = {0};
	uint8_t chance[CONSOLE_TICKET_BYTES];
	char ticket[CONSOLE_TICKET_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(chance); i++)
		chance[i] = (uint8_t)(i * 2 + 224);
	console_ticket_make(chance, ticket);
	assert_string_equal(ticket, "2468-ACEG-JLNQ-SUWY");
	assert_false(console_ticket_good(&s, 10));
	strcpy(s.ticket, ticket);
	assert_true(console_ticket_good(&s, 10));
	s.expires = 10;
	assert_true(console_ticket_good(&s, 9));
	assert_false(console_ticket_good(&s, 10));
}

static void test_messages(void **state)
{
	struct console_message m = {.magic = CONSOLE_MAGIC, .kind = CONSOLE_NETWORK};
	struct console_report r = {.magic = CONSOLE_MAGIC, .viewer = CONSOLE_VIEWER_NETWORK};

	(void)state;
	assert_true(console_message_good(&m, sizeof(m), false));
	assert_false(console_message_good(&m, sizeof(m), true));
	m.display = 1;
	assert_true(console_message_good(&m, sizeof(m), true));
	m.kind = CONSOLE_TICKET;
	assert_false(console_message_good(&m, sizeof(m), true));
	m.display = 0;
	assert_true(console_message_good(&m, sizeof(m), false));
	memset(m.ticket, 'x', sizeof(m.ticket));
	assert_false(console_message_good(&m, sizeof(m), false));
	assert_true(console_report_good(&r, sizeof(r)));
	assert_false(console_report_good(&r, sizeof(r) - 1));
	r.viewer++;
	assert_false(console_report_good(&r, sizeof(r)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_written_and_read),
	        cmocka_unit_test(test_nonsense),
	        cmocka_unit_test(test_tickets),
	        cmocka_unit_test(test_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
