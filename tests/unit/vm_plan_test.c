/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plans for a PC built here by hand: golden argument lists, and every refusal with its words.
 * PLAYTHROUGH_GOLDEN_UPDATE=1 writes the golden files anew.
 */
#include "vm/plan/plan.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <cmocka.h>

#include "rom_bytes.h"

/* --- a PC: a card with sound, a USB controller, an NVMe disk, a network card in a bad group --- */

enum { ROOT_BRIDGE, HOST_GPU, PORT, GPU, SOUND, USB, NVME, NET, SHARED_USB, N_DEVICES };

struct pc {
	struct pci_device devices[N_DEVICES];
	int members[N_DEVICES];
	struct iommu_group groups[8];
	struct iommu_unit unit;
	struct disk disks[3];
	char *links[3][2], *use[2];
	struct processor processors[16];
	struct guest_firmware firmwares[2];
	struct input_node nodes[4];
	struct usb_device usb[2];
	struct display_card cards[2];
	char *connected[3], *buses[3];
	struct mdev_type types[2];
	struct mdev mdev;
	struct net_interface net;
	struct host host;
};

static const struct pci_device devices[N_DEVICES] = {
        [ROOT_BRIDGE] = {.addr = {0, 0, 0, 0},
                .vendor = 0x8086,
                .device = 0x29c0,
                .class_code = 0x060000,
                .path = "0000:00:00.0",
                .iommu_group = 0,
                .boot_vga = -1},
        [HOST_GPU] = {.addr = {0, 0, 2, 0},
                .vendor = 0x1234,
                .device = 0x1111,
                .class_code = 0x030000,
                .path = "0000:00:02.0",
                .iommu_group = 1,
                .boot_vga = 1,
                .driver = "bochs-drm"},
        [PORT] = {.addr = {0, 0, 8, 0},
                .vendor = 0x1b36,
                .device = 0x000c,
                .class_code = 0x060400,
                .path = "0000:00:08.0",
                .iommu_group = 2,
                .boot_vga = -1,
                .driver = "pcieport"},
        [GPU] = {.addr = {0, 1, 0, 0},
                .vendor = 0x8086,
                .device = 0x10d3,
                .subsystem_vendor = 0x1af4,
                .subsystem_device = 0x1100,
                .class_code = 0x038000,
                .path = "0000:00:08.0/00.0",
                .iommu_group = 2,
                .boot_vga = -1,
                .driver = "vfio-pci",
                .serial = "00112233445566aa"},
        [SOUND] = {.addr = {0, 1, 0, 1},
                .vendor = 0x8086,
                .device = 0x2668,
                .class_code = 0x040300,
                .path = "0000:00:08.0/00.1",
                .iommu_group = 2,
                .boot_vga = -1,
                .driver = "vfio-pci"},
        [USB] = {.addr = {0, 2, 0, 0},
                .vendor = 0x1b36,
                .device = 0x000d,
                .class_code = 0x0c0330,
                .path = "0000:00:09.0/00.0",
                .iommu_group = 3,
                .boot_vga = -1,
                .driver = "xhci_hcd"},
        [NVME] = {.addr = {0, 3, 0, 0},
                .vendor = 0x1b36,
                .device = 0x0010,
                .class_code = 0x010802,
                .path = "0000:00:0a.0/00.0",
                .iommu_group = 4,
                .boot_vga = -1,
                .driver = "nvme"},
        [NET] = {.addr = {0, 4, 0, 0},
                .vendor = 0x8086,
                .device = 0x1533,
                .class_code = 0x020000,
                .path = "0000:00:0b.0/00.0",
                .iommu_group = 5,
                .boot_vga = -1,
                .driver = "igb"},
        [SHARED_USB] = {.addr = {0, 4, 0, 1},
                .vendor = 0x1b36,
                .device = 0x000d,
                .class_code = 0x0c0330,
                .path = "0000:00:0b.0/00.1",
                .iommu_group = 5,
                .boot_vga = -1},
};

static const struct guest_firmware firmwares[] = {
        {.code = "/usr/share/OVMF/OVMF_CODE_4M.ms.fd",
                .variables = "/usr/share/OVMF/OVMF_VARS_4M.ms.fd",
                .secure_boot = true,
                .enrolled = true,
                .smm = true},
        {.code = "/usr/share/OVMF/OVMF_CODE_4M.fd", .variables = "/usr/share/OVMF/OVMF_VARS_4M.fd"},
};

static void build_groups(struct pc *pc)
{
	struct iommu *iommu = &pc->host.iommu;

	iommu->groups = pc->groups;
	for (int id = 0, used = 0; id <= 5; id++) {
		struct iommu_group *group = &pc->groups[iommu->n_groups++];

		*group = (struct iommu_group){.id = id, .devices = &pc->members[used]};
		for (int i = 0; i < N_DEVICES; i++)
			if (devices[i].iommu_group == id)
				group->devices[group->n++] = i, used++;
	}
	pc->unit = (struct iommu_unit){.name = "dmar0",
	        .source = "/sys/class/iommu/dmar0/intel-iommu",
	        .vendor = IOMMU_INTEL,
	        .readable = true,
	        .ecap = 0xf00f4e,
	        .remapping_capable = true};
	iommu->vendor = IOMMU_INTEL;
	iommu->units = &pc->unit;
	iommu->n_units = 1;
	iommu->dmar = IOMMU_TABLE_PRESENT;
	iommu->remapping = IOMMU_REMAPPING_ON;
}

static void build_disk(struct pc *pc, int i, char *name, char *link, char *serial, uint64_t size)
{
	pc->links[i][0] = link;
	pc->disks[i] = (struct disk){.name = name,
	        .by_id = link,
	        .serial = serial,
	        .size = size,
	        .links = {pc->links[i], 1}};
}

/* A Ryzen of two complexes of four cores, and a KVM that can play all of Hyper-V. */
static void make_ryzen(struct pc *pc)
{
	for (unsigned i = 0; i < ARRAY_SIZE(pc->processors); i++)
		pc->processors[i] = (struct processor){.number = i,
		        .core = i % 8,
		        .cache = i % 8 / 4 * 4,
		        .cache_bytes = 16 << 20};
	pc->host.topology = (struct topology){pc->processors, ARRAY_SIZE(pc->processors)};
	pc->host.cpu.topoext = true;
	pc->host.hyperv = (struct hyperv){true, ~0u, ~0u, ~0u};
}

/* Two Xeons of four cores, a node of 8 GiB each; the graphics card is on the second, the rest on the first. */
static void make_sockets(struct pc *pc)
{
	for (unsigned i = 0; i < ARRAY_SIZE(pc->processors); i++)
		pc->processors[i] = (struct processor){.number = i,
		        .core = i % 8,
		        .cache = i % 8 / 4 * 4,
		        .cache_bytes = 10 << 20,
		        .package = i % 8 / 4 * 4,
		        .node = i % 8 / 4};
	pc->host.topology = (struct topology){pc->processors, ARRAY_SIZE(pc->processors)};
	pc->devices[GPU].numa_node = pc->devices[SOUND].numa_node = 1;
	for (unsigned i = 0; i < 2; i++)
		pc->host.memory.nodes[i] = (struct memory_node){i, 8ull << 30, 7ull << 30};
	pc->host.memory.n_nodes = 2;
}

static void no_secure(struct pc *pc)
{
	pc->host.firmwares = (struct guest_firmwares){&pc->firmwares[1], 1};
}

static void no_firmware(struct pc *pc)
{
	pc->host.firmwares.n = 0;
}

/* 120 pages of 2 MiB, of which 20 are spoken for. */
static void with_pool(struct pc *pc)
{
	pc->host.memory.pools[0] =
	        (struct page_pool){.bytes = 2 << 20, .pages = 300, .free = 120, .reserved = 20};
	pc->host.memory.n_pools = 1;
}

/* 256 MiB of a card's memory in reach, which could be 128, 256 or 512 MiB, or 64 GiB. */
static void resizable(struct pc *pc)
{
	pc->devices[GPU].bar[1] = (struct pci_bar){
	        .size = 256 << 20, .is_64bit = true, .prefetchable = true, .sizes = 0x10380};
	pc->devices[GPU].bars_by_kernel = true;
}

/* The way that is wanted comes last of three. */
static void three_ways(struct pc *pc)
{
	pc->devices[GPU].reset_method = (char *)"flr pm bus";
}

static void no_way(struct pc *pc)
{
	pc->devices[GPU].reset_method = (char *)"";
}

static void old_kernel(struct pc *pc)
{
	resizable(pc);
	pc->devices[GPU].bars_by_kernel = false;
}

static void no_room(struct pc *pc)
{
	resizable(pc);
	pc->host.pci.room_above_4g = (char *)"";
}

/* A keyboard and a mouse, and a device of neither kind. */
static void build_inputs(struct pc *pc)
{
	static struct input_link links[] = {{(char *)"/dev/input/by-id/kbd", (char *)"event3"},
	        {(char *)"/dev/input/by-path/kbd", (char *)"event3"},
	        {(char *)"/dev/input/by-id/mouse", (char *)"event4"},
	        {(char *)"/dev/input/by-id/pad", (char *)"event5"}};

	pc->usb[0] = (struct usb_device){.sysname = "1-1",
	        .busnum = 1,
	        .devnum = 4,
	        .keyboard = true,
	        .product_name = "Keyboard"};
	pc->host.usb = (struct usb){pc->usb, 1};
	pc->nodes[0] = (struct input_node){.name = "event3",
	        .input = "input7",
	        .usb = "1-1",
	        .keyboard = true,
	        .keys = {~1ull,
	                1ull << (97 - 64) | 1ull << (70 - 64)}}; /* right Ctrl, Scroll Lock */
	pc->nodes[1] = (struct input_node){.name = "event4", .input = "input8", .mouse = true};
	pc->nodes[2] = (struct input_node){.name = "event5", .input = "input9"};
	pc->host.input_nodes = (struct input_nodes){pc->nodes, 3, links, ARRAY_SIZE(links)};
}

