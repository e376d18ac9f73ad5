/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random stacks of storage: no disk or partition that anything stands on is ever found free, and each free one is. What
 * stands where is drawn first, as truth; then it is written down as the kernel, udev and processes would show it.
 *
 * 300 stacks; PLAYTHROUGH_STACKS=5000 for more, PLAYTHROUGH_STACKS_SEED=7 for others.
 */
#include "host/disk.h"
#include "machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define DISKS_MOST 4
#define PARTS_MOST 4
#define NODES_MOST (DISKS_MOST * (PARTS_MOST + 1))

/* --- what is drawn --- */

enum what {
	NOTHING,
	SYSTEM_OF_THE_GUEST, /* a file system that nobody has mounted */
	LOOKED_AT_BY_UDEV,
	MOUNTED,
	MOUNTED_ELSEWHERE,
	MOUNTED_BY_NAME, /* the number in mountinfo is another one: btrfs */
	LEFT_BEHIND,     /* umount -l */
	SWAP,
	LVM,
	LVM_ASLEEP,
	RAID,
	RAID_ASLEEP,
	CRYPT,
	MULTIPATH,
	MULTIPATH_PATH,
	DRBD,
	ZFS,
	ZFS_ASLEEP,
	BTRFS_SECOND,
	BTRFS_ASLEEP,
	BCACHE,
	BCACHE_ASLEEP,
	LOOP,
	ZRAM,
	OPEN,
	OTHER_VM,
	TARGET,
	NVME_TARGET,
	WHATS,
};

static const char *const names[WHATS] = {"nothing", "a file system of the guest",
        "udev looks at it", "mounted", "mounted elsewhere", "mounted by name", "umount -l", "swap",
        "LVM", "LVM asleep", "RAID", "RAID asleep", "dm-crypt", "multipath", "path of multipath",
        "DRBD", "ZFS", "ZFS asleep", "btrfs, second", "btrfs asleep", "bcache", "bcache asleep",
        "loop", "zram", "open", "VM", "iSCSI", "NVMe target"};

static bool is_free(enum what what)
{
	return what <= LOOKED_AT_BY_UDEV;
}

struct stack {
	struct machine m;
	uint64_t random;
	unsigned numbers; /* of devices, processes, UUIDs: each is given once */
	struct strv mounts, swaps;
	bool zfs;
	struct node {
		char name[16], folder[64];
		int disk; /* the whole disk's node; -1: it is one */
		unsigned minor;
		enum what what;
		bool parts; /* it has a partition table */
	} nodes[NODES_MOST];
	size_t n;
};

/* xorshift64*: the same on every machine. */
static unsigned draw(struct stack *s, unsigned below)
{
	s->random ^= s->random >> 12;
	s->random ^= s->random << 25;
	s->random ^= s->random >> 27;
	return (unsigned)((s->random * UINT64_C(2685821657736338717)) >> 33) % below;
}

/* --- how it is shown --- */

static PRINTF(3, 4) void put(struct stack *s, const char *path, const char *fmt, ...)
{
	cleanup_free char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	machine_printf(&s->m, path, "%s", text);
}

static PRINTF(3, 4) void put_in(struct stack *s, const char *text, const char *fmt, ...)
{
	cleanup_free char *path = NULL;
	va_list ap;

	va_start(ap, fmt);
	path = xvasprintf(fmt, ap);
	va_end(ap);
	machine_printf(&s->m, path, "%s\n", text);
}

static void udev(struct stack *s, const struct node *node, const char *fmt, const char *value)
{
	cleanup_free char *path = xasprintf("/run/udev/data/b8:%u", node->minor);

	put(s, path, fmt, value);
}

static void content(struct stack *s, const struct node *node, const char *type)
{
	udev(s, node, "E:ID_FS_TYPE=%s\n", type);
}

static unsigned process(struct stack *s, const char *program)
{
	unsigned pid = 100 + s->numbers++;
	cleanup_free char *null = xasprintf("/proc/%u/fd/0", pid);

	put_in(s, program, "/proc/%u/comm", pid);
	machine_link(&s->m, null, "/dev/null");
	return pid;
}

static void open_by(struct stack *s, const struct node *node, unsigned pid)
{
	cleanup_free char *link = xasprintf("%s/proc/%u/fd/5", s->m.folder, pid);
	cleanup_free char *target = xasprintf("/dev/%s", node->name);

	assert_int_equal(symlink(target, link), 0);
}

/* A device on top of the node: "dm-3", "md4". Returns its number; mounts it, or not. */
static unsigned hold(struct stack *s, const char *folder, const char *kind)
{
	unsigned number = s->numbers++;

	put_in(s, "", "%s/holders/%s%u", folder, kind, number);
	return number;
}

