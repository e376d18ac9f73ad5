/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which PCI functions a VM claims: each one is where the profile says, is what it says, and is free. */
#include "base/i18n.h"
#include "profile/keys.h"
#include "vm/plan/plan_hand_over.h"

#include <errno.h>
#include <stdio.h>
#include <strings.h>

static bool same(const char *a, const char *b)
{
	return a && b && strcasecmp(a, b) == 0;
}

/* Whether everything the profile says of the function, but for its address, is true of @d. */
static bool is_it(const struct profile_pci *want, const struct pci_device *d)
{
	if (want->vendor >= 0 && (want->vendor != d->vendor || want->device != d->device))
		return false;
	if (want->subsystem_vendor >= 0 && (want->subsystem_vendor != d->subsystem_vendor ||
	                                           want->subsystem_device != d->subsystem_device))
		return false;
	if (want->path && !same(want->path, d->path))
		return false;
	return !want->serial || same(want->serial, d->serial);
}

/* Where the function is now: the only one of that identity. NULL: none, or more than one. */
static const struct pci_device *find_moved(const struct pci *pci, const struct profile_pci *want)
{
	const struct pci_device *found = NULL;

	for (size_t i = 0; i < pci->n; i++) {
		if (!is_it(want, &pci->list[i]))
			continue;
		if (found)
			return NULL;
		found = &pci->list[i];
	}
	return found;
}

static void hint_moved(const struct planning *p, const struct profile_pci *want, struct err *err)
{
	const struct pci_device *now = find_moved(&p->host->pci, want);
	const struct pci_device *there =
	        want->path ? pci_find_path(&p->host->pci, want->path) : NULL;
	cleanup_free char *what = NULL;

	if (now) {
		err_hint(err,
		        _("it is at %s now (/sys/bus/pci/devices): write address=%s in line %d "
		          "of %s or below"),
		        pci_addr_format(now->addr).s, pci_addr_format(now->addr).s, want->line,
		        p->profile->file);
	} else if (there) {
		what = pci_describe(there);
		err_hint(err,
		        _("at its place %s there is now %s, %s; lspci -Dnn lists what there is"),
		        want->path, pci_addr_format(there->addr).s, what);
	} else {
		err_hint(err,
		        _("nothing in this PC is what the profile describes; is the card plugged "
		          "in? lspci -Dnn lists what there is"));
	}
}

static int refuse_identity(const struct planning *p, const struct profile_pci *want,
        const struct pci_device *d, struct err *err)
{
	const struct pci_addr_text addr = pci_addr_format(d->addr);

	if (want->vendor >= 0 && (want->vendor != d->vendor || want->device != d->device))
		err_set(err, -EXDEV, _("%s is %s, profile says %04x:%04x"), addr.s, pci_id(d).s,
		        (unsigned)want->vendor, (unsigned)want->device);
	else if (want->subsystem_vendor >= 0 &&
	         (want->subsystem_vendor != d->subsystem_vendor ||
	                 want->subsystem_device != d->subsystem_device))
		err_set(err, -EXDEV, _("%s has subsystem %04x:%04x, profile says %04x:%04x"),
		        addr.s, d->subsystem_vendor, d->subsystem_device,
		        (unsigned)want->subsystem_vendor, (unsigned)want->subsystem_device);
	else if (want->path && !same(want->path, d->path))
		err_set(err, -EXDEV, _("%s sits at %s, profile says %s"), addr.s,
		        d->path ? d->path : _("an unknown place"), want->path);
	else
		err_set(err, -EXDEV, _("%s has serial number %s, profile says %s"), addr.s,
		        d->serial ? d->serial : _("unknown"), want->serial);
	hint_moved(p, want, err);
	return plan_refuse(err, CODE_PCI_IDENTITY);
}

static bool is_kind(const struct pci_device *d, enum profile_pci_kind kind)
{
	switch (kind) {
	case PROFILE_PCI_GPU:
		return pci_is_gpu(d);
	case PROFILE_PCI_AUDIO:
		return d->class_code >> 16 == 0x04;
	case PROFILE_PCI_USB:
		return pci_is_usb_controller(d);
	case PROFILE_PCI_OTHER:
		return true;
	}
	return false;
}

static int check_kind(const struct profile_pci *want, const struct pci_device *d, struct err *err)
{
	const struct pci_addr_text addr = pci_addr_format(d->addr);

	if (pci_is_bridge(d)) {
		err_set(err, -EINVAL, _("%s is a bridge (class %04x), which stays with the host"),
		        addr.s, d->class_code >> 8);
		err_hint(err, _("pass what is behind it instead"));
		return plan_refuse(err, CODE_PCI_KIND);
	}
	if (is_kind(d, want->kind))
		return 0;
	err_set(err, -EINVAL, _("%s has class %04x, which is no %s"), addr.s, d->class_code >> 8,
	        key_section_of_pci(want->kind)->name);
	err_hint(err, _("check the address, or put it into a section [pci NAME]"));
	return plan_refuse(err, CODE_PCI_KIND);
}

