/* SPDX-License-Identifier: GPL-2.0-or-later */
/* playthrough-bind's decision, on trees of files: all devices as listed, or none is touched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host-setup/early/bind.c" /* a program of its own, in no archive */
#include "host-setup/plan.h"
#include "machine.h"

#define PORT   "/sys/devices/pci0000:00/0000:00:08.0"
#define CARD   PORT "/0000:01:00.0"
#define SOUND  PORT "/0000:01:00.1"
#define SERIAL "00e04c3612345678"

static const char conf[] = "# a comment\n"
                           "id 0123abcd\n"
                           "device path=0000:00:08.0/00.0 id=1234:1111 subsystem=1af4:1100 "
                           "class=038000\n"
                           "device path=0000:00:08.0/00.1 id=8086:2668 subsystem=1af4:1100 "
                           "class=040300 serial=" SERIAL "\n";

static void link_to(const struct machine *m, const char *path, const char *target)
{
	cleanup_free char *full = machine_path(m, "", path);

	unlink(full);
	assert_int_equal(symlink(target, full), 0);
}

static void add_function(const struct machine *m, const char *folder, const char *vendor,
        const char *device, const char *class_code)
{
	const char *const texts[][2] = {{"vendor", vendor}, {"device", device},
	        {"subsystem_vendor", "0x1af4\n"}, {"subsystem_device", "0x1100\n"},
	        {"class", class_code}};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		cleanup_free char *path = xasprintf("%s/%s", folder, texts[i][0]);

		machine_write(m, path, texts[i][1]);
	}
}

/* A configuration space whose second extended capability is the serial number. */
static void add_serial(const struct machine *m, const char *folder)
{
	cleanup_free char *inside = xasprintf("%s/config", folder);
	cleanup_free char *path = machine_path(m, "", inside);
	char words[] = "00 @100 01 00 01 15 @150 03 00 01 00 78 56 34 12 36 4c e0 00 @200 00";

	machine_hex(path, words);
}

static void open_pc(struct machine *m)
{
	machine_open(m, NULL);
	add_function(m, CARD, "0x1234\n", "0x1111\n", "0x038000\n");
	add_function(m, SOUND, "0x8086\n", "0x2668\n", "0x040300\n");
	add_serial(m, SOUND);
	link_to(m, CARD "/iommu_group", "../../../../kernel/iommu_groups/7");
	link_to(m, SOUND "/iommu_group", "../../../../kernel/iommu_groups/7");
	machine_write(m, "/sys/kernel/iommu_groups/7/type", "identity\n");
	link_to(m, "/sys/bus/pci/devices/0000:00:08.0", "../../../devices/pci0000:00/0000:00:08.0");
	machine_write(m, "/proc/cmdline", "root=/dev/sda1 playthrough=0123abcd ro quiet\n");
	machine_write(m, "/etc/playthrough/bind.conf", conf);
}

static enum bind_verdict decide(const struct machine *m, struct bind_list *list, const char *part)
{
	char why[512];
	enum bind_verdict verdict = bind_decide(m->folder, list, why, sizeof(why));

	if (part && !strstr(why, part))
		fail_msg("why is \"%s\", without \"%s\"", why, part);
	return verdict;
}

static void test_all_as_listed(void **state)
{
	struct bind_list list;
	struct machine m;

	(void)state;
	open_pc(&m);
	assert_int_equal(decide(&m, &list, NULL), BIND_GO);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.devices[0].address, "0000:01:00.0");
	assert_string_equal(list.devices[1].address, "0000:01:00.1");
	assert_string_equal(list.devices[0].driver, "");
	machine_close(&m);
}

/* A card in another slot moved the bus numbers: the path still finds ours. */
static void test_renumbered(void **state)
{
	struct bind_list list;
	struct machine m;

	(void)state;
	open_pc(&m);
	for (int i = 0; i < 2; i++) {
		cleanup_free char *from = xasprintf("%s%s", m.folder, i ? SOUND : CARD);
		cleanup_free char *to = xasprintf("%s" PORT "/0000:05:00.%d", m.folder, i);

		assert_int_equal(rename(from, to), 0);
	}
	assert_int_equal(decide(&m, &list, NULL), BIND_GO);
	assert_string_equal(list.devices[1].address, "0000:05:00.1");
	machine_close(&m);
}

