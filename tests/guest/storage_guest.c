/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that does nothing but use its disks: /init of a first root that small_guest.py packs. It says on its console
 *
 *   disk NAME serial=S bytes=N by=DRIVER sum=CRC    of each disk and each disc that it meets, CRC of its first MiB
 *   gone NAME                                       of a disc that was taken out
 *
 * and does what the kernel's command line asks for:
 *
 *   storage.write=S,S,...  writes a MiB that stands for storage.seed= into the disk of that serial number, 4 MiB from its start,
 *                          reads it back past the cache, and says "wrote S"; "failed S ERROR" where it could not
 *   storage.pound=S        writes a counter into one sector after the other of that disk, from 8 MiB on, in a circle of
 *                          4,096, each one durable before the next: at any moment they are there without a gap
 */
#include "small_guest.h"

#include <ctype.h>
#include <errno.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>

#define MIB     (1u << 20)
#define DISKS   32
#define CIRCLE  4096u
#define SECTOR  512u
#define TURN_US 200000

static struct disk {
	char name[32], serial[64], by[32];
	uint64_t bytes; /* 0: no disc in it */
	bool pounded;
} disks[DISKS];
static size_t n_disks;

static void *page; /* a MiB, aligned for direct reads */

static void read_file(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, size - 1);

	out[n < 0 ? 0 : n] = '\0';
	if (fd >= 0)
		close(fd);
}

static char *trim(char *s)
{
	char *end = s + strlen(s);

	while (*s == ' ')
		s++;
	while (end > s && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return s;
}

/* The IEEE one, as zlib.crc32() has it. */
static uint32_t crc(const unsigned char *p, size_t n)
{
	uint32_t c = ~0u;

	while (n--) {
		c ^= *p++;
		for (int k = 0; k < 8; k++)
			c = c >> 1 ^ (0xedb88320u & -(c & 1));
	}
	return ~c;
}

/* SCSI's unit serial number page has a head of 4 bytes (SPC-4, 7.8.15). */
static void find_serial(struct disk *d)
{
	static const struct {
		const char *path;
		size_t head;
	} places[] = {{"/sys/block/%s/serial", 0}, {"/sys/block/%s/device/serial", 0},
	        {"/sys/block/%s/device/vpd_pg80", 4}};

	for (size_t i = 0; i < sizeof(places) / sizeof(*places) && !*d->serial; i++) {
		char path[128], text[80] = "";

		snprintf(path, sizeof(path), places[i].path, d->name);
		read_file(path, text, sizeof(text));
		if (places[i].head) {
			memmove(text, text + places[i].head, sizeof(text) - places[i].head);
			text[sizeof(text) - 1] = '\0';
		}
		snprintf(d->serial, sizeof(d->serial), "%.63s", trim(text));
	}
}

/* The last driver on the way from the disk up to the bus: "ahci", "nvme", "virtio_blk", "virtio_scsi". */
static void find_driver(struct disk *d)
{
	static const char *const known[] = {"ahci", "nvme", "virtio_blk", "virtio_scsi"};
	char path[64], real[512] = "";

	snprintf(path, sizeof(path), "/sys/block/%s", d->name);
	if (!realpath(path, real))
		return;
	for (char *slash = strrchr(real, '/'); slash && slash > real; slash = strrchr(real, '/')) {
		char link[600], driver[256];
		ssize_t n;

		*slash = '\0';
		snprintf(link, sizeof(link), "%s/driver", real);
		n = readlink(link, driver, sizeof(driver) - 1);
		if (n < 0)
			continue;
		driver[n] = '\0';
		for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
			if (strcmp(strrchr(driver, '/') + 1, known[i]))
				continue;
			snprintf(d->by, sizeof(d->by), "%s", known[i]);
			return;
		}
	}
}

static int open_disk(const struct disk *d, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/%s", d->name);
	return open(path, flags | O_CLOEXEC);
}