static int check_present(const struct planning *p, const struct profile_pci *want, struct err *err)
{
	const struct pci_device *d = pci_find(&p->host->pci, want->address);

	if (!d) {
		err_set(err, -ENODEV, _("there is no such PCI function (/sys/bus/pci/devices/%s)"),
		        pci_addr_format(want->address).s);
		hint_moved(p, want, err);
		return plan_refuse(err, CODE_PCI_ABSENT);
	}
	if (!is_it(want, d))
		return refuse_identity(p, want, d, err);
	return check_kind(want, d, err);
}

/* Whether two sections want the same. Which virtual function auto means is seen later. */
static bool is_same(const struct profile_pci *a, const struct profile_pci *b)
{
	if (!pci_addr_equal(a->address, b->address))
		return false;
	if (a->mediated && b->mediated)
		return false;
	if (a->virtual_function == PROFILE_VIRTUAL_NO || b->virtual_function == PROFILE_VIRTUAL_NO)
		return true;
	return a->virtual_function == b->virtual_function &&
	       a->virtual_function != PROFILE_VIRTUAL_AUTO;
}

static int check_twice(const struct planning *p, size_t index, struct err *err)
{
	const struct profile *profile = p->profile;

	for (size_t i = 0; i < index; i++) {
		if (!is_same(&profile->pci[i], &profile->pci[index]))
			continue;
		err_set(err, -EINVAL, _("it is there twice, first in line %d of %s"),
		        profile->pci[i].line, profile->file);
		err_hint(err, _("keep one of the two sections"));
		return plan_refuse(err, CODE_PCI_TWICE);
	}
	return 0;
}

/* What is on vfio-pci has no host driver left that could use it. */
int plan_pci_unused(const struct planning *p, const struct pci_device *d, struct err *err)
{
	cleanup_strv struct strv uses = {0};
	cleanup_free char *words = NULL;

	if (same(d->driver, "vfio-pci"))
		return 0;
	if (plan_is_handed(p->profile, d->addr))
		host_uses_beside(p->host, d, &uses);
	else
		host_uses(p->host, d, &uses);
	if (d->boot_vga == 1 && !uses.n && !plan_is_handed(p->profile, d->addr))
		strv_add(&uses, _("boot display"));
	if (!uses.n)
		return 0;
	words = strv_join(&uses, ", ");
	err_set(err, -EBUSY, _("this PC uses %s itself: %s (/sys/bus/pci/devices/%s: driver %s%s)"),
	        pci_id(d).s, words, pci_addr_format(d->addr).s, d->driver ? d->driver : _("none"),
	        d->boot_vga == 1 ? ", boot_vga 1" : "");
	err_hint(
	        err, pci_is_gpu(d)
	                     ? _("take another card, keep this one from the host at boot "
	                         "(playthrough-setup plan shows what the host would lose), or have "
	                         "it serve both in turn: hand-over=yes in its section")
	                     : _("take another device, or keep it from the host at boot: "
	                         "playthrough-setup plan shows what the host would lose, "
	                         "playthrough-setup apply does it"));
	return plan_refuse(err, CODE_PCI_USED);
}

/*
 * What hangs on a controller goes with it. Nothing has these disks open, or plan_pci_unused() had said so; all the same they
 * may be parts of the host's own LVM, RAID or ZFS, as with a disk by itself.
 */
static int check_disks(const struct planning *p, const struct profile_pci *want, struct err *err)
{
	for (size_t i = 0; !want->guest_volumes && i < p->host->disks.n; i++) {
		const struct disk *disk = &p->host->disks.list[i];
		cleanup_free char *words = NULL;

		if (!disk->has_controller || !disk->members.n ||
		        !pci_addr_equal(disk->controller, want->address))
			continue;
		words = strv_join(&disk->members, "; ");
		err_set(err, -EBUSY, _("disk %s hangs on it: %s"), disk->name, words);
		err_hint(err, _("if the guest made all that is on it, write guest-volumes=yes; "
		                "else give it another controller"));
		return plan_refuse(err, CODE_DISK_MEMBER);
	}
	return 0;
}

/* It died in a reset, or fell off its bus: to open it once more may hang this PC. */
static int check_answers(const struct pci_device *d, struct err *err)
{
	const struct pci_addr_text addr = pci_addr_format(d->addr);

	if (!d->silent)
		return 0;
	err_set(err, -EIO,
	        _("%s does not answer: its vendor reads as ffff (/sys/bus/pci/devices/%s/config)"),
	        pci_id(d).s, addr.s);
	err_hint(err, _("shut this PC down and cut its power for half a minute"));
	return plan_refuse(err, CODE_GPU_SILENT);
}

