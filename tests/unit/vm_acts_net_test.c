/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Links of a VM as the kernel really makes them, in a user and network namespace of the test's own: made, as they should
 * be, gone with their descriptor, and never anybody else's changed. The PC is a folder with the real /dev/net/tun.
 */
#include "vm/acts/net.h"
#include "vm/acts/net_parts.h"
#include "vm/acts/netlink.h"

#include "base/net_name.h"
#include "host/links.h"
#include "vm/plan/plan.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "machine.h"

struct fixture {
	struct root root; /* "/" */
	int nl;
};

static void write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		machine_fail("write", path);
	close(fd);
}

/* All the rights there, and none outside. */
static int enter(void **state)
{
	cleanup_free char *map = xasprintf("0 %u 1", getuid());
	cleanup_free char *groups = xasprintf("0 %u 1", getgid());
	struct fixture *f = xcalloc(1, sizeof(*f));

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) < 0)
		machine_fail("unshare", "user, network and mount namespace");
	write_to("/proc/self/setgroups", "deny");
	write_to("/proc/self/uid_map", map);
	write_to("/proc/self/gid_map", groups);
	/* sysfs shows the network namespace in which it was mounted. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	        mount("sysfs", "/sys", "sysfs", 0, NULL) < 0 ||
	        mount("tmpfs", "/run", "tmpfs", 0, NULL) < 0)
		machine_fail("mount", "/sys and /run");
	assert_int_equal(root_open(&f->root, "/", NULL), 0);
	f->nl = netlink_open();
	assert_true(f->nl >= 0);
	*state = f;
	return 0;
}

static int leave(void **state)
{
	struct fixture *f = *state;

	root_close(&f->root);
	close(f->nl);
	free(f);
	return 0;
}

/* --- what is there --- */

static bool is_there(const struct fixture *f, const char *name)
{
	return netlink_index(f->nl, name) >= 0;
}

/* What goes with a namespace goes a moment later. */
static bool goes(const struct fixture *f, const char *name)
{
	for (unsigned i = 0; i < 1000 && is_there(f, name); i++)
		usleep(10000);
	return !is_there(f, name);
}

static char *read_of(const struct fixture *f, const char *name, const char *file)
{
	cleanup_free char *path = xasprintf("/sys/class/net/%s/%s", name, file);
	char *text = root_read(&f->root, path);

	if (text)
		text[strcspn(text, "\n")] = '\0';
	return text;
}

static void expect_file(
        const struct fixture *f, const char *name, const char *file, const char *want)
{
	cleanup_free char *found = read_of(f, name, file);

	assert_non_null(found);
	assert_string_equal(found, want);
}

static void expect_up(const struct fixture *f, const char *name)
{
	cleanup_free char *flags = read_of(f, name, "flags");

	assert_non_null(flags);
	assert_int_equal(strtoul(flags, NULL, 16) & 1, 1);
}

static void add_bridge(const struct fixture *f, const char *name, unsigned mtu)
{
	const struct netlink_link up = {.up = true, .mtu = mtu, .alias = "a person's own"};

	assert_int_equal(netlink_add_bridge(f->nl, name), 0);
	assert_int_equal(netlink_set(f->nl, netlink_index(f->nl, name), &up), 0);
}

static void remove_link(const struct fixture *f, const char *name)
{
	assert_int_equal(netlink_remove(f->nl, netlink_index(f->nl, name)), 0);
}

static const struct act_link on_br0 = {.type = PROFILE_NETWORK_BRIDGE,
        .card = "",
        .vm = "games",
        .tap = "pt-games",
        .link = "br0",
        .mac = "52:54:00:01:02:03",
        .lock = "/run/links.lock",
        .queues = 2};

static int open_link(
        const struct fixture *f, const struct act_link *link, unsigned queue, struct err *err)
{
	int fd = -1, r = act_link_open(&f->root, link, queue, &fd, err);

	return r < 0 ? r : fd;
}

/* --- tests --- */

