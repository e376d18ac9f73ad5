/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's network card: what QEMU is told, what is opened for it, and where it cannot be had. */
#include "vm/plan/offer.h"
#include "vm/plan/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TINY "[cpu]\naccel=tcg\ncount=6\n[memory]\nsize=256M\n[boot]\nfirmware=bios\n"

/* A bridge that keeps VLANs apart with the card eno1 in it, one that does not, one that is down; cards of all kinds. */
static char *const brif[] = {(char *)"eno1"};
static struct net_link cables[] = {
        {.name = (char *)"br0",
                .ethernet = true,
                .up = true,
                .bridge = true,
                .vlan_filtering = true,
                .ports = {(char **)brif, 1}},
        {.name = (char *)"br1", .ethernet = true, .up = true, .bridge = true},
        {.name = (char *)"br2", .ethernet = true, .bridge = true},
        {.name = (char *)"eno1",
                .ethernet = true,
                .up = true,
                .device = true,
                .upper = (char *)"br0"},
        {.name = (char *)"eno2", .ethernet = true, .up = true, .device = true},
        {.name = (char *)"eno3", .ethernet = true, .device = true},
        {.name = (char *)"wlan0", .ethernet = true, .up = true, .device = true, .wireless = true},
        {.name = (char *)"wwan0", .up = true, .device = true},
        {.name = (char *)"tap7", .ethernet = true, .up = true},
};
static struct net_interface way = {.name = (char *)"eno1", .default_route = true};

static struct host pc(void)
{
	return (struct host){.memory = {.total_bytes = 16ull << 30, .available_bytes = 12ull << 30},
	        .net = {&way, 1},
	        .links = {.list = cables, .n = ARRAY_SIZE(cables), .tun = true, .vhost_net = true}};
}

static bool everything_is_there(const char *path)
{
	(void)path;
	return true;
}

static int plan(const struct host *host, const char *network, struct vm_options options,
        struct vm_plan *out, struct err *err)
{
	cleanup_free char *text = xasprintf(TINY "%s", network);
	struct profile profile;
	int r = profile_parse(text, "/etc/playthrough/profiles/games.profile", &profile, err);

	if (r < 0)
		fail_msg("profile: %s (%s)", err->message, err->hint);
	options.qemu = "/usr/bin/qemu-system-x86_64";
	options.data_dir = "/usr/share/playthrough";
	options.exists = everything_is_there;
	r = vm_plan_make(host, &profile, &options, out, err);
	profile_finish(&profile);
	return r;
}

/* What follows the flag, of the first option that begins so. */
static const char *argument(const struct vm_plan *p, const char *begin)
{
	strv_foreach (arg, &p->args)
		if (starts_with(*arg, begin))
			return *arg;
	return "none";
}

static unsigned count(const struct vm_plan *p, enum vm_fd_kind kind)
{
	unsigned n = 0;

	for (size_t i = 0; i < p->n_fds; i++)
		n += p->fds[i].kind == kind;
	return n;
}

/* --- what QEMU is told --- */

/* Descriptors 10 to 13 are QMP, the serial console, the report and the agent. */
static const struct {
	const char *network, *netdev, *card;
	unsigned taps, vhosts;
} told[] = {
        {"[network]\ntype=bridge\nlink=br0\n",
                "tap,id=network,fds=14:15:16:17,vhost=on,vhostfds=18:19:20:21",
                "virtio-net-pci,id=nic,netdev=network,romfile=,mac=52:54:00:2e:19:01,mq=on,"
                "vectors=10,bus=pcie.0,addr=03.0",
                4, 4},
        {"[network]\ntype=bridge\nvhost=no\nmac=02:00:00:00:00:0A\n",
                "tap,id=network,fds=14:15:16:17",
                "virtio-net-pci,id=nic,netdev=network,romfile=,mac=02:00:00:00:00:0a,mq=on,"
                "vectors=10,bus=pcie.0,addr=03.0",
                4, 0},
        {"[network]\ntype=macvtap\nlink=eno2\nmodel=e1000e\n", "tap,id=network,fd=14",
                "e1000e,id=nic,netdev=network,romfile=,mac=52:54:00:2e:19:01,bus=pcie.0,addr=03.0",
                1, 0},
        {"[network]\ntype=private\n", "tap,id=network,fd=14,vhost=on,vhostfd=15",
                "virtio-net-pci,id=nic,netdev=network,romfile=,mac=52:54:00:2e:19:01,bus=pcie.0,"
                "addr=03.0",
                1, 1},
        {"[network]\nmac=52:54:00:00:00:01\n", "user,id=network",
                "virtio-net-pci,id=nic,netdev=network,romfile=,mac=52:54:00:00:00:01,bus=pcie.0,"
                "addr=03.0",
                0, 0},
};

