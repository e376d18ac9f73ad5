/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel tells of this PC to root with all its rights alone: the extended configuration space of PCI functions
 * (pci_read_config(), drivers/pci/pci-sysfs.c: CAP_SYS_ADMIN), where memory is (/proc/iomem: the same), the kernel log
 * (CAP_SYSLOG). The daemon, which lacks both, is told by playthrough-acts.
 */
#ifndef HOST_ROOTED_H
#define HOST_ROOTED_H

#include "host/firmware.h"
#include "host/pci.h"

/* Adds it where this process is root without these rights, and is told. */
void rooted_add(const struct root *root, struct pci *pci, struct firmware *firmware);

/* In playthrough-acts: writes all of it into @fd, to be read by rooted_add(). */
void rooted_tell(int fd);

/* Its form, for both: caller frees; and what of it is known by address. -EINVAL: it is none, with what came before added. */
char *rooted_format(const struct pci *pci, const struct firmware *firmware, size_t *size);
int rooted_parse(const char *text, size_t size, struct pci *pci, struct firmware *firmware);

#endif
