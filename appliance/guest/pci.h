/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCI functions as the guest's kernel shows them in /sys/bus/pci: place, driver, registers. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PCI_ADDRESS_SIZE 16 /* 0000:01:00.0 */
#define PCI_PATH_SIZE    128

struct pci_bar {
	volatile uint8_t *base; /* NULL where not mapped */
	size_t size;
	uint16_t command; /* the function's command register as it was */
};

/*
 * The guest path of a device from its resolved sysfs path: /sys/devices/pci0000:00/0000:00:04.0/
 * 0000:01:00.0/usb1 gives 00:04.0/00.0. False where the path names no PCI function.
 */
bool pci_guest_path(const char *sysfs_path, char *path, size_t size);

/* The same for a function's address, read from /sys. */
bool pci_path_of(const char *address, char *path, size_t size);

/* Finds the function with this guest path; false where there is none. */
bool pci_find(const char *guest_path, char address[PCI_ADDRESS_SIZE]);

/* Calls fn with each function's address, in order of address. */
void pci_each(void (*fn)(const char *address, void *data), void *data);

/* Whether the resolved path of /sys/... node lies below the function. */
bool pci_owns(const char *address, const char *sysfs_node);

/* A hexadecimal attribute of the function (vendor, device, class), 0 where unreadable. */
uint32_t pci_attribute(const char *address, const char *attribute);

/* The name of the bound driver; false where none is bound. */
bool pci_driver(const char *address, char *driver, size_t size);

/* Takes the driver off and lets the kernel find it again. 0 or -errno. */
int pci_unbind(const char *address);
int pci_rebind(const char *address);

/*
 * Switches the function on (memory decoding, and bus mastering if asked) and maps a memory BAR.
 * 0 or -errno: -ENODEV where the BAR does not exist, -EINVAL where a driver holds it (Debian's
 * kernels refuse then), -ENXIO where it is an I/O port BAR. pci_bar_unmap takes all of it back.
 */
int pci_bar_map(const char *address, int number, bool bus_master, struct pci_bar *bar);
void pci_bar_unmap(const char *address, struct pci_bar *bar);

/* The kernel's range of a BAR as in the resource file; false where the BAR is unused. */
bool pci_bar_range(
        const char *address, int number, uint64_t *start, uint64_t *end, uint64_t *flags);

/* Register access of the width that the device wants. */
uint32_t pci_read32(const struct pci_bar *bar, size_t offset);
void pci_write32(const struct pci_bar *bar, size_t offset, uint32_t value);
uint16_t pci_read16(const struct pci_bar *bar, size_t offset);
void pci_write16(const struct pci_bar *bar, size_t offset, uint16_t value);
uint8_t pci_read8(const struct pci_bar *bar, size_t offset);
void pci_write8(const struct pci_bar *bar, size_t offset, uint8_t value);