static void build_pc(struct pc *pc)
{
	*pc = (struct pc){0};
	memcpy(pc->devices, devices, sizeof(devices));
	pc->host.live = true;
	pc->host.cpu =
	        (struct cpu){.vendor = CPU_INTEL, .threads = 8, .vmx = true, .kvm_module = true};
	pc->host.memory.available_bytes = 16ull << 30;
	memcpy(pc->firmwares, firmwares, sizeof(firmwares));
	pc->host.firmwares = (struct guest_firmwares){pc->firmwares, ARRAY_SIZE(firmwares)};
	pc->host.pci = (struct pci){.list = pc->devices, .n = N_DEVICES};
	build_groups(pc);
	build_disk(pc, 0, "sda", "/dev/disk/by-id/ata-SYSTEM", "SYSTEM", 64ull << 30);
	build_disk(pc, 1, "sdb", "/dev/disk/by-id/ata-GAMES", "GAMES,readonly=off", 32ull << 30);
	build_disk(pc, 2, "nvme0n1", "/dev/disk/by-id/nvme-GAME2", "A-serial-number-of-30-letters!",
	        1ull << 40);
	pc->use[0] = "sda2 is mounted on / (/proc/self/mountinfo)";
	pc->disks[0].uses = (struct strv){pc->use, 1};
	pc->disks[2].has_controller = true;
	pc->disks[2].controller = devices[NVME].addr;
	pc->host.disks = (struct disks){.list = pc->disks, .n = 3};
	build_inputs(pc);
}

static bool exists(const char *path)
{
	return !strstr(path, "missing");
}

static enum file_direct direct(const char *path)
{
	return starts_with(path, "/cached")   ? FILE_DIRECT_NO
	       : starts_with(path, "/summed") ? FILE_DIRECT_SUMMED
	       : starts_with(path, "/unsure") ? FILE_DIRECT_UNKNOWN
	                                      : FILE_DIRECT_YES;
}

/* The card's own; "/other" is of another one, and the rest as its name says. */
static int read_rom(const char *path, void **bytes, size_t *size)
{
	unsigned char *rom = xcalloc(2 * BLOCK, 1);
	bool header = streq(path, "/header");

	*bytes = rom;
	*size = 2 * BLOCK;
	put_image(rom + (header ? BLOCK : 0), ROM_CODE_UEFI, true);
	put16(rom + (header ? BLOCK : 0) + 0x20, streq(path, "/other") ? 0x10de : 0x8086);
	put16(rom + (header ? BLOCK : 0) + 0x22, 0x10d3);
	return streq(path, "/hidden") ? -EACCES : streq(path, "/unseen") ? -EXDEV : 0;
}

static const struct vm_options usual = {
        .qemu = "/usr/bin/qemu-system-x86_64",
        .data_dir = "/usr/share/playthrough",
        .exists = exists,
        .direct = direct,
        .read_rom = read_rom,
};

#define SATA(name)    "[disk " name "]\nimage=/" name "\nbus=sata\nwritable=yes\n"
#define GPU_SECTION   "[gpu]\naddress=0000:01:00.0\nid=8086:10d3\npath=0000:00:08.0/00.0\n"
#define SOUND_SECTION "[audio]\naddress=0000:01:00.1\nid=8086:2668\n"
#define USB_SECTION   "[usb-controller]\naddress=0000:02:00.0\nid=1b36:000d\n"
#define KEYBOARD      "[input keyboard]\ndevice=/dev/input/by-id/kbd\n"
#define MOUSE         "[input mouse]\ndevice=/dev/input/by-id/mouse\n"
#define GAMES_DISK    "[disk games]\ndevice=/dev/disk/by-id/ata-GAMES\n"

static int plan(const struct pc *pc, const char *text, const struct vm_options *options,
        struct vm_plan *out, struct err *err)
{
	struct profile profile;
	int r = profile_parse(text, "/etc/playthrough/profiles/games.profile", &profile, err);

	if (r < 0)
		fail_msg("profile: %s (%s)", err->message, err->hint);
	r = vm_plan_make(&pc->host, &profile, options, out, err);
	profile_finish(&profile);
	return r;
}

/* --- golden argument lists --- */

static char *read_golden(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = xcalloc(1, 65536);

	if (f) {
		text[fread(text, 1, 65535, f)] = '\0';
		fclose(f);
	}
	return text;
}

static char *as_lines(const struct vm_plan *p)
{
	cleanup_strv struct strv lines = {0};
	cleanup_free char *joined = NULL;

	strv_foreach (arg, &p->args) {
		cleanup_strv struct strv parts = {0};

		strv_split(&parts, *arg, "\n");
		strv_take(&lines, strv_join(&parts, "\\n"));
	}
	for (size_t i = 0; i < p->n_fds; i++)
		strv_addf(&lines, "# fd %zu: kind %d index %zu %s%s", VM_FD_FIRST + i,
		        p->fds[i].kind, p->fds[i].index, p->fds[i].path ? p->fds[i].path : "-",
		        p->fds[i].writable ? " writable" : "");
	joined = strv_join(&lines, "\n");
	return xasprintf("%s\n", joined);
}

static void print_difference(const char *golden, const char *now)
{
	cleanup_strv struct strv a = {0}, b = {0};

	strv_split(&a, golden, "\n");
	strv_split(&b, now, "\n");
	strv_foreach (line, &a)
		if (!strv_has(&b, *line))
			print_error("-%s\n", *line);
	strv_foreach (line, &b)
		if (!strv_has(&a, *line))
			print_error("+%s\n", *line);
}

static void compare(const char *name, const struct vm_plan *p)
{
	cleanup_free char *path = xasprintf("tests/golden/%s.args", name);
	cleanup_free char *now = as_lines(p), *golden = NULL;

	if (getenv("PLAYTHROUGH_GOLDEN_UPDATE")) {
		FILE *f = fopen(path, "w");

		assert_non_null(f);
		fputs(now, f);
		fclose(f);
	}
	golden = read_golden(path);
	if (streq(golden, now))
		return;
	print_difference(golden, now);
	fail_msg("%s differs; PLAYTHROUGH_GOLDEN_UPDATE=1 renews it", path);
}

#define PARTS                                                                            \
	"[pci lan]\naddress=0000:04:00.0\nid=8086:1533\nvirtual-function=auto\nvlan=7\n" \
	"[gpu]\naddress=0000:00:02.0\nid=1234:1111\nmediated=i915-GVTg_V5_4\n"

/* The network card has virtual functions, none of them made; the other card's driver makes mediated devices. */
static void can_share(struct pc *pc)
{
	pc->devices[NET].vfs_total = 7;
	pc->net = (struct net_interface){.name = (char *)"eth0",
	        .has_controller = true,
	        .controller = devices[NET].addr,
	        .up = true};
	pc->host.net = (struct net){&pc->net, 1};
	pc->types[0] = (struct mdev_type){.parent = devices[HOST_GPU].addr,
	        .id = (char *)"i915-GVTg_V5_4",
	        .api = (char *)"vfio-pci",
	        .available = 1};
	pc->host.mdevs = (struct mdevs){.types = pc->types, .n_types = 1};
}

/* They are made: the USB function beside the network card plays the first virtual one. */
static void has_shares(struct pc *pc, char *uuid)
{
	can_share(pc);
	pc->devices[NET].vfs = 1;
	pc->devices[SHARED_USB].is_virtual = true;
	pc->devices[SHARED_USB].physfn = devices[NET].addr;
	pc->mdev = (struct mdev){.uuid = uuid,
	        .on_pci = true,
	        .parent = devices[HOST_GPU].addr,
	        .type = (char *)"i915-GVTg_V5_4",
	        .iommu_group = 9};
	pc->types[0].available = 0;
	pc->host.mdevs.list = &pc->mdev;
	pc->host.mdevs.n = 1;
}

static void part_groups(struct pc *pc)
{
	struct iommu_group *shared = &pc->groups[5];

	pc->groups[pc->host.iommu.n_groups++] =
	        (struct iommu_group){.id = 6, .devices = &shared->devices[1], .n = 1};
	shared->n = 1;
	pc->devices[SHARED_USB].iommu_group = 6;
}

