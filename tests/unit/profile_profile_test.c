/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles: what is read, what is refused and in which words, written back, edited, found. */
#include "profile/profile.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static const char full[] =
        "# comment\n[vm]\ntitle=My games, \"quoted\"\nguest=windows-11\n"
        "[cpu]\ncount=6\nmodel=EPYC-v4\nhide-hypervisor=yes\naccel=auto\n"
        "[memory]\nsize=8G\n"
        "[boot]\nfirmware=bios\nkernel=/k\ninitrd=/i\ncmdline=a=b c\n"
        "[display]\ntype=none\n[network]\ntype=none\n"
        "[gpu]\naddress=01:00.0\nid=10DE:1b81\npath=0000:00:01.0/00.0\n"
        "subsystem=1043:8599\nserial=00112233445566AA\nromfile=/rom\n"
        "[audio hdmi]\naddress=0000:01:00.1\nid=10de:10f0\n"
        "[disk games]\ndevice=/dev/disk/by-id/ata-X\nserial=S 1\nsize=500107862016\n"
        "writable=yes\nbus=nvme\n"
        "[disk other]\nimage=/i.qcow2\nformat=qcow2\n"
        "[usb pad]\nid=046d:c52b\nport=0000:00:14.0/2.3\n"
        "[input keyboard]\ndevice=/dev/input/by-id/usb-A-event-kbd\ngrab-toggle=scrolllock\n"
        "repeat=no\n";

static void test_reads(void **state)
{
	struct profile p;
	struct err err = {0};

	(void)state;
	assert_int_equal(profile_parse(full, "/x/games.profile", &p, &err), 0);
	assert_string_equal(p.name, "games");
	assert_string_equal(p.title, "My games, \"quoted\"");
	assert_int_equal(p.guest, PROFILE_GUEST_WINDOWS_11);
	assert_int_equal(p.memory_bytes, 8ull << 30);
	assert_int_equal(p.accel, PROFILE_ACCEL_AUTO);
	assert_int_equal(p.n_pci, 2);
	assert_int_equal(p.pci[0].vendor, 0x10de);
	assert_string_equal(p.pci[0].serial, "00112233445566aa");
	assert_int_equal(p.pci[1].subsystem_vendor, -1);
	assert_int_equal(p.pci[0].line, 21);
	assert_int_equal(p.disks[0].size, 500107862016);
	assert_string_equal(p.disks[1].format, "qcow2");
	assert_string_equal(p.usb[0].port, "0000:00:14.0/2.3");
	assert_int_equal(p.n_inputs, 1);
	assert_string_equal(p.inputs[0].device, "/dev/input/by-id/usb-A-event-kbd");
	assert_true(p.inputs[0].toggle == PROFILE_TOGGLE_SCROLLLOCK && !p.inputs[0].repeat);
	profile_finish(&p);
}

static void test_defaults(void **state)
{
	struct profile p;
	struct err err = {0};

	(void)state;
	assert_int_equal(profile_parse("", "a.profile", &p, &err), 0);
	assert_string_equal(p.title, "a");
	assert_string_equal(p.cpu_model, "host");
	assert_int_equal(p.cpus, 2);
	assert_int_equal(p.memory_bytes, 2ull << 30);
	assert_int_equal(p.accel, PROFILE_ACCEL_KVM);
	profile_finish(&p);
}

static void test_round_trip(void **state)
{
	cleanup_free char *first = NULL, *second = NULL;
	struct profile p, q;
	struct err err = {0};

	(void)state;
	assert_int_equal(profile_parse(full, "games.profile", &p, &err), 0);
	first = profile_write(&p);
	assert_int_equal(profile_parse(first, "games.profile", &q, &err), 0);
	second = profile_write(&q);
	assert_string_equal(first, second);
	assert_non_null(strstr(first, "size=500107862016\n"));
	profile_finish(&p);
	profile_finish(&q);
}

