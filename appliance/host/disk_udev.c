/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/disk_parts.h"
#include "host/attr.h"

char *disk_udev_read(const struct root *root, const char *folder)
{
	cleanup_free char *devno = attr_text(root, "%s/dev", folder);

	if (!devno || devno[strspn(devno, "0123456789:")])
		return NULL;
	return root_readf(root, "/run/udev/data/b%s", devno);
}

char *disk_udev_get(const char *db, const char *key)
{
	cleanup_free char *start = xasprintf("E:%s=", key);
	cleanup_free char *value = NULL;
	const char *at = db;

	while (at && !starts_with(at, start)) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	if (!at)
		return NULL;
	at += strlen(start);
	value = text_unescape(xstrndup(at, strcspn(at, "\n")));
	at = strip(value);
	return *at ? xstrdup(at) : NULL;
}

char *disk_udev_first(const char *db, const char *const *keys)
{
	char *value = NULL;

	for (; !value && *keys; keys++)
		value = disk_udev_get(db, *keys);
	return value;
}

void disk_udev_links(const char *db, const char *folder, struct strv *links)
{
	cleanup_free char *start = xasprintf("S:disk/%s/", folder);
	cleanup_free char *copy = xstrdup(db);
	char *rest = copy;

	for (char *line; (line = text_next_line(&rest));) {
		const char *name = line + strlen(start);

		if (starts_with(line, start) && *name && !strchr(name, '/'))
			strv_addf(links, "/dev/%s", text_clean(line) + strlen("S:"));
	}
	strv_sort(links);
}

/* Below them are others: RAID, LVM, multipath, ZFS. Most end in "_member"; these do not. */
static const char *const members[] = {"bcache", "bcachefs", "ceph_bluestore", "drbd", "stratis",
        "DM_snapshot_cow", "DM_integrity", "DM_verity_hash", "jbd", "xfs_external_log", "swsuspend",
        NULL};

bool disk_udev_is_member(const char *db, const char *fs_type)
{
	cleanup_free char *usage = disk_udev_get(db, "ID_FS_USAGE");
	cleanup_free char *path = disk_udev_get(db, "DM_MULTIPATH_DEVICE_PATH");

	if ((usage && streq(usage, "raid")) || (path && streq(path, "1")))
		return true;
	if (!fs_type)
		return false;
	for (const char *const *m = members; *m; m++) {
		if (streq(*m, fs_type))
			return true;
	}
	return ends_with(fs_type, "_member");
}
