/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli_rom_dump.h"
#include "base/i18n.h"
#include "host/rom_file.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#define DEVICES "/sys/bus/pci/devices/"
#define VFCT    "/sys/firmware/acpi/tables/VFCT"
#define WAKE_MS 1000

static char *file_of(struct pci_addr addr, const char *name)
{
	return xasprintf(DEVICES "%s/%s", pci_addr_format(addr).s, name);
}

static int refuse_busy(struct err *err)
{
	err_code(err, CODE_GPU_ROM_BUSY);
	return err ? err->number : -EBUSY;
}

static int read_id(const struct root *root, struct pci_addr addr, const char *name, uint16_t *out,
        struct err *err)
{
	cleanup_free char *path = file_of(addr, name);
	uint64_t value;
	int r = root_read_u64(root, path, 0, &value);

	if (r == -ENOENT) {
		err_set(err, -ENODEV, _("there is no PCI device %s (%s)"), pci_addr_format(addr).s,
		        path);
		err_hint(err, _("lspci -D lists what there is"));
		err_code(err, CODE_PCI_ABSENT);
		return -ENODEV;
	}
	*out = (uint16_t)value;
	return r < 0 ? err_errno(err, r, "%s", path) : 0;
}

int rom_dump_identify(const struct root *root, struct pci_addr addr, uint16_t *vendor,
        uint16_t *device, struct err *err)
{
	int r = read_id(root, addr, "vendor", vendor, err);

	return r < 0 ? r : read_id(root, addr, "device", device, err);
}

/* --- whether it may be touched --- */

static int check_answers(const struct root *root, struct pci_addr addr, struct err *err)
{
	cleanup_free char *path = file_of(addr, "config");
	cleanup_close int fd = root_openat(root, path, O_RDONLY, 0);
	unsigned char id[2];

	if (fd < 0 || pread(fd, id, 2, 0) != 2 || id[0] != 0xff || id[1] != 0xff)
		return 0;
	err_set(err, -EIO, _("PCI device %s does not answer: its vendor reads as ffff (%s)"),
	        pci_addr_format(addr).s, path);
	err_hint(err, _("shut this PC down and cut its power for half a minute"));
	err_code(err, CODE_GPU_SILENT);
	return -EIO;
}

static int check_driver(
        const struct root *root, struct pci_addr addr, const char *driver, struct err *err)
{
	(void)root;
	if (!driver || streq(driver, "vfio-pci"))
		return 0;
	err_set(err, -EBUSY,
	        _("driver %s has PCI device %s, and may lose it while its ROM is read"), driver,
	        pci_addr_format(addr).s);
	err_hint(err, _("keep the card from it at boot (playthrough-setup apply) and try again"));
	return refuse_busy(err);
}

/* The kernel lets one process at a time have a group: while we do, no VM can start with it. */
static int hold_group(const struct root *root, struct pci_addr addr, int *fd, struct err *err)
{
	cleanup_free char *link = file_of(addr, "iommu_group");
	cleanup_free char *group = root_link_name(root, link);
	cleanup_free char *node = xasprintf("/dev/vfio/%s", group ? group : "-");
	int opened = root_openat(root, node, O_RDWR, 0);

	if (opened == -ENOENT)
		return 0;
	*fd = opened;
	if (opened >= 0)
		return 0;
	err_errno(err, opened, _("PCI device %s is in the hands of a VM (%s)"),
	        pci_addr_format(addr).s, node);
	err_hint(err, _("stop the VM first; playthrough status shows which one it is"));
	return refuse_busy(err);
}

/* --- reading --- */

/* Asleep (D3hot) it reads as ff. Returns what its power file said, or NULL where nothing is to be put back. */
static char *wake(const struct root *root, struct pci_addr addr)
{
	cleanup_free char *control = file_of(addr, "power/control");
	cleanup_free char *status = file_of(addr, "power/runtime_status");
	char *before = root_read(root, control);

	if (!before || streq(before, "on") || root_poke(root, control, "on", NULL) < 0) {
		free(before);
		return NULL;
	}
	for (int waited = 0; waited < WAKE_MS; waited += 20) {
		cleanup_free char *now = root_read(root, status);

		if (!now || streq(now, "active") || streq(now, "unsupported"))
			break;
		nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	}
	return before;
}

