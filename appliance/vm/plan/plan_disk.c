/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which block devices a VM claims: each one is what the profile says, and nothing of the host stands on it. */
#include "base/i18n.h"
#include "profile/backing.h"
#include "profile/disk_check.h"
#include "profile/disk_url.h"
#include "vm/plan/plan_parts.h"

#include <errno.h>
#include <stdio.h>

#define GUEST_SERIAL_MAX 20 /* of virtio-blk, ATA and NVMe alike */
#define USES_TOLD        4u

static struct disk_part find_part(const struct planning *p, const struct profile_disk *want)
{
	return want->device ? disks_find_part(&p->host->disks, want->device)
	                    : (struct disk_part){0};
}

static const struct disk *find(const struct planning *p, const struct profile_disk *want)
{
	return find_part(p, want).disk;
}

/* Two partitions have one disk's serial number between them: the guest sees their sections' names. */
static const char *own_serial(const struct planning *p, const struct profile_disk *disk)
{
	struct disk_part part = find_part(p, disk);

	if (part.partition)
		return disk->name;
	if (disk->serial)
		return disk->serial;
	return part.disk && part.disk->serial && part.disk->serial[0] ? part.disk->serial
	                                                              : disk->name;
}

char *plan_disk_serial(const struct planning *p, const struct profile_disk *disk)
{
	const char *serial = own_serial(p, disk);
	char cut[GUEST_SERIAL_MAX + 1];

	snprintf(cut, sizeof(cut), "%s", serial);
	return xstrdup(strip(cut));
}

/* The first of them in one sentence; caller frees. */
static char *tell_uses(const struct strv *uses)
{
	cleanup_strv struct strv told = {0};

	for (size_t i = 0; i < uses->n && i < USES_TOLD; i++)
		strv_add(&told, uses->list[i]);
	if (uses->n > USES_TOLD)
		strv_addf(&told, _("and %zu more"), uses->n - USES_TOLD);
	return strv_join(&told, "; ");
}

static int check_uses(const struct profile_disk *want, struct disk_part part, struct err *err)
{
	cleanup_strv struct strv uses = {0};
	cleanup_free char *words = NULL;

	disk_part_uses(part, false, &uses);
	if (!uses.n)
		return 0;
	words = tell_uses(&uses);
	err_set(err, -EBUSY, _("%s (%s) is in use by this PC: %s"), want->device,
	        disk_part_name(part), words);
	err_hint(err,
	        _("give the guest a disk of its own, or unmount and release everything on it"));
	return plan_refuse(err, CODE_DISK_USED);
}

/* Nothing has it open; all the same, the other parts may be the host's. */
static int check_members(const struct profile_disk *want, struct disk_part part, struct err *err)
{
	cleanup_strv struct strv uses = {0};
	cleanup_free char *words = NULL;

	if (want->guest_volumes)
		return 0;
	disk_part_uses(part, true, &uses);
	if (!uses.n)
		return 0;
	words = tell_uses(&uses);
	err_set(err, -EBUSY, "%s (%s): %s", want->device, disk_part_name(part), words);
	err_hint(
	        err, _("if the guest made all that is on it, write guest-volumes=yes; else give it "
	               "another disk"));
	return plan_refuse(err, CODE_DISK_MEMBER);
}

static int check_vms(const struct planning *p, const struct profile_disk *want,
        struct disk_part part, struct err *err)
{
	cleanup_strv struct strv vms = {0};

	disk_part_vms(part, &vms);
	strv_foreach (vm, &vms) {
		if (streq(*vm, p->profile->name))
			continue;
		err_set(err, -EBUSY, _("disk %s is in use by VM %s"), want->device, *vm);
		err_hint(err, _("stop that VM first: playthrough stop %s"), *vm);
		return plan_refuse(err, CODE_VM_CLAIMED);
	}
	return 0;
}

static int check_partition(const struct profile_disk *want, struct disk_part part, struct err *err)
{
	cleanup_free char *why = disk_part_unsafe(part);

	if (!why)
		return 0;
	err_set(err, -EINVAL, "%s: %s", want->device, why);
	err_hint(err, _("name another partition, or the whole disk"));
	return plan_refuse(err, CODE_DISK_PARTITION);
}

static int check_identity(const struct profile_disk *want, struct disk_part part, struct err *err)
{
	const struct disk *d = part.disk;
	uint64_t size = disk_part_size(part);

	if (want->serial && (!d->serial || !streq(want->serial, d->serial))) {
		err_set(err, -EXDEV, _("%s (%s) has serial number %s, profile says %s"),
		        want->device, d->name, d->serial ? d->serial : _("unknown"), want->serial);
		err_hint(err,
		        _("another disk answers to this link; if it is the right one, correct "
		          "serial= (udevadm info --query=property --name=%s)"),
		        d->name);
		return plan_refuse(err, CODE_DISK_IDENTITY);
	}
	if (want->size && want->size != size) {
		err_set(err, -EXDEV,
		        _("%s (%s) has %llu bytes (/sys/class/block/%s/size), profile says %llu"),
		        want->device, disk_part_name(part), (unsigned long long)size,
		        disk_part_name(part), (unsigned long long)want->size);
		err_hint(
		        err, _("another disk answers to this link; if it is the right one, correct "
		               "size="));
		return plan_refuse(err, CODE_DISK_IDENTITY);
	}
	return 0;
}

