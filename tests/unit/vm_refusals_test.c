/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starts that are refused, each for one reason: its code, what is said and the cure; and that nothing has changed then, no
 * file of this PC, no driver, no process, no open file, no claim, and nobody was told anything.
 *
 * The PC is a folder, the daemon's own VMs are real, and each row is a start as a person asks for it.
 */
#include "vm/vm_impl.h"

#include <dirent.h>
#include <setjmp.h>

#include <cmocka.h>

#include "machine.h"
#include "rom_bytes.h"

#define CARD_AT  "/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0"
#define SOUND_AT "/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.1"
#define USB_AT   "/sys/devices/pci0000:00/0000:00:1c.0/0000:03:00.0"
#define SDB      "/sys/devices/pci0000:00/0000:00:17.0/ata1/host0/block/sdb"

/* On vfio-pci: a card with its sound; a second card, a USB controller, an NVMe disk and a SATA disk that nobody uses. */
static const char base[] =
        "include pc\ninclude intel-cpu\ninclude desktop\ninclude remapped\n"
        "unit dmar0 d2008c40660462 f050da\n"
        "file /sys/firmware/acpi/tables/DMAR DMAR\n"
        "pci 0000:00:01.0 8086:1901 060400 group=6 driver=pcieport\n"
        "pci 0000:00:01.0/0000:01:00.0 10de:1b81 030000 group=6 driver=vfio-pci sub=1043:8599\n"
        "pci 0000:00:01.0/0000:01:00.1 10de:10f0 040300 group=6 driver=vfio-pci\n"
        "pci 0000:00:01.1 8086:1905 060400 group=7 driver=pcieport\n"
        "pci 0000:00:01.1/0000:02:00.0 1002:687f 030000 group=7\n"
        "pci 0000:00:1c.0 8086:a290 060400 group=8 driver=pcieport\n"
        "pci 0000:00:1c.0/0000:03:00.0 1b21:2142 0c0330 group=9 driver=xhci_hcd\n"
        "pci 0000:00:1c.4 8086:a294 060400 group=10 driver=pcieport\n"
        "pci 0000:00:1c.4/0000:04:00.0 144d:a808 010802 group=11 driver=nvme\n"
        "disk sdb 0000:00:17.0\n"
        "disk nvme0n1 0000:04:00.0\n"
        "file /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages 0\n"
        "file /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages 0\n"
        "file /sys/kernel/mm/hugepages/hugepages-2048kB/resv_hugepages 0\n"
        "file /proc/sys/net/ipv4/ip_unprivileged_port_start 1024\n"
        "file /usr/share/qemu/firmware/60-plain.json {\"interface-types\": [\"uefi\"], "
        "\"mapping\": {\"device\": \"flash\", \"executable\": {\"filename\": \"@/code.fd\", "
        "\"format\": \"raw\"}, \"nvram-template\": {\"filename\": \"@/vars.fd\", \"format\": "
        "\"raw\"}}, \"targets\": [{\"architecture\": \"x86_64\", \"machines\": [\"pc-q35-*\"]}], "
        "\"features\": []}\n"
        "file /data/guest/vmlinuz x\nfile /data/guest/initrd.img x\n"
        "file /code.fd x\nfile /vars.fd x\n"
        "file /images/one.raw x\nfile /images/two.raw x\n";

#define GPU   "[gpu]\naddress=0000:01:00.0\nid=10de:1b81\n"
#define SOUND "[audio]\naddress=0000:01:00.1\nid=10de:10f0\n"
#define USB   "[usb-controller]\naddress=0000:03:00.0\nid=1b21:2142\n"
#define DISK  "[disk games]\ndevice=/dev/disk/by-id/ata-Disk_sdb\n"
#define NVME  "[disk fast]\ndevice=/dev/disk/by-id/nvme-Disk_nvme0n1\n"
#define PART  "[disk part]\ndevice=/dev/disk/by-partuuid/x-01\n"
#define IMAGE "[disk one]\nimage=@/images/one.raw\n"

#define NVME_PCI "[pci fast]\naddress=0000:04:00.0\nid=144d:a808\n"
#define NVME_AT  "/sys/devices/pci0000:00/0000:00:1c.4/0000:04:00.0"
#define LAN      "[pci lan]\naddress=0000:00:1f.6\nid=8086:15b8\n"
#define LAN_AT   "/sys/devices/pci0000:00/0000:00:1f.6"
/* Two virtual functions, one with a driver of a VM that is none of ours and one that this PC uses. */
#define TWO_VFS                                                                                \
	"put " NVME_AT "/sriov_totalvfs 4\nput " NVME_AT "/sriov_numvfs 2\n"                   \
	"pci 0000:00:1c.4/0000:04:00.1 144d:a808 010802 group=21 driver=nvme\n"                \
	"pci 0000:00:1c.4/0000:04:00.2 144d:a808 010802 group=22 driver=nvme\n"                \
	"link " NVME_AT "/virtfn0 ../0000:04:00.1\nlink " NVME_AT "/virtfn1 ../0000:04:00.2\n" \
	"disk nvme1n1 0000:04:00.1 /a\ndisk nvme2n1 0000:04:00.2 /b\n"
