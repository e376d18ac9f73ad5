/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Graphics cards of a listing: which functions and groups go together, and whether that is wise.
 *
 * As check_gpus.c, but nobody knows what the host uses. So a disk, a network or the chipset's USB in the card's
 * group is taken for something the host needs, which on most boards it is.
 */
#include "explain.h"

static void worsen(struct check_gpu *gpu, enum check_status to)
{
	if (gpu->verdict == CHECK_PASS || (gpu->verdict == CHECK_WARN && to == CHECK_FAIL))
		gpu->verdict = to;
}

static bool same_group(const struct pci_device *a, const struct pci_device *b)
{
	return a->iommu_group >= 0 && a->iommu_group == b->iommu_group;
}

/* More cards than any PC holds are not judged one by one. */
#define MOST_CARDS 32
/* Nobody reads more about one card, once it is clear that it cannot be given away. */
#define MOST_REASONS 32

/* A card, and the groups of its functions, each of which goes along as a whole. */
struct along {
	const struct pci_device *card;
	int groups[8];
	size_t n;
	bool another_stays; /* there is a card that the host could keep */
};

static bool goes_along(const struct along *along, const struct pci_device *d)
{
	if (d == along->card || pci_is_bridge(d))
		return false;
	if (pci_same_card(along->card, d))
		return true;
	for (size_t i = 0; i < along->n; i++) {
		if (d->iommu_group == along->groups[i])
			return true;
	}
	return false;
}

/* A slot has eight functions at most. */
static void find_along(const struct host *host, const struct pci_device *card, struct along *along)
{
	*along = (struct along){.card = card};
	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_device *d = &host->pci.list[i];

		if (d->iommu_group >= 0 && along->n < ARRAY_SIZE(along->groups) &&
		        !pci_is_bridge(d) && pci_same_card(card, d))
			along->groups[along->n++] = d->iommu_group;
	}
	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_device *d = &host->pci.list[i];

		along->another_stays |= d != card && pci_is_gpu(d) && !goes_along(along, d);
	}
}

static bool is_chipset(const struct pci_device *d)
{
	return d->vendor == 0x8086 || d->vendor == 0x1022 || d->vendor == 0x1d94 ||
	       d->vendor == 0x1002;
}

/* Why the host could hardly do without; NULL: it could. */
static const char *needed_for(const struct pci_device *d)
{
	switch (d->class_code >> 16) {
	case 0x01:
		return _("disks, perhaps the one that the host runs from");
	case 0x02:
		return _("network");
	}
	switch (d->class_code >> 8) {
	case 0x0601:
	case 0x0c05:
		return _("part of the board itself");
	case 0x0c03:
		return is_chipset(d) ? _("the board's own USB ports, with keyboard and mouse")
		                     : NULL;
	}
	return NULL;
}

static void judge_other_card(
        const struct along *along, struct check_gpu *gpu, const struct pci_device *d)
{
	cleanup_free char *name = explain_describe(d);
	const struct pci_addr_text address = pci_addr_format(d->addr);

	worsen(gpu, along->another_stays ? CHECK_WARN : CHECK_FAIL);
	if (along->another_stays)
		strv_addf(&gpu->reasons,
		        _("%s (%s), another graphics card, shares group %d: both go to one VM, or "
		          "none"),
		        address.s, name, d->iommu_group);
	else
		strv_addf(&gpu->reasons,
		        _("%s (%s), another graphics card, shares group %d: the host cannot keep "
		          "it; one of the two needs another slot"),
		        address.s, name, d->iommu_group);
}

/*
 * Processors with graphics have USB, sound and security functions of the board in the slot of the graphics
 * (1022:... beside 1002:...): in one group they go along, but they are no part of a card.
 */
static bool is_part(const struct pci_device *card, const struct pci_device *d)
{
	return pci_same_card(card, d) && card->vendor == d->vendor;
}

static bool is_given_away(const struct pci_device *d)
{
	return d->driver && streq(d->driver, "vfio-pci");
}