static int check_controller(const struct planning *p, const struct disk *d, struct err *err)
{
	for (size_t i = 0; d->has_controller && i < p->plan->n_pci; i++) {
		const struct vm_claim_pci *claim = &p->plan->pci[i];

		if (!vm_claim_has(claim, d->controller))
			continue;
		err_set(err, -EBUSY, _("%s hangs on %s, which this VM owns as a whole"), d->name,
		        pci_addr_format(claim->addr).s);
		err_hint(err,
		        _("remove this disk's section: the guest sees the disk on its controller"));
		return plan_refuse(err, CODE_DISK_PASSED);
	}
	return 0;
}

static int check_writable(const struct planning *p, const struct profile_disk *want,
        const struct disk *d, struct err *err)
{
	if (d && d->read_only && want->writable && !p->options->test_drive) {
		err_set(err, -EROFS, _("%s (%s) is write-protected (/sys/block/%s/ro: 1)"),
		        want->device, d->name, d->name);
		err_hint(err, _("write writable=no, or remove the protection"));
		return plan_refuse(err, CODE_DISK_WRITE);
	}
	return 0;
}

static int check_twice(const struct planning *p, size_t index, struct err *err)
{
	const struct profile_disk *disks = p->profile->disks, *want = &disks[index];
	struct disk_part part = find_part(p, want);

	for (size_t i = 0; i < index; i++) {
		bool same_device = disk_parts_overlap(part, find_part(p, &disks[i]));
		bool same_image =
		        want->image && disks[i].image && streq(want->image, disks[i].image);
		bool same_url = want->url && disks[i].url && streq(want->url, disks[i].url);

		if (!same_device && !same_image && !same_url)
			continue;
		err_set(err, -EINVAL, _("%s is disk %s already (line %d of %s)"),
		        profile_disk_source(want), disks[i].name, disks[i].line, p->profile->file);
		err_hint(err, _("keep one of the two sections"));
		return plan_refuse(err, CODE_DISK_TWICE);
	}
	return 0;
}

static int check_serial(const struct planning *p, size_t index, struct err *err)
{
	const struct profile_disk *disks = p->profile->disks;
	cleanup_free char *mine = plan_disk_serial(p, &disks[index]);

	for (size_t i = 0; i < index; i++) {
		cleanup_free char *other = plan_disk_serial(p, &disks[i]);

		if (!streq(mine, other))
			continue;
		err_set(err, -EINVAL, _("the guest would see serial number %s on disk %s too"),
		        mine, disks[i].name);
		if (!disks[index].device)
			err_hint(err,
			        _("write another serial=; the guest sees its first %d characters"),
			        GUEST_SERIAL_MAX);
		else
			err_hint(err,
			        _("the guest sees the first %d characters; pass only one of the "
			          "two"),
			        GUEST_SERIAL_MAX);
		return plan_refuse(err, CODE_DISK_SERIAL);
	}
	return 0;
}

static int check_backings(
        const struct planning *p, const struct profile_disk *want, struct err *err)
{
	struct profile_backings backings;
	int r = profile_backings_parse(want->backing, &backings, err);

	for (size_t i = 0; r == 0 && i < backings.n; i++) {
		if (plan_exists(p->options, backings.list[i].path))
			continue;
		r = err_set(err, -ENOENT, _("%s, which the image %s stands on, is not there"),
		        backings.list[i].path, want->image);
		err_hint(err, _("without it the image is no disk; bring it back, or correct "
		                "backing= in the profile"));
		plan_refuse(err, CODE_IMAGE_BACKING);
	}
	if (r == 0 || backings.n)
		profile_backings_finish(&backings);
	return r;
}

static int check_secret(const struct planning *p, const char *file, const char *of, struct err *err)
{
	if (!file || plan_exists(p->options, file))
		return 0;
	err_set(err, -ENOENT, _("the passphrase of %s is to be read from %s, which is not there"),
	        of, file);
	err_hint(err,
	        _("write the passphrase into it, readable by its owner alone: install -m 600 "
	          "/dev/stdin %s"),
	        file);
	return plan_refuse(err, CODE_IMAGE_SECRET);
}

static int check_image(const struct planning *p, const struct profile_disk *want, struct err *err)
{
	if (plan_exists(p->options, want->image)) {
		int r = check_backings(p, want, err);

		return r < 0 ? r : check_secret(p, want->passphrase_file, want->image, err);
	}
	err_set(err, -ENOENT, _("the image %s is not there"), want->image);
	err_hint(err,
	        _("check image= in the profile, or make one: playthrough disk create %s 64G "
	          "--format %s"),
	        want->image, want->format);
	return plan_refuse(err, CODE_DISK_IMAGE);
}

