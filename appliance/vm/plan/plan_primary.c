/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which screen of the guest is its first: a passed card, or the emulated one to fall back on. */
#include "base/i18n.h"
#include "vm/plan/plan_parts.h"

#include <errno.h>

#define CLASS_VGA 0x0300

static bool is_gpu(const struct profile_pci *pci)
{
	return pci->kind == PROFILE_PCI_GPU && !profile_pci_is_share(pci); /* which has no screen */
}

/* The card that says so, else the first that may be. */
static const struct profile_pci *find_primary(const struct profile *profile)
{
	const struct profile_pci *first = NULL;

	for (size_t i = 0; i < profile->n_pci; i++) {
		const struct profile_pci *pci = &profile->pci[i];

		if (is_gpu(pci) && pci->primary == PROFILE_PRIMARY_YES)
			return pci;
		if (is_gpu(pci) && pci->primary == PROFILE_PRIMARY_AUTO && !first)
			first = pci;
	}
	return first;
}

enum profile_display plan_display_type(const struct planning *p)
{
	if (p->profile->display != PROFILE_DISPLAY_AUTO)
		return p->profile->display;
	return find_primary(p->profile) ? PROFILE_DISPLAY_NONE : PROFILE_DISPLAY_VIRTIO;
}

/* One that is not VGA leaves the first place, and the old addresses of VGA, to the card. */
const char *plan_display_device(const struct planning *p)
{
	const struct profile_pci *primary = find_primary(p->profile);

	switch (plan_display_type(p)) {
	case PROFILE_DISPLAY_STD:
		return "VGA";
	case PROFILE_DISPLAY_VIRTIO:
		return primary && primary->primary == PROFILE_PRIMARY_YES ? "virtio-gpu-pci"
		                                                          : "virtio-vga";
	case PROFILE_DISPLAY_AUTO:
	case PROFILE_DISPLAY_NONE:
		break;
	}
	return NULL;
}

/*
 * x-vga hands the addresses that all VGA cards share (0xa0000, ports 0x3c0) to the guest, and they are taken from the
 * host's VGA meanwhile (QEMU, hw/vfio/pci.c). Only a BIOS draws by them: UEFI never does, nor a kernel booted directly.
 */
bool plan_is_vga(const struct planning *p, const struct vm_claim_pci *claim)
{
	const struct profile_pci *primary = find_primary(p->profile);

	if (!primary || !pci_addr_equal(primary->address, claim->addr) ||
	        claim->class_code >> 8 != CLASS_VGA)
		return false;
	if (p->profile->firmware != PROFILE_FIRMWARE_BIOS ||
	        plan_direct_boot(p->options, p->profile))
		return false;
	return primary->primary == PROFILE_PRIMARY_YES ||
	       plan_display_type(p) == PROFILE_DISPLAY_NONE;
}

/* --- refusals --- */

static int refuse(const struct planning *p, const struct profile_pci *pci, struct err *err)
{
	err_hint(err, _("remove primary=yes below line %d of %s"), pci->line, p->profile->file);
	return plan_refuse(err, CODE_GPU_PRIMARY);
}

static int check_one(const struct planning *p, const struct profile_pci *pci, struct err *err)
{
	const struct pci_device *d = pci_find(&p->host->pci, pci->address);
	const struct pci_addr_text at = pci_addr_format(pci->address);
	const struct profile_pci *primary = find_primary(p->profile);

	if (primary != pci) {
		err_set(err, -EINVAL, _("gpu %s: primary=yes is said of %s already"), at.s,
		        pci_addr_format(primary->address).s);
		return refuse(p, pci, err);
	}
	if (p->profile->display == PROFILE_DISPLAY_STD) {
		err_set(err, -EINVAL,
		        _("gpu %s: with type=std in [display] the emulated card is the first "
		          "screen, and not this one"),
		        at.s);
		return refuse(p, pci, err);
	}
	if (p->profile->firmware != PROFILE_FIRMWARE_BIOS || (d && d->class_code >> 8 == CLASS_VGA))
		return 0;
	err_set(err, -EINVAL,
	        _("gpu %s: the guest's BIOS draws only on a VGA card, and this one has class %04x "
	          "(/sys/bus/pci/devices/%s/class)"),
	        at.s, d ? d->class_code >> 8 : 0, at.s);
	return refuse(p, pci, err);
}

int plan_primary(const struct planning *p, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < p->profile->n_pci && r == 0; i++) {
		const struct profile_pci *pci = &p->profile->pci[i];

		if (is_gpu(pci) && pci->primary == PROFILE_PRIMARY_YES)
			r = check_one(p, pci, err);
	}
	return r;
}