static const struct {
	const char *text, *message, *hint;
} refusals[] = {
        {"[vm]\ntitel=x\n", "games.profile:2: unknown key titel= in [vm]", "did you mean title=?"},
        {"[memroy]\n", "games.profile:1: unknown section [memroy]", "did you mean [memory]?"},
        {"[zzzzzz]\n", "unknown section", "known sections are vm, cpu"},
        {"[cpu]\nfirmware=bios\n", "unknown key firmware= in [cpu]", "belongs into [boot]"},
        {"[vm]\ntitle=a\n\ntitle=b\n", ":4: title= is there twice, first in line 2", "keep one"},
        {"[vm]\n[vm]\n", ":2: section [vm] is there twice, first in line 1", "join the two"},
        {"[usb a]\nid=1:2\n", ":2: id=\"1:2\": not a pair of ids", "046d:c52b"},
        {"[gpu]\naddress=1\n", "address=\"1\": not a PCI address", "0000:01:00.0"},
        {"[gpu]\npath=0000:00:01.0/20.0\n", "not the path of a PCI function", "0000:00:01.0/00.0"},
        {"[gpu]\nserial=12\n", "not a PCI Express serial", "16 hex digits"},
        {"[gpu]\naddress=01:00.0\n", ":1: [gpu]: id= is missing", "another device"},
        {"[cpu]\ncount=0\n", "out of range", "from 1 to 255"},
        {"[cpu]\ncount=two\n", "not a number", "from 1 to 255"},
        {"[cpu]\nmodel=host,-x\n", "not a processor model", "without features"},
        {"[cpu]\nfeatures=avx\n", "not a list of processor features", "+invtsc,-hypervisor"},
        {"[cpu]\nfeatures=+avx,\n", "not a list of processor features", "with commas"},
        {"[cpu]\nfeatures=+avx=on\n", "not a list of processor features", "-cpu help"},
        {"[cpu]\nfeatures=+,-\n", "not a list of processor features", "-cpu help"},
        {"[smbios]\nproduct=\xd0\x9f\n", "not plain text", "ASCII"},
        {"[vm]\nwatchdog=nmi\n", "no such choice", "no, reset, poweroff, pause"},
        {"[disk a]\nboot=100\n", "out of range", "from 0 to 99"},
        {"[cpu]\nhide-hypervisor=true\n", "neither yes nor no", "hide-hypervisor=yes"},
        {"[cpu]\naccel=hvf\n", "no such choice", "kvm, tcg, auto"},
        {"[memory]\nsize=1M\n", "out of range", "from 64M to 4T"},
        {"[memory]\nsize=lots\n", "not a size", "4G"},
        {"[memory]\nsize=104857601\n", "not a whole number of MiB", "2048M"},
        {"[memory]\nsize=99999999999999999999G\n", "out of range", "64M"},
        {"[boot]\ninitrd=/i\n", ":1: [boot]: initrd= is there without kernel=", "kernel="},
        {"[boot]\nkernel=boot/k\n", "not the absolute path", "without .."},
        {"[disk]\n", "[disk] has no name", "[disk games]"},
        {"[vm a]\n", "this section has no name", "write [vm]"},
        {"[disk a]\nurl=nbd://nas/a\nimage=/a\n", "both image= and url=", "write one"},
        {"[disk a]\nurl=nbd://nas/a\nformat=qcow2\n",
                "format=qcow2 is there with url=", "qemu-nbd"},
        {"[disk a]\nurl=ftp://nas/a\n", "not the address of a disk", "nbd://HOST"},
        {"[disk a]\nurl=nbd://nas/a\nsecret-file=/a\n", "url= names no user", "only iSCSI"},
        {"[disk a]\nurl=iscsi://nas/t/0\nsecret-file=/a\n", "url= names no user", "iscsi://USER"},
        {"[disk a]\nurl=nbd://nas/a\naio=native\n", "aio= is there with url=", "remove"},
        {"[disk a]\nimage=/a\nsecret-file=/a\n",
                "secret-file= is there without url=", "passphrase-file="},
        {"[disk a]\nimage=/a\naio=native\ncache=writeback\n", "aio=native goes past", "cache=none"},
        {"[disk a]\nimage=/a\nbus=sata\nio-thread=yes\n", "io-thread= is there", "bus=virtio"},
        {"[disk a]\nimage=/a\nbus=nvme\nqueues=2\n", "queues= is there", "bus=virtio"},
        {"[cdrom]\n", "has no name", "[cdrom installer]"},
        {"[disk a]\n", ":1: [disk a]: none of device=, image= and url=", "write one"},
        {"[disk a]\nimage=/a\ndevice=/dev/disk/by-id/b\n", "both device= and image=", "write one"},
        {"[disk a]\ndevice=/dev/sda\n", "not a disk's link in /dev/disk/by-id",
                "change between boots"},
        {"[disk a]\ndevice=/dev/disk/by-partuuid/\n", "not a disk's link in /dev/disk/by-id",
                "change between boots"},
        {"[disk a]\ndevice=/dev/disk/by-id/b\nformat=raw\n",
                "format= is there without image=", "remove"},
        {"[usb a]\nserial=1\n",
                ":1: [usb a]: none of id=, port= and hub=", "every device would match"},
        {"[looking-glass]\nresolution=1920\n", "not a resolution", "2560x1440"},
        {"[looking-glass]\nresolution=1920x\n", "not a resolution", "2560x1440"},
        {"[looking-glass]\nresolution=x1080\n", "not a resolution", "2560x1440"},
        {"[looking-glass]\nresolution=1920x1080p\n", "not a resolution", "2560x1440"},
        {"[looking-glass]\nresolution=99999x1080\n", "not a resolution", "16384"},
        {"[input]\n", "[input] has no name", "[input keyboard]"},
        {"[input a]\nrepeat=no\n", ":1: [input a]: device= is missing", "/dev/input/by-id"},
        {"[input a]\ndevice=/dev/input/event3\n", "not a link in /dev/input/by-id",
                "change between boots"},
        {"[input a]\ndevice=/dev/input/by-id/a/../b\n", "not a link in", "ls -l"},
        {"[input a]\ngrab-toggle=shift-shift\n", "no such choice", "ctrl-ctrl"},
        {"[usb a]\nport=1-2\n", "not a USB port", "playthrough usb list"},
        {"title=x\n", ":1: \"title\"= stands before any section", "[vm]"},
        {"[vm\n", "a section's line ends with ]", "[section]"},
        {"[vm]\nhello\n", "is no key=value", "put # in front"},
        {"[vm]\ntitle=\n", "has no value", "the default"},
        {"[vm]\r\n", "carriage return", "Unix line endings"},
        {"[vm]\ntitle=a\x01z\n", "control character 0x01", "remove it"},
        {"[vm]\ntitle=\xff\n", "byte 0xff is not UTF-8", "UTF-8"},
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		struct profile p;
		struct err err = {0};

		if (profile_parse(refusals[i].text, "games.profile", &p, &err) == 0)
			fail_msg("%s: was read", refusals[i].message);
		if (!strstr(err.message, refusals[i].message) ||
		        !strstr(err.hint, refusals[i].hint))
			fail_msg("%s: %s [%s]", refusals[i].message, err.message, err.hint);
	}
}

