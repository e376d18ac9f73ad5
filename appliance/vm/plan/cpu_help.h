/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `qemu-system-x86_64 -cpu help` says: the processor models and the features that this QEMU has. */
#ifndef VM_CPU_HELP_H
#define VM_CPU_HELP_H

#include "base/err.h"

/* Whether @help is such a list at all. */
bool cpu_help_is_list(const char *help);
/*
 * Whether it names this: "model Haswell-noTSX" or "feature avx2"; the error says no, with the nearest that it does name.
 * @qemu is for the message.
 */
int cpu_help_check(const char *help, const char *qemu, const char *what, struct err *err);

#endif
