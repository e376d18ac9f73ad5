/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory windows (BARs) of graphics cards that found no place: sysfs tells, or only the kernel log does. */
#include "gpu.h"

#include <inttypes.h>

char *gpu_size(uint64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	size_t unit = 0;

	while (bytes >= 1024 && bytes % 1024 == 0 && unit + 1 < ARRAY_SIZE(units)) {
		bytes >>= 10;
		unit++;
	}
	return xasprintf("%" PRIu64 " %s", bytes, units[unit]);
}

static bool is_missing(const struct pci_bar *bar)
{
	return !bar->io && (bar->size == 0 || bar->unset);
}

/*
 * Which BAR a line says was left without an address, or -1. Linux: "BAR 1: no space for [mem size ...]", since 6.9
 * "BAR 1 [mem size ...]: can't assign; no space"; NVIDIA's driver: "BAR1 is 0M @ 0x0".
 */
static int bar_of_line(const char *line)
{
	const char *at = strstr(line, "BAR");

	if (!at || (!strstr(at, "no space") && !strstr(at, "failed to assign") &&
	                   !strstr(at, "is 0M @ 0x0")))
		return -1;
	at += strlen("BAR");
	at += *at == ' ';
	return *at >= '0' && *at <= '5' ? *at - '0' : -1;
}

/* The kernel tries more than once: what counts is that the BAR has no address in the end. */
static const struct pci_bar *find_in_log(
        const struct host *host, const struct pci_device *d, char **line)
{
	const struct pci_addr_text address = pci_addr_format(d->addr);
	const char *log = host->firmware.log;

	for (const char *at = log; at && (at = strstr(at, address.s)); at += strlen(address.s)) {
		const char *start = at;
		cleanup_free char *text = NULL;
		int bar;

		while (start > log && start[-1] != '\n' && at - start < 256)
			start--;
		text = xstrndup(start, strcspn(start, "\n"));
		bar = bar_of_line(text);
		if (bar >= 0 && is_missing(&d->bar[bar])) {
			*line = take_ptr(text);
			return &d->bar[bar];
		}
	}
	return NULL;
}

const struct pci_bar *gpu_unset_bar(
        const struct host *host, const struct pci_device *d, char **line)
{
	const struct pci_bar *told = find_in_log(host, d, line);

	for (size_t i = 0; i < ARRAY_SIZE(d->bar); i++) {
		if (!d->bar[i].io && d->bar[i].size && d->bar[i].unset)
			return &d->bar[i];
	}
	return told;
}
