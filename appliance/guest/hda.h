/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of an audio function (High Definition Audio). */
#pragma once

#include "probe.h"

/*
 * Proves DMA without a driver: asks each codec for its vendor id by a verb in a CORB of ours, and
 * waits for the answer to appear in our RIRB. Reports "dma".
 */
void hda_test_dma(struct probe *probe);

/* Reports "driver" and "interrupt" with the kernel's driver. */
void hda_test_driver(struct probe *probe);