static const struct {
	const char *name, *text;
	bool test_drive, no_kvm, ryzen, pool, sockets;
} golden[] = {
        {"demo-test-drive",
                "[vm]\nguest=linux\n[cpu]\ncount=1\naccel=auto\n[memory]\nsize=512M\n"
                "[boot]\nfirmware=bios\n[display]\ntype=virtio\n",
                .test_drive = true, .no_kvm = true},
        {"passthrough-test-drive",
                GPU_SECTION SOUND_SECTION USB_SECTION GAMES_DISK "writable=yes\n"
                                                                 "bus=sata\n",
                .test_drive = true},
        {"windows",
                "[vm]\nguest=windows-11\n[cpu]\ncount=6\nhide-hypervisor=yes\n[memory]\nsize="
                "8G\n" GPU_SECTION "romfile=/a,b.rom\n" SOUND_SECTION "rombar=no\n" USB_SECTION
                "[disk "
                "windows]\ndevice=/dev/disk/by-id/nvme-GAME2\nwritable=yes\nbus=nvme\n" GAMES_DISK
                "writable=yes\nbus=sata\n",
                .no_kvm = false},
        {"windows-ryzen", "[vm]\nguest=windows-11\n[cpu]\ncount=8\n[memory]\nsize=8G\n" GPU_SECTION,
                .ryzen = true},
        {"huge-pages", "[cpu]\ncount=4\n[memory]\nsize=4G\nhugepages=2M\n", .pool = true},
        {"two-sockets",
                "[cpu]\ncount=12\n[memory]\nsize=12G\n" GPU_SECTION SOUND_SECTION USB_SECTION,
                .sockets = true},
        {"two-sockets-full", "[cpu]\ncount=12\n[memory]\nsize=13261M\n", .sockets = true},
        {"two-sockets-pages", "[cpu]\ncount=12\n[memory]\nsize=4G\nhugepages=2M\n" GPU_SECTION,
                .pool = true, .sockets = true},
        {"two-sockets-uneven", "[cpu]\ncount=6\npin=1,9,4,12,5,13\n[memory]\nsize=3G\n" GPU_SECTION,
                .sockets = true},
        {"one-of-two-sockets", "[cpu]\ncount=6\n[memory]\nsize=4G\n" GPU_SECTION, .sockets = true},
        {"two-sockets-alike", "[cpu]\ncount=12\n[memory]\nsize=4G\nnuma=no\n" GPU_SECTION,
                .sockets = true},
        {"windows-emulated", "[vm]\nguest=windows-10\n[display]\ntype=std\n", .no_kvm = false},
        {"windows-sound",
                "[vm]\nguest=windows-11\n" GPU_SECTION SOUND_SECTION
                "[sound]\ntype=hda\nmicrophone=yes\n",
                .no_kvm = false},
        {"images",
                "[vm]\nguest=linux\n[cpu]\naccel=tcg\n[boot]\nfirmware=bios\n[network]\ntype=none\n"
                "[disk one]\nimage=/tmp/one,x.raw\n[disk two]\nimage=/tmp/two.qcow2\nformat=qcow2\n"
                "writable=yes\nbus=nvme\nserial=A,readonly=on\n[disk three]\nimage=/tmp/three.raw\n"
                "writable=yes\nbus=sata\n",
                .no_kvm = false},
        {"images-below",
                "[cpu]\naccel=tcg\n[boot]\nfirmware=bios\n[network]\ntype=none\n"
                "[disk one]\nimage=/tmp/one.qcow2\nformat=qcow2\nwritable=yes\n"
                "backing=qcow2:/tmp/b,x.qcow2|raw:/tmp/c.raw\n"
                "[disk two]\nimage=/tmp/two.qcow2\nformat=qcow2\npassphrase-file=/tmp/secret\n"
                "[disk three]\nimage=/tmp/three.qcow2\nformat=qcow2\nbacking=raw:/tmp/d.raw\n"
                "passphrase-file=/tmp/secret\n",
                .no_kvm = false},
        {"attached",
                "[vm]\nguest=linux\n[cpu]\naccel=tcg\n[boot]\nfirmware=bios\n[network]\ntype=none\n"
                "[disk a]\nimage=/tmp/a\nbus=scsi\nwritable=yes\naio=io_uring\nqueues=3\n"
                "[disk b]\nimage=/cached/b\nbus=scsi\ndiscard=ignore\nwritable=yes\n"
                "[disk c]\nimage=/tmp/c\ncache=directsync\nio-thread=no\nqueues=2\n"
                "[disk d]\nimage=/tmp/d\ncache=writethrough\nbus=nvme\nboot=1\n"
                "[disk e]\nimage=/summed/e\n"
                "[disk f]\nimage=/summed/f\ncache=none\n"
                "[disk g]\nimage=/unsure/g\naio=native\n",
                .no_kvm = false},
        {"seven-sata",
                "[cpu]\naccel=tcg\n[boot]\nfirmware=bios\n[network]\ntype=none\n"
                "[disk a]\nimage=/a\n" SATA("b") SATA("c") SATA("d") SATA("e") SATA("f") SATA("g")
                        SATA("h") "boot=2\n[cdrom one]\nboot=1\n"
                                  "file=/isos/a,b.iso\n[cdrom two]\n",
                .no_kvm = false},
        {"windows-disks",
                "[vm]\nguest=windows-10\n[disk sata]\ndevice=/dev/disk/by-id/ata-GAMES\n"
                "writable=yes\n[disk nvme]\ndevice=/dev/disk/by-id/nvme-GAME2\nwritable=yes\n"
                "[disk image]\nimage=/a\n[cdrom installer]\nfile=/win.iso\n",
                .no_kvm = false},
        {"network-disks",
                "[cpu]\naccel=tcg\n[boot]\nfirmware=bios\n[network]\ntype=none\n"
                "[disk a]\nurl=nbd://[fe80::1]:10810/games\nwritable=yes\n[disk b]\nimage=/b\n"
                "[disk c]\nurl=nbd+unix:///x?socket=/run/nbd.sock\n"
                "[disk d]\nurl=iscsi://me@nas/iqn.2026-01.org.example:games/3\n"
                "secret-file=/chap\n[disk e]\nurl=rbd:pool/image:id=games\nsecret-file=/key\n"
                "[disk f]\nurl=nfs://nas/exports/g.raw\nbus=scsi\n[disk g]\nimage=/g\n",
                .no_kvm = false},
        {"forwards",
                "[vm]\nguest=windows-11\n[network]\nforward=rdp tcp:127.0.0.1:8022:22\n"
                "forward=udp:47998-48000:7998-8000\n",
                .no_kvm = false},
        {"console",
                "[cpu]\naccel=tcg\n[boot]\nfirmware=bios\n[console]\nclipboard=no\n"
                "usb-channels=2\n",
                .no_kvm = false},
        {"inputs", "[vm]\nguest=linux\n" GPU_SECTION SOUND_SECTION MOUSE KEYBOARD "repeat=no\n",
                .no_kvm = false},
        {"inputs-screen", "[vm]\nguest=linux\n" KEYBOARD "grab-toggle=scrolllock\n" MOUSE,
                .no_kvm = false},
        {"inputs-windows", "[vm]\nguest=windows-11\n" GPU_SECTION SOUND_SECTION KEYBOARD MOUSE,
                .no_kvm = false},
        {"looking-glass",
                "[vm]\nguest=windows-11\n" GPU_SECTION SOUND_SECTION
                "[looking-glass]\nresolution=2560x1440\n" KEYBOARD MOUSE,
                .no_kvm = false},
        {"looking-glass-screen",
                "[vm]\nguest=linux\n[looking-glass]\nresolution=3840x2160\nhdr=yes\n",
                .no_kvm = false},
        {"life",
                "[vm]\nguest=linux\nwatchdog=reset\ncrash=pause\n[cpu]\nmodel=Haswell\n"
                "features=+invtsc,-hle,-hypervisor\n[boot]\nfirmware=bios\n"
                "[smbios]\nmanufacturer=A, B=c\nproduct=on\nserial=type=2,serial=x\n" USB_SECTION
                "[pci net]\naddress=0000:03:00.0\nid=1b36:0010\nboot=1\n"
                "[disk last]\nimage=/tmp/last.raw\n[disk first]\nimage=/tmp/first.raw\nboot=7\n",
                .no_kvm = false},
        {"windows-bare", "[vm]\nguest=windows-10\nguest-agent=no\ncrash=run\nwatchdog=poweroff\n",
                .no_kvm = false},
        {"direct-kernel",
                "[cpu]\naccel=tcg\nmodel=qemu64\n[boot]\nkernel=/boot/vmlinuz\ninitrd=/"
                "boot/initrd\n"
                "cmdline=console=ttyS0 a,b -S\n",
                .no_kvm = false},
};

/* What this QEMU lacks is taken out again, and only that. */
static void test_console_out(void **state)
{
	struct vm_plan p = {.console_ports = true, .usb_channels = 1};
	cleanup_free char *left = NULL;

	(void)state;
	strv_split(&p.args,
	        "qemu -S -chardev dbus,id=agent,name=a -device virtio-serial-pci,id=agent-bus,x "
	        "-chardev dbus,id=redir0,name=b -device usb-redir,id=redirected0 -nic none",
	        " ");
	args_console_out(&p, false);
	left = strv_join(&p.args, " ");
	assert_string_equal(left, "qemu -S -chardev dbus,id=agent,name=a -device "
	                          "virtio-serial-pci,id=agent-bus,x -nic none");
	assert_true(p.console_ports && !p.usb_channels);
	args_console_out(&p, true);
	free(left);
	left = strv_join(&p.args, " ");
	assert_string_equal(left, "qemu -S -nic none");
	assert_false(p.console_ports);
	strv_finish(&p.args);
}

/* A QEMU that has no such device starts without it. */
static void test_panic_out(void **state)
{
	cleanup_free char *left = NULL;
	struct vm_plan p = {0};

	(void)state;
	strv_split(&p.args, "qemu -S -device pvpanic-pci,id=panic,x -device a -append pvpanic-pci,",
	        " ");
	args_panic_out(&p);
	args_panic_out(&p);
	left = strv_join(&p.args, " ");
	assert_string_equal(left, "qemu -S -device a -append pvpanic-pci,");
	assert_null(p.args.list[p.args.n]);
	strv_finish(&p.args);
}

