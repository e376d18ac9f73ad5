/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests that a PCI function answers at all. */
#pragma once

#include "probe.h"

/*
 * Reports "present": vendor and device by the function's configuration space, and its first
 * registers. To be called before a driver has the device.
 */
void present_test(struct probe *probe);

/* Reports "driver" of a function that has no test of its own. */
void present_test_driver(struct probe *probe);
