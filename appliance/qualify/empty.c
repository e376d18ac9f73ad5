/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qualify/empty.h"
#include "base/i18n.h"

#include <errno.h>
#include <unistd.h>

static int refuse(struct err *err, char *why)
{
	err_set(err, -EBUSY, "%s", why);
	free(why);
	err_hint(
	        err, _("only an empty disk is written to; without --write the test only reads, and "
	               "for a folder it writes a file of its own"));
	err_code(err, CODE_DISK_NOT_EMPTY);
	return -EBUSY;
}

/* ID_FS_TYPE, ID_FS_AMBIVALENT, ID_PART_TABLE_UUID, ...: any of them means that something was found. */
static char *find_property(const char *udev)
{
	static const char *const starts[] = {"E:ID_FS_", "E:ID_PART_"};

	for (const char *at = udev; at && *at;) {
		for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
			if (starts_with(at, starts[i]))
				return xstrndup(at + 2, strcspn(at + 2, "\n"));
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	return NULL;
}

int qualify_empty(const struct disk *disk, const char *udev, struct err *err)
{
	cleanup_free char *found = udev ? find_property(udev) : NULL;

	if (disk->uses.n)
		return refuse(err, xasprintf(_("the disk is in use: %s"), disk->uses.list[0]));
	if (disk->n_partitions)
		return refuse(err, xasprintf(_("the disk has partitions: %s (/sys/block/%s)"),
		                           disk->partitions[0].name, disk->name));
	if (!udev || !strstr(udev, "E:"))
		return refuse(err, xasprintf(_("nothing is known of what is on the disk: udev has "
		                               "not looked at it (/run/udev/data/b%u:%u)"),
		                           disk->devno_major, disk->devno_minor));
	if (found)
		return refuse(
		        err, xasprintf(_("something is on the disk (/run/udev/data/b%u:%u: %s)"),
		                     disk->devno_major, disk->devno_minor, found));
	if (disk->table || disk->content.fs_type)
		return refuse(
		        err, xasprintf(_("something is on the disk: %s"),
		                     disk->content.fs_type ? disk->content.fs_type : disk->table));
	if (disk->read_only)
		return refuse(err, xasprintf(_("the disk is write-protected (/sys/block/%s/ro: 1)"),
		                           disk->name));
	return 0;
}

static int check_edge(int fd, off_t at, const char *name, struct err *err)
{
	cleanup_free char *bytes = xcalloc(QUALIFY_EDGE, 1);
	ssize_t n = pread(fd, bytes, QUALIFY_EDGE, at);

	if (n < 0)
		return err_errno(err, -errno, "%s", name);
	if ((size_t)n != QUALIFY_EDGE)
		return refuse(err, xasprintf(_("%s: the disk is too small"), name));
	for (size_t i = 0; i < QUALIFY_EDGE; i++)
		if (bytes[i])
			return refuse(
			        err, xasprintf(_("%s: something is on the disk that udev does "
			                         "not know: byte %llu is not 0"),
			                     name, (unsigned long long)at + i));
	return 0;
}

int qualify_empty_edges(int fd, uint64_t size, const char *name, struct err *err)
{
	int r;

	if (size < 4 * QUALIFY_EDGE)
		return refuse(err, xasprintf(_("%s: the disk is too small"), name));
	r = check_edge(fd, 0, name, err);
	return r < 0 ? r : check_edge(fd, (off_t)(size - QUALIFY_EDGE), name, err);
}