static void test_tap(void **state)
{
	const struct fixture *f = *state;
	struct err err = {0};
	char *alias;
	int fds[2];

	add_bridge(f, "br0", 9000);
	for (unsigned i = 0; i < 2; i++) {
		fds[i] = open_link(f, &on_br0, i, &err);
		if (fds[i] < 0)
			fail_msg("%s", err.message);
	}
	assert_int_equal(netlink_alias(f->nl, "pt-games", &alias), 0);
	assert_string_equal(alias, "Playthrough: games");
	free(alias);
	expect_file(f, "pt-games", "address", "fe:54:00:01:02:03");
	expect_file(f, "pt-games", "mtu", "9000");
	expect_up(f, "pt-games");
	expect_file(f, "br0", "mtu", "9000");
	assert_true(root_exists(&f->root, "/sys/class/net/br0/brif/pt-games"));
	close(fds[0]);
	assert_true(is_there(f, "pt-games"));
	close(fds[1]);
	assert_true(goes(f, "pt-games"));
	assert_int_equal(act_link_remove(&f->root, &on_br0, &err), 0);
	assert_true(is_there(f, "br0")); /* which was not ours */
	remove_link(f, "br0");
}

static void test_own_bridge(void **state)
{
	struct act_link one = on_br0, two = on_br0;
	const struct fixture *f = *state;
	struct err err = {0};
	int first, second;

	one.link = two.link = VM_BRIDGE;
	one.own_bridge = two.own_bridge = true;
	one.queues = two.queues = 1;
	two.vm = "other";
	two.tap = "pt-other";
	first = open_link(f, &one, 0, &err);
	second = open_link(f, &two, 0, &err);
	if (first < 0 || second < 0)
		fail_msg("%s", err.message);
	close(first);
	assert_int_equal(act_link_remove(&f->root, &one, &err), 0);
	assert_true(is_there(f, VM_BRIDGE));
	close(second);
	assert_int_equal(act_link_remove(&f->root, &two, &err), 0);
	assert_false(is_there(f, VM_BRIDGE));
	assert_int_equal(act_link_remove(&f->root, &two, &err), 0); /* nothing to do */
	/* One of that name which a person has made stays, and nobody is put on it. */
	add_bridge(f, VM_BRIDGE, 0);
	assert_true(open_link(f, &one, 0, &err) < 0);
	assert_string_equal(err.code, "PT-NET-01");
	assert_int_equal(act_link_remove(&f->root, &one, &err), 0);
	assert_true(is_there(f, VM_BRIDGE));
	assert_true(goes(f, "pt-games"));
	remove_link(f, VM_BRIDGE);
}

/* Another VM's start, at the very moment in which the bridge is about to be removed. */
static struct {
	const struct fixture *f;
	pid_t pid;
	int go[2], told[2];
	bool gone;
} meanwhile;

static struct act_link of_other(void)
{
	struct act_link link = on_br0;

	link.link = VM_BRIDGE;
	link.own_bridge = true;
	link.queues = 1;
	link.vm = "other";
	link.tap = "pt-other";
	return link;
}

