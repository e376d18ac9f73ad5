/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network interfaces of recorded machines, and which one carries the default route. */
#include "host/net.h"
#include "machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void expect_one(const char *name, const char *interface, const char *controller, bool up,
        bool default_route)
{
	struct machine m;
	struct net net;

	machine_open(&m, name);
	assert_int_equal(net_take(&m.root, &net, NULL), 0);
	assert_int_equal(net.n, 1);
	assert_string_equal(net.list[0].name, interface);
	assert_int_equal(net.list[0].has_controller, controller != NULL);
	if (controller)
		assert_string_equal(pci_addr_format(net.list[0].controller).s, controller);
	assert_int_equal(net.list[0].up, up);
	assert_int_equal(net.list[0].default_route, default_route);
	net_finish(&net);
	machine_close(&m);
}

static void test_machines(void **state)
{
	(void)state;
	expect_one("intel-desktop", "eno1", "0000:00:1f.6", true, true);
	expect_one("amd-bad-board", "enp4s0", "0000:04:00.0", true, true); /* IPv6, over br0 */
	expect_one("no-iommu", "eth0", "0000:00:19.0", true, false);
	expect_one("virtual", "eth0", "0000:00:03.0", true, true);
	expect_one("garbage", "eth0", NULL, false, false); /* stands on itself */
}

/* A card in switchdev mode: which of its links are its plugs. */
static void test_links_of_functions(void **state)
{
	static const struct {
		const char *port;
		bool of_function;
	} rows[] = {{"p0\n", false}, {"p0s1\n", false}, {"pf0vf1\n", true}, {"c1pf0sf8\n", true},
	        {"pf0\n", true}, {"\n", false}};
	struct machine m;
	struct net net;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		machine_open(&m, "no-iommu");
		machine_write(&m, "/sys/class/net/eth0/phys_port_name", rows[i].port);
		assert_int_equal(net_take(&m.root, &net, NULL), 0);
		assert_int_equal(net.list[0].of_function, rows[i].of_function);
		net_finish(&net);
		machine_close(&m);
	}
}

static void expect_default(const char *routes, bool expected)
{
	struct machine m;
	struct net net;

	machine_open(&m, "no-iommu");
	machine_write(&m, "/proc/net/route", routes);
	net_take(&m.root, &net, NULL);
	assert_int_equal(net.list[0].default_route, expected);
	net_finish(&net);
	machine_close(&m);
}

/* Over a link that is no hardware too, as a VPN's. */
static void test_way_out(void **state)
{
	struct machine m;

	(void)state;
	machine_open(&m, NULL);
	assert_false(net_has_default_route(&m.root));
	machine_write(&m, "/proc/net/route", "wg0\t00000000\t0\t0001\t0\t0\t0\t00000000\n");
	assert_true(net_has_default_route(&m.root));
	machine_close(&m);
}

static void test_routes(void **state)
{
	(void)state;
	expect_default("eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\n", true);
	expect_default("eth0\t00000000\t0101A8C0\t0002\t0\t0\t0\t00000000\n", false); /* not up */
	expect_default("eth0\t00000000\t00000000\t0201\t0\t0\t0\t00000000\n", false); /* reject */
	expect_default("eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t000000FF\n", false);
	expect_default("eth1\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\n", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_machines),
	        cmocka_unit_test(test_links_of_functions),
	        cmocka_unit_test(test_routes),
	        cmocka_unit_test(test_way_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