#define CAN_VFS "put " NVME_AT "/sriov_totalvfs 4\nput " NVME_AT "/sriov_numvfs 0\n"
#define VGPU                                                                         \
	"put " NVME_AT "/class 0x030000\n"                                           \
	"link /sys/class/mdev_bus/0000:04:00.0 ../../bus/pci/devices/0000:04:00.0\n" \
	"put " NVME_AT "/mdev_supported_types/x-1/available_instances 0\n"           \
	"put " NVME_AT "/mdev_supported_types/x-1/device_api vfio-pci\n"             \
	"put " NVME_AT "/mdev_supported_types/x-2/available_instances 3\n"           \
	"put " NVME_AT "/mdev_supported_types/x-2/device_api vfio-ccw\n"
/* A graphics card by its class. */
#define VGPU_OF "[gpu]\naddress=0000:04:00.0\nid=144d:a808\nmediated="
#define PART1                                                       \
	"put " SDB "/sdb1/partition 1\nput " SDB "/sdb1/dev 8:17\n" \
	"put " SDB "/sdb1/size 100\nput " SDB "/sdb1/start 2048\n"
#define PART1_NAME "put /run/udev/data/b8:17 S:disk/by-partuuid/x-01\n"
#define PART2                                                       \
	"put " SDB "/sdb2/partition 2\nput " SDB "/sdb2/dev 8:18\n" \
	"put " SDB "/sdb2/size 1000\nput " SDB "/sdb2/start 2000\n" \
	"put /run/udev/data/b8:18 I:1\n"

struct fixture {
	struct machine pc;
	sd_event *event;
	struct vms *vms;
	struct strv folders;
	char *run_dir, *data_dir;
	unsigned told;
};

/* --- what must not change --- */

static struct strv *seen; /* of the walk, which has no argument of its own */

static int see_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	char target[512] = "";
	uint32_t sum = 2166136261u;
	FILE *f = type == FTW_F ? fopen(path, "r") : NULL;

	(void)ftw;
	if (type == FTW_SL && readlink(path, target, sizeof(target) - 1) < 0)
		return -1;
	for (int c; f && (c = getc(f)) != EOF;)
		sum = (sum ^ (uint8_t)c) * 16777619u;
	if (f)
		fclose(f);
	strv_addf(seen, "%s %o %u %lld %lld.%09ld %x %s", path, st->st_mode, st->st_uid,
	        (long long)st->st_size, (long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec, sum,
	        target);
	return 0;
}

static void see_folder(const char *what, const char *path, struct strv *out)
{
	DIR *folder = opendir(path);

	assert_non_null(folder);
	for (struct dirent *d; (d = readdir(folder));)
		strv_addf(out, "%s %s", what, d->d_name);
	closedir(folder);
}

static void see_processes(struct strv *out)
{
	cleanup_free char *path = xasprintf("/proc/self/task/%d/children", getpid());
	cleanup(root_close) struct root root;
	cleanup_free char *children = NULL;

	assert_int_equal(root_open(&root, "/", NULL), 0);
	children = root_read(&root, path);
	strv_addf(out, "children %s", children ? children : "not told");
	see_folder("thread", "/proc/self/task", out);
}

static void see_claims(const struct vms *vms, struct strv *out)
{
	strv_addf(out, "jobs %s, quarantine %zu", vms->jobs ? "some" : "none", vms->n_quarantine);
	for (const struct vm *vm = vms->list; vm; vm = vm->next)
		strv_addf(out, "vm %s state %d pci %zu groups %zu disks %zu usb %zu %s", vm->name,
		        vm->state, vm->journal.n_pci, vm->journal.n_groups, vm->journal.n_disks,
		        vm->journal.n_usb, vm->starting ? "starting" : "");
}

static char *snapshot(const struct fixture *f)
{
	cleanup_strv struct strv all = {0};

	seen = &all;
	assert_int_equal(nftw(f->pc.folder, see_file, 16, FTW_PHYS), 0);
	see_processes(&all);
	see_folder("open", "/proc/self/fd", &all);
	see_claims(f->vms, &all);
	strv_addf(&all, "told %u", f->told);
	return strv_join(&all, "\n");
}

