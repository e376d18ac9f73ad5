/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of disks. They are only ever opened for reading. */
#pragma once

#include "probe.h"

/* Reports "present" and "read" of the disk with the plan's serial number (or kernel name). */
void disk_test(struct probe *probe);

/* Reports "driver", "interrupt" and "read" of an NVMe controller's namespaces. */
void disk_test_nvme(struct probe *probe);

/* Calls fn with the serial number (or kernel name) of each disk that is not behind NVMe or USB. */
void disk_each(void (*fn)(const char *serial, void *data), void *data);
