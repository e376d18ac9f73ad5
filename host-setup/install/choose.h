/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which disks the system may be installed to. Installing erases the whole disk. Pure. */
#ifndef INSTALL_CHOOSE_H
#define INSTALL_CHOOSE_H

#include "host/disk.h"

/* The EFI system partition, and room for the system and an update of it. */
#define INSTALL_LEAST (UINT64_C(8) << 30)

/* How large a disk must be, in bytes, of whose system @used bytes are used. */
uint64_t install_needed(uint64_t used);
/*
 * 0, or -errno where @d must not be erased: the host uses it, it is a part of something of several, a VM of ours has it,
 * or it holds less than @needed bytes. What udev could not tell is no reason: it is shown to whoever confirms.
 */
int install_judge(const struct disk *d, uint64_t needed, struct err *err);
/* Whether @now is the disk that was @before: cheap adapters share one serial number, and so one name. */
bool install_same(const struct disk *before, const struct disk *now);
/* What the person types to confirm: the disk's name in /dev/disk/by-id. NULL: it has none. */
const char *install_name(const struct disk *d);
/* Its model, size and contents, as lines that a terminal may be given. */
void install_tell(const struct disk *d, struct strv *lines);

#endif