static void print_changes(const char *before, const char *after)
{
	cleanup_strv struct strv a = {0}, b = {0};

	strv_split(&a, before, "\n");
	strv_split(&b, after, "\n");
	strv_foreach (line, &a)
		if (!strv_has(&b, *line))
			print_error("-%s\n", *line);
	strv_foreach (line, &b)
		if (!strv_has(&a, *line))
			print_error("+%s\n", *line);
}

/* --- the PC and its daemon --- */

static void on_vm(void *user, const char *name)
{
	(void)name;
	((struct fixture *)user)->told++;
}

static void on_job(void *user, struct vm_job *job)
{
	(void)job;
	((struct fixture *)user)->told++;
}

static void on_usb(void *user)
{
	((struct fixture *)user)->told++;
}

static int drop_group(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type;
	return streq(path + ftw->base, "iommu_group") ? unlink(path) : 0;
}

/* Lines of a machine, "include PART", and further: "rm PATH" and "put PATH TEXT" for files that are there, "no-groups"; "@" is its folder. */
static void apply(const struct machine *m, const char *text)
{
	cleanup_free char *cwd = xstrdup(""), *file = NULL, *whole = NULL;
	cleanup_strv struct strv lines = {0}, parts = {0};

	strv_split(&parts, text, "@");
	whole = strv_join(&parts, m->folder);
	strv_split(&lines, whole, "\n");
	strv_foreach (line, &lines) {
		char *path = strchr(*line, ' ') ? strchr(*line, ' ') + 1 : *line;
		cleanup_free char *part = NULL, *full = NULL;

		if (starts_with(*line, "include ")) {
			part = xasprintf("tests/machines/%s.part", path);
			machine_include(m, part, false);
		} else if (starts_with(*line, "rm ")) {
			full = xasprintf("%s%s", m->folder, path);
			if (nftw(full, machine_unlink, 16, FTW_DEPTH | FTW_PHYS) < 0)
				machine_fail("rm", full);
		} else if (streq(*line, "no-groups")) {
			assert_int_equal(nftw(m->folder, drop_group, 16, FTW_PHYS), 0);
		} else if (starts_with(*line, "put ")) {
			char *value = strchr(path, ' ');

			*value++ = '\0';
			machine_write(m, path, value);
		} else {
			machine_line(m, *line, &file, &cwd);
		}
	}
}

static void put_roms(const struct machine *m)
{
	unsigned char rom[2 * BLOCK] = "NVGI";
	const struct rom_file {
		const char *path;
		size_t at, size;
		uint16_t vendor;
	} files[] = {{"/roms/header.rom", BLOCK, 2 * BLOCK, 0x10de},
	        {"/roms/other.rom", BLOCK, BLOCK, 0x1002}, {"/roms/good.rom", BLOCK, BLOCK, 0x10de},
	        {"/roms/cut.rom", BLOCK, 300, 0x10de}};

	put_image(rom + BLOCK, ROM_CODE_UEFI, true);
	put16(rom + BLOCK + 0x22, 0x1b81);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		put16(rom + BLOCK + 0x20, files[i].vendor);
		assert_int_equal(root_write(&m->root, files[i].path,
		                         files[i].size > BLOCK ? rom : rom + files[i].at,
		                         files[i].size, 0644, NULL),
		        0);
	}
	assert_int_equal(root_write(&m->root, "/roms/hidden.rom", rom, BLOCK, 0600, NULL), 0);
}

static void begin(struct fixture *f)
{
	const struct vm_listener listener = {
	        .vm_changed = on_vm, .job_changed = on_job, .usb_changed = on_usb, .user = f};
	struct vm_env env = {.session = true, .libexec_dir = "", .qemu = "/qemu"};

	machine_open(&f->pc, NULL);
	assert_int_equal(chmod(f->pc.folder, 0755), 0);
	apply(&f->pc, base);
	put_roms(&f->pc);
	f->run_dir = xasprintf("%s/run/playthrough", f->pc.folder);
	f->data_dir = xasprintf("%s/data", f->pc.folder);
	env.data_dir = f->data_dir;
	strv_addf(&f->folders, "%s/profiles", f->pc.folder);
	assert_true(sd_event_new(&f->event) >= 0);
	env.event = f->event;
	env.run_dir = env.state_dir = f->run_dir;
	env.profile_folders = &f->folders;
	machine_write(&f->pc, "/profiles/games.profile", "[vm]\n");
	assert_int_equal(vms_create(&env, &listener, &f->vms, NULL), 0);
	/* From here on it is the system's daemon of the PC in the folder. */
	f->vms->env.session = false;
	root_close(&f->vms->root);
	assert_int_equal(root_open(&f->vms->root, f->pc.folder, NULL), 0);
}

