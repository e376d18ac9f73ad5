/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A TPM 2.0 for a VM, played by swtpm(8), which keeps what the guest stores in it in a folder of its own; see side.h. */
#ifndef VM_TPM_H
#define VM_TPM_H

#include "base/strv.h"

/*
 * Its arguments, of which the first is the program; its control channel is its standard input. The guest's commands come
 * over a descriptor that QEMU sends there.
 */
void tpm_arguments(const char *folder, struct strv *args);

#endif
