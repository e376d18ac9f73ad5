/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is on a disk, in words by which people recognise it. */
#ifndef HOST_DISK_WORDS_H
#define HOST_DISK_WORDS_H

#include "host/disk.h"

/* "NTFS \"Windows\"", "LUKS (encrypted)", "EFI system, FAT", "nothing known"; caller frees. */
char *disk_tell_content(const struct disk_content *content, const char *part_type);
/* Adds "sda: GPT", "sda1: NTFS \"Windows\"" of the disk and each partition. */
void disk_tell_contents(const struct disk *d, struct strv *out);
/* "GPT", "MBR"; NULL where there is no table. */
const char *disk_table_name(const char *table);

#endif
