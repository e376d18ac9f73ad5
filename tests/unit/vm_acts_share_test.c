/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parts of a card, made and removed. This file plays the kernel, which makes virtual functions from none alone and mediated
 * devices by their UUID, and the network card that is asked and told by netlink.
 */
#include "vm/acts/share.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "machine.h"

#define CARD "/sys/bus/pci/devices/0000:01:00.0"
#define UUID "01234567-89ab-8def-8123-456789abcdef"
#define MDEV "/sys/bus/mdev/devices/" UUID

static const struct act_share two = {.kind = VM_SHARE_VIRTUAL,
        .parent = {.addr = {0, 1, 0, 0}, .vendor = 0x8086, .device = 0x10c9},
        .vf = 1,
        .vfs = 2,
        .autoprobe = true};
static const struct act_share part = {.kind = VM_SHARE_MEDIATED,
        .parent = {.addr = {0, 1, 0, 0}, .vendor = 0x8086, .device = 0x10c9},
        .type = "x-1",
        .uuid = UUID};
static struct machine pc;
static unsigned pokes;
static int refusal; /* of a number of virtual functions */

int __wrap_root_poke(const struct root *root, const char *path, const char *text, struct err *err);

static void set_number(const char *text)
{
	bool more = !streq(text, "0");

	for (unsigned i = 0; i < 2; i++) {
		cleanup_free char *function = xasprintf("/sys/devices/0000:01:10.%u", i);
		cleanup_free char *link = xasprintf(CARD "/virtfn%u", i);
		cleanup_free char *file = xasprintf("%s/vendor", function);
		cleanup_free char *full = machine_path(&pc, "", link);

		if (!more)
			unlink(full);
		else
			machine_link(&pc, link, function), machine_write(&pc, file, "0xffff\n");
	}
}

/* Linux, drivers/pci/pci-sysfs.c, sriov_numvfs_store(): -EBUSY where a number that is not 0 would change. */
int __wrap_root_poke(const struct root *root, const char *path, const char *text, struct err *err)
{
	cleanup_free char *line = xasprintf("%s\n", text), *now = NULL;

	(void)root;
	pokes++;
	if (streq(path, CARD "/mdev_supported_types/x-1/create")) {
		machine_link(&pc, MDEV "/mdev_type", "/sys/x/x-1");
		machine_link(&pc, MDEV "/iommu_group", "/sys/kernel/iommu_groups/9");
		return 0;
	}
	if (streq(path, MDEV "/remove")) {
		cleanup_free char *folder = machine_path(&pc, "", MDEV);

		return nftw(folder, machine_unlink, 16, FTW_DEPTH | FTW_PHYS);
	}
	if (ends_with(path, "/sriov_numvfs")) {
		cleanup_free char *probe = root_read(&pc.root, CARD "/sriov_drivers_autoprobe");

		now = root_read(&pc.root, path);
		if (refusal)
			return err_errno(err, refusal, "%s", path);
		assert_true(streq(now, "0") || streq(text, "0"));
		assert_string_equal(probe, "0"); /* no driver takes one that is there */
		set_number(text);
	}
	machine_write(&pc, path, line);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	machine_open(&pc, NULL);
	machine_write(&pc, CARD "/vendor", "0x8086\n");
	machine_write(&pc, CARD "/device", "0x10c9\n");
	machine_write(&pc, CARD "/sriov_numvfs", "0\n");
	machine_write(&pc, CARD "/sriov_drivers_autoprobe", "1\n");
	machine_write(&pc, "/sys/x/x-1/name", "one\n");
	machine_write(&pc, "/sys/kernel/iommu_groups/9/type", "DMA\n");
	pokes = 0;
	refusal = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	machine_close(&pc);
	return 0;
}

static void expect(const char *file, const char *want)
{
	cleanup_free char *path = xasprintf(CARD "/%s", file), *found = root_read(&pc.root, path);

	assert_string_equal(found, want);
}

