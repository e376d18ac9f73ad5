/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A journal comes back as it was written; half a journal is none. */
#include "vm/state.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	char folder[64];
	struct root root;
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	strcpy(f->folder, "/tmp/playthrough-state-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	assert_int_equal(root_open(&f->root, f->folder, NULL), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *command = xasprintf("rm -rf '%s'", f->folder);

	root_close(&f->root);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

/* What of this PC was changed for it. */
static void fill_settings(struct journal *j)
{
	j->glass = xstrdup("/dev/kvmfr0");
	j->glass_gid = 4000000000;
	j->glass_mode = 0660;
	j->monitor_bus = xstrdup("i2c-3");
	j->monitor_will = 0x0f;
	j->monitor_was = 0x11;
	j->page_bytes = 2 << 20;
	j->pages_before = 3;
	j->pages = 512;
	j->pages_taken = true;
	j->pinned = xstrdup("4-5,12");
	j->kept_processors = xstrdup("4-7,12-15");
}

static void fill(struct journal *j)
{
	*j = (struct journal){.name = xstrdup("games"),
	        .title = xstrdup("Игры"),
	        .phase = JOURNAL_RUNNING,
	        .nonce = "0123456789abcdef",
	        .test_drive = true,
	        .forward = xstrdup("rdp ssh"),
	        .unit = xstrdup("playthrough-vm-games.service"),
	        .pid = 4711,
	        .pid_start = 123456789012,
	        .since = 1700000000000000};
	*list_append(j->pci, j->n_pci) = (struct journal_pci){.addr = {0x10000, 1, 0, 1},
	        .bar = 1,
	        .bar_was = 8,
	        .bar_will = 13,
	        .reset_was = xstrdup("flr bus"),
	        .reset_will = xstrdup("bus"),
	        .vendor = 0x10de,
	        .device = 0xffff,
	        .path = xstrdup("10000:00:04.0/00.1"),
	        .name = xstrdup("gpu"),
	        .group = 7,
	        .pass = true,
	        .previous = xstrdup("nouveau"),
	        .touched = true};
	*list_append(j->pci, j->n_pci) = (struct journal_pci){.group = 8, .home = true, .bar = -1};
	*list_append(j->groups, j->n_groups) = (struct journal_group){.id = 7, .given = true};
	*list_append(j->disks, j->n_disks) = (struct journal_disk){
	        .name = xstrdup("games"), .device = xstrdup("/dev/disk/by-id/x"), .writable = true};
	*list_append(j->usb, j->n_usb) = (struct journal_usb){.sysname = xstrdup("1-2.3"),
	        .id = xstrdup("usb-1-2.3-5"),
	        .busnum = 1,
	        .devnum = 5,
	        .vendor = 0x46d,
	        .serial = xstrdup("A1"),
	        .instance = 1ull << 40,
	        .guest_port = 7,
	        .by_hand = true,
	        .fdset = 3};
	*list_append(j->inputs, j->n_inputs) = (struct journal_input){.name = xstrdup("keyboard"),
	        .node = xstrdup("event5"),
	        .input = xstrdup("input12"),
	        .usb = xstrdup("1-4"),
	        .busnum = 1,
	        .devnum = 6,
	        .given = true};
	*list_append(j->kept, j->n_kept) = (struct journal_kept){.port = xstrdup("0000:00:14.0/1"),
	        .busnum = 1,
	        .devnum = 9,
	        .vendor = 0x46d,
	        .instance = 77,
	        .by_hand = true};
	*list_append(j->rules, j->n_rules) = (struct journal_rule){
	        .vendor = -1, .product = -1, .port = xstrdup("0000:00:14.0/2")};
	fill_settings(j);
}

static void test_round_trip(void **state)
{
	struct fixture *f = *state;
	struct journal a, b;
	char *first, *second;

	fill(&a);
	assert_int_equal(journal_save(&f->root, "/vm/games/state.json", &a, NULL), 0);
	first = root_read(&f->root, "/vm/games/state.json");
	assert_int_equal(journal_load(&f->root, "/vm/games/state.json", &b, NULL), 0);
	assert_int_equal(journal_save(&f->root, "/vm/games/state.json", &b, NULL), 0);
	second = root_read(&f->root, "/vm/games/state.json");
	assert_string_equal(first, second);
	assert_string_equal(b.title, "Игры");
	assert_string_equal(b.forward, "rdp ssh");
	assert_int_equal(b.pci[0].addr.domain, 0x10000);
	assert_string_equal(b.pci[0].previous, "nouveau");
	assert_null(b.pci[1].previous);
	assert_string_equal(b.pci[0].reset_was, "flr bus");
	assert_true(streq(b.pci[0].reset_will, "bus") && !b.pci[1].reset_will);
	assert_int_equal(b.rules[0].vendor, -1);
	assert_int_equal(b.usb[0].fdset, 3);
	assert_string_equal(b.inputs[0].input, "input12");
	assert_true(b.inputs[0].devnum == 6 && b.inputs[0].given && !b.inputs[0].returned);
	assert_string_equal(b.usb[0].serial, "A1");
	assert_true(b.usb[0].instance == 1ull << 40 && b.usb[0].by_hand);
	assert_int_equal(b.usb[0].guest_port, 7);
	assert_true(b.n_kept == 1 && b.kept[0].devnum == 9 && b.kept[0].by_hand);
	assert_int_equal(b.pid_start, 123456789012);
	assert_string_equal(b.glass, "/dev/kvmfr0");
	assert_true(b.glass_uid == 0 && b.glass_gid == 4000000000 && b.glass_mode == 0660);
	assert_string_equal(b.monitor_bus, "i2c-3");
	assert_true(b.monitor_will == 0x0f && b.monitor_was == 0x11);
	assert_int_equal(b.page_bytes, 2 << 20);
	assert_int_equal(b.pages_before, 3);
	assert_int_equal(b.pages, 512);
	assert_true(b.pages_taken);
	assert_string_equal(b.pinned, "4-5,12");
	assert_string_equal(b.kept_processors, "4-7,12-15");
	free(first);
	free(second);
	journal_finish(&a);
	journal_finish(&b);
}

/* A VM may run on from before a newer daemon was installed. */
static void test_of_an_older_daemon(void **state)
{
	static const char text[] =
	        "{\"name\":\"g\",\"phase\":\"running\",\"nonce\":\"\",\"test_drive\":false,"
	        "\"keep\":false,\"pid\":3,\"pid_start\":0,\"since\":0,\"pci\":[],\"groups\":[],"
	        "\"disks\":[],\"usb\":[{\"sysname\":\"1-2\",\"id\":\"usb-1-2-5\",\"busnum\":1,"
	        "\"devnum\":5,\"vendor\":1133,\"product\":49743,\"fdset\":2}],\"rules\":[]}";
	struct fixture *f = *state;
	struct journal j;

	assert_int_equal(root_write(&f->root, "/state.json", text, strlen(text), 0600, NULL), 0);
	assert_int_equal(journal_load(&f->root, "/state.json", &j, NULL), 0);
	assert_int_equal(j.n_usb, 1);
	assert_null(j.forward);
	assert_int_equal(j.usb[0].fdset, 2);
	assert_false(j.usb[0].by_hand || j.usb[0].instance || j.usb[0].guest_port || j.n_kept);
	journal_finish(&j);
}

static void test_half_is_none(void **state)
{
	static const char *const texts[] = {"", "{", "[]", "{\"name\": \"games\"}",
	        "{\"name\":\"g\",\"phase\":\"running\",\"nonce\":\"\",\"test_drive\":false,"
	        "\"keep\":false,\"pid\":-3,\"pid_start\":0,\"since\":0}",
	        "{\"name\":\"g\",\"phase\":\"flying\",\"nonce\":\"\",\"test_drive\":false,"
	        "\"keep\":false,\"pid\":3,\"pid_start\":0,\"since\":0,\"pci\":[],\"groups\":[],"
	        "\"disks\":[],\"usb\":[],\"rules\":[]}",
	        "{\"name\":\"g\",\"phase\":\"running\",\"nonce\":\"\",\"test_drive\":false,"
	        "\"keep\":false,\"pid\":3,\"pid_start\":0,\"since\":0,\"pci\":[{\"address\":\"x\"}]"
	        ","
	        "\"groups\":[],\"disks\":[],\"usb\":[],\"rules\":[]}"};
	struct fixture *f = *state;
	struct journal j;
	struct err err;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(
		        root_write(&f->root, "/state.json", texts[i], strlen(texts[i]), 0600, NULL),
		        0);
		assert_true(journal_load(&f->root, "/state.json", &j, &err) < 0);
		assert_null(j.name);
	}
	assert_int_equal(journal_load(&f->root, "/nothing.json", &j, &err), -ENOENT);
}

static void test_usb_remove(void **state)
{
	struct journal j = {0};

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		*list_append(j.usb, j.n_usb) =
		        (struct journal_usb){.id = xasprintf("usb-%u", i), .devnum = i};
	journal_usb_remove(&j, 1);
	assert_int_equal(j.n_usb, 2);
	assert_string_equal(j.usb[1].id, "usb-2");
	journal_finish(&j);
}

static void test_start_time(void **state)
{
	struct root host;
	uint64_t mine;
	pid_t child;

	(void)state;
	assert_int_equal(root_open(&host, "/", NULL), 0);
	mine = process_start_time(&host, getpid());
	assert_true(mine > 0);
	child = fork();
	if (child == 0)
		_exit(0);
	usleep(50000); /* a zombie by now: as good as gone */
	assert_int_equal(process_start_time(&host, child), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(process_start_time(&host, child), 0);
	root_close(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_of_an_older_daemon, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_half_is_none, setup, teardown),
	        cmocka_unit_test(test_usb_remove),
	        cmocka_unit_test(test_start_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
