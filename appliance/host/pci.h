/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every PCI function of this PC, as the kernel shows it in /sys/bus/pci/devices.
 *
 * libpci knows their names. It does not list them: its error handler must not return, so that one
 * unreadable entry would cost the whole list, and it would follow links out of a captured machine.
 * Nothing here needs root; what only root can read (serial number in the extended configuration
 * space) stays empty.
 */
#ifndef HOST_PCI_H
#define HOST_PCI_H

#include "base/pciaddr.h"
#include "base/root.h"
#include "host/rom.h"

struct pci_bar {
	uint64_t size; /* bytes; 0 = unused */
	bool io, is_64bit, prefetchable;
	bool unset; /* it has a size, but firmware and kernel found no address for it */
	uint64_t address;
	/*
	 * Resizable BAR: bit n is set where it could be 2^n MiB large; 0 = cannot be resized, or not told. From
	 * resourceN_resize (Linux 5.19), else from the configuration space, which only root gets to read.
	 */
	uint64_t sizes;
};

struct pci_device {
	struct pci_addr addr;
	uint16_t vendor, device, subsystem_vendor, subsystem_device;
	uint32_t
	        class_code; /* 24 bits, base << 16 | sub << 8 | interface: 0x030000 is a VGA controller */
	uint8_t revision;
	char *vendor_name, *device_name; /* from pci.ids; NULL where unknown */
	char *driver;                    /* name of the bound host driver, NULL when none */
	/*
	 * Where it sits: the slots from the root bus down, "0000:00:04.0/00.0". Unlike the address it does
	 * not change when a card elsewhere moves the bus numbers. The first part is a whole address, each
	 * further one "device.function"; root buses in between (VMD) have no part.
	 */
	char *path;
	char *serial; /* PCIe Device Serial Number capability, 16 hex digits; NULL where none or not readable */
	int iommu_group; /* -1 where there is none */
	int numa_node;   /* -1 unknown */
	int boot_vga;    /* 1 or 0; -1 where the kernel has no such file (not a VGA controller) */
	char *reset_method; /* "flr bus"; "" when the kernel knows no way; NULL when there is no such file */
	bool reset;         /* it has a `reset` file */
	int d3cold_allowed; /* 1, 0, -1 unknown */
	struct pci_bar bar[6];
	uint64_t rom_size; /* bytes; 0 = no expansion ROM */
	int parent;        /* index of the bridge above in the list, -1 on a root bus */
	/*
	 * Documentation/PCI/pci-iov-howto.rst: how many virtual functions it can have, and how many are made; 0 where there
	 * is no sriov_totalvfs.
	 */
	unsigned vfs_total, vfs;
	bool is_virtual;        /* it is one, */
	struct pci_addr physfn; /* of this function, */
	unsigned vf; /* and its number there: N of virtfnN and of `ip link set DEV vf N` */
	struct pci_bar window; /* of a bridge: its prefetchable memory window; size 0 = none */
	/* The rest is asked of graphics cards alone. */
	char *power_state; /* "D0", "D3hot", "D3cold", "unknown"; NULL before Linux 5.12 */
	char *runtime_status; /* power/runtime_status: "active", "suspended", ...; NULL where not told */
	bool bars_by_kernel; /* the sizes are those of resourceN_resize, which can be written, too */
	bool silent; /* its configuration space reads ff where sysfs remembers an id: it does not answer */
	struct rom
	        rom; /* images of its ROM; none where no copy of it can be read without touching the card */
	char *rom_source; /* the file that holds the copy, or NULL */
	bool rom_is_firmwares; /* the firmware's copy (VFCT), which may hold fewer images than the card */
};

struct pci {
	struct pci_device *list; /* ordered by address */
	size_t n;
	/*
	 * Room above 4 GiB for devices, from /proc/iomem: the first such window of a root bus as its line reads, "" where
	 * there is none, NULL where the file does not tell (only root sees its addresses).
	 */
	char *room_above_4g;
	size_t n_unreadable; /* entries that do not tell what they are: broken, or being removed */
};

int pci_take(const struct root *root, struct pci *out, struct err *err);
void pci_finish(struct pci *pci);

const struct pci_device *pci_find(const struct pci *pci, struct pci_addr addr);
/* The virtual function number @vf of @physfn; NULL: it is not made. */
const struct pci_device *pci_find_virtual(
        const struct pci *pci, struct pci_addr physfn, unsigned vf);
const struct pci_device *pci_find_path(const struct pci *pci, const char *path);

/* By class code: 0604 and 0600 stay with the host whatever their group. */
bool pci_is_bridge(const struct pci_device *d); /* PCI-to-PCI bridge or host bridge */
bool pci_is_gpu(const struct pci_device *d);    /* classes 0300, 0302, 0380 */
/*
 * Whether @d is a function of @gpu's card, @gpu itself among them. AMD's processors with graphics have USB, sound
 * and security functions of the board in the slot of the graphics (1022:... beside 1002:...), each in a group of
 * its own: those are not part of the card.
 */
bool pci_same_card(const struct pci_device *gpu, const struct pci_device *d);
/* Whether @d sits anywhere below the bridge with index @bridge. */
bool pci_is_below(const struct pci *pci, const struct pci_device *d, int bridge);
bool pci_is_usb_controller(
        const struct pci_device *d); /* class 0c03, host controllers only (not 0c0380, 0c03fe) */
/* "1234:1111", by value. */
struct pci_addr_text pci_id(const struct pci_device *d);
/* "1234:1111 QEMU Standard VGA" for people; caller frees. */
char *pci_describe(const struct pci_device *d);

#endif