static void test_virtual(void **state)
{
	struct err err = {0};

	(void)state;
	if (act_share_make(&pc.root, &two, &err) < 0)
		fail_msg("%s", err.message);
	expect("sriov_numvfs", "2");
	expect("sriov_drivers_autoprobe",
	        "0"); /* drivers that udev loads only now get none either */
	pokes = 0;
	assert_int_equal(act_share_make(&pc.root, &two, &err), 0);
	assert_int_equal(pokes, 0); /* it is there */
	machine_link(&pc, "/sys/devices/0000:01:10.0/driver", "/sys/bus/pci/drivers/vfio-pci");
	assert_int_equal(act_share_remove(&pc.root, &two, &err), -EBUSY);
	assert_non_null(strstr(err.message, "vfio-pci has 0000:01:10.0"));
	expect("sriov_numvfs", "2");
	expect("sriov_drivers_autoprobe", "1"); /* they are this PC's from now on */
	machine_write(&pc, CARD "/sriov_drivers_autoprobe", "0\n");
	{
		cleanup_free char *driver =
		        machine_path(&pc, "", "/sys/devices/0000:01:10.0/driver");

		assert_int_equal(unlink(driver), 0);
	}
	assert_int_equal(act_share_remove(&pc.root, &two, &err), 0);
	expect("sriov_numvfs", "0");
	expect("sriov_drivers_autoprobe", "1");
	assert_int_equal(act_share_remove(&pc.root, &two, &err), 0); /* nothing to do */
}

/* A number that others have set stays: going up, going down, and after a child that ended between its words. */
static void test_others_number(void **state)
{
	struct act_share third = two;
	struct err err = {0};

	(void)state;
	machine_write(&pc, CARD "/sriov_numvfs", "4\n");
	set_number("4");
	third.vf = 2;
	assert_int_equal(act_share_make(&pc.root, &third, &err), -EBUSY);
	assert_string_equal(err.code, "PT-PCI-10");
	assert_int_equal(act_share_remove(&pc.root, &two, &err), 0);
	assert_int_equal(pokes, 0);
	machine_write(&pc, CARD "/sriov_drivers_autoprobe", "0\n");
	assert_int_equal(act_share_remove(&pc.root, &two, &err), 0);
	expect("sriov_drivers_autoprobe", "1");
	expect("sriov_numvfs", "4");
}

static void test_refused(void **state)
{
	static const struct {
		int number;
		const char *hint;
	} rows[] = {{-ENOENT, "virtual-function=no"}, {-ENOMEM, "pci=realloc"}, {-EIO, "dmesg"}};
	struct act_share other = two;
	struct err err = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		refusal = rows[i].number;
		assert_int_equal(act_share_make(&pc.root, &two, &err), refusal);
		assert_non_null(strstr(err.hint, rows[i].hint));
		expect("sriov_drivers_autoprobe", "1");
	}
	pokes = 0;
	other.parent.device = 0x1521;
	assert_int_equal(act_share_make(&pc.root, &other, &err), -EXDEV);
	other.parent.addr.bus = 9; /* pulled out */
	assert_int_equal(act_share_remove(&pc.root, &other, &err), 0);
	assert_int_equal(pokes, 0);
}

static void test_mediated(void **state)
{
	struct act_share other = part;
	struct err err = {0};

	(void)state;
	if (act_share_make(&pc.root, &part, &err) < 0)
		fail_msg("%s", err.message);
	assert_true(root_exists(&pc.root, MDEV));
	assert_int_equal(act_share_make(&pc.root, &part, &err), 0);
	assert_int_equal(pokes, 1);
	other.type = "x-2";
	assert_int_equal(act_share_remove(&pc.root, &other, &err), -EXDEV); /* somebody else's */
	assert_true(root_exists(&pc.root, MDEV));
	assert_int_equal(act_share_remove(&pc.root, &part, &err), 0);
	assert_false(root_exists(&pc.root, MDEV));
	assert_int_equal(act_share_remove(&pc.root, &part, &err), 0);
	other.type = "../x";
	assert_int_equal(act_share_make(&pc.root, &other, &err), -EINVAL);
	other = part;
	other.uuid = "../../../../etc/passwd-is-no-uuid-at";
	assert_int_equal(act_share_make(&pc.root, &other, &err), -EINVAL);
}

/* --- netlink --- */

struct message {
	struct nlmsghdr head;
	struct ifinfomsg link;
	char room[512];
};

static struct rtattr *add(struct message *m, unsigned short type, const void *data, size_t size)
{
	struct rtattr *a = (void *)((char *)m + NLMSG_ALIGN(m->head.nlmsg_len));