static void end(struct fixture *f)
{
	vms_destroy(f->vms);
	sd_event_unref(f->event);
	strv_finish(&f->folders);
	free(f->run_dir);
	free(f->data_dir);
	machine_close(&f->pc);
}

/* "@" is the PC's folder: what is no fact of sysfs is looked for by its path. */
static void write_profile(struct fixture *f, const char *text)
{
	cleanup_strv struct strv parts = {0};
	cleanup_free char *whole = NULL;

	strv_split(&parts, text, "@");
	whole = strv_join(&parts, f->pc.folder);
	machine_write(&f->pc, "/profiles/games.profile", whole);
}

/* --- what others have --- */

static struct vm *other_vm(struct fixture *f, enum vm_state state)
{
	struct vm *vm = vms_get(f->vms, "other");

	vm->state = state;
	return vm;
}

static void runs_already(struct fixture *f)
{
	vms_get(f->vms, "games")->state = VM_RUNNING;
}

static void stops_still(struct fixture *f)
{
	vms_get(f->vms, "games")->state = VM_STOPPING;
}

static void other_has_card(struct fixture *f)
{
	struct journal *j = &other_vm(f, VM_RUNNING)->journal;

	*list_append(j->pci, j->n_pci) = (struct journal_pci){.addr = {0, 1, 0, 0}};
}

static void other_has_part(struct fixture *f)
{
	struct journal *j = &other_vm(f, VM_RUNNING)->journal;

	*list_append(j->shares, j->n_shares) =
	        (struct journal_share){.kind = VM_SHARE_VIRTUAL, .parent = {0, 4, 0, 0}};
}

static void other_has_disk(struct fixture *f)
{
	struct journal *j = &other_vm(f, VM_STARTING)->journal;

	*list_append(j->disks, j->n_disks) = (struct journal_disk){
	        .name = xstrdup("d"), .device = xstrdup("/dev/disk/by-id/ata-Disk_sdb")};
}

static void other_has_port(struct fixture *f)
{
	other_vm(f, VM_RUNNING)->journal.forward = xstrdup("rdp");
}

static void quarantine(struct fixture *f, unsigned function, int why)
{
	struct journal_pci p = {
	        .addr = {0, 1, 0, function}, .previous = (char *)"nouveau", .home = why == 0};
	struct err err;

	err_set(&err, why, "PCI device 0000:01:00.%u did not survive its reset", function);
	vms_quarantine_add(f->vms, &p, &err);
}

static void card_died(struct fixture *f)
{
	quarantine(f, 0, -ENOTRECOVERABLE);
}

static void sound_died(struct fixture *f)
{
	quarantine(f, 1, -ENOTRECOVERABLE);
}

static void card_lost_driver(struct fixture *f)
{
	quarantine(f, 0, -EIO);
}

static void in_session(struct fixture *f)
{
	f->vms->env.session = true;
}

/* --- the table --- */

#define DEAD "PCI device 0000:01:00.0 is quarantined: PCI device 0000:01:00.0 did not survive"