/* --- where the guest finds it --- */

/* -1: it is not there yet. */
static int group_of(
        const struct planning *p, const struct vm_share *share, const struct pci_device *d)
{
	const struct mdev *mdev = share->uuid ? mdev_find(&p->host->mdevs, share->uuid) : NULL;

	switch (share->kind) {
	case VM_SHARE_NO:
		break;
	case VM_SHARE_VIRTUAL:
		return share->there ? d->iommu_group : -1;
	case VM_SHARE_MEDIATED:
		return mdev ? mdev->iommu_group : -1;
	}
	return d->iommu_group;
}

static int add_claim(const struct planning *p, size_t index, struct err *err)
{
	const struct profile_pci *want = &p->profile->pci[index];
	const struct pci_device *d = pci_find(&p->host->pci, want->address), *vf;
	struct vm_share share;
	unsigned slot = SLOT_CARDS + profile_card_number(p->profile, index);

	if (slot >= SLOT_CARDS_END) {
		err_set(err, -E2BIG, _("more cards than the guest has root ports for (%d)"),
		        SLOT_CARDS_END - SLOT_CARDS);
		err_hint(err, _("pass fewer cards"));
		return plan_refuse(err, CODE_VM_TOO_MANY);
	}
	if (plan_share(p, index, &share, err) < 0)
		return err ? err->number : -EINVAL;
	vf = share.kind == VM_SHARE_VIRTUAL && share.there
	             ? pci_find_virtual(&p->host->pci, share.parent, share.vf)
	             : NULL;
	if (vf && plan_pci_unused(p, vf, err) < 0) {
		plan_share_finish(&share);
		return err ? err->number : -EINVAL;
	}
	d = vf ? vf : d;
	*list_append(p->plan->pci, p->plan->n_pci) = (struct vm_claim_pci){
	        .addr = d->addr,
	        .share = share,
	        .path = xstrdup(d->path),
	        .vendor = d->vendor,
	        .device = d->device,
	        .subsystem_vendor = d->subsystem_vendor,
	        .subsystem_device = d->subsystem_device,
	        .iommu_group = group_of(p, &share, d),
	        .pass = true,
	        .bound = same(d->driver, "vfio-pci"),
	        .name = xstrdup(want->name[0] ? want->name : pci_addr_format(d->addr).s),
	        .guest_path = xasprintf(
	                "00:%02x.0/00.%u", slot, profile_guest_function(p->profile, index)),
	        .bar = -1,
	        .kind = want->kind,
	        .class_code = d->class_code,
	};
	return 0;
}

/* --- all of them --- */

typedef int check_function(const struct planning *p, size_t index, struct err *err);

static int check_is_there(const struct planning *p, size_t index, struct err *err)
{
	int r = check_twice(p, index, err);

	return r < 0 ? r : check_present(p, &p->profile->pci[index], err);
}

static int check_is_free(const struct planning *p, size_t index, struct err *err)
{
	const struct profile_pci *want = &p->profile->pci[index];
	const struct pci_device *d = pci_find(&p->host->pci, want->address);
	int r = check_answers(d, err);

	if (r < 0 || profile_pci_is_share(want)) /* what it itself does goes on */
		return r;
	r = plan_share_keeps(p, d, err);
	r = r < 0 ? r : plan_pci_unused(p, d, err);
	return r < 0 ? r : check_disks(p, want, err);
}

static int for_each(const struct planning *p, check_function *check, struct err *err)
{
	for (size_t i = 0; i < p->profile->n_pci; i++) {
		const struct profile_pci *want = &p->profile->pci[i];

		if (check(p, i, err) < 0)
			return err_prefix(err, "%s%s%s %s", key_section_of_pci(want->kind)->name,
			        want->name[0] ? " " : "", want->name,
			        pci_addr_format(want->address).s);
	}
	return 0;
}

/* Mediated devices are kept apart by their driver. */
static bool needs_iommu(const struct profile *profile)
{
	for (size_t i = 0; i < profile->n_pci; i++)
		if (!profile->pci[i].mediated)
			return true;
	return false;
}

int plan_pci(const struct planning *p, struct err *err)
{
	int r;

	if (!p->profile->n_pci)
		return 0;
	r = for_each(p, check_is_there, err);
	if (r == 0 && needs_iommu(p->profile))
		r = plan_pci_iommu(p, err);
	if (r == 0)
		r = for_each(p, check_is_free, err);
	if (r == 0)
		r = for_each(p, add_claim, err);
	r = r < 0 ? r : plan_pci_groups(p, err);
	return r < 0 ? r : plan_hand_over(p, err);
}
