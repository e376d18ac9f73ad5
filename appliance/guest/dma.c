/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that a device can be told to read and write: locked pages and their addresses. */
#include "dma.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Documentation/admin-guide/mm/pagemap.rst: bits 0-54 page frame number, bit 63 present. */
static int physical_address(const void *memory, uint64_t *physical)
{
	uint64_t entry = 0;
	off_t at = (off_t)((uintptr_t)memory / DMA_PAGE_SIZE * sizeof entry);
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (pread(fd, &entry, sizeof entry, at) != sizeof entry)
		entry = 0;
	close(fd);
	if (!(entry >> 63) || !(entry & ((1ULL << 55) - 1)))
		return -EIO;
	*physical = (entry & ((1ULL << 55) - 1)) * DMA_PAGE_SIZE;
	return 0;
}

static int get_page(struct dma_page *page)
{
	page->memory = mmap(NULL, DMA_PAGE_SIZE, PROT_READ | PROT_WRITE,
	        MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1, 0);
	if (page->memory == MAP_FAILED)
		return -errno;
	memset(page->memory, 0, DMA_PAGE_SIZE);
	return physical_address(page->memory, &page->physical);
}

/* User memory comes from the top of RAM: a low page may take many tries, the others are kept. */
int dma_page_get(struct dma_page *page, bool below_4g)
{
	for (int i = 0; i < 65536; i++) {
		int result = get_page(page);

		if (result < 0 || !below_4g || page->physical < 1ULL << 32)
			return result;
	}
	return -ENOMEM;
}
