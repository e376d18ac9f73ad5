/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile/disk_check.h"

#include "base/i18n.h"
#include "profile/backing.h"
#include "profile/disk_url.h"

#include <errno.h>

static int check_source(const struct profile_disk *disk, struct err *err)
{
	static const char *const names[] = {"device", "image", "url"};
	const char *const values[] = {disk->device, disk->image, disk->url};
	const char *there[ARRAY_SIZE(names)];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (values[i])
			there[n++] = names[i];
	if (n == 1)
		return 0;
	if (n)
		err_set(err, -EINVAL, _("both %s= and %s= are there"), there[0], there[1]);
	else
		err_set(err, -EINVAL, _("none of device=, image= and url= is there"));
	err_hint(err, _("device= names a disk in /dev/disk/by-id, image= a file, url= a disk on "
	                "the network; write one"));
	return -EINVAL;
}

static int check_format(const struct profile_disk *disk, struct err *err)
{
	if (disk->device && disk->format) {
		err_set(err, -EINVAL, _("format= is there without image="));
		err_hint(err, _("remove it: a disk of this PC is passed as it is"));
		return -EINVAL;
	}
	if (disk->url && disk->format && !streq(disk->format, "raw")) {
		err_set(err, -EINVAL, _("format=%s is there with url="), disk->format);
		err_hint(err, _("remove it, and have the server give out the disk itself (qemu-nbd "
		                "does): an image on it could name files of this PC"));
		return -EINVAL;
	}
	if (!disk->device && disk->size) {
		err_set(err, -EINVAL, _("size= is there without device="));
		err_hint(err, _("remove it: the size of an image is that of its file"));
		return -EINVAL;
	}
	return 0;
}

/* What only a qcow2 image has. */
static int check_image(const struct profile_disk *disk, struct err *err)
{
	const char *key = disk->backing           ? "backing"
	                  : disk->passphrase_file ? "passphrase-file"
	                                          : NULL;
	struct profile_backings backings;

	if (key && (!disk->format || !streq(disk->format, "qcow2"))) {
		err_set(err, -EINVAL, _("%s= is there without format=qcow2"), key);
		err_hint(err, _("only a qcow2 image stands on another, or is encrypted"));
		return -EINVAL;
	}
	if (profile_backings_parse(disk->backing, &backings, err) < 0)
		return err_prefix(err, "backing=");
	profile_backings_finish(&backings);
	return 0;
}

static int check_secret(const struct profile_disk *disk, struct err *err)
{
	struct disk_url url;
	bool asks, named;

	if (!disk->url) {
		if (!disk->secret_file)
			return 0;
		err_set(err, -EINVAL, _("%s= is there without url="), "secret-file");
		err_hint(err, _("remove it; the passphrase of an encrypted image is in "
		                "passphrase-file="));
		return -EINVAL;
	}
	if (disk_url_parse(disk->url, &url, err) < 0)
		return -EINVAL;
	asks = url.kind == DISK_URL_ISCSI || url.kind == DISK_URL_RBD;
	named = url.user;
	disk_url_finish(&url);
	if (!disk->secret_file || (asks && named))
		return 0;
	err_set(err, -EINVAL, _("secret-file= is there, and url= names no user"));
	err_hint(err, asks ? _("write iscsi://USER@HOST... or rbd:POOL/IMAGE:id=USER, or remove "
	                       "secret-file=")
	                   : _("remove it: only iSCSI and Ceph have users here"));
	return -EINVAL;
}

static bool goes_past_cache(enum profile_cache cache)
{
	return cache == PROFILE_CACHE_NONE || cache == PROFILE_CACHE_DIRECTSYNC;
}

/* QEMU would refuse these pairs, each in words of its own, or not do what is written. */
static int check_pairs(const struct profile_disk *disk, struct err *err)
{
	bool slow_bus = disk->bus == PROFILE_BUS_SATA || disk->bus == PROFILE_BUS_NVME;

	if (disk->aio == PROFILE_AIO_NATIVE && disk->cache != PROFILE_CACHE_AUTO &&
	        !goes_past_cache(disk->cache)) {
		err_set(err, -EINVAL,
		        _("aio=native goes past this PC's cache, and cache= wants "
		          "it"));
		err_hint(err, _("write cache=none, or aio=io_uring or aio=threads"));
		return -EINVAL;
	}
	if (disk->io_thread == PROFILE_IO_THREAD_YES && slow_bus) {
		err_set(err, -EINVAL,
		        _("%s= is there, and only a disk on bus virtio or scsi has "
		          "that"),
		        "io-thread");
		err_hint(err, _("write bus=virtio, or remove it"));
		return -EINVAL;
	}
	if (disk->queues && slow_bus) {
		err_set(err, -EINVAL,
		        _("%s= is there, and only a disk on bus virtio or scsi has "
		          "that"),
		        "queues");
		err_hint(err, _("write bus=virtio, or remove it"));
		return -EINVAL;
	}
	if (disk->url && disk->aio != PROFILE_AIO_AUTO) {
		err_set(err, -EINVAL, _("aio= is there with url=: no file of this PC is read"));
		err_hint(err, _("remove it"));
		return -EINVAL;
	}
	return 0;
}

const char *profile_disk_source(const struct profile_disk *disk)
{
	return disk->device ? disk->device : disk->image ? disk->image : disk->url;
}

int profile_disk_check(const struct profile_disk *disk, struct err *err)
{
	int r = check_source(disk, err);

	r = r < 0 ? r : check_format(disk, err);
	r = r < 0 ? r : check_image(disk, err);
	r = r < 0 ? r : check_secret(disk, err);
	return r < 0 ? r : check_pairs(disk, err);
}