static const struct row {
	const char *profile, *pc;
	void (*before)(struct fixture *f);
	bool test_drive;
	const char *code, *message, *hint;
} rows[] = {
        /* of the VM itself */
        {"[vm]\n", NULL, runs_already, false, "PT-VM-10", "is running already", "status games"},
        {"[vm]\n", NULL, stops_still, false, "PT-VM-10", "is still stopping", "status games"},
        {GPU SOUND, NULL, in_session, false, "PT-VM-01", "owns the PCI function 0000:01:00.0",
                "--session"},
        {DISK, NULL, in_session, false, "PT-VM-01", "is the raw disk", "--session"},
        /* what others have */
        {GPU SOUND, NULL, other_has_card, false, "PT-VM-11", "0000:01:00.0 is in use by VM other",
                "playthrough stop other"},
        {DISK, NULL, other_has_disk, false, "PT-VM-11", "is in use by VM other",
                "playthrough stop other"},
        {"[network]\nforward=tcp:3389:22\n", NULL, other_has_port, false, "PT-VM-31",
                "port 3389 of this PC leads to VM other already", "playthrough stop other"},
        {"[network]\nforward=tcp:22\n", NULL, NULL, false, "PT-VM-32", "port 22", "tcp:8022:22"},
        /* what did not survive */
        {GPU SOUND, NULL, card_died, false, "PT-VM-12", DEAD, "off and on again"},
        {GPU SOUND, NULL, sound_died, false, "PT-VM-12", "0000:01:00.1 is quarantined",
                "off and on again"},
        {GPU SOUND, NULL, card_died, true, "PT-VM-12", DEAD, "off and on again"},
        {GPU SOUND, NULL, card_lost_driver, false, "PT-VM-12", DEAD, "off and on again"},
        /* another part of its group is claimed with it */
        {GPU, NULL, sound_died, false, "PT-VM-12", "0000:01:00.1 is quarantined",
                "off and on again"},
        {GPU SOUND, "hex " CARD_AT "/config ff ff ff ff ff ff ff ff\n", NULL, false, "PT-GPU-07",
                "10de:1b81 does not answer: its vendor reads as ffff", "cut its power"},
        /* devices */
        {"[gpu]\naddress=0000:09:00.0\nid=10de:1b81\n", NULL, NULL, false, "PT-PCI-01",
                "no such PCI function", "it is at 0000:01:00.0 now"},
        {"[gpu]\naddress=0000:01:00.0\nid=10de:2204\n", NULL, NULL, false, "PT-PCI-02",
                "is 10de:1b81, profile says 10de:2204", "lspci"},
        {GPU "subsystem=1458:4001\n", NULL, NULL, false, "PT-PCI-02", "has subsystem 1043:8599",
                "lspci"},
        {GPU "path=0000:00:01.1/00.0\n", NULL, NULL, false, "PT-PCI-02",
                "sits at 0000:00:01.0/00.0", "lspci"},
        {GPU "serial=0011223344556677\n", NULL, NULL, false, "PT-PCI-02",
                "has serial number unknown", "lspci"},
        {GPU "[pci x]\naddress=0000:01:00.0\nid=10de:1b81\n", NULL, NULL, false, "PT-PCI-03",
                "it is there twice", "keep one"},
        {"[gpu]\naddress=0000:00:02.0\nid=8086:3e92\n", NULL, NULL, false, "PT-PCI-04",
                "boot display", "playthrough-setup"},
        {"[usb-controller]\naddress=0000:00:14.0\nid=8086:a2af\n", NULL, NULL, false, "PT-PCI-04",
                "keyboard", "playthrough-setup"},
        {"[pci sata]\naddress=0000:00:17.0\nid=8086:a282\n", NULL, NULL, false, "PT-PCI-04", "sda",
                "playthrough-setup"},
        {"[pci lan]\naddress=0000:00:1f.6\nid=8086:15b8\n", NULL, NULL, false, "PT-PCI-04", "eno1",
                "playthrough-setup"},
        {"[gpu]\naddress=0000:03:00.0\nid=1b21:2142\n", NULL, NULL, false, "PT-PCI-05",
                "which is no gpu", "[pci NAME]"},
        {"[pci port]\naddress=0000:00:01.0\nid=8086:1901\n", NULL, NULL, false, "PT-PCI-05",
                "is a bridge", "behind it"},
        {NVME_PCI "virtual-function=auto\n", NULL, NULL, false, "PT-PCI-07",
                "can have no virtual functions", "virtual-function=no"},
        {NVME_PCI "virtual-function=auto\n", CAN_VFS "rm " NVME_AT "/driver\n", NULL, false,
                "PT-PCI-07", "has no driver that looks after its virtual functions",
                "load that driver"},
        {NVME_PCI "virtual-function=4\n", CAN_VFS, NULL, false, "PT-PCI-07",
                "its virtual functions are 0 to 3", "smaller number"},
        {NVME_PCI "virtual-function=0\nvirtual-function-count=5\n", CAN_VFS, NULL, false,
                "PT-PCI-07", "virtual-function-count=5, and it has at most 4", "smaller number"},
        {NVME_PCI "virtual-function=0\nmac=52:54:00:00:00:01\n", CAN_VFS, NULL, false, "PT-PCI-07",
                "it is no network card", "remove mac= and vlan="},
        {NVME_PCI "virtual-function=2\n", TWO_VFS, NULL, false, "PT-PCI-07",
                "its virtual functions are 0 to 1", "echo 0 >"},
        {NVME_PCI "virtual-function=auto\n", TWO_VFS, NULL, false, "PT-PCI-08",
                "none of its 2 virtual functions is free: 0000:04:00.1 (nvme), 0000:04:00.2",
                "virtual-function-count="},
        {NVME_PCI "virtual-function=1\n", TWO_VFS, NULL, false, "PT-PCI-04", "nvme2n1",
                "take another device"},
        {NVME_PCI "virtual-function=0\n[pci two]\naddress=0000:04:00.0\nid=144d:a808\n", CAN_VFS,
                NULL, false, "PT-PCI-03", "it is there twice", "keep one"},
        {NVME_PCI, TWO_VFS, NULL, false, "PT-PCI-04", "2 virtual functions of it are made",
                "virtual-function=auto"},
        {NVME_PCI "virtual-function=0\n", CAN_VFS, other_has_part, false, "PT-VM-11",
                "virtual function 0 of 0000:04:00.0 is in use by VM other", "stop other"},
        {LAN "virtual-function=auto\n",
                "put " LAN_AT "/sriov_totalvfs 7\nput " LAN_AT "/sriov_numvfs 0\n", NULL, false,
                "PT-PCI-09", "may interrupt eno1", "SR-IOVVirtualFunctions="},
        {"[gpu]\naddress=0000:01:00.0\nid=10de:1b81\nmediated=nvidia-63\n", NULL, NULL, false,
                "PT-PCI-07", "its driver makes no mediated devices", "enable_gvt"},
        {VGPU_OF "nvidia-63\n", VGPU, NULL, false, "PT-PCI-07", "x-1 (0), x-2 (3)", "mediated="},
        {VGPU_OF "x-1\n", VGPU, NULL, false, "PT-PCI-08", "no x-1 is left", "smaller kind"},
        {VGPU_OF "x-2\n", VGPU, NULL, false, "PT-PCI-07", "device_api: vfio-ccw", "another kind"},
        {USB, "rm " USB_AT "/iommu_group\n", NULL, false, "PT-PCI-06", "is in no IOMMU group",
                "slot"},
        /* the IOMMU */
        {GPU SOUND, "no-groups\nrm /sys/kernel/iommu_groups\nrm /sys/firmware/acpi/tables/DMAR\n",
                NULL, false, "PT-IOMMU-01", "this PC has no IOMMU", "VT-d"},
        {GPU SOUND, "no-groups\nrm /sys/kernel/iommu_groups\n", NULL, false, "PT-IOMMU-02",
                "the IOMMU is off", "playthrough-setup apply"},
        {GPU SOUND, "put /sys/devices/virtual/iommu/dmar0/intel-iommu/ecap f0101a7\n", NULL, false,
                "PT-IOMMU-03", "bit 3 clear", "firmware"},
        {GPU SOUND, "put /proc/interrupts    0:  40  0  IO-APIC    2-edge      timer\n", NULL,
                false, "PT-IOMMU-04", "interrupt remapping is off", "intremap=off"},
        {GPU, "rm " SOUND_AT "/driver\nlink " SOUND_AT "/driver ../x/snd_hda_intel\n", NULL, false,
                "PT-IOMMU-05", "IOMMU group 6 also holds 0000:01:00.1", "playthrough-setup apply"},
        /* ROM files */
        {GPU "romfile=@/roms/absent.rom\n" SOUND, NULL, NULL, false, "PT-VM-02",
                "roms/absent.rom is not there", "romfile="},
        {GPU "romfile=@/roms/hidden.rom\n" SOUND, NULL, NULL, false, "PT-GPU-13",
                "cannot be read by the user that QEMU runs as", "sudo install -Dm644"},
        {GPU "romfile=@/roms/cut.rom\n" SOUND, NULL, NULL, false, "PT-GPU-13", "is cut off",
                "playthrough rom dump 0000:01:00.0"},
        {GPU "romfile=@/profiles/games.profile\n" SOUND, NULL, NULL, false, "PT-GPU-13",
                "is no ROM", "playthrough rom dump 0000:01:00.0"},
        {GPU "romfile=@/roms\n" SOUND, NULL, NULL, false, "PT-GPU-13", "/roms", "romfile"},
        {GPU "romfile=@/roms/other.rom\n" SOUND, NULL, NULL, false, "PT-GPU-14",
                "is the ROM of a 1002:1b81, and the card is 10de:1b81", "rom dump"},
        {GPU "romfile=@/roms/header.rom\n" SOUND, NULL, NULL, false, "PT-GPU-15",
                "begins with 512 bytes of another program's header, NVGI", "rom trim"},
        {GPU "romfile=@/roms/good.rom\nrombar=no\n" SOUND, NULL, NULL, false, "PT-GPU-13",
                "rombar=no", "keep one"},
        {"[boot]\nfirmware=bios\n" GPU "romfile=@/roms/good.rom\n" SOUND, NULL, NULL, false,
                "PT-GPU-13", "holds no x86 image", "firmware=uefi"},
        /* what is shared with this PC, and how a card is reset */
        {"[input kbd]\ndevice=/dev/input/by-id/absent-event-kbd\n", NULL, NULL, false,
                "PT-INPUT-01", "input kbd: /dev/input/by-id/absent-event-kbd is not there",
                "plugged in"},
        {"[looking-glass]\nresolution=3840x2160\nmemory=kvmfr\n", NULL, NULL, false, "PT-GLASS-01",
                "/dev/kvmfr0 is not there", "memory=file"},
        {GPU "reset-method=acpi\n" SOUND, "put " CARD_AT "/reset_method flr bus\n", NULL, false,
                "PT-GPU-19", "it cannot be reset by acpi", "or one of flr, bus"},
        /* disks */
        {"[disk x]\ndevice=/dev/disk/by-id/ata-Disk_sdz\n", NULL, NULL, false, "PT-DISK-02",
                "is not there", "plugged in"},
        {"[disk x]\ndevice=/dev/disk/by-id/ata-Disk_sda\n", NULL, NULL, false, "PT-DISK-01",
                "is in use by this PC: sda is mounted on /", "unmount"},
        {DISK "serial=OTHER\n", NULL, NULL, false, "PT-DISK-03", "profile says OTHER", "serial="},
        {DISK "size=1G\n", NULL, NULL, false, "PT-DISK-03", "/sys/class/block/sdb/size", "size="},
        {DISK "[disk two]\ndevice=/dev/disk/by-id/ata-Disk_sdb\n", NULL, NULL, false, "PT-DISK-04",
                "is disk games already", "keep one"},
        {IMAGE "serial=S\n[disk two]\nimage=@/images/two.raw\nserial=S\n", NULL, NULL, false,
                "PT-DISK-05", "serial number S on disk one too", "serial="},
        {"[disk x]\nimage=@/images/absent.raw\n", NULL, NULL, false, "PT-DISK-06",
                "images/absent.raw is not there", "playthrough disk create"},
        {"[disk x]\nimage=@/images/one.raw\nformat=qcow2\nbacking=raw:@/images/absent.raw\n", NULL,
                NULL, false, "PT-IMAGE-05", "images/absent.raw, which the image", "backing="},
        {"[disk x]\nimage=@/images/one.raw\nformat=qcow2\npassphrase-file=@/absent\n", NULL, NULL,
                false, "PT-IMAGE-06", "absent, which is not there", "-m 600"},
        {DISK "writable=yes\n", "put " SDB "/ro 1\n", NULL, false, "PT-DISK-07",
                "write-protected (/sys/block/sdb/ro", "writable=no"},
        {DISK "bus=sata\n", NULL, NULL, false, "PT-DISK-07", "bus sata cannot be read-only",
                "bus=virtio"},
        {"[pci nvme]\naddress=0000:04:00.0\nid=144d:a808\n" NVME, NULL, NULL, false, "PT-DISK-08",
                "nvme0n1 hangs on 0000:04:00.0", "remove this disk's section"},
        {DISK, PART1 "put /run/udev/data/b8:17 E:ID_FS_TYPE=LVM2_member\n", NULL, false,
                "PT-DISK-31", "made of several: LVM2_member (/run/udev/data/b8:17)",
                "guest-volumes=yes"},
        {PART, PART1 PART1_NAME PART2, NULL, false, "PT-DISK-32",
                "sdb1 and sdb2 lie over each other on sdb", "the whole disk"},
        {PART, PART1 PART1_NAME "put " SDB "/holders/dm-7 1\n", NULL, false, "PT-DISK-01",
                "sdb is held by dm-7", "unmount"},
        {PART "size=1G\n", PART1 PART1_NAME, NULL, false, "PT-DISK-03",
                "(sdb1) has 51200 bytes (/sys/class/block/sdb1/size)", "size="},
        {PART "[disk two]\ndevice=/dev/disk/by-id/ata-Disk_sdb\n", PART1 PART1_NAME, NULL, false,
                "PT-DISK-04", "is disk part already", "keep one"},
        {DISK, "put /proc/500/comm dd\nlink /proc/500/fd/3 /dev/sdb\n", NULL, false, "PT-DISK-01",
                "sdb is open in process 500, dd (/proc/500/fd)", "unmount"},
        {DISK, "put /proc/500/mountinfo 9 1 8:16 / /in rw - ext4 /dev/root rw\n", NULL, false,
                "PT-DISK-01",
                "mounted on /in in a mount namespace of process 500 (/proc/500/mountinfo)",
                "unmount"},
        {DISK,
                "put /proc/500/comm qemu\nlink /proc/500/fd/3 /dev/sdb\n"
                "put /proc/500/cgroup 0::/a/playthrough-vm-second.service\n",
                NULL, false, "PT-VM-11", "is in use by VM second", "playthrough stop second"},
        /* processor, memory, firmware, files */
        {"[vm]\n", "put /proc/cpuinfo processor : 0\nrm /dev/kvm\n", NULL, false, "PT-CPU-02",
                "neither vmx nor svm", "firmware setup"},
        {"[vm]\n", "rm /sys/module/kvm_intel\nrm /dev/kvm\n", NULL, false, "PT-KVM-01",
                "/dev/kvm is not there", "modprobe kvm_intel"},
        {"[cpu]\ncount=2\npin=2,77\n", NULL, NULL, false, "PT-CPU-04", "77", "pin="},
        {"[memory]\nsize=64G\n", NULL, NULL, false, "PT-MEM-02", "wants 65536 MiB of memory",
                "size="},
        {"[memory]\nsize=4G\nhugepages=1G\n", NULL, NULL, false, "PT-MEM-03",
                "huge pages of 1024 MiB", "hugepages=no"},
        {"[memory]\nsize=29G\nhugepages=2M\n", NULL, NULL, false, "PT-MEM-03",
                "it wants 29696 MiB in huge pages", "hugepages=no"},
        {"[vm]\n", "rm /usr/share/qemu\n", NULL, false, "PT-VM-02", "there is no UEFI firmware",
                "ovmf"},
        {"[vm]\nguest=windows-11\n", NULL, NULL, false, "PT-VM-02", "with Secure Boot and its keys",
                "secure-boot=no"},
        {"[boot]\nfirmware=bios\nsecure-boot=yes\n", NULL, NULL, false, "PT-VM-02",
                "needs firmware=uefi", "[boot]"},
        {"[boot]\nkernel=@/absent\n", NULL, NULL, false, "PT-VM-02", "absent is not there",
                "kernel="},
        {"[boot]\nkernel=@/images/one.raw\ninitrd=@/absent\n", NULL, NULL, false, "PT-VM-02",
                "absent is not there", "initrd="},
        {"[vm]\n", "rm /data/guest/vmlinuz\n", NULL, true, "PT-VM-02",
                "data/guest/vmlinuz is not there", "install it again"},
};

