/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that a device can be told to read and write: locked pages with their physical addresses.
 * The guest has no IOMMU of its own, so a physical address is what goes into a device's register.
 * (Give it one that translates, and the tests that use this rightly say that DMA fails.)
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define DMA_PAGE_SIZE 4096

struct dma_page {
	void *memory; /* zeroed, never freed: the process that asked ends soon */
	uint64_t physical;
};

/* Locks one page; below_4g where the device has 32 address bits only. 0 or -errno. */
int dma_page_get(struct dma_page *page, bool below_4g);
