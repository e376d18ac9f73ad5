/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/pci_card.h"
#include "host/attr.h"

#include <fcntl.h>
#include <unistd.h>

#define DEVICES "/sys/bus/pci/devices"
#define VFCT    "/sys/firmware/acpi/tables/VFCT"

/* --- configuration space --- */

bool pci_read_config(int fd, off_t at, uint32_t *out)
{
	unsigned char b[4];

	if (fd < 0 || pread(fd, b, sizeof(b), at) != sizeof(b))
		return false;
	*out = b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
	return true;
}

/* Reads nothing between the headers: each dword is an access to the device, slow in a virtual machine. */
off_t pci_find_extended(int fd, uint16_t id)
{
	off_t at = 0x100;
	uint32_t header;

	for (int steps = 0; steps < 960 && at >= 0x100; steps++) {
		if (!pci_read_config(fd, at, &header) || header == 0 || header == UINT32_MAX)
			return 0;
		if ((header & 0xffff) == id)
			return at;
		at = (header >> 20) & 0xffc;
	}
	return 0;
}

static int open_config(const struct root *root, const char *name)
{
	cleanup_free char *path = xasprintf(DEVICES "/%s/config", name);

	return root_openat(root, path, O_RDONLY | O_NONBLOCK, 0);
}

/* Documentation/ABI/testing/sysfs-bus-pci: power_state, sysfs-devices-power: runtime_status */
void pci_card_take_power(const struct root *root, const char *name, struct pci_device *d)
{
	cleanup_close int fd = -1;
	uint32_t id, status;

	d->power_state = attr_text(root, DEVICES "/%s/power_state", name);
	d->runtime_status = attr_text(root, DEVICES "/%s/power/runtime_status", name);
	fd = open_config(root, name);
	/* A virtual function has no id of its own there (SR-IOV 1.1, 3.4.1.1), but a status it has. */
	d->silent = pci_read_config(fd, 0, &id) && id == UINT32_MAX &&
	            pci_read_config(fd, 4, &status) && status == UINT32_MAX;
}

/* --- resizable BARs --- */

/*
 * Resizable BAR capability (PCIe 5.0, 7.8.6): pairs of registers, their number in bits 7:5 of the first control register.
 * Sizes are bits 31:4 of the first register (1 MiB and up) and, from 256 TiB on, bits 31:16 of the second.
 */
static void read_sizes(int fd, struct pci_device *d)
{
	off_t at = pci_find_extended(fd, 0x0015);
	uint32_t sizes, control;
	unsigned n = 1;

	for (unsigned i = 0; at && i < n; i++) {
		if (!pci_read_config(fd, at + 4 + 8 * i, &sizes) ||
		        !pci_read_config(fd, at + 8 + 8 * i, &control))
			return;
		if (i == 0)
			n = control >> 5 & 7;
		if ((control & 7) < ARRAY_SIZE(d->bar))
			d->bar[control & 7].sizes = sizes >> 4 | (uint64_t)(control >> 16) << 28;
	}
}

static void take_sizes(const struct root *root, const char *name, int fd, struct pci_device *d)
{
	bool told = false;

	for (size_t i = 0; i < ARRAY_SIZE(d->bar); i++) {
		uint64_t sizes = attr_u64(
		        root, 16, UINT64_MAX, 0, DEVICES "/%s/resource%zu_resize", name, i);

		d->bar[i].sizes = sizes;
		told |= sizes != 0;
	}
	d->bars_by_kernel = told;
	if (!told)
		read_sizes(fd, d);
}

/* --- ROM --- */

static bool take_rom_of_card(const struct root *root, const char *name, struct pci_device *d)
{
	cleanup_free char *path = xasprintf(DEVICES "/%s/rom", name);
	size_t size = 0;
	cleanup_free void *bytes = root_read_bytes(root, path, &size);

	if (!bytes || size == 0 || rom_parse(bytes, size, &d->rom, NULL) < 0)
		return false;
	d->rom_source = take_ptr(path);
	return true;
}

static void take_rom_of_firmware(const struct root *root, struct pci_device *d)
{
	size_t size = 0, at = 0;
	cleanup_free char *table = root_read_bytes(root, VFCT, &size);
	struct rom_copy copy;

	while (table && rom_next_vfct(table, size, &at, &copy)) {
		if (d->addr.domain || copy.bus != d->addr.bus || copy.device != d->addr.device ||
		        copy.function != d->addr.function || copy.vendor != d->vendor ||
		        copy.device_id != d->device)
			continue;
		if (rom_parse(table + copy.offset, copy.size, &d->rom, NULL) < 0)
			return;
		d->rom_source = xstrdup(VFCT);
		d->rom_is_firmwares = true;
		return;
	}
}

void pci_card_take(const struct root *root, const char *name, struct pci_device *d)
{
	cleanup_close int fd = open_config(root, name);

	take_sizes(root, name, fd, d);
	if (!take_rom_of_card(root, name, d))
		take_rom_of_firmware(root, d);
}

/* --- room above 4 GiB --- */

/* "4000000000-7fffffffff : PCI Bus 0000:00": windows of root buses stand at the left edge, all 0 without rights. */
static bool parse_window(const char *line, uint64_t *start, uint64_t *end)
{
	const char *name = strstr(line, " : PCI Bus ");
	cleanup_free char *from = NULL, *to = NULL;
	const char *dash = strchr(line, '-');

	if (!name || !dash || dash > name)
		return false;
	from = xstrndup(line, (size_t)(dash - line));
	to = xstrndup(dash + 1, (size_t)(name - dash - 1));
	return parse_u64(from, 16, UINT64_MAX, start) == 0 &&
	       parse_u64(to, 16, UINT64_MAX, end) == 0;
}

char *pci_card_take_room(const struct root *root)
{
	cleanup_free char *text = root_read(root, "/proc/iomem");
	char *line, *rest = text;
	bool told = false;
	uint64_t start, end;

	while (text && (line = text_next_line(&rest))) {
		if (!parse_window(line, &start, &end) || end == 0)
			continue;
		told = true;
		if (start >> 32)
			return text_clean(xstrdup(line));
	}
	return told ? xstrdup("") : NULL;
}