static void mount_number(struct stack *s, unsigned major, unsigned minor, const char *source)
{
	strv_addf(&s->mounts, "%u 1 %u:%u / /m%u rw - ext4 %s rw", s->numbers, major, minor,
	        s->numbers, source);
	s->numbers++;
}

/* Device mapper on the folder of a node, and on that more, up to some height. */
static void stand_dm(struct stack *s, const char *folder, const char *uuid, unsigned height)
{
	unsigned number = s->numbers++;
	cleanup_free char *above = xasprintf("/sys/block/dm-%u", number);
	cleanup_free char *dev = xasprintf("254:%u", number);

	put_in(s, "", "%s/holders/dm-%u", folder, number);
	put_in(s, uuid, "%s/dm/uuid", above);
	put_in(s, "some-name", "%s/dm/name", above);
	put_in(s, dev, "%s/dev", above);
	if (height && draw(s, 2))
		stand_dm(s, above, draw(s, 2) ? "LVM-x" : "CRYPT-LUKS2-x", height - 1);
	else if (draw(s, 2))
		mount_number(s, 254, number, "/dev/mapper/other");
}

static void show_mounted(struct stack *s, const struct node *node)
{
	cleanup_free char *device = xasprintf("/dev/%s", node->name);

	switch (node->what) {
	case MOUNTED_BY_NAME:
		mount_number(s, 0, 40, device);
		break;
	case MOUNTED_ELSEWHERE: {
		unsigned pid = process(s, "container");
		cleanup_free char *line =
		        xasprintf("9 1 8:%u / /inside rw - ext4 /dev/root rw", node->minor);

		put_in(s, line, "/proc/%u/mountinfo", pid);
		break;
	}
	case LEFT_BEHIND:
		put_in(s, "1", "/sys/fs/%s/%s/session", draw(s, 2) ? "ext4" : "xfs", node->name);
		break;
	default:
		mount_number(s, 8, node->minor, "/dev/root");
		break;
	}
	content(s, node, "ext4");
}

static void show_held(struct stack *s, const struct node *node)
{
	static const char *const uuids[WHATS] = {
	        [LVM] = "LVM-a", [CRYPT] = "CRYPT-LUKS2-a", [MULTIPATH] = "mpath-a"};
	static const char *const types[WHATS] = {[LVM] = "LVM2_member",
	        [CRYPT] = "crypto_LUKS",
	        [MULTIPATH] = "mpath_member",
	        [RAID] = "linux_raid_member",
	        [DRBD] = "drbd"};

	if (draw(s, 4)) /* also where udev tells nothing of it */
		content(s, node, types[node->what]);
	if (uuids[node->what]) {
		stand_dm(s, node->folder, uuids[node->what], 4);
	} else {
		unsigned number = hold(s, node->folder, node->what == RAID ? "md" : "drbd");

		if (node->what == RAID)
			put_in(s, "raid1", "/sys/block/md%u/md/level", number);
	}
}

static void show_asleep(struct stack *s, const struct node *node)
{
	static const char *const types[WHATS] = {[LVM_ASLEEP] = "LVM2_member",
	        [RAID_ASLEEP] = "linux_raid_member",
	        [ZFS_ASLEEP] = "zfs_member",
	        [ZFS] = "zfs_member",
	        [BCACHE_ASLEEP] = "bcache"};

	if (node->what == MULTIPATH_PATH)
		udev(s, node, "E:DM_MULTIPATH_DEVICE_PATH=%s\n", "1");
	else
		content(s, node, types[node->what]);
	s->zfs |= node->what == ZFS;
}

/* Two devices of one btrfs: mounted, the kernel names one; asleep, only the UUID tells. */
static void show_btrfs(struct stack *s, const struct node *node)
{
	cleanup_free char *uuid = xasprintf("uuid-%u", s->numbers++);

	content(s, node, "btrfs");
	if (node->what == BTRFS_SECOND) {
		put_in(s, "", "/sys/fs/btrfs/%s/devices/%s", uuid, node->name);
		return;
	}
	udev(s, node, "E:ID_FS_UUID=%s\n", "asleep");
}

static void show_served(struct stack *s, const struct node *node)
{
	cleanup_free char *device = xasprintf("/dev/%s", node->name);
	unsigned number = s->numbers++;

	switch (node->what) {
	case LOOP:
		put_in(s, device, "/sys/block/loop%u/loop/backing_file", number);
		break;
	case ZRAM:
		put_in(s, device, "/sys/block/zram%u/backing_dev", number);
		break;
	case TARGET:
		put_in(s, device, "/sys/kernel/config/target/core/iblock_%u/a/udev_path", number);
		break;
	default:
		put_in(s, device,
		        "/sys/kernel/config/nvmet/subsystems/s%u/namespaces/1/device_path", number);
		break;
	}
}

