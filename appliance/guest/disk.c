/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of disks. They are only ever opened for reading. */
#include "disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <zlib.h>

#include "interrupts.h"
#include "util.h"

#define FIRST             (1 << 20)
#define SAMPLE            4096
#define SAMPLES           16
#define APPEAR_MS         6000
#define VIRTIO_SERIAL_MAX 20

/* Serial numbers come padded with blanks. */
static void trim(char *text)
{
	size_t start = strspn(text, " ");
	size_t length = strlen(text);

	while (length > start && text[length - 1] == ' ')
		length--;
	text[length] = '\0';
	memmove(text, text + start, length - start + 1);
}

/* SCSI and SATA disks have it in vital product data page 0x80, after a header of 4 bytes. */
static bool read_vpd_serial(const char *disk, char *serial, size_t size)
{
	char path[PATH_MAX], page[260];
	int length;

	snprintf(path, sizeof path, "/sys/block/%.32s/device/vpd_pg80", disk);
	length = guest_read_text(path, page, sizeof page);
	if (length <= 4)
		return false;
	guest_copy(serial, size, page + 4);
	return true;
}

static bool read_serial(const char *disk, char *serial, size_t size)
{
	char path[PATH_MAX];

	/* In this order: virtio-blk, NVMe, SCSI and SATA. */
	snprintf(path, sizeof path, "/sys/block/%.32s/serial", disk);
	if (guest_read_text(path, serial, size) <= 0) {
		snprintf(path, sizeof path, "/sys/block/%.32s/device/serial", disk);
		if (guest_read_text(path, serial, size) <= 0 &&
		        !read_vpd_serial(disk, serial, size))
			return false;
	}
	trim(serial);
	return serial[0] != '\0';
}

/* virtio-blk cuts a serial number after 20 characters. */
static bool same_serial(const char *wanted, const char *found)
{
	return strcmp(wanted, found) == 0 ||
	       (strlen(found) == VIRTIO_SERIAL_MAX &&
	               strncmp(wanted, found, VIRTIO_SERIAL_MAX) == 0);
}

static bool is_disk(const char *name)
{
	return name[0] != '.' && strncmp(name, "loop", 4) != 0 && strncmp(name, "ram", 3) != 0 &&
	       strncmp(name, "sr", 2) != 0 && strncmp(name, "fd", 2) != 0;
}

static bool find_disk(const char *wanted, char *name, size_t size)
{
	DIR *folder = opendir("/sys/block");
	struct dirent *entry;
	bool found = false;

	while (folder && !found && (entry = readdir(folder))) {
		char serial[256];

		if (!is_disk(entry->d_name))
			continue;
		found = strcmp(entry->d_name, wanted) == 0 ||
		        (read_serial(entry->d_name, serial, sizeof serial) &&
		                same_serial(wanted, serial));
		if (found)
			guest_copy(name, size, entry->d_name);
	}
	if (folder)
		closedir(folder);
	return found;
}

