/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which block devices a VM claims: each one is what the profile says, and nothing of the host stands on it. */
#include "base/i18n.h"
#include "profile/backing.h"
#include "vm/plan_parts.h"

#include <errno.h>
#include <stdio.h>

#define GUEST_SERIAL_MAX 20 /* of virtio-blk, ATA and NVMe alike */
#define SATA_PORTS       6  /* of the chipset's controller */
#define USES_TOLD        4u

static const struct disk *find(const struct planning *p, const struct profile_disk *want)
{
	return want->device ? disks_find(&p->host->disks, want->device) : NULL;
}

char *plan_disk_serial(const struct planning *p, const struct profile_disk *disk)
{
	const struct disk *found = find(p, disk);
	const char *serial = disk->serial                                 ? disk->serial
	                     : found && found->serial && found->serial[0] ? found->serial
	                                                                  : disk->name;
	char cut[GUEST_SERIAL_MAX + 1];

	snprintf(cut, sizeof(cut), "%s", serial);
	return xstrdup(strip(cut));
}

static int check_uses(const struct profile_disk *want, const struct disk *d, struct err *err)
{
	cleanup_strv struct strv told = {0};
	cleanup_free char *words = NULL;

	if (!d->uses.n)
		return 0;
	for (size_t i = 0; i < d->uses.n && i < USES_TOLD; i++)
		strv_add(&told, d->uses.list[i]);
	if (d->uses.n > USES_TOLD)
		strv_addf(&told, _("and %zu more"), d->uses.n - USES_TOLD);
	words = strv_join(&told, "; ");
	err_set(err, -EBUSY, _("%s (%s) is in use by this PC: %s"), want->device, d->name, words);
	err_hint(err,
	        _("give the guest a disk of its own, or unmount and release everything on it"));
	return plan_refuse(err, CODE_DISK_USED);
}