/* Nothing of the emulated sound card stays; where it was the only one to need the display, that goes, too. */
static void test_sound_out(void **state)
{
	static const char before[] =
	        "qemu -audiodev dbus,id=sound,a -display "
	        "dbus,p2p=yes,audiodev=sound -vga none -append -display -device "
	        "ich9-intel-hda,id=sound,x -device hda-micro,id=sound-codec,y "
	        "-device nic,id=disk-sound,z";

	(void)state;
	for (int seen = 0; seen < 2; seen++) {
		struct vm_plan p = {.sound = PROFILE_SOUND_HDA};
		cleanup_free char *left = NULL, *wanted = NULL;

		p.display_path = (char *)(seen ? "00:01.0" : NULL);
		strv_split(&p.args, before, " ");
		vm_plan_without_sound(&p);
		vm_plan_without_sound(&p); /* the second time there is none */
		left = strv_join(&p.args, " ");
		wanted = xasprintf("qemu -display %s -vga none -append -display -device "
		                   "nic,id=disk-sound,z",
		        seen ? "dbus,p2p=yes" : "none");
		assert_string_equal(left, wanted);
		assert_int_equal(p.sound, PROFILE_SOUND_NONE);
		strv_finish(&p.args);
	}
}

static void test_golden(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(golden); i++) {
		struct vm_options options = usual;
		struct vm_plan p;
		struct err err = {0};
		struct pc pc;

		build_pc(&pc);
		options.test_drive = golden[i].test_drive;
		if (golden[i].no_kvm)
			pc.host.cpu.kvm_device = ENOENT;
		if (golden[i].ryzen)
			make_ryzen(&pc);
		if (golden[i].sockets)
			make_sockets(&pc);
		if (golden[i].pool)
			with_pool(&pc);
		if (options.test_drive)
			memcpy(options.nonce, "0123456789abcdef", 17);
		if (plan(&pc, golden[i].text, &options, &p, &err) < 0)
			fail_msg("%s: %s", golden[i].name, err.message);
		compare(golden[i].name, &p);
		vm_plan_finish(&p);
	}
}

/* First what can be made, then the plan with what is there: the same parts, and what QEMU takes. */
static void test_shares(void **state)
{
	struct vm_taken_pci taken = {devices[NET].addr, 0};
	struct vm_options options = usual;
	struct vm_plan p;
	struct err err = {0};
	cleanup_free char *uuid = NULL;
	struct pc pc;

	(void)state;
	build_pc(&pc);
	can_share(&pc);
	assert_int_equal(plan(&pc, PARTS, &options, &p, &err), 0);
	assert_false(vm_plan_is_whole(&p));
	assert_int_equal(p.pci[0].share.kind, VM_SHARE_VIRTUAL);
	assert_true(p.pci[0].share.vf == 0 && p.pci[0].share.vfs == 1);
	assert_string_equal(p.pci[0].share.link, "eth0");
	assert_true(starts_with(p.pci[0].share.mac, "52:54:00:"));
	assert_int_equal(p.pci[0].share.vlan, 7);
	assert_int_equal(p.pci[0].iommu_group, -1);
	assert_false(vm_claim_has(&p.pci[0], devices[NET].addr)); /* which stays */
	assert_false(vm_claim_has(&p.pci[1], devices[HOST_GPU].addr));
	assert_string_equal(p.display_path, "00:01.0"); /* a part of a card has no screen */
	uuid = xstrdup(p.pci[1].share.uuid);
	vm_plan_finish(&p);
	options.taken_pci = &taken; /* the first by another VM that starts */
	options.n_taken_pci = 1;
	assert_int_equal(plan(&pc, PARTS, &options, &p, &err), 0);
	assert_true(p.pci[0].share.vf == 1 && p.pci[0].share.vfs == 2);
	vm_plan_finish(&p);
	has_shares(&pc, uuid);
	assert_int_equal(plan(&pc, PARTS, &options, &p, &err), -EBUSY);
	assert_string_equal(err.code, "PT-PCI-08");
	options.n_taken_pci = 0;
	assert_int_equal(plan(&pc, PARTS, &options, &p, &err), -EPERM);
	assert_string_equal(err.code, "PT-IOMMU-05"); /* it lies in its parent's group */
	part_groups(&pc);
	if (plan(&pc, PARTS, &options, &p, &err) < 0)
		fail_msg("%s", err.message);
	assert_true(vm_plan_is_whole(&p));
	assert_int_equal(p.pci[0].share.vfs, 0);
	assert_true(vm_claim_has(&p.pci[0], devices[SHARED_USB].addr));
	assert_int_equal(p.pci[1].iommu_group, 9);
	compare("shares", &p);
	vm_plan_finish(&p);
	/* What is made for others goes with no function that is passed as a whole. */
	assert_int_equal(
	        plan(&pc, "[pci lan]\naddress=0000:04:00.0\nid=8086:1533\n", &options, &p, &err),
	        -EBUSY);
	assert_string_equal(err.code, "PT-PCI-04");
}

/* Its driver may close the link for a moment: only another way to this PC is one, and not another cable. */
static void test_only_network(void **state)
{
	struct net_interface links[] = {
	        {.name = (char *)"eth0_0", /* of a function of its */
	                .has_controller = true,
	                .controller = devices[NET].addr,
	                .of_function = true},
	        {.name = (char *)"eth0",
	                .has_controller = true,
	                .controller = devices[NET].addr,
	                .up = true,
	                .default_route = true},
	        {.name = (char *)"eth1", .up = true},
	};
	struct vm_options options = usual;
	struct vm_plan p;
	struct err err = {0};
	struct pc pc;

	(void)state;
	build_pc(&pc);
	can_share(&pc);
	pc.host.net = (struct net){links, ARRAY_SIZE(links)};
	assert_int_equal(plan(&pc, PARTS, &options, &p, &err), -EBUSY);
	assert_true(err_is(&err, CODE_SHARE_CUTS));
	links[2].default_route = true;
	assert_int_equal(plan(&pc, PARTS, &options, &p, &err), 0);
	assert_string_equal(p.pci[0].share.link, "eth0");
	vm_plan_finish(&p);
	links[2].up = false;
	assert_int_equal(plan(&pc, PARTS, &options, &p, &err), -EBUSY);
}

static void test_claims(void **state)
{
	struct vm_options options = usual;
	struct vm_plan p;
	struct err err = {0};
	cleanup_free char *testplan = NULL;
	struct pc pc;

	(void)state;
	build_pc(&pc);
	options.test_drive = true;
	assert_int_equal(
	        plan(&pc, GPU_SECTION USB_SECTION GAMES_DISK "writable=yes\n", &options, &p, &err),
	        0);
	/* the sound function stays with its group: it is on vfio-pci, and so only comes along */
	assert_int_equal(p.n_pci, 3);
	assert_true(p.pci[0].pass && p.pci[0].bound && p.pci[1].pass && !p.pci[1].bound);
	assert_false(p.pci[2].pass);
	assert_int_equal(p.disks[0].writable, false);
	assert_true(p.memlock_bytes > (512ull << 20) + (64ull << 20));
	testplan = vm_plan_testplan(&p, "0123456789abcdef");
	assert_string_equal(testplan, "nonce 0123456789abcdef\n"
	                              "gpu 0000:01:00.0 00:10.0/00.0\n"
	                              "usb-controller 0000:02:00.0 00:11.0/00.0\n"
	                              "disk games GAMES,readonly=off\n"
	                              "processors processors 2 1 1 2 1\n"
	                              "hypervisor hypervisor kvm=yes\n"
	                              "memory memory 2048\n");
	vm_plan_finish(&p);
}

/* --- a test drive is a start --- */

/* What a test drive has of its own: what boots, that it ends when that ends, the report, and that nothing is written. */
static bool is_of_drive(const char *flag, const char *value)
{
	return streq(flag, "-kernel") || streq(flag, "-initrd") || streq(flag, "-append") ||
	       streq(flag, "-fw_cfg") || starts_with(value, "reboot=");
}

static char *without(const char *text, const char *part)
{
	const char *at = strstr(text, part);

	return at ? xasprintf("%.*s%s", (int)(at - text), text, at + strlen(part)) : xstrdup(text);
}

/* QEMU's arguments without these. Caller frees. */
static char *machine_of(const struct vm_plan *p)
{
	cleanup_strv struct strv out = {0};

	for (size_t i = 0; i < p->args.n; i++) {
		const char *value = i + 1 < p->args.n ? p->args.list[i + 1] : "";
		cleanup_free char *one = NULL;

		if (is_of_drive(p->args.list[i], value)) {
			i++;
			continue;
		}
		one = without(p->args.list[i], "read-only=off,discard=unmap");
		strv_take(&out, without(one, "read-only=on"));
	}
	return strv_join(&out, "\n");
}

static char *plan_machine(struct pc *pc, const char *profile, bool drive)
{
	struct vm_options options = usual;
	struct err err = {0};
	struct vm_plan p;
	char *text;

	options.test_drive = drive;
	if (plan(pc, profile, &options, &p, &err) < 0)
		fail_msg("%s", err.message);
	text = machine_of(&p);
	vm_plan_finish(&p);
	return text;
}

