/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The short lines of a recorded machine (see machine.h): each stands for the few files of sysfs, procfs and
 * udev that check and plan read of one thing. Part of machine.h, which includes it after machine_put().
 */
#ifndef TEST_MACHINE_SHORT_H
#define TEST_MACHINE_SHORT_H

#include "base/util.h"

#include <stdarg.h>

static PRINTF(3, 4) void machine_printf(
        const struct machine *m, const char *path, const char *fmt, ...)
{
	cleanup_free char *full = machine_path(m, "", path), *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	machine_put(full, text, strlen(text));
}

/* A link at @path to the absolute @target, made relative: nothing may lead out of the folder. */
static void machine_link(const struct machine *m, const char *path, const char *target)
{
	cleanup_free char *full = machine_path(m, "", path), *up = xstrdup(""), *relative = NULL;

	for (const char *s = path + 1; (s = strchr(s, '/')); s++) {
		char *more = xasprintf("%s../", up);

		free(up);
		up = more;
	}
	relative = xasprintf("%s%s", up, target + 1);
	if (symlink(relative, full) < 0)
		machine_fail("symlink", full);
}

/* "/sys/devices/pci0000:00/0000:00:17.0" of the PCI function at @address; caller frees. */
static char *machine_device(const struct machine *m, const char *address)
{
	cleanup_free char *link = xasprintf("%s/sys/bus/pci/devices/%s", m->folder, address);
	char target[512];
	ssize_t n = readlink(link, target, sizeof(target));

	if (n < 0)
		machine_fail("no such PCI function", address);
	return xasprintf("/sys/%.*s", (int)n - 9, target + 9);
}

static void machine_unit(const struct machine *m, const char *name, char *rest)
{
	bool intel = starts_with(name, "dmar");
	cleanup_free char *folder = xasprintf("/sys/devices/virtual/iommu/%s", name);
	cleanup_free char *link = xasprintf("/sys/class/iommu/%s", name), *cap = NULL, *ecap = NULL;
	char *save = NULL, *first = strtok_r(rest, " ", &save),
	     *second = strtok_r(NULL, " ", &save);

	cap = xasprintf("%s/%s/cap", folder, intel ? "intel-iommu" : "amd-iommu");
	ecap = xasprintf("%s/%s", folder, intel ? "intel-iommu/ecap" : "amd-iommu/features");
	machine_printf(m, cap, "%s\n", first);
	machine_printf(m, ecap, "%s\n", second);
	machine_link(m, link, folder);
}

static void machine_group(const struct machine *m, const char *folder, const char *id)
{
	cleanup_free char *group = xasprintf("/sys/kernel/iommu_groups/%s", id);
	cleanup_free char *type = xasprintf("%s/type", group), *host = NULL;
	cleanup_free char *own = xasprintf("%s/iommu_group", folder);
	cleanup_free char *member = xasprintf("%s/devices/%s", group, strrchr(folder, '/') + 1);

	host = xasprintf("%s%s", m->folder, type);
	if (access(host, F_OK) < 0)
		machine_printf(m, type, "DMA-FQ\n");
	machine_link(m, own, group);
	machine_link(m, member, folder);
}

struct machine_pci {
	const char *reset; /* ways with commas; "-" none; NULL: what graphics cards mostly have */
	uint64_t vram;
	bool boot, rom;
};

/* Six BARs and the ROM: 256 MiB of memory at @vram, 512 KiB of ROM. */
static void machine_resource(
        const struct machine *m, const char *folder, const struct machine_pci *pci)
{
	static const char none[] = "0x0000000000000000 0x0000000000000000 0x0000000000000000\n";
	static const char rom[] = "0x00000000f7000000 0x00000000f707ffff 0x0000000000046200\n";
	cleanup_free char *path = xasprintf("%s/resource", folder);
	cleanup_free char *vram = xasprintf("0x%016jx 0x%016jx 0x000000000014220c\n",
	        (uintmax_t)pci->vram, (uintmax_t)pci->vram + (256 << 20) - 1);

	machine_printf(m, path, "%s%s%s%s%s%s%s", none, pci->vram ? vram : none, none, none, none,
	        none, pci->rom ? rom : none);
}

