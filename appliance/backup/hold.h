/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether somebody writes a file, and nobody begins to while it is copied: by the locks that QEMU and swtpm take on what they have
 * open. They tell of any QEMU, need no daemon, and end with the process that has them.
 */
#ifndef BACKUP_HOLD_H
#define BACKUP_HOLD_H

#include <stdbool.h>

/* 1: held, until @fd is closed; 0: somebody writes it; -errno where the file system knows no locks. */
int hold_image(int fd);
/* The same for the file by which swtpm has the folder of a TPM. */
int hold_tpm(int fd);

#endif