static void test_drive_is_a_start(void **state)
{
	static const char *const profiles[] = {
	        "[vm]\nguest=linux\nwatchdog=reset\n[cpu]\ncount=2\nhide-hypervisor=yes\n[memory]\n"
	        "size=3G\nhugepages=2M\n[boot]\nfirmware=bios\ntpm=yes\n"
	        "[network]\nforward=tcp:3389\n" GPU_SECTION GAMES_DISK "writable=yes\nbus=nvme\n",
	        "[vm]\nguest=linux\n[cpu]\naccel=tcg\nmodel=qemu64\n[boot]\nfirmware=bios\n"
	        "[console]\nusb-channels=2\n[sound]\ntype=hda\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(profiles); i++) {
		cleanup_free char *start = NULL, *drive = NULL;
		struct pc pc;

		build_pc(&pc);
		with_pool(&pc);
		start = plan_machine(&pc, profiles[i], false);
		drive = plan_machine(&pc, profiles[i], true);
		assert_string_equal(start, drive);
	}
}

/* What its guest is told to look for, where much is wanted of the machine. */
static void test_drive_words(void **state)
{
	static const char text[] =
	        "[vm]\nguest=windows-11\n[cpu]\ncount=12\nhide-hypervisor=yes\nfeatures=-hv-avic\n"
	        "[memory]\nsize=12G\n" GPU_SECTION "romfile=/a.rom\n";
	struct vm_options options = usual;
	cleanup_free char *words = NULL;
	struct err err = {0};
	struct vm_plan p;
	struct pc pc;

	(void)state;
	build_pc(&pc);
	make_sockets(&pc);
	pc.host.hyperv = (struct hyperv){true, ~0u, ~0u, ~0u};
	options.test_drive = true;
	if (plan(&pc, text, &options, &p, &err) < 0)
		fail_msg("%s", err.message);
	words = strv_join(&p.drive, "\n");
	assert_string_equal(words,
	        "rom 0000:01:00.0 00:10.0/00.0 512 56d8dfa8\n"
	        "processors processors 12 1 2 3 2\n"
	        "hypervisor hypervisor kvm=no vendor=playthrough hv-relaxed=4a:20 hv-vapic=3a:10 "
	        "hv-vpindex=3a:40 hv-runtime=3a:1 hv-time=3a:222 hv-synic=3a:4 hv-stimer=3a:8 "
	        "hv-stimer-direct=3d:80000 hv-reset=3a:80 hv-crash=3d:400 "
	        "hv-frequencies=3a:800+3d:100 hv-reenlightenment=3a:2000 hv-tlbflush=4a:804 "
	        "hv-ipi=4a:c00 hv-spinlocks=4b:1fff\n"
	        "memory memory 12288 0-5:6144 6-11:6144");
	vm_plan_finish(&p);
}

/* A profile cannot smuggle an option in: its commas are doubled wherever it can write one. */
static void test_no_injection(void **state)
{
	struct vm_plan p;
	struct err err = {0};
	struct pc pc;

	(void)state;
	build_pc(&pc);
	assert_int_equal(plan(&pc, "[disk one]\nimage=/i,read-only=off\nserial=A,drive=B\n", &usual,
	                         &p, &err),
	        0);
	strv_foreach (arg, &p.args) {
		assert_null(strstr(*arg, "/i,"));
		assert_null(strstr(*arg, "A,d"));
	}
	vm_plan_finish(&p);
}

/* What is taken beside them stands in nobody's way. */
static void test_free_ports(void **state)
{
	struct port ports[] = {{.number = 3389, .source = "/proc/net/tcp", .address = "127.0.0.2"},
	        {.udp = true, .number = 80, .source = "/proc/net/udp"}};
	struct vm_options options = usual;
	struct err err = {0};
	struct vm_plan p;
	struct pc pc;

	(void)state;
	build_pc(&pc);
	pc.host.ports = (struct ports){ports, 2, 80};
	if (plan(&pc, "[network]\nforward=tcp:127.0.0.1:3389 tcp:80\n", &options, &p, &err) < 0)
		fail_msg("%s", err.message);
	vm_plan_finish(&p);
}

static bool has_argument(const struct vm_plan *p, const char *text)
{
	strv_foreach (arg, &p->args)
		if (streq(*arg, text))
			return true;
	return false;
}

/* What changes is a part of the claim; the guest's firmware is told where it would keep too little room. */
static void test_bar_size(void **state)
{
	static const char room[] = "name=opt/ovmf/X-PciMmio64Mb,string=65536";
	struct vm_plan p;
	struct err err = {0};
	struct pc pc;

	(void)state;
	build_pc(&pc);
	resizable(&pc);
	assert_int_equal(
	        plan(&pc, GPU_SECTION "bar-size=512M\n" SOUND_SECTION, &usual, &p, &err), 0);
	assert_true(p.pci[0].bar == 1 && p.pci[0].bar_was == 8 && p.pci[0].bar_will == 9);
	assert_int_equal(p.pci[1].bar, -1);
	assert_false(has_argument(&p, room));
	vm_plan_finish(&p);
	assert_int_equal(
	        plan(&pc, GPU_SECTION "bar-size=64G\n" SOUND_SECTION, &usual, &p, &err), 0);
	assert_true(has_argument(&p, room));
	vm_plan_finish(&p);
	assert_int_equal(
	        plan(&pc, GPU_SECTION "bar-size=256M\n" SOUND_SECTION, &usual, &p, &err), 0);
	assert_int_equal(p.pci[0].bar, -1); /* it is so already */
	vm_plan_finish(&p);
	pc.devices[GPU].bar[1].size = 64ull << 30; /* as the firmware has it */
	assert_int_equal(
	        plan(&pc, "[boot]\nfirmware=bios\n" GPU_SECTION SOUND_SECTION, &usual, &p, &err),
	        0);
	assert_false(has_argument(&p, room));
	vm_plan_finish(&p);
	assert_int_equal(plan(&pc, GPU_SECTION SOUND_SECTION, &usual, &p, &err), 0);
	assert_true(has_argument(&p, room));
	vm_plan_finish(&p);
}

