/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How each disk is attached: what the profile says, and where it says auto, what is known to be right for this guest and
 * this medium. tests/bench/disk_bench.py has the figures behind the choice of cache and aio.
 */
#include "base/i18n.h"
#include "vm/plan/plan_parts.h"

#include <errno.h>

static const struct disk *disk_of(const struct planning *p, const struct profile_disk *want)
{
	return want->device ? disks_find_part(&p->host->disks, want->device).disk : NULL;
}

/* Windows starts without drivers from a bus it was installed on: a disk of this PC stays on its own kind of bus. */
static enum profile_bus bus_for_windows(
        const struct planning *p, const struct profile_disk *want, bool writable)
{
	const struct disk *d = disk_of(p, want);

	return d && writable && !starts_with(d->name, "nvme") ? PROFILE_BUS_SATA : PROFILE_BUS_NVME;
}

/* The guest of a test drive has the driver of virtio; and QEMU's SATA disks cannot be read-only. */
static enum profile_bus bus_of(const struct planning *p, const struct profile_disk *want)
{
	if (p->options->test_drive)
		return want->bus == PROFILE_BUS_NVME ? PROFILE_BUS_NVME : PROFILE_BUS_VIRTIO;
	if (want->bus != PROFILE_BUS_AUTO)
		return want->bus;
	return profile_is_windows(p->profile) ? bus_for_windows(p, want, want->writable)
	                                      : PROFILE_BUS_VIRTIO;
}

static enum file_direct direct_of(const struct planning *p, const struct profile_disk *want)
{
	if (want->url)
		return FILE_DIRECT_NO;
	return want->device ? FILE_DIRECT_YES : plan_direct(p->options, want->image);
}

/*
 * btrfs keeps sums of what was written, and a guest may change a page while it is written past the cache: the sum then is
 * that of neither, and the block unreadable (https://btrfs.readthedocs.io/en/latest/Checksumming.html, direct I/O).
 */
static bool goes_direct(const struct profile_disk *want, enum file_direct can)
{
	switch (want->cache) {
	case PROFILE_CACHE_AUTO:
		return want->aio == PROFILE_AIO_NATIVE || can == FILE_DIRECT_YES;
	case PROFILE_CACHE_NONE:
	case PROFILE_CACHE_DIRECTSYNC:
		return true;
	case PROFILE_CACHE_WRITEBACK:
	case PROFILE_CACHE_WRITETHROUGH:
		return false;
	}
	return false;
}

static int check_direct(const struct profile_disk *want, enum file_direct can, struct err *err)
{
	if (can != FILE_DIRECT_NO || want->url)
		return 0;
	err_set(err, -EOPNOTSUPP,
	        _("%s cannot be read past this PC's cache (statx: no direct I/O there), as %s "
	          "wants"),
	        want->image, want->cache == PROFILE_CACHE_AUTO ? "aio=native" : "cache=");
	err_hint(err, _("remove cache= and aio=, or move the image to another file system, such as "
	                "ext4 or XFS"));
	return plan_refuse(err, CODE_DISK_ATTACH);
}

static int check_bus(const struct planning *p, const struct profile_disk *want,
        const struct disk_attach *attach, struct err *err)
{
	if (attach->bus != PROFILE_BUS_SATA || want->writable || p->options->test_drive)
		return 0;
	err_set(err, -EINVAL, _("a disk on bus sata cannot be read-only"));
	err_hint(err, _("write writable=yes, or bus=virtio or bus=nvme"));
	return plan_refuse(err, CODE_DISK_WRITE);
}

static enum profile_aio aio_of(const struct profile_disk *want, bool direct)
{
	if (want->aio != PROFILE_AIO_AUTO)
		return want->aio;
	return direct ? PROFILE_AIO_NATIVE : PROFILE_AIO_THREADS;
}

/*
 * Of images copies are made while they are used: QEMU 7.2 fails assertions of its own where that is done beside such a
 * thread (seen with an export, nbd_blockdev_client_closed()).
 */
static bool wants_thread(const struct profile_disk *want)
{
	return want->io_thread == PROFILE_IO_THREAD_YES ||
	       (want->io_thread == PROFILE_IO_THREAD_AUTO && want->device);
}

static int attach(const struct planning *p, const struct profile_disk *want, struct err *err)
{
	enum file_direct can = direct_of(p, want);
	bool direct = !want->url && goes_direct(want, can);
	struct disk_attach *a = list_append(p->plan->attach, p->plan->n_attach);
	int r;

	*a = (struct disk_attach){
	        .bus = bus_of(p, want),
	        .aio = aio_of(want, direct),
	        .direct = direct,
	        .synced = want->cache == PROFILE_CACHE_WRITETHROUGH ||
	                  want->cache == PROFILE_CACHE_DIRECTSYNC,
	};
	a->io_thread =
	        wants_thread(want) && (a->bus == PROFILE_BUS_VIRTIO || a->bus == PROFILE_BUS_SCSI);
	r = check_bus(p, want, a, err);
	return r < 0 || !direct ? r : check_direct(want, can, err);
}

int plan_attach(const struct planning *p, struct err *err)
{
	for (size_t i = 0; i < p->profile->n_disks; i++)
		if (attach(p, &p->profile->disks[i], err) < 0)
			return err_prefix(err, _("disk %s"), p->profile->disks[i].name);
	return 0;
}