	a->rta_type = type;
	a->rta_len = (unsigned short)RTA_LENGTH(size);
	if (size)
		memcpy(RTA_DATA(a), data, size);
	m->head.nlmsg_len = NLMSG_ALIGN(m->head.nlmsg_len) + (uint32_t)RTA_SPACE(size);
	return a;
}

static void close_nest(const struct message *m, struct rtattr *a)
{
	a->rta_len = (unsigned short)((const char *)m + m->head.nlmsg_len - (char *)a);
}

static void acknowledge(int fd)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr err;
	} ack = {.head = {.nlmsg_len = sizeof(ack), .nlmsg_type = NLMSG_ERROR}};

	assert_int_equal(send(fd, &ack, sizeof(ack), 0), sizeof(ack));
}

static void answer(int fd)
{
	struct message m = {.head = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
	                            .nlmsg_type = RTM_NEWLINK}};
	struct rtattr *list = add(&m, IFLA_VFINFO_LIST, NULL, 0);

	for (unsigned vf = 0; vf < 2; vf++) {
		struct rtattr *info = add(&m, IFLA_VF_INFO, NULL, 0);
		struct ifla_vf_mac mac = {.vf = vf, .mac = {2, 0, 0, 0, 0, (uint8_t)vf}};
		struct ifla_vf_vlan vlan = {.vf = vf, .vlan = 10 * vf, .qos = 3 * vf};

		add(&m, IFLA_VF_MAC, &mac, sizeof(mac));
		add(&m, IFLA_VF_VLAN, &vlan, sizeof(vlan));
		close_nest(&m, info);
	}
	close_nest(&m, list);
	assert_int_equal(send(fd, &m, m.head.nlmsg_len, 0), m.head.nlmsg_len);
	acknowledge(fd);
}

static bool has_bytes(const char *in, ssize_t n, const void *what, size_t size)
{
	return n > 0 && memmem(in, (size_t)n, what, size);
}

static void test_netlink(void **state)
{
	const struct netlink_vf will = {.mac = {0x52, 0x54, 0, 1, 2, 3}, .vlan = 7, .qos = 5};
	const struct ifla_vf_vlan vlan = {.vf = 1, .vlan = 7, .qos = 5};
	struct ifla_vf_mac mac = {.vf = 1, .mac = {0x52, 0x54, 0, 1, 2, 3}};
	struct netlink_vf now = {0};
	char request[1024];
	int ends[2];
	ssize_t n;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	answer(ends[1]);
	assert_int_equal(netlink_vf_get(ends[0], 3, 1, &now), 0);
	assert_true(now.mac[5] == 1 && now.vlan == 10 && now.qos == 3);
	answer(ends[1]);
	assert_int_equal(netlink_vf_get(ends[0], 3, 2, &now), -ENODEV);
	while (recv(ends[1], request, sizeof(request), MSG_DONTWAIT) > 0)
		;
	acknowledge(ends[1]);
	assert_int_equal(netlink_vf_set(ends[0], 3, 1, &now, &will), 0);
	n = recv(ends[1], request, sizeof(request), MSG_DONTWAIT);
	assert_true(has_bytes(request, n, &mac, sizeof(mac)));
	assert_true(has_bytes(request, n, &vlan, sizeof(vlan)));
	/* What is so already is not said: not every driver takes it. */
	assert_int_equal(netlink_vf_set(ends[0], 3, 1, &will, &will), 0);
	assert_true(recv(ends[1], request, sizeof(request), MSG_DONTWAIT) < 0);
	close(ends[0]);
	close(ends[1]);
}

/* Only the kernel's word that there is none means that a link is gone. */
static void test_alias_that_is_not_told(void **state)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr err;
	} refusal_of_it = {.head = {.nlmsg_len = sizeof(refusal_of_it), .nlmsg_type = NLMSG_ERROR},
	        .err = {.error = -ENOBUFS}};
	char *alias = NULL;
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(netlink_alias(ends[0], "pt-no-such-link", &alias), -ENODEV);
	assert_int_equal(
	        send(ends[1], &refusal_of_it, sizeof(refusal_of_it), 0), sizeof(refusal_of_it));
	assert_int_equal(netlink_alias(ends[0], "lo", &alias), -ENOBUFS);
	assert_null(alias);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_virtual, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_others_number, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_mediated, setup, teardown),
	        cmocka_unit_test(test_netlink),
	        cmocka_unit_test(test_alias_that_is_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