static void machine_graphics(
        const struct machine *m, const char *folder, bool vga, const struct machine_pci *pci)
{
	cleanup_free char *boot = xasprintf("%s/boot_vga", folder);
	cleanup_free char *reset = xasprintf("%s/reset_method", folder);
	cleanup_free char *ways = xstrdup(pci->reset ? pci->reset : "bus");

	for (char *c = ways; *c; c++)
		*c = *c == ',' ? ' ' : *c;
	if (vga)
		machine_printf(m, boot, "%d\n", pci->boot);
	machine_printf(m, reset, "%s\n", streq(ways, "-") ? "" : ways);
}

/* A word of a pci line that stands for a file or link of its own. */
static void machine_pci_word(const struct machine *m, const char *folder, char *word)
{
	cleanup_free char *path = NULL;

	if (starts_with(word, "group=")) {
		machine_group(m, folder, word + 6);
	} else if (starts_with(word, "driver=")) {
		cleanup_free char *driver = xasprintf("/sys/bus/pci/drivers/%s", word + 7);

		path = xasprintf("%s/driver", folder);
		machine_link(m, path, driver);
	} else if (starts_with(word, "sub=") && strlen(word) == 13) {
		cleanup_free char *device = xasprintf("%s/subsystem_device", folder);

		path = xasprintf("%s/subsystem_vendor", folder);
		machine_printf(m, path, "0x%.4s\n", word + 4);
		machine_printf(m, device, "0x%s\n", word + 9);
	} else {
		machine_fail(word, folder);
	}
}

static void machine_pci(const struct machine *m, const char *place, char *rest)
{
	static const char *const names[] = {"vendor", "device", "class"};
	cleanup_free char *folder = xasprintf("/sys/devices/pci%.7s/%s", place, place);
	cleanup_free char *link = xasprintf("/sys/bus/pci/devices/%s", strrchr(folder, '/') + 1);
	struct machine_pci pci = {0};
	char *save = NULL, *class = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_free char *path = xasprintf("%s/%s", folder, names[i]);

		class = strtok_r(i ? NULL : rest, i == 1 ? " " : ": ", &save);
		machine_printf(m, path, "0x%s\n", class);
	}
	machine_link(m, link, folder);
	for (char *w; (w = strtok_r(NULL, " ", &save));) {
		if (streq(w, "boot"))
			pci.boot = true;
		else if (streq(w, "rom"))
			pci.rom = true;
		else if (starts_with(w, "reset="))
			pci.reset = w + 6;
		else if (!starts_with(w, "vram="))
			machine_pci_word(m, folder, w);
		else if (parse_u64(w + 5, 16, UINT64_MAX >> 1, &pci.vram) < 0)
			machine_fail(w, folder);
	}
	if (pci.vram || pci.rom)
		machine_resource(m, folder, &pci);
	if (starts_with(class, "03"))
		machine_graphics(m, folder, starts_with(class, "0300"), &pci);
}