static void show_opened(struct stack *s, const struct node *node)
{
	unsigned pid = process(s, node->what == LOOKED_AT_BY_UDEV ? "(udev-worker)"
	                          : node->what == OPEN            ? "qemu-nbd"
	                                                          : "qemu-system-x86");

	open_by(s, node, pid);
	if (node->what == OTHER_VM)
		put_in(s, "0::/playthrough.slice/playthrough-vm-other.service", "/proc/%u/cgroup",
		        pid);
}

static void show(struct stack *s, const struct node *node)
{
	static const char *const theirs[] = {"ntfs", "ext4", "BitLocker", "crypto_LUKS", "swap"};

	switch (node->what) {
	case NOTHING:
	case WHATS:
		break;
	case SYSTEM_OF_THE_GUEST:
		content(s, node, theirs[draw(s, ARRAY_SIZE(theirs))]);
		break;
	case MOUNTED:
	case MOUNTED_ELSEWHERE:
	case MOUNTED_BY_NAME:
	case LEFT_BEHIND:
		show_mounted(s, node);
		break;
	case SWAP:
		strv_addf(&s->swaps, "/dev/%s partition 1 0 -2", node->name);
		break;
	case LVM:
	case RAID:
	case CRYPT:
	case MULTIPATH:
	case DRBD:
		show_held(s, node);
		break;
	case LVM_ASLEEP:
	case RAID_ASLEEP:
	case MULTIPATH_PATH:
	case ZFS:
	case ZFS_ASLEEP:
	case BCACHE_ASLEEP:
		show_asleep(s, node);
		break;
	case BTRFS_SECOND:
	case BTRFS_ASLEEP:
		show_btrfs(s, node);
		break;
	case BCACHE:
		put_in(s, "running", "%s/bcache/state", node->folder);
		break;
	case LOOP:
	case ZRAM:
	case TARGET:
	case NVME_TARGET:
		show_served(s, node);
		break;
	case LOOKED_AT_BY_UDEV:
	case OPEN:
	case OTHER_VM:
		show_opened(s, node);
		break;
	}
}

/* --- drawing --- */

static struct node *add_node(struct stack *s, int disk, const char *name, const char *folder)
{
	struct node *node = &s->nodes[s->n];
	cleanup_free char *dev = NULL;

	*node = (struct node){.disk = disk, .minor = (unsigned)s->n + 1};
	snprintf(node->name, sizeof(node->name), "%s", name);
	snprintf(node->folder, sizeof(node->folder), "%s", folder);
	dev = xasprintf("8:%u", node->minor);
	put_in(s, dev, "%s/dev", folder);
	put_in(s, "2048", "%s/size", folder);
	udev(s, node, "I:%s\n", "1");
	s->n++;
	return node;
}

/* Half of all is free, so that whole disks are, too. */
static enum what draw_what(struct stack *s)
{
	return (enum what)(draw(s, 2) ? draw(s, LOOKED_AT_BY_UDEV + 1) : draw(s, WHATS));
}

static void draw_partitions(struct stack *s, int disk)
{
	unsigned n = 1 + draw(s, PARTS_MOST);
	const char *dash = draw(s, 2) ? "" : "p";

	for (unsigned i = 1; i <= n; i++) {
		cleanup_free char *name = xasprintf("%s%s%u", s->nodes[disk].name, dash, i);
		cleanup_free char *folder = xasprintf("%s/%s", s->nodes[disk].folder, name);
		cleanup_free char *start = xasprintf("%u", i * 2048);
		struct node *node = add_node(s, disk, name, folder);

		put_in(s, "1", "%s/partition", folder);
		put_in(s, start, "%s/start", folder);
		node->what = draw_what(s);
	}
}

static void draw_disk(struct stack *s, unsigned i)
{
	cleanup_free char *name =
	        draw(s, 3) ? xasprintf("sd%c", 'a' + (int)i) : xasprintf("nvme%un1", i);
	cleanup_free char *folder = xasprintf("/sys/block/%s", name);
	int disk = (int)s->n;
	struct node *node = add_node(s, -1, name, folder);

	udev(s, node, "S:disk/by-id/ata-Disk_%s\n", name);
	node->parts = draw(s, 3);
	if (node->parts)
		draw_partitions(s, disk);
	/* Also on a disk with partitions something may stand: multipath, a loop device, a program. */
	if (!node->parts || !draw(s, 6))
		s->nodes[disk].what = draw_what(s);
}

/* A lonely one is no file system over several: it gets a second, or is the guest's own. */
static void mend_btrfs(struct stack *s)
{
	struct node *only = NULL, *other = NULL;
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct node *node = &s->nodes[i];

		if (node->what == BTRFS_ASLEEP) {
			only = node;
			n++;
		} else if (node->what <= SYSTEM_OF_THE_GUEST && !node->parts) {
			other = node;
		}
	}
	if (n == 1 && other)
		other->what = BTRFS_ASLEEP;
	else if (n == 1)
		only->what = SYSTEM_OF_THE_GUEST;
}