static void test_told(void **state)
{
	const struct host host = pc();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
		struct vm_plan p;
		struct err err = {0};
		const char *kind = strchr(told[i].card, ',');
		cleanup_free char *begin =
		        xstrndup(told[i].card, (size_t)(kind - told[i].card) + 8);

		if (plan(&host, told[i].network, (struct vm_options){0}, &p, &err) < 0)
			fail_msg("%s: %s", told[i].network, err.message);
		assert_string_equal(argument(&p, told[i].taps ? "tap," : "user,"), told[i].netdev);
		assert_string_equal(argument(&p, begin), told[i].card);
		assert_int_equal(count(&p, VM_FD_TAP), told[i].taps);
		assert_int_equal(count(&p, VM_FD_VHOST), told[i].vhosts);
		vm_plan_finish(&p);
	}
}

/* Each card is a function of one slot, and has a link, descriptors and an address of its own. */
static void test_several(void **state)
{
	static const char network[] = "[network]\nforward=ssh\n"
	                              "[network lan]\ntype=bridge\nlink=br0\nvhost=no\n"
	                              "[network far]\nmodel=e1000e\nforward=tcp:8080:80\n"
	                              "[network off]\ntype=none\n"
	                              "[network alone]\ntype=private\n";
	static const char *const expected[] = {
	        "user,id=network,hostfwd=tcp::2222-:22",
	        "virtio-net-pci,id=nic,netdev=network,romfile=,bus=pcie.0,addr=03.0,"
	        "multifunction=on",
	        "tap,id=network-lan,fds=14:15:16:17",
	        "virtio-net-pci,id=nic-lan,netdev=network-lan,romfile=,mac=52:54:00:22:8d:6a,"
	        "mq=on,vectors=10,bus=pcie.0,addr=03.1",
	        "user,id=network-far,hostfwd=tcp::8080-:80",
	        "e1000e,id=nic-far,netdev=network-far,romfile=,mac=52:54:00:73:bd:a4,bus=pcie.0,"
	        "addr=03.2",
	        "tap,id=network-alone,fd=18,vhost=on,vhostfd=19",
	        "virtio-net-pci,id=nic-alone,netdev=network-alone,romfile=,mac=52:54:00:de:93:07,"
	        "bus=pcie.0,addr=03.3",
	};
	const struct host host = pc();
	struct vm_plan p;
	struct err err = {0};
	size_t at = 0;

	(void)state;
	if (plan(&host, network, (struct vm_options){0}, &p, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(p.n_nets, 4);
	assert_string_equal(p.nets[1].tap, "pt-games_lan");
	assert_string_equal(p.nets[3].tap, "pt-games_alone");
	for (size_t i = 0; i < p.args.n && at < ARRAY_SIZE(expected); i++)
		if (streq(p.args.list[i], "-netdev") || strstr(p.args.list[i], "netdev="))
			assert_string_equal(
			        p.args.list[i + streq(p.args.list[i], "-netdev")], expected[at++]);
	assert_int_equal(at, ARRAY_SIZE(expected));
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(p.fds[4 + i].index, 1);
		assert_int_equal(p.fds[4 + i].queue, i);
	}
	assert_int_equal(p.fds[8].index, 3);
	vm_plan_finish(&p);
	/* What is wrong with one of them is said of that one. */
	assert_true(plan(&host, "[network lan]\ntype=bridge\nlink=br9\n", (struct vm_options){0},
	                    &p, &err) < 0);
	assert_true(starts_with(err.message, "network lan: the network link br9 is not there"));
}

static void test_claim(void **state)
{
	const struct host host = pc();
	struct vm_plan p;
	struct err err = {0};

	(void)state;
	assert_int_equal(plan(&host, "[network]\ntype=bridge\nlink=br0\nvlan=20\n",
	                         (struct vm_options){0}, &p, &err),
	        0);
	assert_string_equal(p.nets[0].tap, "pt-games");
	assert_string_equal(p.nets[0].link, "br0");
	assert_int_equal(p.nets[0].vlan, 20);
	assert_false(p.nets[0].own_bridge);
	vm_plan_finish(&p);
	assert_int_equal(
	        plan(&host, "[network]\ntype=bridge\n", (struct vm_options){0}, &p, &err), 0);
	assert_string_equal(p.nets[0].link, VM_BRIDGE);
	assert_true(p.nets[0].own_bridge);
	vm_plan_finish(&p);
	/* Another PC, another address. */
	assert_int_equal(plan(&host, "[network]\ntype=private\n",
	                         (struct vm_options){.mac_seed = 1}, &p, &err),
	        0);
	assert_string_not_equal(p.nets[0].mac, "52:54:00:2e:19:01");
	vm_plan_finish(&p);
}

/* passt where it is named, or is there and has a way out. */
static void test_passt(void **state)
{
	struct host host = pc();
	struct vm_plan p;
	struct err err = {0};

	(void)state;
	host.links.passt = true;
	assert_int_equal(plan(&host, "[network]\n", (struct vm_options){0}, &p, &err), 0);
	assert_string_equal(argument(&p, "user,"), "user,id=network");
	vm_plan_finish(&p);
	host.links.way_out = true;
	assert_int_equal(plan(&host, "[network]\n", (struct vm_options){0}, &p, &err), 0);
	assert_true(p.nets[0].passt);
	vm_plan_finish(&p);
	assert_int_equal(
	        plan(&host, "[network]\nbackend=slirp\n", (struct vm_options){0}, &p, &err), 0);
	assert_false(p.nets[0].passt);
	vm_plan_finish(&p);
	host.links.passt = false;
	assert_int_equal(plan(&host, "[network]\n", (struct vm_options){0}, &p, &err), 0);
	assert_false(p.nets[0].passt);
	vm_plan_finish(&p);
	host.links.passt = true;
	assert_int_equal(
	        plan(&host, "[network]\nbackend=passt\n", (struct vm_options){0}, &p, &err), 0);
	assert_true(p.nets[0].passt);
	assert_non_null(
	        strstr(argument(&p, "stream,"), "stream,id=network,server=off,addr.type=fd"));
	assert_int_equal(count(&p, VM_FD_PASST), 1);
	vm_plan_finish(&p);
}

/* --- refusals --- */

static void no_tun(struct host *host)
{
	host->links.tun = false;
}

static void no_vhost(struct host *host)
{
	host->links.vhost_net = false;
}

static void no_switch(struct host *host)
{
	host->links.ovs_vsctl = true;
}

static void with_switch(struct host *host)
{
	host->links.ovs_vsctl = host->links.ovs = true;
}

static const struct {
	const char *network;
	void (*change)(struct host *host);
	const char *code, *message, *hint;
} refusals[] = {
        {"type=bridge\nlink=br9", NULL, "PT-NET-01",
                "the network link br9 is not there (/sys/class/net/br9)",
                "playthrough profile offers"},
        {"type=bridge\nlink=br2", NULL, "PT-NET-01", "br2 is down (/sys/class/net/br2/flags)",
                "ip link set br2 up"},
        {"type=bridge\nlink=eno2", NULL, "PT-NET-01",
                "eno2 is a network card and no bridge (/sys/class/net/eno2/bridge is not there)",
                "type=macvtap, or make a bridge with eno2"},
        {"type=bridge\nlink=tap7", NULL, "PT-NET-01", "tap7 is no bridge of Linux", "link="},
        {"type=bridge\nlink=tap7", with_switch, "PT-NET-01", "tap7 is no bridge of Linux",
                "type=ovs"},
        {"type=bridge\nlink=br1\nvlan=20", NULL, "PT-NET-03",
                "vlan=20: the bridge br1 keeps no VLANs apart "
                "(/sys/class/net/br1/bridge/vlan_filtering: 0)",
                "vlan_filtering 1"},
        {"type=bridge\nlink=br0", no_tun, "PT-NET-04", "/dev/net/tun", "modprobe tun"},
        {"type=bridge\nlink=br0\nvhost=yes", no_vhost, "PT-NET-04", "/dev/vhost-net",
                "modprobe vhost_net"},
        {"type=bridge\nlink=br0\nvhost=yes\nmodel=e1000e", NULL, "PT-NET-04", "e1000e",
                "model=virtio"},
        {"type=ovs\nlink=br0", NULL, "PT-NET-05", "/usr/bin/ovs-vsctl is not there",
                "apt install openvswitch-switch"},
        {"type=ovs\nlink=br0", no_switch, "PT-NET-05", "/run/openvswitch/db.sock is not there",
                "systemctl start openvswitch-switch"},
        {"type=macvtap\nlink=eth9", NULL, "PT-NET-01", "eth9 is not there", "link="},
        {"type=macvtap\nlink=wlan0", NULL, "PT-NET-02",
                "wlan0 is a wireless card (/sys/class/net/wlan0/phy80211)", "type=user"},
        {"type=macvtap\nlink=wwan0", NULL, "PT-NET-01", "wwan0 is no Ethernet link", "type=user"},
        {"type=macvtap\nlink=eno1", NULL, "PT-NET-01",
                "eno1 belongs to br0 already (/sys/class/net/eno1/master)", "type=bridge"},
        {"type=macvtap\nlink=eno3", NULL, "PT-NET-01", "eno3 is down", "ip link set eno3 up"},
        {"backend=passt", NULL, "PT-NET-05", "/usr/bin/passt is not there", "apt install passt"},
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		cleanup_free char *network = xasprintf("[network]\n%s\n", refusals[i].network);
		struct host host = pc();
		struct vm_plan p;
		struct err err = {0};

		if (refusals[i].change)
			refusals[i].change(&host);
		if (plan(&host, network, (struct vm_options){0}, &p, &err) == 0)
			fail_msg("%s is not refused", network);
		assert_string_equal(err.code, refusals[i].code);
		if (!strstr(err.message, refusals[i].message))
			fail_msg("%s: %s", network, err.message);
		if (!strstr(err.hint, refusals[i].hint))
			fail_msg("%s: %s", network, err.hint);
	}
}

