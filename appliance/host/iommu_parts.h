/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of one module: iommu.c and iommu_unit.c. */
#ifndef HOST_IOMMU_PARTS_H
#define HOST_IOMMU_PARTS_H

#include "host/iommu.h"

/* The units that are alive: /sys/class/iommu. */
void iommu_take_units(const struct root *root, const struct pci *pci, struct iommu *out);

#endif