static int check_device(const struct planning *p, const struct profile_disk *want, struct err *err)
{
	struct disk_part part = find_part(p, want);
	int r;

	if (!part.disk || !disk_part_size(part)) {
		err_set(err, -ENODEV,
		        part.disk ? _("%s has no medium (/sys/block: size 0)")
		                  : _("%s is not there, or no disk"),
		        want->device);
		err_hint(err, _("is it plugged in? playthrough disk list tells what there is"));
		return plan_refuse(err, CODE_DISK_ABSENT);
	}
	r = check_identity(want, part, err);
	r = r < 0 ? r : check_uses(want, part, err);
	r = r < 0 ? r : check_vms(p, want, part, err);
	r = r < 0 ? r : check_members(want, part, err);
	r = r < 0 ? r : check_partition(want, part, err);
	return r < 0 ? r : check_controller(p, part.disk, err);
}

static struct vm_fd *last_fd(const struct planning *p)
{
	return &p->plan->fds[p->plan->n_fds - 1];
}

static void add_image_files(const struct planning *p, const struct profile_disk *want)
{
	size_t index = (size_t)(want - p->profile->disks);
	struct profile_backings backings;

	if (profile_backings_parse(want->backing, &backings, NULL) == 0) {
		for (size_t i = 0; i < backings.n; i++)
			plan_add_fd(p->plan, VM_FD_BACKING, index, backings.list[i].path, false);
		if (backings.n) /* the lowest: those above are told what they stand on */
			last_fd(p)->alone = streq(backings.list[backings.n - 1].format, "qcow2");
		profile_backings_finish(&backings);
	}
}

static void add_secrets(const struct planning *p, const struct profile_disk *want)
{
	size_t index = (size_t)(want - p->profile->disks);

	if (want->passphrase_file)
		plan_add_fd(p->plan, VM_FD_SECRET, index, want->passphrase_file, false);
	if (want->secret_file)
		plan_add_fd(p->plan, VM_FD_URL_SECRET, index, want->secret_file, false);
}

/* QEMU connects to it itself. */
static void add_url(const struct planning *p, const struct profile_disk *want)
{
	struct disk_url url;

	if (disk_url_parse(want->url, &url, NULL) < 0)
		return;
	p->plan->reaches_out |= url.kind != DISK_URL_NBD_UNIX;
	if (!strv_has(&p->plan->drivers, disk_url_driver(url.kind)))
		strv_add(&p->plan->drivers, disk_url_driver(url.kind));
	disk_url_finish(&url);
	add_secrets(p, want);
}

static void add_disk(const struct planning *p, const struct profile_disk *want)
{
	const struct disk *d = find(p, want);
	bool writable = want->writable && !p->options->test_drive;
	cleanup_free char *serial = plan_disk_serial(p, want);
	struct vm_claim_disk *claim;

	strv_addf(&p->plan->guest_disks, "%s %s", want->name, serial);
	if (want->url) {
		add_url(p, want);
		return;
	}
	if (!d) {
		plan_add_fd(p->plan, VM_FD_IMAGE, 0, want->image, writable);
		last_fd(p)->alone = !want->backing && streq(want->format, "qcow2");
		add_image_files(p, want);
		add_secrets(p, want);
		return;
	}
	claim = list_append(p->plan->disks, p->plan->n_disks);
	*claim = (struct vm_claim_disk){
	        .name = xstrdup(want->name),
	        .device = xstrdup(want->device),
	        .serial = xstrdup(d->serial),
	        .size = disk_part_size(find_part(p, want)),
	        .writable = writable,
	        .guest_volumes = want->guest_volumes,
	};
	claim->fdset =
	        plan_add_fd(p->plan, VM_FD_DISK, p->plan->n_disks - 1, want->device, writable);
}

static int check_disk(const struct planning *p, size_t index, struct err *err)
{
	const struct profile_disk *want = &p->profile->disks[index];
	int r = want->device  ? check_device(p, want, err)
	        : want->image ? check_image(p, want, err)
	                      : check_secret(p, want->secret_file, want->url, err);

	if (r == 0)
		r = check_writable(p, want, find(p, want), err);
	if (r == 0)
		r = check_twice(p, index, err);
	if (r == 0)
		r = check_serial(p, index, err);
	return r < 0 ? err_prefix(err, _("disk %s"), want->name) : 0;
}

int plan_disks(const struct planning *p, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->profile->n_disks; i++)
		r = check_disk(p, i, err);
	for (size_t i = 0; r == 0 && i < p->profile->n_disks; i++)
		add_disk(p, &p->profile->disks[i]);
	return r < 0 ? r : plan_attach(p, err);
}