/* A session makes no links, unless it is the master of a network namespace. */
static void test_session(void **state)
{
	static const char bridge[] = "[network]\ntype=bridge\n";
	const struct host host = pc();
	struct vm_plan p;
	struct err err = {0};

	(void)state;
	assert_true(plan(&host, bridge, (struct vm_options){.session = true}, &p, &err) < 0);
	assert_string_equal(err.code, "PT-VM-01");
	assert_non_null(strstr(err.hint, "type=user"));
	assert_int_equal(
	        plan(&host, bridge, (struct vm_options){.session = true, .makes_links = true}, &p,
	                &err),
	        0);
	vm_plan_finish(&p);
}

/* --- offers --- */

static const json_t *offered(const json_t *all, const char *type, const char *link)
{
	const json_t *one;
	size_t i;

	json_array_foreach (json_object_get(all, "networks"), i, one) {
		const char *found = json_string_value(json_object_get(one, "link"));

		if (streq(json_string_value(json_object_get(one, "type")), type) &&
		        (link && found ? streq(link, found) : link == found))
			return one;
	}
	return NULL;
}

static void expect(const json_t *all, const char *type, const char *link, const char *verdict)
{
	const json_t *one = offered(all, type, link);

	assert_non_null(one);
	assert_string_equal(json_string_value(json_object_get(one, "verdict")), verdict);
}

