/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A PCI function with all that goes to the guest with it, judged as a whole. */
#include "vm/plan/offer_parts.h"

#include "base/i18n.h"

static bool same_group(const struct pci_device *a, const struct pci_device *b)
{
	return a->iommu_group >= 0 && a->iommu_group == b->iommu_group;
}

static bool is_vfio(const struct pci_device *d)
{
	return d->driver && streq(d->driver, "vfio-pci");
}

/* A USB controller is taken by itself; a graphics card with its sound and its USB-C port. */
static bool is_part(const struct pci_device *of, const struct pci_device *d)
{
	return d == of || (pci_is_gpu(of) && !pci_is_bridge(d) && pci_same_card(of, d));
}

/* The LPC or eSPI bridge: the firmware's chip, clock and keyboard controller hang on it. */
static bool is_board_chip(const struct pci_device *d)
{
	return d->class_code >> 8 == 0x0601;
}

static bool is_used(const struct host *host, const struct pci_device *d)
{
	cleanup_strv struct strv uses = {0};

	host_uses(host, d, &uses);
	return uses.n > 0;
}

/*
 * The planner lets others of a group stay where no driver of the host is in them. What the host cannot be without is
 * never written into a profile: the planner refuses the group then, and says why.
 */
static bool is_wanted(const struct host *host, const struct pci_device *d)
{
	return !pci_is_bridge(d) && d->driver && !is_vfio(d) && !is_board_chip(d) &&
	       !is_used(host, d);
}

static bool goes_along(
        const struct host *host, const struct pci_device *of, const struct pci_device *d)
{
	if (is_part(of, d))
		return true;
	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_device *part = &host->pci.list[i];

		if (same_group(part, d) && is_part(of, part))
			return is_wanted(host, d);
	}
	return false;
}

static void take_members(const struct offer_request *q, struct offer *offer)
{
	const struct pci *pci = &q->host->pci;

	*list_append(offer->members, offer->n_members) = offer->device;
	for (size_t i = 0; i < pci->n; i++) {
		if (&pci->list[i] != offer->device &&
		        goes_along(q->host, offer->device, &pci->list[i]))
			*list_append(offer->members, offer->n_members) = &pci->list[i];
	}
}

/* --- sections --- */

static enum profile_pci_kind kind_of(const struct pci_device *d)
{
	if (pci_is_gpu(d))
		return PROFILE_PCI_GPU;
	if (d->class_code >> 16 == 0x04)
		return PROFILE_PCI_AUDIO;
	return pci_is_usb_controller(d) ? PROFILE_PCI_USB : PROFILE_PCI_OTHER;
}

/* By where it sits and what it is, and nothing that only root may see of it. */
static void add_section(struct offer *offer, struct strv *taken, const struct pci_device *d)
{
	const struct key_section *section = key_section_of_pci(kind_of(d));
	struct profile_pci pci = {0};

	key_preset(section, &pci);
	pci.kind = kind_of(d);
	pci.address = d->addr;
	pci.vendor = d->vendor;
	pci.device = d->device;
	pci.path = xstrdup(d->path);
	offer_add_section(offer, taken, section, NULL, &pci);
	key_finish(section, &pci);
}

/* --- the verdict --- */

static void judge_member(struct offer *offer, const struct pci_device *d)
{
	cleanup_free char *name = pci_describe(d);

	if (is_part(offer->device, d))
		return;
	offer_worsen(offer, OFFER_WARN);
	strv_addf(&offer->reasons, _("%s (%s) shares group %d and goes along: the host loses it"),
	        pci_addr_format(d->addr).s, name, d->iommu_group);
}

/* Whoever has a driver of the host in it holds the whole group: Linux, iommu_device_use_default_domain(). */
static void judge_driven(const struct host *host, struct offer *offer)
{
	const struct iommu_group *group =
	        iommu_find_group(&host->iommu, offer->device->iommu_group);

	if (!group || !group->driven.n)
		return;
	offer_worsen(offer, OFFER_FAIL);
	strv_foreach (member, &group->driven)
		strv_addf(&offer->reasons,
		        _("%s shares group %d and keeps its driver: the kernel gives such a group "
		          "to "
		          "nobody (/sys/kernel/iommu_groups/%d/devices)"),
		        *member, group->id, group->id);
}

static void judge_reset(struct offer *offer)
{
	const struct pci_device *d = offer->device;

	if (!d->reset_method || *d->reset_method)
		return;
	offer_worsen(offer, OFFER_WARN);
	strv_addf(&offer->reasons,
	        _("the kernel knows no way to reset it, so it may not survive a second start "
	          "(/sys/bus/pci/devices/%s/reset_method)"),
	        pci_addr_format(d->addr).s);
}

static void judge_remapping(const struct host *host, struct offer *offer)
{
	if (host->iommu.remapping != IOMMU_REMAPPING_UNKNOWN || !host->iommu.n_groups)
		return;
	offer_worsen(offer, OFFER_UNKNOWN);
	strv_add(&offer->reasons, code_meaning(CODE_IR_UNKNOWN));
}

static void judge(const struct offer_request *q, struct offer *offer, struct strv *taken)
{
	for (size_t i = 0; i < offer->n_members; i++)
		add_section(offer, taken, offer->members[i]);
	offer_try(q, offer);
	judge_driven(q->host, offer);
	for (size_t i = 1; i < offer->n_members; i++)
		judge_member(offer, offer->members[i]);
	judge_reset(offer);
	judge_remapping(q->host, offer);
}

void offer_judge_function(const struct offer_request *q, const struct pci_device *d,
        struct offer *offer, struct strv *taken)
{
	offer->device = d;
	take_members(q, offer);
	judge(q, offer, taken);
}

/* --- the proposed one --- */

bool offer_takes(const struct offer *offer, const struct pci_device *d)
{
	for (size_t i = 0; i < offer->n_members; i++)
		if (offer->members[i] == d)
			return true;
	return false;
}

bool offer_is_set_aside(const struct pci_device *d)
{
	return d->driver && streq(d->driver, "vfio-pci");
}

void offer_propose(const struct host *host, struct offer *offers, size_t n,
        unsigned (*merit)(const struct host *host, const struct offer *offer))
{
	struct offer *best = NULL;

	for (size_t i = 0; i < n; i++) {
		if (merit(host, &offers[i]) > (best ? merit(host, best) : 0))
			best = &offers[i];
	}
	if (best)
		best->proposed = true;
}

/* pci_describe() without the id, unless that is all there is. Caller frees. */
static char *name_of(const struct pci_device *d)
{
	const struct pci_addr_text id = pci_id(d);
	cleanup_free char *name = pci_describe(d);
	size_t n = strlen(id.s);

	return xstrdup(starts_with(name, id.s) && name[n] == ' ' ? name + n + 1 : name);
}

json_t *offer_pci_json(const struct offer_request *q, const struct offer *offer)
{
	const struct pci_device *d = offer->device;
	cleanup_strv struct strv with = {0}, loses = {0};
	cleanup_free char *name = name_of(d);
	json_t *json;

	for (size_t i = 0; i < offer->n_members; i++) {
		const struct pci_device *member = offer->members[i];
		cleanup_free char *words = name_of(member);

		if (i)
			strv_addf(&with, "%s %s", pci_addr_format(member->addr).s, words);
		host_loses(q->host, member, &loses);
	}
	json = json_pack("{s:s, s:s, s:o, s:o, s:o}", "address", pci_addr_format(d->addr).s, "id",
	        pci_id(d).s, "name", offer_text(name), "with", offer_texts(&with), "loses",
	        offer_texts(&loses));
	offer_tell(offer, json);
	return json;
}