static void test_long_line(void **state)
{
	char *text = xcalloc(1, 6000);
	struct profile p;
	struct err err = {0};

	(void)state;
	strcpy(text, "[vm]\n#");
	memset(text + 6, 'x', 5000);
	assert_int_equal(profile_parse(text, "games.profile", &p, &err), -EINVAL);
	assert_non_null(strstr(err.message, "games.profile:2: the line has 5001 bytes"));
	free(text);
}

static void edit(const char *text, const char *section, const char *key, const char *value,
        const char *expected)
{
	struct err err = {0};
	cleanup_free char *edited = profile_edit(text, section, key, value, &err);

	if (!edited)
		fail_msg("%s: %s", key, err.message);
	assert_string_equal(edited, expected);
}

static void test_edits(void **state)
{
	struct err err = {0};

	(void)state;
	edit("# a\n[vm]\n# b\ntitle=x\n\n[gpu]\n", "vm", "title", "y",
	        "# a\n[vm]\n# b\ntitle=y\n\n[gpu]\n");
	edit("[vm]\ntitle=x\n# c\n", "vm", "title", NULL, "[vm]\n# c\n");
	edit("[vm]\ntitle=x\n\n[gpu]\n", "vm", "guest", "linux",
	        "[vm]\ntitle=x\nguest=linux\n\n[gpu]\n");
	edit("[vm]\nguest=linux", "vm", "title", "t", "[vm]\ntitle=t\nguest=linux");
	edit("[vm]\ntitle=x", "memory", "size", "4G", "[vm]\ntitle=x\n\n[memory]\nsize=4G\n");
	edit("[vm]\n\n[disk a]\nimage=/a\n", "memory", "size", "4G",
	        "[vm]\n\n[memory]\nsize=4G\n\n[disk a]\nimage=/a\n");
	edit("# top\n\n[disk a]\nimage=/a\n", "disk b", "image", "/b",
	        "# top\n\n[disk a]\nimage=/a\n\n[disk b]\nimage=/b\n");
	edit("", "vm", "title", "t", "[vm]\ntitle=t\n");
	assert_null(profile_edit("[vm]\n", "vm", "title", "a\nb", &err));
	assert_non_null(strstr(err.message, "more than one line"));
	assert_null(profile_edit("[vm]\n", "memory", "size", "big", &err));
	assert_null(profile_edit("[vm]\n", "vm", "titel", "big", &err));
	assert_string_equal(err.hint, "did you mean title=?");
}