static void test_offers(void **state)
{
	const struct host host = pc();
	struct strv none = {0};
	json_t *all = offers_json(&(struct offer_request){.host = &host, .names = &none});
	cleanup_free char *sections = NULL;

	(void)state;
	expect(all, "user", NULL, "pass");
	expect(all, "bridge", "br0", "pass");
	expect(all, "bridge", "br2", "fail");
	expect(all, "bridge", NULL, "pass");
	expect(all, "macvtap", "eno2", "pass");
	expect(all, "macvtap", "eno1", "fail");
	expect(all, "macvtap", "wlan0", "fail");
	expect(all, "private", NULL, "pass");
	assert_null(offered(all, "macvtap", "tap7"));
	sections = json_dumps(
	        json_object_get(offered(all, "macvtap", "eno2"), "sections"), JSON_COMPACT);
	assert_string_equal(sections, "[{\"section\":\"network\",\"keys\":[[\"type\",\"macvtap\"],["
	                              "\"link\",\"eno2\"]]}]");
	json_decref(all);
	all = offers_json(&(struct offer_request){.host = &host, .names = &none, .session = true});
	assert_int_equal(json_array_size(json_object_get(all, "networks")), 1);
	json_decref(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_told),
	        cmocka_unit_test(test_several),
	        cmocka_unit_test(test_claim),
	        cmocka_unit_test(test_passt),
	        cmocka_unit_test(test_refusals),
	        cmocka_unit_test(test_session),
	        cmocka_unit_test(test_offers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