/* Letters number the disk: sda is 8:0, sdb 8:16; nvme0n1 259:0. It holds the mount as a whole. */
static void machine_disk(const struct machine *m, const char *name, char *rest)
{
	char *save = NULL, *address = strtok_r(rest, " ", &save),
	     *mount = strtok_r(NULL, " ", &save);
	bool nvme = starts_with(name, "nvme");
	int major = nvme ? 259 : 8, minor = nvme ? name[4] - '0' : (name[2] - 'a') * 16;
	cleanup_free char *device = machine_device(m, address);
	cleanup_free char *folder = nvme ? xasprintf("%s/nvme/%.5s/%s", device, name, name)
	                                 : xasprintf("%s/ata1/host0/block/%s", device, name);
	cleanup_free char *link = xasprintf("/sys/block/%s", name);
	cleanup_free char *udev = xasprintf("/run/udev/data/b%d:%d", major, minor);
	const char *const files[] = {"dev", "size", "removable", "ro", "queue/rotational"};
	cleanup_free char *number = xasprintf("%d:%d", major, minor);
	const char *const values[] = {number, "976773168", "0", "0", "0"};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		cleanup_free char *path = xasprintf("%s/%s", folder, files[i]);

		machine_printf(m, path, "%s\n", values[i]);
	}
	machine_link(m, link, folder);
	machine_printf(
	        m, udev, "S:disk/by-id/%s-Disk_%s\nE:ID_MODEL=Disk\n", nvme ? "nvme" : "ata", name);
	if (mount)
		machine_printf(m, "/proc/self/mountinfo",
		        "%d 1 %d:%d / %s rw,relatime - ext4 /dev/%s rw\n", 20 + minor, major, minor,
		        mount, name);
}

static void machine_net(const struct machine *m, const char *name, char *rest)
{
	char *save = NULL, *address = strtok_r(rest, " ", &save), *up = strtok_r(NULL, " ", &save);
	cleanup_free char *device = machine_device(m, address);
	cleanup_free char *folder = xasprintf("%s/net/%s", device, name);
	cleanup_free char *state = xasprintf("%s/operstate", folder);
	cleanup_free char *own = xasprintf("%s/device", folder);
	cleanup_free char *link = xasprintf("/sys/class/net/%s", name);

	machine_printf(m, state, "%s\n", up ? "up" : "down");
	machine_link(m, own, device);
	machine_link(m, link, folder);
	if (up)
		machine_printf(m, "/proc/net/route",
		        "Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	"
		        "Mask		MTU	Window	IRTT\n"
		        "%s	00000000	0101A8C0	0003	0	0	100	"
		        "00000000	0	0	0\n",
		        name);
}

static void machine_usb(const struct machine *m, const char *name, char *rest)
{
	char *save = NULL, *address = strtok_r(rest, " ", &save),
	     *kind = strtok_r(NULL, " ", &save);
	cleanup_free char *device = machine_device(m, address);
	cleanup_free char *folder = xasprintf("%s/usb%.1s/%s", device, name, name);
	cleanup_free char *link = xasprintf("/sys/bus/usb/devices/%s", name);
	const char *protocol = streq(kind, "keyboard") ? "01" : streq(kind, "mouse") ? "02" : "00";
	const char *const files[] = {
	        "idVendor", "idProduct", "bDeviceClass", "busnum", "devnum", "speed", "product"};
	const char *const values[] = {"046d", "c31c", "00", "1", "2", "12", kind};
	const char *const interface[] = {"Class", "SubClass", "Protocol"};
	const char *const codes[] = {*protocol && protocol[1] == '0' ? "ff" : "03", "01", protocol};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		cleanup_free char *path = xasprintf("%s/%s", folder, files[i]);

		machine_printf(m, path, "%s\n", values[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(interface); i++) {
		cleanup_free char *path =
		        xasprintf("%s/%s:1.0/bInterface%s", folder, name, interface[i]);

		machine_printf(m, path, "%s\n", codes[i]);
	}
	machine_link(m, link, folder);
}

/* Whether "@word @what @rest" is a short line, which is then done. */
static bool machine_short(const struct machine *m, const char *word, const char *what, char *rest)
{
	static const struct {
		const char *word;
		void (*put)(const struct machine *m, const char *what, char *rest);
	} table[] = {
	        {"unit", machine_unit},
	        {"pci", machine_pci},
	        {"disk", machine_disk},
	        {"net", machine_net},
	        {"usb", machine_usb},
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (!streq(table[i].word, word))
			continue;
		table[i].put(m, what, rest);
		return true;
	}
	return false;
}

#endif
