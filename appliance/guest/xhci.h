/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves that an xHCI controller reads and writes our memory. */
#pragma once

#include "probe.h"

/*
 * Proves DMA without a driver: gives an xHCI controller a command ring with one No-Op command in
 * locked memory, and waits for the completion event to appear in memory. Reports "dma"; says
 * nothing where the controller is no xHCI (its driver's test tells then).
 */
void xhci_test_dma(struct probe *probe);