/* The size follows from the picture; the kernel module's memory is taken where it is large enough. */
static void test_looking_glass(void **state)
{
	static const struct {
		const char *text;
		uint64_t kvmfr, mib;
		const char *path;
	} cases[] = {
	        {"resolution=1920x1080\n", 0, 32, "/dev/shm/looking-glass-games"},
	        {"resolution=1920x1080\nhdr=yes\n", 0, 64, "/dev/shm/looking-glass-games"},
	        {"resolution=2560x1440\n", 0, 64, "/dev/shm/looking-glass-games"},
	        {"resolution=3840x2160\n", 0, 128, "/dev/shm/looking-glass-games"},
	        {"resolution=3840x2160\n", 64, 128, "/dev/shm/looking-glass-games"},
	        {"resolution=1920x1080\n", 128, 128, "/dev/kvmfr0"},
	        {"resolution=1920x1080\nmemory=file\n", 128, 32, "/dev/shm/looking-glass-games"},
	        {"resolution=16384x16384\nhdr=yes\n", 0, 8192, "/dev/shm/looking-glass-games"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *text = xasprintf("[looking-glass]\n%s", cases[i].text);
		struct vm_options drive = usual;
		struct vm_plan p;
		struct err err = {0};
		struct pc pc;

		build_pc(&pc);
		pc.host.kvmfr_bytes = cases[i].kvmfr << 20;
		assert_int_equal(plan(&pc, text, &usual, &p, &err), 0);
		assert_string_equal(p.glass, cases[i].path);
		assert_int_equal(p.glass_bytes >> 20, cases[i].mib);
		vm_plan_finish(&p);
		drive.test_drive = true;
		assert_int_equal(plan(&pc, text, &drive, &p, &err), 0);
		assert_string_equal(p.glass, cases[i].path); /* the same machine */
		vm_plan_finish(&p);
	}
}

static void expect_monitor(
        const struct pc *pc, const char *keys, const char *bus, const char * not )
{
	cleanup_free char *text = xasprintf(
	        GPU_SECTION SOUND_SECTION "[monitor]\ninput-while-playing=dp-2\n%s", keys);
	struct vm_plan p;
	struct err err = {0};

	assert_int_equal(plan(pc, text, &usual, &p, &err), 0);
	assert_true(bus ? p.monitor_bus && streq(p.monitor_bus, bus) : !p.monitor_bus);
	assert_true(not ? p.monitor_not && strstr(p.monitor_not, not ) : !p.monitor_not);
	assert_int_equal(p.monitor_input, bus ? 0x10 : 0);
	vm_plan_finish(&p);
}

/* The wire is that of a card which stays; whatever is not known is told, and no reason not to play. */
static void test_monitor(void **state)
{
	struct pc pc;

	(void)state;
	build_pc(&pc);
	expect_monitor(&pc, "", NULL, "nothing is plugged into a card that stays");
	pc.connected[0] = (char *)"HDMI-A-1";
	pc.connected[1] = (char *)"DP-1";
	pc.buses[0] = (char *)"i2c-3";
	pc.buses[1] = (char *)"";
	pc.connected[2] = (char *)"DP-3";
	pc.buses[2] = (char *)"i2c-7";
	for (size_t i = 0; i < 2; i++)
		pc.cards[i] = (struct display_card){.name = "card0",
		        .has_controller = true,
		        .controller = devices[i ? GPU : HOST_GPU].addr,
		        .connected = {pc.connected + 2 * i, 1},
		        .buses = {pc.buses + 2 * i, 1}};
	pc.host.displays = (struct displays){.list = pc.cards, .n = 2};
	expect_monitor(&pc, "", "i2c-3", NULL);
	expect_monitor(&pc, "connector=HDMI-A-1\n", "i2c-3", NULL);
	expect_monitor(&pc, "connector=DP-3\n", NULL, "into connector=DP-3"); /* of the guest's */
	pc.cards[0].connected.n = pc.cards[0].buses.n = 2;
	expect_monitor(&pc, "", NULL, "are in use: HDMI-A-1, DP-1; name one");
	expect_monitor(&pc, "connector=HDMI-A-1\n", "i2c-3", NULL);
	expect_monitor(&pc, "connector=DP-1\n", NULL, "no ddc in /sys/class/drm/*-DP-1");
	pc.buses[0] = (char *)"i2c-missing";
	expect_monitor(&pc, "connector=HDMI-A-1\n", NULL, "modprobe i2c-dev");
}

static void test_reset_method(void **state)
{
	struct vm_plan p;
	struct err err = {0};
	struct pc pc;

	(void)state;
	build_pc(&pc);
	three_ways(&pc);
	assert_int_equal(
	        plan(&pc, GPU_SECTION "reset-method=bus\n" SOUND_SECTION, &usual, &p, &err), 0);
	assert_string_equal(p.pci[0].reset_was, "flr pm bus");
	assert_string_equal(p.pci[0].reset_will, "bus");
	assert_null(p.pci[1].reset_will);
	vm_plan_finish(&p);
	assert_int_equal(plan(&pc, GPU_SECTION SOUND_SECTION, &usual, &p, &err), 0);
	assert_null(p.pci[0].reset_will);
	vm_plan_finish(&p);
	pc.devices[GPU].reset_method = (char *)"bus"; /* it is so already */
	assert_int_equal(
	        plan(&pc, GPU_SECTION "reset-method=bus\n" SOUND_SECTION, &usual, &p, &err), 0);
	assert_null(p.pci[0].reset_will);
	vm_plan_finish(&p);
}

/* Where a card's function 0 is passed, the others keep their numbers; else they move up. */
static void test_functions(void **state)
{
	struct vm_plan p;
	struct err err = {0};
	struct pc pc;

	(void)state;
	build_pc(&pc);
	pc.devices[SOUND].addr.function = 3;
	assert_int_equal(plan(&pc, GPU_SECTION "[audio]\naddress=0000:01:00.3\nid=8086:2668\n",
	                         &usual, &p, &err),
	        0);
	assert_string_equal(p.pci[1].guest_path, "00:10.0/00.3");
	assert_true(has_argument(&p, "vfio-pci,id=pci-10.0,host=0000:01:00.0,bus=port-10,addr=00.0,"
	                             "multifunction=on"));
	assert_true(
	        has_argument(&p, "vfio-pci,id=pci-10.3,host=0000:01:00.3,bus=port-10,addr=00.3"));
	vm_plan_finish(&p);
	assert_int_equal(
	        plan(&pc, "[audio]\naddress=0000:01:00.3\nid=8086:2668\n", &usual, &p, &err), 0);
	assert_string_equal(p.pci[0].guest_path, "00:10.0/00.0");
	vm_plan_finish(&p);
}

#define BIOS           "[boot]\nfirmware=bios\n"
#define XVGA           "vfio-pci,id=pci-10.0,host=0000:01:00.0,bus=port-10,addr=00.0,x-vga=on"
#define PLAIN          "vfio-pci,id=pci-10.0,host=0000:01:00.0,bus=port-10,addr=00.0"
#define EMULATED(name) name ",id=display,bus=pcie.0,addr=01.0"

/* Who is the guest's VGA, and whether there is an emulated card to fall back on. */
static void test_primary(void **state)
{
	static const struct {
		const char *text, *has, *has_not;
		uint32_t class;
	} rows[] = {
	        {GPU_SECTION, PLAIN, EMULATED("virtio-vga"), 0x030000},
	        {BIOS GPU_SECTION, XVGA, EMULATED("virtio-vga"), 0x030000},
	        {BIOS GPU_SECTION, PLAIN, EMULATED("virtio-vga"), 0x038000},
	        {"[boot]\nfirmware=bios\nkernel=/k\n" GPU_SECTION, PLAIN, XVGA, 0x030000},
	        {BIOS "[display]\ntype=virtio\n" GPU_SECTION, PLAIN, XVGA, 0x030000},
	        {BIOS "[display]\ntype=virtio\n" GPU_SECTION "primary=yes\n", XVGA,
	                EMULATED("virtio-vga"), 0x030000},
	        {"[display]\ntype=virtio\n" GPU_SECTION "primary=yes\n", EMULATED("virtio-gpu-pci"),
	                XVGA, 0x030000},
	        {BIOS GPU_SECTION "primary=no\n", EMULATED("virtio-vga"), XVGA, 0x030000},
	        {GPU_SECTION "primary=no\n", EMULATED("virtio-vga"), XVGA, 0x030000},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err err = {0};
		struct vm_plan p;
		struct pc pc;

		build_pc(&pc);
		pc.devices[GPU].class_code = rows[i].class;
		if (plan(&pc, rows[i].text, &usual, &p, &err) < 0)
			fail_msg("row %zu: %s", i, err.message);
		if (!has_argument(&p, rows[i].has) || has_argument(&p, rows[i].has_not))
			fail_msg("row %zu", i);
		vm_plan_finish(&p);
	}
}

/* Nothing is said of a file that whoever asks may not see. */
static void test_unseen_rom(void **state)
{
	struct vm_plan p;
	struct err err = {0};
	struct pc pc;

	(void)state;
	build_pc(&pc);
	assert_int_equal(plan(&pc, GPU_SECTION "romfile=/unseen\nrombar=yes\n" SOUND_SECTION,
	                         &usual, &p, &err),
	        0);
	vm_plan_finish(&p);
}

/* --- refusals --- */

static void no_iommu(struct pc *pc)
{
	pc->host.iommu = (struct iommu){0};
}
static void iommu_off(struct pc *pc)
{
	pc->host.iommu.n_groups = 0;
}
static void no_remapping(struct pc *pc)
{
	pc->unit.remapping_capable = false;
	pc->unit.ecap = 0xf46;
}
static void remapping_off(struct pc *pc)
{
	pc->host.iommu.remapping = IOMMU_REMAPPING_OFF;
	pc->host.iommu.remapping_line = "24: 12 IO-APIC 2-edge timer";
}
static void sound_on_host(struct pc *pc)
{
	pc->devices[SOUND].driver = "snd_hda_intel";
}
static void no_group(struct pc *pc)
{
	pc->devices[USB].iommu_group = -1;
}
static void moved(struct pc *pc)
{
	pc->devices[GPU].addr.bus = 7;
}
static void replaced(struct pc *pc)
{
	pc->devices[GPU].addr.bus = 7;
	pc->devices[GPU].vendor = 0x10de;
}
static void no_kvm_flag(struct pc *pc)
{
	pc->host.cpu = (struct cpu){.kvm_device = ENOENT};
}
static void no_kvm_module(struct pc *pc)
{
	pc->host.cpu.kvm_module = false;
	pc->host.cpu.kvm_device = ENOENT;
}
static void no_kvm_access(struct pc *pc)
{
	pc->host.cpu.kvm_device = EACCES;
}
static void protected(struct pc *pc)
{
	pc->disks[1].read_only = true;
}
static void member_nvme(struct pc *pc)
{
	static char words[] = "nvme0n1 is a part of something";
	static char *list[] = {words, NULL};

	pc->disks[2].members = (struct strv){list, 1};
}

static void same_serial(struct pc *pc)
{
	pc->disks[2].serial = pc->disks[1].serial;
}
static void no_medium(struct pc *pc)
{
	pc->disks[1].size = 0;
}
static void small_kvmfr(struct pc *pc)
{
	pc->host.kvmfr_bytes = 32 << 20;
}
/* As many keyboards have none. */
static void no_right_ctrl(struct pc *pc)
{
	pc->nodes[0].keys[1] = 0;
}
static struct port taken = {
        .number = 3389, .source = "/proc/net/tcp", .uid = 1000, .pid = 812, .program = "xrdp"};
static void port_taken(struct pc *pc)
{
	pc->host.ports = (struct ports){&taken, 1, 1024};
}
static void port_taken_by_somebody(struct pc *pc)
{
	static struct port port;

	port = (struct port){.udp = true,
	        .number = 47999,
	        .source = "/proc/net/udp",
	        .uid = 33,
	        .address = "127.0.0.1"};
	pc->host.ports = (struct ports){&port, 1, 1024};
}
static void low_ports(struct pc *pc)
{
	pc->host.ports.unprivileged_from = 1024;
}

static const struct {
	const char *text;
	void (*change)(struct pc *pc);
	enum { SESSION = 1, TEST_DRIVE = 2 } how;
	const char *code, *message, *hint;
} refusals[] = {
        {"[input a]\ndevice=/dev/input/by-id/none\n", NULL, 0, "PT-INPUT-01",
                "input a: /dev/input/by-id/none is not there", "plugged in"},
        {"[input a]\ndevice=/dev/input/by-id/pad\n", NULL, 0, "PT-INPUT-02",
                "neither a keyboard nor a mouse (/sys/class/input/input9/capabilities)",
                "[usb NAME]"},
        {KEYBOARD "[input b]\ndevice=/dev/input/by-path/kbd\n", NULL, 0, "PT-INPUT-02",
                "is input keyboard already (line 1)", "keep one"},
        {"[looking-glass]\nresolution=3840x2160\nmemory=kvmfr\n", NULL, 0, "PT-GLASS-01",
                "/dev/kvmfr0 is not there", "static_size_mb=128"},
        {"[looking-glass]\nresolution=3840x2160\nmemory=kvmfr\n", small_kvmfr, 0, "PT-GLASS-01",
                "3840x2160 needs 128 MiB, and /dev/kvmfr0 has 32 MiB", "memory=file"},
        {KEYBOARD, no_right_ctrl, 0, "PT-INPUT-04",
                "is the only keyboard of this PC and has not the keys of grab-toggle=ctrl-ctrl",
                "scrolllock"},
        {MOUSE, NULL, 0, "PT-INPUT-04", "is the only mouse of this PC", "with the keyboard"},
        {"[network]\nforward=rdp\n", port_taken, 0, "PT-VM-31",
                "forward=tcp:3389: xrdp (process 812) has port 3389 already (/proc/net/tcp: "
                "*:3389)",
                "tcp:3390:3389"},
        {"[network]\nforward=tcp:127.0.0.1:3389\n", port_taken, 0, "PT-VM-31", "xrdp", "ss -lnp"},
        {"[network]\nforward=sunshine\n", port_taken_by_somebody, 0, "PT-VM-31",
                "forward=udp:47998-48000: a program of user 33 has port 47999 already "
                "(/proc/net/udp: 127.0.0.1:47999)",
                "udp:48001-48003:47998-48000"},
        {"[network]\nforward=tcp:22\n", low_ports, 0, "PT-VM-32",
                "may not listen on port 22 "
                "(/proc/sys/net/ipv4/ip_unprivileged_port_start: 1024)",
                "tcp:8022:22"},
        {"[disk a]\nimage=/tmp/a\nboot=2\n[disk b]\nimage=/tmp/b\nboot=2\n", NULL, 0, "PT-VM-43",
                "two devices have boot=2", "a number of its own"},
        {GPU_SECTION, NULL, SESSION, "PT-VM-01", "owns the PCI function 0000:01:00.0", "--session"},
        {GAMES_DISK, NULL, SESSION, "PT-VM-01", "raw disk /dev/disk/by-id/ata-GAMES", "image="},
        {"[gpu]\naddress=0000:09:00.0\nid=8086:10d3\n", NULL, 0, "PT-PCI-01",
                "gpu 0000:09:00.0: there is no such PCI function "
                "(/sys/bus/pci/devices/0000:09:00.0)",
                "it is at 0000:01:00.0 now"},
        {GPU_SECTION, moved, 0, "PT-PCI-01", "no such PCI function", "address=0000:07:00.0"},
        {GPU_SECTION, replaced, 0, "PT-PCI-01", "no such PCI function",
                "at its place 0000:00:08.0/00.0 there is now 0000:07:00.0"},
        {"[gpu]\naddress=0000:09:00.0\nid=1002:1111\n", NULL, 0, "PT-PCI-01", "no such",
                "lspci -Dnn"},
        {"[gpu]\naddress=0000:01:00.0\nid=1234:1111\n", NULL, 0, "PT-PCI-02",
                "0000:01:00.0 is 8086:10d3, profile says 1234:1111", "it is at 0000:00:02.0 now"},
        {GPU_SECTION "subsystem=1043:8599\n", NULL, 0, "PT-PCI-02",
                "has subsystem 1af4:1100, profile says 1043:8599", "lspci"},
        {GPU_SECTION "serial=ffffffffffffffff\n", NULL, 0, "PT-PCI-02",
                "has serial number 00112233445566aa, profile says ffffffffffffffff", "lspci"},
        {"[gpu]\naddress=0000:01:00.0\nid=8086:10d3\npath=0000:00:05.0/00.0\n", NULL, 0,
                "PT-PCI-02", "sits at 0000:00:08.0/00.0, profile says 0000:00:05.0/00.0", "lspci"},
        {"[gpu]\naddress=0000:02:00.0\nid=1b36:000d\n", NULL, 0, "PT-PCI-05",
                "has class 0c03, which is no gpu", "[pci NAME]"},
        {"[pci port]\naddress=0000:00:08.0\nid=1b36:000c\n", NULL, 0, "PT-PCI-05",
                "is a bridge (class 0604)", "what is behind it"},
        {GPU_SECTION "[pci again]\naddress=0000:01:00.0\nid=8086:10d3\n", NULL, 0, "PT-PCI-03",
                "it is there twice, first in line 1", "keep one"},
        {"[boot]\nfirmware=bios\nsecure-boot=yes\n", NULL, 0, "PT-VM-02", "needs firmware=uefi",
                "[boot]"},
        {"[vm]\nguest=windows-11\n", no_secure, 0, "PT-VM-02", "with Secure Boot and its keys",
                "secure-boot=no"},
        {"[vm]\nguest=linux\n", no_firmware, 0, "PT-VM-02", "there is no UEFI firmware",
                "apt install ovmf"},
        {"[memory]\nhugepages=1G\n", with_pool, 0, "PT-MEM-03", "huge pages of 1024 MiB",
                "hugepages=no"},
        {"[memory]\nsize=16G\nhugepages=2M\n", with_pool, 0, "PT-MEM-03",
                "it wants 16184 MiB in huge pages, and this PC can spare 15360 MiB", "size="},
        {"[memory]\nsize=1G\nhugepages=2M\n", with_pool, SESSION, "PT-MEM-03",
                "100 of 512 are free", "hugepages=no"},
        {"[cpu]\ncount=2\npin=6,16\n", make_ryzen, 0, "PT-CPU-04", "no processor 16 online",
                "auto"},
        {"[cpu]\ncount=3\npin=6-7\n", make_ryzen, 0, "PT-CPU-04",
                "names 2 processors, and count= has 3", "auto"},
        {GPU_SECTION, no_iommu, 0, "PT-IOMMU-01", "/sys/kernel/iommu_groups is empty", "VT-d"},
        {GPU_SECTION, iommu_off, 0, "PT-IOMMU-02", "/sys/firmware/acpi/tables/DMAR is there",
                "playthrough-setup apply"},
        {GPU_SECTION, no_remapping, 0, "PT-IOMMU-03",
                "/sys/class/iommu/dmar0/intel-iommu/ecap is f46, bit 3 clear", "firmware setup"},
        {GPU_SECTION, remapping_off, 0, "PT-IOMMU-04", "24: 12 IO-APIC", "intremap=off"},
        {"[gpu]\naddress=0000:00:02.0\nid=1234:1111\n", NULL, 0, "PT-PCI-04", "boot display",
                "playthrough-setup"},
        {GPU_SECTION, sound_on_host, 0, "PT-IOMMU-05",
                "IOMMU group 2 also holds 0000:01:00.1 (8086:2668, driver snd_hda_intel)",
                "playthrough-setup apply"},
        {"[usb-controller]\naddress=0000:04:00.1\nid=1b36:000d\n", NULL, 0, "PT-IOMMU-05",
                "also holds 0000:04:00.0 (8086:1533, driver igb)", "playthrough-setup apply"},
        {USB_SECTION, no_group, 0, "PT-PCI-06", "0000:02:00.0 is in no IOMMU group",
                "another slot"},
        {"[disk x]\ndevice=/dev/disk/by-id/ata-NONE\n", NULL, 0, "PT-DISK-02",
                "disk x: /dev/disk/by-id/ata-NONE is not there", "plugged in"},
        {GAMES_DISK, no_medium, 0, "PT-DISK-02", "has no medium", "plugged in"},
        {"[disk x]\ndevice=/dev/disk/by-id/ata-SYSTEM\n", NULL, 0, "PT-DISK-01",
                "(sda) is in use by this PC: sda2 is mounted on /", "unmount"},
        {GAMES_DISK "serial=OTHER\n", NULL, 0, "PT-DISK-03",
                "serial number GAMES,readonly=off, profile says OTHER", "serial="},
        {GAMES_DISK "size=1G\n", NULL, 0, "PT-DISK-03",
                "has 34359738368 bytes (/sys/class/block/sdb/size)", "size="},
        {GAMES_DISK "[disk two]\ndevice=/dev/disk/by-id/ata-GAMES\n", NULL, 0, "PT-DISK-04",
                "is disk games already (line 1", "keep one"},
        {GAMES_DISK "[disk two]\ndevice=/dev/disk/by-id/nvme-GAME2\n", same_serial, 0, "PT-DISK-05",
                "serial number GAMES,readonly=off on disk games too", "only one of the two"},
        {"[disk a]\nimage=/a\nserial=S\n[disk b]\nimage=/b\nserial=S\n", NULL, 0, "PT-DISK-05",
                "serial number S on disk a too", "another serial="},
        {"[disk a]\nimage=/cached/a\ncache=none\n", NULL, 0, "PT-DISK-10",
                "disk a: /cached/a cannot be read past this PC's cache", "another file system"},
        {"[disk a]\nimage=/cached/a\naio=native\n", NULL, 0, "PT-DISK-10", "aio=native",
                "another file system"},
        {"[disk a]\nimage=/a\nbus=sata\n", NULL, 0, "PT-DISK-07",
                "disk a: a disk on bus sata cannot be read-only", "bus=nvme"},
        {"[disk a]\nurl=nbd://nas/a\n[disk b]\nurl=nbd://nas/a\n", NULL, 0, "PT-DISK-04",
                "nbd://nas/a is disk a already", "keep one"},
        {"[disk a]\nurl=rbd:p/i:id=u\nsecret-file=/missing\n", NULL, 0, "PT-IMAGE-06",
                "the passphrase of rbd:p/i:id=u is to be read from /missing", "install -m 600"},
        {"[cdrom one]\nfile=/missing\n", NULL, 0, "PT-CD-01",
                "drive one: the image /missing is not there", "playthrough cd insert"},
        {"[cdrom one]\nboot=1\n[disk a]\nimage=/a\nboot=1\n", NULL, 0, "PT-VM-43", "boot=1",
                "a number of its own"},
        {"[disk a]\nimage=/missing\n", NULL, 0, "PT-DISK-06", "the image /missing is not there",
                "playthrough disk create /missing 64G --format raw"},
        {"[disk a]\nimage=/a\nformat=qcow2\nbacking=raw:/missing\n", NULL, 0, "PT-IMAGE-05",
                "/missing, which the image /a stands on, is not there", "backing="},
        {"[disk a]\nimage=/a\nformat=qcow2\npassphrase-file=/missing\n", NULL, 0, "PT-IMAGE-06",
                "the passphrase of /a is to be read from /missing", "-m 600 /dev/stdin /missing"},
        {GAMES_DISK "writable=yes\n", protected, 0, "PT-DISK-07",
                "write-protected (/sys/block/sdb/ro", "writable=no"},
        {GAMES_DISK "bus=sata\n", NULL, 0, "PT-DISK-07", "bus sata cannot be read-only",
                "bus=virtio"},
        {"[pci nvme]\naddress=0000:03:00.0\nid=1b36:0010\n", member_nvme, 0, "PT-DISK-31",
                "disk nvme0n1 hangs on it: nvme0n1 is a part of something", "guest-volumes=yes"},
        {"[pci nvme]\naddress=0000:03:00.0\nid=1b36:0010\n[disk x]\n"
         "device=/dev/disk/by-id/nvme-GAME2\n",
                NULL, 0, "PT-DISK-08", "nvme0n1 hangs on 0000:03:00.0",
                "remove this disk's section"},
        {"[vm]\n", no_kvm_flag, 0, "PT-CPU-02", "neither vmx nor svm", "firmware setup"},
        {"[vm]\n", no_kvm_module, 0, "PT-KVM-01", "/dev/kvm is not there", "modprobe kvm_intel"},
        {"[vm]\n", no_kvm_access, 0, "PT-KVM-02", "cannot be opened: Permission denied",
                "usermod -aG kvm"},
        {"[memory]\nsize=32G\n", NULL, 0, "PT-MEM-02",
                "wants 32768 MiB of memory, and 16384 MiB are available (/proc/meminfo", "size="},
        {"[boot]\nkernel=/missing\n", NULL, 0, "PT-VM-02", "the kernel /missing is not there",
                "kernel="},
        {"[boot]\nfirmware=bios\n" GPU_SECTION "primary=yes\n" SOUND_SECTION, NULL, 0, "PT-GPU-18",
                "draws only on a VGA card, and this one has class 0380",
                "primary=yes below line 3"},
        {"[display]\ntype=std\n" GPU_SECTION "primary=yes\n" SOUND_SECTION, NULL, 0, "PT-GPU-18",
                "with type=std in [display]", "remove primary=yes"},
        {GPU_SECTION "bar-size=1G\n" SOUND_SECTION, NULL, 0, "PT-GPU-17",
                "gpu 0000:01:00.0: the size of its memory cannot be changed", "bar-size=auto"},
        {GPU_SECTION "bar-size=1G\n" SOUND_SECTION, old_kernel, 0, "PT-GPU-17",
                "no /sys/bus/pci/devices/0000:01:00.0/resource1_resize, which began with Linux 6.1",
                "bar-size=auto"},
        {GPU_SECTION "bar-size=1G\n" SOUND_SECTION, resizable, 0, "PT-GPU-17",
                "its memory can be 128M, 256M, 512M, 64G, and not", "bar-size=auto"},
        {GPU_SECTION "bar-size=512M\n" SOUND_SECTION, no_room, 0, "PT-GPU-17",
                "keeps no room above 4 GiB", "Above 4G Decoding"},
        {GPU_SECTION "reset-method=acpi\n" SOUND_SECTION, three_ways, 0, "PT-GPU-19",
                "gpu 0000:01:00.0: it cannot be reset by acpi "
                "(/sys/bus/pci/devices/0000:01:00.0/reset_method: flr, pm, bus)",
                "or one of flr, pm, bus"},
        {GPU_SECTION "reset-method=bus\n" SOUND_SECTION, no_way, 0, "PT-GPU-19",
                "reset_method: nothing)", "reset-method=auto"},
        {GPU_SECTION "reset-method=bus\n" SOUND_SECTION, NULL, 0, "PT-GPU-19",
                "no /sys/bus/pci/devices/0000:01:00.0/reset_method, which began with Linux 5.15",
                "reset-method=auto"},
        {GPU_SECTION "romfile=/missing\n" SOUND_SECTION, NULL, 0, "PT-VM-02",
                "the ROM file /missing is not there", "romfile="},
        {GPU_SECTION "romfile=/hidden\n" SOUND_SECTION, NULL, 0, "PT-GPU-13",
                "the ROM file /hidden cannot be read by the user that QEMU runs as: Permission "
                "denied",
                "sudo install -Dm644 /hidden /etc/playthrough/roms/hidden"},
        {GPU_SECTION "romfile=/other\n" SOUND_SECTION, NULL, 0, "PT-GPU-14",
                "/other is the ROM of a 10de:10d3, and the card is 8086:10d3",
                "sudo playthrough rom dump 0000:01:00.0 FILE"},
        {GPU_SECTION "romfile=/header\n" SOUND_SECTION, NULL, 0, "PT-GPU-15",
                "/header begins with 512 bytes of another program's header",
                "playthrough rom trim /header NEW.rom"},
        {"[boot]\nfirmware=bios\n" GPU_SECTION "romfile=/card\n" SOUND_SECTION, NULL, 0,
                "PT-GPU-13", "/card holds no x86 image", "firmware=uefi"},
        {GPU_SECTION "romfile=/card\nrombar=no\n" SOUND_SECTION, NULL, 0, "PT-GPU-13",
                "there is romfile=/card, and rombar=no", "keep one of the two below line 1"},
};

static void check_refusal(size_t i)
{
	struct vm_options options = usual;
	struct vm_plan p;
	struct err err = {0};
	struct pc pc;

	build_pc(&pc);
	if (refusals[i].change)
		refusals[i].change(&pc);
	options.session = refusals[i].how & SESSION;
	if (plan(&pc, refusals[i].text, &options, &p, &err) == 0)
		fail_msg("refusal %zu (%s): was planned", i, refusals[i].message);
	if (!streq(err.code, refusals[i].code) || !strstr(err.message, refusals[i].message) ||
	        !strstr(err.hint, refusals[i].hint) || err.number >= 0)
		fail_msg("refusal %zu (%s): %s %s [%s]", i, refusals[i].message, err.code,
		        err.message, err.hint);
}

/* Whoever has a second keyboard or mouse is not lost; a test drive takes none. */
static void test_inputs(void **state)
{
	struct vm_options drive = usual;
	struct vm_plan p;
	struct err err = {0};
	struct pc pc;

	(void)state;
	build_pc(&pc);
	no_right_ctrl(&pc);
	pc.nodes[3] = (struct input_node){.name = "event6", .input = "input10", .mouse = true};
	pc.host.input_nodes.n = 4;
	pc.usb[1] = pc.usb[0];
	pc.usb[1].sysname = (char *)"1-2";
	pc.host.usb.n = 2;
	assert_int_equal(plan(&pc, KEYBOARD, &usual, &p, &err), 0);
	assert_int_equal(p.n_inputs, 1);
	assert_string_equal(p.inputs[0].usb, "1-1");
	assert_true(p.inputs[0].devnum == 4 && !p.shares_mouse);
	vm_plan_finish(&p);
	assert_int_equal(plan(&pc, MOUSE, &usual, &p, &err), 0);
	assert_true(p.shares_mouse && !p.inputs[0].usb);
	vm_plan_finish(&p);
	drive.test_drive = true;
	assert_int_equal(plan(&pc, KEYBOARD MOUSE, &drive, &p, &err), 0);
	assert_int_equal(p.n_inputs, 0);
	vm_plan_finish(&p);
}

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		check_refusal(i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_golden),
	        cmocka_unit_test(test_console_out),
	        cmocka_unit_test(test_sound_out),
	        cmocka_unit_test(test_claims),
	        cmocka_unit_test(test_shares),
	        cmocka_unit_test(test_only_network),
	        cmocka_unit_test(test_drive_is_a_start),
	        cmocka_unit_test(test_drive_words),
	        cmocka_unit_test(test_free_ports),
	        cmocka_unit_test(test_no_injection),
	        cmocka_unit_test(test_bar_size),
	        cmocka_unit_test(test_looking_glass),
	        cmocka_unit_test(test_monitor),
	        cmocka_unit_test(test_reset_method),
	        cmocka_unit_test(test_functions),
	        cmocka_unit_test(test_primary),
	        cmocka_unit_test(test_unseen_rom),
	        cmocka_unit_test(test_panic_out),
	        cmocka_unit_test(test_inputs),
	        cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