/* Behind Intel's VMD there is a root bus between the bridge and its functions. */
static void test_vmd(void **state)
{
	struct bind_list list;
	struct machine m;

	(void)state;
	open_pc(&m);
	add_function(&m,
	        "/sys/devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0",
	        "0x144d\n", "0xa80a\n", "0x010802\n");
	link_to(&m, "/sys/bus/pci/devices/0000:00:0e.0",
	        "../../../devices/pci0000:00/0000:00:0e.0");
	machine_write(&m,
	        "/sys/devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0/"
	        "iommu_group",
	        "");
	machine_write(&m, "/etc/playthrough/bind.conf",
	        "id 0123abcd\ndevice path=0000:00:0e.0/06.0/00.0 id=144d:a80a subsystem=1af4:1100 "
	        "class=010802\n");
	assert_int_equal(decide(&m, &list, NULL), BIND_GO);
	assert_string_equal(list.devices[0].address, "10000:e1:00.0");
	machine_close(&m);
}

/* An entry that is there for the IOMMU alone says so; a list that lost its devices does not. */
static void test_none(void **state)
{
	struct bind_list list;
	struct machine m;

	(void)state;
	open_pc(&m);
	machine_write(&m, "/etc/playthrough/bind.conf", "id 0123abcd\nnone\n");
	assert_int_equal(decide(&m, &list, NULL), BIND_GO);
	assert_int_equal(list.n, 0);
	machine_write(&m, "/etc/playthrough/bind.conf", "id 0123abcd\n");
	assert_int_equal(decide(&m, &list, "names no device"), BIND_REFUSED);
	machine_write(&m, "/etc/playthrough/bind.conf", "id 0123abcd\nnone at all\n");
	assert_int_equal(decide(&m, &list, "not understood"), BIND_REFUSED);
	machine_close(&m);
}

static void test_inert_without_token(void **state)
{
	static const char *const lines[] = {"root=/dev/sda1 ro\n", "noplaythrough=0123abcd\n",
	        "playthrough=\n", "playthrough=0123abcd playthrough=off\n"};
	struct bind_list list;
	struct machine m;

	(void)state;
	open_pc(&m);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		machine_write(&m, "/proc/cmdline", lines[i]);
		assert_int_equal(decide(&m, &list, NULL), BIND_NOT_ASKED);
	}
	machine_write(&m, "/proc/cmdline", "playthrough=ffffffff\n");
	assert_int_equal(decide(&m, &list, "asks for plan ffffffff"), BIND_REFUSED);
	machine_close(&m);
}

static void test_any_difference_binds_nothing(void **state)
{
	static const struct {
		const char *path, *text, *why;
	} changes[] = {
	        {CARD "/vendor", "0x10de\n", "vendor is 10de, not 1234"},
	        {CARD "/device", "0x1112\n", "device is 1112"},
	        {CARD "/class", "0x030000\n", "class is 30000"},
	        {SOUND "/subsystem_vendor", "0x1043\n", "subsystem_vendor is 1043"},
	        {SOUND "/subsystem_device", "0x8599\n", "subsystem_device is 8599"},
	        {SOUND "/vendor", "", "vendor cannot be read"},
	        {SOUND "/config", "too short", "serial number unknown, not " SERIAL},
	};
	struct bind_list list;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		struct machine m;

		open_pc(&m);
		machine_write(&m, changes[i].path, changes[i].text);
		assert_int_equal(decide(&m, &list, changes[i].why), BIND_REFUSED);
		machine_close(&m);
	}
}

static void test_no_iommu(void **state)
{
	cleanup_free char *link = NULL;
	struct bind_list list;
	struct machine m;

	(void)state;
	open_pc(&m);
	link = machine_path(&m, "", SOUND "/iommu_group");
	assert_int_equal(unlink(link), 0);
	assert_int_equal(decide(&m, &list, "the IOMMU is off"), BIND_REFUSED);
	machine_close(&m);
}

static void test_absent(void **state)
{
	struct bind_list list;
	struct machine m;
	cleanup_free char *from = NULL, *to = NULL;

	(void)state;
	open_pc(&m);
	from = xasprintf("%s" SOUND, m.folder);
	to = xasprintf("%s/gone", m.folder);
	assert_int_equal(rename(from, to), 0);
	assert_int_equal(decide(&m, &list, "no device at 0000:00:08.0/00.1"), BIND_REFUSED);
	machine_close(&m);
}