static void judge_companion(
        const struct along *along, struct check_gpu *gpu, const struct pci_device *d)
{
	cleanup_free char *name = explain_describe(d);
	const struct pci_addr_text address = pci_addr_format(d->addr);
	const char *needed = is_given_away(d) ? NULL : needed_for(d);

	strv_add(&gpu->needs, address.s);
	if (gpu->verdict == CHECK_FAIL && gpu->reasons.n >= MOST_REASONS)
		return;
	if (is_part(gpu->device, d) && d->iommu_group != gpu->device->iommu_group) {
		strv_addf(&gpu->reasons,
		        _("%s (%s) is part of the card and goes along, with its group %d"),
		        address.s, name, d->iommu_group);
	} else if (is_part(gpu->device, d)) {
		strv_addf(&gpu->reasons, _("%s (%s) is part of the card and goes along"), address.s,
		        name);
	} else if (pci_is_gpu(d)) {
		judge_other_card(along, gpu, d);
	} else if (needed) {
		worsen(gpu, CHECK_FAIL);
		strv_addf(&gpu->reasons, _("%s (%s) would go along: %s"), address.s, name, needed);
	} else {
		worsen(gpu, CHECK_WARN);
		strv_addf(&gpu->reasons,
		        _("%s (%s) shares group %d and goes along: the host loses it"), address.s,
		        name, d->iommu_group);
	}
}

/* Bridges stay with the host: no obstacle, but people ask. */
static void tell_bridges(const struct host *host, struct check_gpu *gpu)
{
	struct strv cleanup_strv bridges = {0};
	cleanup_free char *all = NULL;

	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_device *d = &host->pci.list[i];

		if (pci_is_bridge(d) && same_group(gpu->device, d))
			strv_add(&bridges, pci_addr_format(d->addr).s);
	}
	all = strv_join(&bridges, ", ");
	if (bridges.n)
		strv_addf(&gpu->reasons, _("bridges in its group stay with the host: %s"), all);
}

static void judge_twins(const struct host *host, struct check_gpu *gpu)
{
	const struct pci_device *own = gpu->device;

	for (size_t i = 0; i < host->pci.n && gpu->reasons.n < MOST_REASONS; i++) {
		const struct pci_device *d = &host->pci.list[i];

		if (d != own && pci_is_gpu(d) && own->vendor && d->vendor == own->vendor &&
		        d->device == own->device)
			strv_addf(&gpu->reasons,
			        _("%s has the same id %s; the two are told apart by their slots"),
			        pci_addr_format(d->addr).s, pci_id(d).s);
	}
}

static void judge_group(const struct host *host, struct check_gpu *gpu)
{
	struct along along;

	find_along(host, gpu->device, &along);
	for (size_t i = 0; i < host->pci.n; i++) {
		if (goes_along(&along, &host->pci.list[i]))
			judge_companion(&along, gpu, &host->pci.list[i]);
	}
	if (gpu->device->iommu_group < 0) {
		worsen(gpu, CHECK_WARN);
		strv_add(&gpu->reasons, _("the text tells no IOMMU group for it, so what else "
		                          "would go along cannot be told"));
	} else if (gpu->needs.n == 0) {
		strv_addf(&gpu->reasons, _("group %d holds nothing else that must go along"),
		        gpu->device->iommu_group);
	}
	tell_bridges(host, gpu);
}

static void judge_marks(const struct explained *e, struct check_gpu *gpu)
{
	const struct listed *told = &e->listing.list[gpu->device - e->host.pci.list];

	if (e->listing.has_resets && told->reset != 1) {
		worsen(gpu, CHECK_WARN);
		strv_add(&gpu->reasons,
		        _("the listing marks others for a reset, and not this card: a second start "
		          "may need a reboot of the PC"));
	}
	if (told->boot_vga) {
		gpu->boot_display =
		        !(gpu->device->driver && streq(gpu->device->driver, "vfio-pci"));
		if (gpu->boot_display) {
			worsen(gpu, CHECK_FAIL);
			strv_add(&gpu->reasons, _("the kernel took it for the PC's first screen"));
		}
	}
}

void explain_judge_gpus(const struct explained *e, struct check_report *report)
{
	for (size_t i = 0; i < e->host.pci.n; i++) {
		struct check_gpu *gpu;

		if (!pci_is_gpu(&e->host.pci.list[i]) || report->n_gpus >= MOST_CARDS)
			continue;
		gpu = list_append(report->gpus, report->n_gpus);
		gpu->device = &e->host.pci.list[i];
		gpu->verdict = CHECK_PASS;
		judge_group(&e->host, gpu);
		judge_marks(e, gpu);
		judge_twins(&e->host, gpu);
	}
}
