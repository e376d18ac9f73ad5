/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mediated devices: parts of a card that its own driver makes and keeps apart (Intel GVT-g, NVIDIA vGPU).
 *
 * From Documentation/driver-api/vfio-mediated-device.rst and Documentation/ABI/testing/sysfs-bus-vfio-mdev; nothing here
 * needs root.
 */
#ifndef HOST_MDEV_H
#define HOST_MDEV_H

#include "base/pciaddr.h"
#include "base/root.h"

#define MDEV_UUID 36 /* letters of a UUID */

/* What a card can make. */
struct mdev_type {
	struct pci_addr parent;
	char *id;           /* "i915-GVTg_V5_4", "nvidia-63": the name of its folder */
	char *name;         /* for people; NULL: the driver has none */
	char *description;  /* in one line; NULL, the same */
	char *api;          /* "vfio-pci"; others are no PCI devices in a guest */
	unsigned available; /* how many more can be made now */
};

/* One that is made. */
struct mdev {
	char *uuid;
	bool on_pci;            /* a PCI function is its */
	struct pci_addr parent; /* then */
	char *type;             /* id of its type; NULL: not told */
	int iommu_group;        /* -1: it is in none, no driver of VFIO has it */
};

struct mdevs {
	struct mdev_type *types; /* ordered by the address of their card, then by id */
	size_t n_types;
	struct mdev *list;
	size_t n;
};

void mdevs_take(const struct root *root, struct mdevs *out);
void mdevs_finish(struct mdevs *mdevs);
const struct mdev_type *mdev_find_type(
        const struct mdevs *mdevs, struct pci_addr parent, const char *id); /* NULL: none */
const struct mdev *mdev_find(const struct mdevs *mdevs, const char *uuid);  /* NULL: none */
/* How many that are made have this card. */
unsigned mdev_count(const struct mdevs *mdevs, struct pci_addr parent);

#endif