static void prepare_other(const struct fixture *f)
{
	const struct act_link link = of_other();
	char word;

	assert_true(pipe(meanwhile.go) == 0 && pipe(meanwhile.told) == 0);
	meanwhile.f = f;
	meanwhile.pid = fork();
	assert_true(meanwhile.pid >= 0);
	if (meanwhile.pid != 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (read(meanwhile.go[0], &word, 1) != 1)
		_exit(1);
	word = open_link(f, &link, 0, NULL) < 0 ? 'n' : 'y';
	if (write(meanwhile.told[1], &word, 1) == 1)
		_exit(read(meanwhile.go[0], &word, 1) == 1 ? 0 : 1);
	_exit(1);
}

int __real_netlink_remove(int nl, int index);
int __wrap_netlink_remove(int nl, int index);

/* It gets all the time that it needs, or else waits for us. */
int __wrap_netlink_remove(int nl, int index)
{
	struct pollfd p = {.fd = meanwhile.told[0], .events = POLLIN};

	if (meanwhile.f && !meanwhile.gone) {
		meanwhile.gone = write(meanwhile.go[1], "", 1) == 1;
		poll(&p, 1, 500);
	}
	return __real_netlink_remove(nl, index);
}

static void test_own_bridge_goes_and_comes(void **state)
{
	struct act_link one = of_other();
	const struct act_link other = one;
	const struct fixture *f = *state;
	struct err err = {0};
	char word;
	int fd;

	one.vm = "games";
	one.tap = "pt-games";
	fd = open_link(f, &one, 0, &err);
	if (fd < 0)
		fail_msg("%s", err.message);
	close(fd);
	prepare_other(f);
	assert_int_equal(act_link_remove(&f->root, &one, &err), 0);
	meanwhile.f = NULL;
	assert_int_equal(read(meanwhile.told[0], &word, 1), 1);
	assert_int_equal(word, 'y');
	assert_true(root_exists(&f->root, "/sys/class/net/" VM_BRIDGE "/brif/pt-other"));
	assert_int_equal(write(meanwhile.go[1], "", 1), 1);
	assert_int_equal(waitpid(meanwhile.pid, NULL, 0), meanwhile.pid);
	assert_int_equal(act_link_remove(&f->root, &other, &err), 0);
	assert_false(is_there(f, VM_BRIDGE));
}

static void test_vlan(void **state)
{
	struct act_link tagged = on_br0;
	const struct fixture *f = *state;
	struct err err = {0};
	int fd;

	add_bridge(f, "br0", 0);
	tagged.vlan = 20;
	if (!root_exists(&f->root, "/sys/class/net/br0/bridge/vlan_filtering")) {
		/* A kernel without them: nothing is left of the try. */
		assert_true(open_link(f, &tagged, 0, &err) < 0);
		assert_true(goes(f, "pt-games"));
		remove_link(f, "br0");
		return;
	}
	write_to("/sys/class/net/br0/bridge/vlan_filtering", "1");
	fd = open_link(f, &tagged, 0, &err);
	if (fd < 0)
		fail_msg("%s", err.message);
	close(fd);
	assert_true(goes(f, "pt-games"));
	remove_link(f, "br0");
}

/* It stays when its descriptors are closed, and is removed. */
static void test_macvtap(void **state)
{
	struct act_link near = on_br0;
	const struct fixture *f = *state;
	struct err err = {0};
	cleanup_close int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	const struct netlink_link up = {.up = true};
	int fd;

	near.type = PROFILE_NETWORK_MACVTAP;
	near.link = "card0";
	assert_int_equal(netlink_add_veth(f->nl, "card0", "card1", here), 0);
	netlink_set(f->nl, netlink_index(f->nl, "card0"), &up);
	fd = open_link(f, &near, 0, &err);
	if (fd < 0) {
		/* Its node is the whole PC's: without the right to it, or to the kernel's module, nothing is left. */
		assert_false(is_there(f, "pt-games"));
	} else {
		expect_file(f, "pt-games", "address", "52:54:00:01:02:03");
		close(fd);
		assert_true(is_there(f, "pt-games"));
	}
	assert_int_equal(act_link_remove(&f->root, &near, &err), 0);
	assert_false(is_there(f, "pt-games"));
	/* Somebody else's of that name stays. */
	add_bridge(f, "pt-games", 0);
	assert_int_equal(act_link_remove(&f->root, &near, &err), 0);
	assert_true(is_there(f, "pt-games"));
	remove_link(f, "pt-games");
	remove_link(f, "card0");
}

static void test_private(void **state)
{
	struct act_link alone = on_br0;
	const struct fixture *f = *state;
	struct err err = {0};
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), fd;

	alone.type = PROFILE_NETWORK_PRIVATE;
	alone.link = NULL;
	alone.queues = 1;
	fd = open_link(f, &alone, 0, &err);
	if (fd < 0)
		fail_msg("%s", err.message);
	assert_int_equal(setns(here, CLONE_NEWNET), 0); /* the daemon's child ends in that place */
	close(here);
	expect_up(f, "pt-games");
	assert_false(is_there(f, "tap0") || is_there(f, "bridge0") || is_there(f, "veth0"));
	close(fd);
	assert_true(goes(f, "pt-games"));
	assert_int_equal(act_link_remove(&f->root, &alone, &err), 0);
}

/* Two cards of one VM have two links, which come and go alone. */
static void test_second_card(void **state)
{
	const struct fixture *f = *state;
	struct act_link one = of_other(), two = one;
	struct err err = {0};
	int first, second;
	char *alias;

	two.card = "lan";
	two.tap = "pt-other_lan";
	two.mac = "52:54:00:01:02:04";
	first = open_link(f, &one, 0, &err);
	second = open_link(f, &two, 0, &err);
	if (first < 0 || second < 0)
		fail_msg("%s", err.message);
	assert_int_equal(netlink_alias(f->nl, two.tap, &alias), 0);
	assert_string_equal(alias, "Playthrough: other lan");
	free(alias);
	close(second);
	assert_true(goes(f, two.tap));
	assert_int_equal(act_link_remove(&f->root, &two, &err), 0);
	assert_true(is_there(f, one.tap) && is_there(f, VM_BRIDGE));
	close(first);
	assert_int_equal(act_link_remove(&f->root, &one, &err), 0);
	assert_false(is_there(f, VM_BRIDGE));
	/* No card's link is another's. */
	two.card = "net";
	assert_int_equal(act_link_remove(&f->root, &two, &err), -EINVAL);
}

