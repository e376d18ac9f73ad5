/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has a block device open: found in /proc, and told from one program to another. */
#include "host/block_opens.h"
#include "machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void link_fd(const struct machine *m, unsigned pid, unsigned fd, const char *target)
{
	cleanup_free char *path = xasprintf("/proc/%u/fd/%u", pid, fd);
	cleanup_free char *full = machine_path(m, "", path);

	assert_int_equal(symlink(target, full), 0);
}

static void begin(struct machine *m)
{
	machine_open(m, NULL);
	machine_write(m, "/proc/100/comm", "a b\\c\n");
	link_fd(m, 100, 0, "/dev/sda");
	link_fd(m, 100, 1, "socket:[7]");
	link_fd(m, 100, 2, "/home/me/disk.img");
	machine_write(m, "/proc/200/comm", "(udev-worker)\n");
	link_fd(m, 200, 3, "/dev/sdb");
	machine_write(m, "/proc/300/comm", "qemu-system-x86\n");
	machine_write(
	        m, "/proc/300/cgroup", "0::/playthrough.slice/playthrough-vm-my game.service\n");
	link_fd(m, 300, 10, "/dev/nvme0n1p3");
	link_fd(m, 999, 3, "/dev/sdc"); /* its name is gone */
	machine_write(m, "/proc/self/comm", "self\n");
}

static void expect(const struct block_opens *opens)
{
	assert_int_equal(opens->n, 3);
	assert_string_equal(opens->list[0].process, "100");
	assert_string_equal(opens->list[0].program, "a b\\c");
	assert_string_equal(opens->list[0].place.path, "/dev/sda");
	assert_null(opens->list[0].vm);
	assert_string_equal(opens->list[1].vm, "my game");
	assert_string_equal(opens->list[1].place.path, "/dev/nvme0n1p3");
	assert_string_equal(opens->list[2].program, "?");
}

static void test_scan_and_wire(void **state)
{
	struct block_opens opens, again;
	struct machine m;
	bool all = false;
	char *text;

	(void)state;
	begin(&m);
	assert_true(block_opens_scan(&m.root, &opens));
	expect(&opens);
	text = block_opens_format(&opens, true);
	assert_int_equal(block_opens_parse(text, "1", &again, &all), 0);
	assert_true(all);
	expect(&again);
	block_opens_finish(&again);
	assert_int_equal(block_opens_parse(text, "300", &again, &all), 0);
	assert_int_equal(again.n, 2); /* ourselves */
	block_opens_finish(&again);
	free(text);
	block_opens_finish(&opens);
	machine_close(&m);
}

static void test_broken_answers(void **state)
{
	static const char *const broken[] = {
	        "",
	        "1 8 0 - dd /dev/sda\n", /* cut off */
	        "1 8 0 - dd\nend 1\n",
	        "x 8 0 - dd /dev/sda\nend 1\n",
	        "1 -8 0 - dd /dev/sda\nend 1\n",
	        "1 8 99999999999 - dd /dev/sda\nend 1\n",
	        "end\n",
	        "1 8 0 - dd /dev/sda more\nend 1\n",
	};
	struct block_opens opens;
	bool all;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		assert_int_equal(block_opens_parse(broken[i], "7", &opens, &all), -EINVAL);
		assert_int_equal(opens.n, 0);
	}
	assert_int_equal(block_opens_parse("end 0\nwhatever", "7", &opens, &all), 0);
	assert_false(all);
	block_opens_finish(&opens);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_scan_and_wire),
	        cmocka_unit_test(test_broken_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