static int check_identity(const struct profile_disk *want, const struct disk *d, struct err *err)
{
	if (want->serial && (!d->serial || !streq(want->serial, d->serial))) {
		err_set(err, -EXDEV, _("%s (%s) has serial number %s, profile says %s"),
		        want->device, d->name, d->serial ? d->serial : _("unknown"), want->serial);
		err_hint(err,
		        _("another disk answers to this link; if it is the right one, correct "
		          "serial= (udevadm info --query=property --name=%s)"),
		        d->name);
		return plan_refuse(err, CODE_DISK_IDENTITY);
	}
	if (want->size && want->size != d->size) {
		err_set(err, -EXDEV,
		        _("%s (%s) has %llu bytes (/sys/block/%s/size), profile says %llu"),
		        want->device, d->name, (unsigned long long)d->size, d->name,
		        (unsigned long long)want->size);
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

		if (!pci_addr_equal(claim->addr, d->controller))
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
	if (want->bus != PROFILE_BUS_SATA || want->writable || p->options->test_drive)
		return 0;
	err_set(err, -EINVAL, _("a disk on bus sata cannot be read-only"));
	err_hint(err, _("write writable=yes, or bus=virtio or bus=nvme"));
	return plan_refuse(err, CODE_DISK_WRITE);
}

static int check_twice(const struct planning *p, size_t index, struct err *err)
{
	const struct profile_disk *disks = p->profile->disks, *want = &disks[index];
	const struct disk *d = find(p, want);

	for (size_t i = 0; i < index; i++) {
		bool same_device = d && find(p, &disks[i]) == d;
		bool same_image =
		        want->image && disks[i].image && streq(want->image, disks[i].image);

		if (!same_device && !same_image)
			continue;
		err_set(err, -EINVAL, _("%s is disk %s already (line %d of %s)"),
		        want->device ? want->device : want->image, disks[i].name, disks[i].line,
		        p->profile->file);
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
		if (disks[index].image)
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

static int check_secret(const struct planning *p, const struct profile_disk *want, struct err *err)
{
	if (!want->passphrase_file || plan_exists(p->options, want->passphrase_file))
		return 0;
	err_set(err, -ENOENT, _("the passphrase of %s is to be read from %s, which is not there"),
	        want->image, want->passphrase_file);
	err_hint(err,
	        _("write the passphrase into it, readable by its owner alone: install -m 600 "
	          "/dev/stdin %s"),
	        want->passphrase_file);
	return plan_refuse(err, CODE_IMAGE_SECRET);
}

static int check_image(const struct planning *p, const struct profile_disk *want, struct err *err)
{
	if (plan_exists(p->options, want->image)) {
		int r = check_backings(p, want, err);

		return r < 0 ? r : check_secret(p, want, err);
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
	const struct disk *d = find(p, want);
	int r;

	if (!d || !d->size) {
		err_set(err, -ENODEV,
		        d ? _("%s has no medium (/sys/block: size 0)")
		          : _("%s is not there, or no whole disk"),
		        want->device);
		err_hint(err, _("is it plugged in? ls -l /dev/disk/by-id lists what there is"));
		return plan_refuse(err, CODE_DISK_ABSENT);
	}
	r = check_identity(want, d, err);
	if (r == 0)
		r = check_uses(want, d, err);
	if (r == 0)
		r = check_controller(p, d, err);
	return r;
}

static void add_image_files(const struct planning *p, const struct profile_disk *want)
{
	size_t index = (size_t)(want - p->profile->disks);
	struct profile_backings backings;

	if (profile_backings_parse(want->backing, &backings, NULL) == 0) {
		for (size_t i = 0; i < backings.n; i++)
			plan_add_fd(p->plan, VM_FD_BACKING, index, backings.list[i].path, false);
		profile_backings_finish(&backings);
	}
	if (want->passphrase_file)
		plan_add_fd(p->plan, VM_FD_SECRET, index, want->passphrase_file, false);
}

static void add_disk(const struct planning *p, const struct profile_disk *want)
{
	const struct disk *d = find(p, want);
	bool writable = want->writable && !p->options->test_drive;
	cleanup_free char *serial = plan_disk_serial(p, want);
	struct vm_claim_disk *claim;

	strv_addf(&p->plan->guest_disks, "%s %s", want->name, serial);
	if (!d) {
		plan_add_fd(p->plan, VM_FD_IMAGE, 0, want->image, writable);
		add_image_files(p, want);
		return;
	}
	claim = list_append(p->plan->disks, p->plan->n_disks);
	*claim = (struct vm_claim_disk){
	        .name = xstrdup(want->name),
	        .device = xstrdup(want->device),
	        .serial = xstrdup(d->serial),
	        .size = d->size,
	        .writable = writable,
	};
	claim->fdset =
	        plan_add_fd(p->plan, VM_FD_DISK, p->plan->n_disks - 1, want->device, writable);
}

static int check_disk(const struct planning *p, size_t index, struct err *err)
{
	const struct profile_disk *want = &p->profile->disks[index];
	int r = want->device ? check_device(p, want, err) : check_image(p, want, err);

	if (r == 0)
		r = check_writable(p, want, find(p, want), err);
	if (r == 0)
		r = check_twice(p, index, err);
	if (r == 0)
		r = check_serial(p, index, err);
	return r < 0 ? err_prefix(err, _("disk %s"), want->name) : 0;
}

static int check_ports(const struct profile *profile, struct err *err)
{
	unsigned sata = 0;

	for (size_t i = 0; i < profile->n_disks; i++)
		sata += profile->disks[i].bus == PROFILE_BUS_SATA;
	if (sata <= SATA_PORTS)
		return 0;
	err_set(err, -E2BIG, _("%u disks on bus sata, which has %d ports"), sata, SATA_PORTS);
	err_hint(err, _("put some on bus=virtio or bus=nvme"));
	return plan_refuse(err, CODE_VM_TOO_MANY);
}

int plan_disks(const struct planning *p, struct err *err)
{
	int r = check_ports(p->profile, err);

	for (size_t i = 0; r == 0 && i < p->profile->n_disks; i++)
		r = check_disk(p, i, err);
	for (size_t i = 0; r == 0 && i < p->profile->n_disks; i++)
		add_disk(p, &p->profile->disks[i]);
	return r;
}