static uint64_t look(const struct disk *d)
{
	int fd = open_disk(d, O_RDONLY);
	uint64_t bytes = 0;
	ssize_t n;

	if (fd < 0 || ioctl(fd, BLKGETSIZE64, &bytes) < 0 || !bytes || bytes == d->bytes) {
		if (fd >= 0)
			close(fd);
		return bytes;
	}
	memset(page, 0, MIB);
	n = pread(fd, page, MIB, 0);
	close(fd);
	if (n <= 0)
		return 0;
	printf("disk %s serial=%s bytes=%llu by=%s sum=%08x\n", d->name,
	        *d->serial ? d->serial : "-", (unsigned long long)bytes, *d->by ? d->by : "-",
	        crc(page, (size_t)n));
	return bytes;
}

/* A sequence that a test makes, too: 32 bits, each the last one times 1664525 plus 1013904223. */
static void pattern(const char *seed)
{
	uint32_t *words = page, x = (uint32_t)strtoul(seed, NULL, 0);

	for (size_t i = 0; i < MIB / sizeof(*words); i++)
		words[i] = x = x * 1664525u + 1013904223u;
}

static int write_pattern(const struct disk *d, const char *seed)
{
	int fd = open_disk(d, O_RDWR | O_DIRECT);
	uint32_t wanted;
	int r = 0;

	if (fd < 0)
		return -errno;
	pattern(seed);
	wanted = crc(page, MIB);
	if (pwrite(fd, page, MIB, 4 * MIB) != MIB || fsync(fd) < 0)
		r = -errno;
	memset(page, 0, MIB);
	if (!r && (pread(fd, page, MIB, 4 * MIB) != MIB || crc(page, MIB) != wanted))
		r = -EILSEQ;
	close(fd);
	return r;
}

static bool is_asked(const char *key, const char *serial)
{
	char list[512], *save, *s;

	guest_word(key, list, sizeof(list));
	for (s = strtok_r(list, ",", &save); s; s = strtok_r(NULL, ",", &save)) {
		if (*serial && !strcmp(s, serial))
			return true;
	}
	return false;
}

static void use(struct disk *d)
{
	char seed[32];
	int r;

	d->pounded = is_asked("storage.pound=", d->serial);
	if (!is_asked("storage.write=", d->serial))
		return;
	guest_word("storage.seed=", seed, sizeof(seed));
	r = write_pattern(d, seed);
	if (r)
		printf("failed %s %s\n", d->serial, strerror(-r));
	else
		printf("wrote %s\n", d->serial);
}

static void pound(const struct disk *d)
{
	static uint32_t count;
	int fd = open_disk(d, O_RDWR | O_DIRECT | O_DSYNC);
	uint32_t *words = page;

	for (unsigned i = 0; fd >= 0 && i < 256; i++) {
		count++;
		for (size_t k = 0; k < SECTOR / sizeof(*words); k++)
			words[k] = count;
		if (pwrite(fd, page, SECTOR, 8 * MIB + (off_t)(count % CIRCLE) * SECTOR) !=
		        SECTOR) {
			printf("failed %s %s\n", d->serial, strerror(errno));
			break;
		}
	}
	if (fd >= 0)
		close(fd);
}

static struct disk *meet(const char *name)
{
	struct disk *d;

	for (size_t i = 0; i < n_disks; i++) {
		if (!strcmp(disks[i].name, name))
			return &disks[i];
	}
	if (n_disks == DISKS)
		return NULL;
	d = &disks[n_disks++];
	snprintf(d->name, sizeof(d->name), "%.31s", name);
	find_serial(d);
	find_driver(d);
	return d;
}

static void turn(void)
{
	DIR *dir = opendir("/sys/block");
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		struct disk *d = e->d_name[0] == '.' ? NULL : meet(e->d_name);
		uint64_t bytes = d ? look(d) : 0;

		if (!d || bytes == d->bytes)
			continue;
		if (!bytes)
			printf("gone %s\n", d->name);
		d->bytes = bytes;
		if (bytes && strncmp(d->name, "sr", 2))
			use(d);
	}
	if (dir)
		closedir(dir);
}

int main(void)
{
	setlinebuf(stdout);
	page = aligned_alloc(4096, MIB);
	guest_begin();
	printf("storage guest\n");
	for (;;) {
		bool pounding = false;

		turn();
		for (size_t i = 0; i < n_disks; i++) {
			if (disks[i].pounded) {
				pound(&disks[i]);
				pounding = true;
			}
		}
		if (!pounding)
			usleep(TURN_US);
	}
}