static void check(const struct row *row, size_t number)
{
	const struct vm_start_options options = {.test_drive = row->test_drive, .picture_fd = -1};
	cleanup_free char *before = NULL, *after = NULL;
	struct fixture f = {0};
	struct vm_job *job;
	struct err err = {0};

	begin(&f);
	apply(&f.pc, row->pc ? row->pc : "");
	write_profile(&f, row->profile);
	if (row->before)
		row->before(&f);
	f.told = 0;
	before = snapshot(&f);
	job = vms_start(f.vms, "games", &options, &err);
	if (job)
		fail_msg("row %zu (%s): it was begun", number, row->message);
	if (!streq(err.code, row->code) || !strstr(err.message, row->message) ||
	        !strstr(err.hint, row->hint) || err.number >= 0)
		fail_msg("row %zu (%s): %s %s [%s]", number, row->message, err.code, err.message,
		        err.hint);
	after = snapshot(&f);
	if (!streq(before, after)) {
		print_changes(before, after);
		fail_msg("row %zu (%s): something has changed", number, row->message);
	}
	end(&f);
}

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check(&rows[i], i);
	assert_true(ARRAY_SIZE(rows) >= 40);
}

/* What the table stands on: without any of its reasons the same PC plans the same VM. */
static void test_nothing_is_wrong(void **state)
{
	static const char *const good[] = {"[vm]\n", GPU SOUND USB DISK "writable=yes\n" NVME,
	        GPU "romfile=@/roms/good.rom\n" SOUND, IMAGE, "[memory]\nsize=4G\nhugepages=2M\n"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct vm_options options = {0};
		struct fixture f = {0};
		struct profile profile;
		struct host host;
		struct vm_plan plan;
		struct err err = {0};

		begin(&f);
		write_profile(&f, good[i]);
		vms_plan_options(f.vms, &options);
		if (profile_find(&f.folders, "games", &profile, &err) < 0 ||
		        host_take(&f.vms->root, &host, &err) < 0 ||
		        vm_plan_make(&host, &profile, &options, &plan, &err) < 0)
			fail_msg("%zu: %s [%s]", i, err.message, err.hint);
		vm_plan_finish(&plan);
		host_finish(&host);
		profile_finish(&profile);
		end(&f);
	}
}

/* A VM that has run before and starts anew is promised its pages from the first moment on. */
static void test_second_run(void **state)
{
	const struct vm_start_options options = {.picture_fd = -1};
	struct vm_options promised = {0};
	struct fixture f = {0};
	struct err err = {0};

	(void)state;
	begin(&f);
	write_profile(&f, "[memory]\nsize=4G\nhugepages=2M\n");
	vms_get(f.vms, "games")->pages.settled = true;
	if (!vms_start(f.vms, "games", &options, &err))
		fail_msg("%s [%s]", err.message, err.hint);
	vms_pages_promised(f.vms, &promised);
	assert_int_equal(promised.promised[0].bytes, 2u << 20);
	assert_int_equal(promised.promised[0].to_come, 2048);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_nothing_is_wrong),
	        cmocka_unit_test(test_refusals),
	        cmocka_unit_test(test_second_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