void disk_each(void (*fn)(const char *serial, void *data), void *data)
{
	struct dirent **entries;
	int count = scandir("/sys/block", &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;
		char serial[256], path[PATH_MAX], real[PATH_MAX];

		snprintf(path, sizeof path, "/sys/block/%.64s", name);
		if (is_disk(name) && strncmp(name, "nvme", 4) != 0 && realpath(path, real) &&
		        !strstr(real, "/usb"))
			fn(read_serial(name, serial, sizeof serial) ? serial : name, data);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

/* Reads the first MiB and samples across the disk; returns 0 or -errno. */
static int read_all(int fd, uint64_t size, char *buffer)
{
	uint64_t first = size < FIRST ? size : FIRST;
	uint64_t step = size / SAMPLES & ~(uint64_t)(SAMPLE - 1);

	if (pread(fd, buffer, first, 0) != (ssize_t)first)
		return errno ? -errno : -EIO;
	for (int i = 0; i < SAMPLES && (i + 1) * step <= size && step > 0; i++) {
		char *to = buffer + FIRST + (size_t)i * SAMPLE;
		off_t at = (off_t)((i + 1) * step - SAMPLE);

		if (pread(fd, to, SAMPLE, at) != SAMPLE)
			return errno ? -errno : -EIO;
	}
	return 0;
}

/* Reads twice with O_DIRECT, so that both times the device itself must answer. */
static void read_twice(struct probe *probe, const char *node, int fd, uint64_t size)
{
	size_t room = FIRST + (size_t)SAMPLES * SAMPLE;
	char *once = aligned_alloc(SAMPLE, room);
	char *again = aligned_alloc(SAMPLE, room);
	int result;

	if (!once || !again)
		abort();
	memset(once, 0, room);
	memset(again, 0xff, room);
	memset(again + (size < FIRST ? size : FIRST), 0, room - (size < FIRST ? size : FIRST));
	errno = 0;
	probe_waiting(probe, "read", "the first 1 MiB of %s and samples of the rest", node);
	result = read_all(fd, size, once);
	result = result < 0 ? result : read_all(fd, size, again);
	if (result < 0)
		probe_result(probe, "read", PROBE_FAIL, "reading %s (%lu bytes): %s", node,
		        (unsigned long)size, strerror(-result));
	else if (memcmp(once, again, room) != 0)
		probe_result(probe, "read", PROBE_FAIL, "%s read twice gave different bytes", node);
	else
		probe_result(probe, "read", PROBE_PASS,
		        "crc32=%08lX of first 1 MiB, %lu bytes, %s, read twice with equal result",
		        crc32(0, (const Bytef *)once, (uInt)(size < FIRST ? size : FIRST)),
		        (unsigned long)size, node);
	free(once);
	free(again);
}

static void test_read(struct probe *probe, const char *disk)
{
	char node[64];
	uint64_t size = 0;
	int fd;

	snprintf(node, sizeof node, "/dev/%.32s", disk);
	probe_waiting(probe, "read", "%s to open", node);
	fd = open(node, O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, BLKGETSIZE64, &size) < 0 || size == 0) {
		probe_result(probe, "read", PROBE_FAIL, "%s: %s", node,
		        fd >= 0 && size == 0 ? "it has no size" : strerror(errno));
		if (fd >= 0)
			close(fd);
		return;
	}
	read_twice(probe, node, fd, size);
	close(fd);
}

void disk_test(struct probe *probe)
{
	int64_t end = guest_now_ms() + APPEAR_MS;
	char disk[64];

	probe_waiting(probe, "present", "a disk with this serial number");
	while (!find_disk(probe->item->where, disk, sizeof disk)) {
		if (guest_now_ms() > end) {
			probe_result(probe, "present", PROBE_FAIL,
			        "no disk with the serial number %s within %d s", probe->item->where,
			        APPEAR_MS / 1000);
			return;
		}
		guest_sleep_ms(50);
	}
	probe_result(
	        probe, "present", PROBE_PASS, "%s, serial number %s", disk, probe->item->where);
	test_read(probe, disk);
}

/* With multipath, the function owns nvme0c0n1, which is hidden, and the disk is nvme0n1. */
static bool namespace_name(const char *entry, char *name, size_t size)
{
	const char *path_part = strchr(entry + 4, 'c');
	const char *end = path_part ? strchr(path_part, 'n') : NULL;

	if (!path_part || !end) {
		guest_copy(name, size, entry);
		return strchr(entry + 4, 'n') != NULL;
	}
	snprintf(name, size, "%.*s%s", (int)(path_part - entry), entry, end);
	return true;
}

static int test_namespaces(struct probe *probe)
{
	struct dirent **entries;
	int count = scandir("/sys/block", &entries, NULL, alphasort);
	int tested = 0;

	for (int i = 0; i < count; i++) {
		char path[PATH_MAX], name[64];

		snprintf(path, sizeof path, "/sys/block/%.64s", entries[i]->d_name);
		if (strncmp(entries[i]->d_name, "nvme", 4) == 0 && pci_owns(probe->address, path) &&
		        namespace_name(entries[i]->d_name, name, sizeof name)) {
			test_read(probe, name);
			tested++;
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return tested;
}

static void tell_nvme_interrupts(struct probe *probe, int namespaces)
{
	struct interrupts seen;

	interrupts_of(probe->address, &seen);
	if (seen.count > 0 && !seen.shared)
		probe_result(probe, "interrupt", PROBE_PASS, "%lu interrupts on %u lines",
		        seen.count, seen.lines);
	else if (seen.count > 0)
		probe_result(probe, "interrupt", PROBE_NOT_TESTABLE, "its line is shared: %s",
		        seen.text);
	else
		probe_result(probe, "interrupt", PROBE_FAIL,
		        "no interrupt came though the driver sent commands (%d namespaces found)",
		        namespaces);
}

void disk_test_nvme(struct probe *probe)
{
	int64_t end = guest_now_ms() + APPEAR_MS;
	char driver[64];
	int tested;

	probe_waiting(probe, "driver", "a driver to take the controller");
	while (!pci_driver(probe->address, driver, sizeof driver) && guest_now_ms() < end)
		guest_sleep_ms(20);
	if (!pci_driver(probe->address, driver, sizeof driver)) {
		probe_result(probe, "driver", PROBE_FAIL,
		        "no driver took the controller; the kernel's log says why");
		return;
	}
	probe_result(probe, "driver", PROBE_PASS, "%s", driver);
	probe_waiting(probe, "read", "the controller's first namespace");
	while ((tested = test_namespaces(probe)) == 0 && guest_now_ms() < end)
		guest_sleep_ms(50);
	if (tested == 0)
		probe_result(probe, "read", PROBE_FAIL, "no namespace appeared within %d s",
		        APPEAR_MS / 1000);
	tell_nvme_interrupts(probe, tested);
}
