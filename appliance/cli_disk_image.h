/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `playthrough disk VERB` for image files. */
#ifndef CLI_DISK_IMAGE_H
#define CLI_DISK_IMAGE_H

#include "cli.h"

int command_disk_create(struct cli *cli, struct err *err);
int command_disk_info(struct cli *cli, struct err *err);
int command_disk_check(struct cli *cli, struct err *err);
int command_disk_resize(struct cli *cli, struct err *err);
int command_disk_snapshot(struct cli *cli, struct err *err);
int command_disk_snapshots(struct cli *cli, struct err *err);
int command_disk_revert(struct cli *cli, struct err *err);
int command_disk_backup(struct cli *cli, struct err *err);
int command_disk_compact(struct cli *cli, struct err *err);
int command_disk_import(struct cli *cli, struct err *err);

#endif