static void test_driver_is_seen(void **state)
{
	struct bind_list list;
	struct machine m;

	(void)state;
	open_pc(&m);
	link_to(&m, CARD "/driver", "../../../../bus/pci/drivers/bochs-drm");
	assert_int_equal(decide(&m, &list, NULL), BIND_GO);
	assert_string_equal(list.devices[0].driver, "bochs-drm");
	machine_close(&m);
}

static void test_bad_lists(void **state)
{
	static const char *const bad[] = {
	        "",
	        "id 0123abcd\n",
	        "device path=0000:00:08.0 id=1234:1111 subsystem=1:1 class=1\n",
	        "id 0123abcd\ndevice path=0000:00:08.0 id=1234:1111 class=038000\n",
	        "id 0123abcd\ndevice id=1234:1111 subsystem=1:1 class=038000\n",
	        "id 0123abcd\ndevice path=x id=1234:1111zz subsystem=1:1 class=038000\n",
	        "id 0123abcd\ndevice path=x id=1234:1111 subsystem=1:1 class=038000 serial=12\n",
	        "id 0123abcd\ndevice path=x id=1234:1111 subsystem=1:1 class=038000 colour=red\n",
	        "id 0123abc\n",
	        "id 0123abcd\nid 0123abcd\n",
	        "ids=1234:1111\n",
	};
	struct bind_list list;
	char why[256], longest[1024];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(bind_parse(bad[i], &list, why, sizeof(why)));
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_false(bind_parse(longest, &list, why, sizeof(why)));
	assert_non_null(strstr(why, "too long"));
}

/* A path that would lead out of the folders of devices finds nothing. */
static void test_strange_paths(void **state)
{
	static const char *const paths[] = {"../../../etc", "0000:00:08.0/../..",
	        "0000:00:08.0/0000", "0000:00:1f.0", "0000:00:08.0/00.0/00.0", "/"};
	struct machine m;
	char why[256];

	(void)state;
	open_pc(&m);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct bind_device d = {0};

		strcpy(d.path, paths[i]);
		assert_false(bind_find(m.folder, &d, why, sizeof(why)));
	}
	machine_close(&m);
}

/* What the plan writes is what early boot reads. */
static void test_plan_and_bind_agree(void **state)
{
	struct plan_device device = {.path = (char[]){"0000:00:08.0/00.1"},
	        .vendor = 0x8086,
	        .device = 0x2668,
	        .subsystem_vendor = 0x1af4,
	        .subsystem_device = 0x1100,
	        .class_code = 0x040300,
	        .serial = (char[]){SERIAL}};
	struct plan plan = {.id = "0123abcd", .devices = &device, .n_devices = 1};
	cleanup_free char *text = plan_bind_conf(&plan);
	struct plan_wishes wishes = {0};
	struct bind_list list;
	char why[256];

	(void)state;
	assert_true(bind_parse(text, &list, why, sizeof(why)));
	assert_string_equal(list.id, "0123abcd");
	assert_int_equal(list.n, 1);
	assert_string_equal(list.devices[0].path, device.path);
	assert_string_equal(list.devices[0].serial, SERIAL);
	assert_int_equal(list.devices[0].class_code, 0x040300);
	plan_read_bind_conf(text, &wishes);
	assert_int_equal(wishes.n, 1);
	assert_string_equal(wishes.list[0].path, device.path);
	assert_int_equal(wishes.list[0].device, 0x2668);
	plan_wishes_finish(&wishes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_all_as_listed),
	        cmocka_unit_test(test_renumbered),
	        cmocka_unit_test(test_vmd),
	        cmocka_unit_test(test_none),
	        cmocka_unit_test(test_inert_without_token),
	        cmocka_unit_test(test_any_difference_binds_nothing),
	        cmocka_unit_test(test_no_iommu),
	        cmocka_unit_test(test_absent),
	        cmocka_unit_test(test_driver_is_seen),
	        cmocka_unit_test(test_bad_lists),
	        cmocka_unit_test(test_strange_paths),
	        cmocka_unit_test(test_plan_and_bind_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