/* While the module is there, no member of ZFS can be said to be asleep. */
static void add_noise(struct stack *s)
{
	unsigned pid = process(s, "bash");
	cleanup_free char *link = xasprintf("%s/proc/%u/fd/7", s->m.folder, pid);

	assert_int_equal(symlink("socket:[4711]", link), 0);
	put_in(s, "", "/sys/fs/ext4/features/x");
	put_in(s, "/home/me/sda1", "/sys/block/loop99/loop/backing_file");
	put_in(s, "none", "/sys/block/zram99/backing_dev");
	put_in(s, "tmpfs", "/proc/%u/mountinfo", pid);
	if (s->zfs)
		put_in(s, "", "/sys/module/zfs/initstate");
}

static void draw_stack(struct stack *s, uint64_t seed)
{
	unsigned disks;

	*s = (struct stack){.random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1};
	machine_open(&s->m, NULL);
	disks = 1 + draw(s, DISKS_MOST);
	for (unsigned i = 0; i < disks; i++)
		draw_disk(s, i);
	mend_btrfs(s);
	for (size_t i = 0; i < s->n; i++)
		show(s, &s->nodes[i]);
	add_noise(s);
	strv_add(&s->mounts, "1 0 0:20 / /proc rw - proc proc rw");
	strv_foreach (line, &s->mounts)
		put_in(s, *line, "/proc/1/mountinfo");
	strv_foreach (line, &s->swaps)
		put_in(s, *line, "/proc/swaps");
}

static void finish(struct stack *s)
{
	strv_finish(&s->mounts);
	strv_finish(&s->swaps);
	machine_close(&s->m);
}

/* --- what must come of it --- */

/* A partition is used with its disk, a disk with any partition. */
static bool truly_free(const struct stack *s, size_t index)
{
	const struct node *node = &s->nodes[index];

	if (!is_free(node->what) || (node->disk >= 0 && !is_free(s->nodes[node->disk].what)))
		return false;
	for (size_t i = 0; i < s->n; i++) {
		if (s->nodes[i].disk == (int)index && !is_free(s->nodes[i].what))
			return false;
	}
	return true;
}

static void expect(const struct stack *s, const struct disks *disks, size_t index, uint64_t seed)
{
	const struct node *node = &s->nodes[index];
	cleanup_free char *path = xasprintf("/dev/%s", node->name);
	struct disk_part part = disks_find_part(disks, path);
	cleanup_strv struct strv uses = {0};
	cleanup_free char *told = NULL;

	assert_non_null(part.disk);
	disk_part_uses(part, true, &uses);
	strv_foreach (use, &uses)
		assert_non_null(strstr(*use, "(/")); /* where it was read */
	disk_part_vms(part, &uses);
	told = strv_join(&uses, "; ");
	if (truly_free(s, index) == !uses.n && !part.disk->doubts.n)
		return;
	for (size_t i = 0; i < s->n; i++)
		print_message("%s: %s\n", s->nodes[i].name, names[s->nodes[i].what]);
	fail_msg("seed %ju: %s is %s, and was found: %s", (uintmax_t)seed, node->name,
	        truly_free(s, index) ? "free" : "used", *told ? told : "free");
}

static uint64_t number_of(const char *variable, uint64_t fallback)
{
	const char *text = getenv(variable);
	uint64_t value = fallback;

	if (text)
		assert_int_equal(parse_u64(text, 10, 1000000, &value), 0);
	return value;
}

static void test_stacks(void **state)
{
	uint64_t seed = number_of("PLAYTHROUGH_STACKS_SEED", 1);
	uint64_t end = seed + number_of("PLAYTHROUGH_STACKS", 300);
	size_t nodes = 0, free_ones = 0, seen[WHATS] = {0};

	(void)state;
	for (; seed < end; seed++) {
		struct stack s;
		struct disks disks;

		draw_stack(&s, seed);
		assert_int_equal(disks_take(&s.m.root, &disks, NULL), 0);
		for (size_t i = 0; i < s.n; i++) {
			expect(&s, &disks, i, seed);
			free_ones += truly_free(&s, i);
			seen[s.nodes[i].what]++;
		}
		nodes += s.n;
		disks_finish(&disks);
		finish(&s);
	}
	print_message("%zu disks and partitions, %zu of them free\n", nodes, free_ones);
	assert_true(free_ones && free_ones < nodes);
	for (size_t i = 0; i < WHATS; i++)
		assert_true(seen[i] || nodes < 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_stacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