/* What a child of the daemon has left that was killed, or a daemon whose journal is lost. */
static void test_leftovers(void **state)
{
	static const uint8_t mac[NETLINK_MAC] = {0x52, 0x54, 0, 1, 2, 3};
	struct act_link near = on_br0, own = of_other();
	const struct netlink_link up = {.up = true}, link = {.mac = mac};
	const struct netlink_link ours = {.alias = "Playthrough: games"};
	const struct fixture *f = *state;
	cleanup_close int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct err err = {0};
	int fd, parent;

	near.type = PROFILE_NETWORK_MACVTAP;
	near.link = "card0";
	assert_int_equal(netlink_add_veth(f->nl, "card0", "card1", here), 0);
	parent = netlink_index(f->nl, "card0");
	netlink_set(f->nl, parent, &up);
	if (netlink_add_macvtap(f->nl, "pt-games", parent, &link) == 0) {
		netlink_set(f->nl, netlink_index(f->nl, "pt-games"), &ours);
		fd = open_link(f, &near, 0, &err);
		if (fd < 0 && err.number == -EEXIST)
			fail_msg("%s", err.message);
		close_fd(&fd);
		act_link_remove(&f->root, &near, &err);
	}
	assert_false(is_there(f, "pt-games"));
	remove_link(f, "card0");
	/* Half a bridge. */
	assert_int_equal(netlink_add_bridge(f->nl, ACT_LINK_HALF), 0);
	fd = open_link(f, &own, 0, &err);
	if (fd < 0)
		fail_msg("%s", err.message);
	assert_false(is_there(f, ACT_LINK_HALF));
	expect_up(f, VM_BRIDGE);
	close(fd);
	assert_int_equal(act_link_remove(&f->root, &own, &err), 0);
	assert_false(is_there(f, VM_BRIDGE));
}

static void test_refused(void **state)
{
	struct act_link wrong = on_br0;
	const struct fixture *f = *state;
	struct err err = {0};

	/* A link that is not there, and one of the VM's name that is somebody's. */
	assert_true(open_link(f, &on_br0, 0, &err) < 0);
	assert_non_null(strstr(err.message, "br0"));
	assert_true(goes(f, "pt-games"));
	add_bridge(f, "br0", 0);
	add_bridge(f, "pt-games", 0);
	assert_int_equal(open_link(f, &on_br0, 0, &err), -EEXIST);
	assert_string_equal(err.code, "PT-NET-01");
	assert_non_null(strstr(err.message, "a person's own"));
	assert_true(is_there(f, "pt-games"));
	remove_link(f, "pt-games");
	/* What no plan says. */
	wrong.tap = "eth0";
	assert_int_equal(open_link(f, &wrong, 0, &err), -EINVAL);
	assert_int_equal(act_link_remove(&f->root, &wrong, &err), -EINVAL);
	wrong = on_br0;
	wrong.mac = "53:54:00:01:02:03";
	assert_int_equal(open_link(f, &wrong, 0, &err), -EINVAL);
	wrong = on_br0;
	wrong.link = "../..";
	assert_int_equal(open_link(f, &wrong, 0, &err), -EINVAL);
	wrong = on_br0;
	wrong.own_bridge = true;
	assert_int_equal(open_link(f, &wrong, 0, &err), -EINVAL);
	wrong = on_br0;
	wrong.queues = 99;
	assert_int_equal(open_link(f, &wrong, 0, &err), -EINVAL);
	wrong = on_br0;
	wrong.type = PROFILE_NETWORK_USER;
	assert_int_equal(open_link(f, &wrong, 0, &err), -EINVAL);
	remove_link(f, "br0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_tap),
	        cmocka_unit_test(test_own_bridge),
	        cmocka_unit_test(test_own_bridge_goes_and_comes),
	        cmocka_unit_test(test_vlan),
	        cmocka_unit_test(test_macvtap),
	        cmocka_unit_test(test_private),
	        cmocka_unit_test(test_second_card),
	        cmocka_unit_test(test_leftovers),
	        cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
