/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Resizable BARs: how large a card's memory is to the processor while a VM has the card, and whether the guest's firmware
 * finds room for all that is passed.
 */
#include "base/i18n.h"
#include "vm/plan/plan_parts.h"

#include <errno.h>

#define MIB          (1ull << 20)
#define FIRST_ORDER  6 /* of PROFILE_BAR_64M: 2^6 MiB */
#define OVMF_DEFAULT (32ull << 30)
#define OVMF_MOST    (1ull << 44)

static unsigned order_of(uint64_t bytes)
{
	unsigned order = 0;

	while (order < 43 && MIB << order < bytes)
		order++;
	return order;
}

/* The card's own memory is the largest of those that can be resized; -1: none can. */
static int find_bar(const struct pci_device *d)
{
	int best = -1;

	for (int i = 0; i < (int)ARRAY_SIZE(d->bar); i++)
		if (d->bar[i].sizes && (best < 0 || d->bar[i].size > d->bar[best].size))
			best = i;
	return best;
}

static char *tell_sizes(uint64_t sizes)
{
	cleanup_strv struct strv words = {0};

	for (unsigned order = 0; order < 44; order++) {
		if (!(sizes >> order & 1))
			continue;
		if (order < 10)
			strv_addf(&words, "%uM", 1u << order);
		else
			strv_addf(&words, "%lluG", 1ull << (order - 10));
	}
	return strv_join(&words, ", ");
}

static int refuse(const struct planning *p, struct err *err)
{
	err_hint(err, _("write bar-size=auto in [gpu] of %s"), p->profile->file);
	return plan_refuse(err, CODE_GPU_BAR_SIZE);
}

static int check_sizes(const struct planning *p, const struct pci_device *d, int bar,
        unsigned order, struct err *err)
{
	const struct pci_addr_text text = pci_addr_format(d->addr);
	cleanup_free char *told = NULL;
	const char *at = text.s;

	if (bar < 0) {
		err_set(err, -ENOTSUP,
		        _("gpu %s: the size of its memory cannot be changed (no "
		          "/sys/bus/pci/devices/%s/resource*_resize)"),
		        at, at);
		return refuse(p, err);
	}
	if (!d->bars_by_kernel) {
		err_set(err, -ENOTSUP,
		        _("gpu %s: the card could, but this kernel does not let the size of its "
		          "memory be changed (no /sys/bus/pci/devices/%s/resource%d_resize, which "
		          "began with Linux 6.1)"),
		        at, at, bar);
		return refuse(p, err);
	}
	if (d->bar[bar].sizes >> order & 1)
		return 0;
	told = tell_sizes(d->bar[bar].sizes);
	err_set(err, -EINVAL,
	        _("gpu %s: its memory can be %s, and not what bar-size= says "
	          "(/sys/bus/pci/devices/%s/resource%d_resize: %llx)"),
	        at, told, at, bar, (unsigned long long)d->bar[bar].sizes);
	return refuse(p, err);
}

/* What grows needs a new place, and below 4 GiB there is none. Where the file does not tell, the kernel will. */
static int check_room(const struct planning *p, const struct pci_device *d, int bar, unsigned order,
        struct err *err)
{
	const char *room = p->host->pci.room_above_4g;

	if (MIB << order <= d->bar[bar].size || !room || *room)
		return 0;
	err_set(err, -ENOSPC,
	        _("gpu %s: this PC keeps no room above 4 GiB for more of its memory (/proc/iomem)"),
	        pci_addr_format(d->addr).s);
	err_hint(err,
	        _("switch on Above 4G Decoding in the firmware setup, or write bar-size=auto "
	          "in [gpu] of %s"),
	        p->profile->file);
	return plan_refuse(err, CODE_GPU_BAR_SIZE);
}

static int plan_bar(const struct planning *p, const struct profile_pci *want,
        struct vm_claim_pci *claim, struct err *err)
{
	const struct pci_device *d = pci_find(&p->host->pci, want->address);
	unsigned order = FIRST_ORDER + (unsigned)want->bar_size - PROFILE_BAR_64M;
	int bar = find_bar(d), r;

	r = check_sizes(p, d, bar, order, err);
	r = r < 0 ? r : check_room(p, d, bar, order, err);
	if (r < 0 || d->bar[bar].size == MIB << order)
		return r;
	claim->bar = bar;
	claim->bar_was = order_of(d->bar[bar].size);
	claim->bar_will = order;
	return 0;
}

int plan_bars(const struct planning *p, struct err *err)
{
	int r = 0;

	/* Claims of what the profile names come first, in its order. */
	for (size_t i = 0; i < p->profile->n_pci && r == 0; i++) {
		const struct profile_pci *want = &p->profile->pci[i];

		if (want->kind == PROFILE_PCI_GPU && want->bar_size != PROFILE_BAR_AUTO)
			r = plan_bar(p, want, &p->plan->pci[i], err);
	}
	return r;
}

/* --- the guest's side --- */

static uint64_t sum_of_bars(const struct planning *p)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < p->plan->n_pci; i++) {
		const struct vm_claim_pci *claim = &p->plan->pci[i];
		const struct pci_device *d = pci_find(&p->host->pci, claim->addr);

		for (int b = 0; d && claim->pass && b < (int)ARRAY_SIZE(d->bar); b++) {
			if (d->bar[b].io || !d->bar[b].is_64bit || d->bar[b].size > OVMF_MOST)
				continue;
			sum += b == claim->bar ? MIB << claim->bar_will : d->bar[b].size;
		}
	}
	return sum;
}

/*
 * OVMF keeps 32 GiB for 64-bit BARs where it is not told otherwise (OvmfPkg/OvmfPkgX64.dsc: PcdPciMmio64Size
 * 0x800000000); newer ones keep more where they know how far the processor counts. The number is in MiB
 * (OvmfPkg/Library/PlatformInitLib/MemDetect.c). A card's BAR lies at a multiple of its size: the next power of two holds
 * them all, the largest first.
 */
void args_bars(const struct planning *p)
{
	uint64_t sum = sum_of_bars(p), room = OVMF_DEFAULT;

	if (!p->plan->firmware || sum <= OVMF_DEFAULT)
		return;
	while (room < sum && room < OVMF_MOST)
		room *= 2;
	args_option(&p->plan->args, "-fw_cfg", "name=opt/ovmf/X-PciMmio64Mb,string=%llu",
	        (unsigned long long)(room / MIB));
}