static void let_sleep(const struct root *root, struct pci_addr addr, const char *before)
{
	cleanup_free char *control = file_of(addr, "power/control");

	if (before)
		root_poke(root, control, before, NULL);
}

static int read_card(
        const struct root *root, struct pci_addr addr, struct rom_dump *out, struct err *err)
{
	cleanup_free char *path = file_of(addr, "rom");
	cleanup_free char *before = wake(root, addr);
	int r = root_poke(root, path, "1", err);

	if (r == 0) {
		out->bytes = root_read_bytes(root, path, &out->size);
		r = out->bytes ? 0 : err_errno(err, -errno, "%s", path);
	}
	if (r != -ENOENT)
		root_poke(root, path, "0", NULL);
	let_sleep(root, addr, before);
	out->source = take_ptr(path);
	return r;
}

/* The copy that firmware keeps of an AMD card's ROM. */
static bool read_firmwares(const struct root *root, struct pci_addr addr, struct rom_dump *out)
{
	size_t size = 0, at = 0;
	cleanup_free char *table = root_read_bytes(root, VFCT, &size);
	struct rom_copy copy;

	while (table && rom_next_vfct(table, size, &at, &copy)) {
		if (addr.domain || copy.bus != addr.bus || copy.device != addr.device ||
		        copy.function != addr.function || copy.vendor != out->vendor ||
		        copy.device_id != out->device)
			continue;
		rom_dump_finish(out);
		out->bytes = xcalloc(copy.size, 1);
		memcpy(out->bytes, table + copy.offset, copy.size);
		out->size = copy.size;
		out->source = xstrdup(VFCT);
		out->firmwares = true;
		return true;
	}
	return false;
}

static bool is_boot_display(const struct root *root, struct pci_addr addr)
{
	cleanup_free char *path = file_of(addr, "boot_vga");
	uint64_t value = 0;

	return root_read_u64(root, path, 10, &value) == 0 && value == 1;
}

static int refuse_none(struct pci_addr addr, struct err *err)
{
	err_set(err, -ENODATA,
	        _("PCI device %s shows no ROM, and the firmware keeps no copy of it (%s)"),
	        pci_addr_format(addr).s, VFCT);
	err_hint(err, _("a card that firmware has started may hide its ROM: try it right after a "
	                "power cycle, in a slot that is not the first display's"));
	return refuse_busy(err);
}

static int take(
        const struct root *root, struct pci_addr addr, struct rom_dump *out, struct err *err)
{
	cleanup_free char *link = file_of(addr, "driver");
	cleanup_free char *driver = root_link_name(root, link);
	cleanup(rom_finish) struct rom rom = {0};
	cleanup_close int group = -1;
	int r = check_driver(root, addr, driver, err);

	r = r < 0 ? r : check_answers(root, addr, err);
	if (r == 0 && driver)
		r = hold_group(root, addr, &group, err);
	r = r < 0 ? r : read_card(root, addr, out, err);
	if (r == -ENOENT || (r == 0 && rom_parse(out->bytes, out->size, &rom, NULL) < 0))
		return refuse_none(addr, err);
	out->shadow = r == 0 && is_boot_display(root, addr);
	return r;
}

int rom_dump_take(
        const struct root *root, struct pci_addr addr, struct rom_dump *out, struct err *err)
{
	int r;

	*out = (struct rom_dump){0};
	r = rom_dump_identify(root, addr, &out->vendor, &out->device, err);
	if (r < 0)
		return r;
	if (is_boot_display(root, addr) && read_firmwares(root, addr, out))
		return 0;
	r = take(root, addr, out, err);
	if (r < 0 && r != -EACCES && r != -EPERM && read_firmwares(root, addr, out))
		return 0;
	if (r == -EACCES || r == -EPERM)
		err_hint(err, _("only root reads a card's ROM: sudo playthrough rom dump ..."));
	if (r < 0)
		rom_dump_finish(out);
	return r;
}

void rom_dump_finish(struct rom_dump *dump)
{
	free(take_ptr(dump->bytes));
	free(take_ptr(dump->source));
}
