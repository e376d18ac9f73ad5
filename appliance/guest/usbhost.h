/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests a USB controller under the kernel's driver: does it find devices, does it interrupt. */
#pragma once

#include "probe.h"

/* Reports "driver" and "interrupt", and "dma" where the controller is no xHCI. */
void usbhost_test(struct probe *probe);
