/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCI functions as the guest's kernel shows them in /sys/bus/pci: place, driver, registers. */
#include "pci.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util.h"

#define DEVICES "/sys/bus/pci/devices"

#define CONFIG_COMMAND     4
#define COMMAND_MEMORY     0x02
#define COMMAND_BUS_MASTER 0x04
#define RESOURCE_IO        0x100

/* True where word is DDDD:BB:SS.F; *slot then points at BB. */
static bool is_address(const char *word, size_t length, const char **bus)
{
	const char *first = memchr(word, ':', length);
	const char *second =
	        first ? memchr(first + 1, ':', length - (size_t)(first + 1 - word)) : NULL;

	if (!second || second - first != 3 || word + length - second != 5 || second[3] != '.')
		return false;
	*bus = first + 1;
	return true;
}

bool pci_guest_path(const char *sysfs_path, char *path, size_t size)
{
	path[0] = '\0';
	while (*sysfs_path != '\0') {
		size_t length = strcspn(sysfs_path, "/");
		const char *bus;

		if (is_address(sysfs_path, length, &bus))
			guest_append(path, size, "%s%.*s", path[0] ? "/" : "",
			        (int)(sysfs_path + length - bus) - (path[0] ? 3 : 0),
			        path[0] ? bus + 3 : bus);
		else if (path[0] != '\0')
			break;
		sysfs_path += length + (sysfs_path[length] == '/');
	}
	return path[0] != '\0';
}

bool pci_path_of(const char *address, char *path, size_t size)
{
	char node[PATH_MAX], real[PATH_MAX];

	snprintf(node, sizeof node, DEVICES "/%s", address);
	return realpath(node, real) && pci_guest_path(real, path, size);
}

void pci_each(void (*fn)(const char *address, void *data), void *data)
{
	struct dirent **entries;
	int count = scandir(DEVICES, &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		if (entries[i]->d_name[0] != '.')
			fn(entries[i]->d_name, data);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

struct search {
	const char *path;
	char *address;
	bool found;
};

static void compare(const char *address, void *data)
{
	struct search *search = data;
	char path[PCI_PATH_SIZE];

	if (search->found || !pci_path_of(address, path, sizeof path))
		return;
	if (strcasecmp(path, search->path) != 0)
		return;
	guest_copy(search->address, PCI_ADDRESS_SIZE, address);
	search->found = true;
}

bool pci_find(const char *guest_path, char address[PCI_ADDRESS_SIZE])
{
	struct search search = {guest_path, address, false};

	pci_each(compare, &search);
	return search.found;
}

bool pci_owns(const char *address, const char *sysfs_node)
{
	char real[PATH_MAX], part[PCI_ADDRESS_SIZE + 2];

	snprintf(part, sizeof part, "/%s/", address);
	return realpath(sysfs_node, real) && strstr(real, part);
}

uint32_t pci_attribute(const char *address, const char *attribute)
{
	char path[PATH_MAX], text[32];

	snprintf(path, sizeof path, DEVICES "/%s/%s", address, attribute);
	if (guest_read_text(path, text, sizeof text) < 0)
		return 0;
	return (uint32_t)strtoul(text, NULL, 16);
}

bool pci_driver(const char *address, char *driver, size_t size)
{
	char path[PATH_MAX], link[PATH_MAX];
	ssize_t length;

	snprintf(path, sizeof path, DEVICES "/%s/driver", address);
	length = readlink(path, link, sizeof link - 1);
	if (length < 0)
		return false;
	link[length] = '\0';
	guest_copy(driver, size, strrchr(link, '/') ? strrchr(link, '/') + 1 : link);
	return true;
}

int pci_unbind(const char *address)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, DEVICES "/%s/driver/unbind", address);
	return guest_write_text(path, address);
}

int pci_rebind(const char *address)
{
	return guest_write_text("/sys/bus/pci/drivers_probe", address);
}

bool pci_bar_range(const char *address, int number, uint64_t *start, uint64_t *end, uint64_t *flags)
{
	char path[PATH_MAX], text[2048];
	char *line = text;

	snprintf(path, sizeof path, DEVICES "/%s/resource", address);
	if (guest_read_text(path, text, sizeof text) < 0)
		return false;
	for (int i = 0; i < number && line; i++) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	if (!line || sscanf(line, "%lx %lx %lx", start, end, flags) != 3)
		return false;
	return *end > *start;
}

