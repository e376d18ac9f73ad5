/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes a cpio archive in the "newc" format that the kernel unpacks as its first root. */
#include "base/cpio.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct entry {
	const char *path;
	uint32_t mode, links, size, major, minor;
	const void *data;
};

void cpio_init(struct cpio *cpio, cpio_write_fn write, void *to)
{
	*cpio = (struct cpio){.write = write, .to = to};
}

static int put(struct cpio *cpio, const void *data, size_t size)
{
	cpio->offset += size;
	return size > 0 ? cpio->write(cpio->to, data, size) : 0;
}

static int pad(struct cpio *cpio)
{
	static const char zeros[4];

	return put(cpio, zeros, (4 - cpio->offset % 4) % 4);
}

/* The fields of newc after its magic: ino mode uid gid nlink mtime size dev(2) rdev(2) name check. */
static int put_entry(struct cpio *cpio, const struct entry *entry)
{
	size_t name_size = strlen(entry->path) + 1;
	char header[111];
	int result;

	snprintf(header, sizeof header,
	        "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", ++cpio->inode,
	        entry->mode, 0, 0, entry->links, 0, entry->size, 0, 0, entry->major, entry->minor,
	        (unsigned)name_size, 0);
	result = put(cpio, header, 110);
	result = result < 0 ? result : put(cpio, entry->path, name_size);
	result = result < 0 ? result : pad(cpio);
	result = result < 0 ? result : put(cpio, entry->data, entry->size);
	return result < 0 ? result : pad(cpio);
}

int cpio_folder(struct cpio *cpio, const char *path)
{
	return put_entry(cpio, &(struct entry){.path = path, .mode = S_IFDIR | 0755, .links = 2});
}

int cpio_file(struct cpio *cpio, const char *path, mode_t mode, const void *data, size_t size)
{
	if (size > UINT32_MAX)
		return -EFBIG;
	return put_entry(cpio, &(struct entry){.path = path,
	                               .mode = S_IFREG | mode,
	                               .links = 1,
	                               .size = (uint32_t)size,
	                               .data = data});
}

int cpio_character_device(
        struct cpio *cpio, const char *path, mode_t mode, unsigned major, unsigned minor)
{
	return put_entry(cpio, &(struct entry){.path = path,
	                               .mode = S_IFCHR | mode,
	                               .links = 1,
	                               .major = major,
	                               .minor = minor});
}

int cpio_end(struct cpio *cpio)
{
	return put_entry(cpio, &(struct entry){.path = "TRAILER!!!", .links = 1});
}
