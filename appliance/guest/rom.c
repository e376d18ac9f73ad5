/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the guest reads of a function's expansion ROM what the host gave it. */
#include "rom.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "util.h"

#define BYTES_MAX       (16ul << 20)
#define RESOURCE_ROM    6
#define RESOURCE_SHADOW 2 /* IORESOURCE_ROM_SHADOW of linux/ioport.h */

struct wish {
	char path[PCI_PATH_SIZE];
	unsigned long bytes, crc;
};

static bool parse(const char *text, struct wish *wish)
{
	return sscanf(text, "%127s %lu %lx", wish->path, &wish->bytes, &wish->crc) == 3 &&
	       wish->bytes > 0 && wish->bytes <= BYTES_MAX;
}

/* The kernel decodes the ROM for as long as "1" is written there (Documentation/ABI/testing/sysfs-bus-pci). Bytes, or -errno. */
static long read_decoded(const char *address, Bytef *bytes, size_t size)
{
	char path[PATH_MAX];
	size_t got = 0;
	ssize_t n = 0;
	int fd;

	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/rom", address);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || pwrite(fd, "1", 1, 0) != 1) {
		n = -errno;
	} else {
		while (got < size && (n = pread(fd, bytes + got, size - got, (off_t)got)) > 0)
			got += (size_t)n;
		n = n < 0 ? -errno : (ssize_t)got;
		if (pwrite(fd, "0", 1, 0) != 1)
			n = -errno;
	}
	if (fd >= 0)
		close(fd);
	return n;
}

/* A function that is not switched on decodes no ROM either. */
static long read_rom(const char *address, Bytef *bytes, size_t size)
{
	char path[PATH_MAX];
	bool enabled;
	long n;

	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/enable", address);
	enabled = guest_write_text(path, "1") == 0;
	n = read_decoded(address, bytes, size);
	if (enabled)
		guest_write_text(path, "0");
	return n;
}

/* Of the card that a BIOS started with, the kernel reads the copy that the BIOS runs in memory, and writes to. */
static bool is_copy(const char *address)
{
	uint64_t start, end, flags;

	return pci_bar_range(address, RESOURCE_ROM, &start, &end, &flags) &&
	       (flags & RESOURCE_SHADOW);
}

static void judge(struct probe *probe, const struct wish *wish, const Bytef *bytes, long got)
{
	unsigned long crc;

	if (got < 0) {
		probe_result(probe, "rom", PROBE_FAIL, "its ROM cannot be read: %s%s",
		        strerror((int)-got), got == -ENOENT ? " (it has none)" : "");
		return;
	}
	if ((unsigned long)got < wish->bytes) {
		probe_result(probe, "rom", PROBE_FAIL,
		        "of its ROM %ld bytes can be read, and the file has %lu", got, wish->bytes);
		return;
	}
	crc = crc32(0, bytes, (uInt)wish->bytes);
	probe_result(probe, "rom", crc == wish->crc ? PROBE_PASS : PROBE_FAIL,
	        "crc32=%08lX of %lu bytes of its ROM%s", crc, wish->bytes,
	        crc == wish->crc ? ", as in the file" : ", and in the file it is another");
}

void rom_test(struct probe *probe)
{
	char address[PCI_ADDRESS_SIZE];
	struct wish wish;
	Bytef *bytes;

	probe_waiting(probe, "rom", "the bytes of its ROM");
	if (!parse(probe->item->where, &wish)) {
		probe_result(probe, "rom", PROBE_NOT_TESTABLE, "the plan is not understood");
	} else if (!pci_find(wish.path, address)) {
		probe_result(probe, "rom", PROBE_FAIL, "no device at %s in the guest", wish.path);
	} else if (is_copy(address)) {
		probe_result(probe, "rom", PROBE_NOT_TESTABLE,
		        "the firmware started with it: what can be read is its copy in memory");
	} else {
		bytes = calloc(1, wish.bytes);
		if (!bytes)
			abort();
		judge(probe, &wish, bytes, read_rom(address, bytes, wish.bytes));
		free(bytes);
	}
}