/* Config space is ours to read and write whatever the kernel thinks of the device. */
static uint16_t read_command(const char *address)
{
	char path[PATH_MAX];
	uint16_t command = 0;
	int fd;

	snprintf(path, sizeof path, DEVICES "/%s/config", address);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (pread(fd, &command, sizeof command, CONFIG_COMMAND) != sizeof command)
		command = 0;
	close(fd);
	return command;
}

static void write_command(const char *address, unsigned command)
{
	uint16_t value = (uint16_t)command;
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof path, DEVICES "/%s/config", address);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	/* A device that does not take it does not answer, which its registers then show. */
	if (pwrite(fd, &value, sizeof value, CONFIG_COMMAND) != sizeof value)
		errno = EIO;
	close(fd);
}

static int map_resource(const char *address, int number, struct pci_bar *bar)
{
	char path[PATH_MAX];
	void *base;
	int fd;

	snprintf(path, sizeof path, DEVICES "/%s/resource%d", address, number);
	fd = open(path, O_RDWR | O_SYNC | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	base = mmap(NULL, bar->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (base == MAP_FAILED)
		return -errno;
	bar->base = base;
	return 0;
}

int pci_bar_map(const char *address, int number, bool bus_master, struct pci_bar *bar)
{
	uint64_t start, end, flags;
	char path[PATH_MAX];
	int result;

	memset(bar, 0, sizeof *bar);
	if (!pci_bar_range(address, number, &start, &end, &flags))
		return -ENODEV;
	if (flags & RESOURCE_IO)
		return -ENXIO;
	/* Registers lie at the start: of a 256 MiB BAR the first 64 KiB are plenty. */
	bar->size = end - start + 1 > 65536 ? 65536 : (size_t)(end - start + 1);
	bar->size = (bar->size + 4095) & ~(size_t)4095;
	snprintf(path, sizeof path, DEVICES "/%s/power/control", address);
	guest_write_text(path, "on");
	bar->command = read_command(address);
	snprintf(path, sizeof path, DEVICES "/%s/enable", address);
	result = guest_write_text(path, "1");
	if (result < 0)
		return result;
	write_command(
	        address, bar->command | COMMAND_MEMORY | (bus_master ? COMMAND_BUS_MASTER : 0));
	result = map_resource(address, number, bar);
	if (result < 0)
		pci_bar_unmap(address, bar);
	return result;
}

void pci_bar_unmap(const char *address, struct pci_bar *bar)
{
	char path[PATH_MAX];

	if (bar->base)
		munmap((void *)(uintptr_t)bar->base, bar->size);
	bar->base = NULL;
	snprintf(path, sizeof path, DEVICES "/%s/enable", address);
	guest_write_text(path, "0");
	/* The kernel takes bus mastering away there; a firmware's framebuffer may live on it. */
	write_command(address, bar->command);
}

uint32_t pci_read32(const struct pci_bar *bar, size_t offset)
{
	return offset + 4 <= bar->size ? *(volatile uint32_t *)(bar->base + offset) : 0xffffffff;
}

void pci_write32(const struct pci_bar *bar, size_t offset, uint32_t value)
{
	if (offset + 4 <= bar->size)
		*(volatile uint32_t *)(bar->base + offset) = value;
}

uint16_t pci_read16(const struct pci_bar *bar, size_t offset)
{
	return offset + 2 <= bar->size ? *(volatile uint16_t *)(bar->base + offset) : 0xffff;
}

void pci_write16(const struct pci_bar *bar, size_t offset, uint16_t value)
{
	if (offset + 2 <= bar->size)
		*(volatile uint16_t *)(bar->base + offset) = value;
}

uint8_t pci_read8(const struct pci_bar *bar, size_t offset)
{
	return offset < bar->size ? bar->base[offset] : 0xff;
}

void pci_write8(const struct pci_bar *bar, size_t offset, uint8_t value)
{
	if (offset < bar->size)
		bar->base[offset] = value;
}
