/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a VM runs: what the kernel says of QEMU's threads, which bear names (-name debug-threads=on). */
#ifndef VM_PLACES_H
#define VM_PLACES_H

#include "base/root.h"

#include <jansson.h>
#include <sys/types.h>

/*
 * {"guest": ["4", "12"], "others": "0-3"}: the processors that each of the guest's may run on, and the main thread. NULL where
 * no thread of @pid bears such a name.
 */
json_t *vm_places_json(const struct root *root, pid_t pid);

#endif
