/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands of `playthrough disk` share: how a disk is named, and how it is told. */
#ifndef CLI_DISK_H
#define CLI_DISK_H

#include "cli.h"

/*
 * DiskList's answer, and of each disk what this program reads itself, as everybody may: "temperature" {"celsius",
 * "source"} or null, "health" {"verdict", "value", "source"}. NULL with @err. Caller unrefs.
 */
json_t *cli_disks(struct cli *cli, struct err *err);
/*
 * The disk that @name names: a link or its last part, a serial number, a kernel name (sda, /dev/sda1), of a disk or a
 * partition. @partition, which may be NULL, gets the latter, or NULL for a whole disk. Borrowed; NULL with @err where there is
 * none, or several.
 */
const json_t *cli_disk_find(
        const json_t *disks, const char *name, const json_t **partition, struct err *err);
/* "931 GB"; caller frees. */
char *cli_disk_size(const json_t *object);

int command_disk_list(struct cli *cli, struct err *err);
int command_disk_show(struct cli *cli, struct err *err);

#endif
