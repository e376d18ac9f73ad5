/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network links as sysfs shows them. */
#include "host/links.h"
#include "machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char text[] =
        "file /sys/class/net/bonding_masters \n"
        "file /sys/class/net/lo/type 772\n"
        "file /sys/class/net/br0/type 1\nfile /sys/class/net/br0/flags 0x1003\n"
        "file /sys/class/net/br0/bridge/vlan_filtering 1\ndir /sys/class/net/br0/brif/eno1\n"
        "file /sys/class/net/eno1/type 1\nfile /sys/class/net/eno1/flags 0x1003\n"
        "dir /sys/class/net/eno1/device\nlink /sys/class/net/eno1/master ../br0\n"
        "file /sys/class/net/wlan0/type 1\nfile /sys/class/net/wlan0/flags 0x1002\n"
        "dir /sys/class/net/wlan0/device\ndir /sys/class/net/wlan0/phy80211\n"
        "file /sys/class/net/wwan0/type 65534\nfile /sys/class/net/wwan0/flags x\n"
        "file /dev/net/tun \nfile /usr/bin/passt \n";

static void make(struct machine *m, const char *lines)
{
	cleanup_strv struct strv list = {0};
	char *file = NULL, *cwd = NULL;

	machine_open(m, NULL);
	strv_split(&list, lines, "\n");
	strv_foreach (line, &list)
		machine_line(m, *line, &file, &cwd);
	free(file);
	free(cwd);
}

static void test_links(void **state)
{
	const struct net_link *br0, *eno1, *wlan0, *wwan0;
	struct net_links links;
	struct machine m;

	(void)state;
	make(&m, text);
	links_take(&m.root, &links);
	assert_int_equal(links.n, 5);
	br0 = links_find(&links, "br0");
	eno1 = links_find(&links, "eno1");
	wlan0 = links_find(&links, "wlan0");
	wwan0 = links_find(&links, "wwan0");
	assert_true(br0 && eno1 && wlan0 && wwan0);
	assert_true(br0->bridge && br0->vlan_filtering && br0->up && br0->ethernet && !br0->device);
	assert_int_equal(br0->ports.n, 1);
	assert_string_equal(br0->ports.list[0], "eno1");
	assert_true(eno1->device && eno1->up && !eno1->bridge && !eno1->wireless);
	assert_string_equal(eno1->upper, "br0");
	assert_true(wlan0->wireless && !wlan0->up && !wlan0->upper);
	assert_false(wwan0->ethernet || wwan0->up);
	assert_false(links_find(&links, "lo")->ethernet);
	assert_null(links_find(&links, "bonding_masters"));
	assert_false(links.way_out);
	assert_true(links.tun && links.passt && !links.vhost_net && !links.ovs && !links.ovs_vsctl);
	links_finish(&links);
	machine_close(&m);
}

static void test_nothing(void **state)
{
	struct net_links links;
	struct machine m;

	(void)state;
	make(&m, "dir /sys\n");
	links_take(&m.root, &links);
	assert_int_equal(links.n, 0);
	links_finish(&links);
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_links),
	        cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