static void put(const char *folder, const char *name, const char *text, size_t size)
{
	cleanup_free char *path = xasprintf("%s/%s", folder, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fwrite(text, 1, size, f);
	fclose(f);
}

static void check_find(const char *folder)
{
	cleanup_strv struct strv folders = {0}, names = {0};
	struct profile p;
	struct err err = {0};

	strv_add(&folders, "/nonexistent");
	strv_add(&folders, folder);
	assert_int_equal(profile_list(&folders, &names, &err), 0);
	assert_int_equal(names.n, 2);
	assert_string_equal(names.list[1], "games");
	assert_int_equal(profile_find(&folders, "games", &p, &err), 0);
	assert_string_equal(p.title, "from b");
	assert_int_equal(p.cpus, 4);
	profile_finish(&p);
	assert_int_equal(profile_find(&folders, "bad", &p, &err), -EINVAL);
	assert_non_null(strstr(err.message, "bad.profile:2: a NUL byte"));
	assert_int_equal(profile_find(&folders, "none", &p, &err), -ENOENT);
	assert_string_equal(err.hint, "there are: bad, games");
	assert_int_equal(profile_find(&folders, "../x", &p, &err), -EINVAL);
}

static void test_files(void **state)
{
	char folder[] = "/tmp/profile-test-XXXXXX";
	cleanup_free char *drop_ins = NULL, *command = NULL;

	(void)state;
	assert_non_null(mkdtemp(folder));
	drop_ins = xasprintf("%s/games.profile.d", folder);
	assert_int_equal(mkdir(drop_ins, 0755), 0);
	put(folder, "games.profile", "[vm]\ntitle=main\n[cpu]\ncount=4\n", 30);
	put(folder, "Not A Name.profile", "", 0);
	put(folder, "bad.profile", "[vm]\ntitle=a\0b\n", 15);
	put(drop_ins, "a.conf", "[vm]\ntitle=from a\n", 18);
	put(drop_ins, "b.conf", "[vm]\ntitle=from b\n", 18);
	put(drop_ins, "c.txt", "nonsense", 8);
	check_find(folder);
	command = xasprintf("rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

static void test_reference(void **state)
{
	cleanup_free char *text = profile_reference();

	(void)state;
	assert_non_null(strstr(text, ".It Cm hide-hypervisor Ns = Ns Ar yes | no\n"));
	assert_non_null(strstr(text, "The default is\n.Cm 2G .\n"));
}

static void test_shipped(void **state)
{
	struct profile p;
	struct err err = {0};

	(void)state;
	if (profile_load("profiles/demo.profile", &p, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(p.n_pci, 0);
	profile_finish(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_reads),
	        cmocka_unit_test(test_defaults),
	        cmocka_unit_test(test_round_trip),
	        cmocka_unit_test(test_refusals),
	        cmocka_unit_test(test_long_line),
	        cmocka_unit_test(test_edits),
	        cmocka_unit_test(test_files),
	        cmocka_unit_test(test_reference),
	        cmocka_unit_test(test_shipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
