/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Judges each graphics card: can it be given away, what goes along, and what would the host lose?
 *
 * Bridges (0604) and host bridges (0600) in its group stay with the host; every other function of the
 * group goes along, and so do the card's own further functions (sound, USB-C) wherever they are grouped.
 */
#include "gpu.h"

static bool on_screen(const struct host *host, const struct pci_device *d)
{
	for (size_t i = 0; i < host->displays.n; i++) {
		const struct display_card *card = &host->displays.list[i];

		if (card->has_controller && pci_addr_equal(card->controller, d->addr) &&
		        card->console)
			return true;
	}
	return false;
}

/* The LPC or eSPI bridge: the firmware's chip, clock and keyboard controller hang on it. */
static bool is_board_chip(const struct pci_device *d)
{
	return d->class_code >> 8 == 0x0601;
}

static void worsen(struct check_gpu *gpu, enum check_status to)
{
	if (gpu->verdict == CHECK_PASS || (gpu->verdict == CHECK_WARN && to == CHECK_FAIL))
		gpu->verdict = to;
}

/* What people call the functions that a graphics card has beside its graphics. */
static const char *part_name(const struct pci_device *d)
{
	switch (d->class_code >> 8) {
	case 0x0403:
		return _("sound over HDMI and DisplayPort");
	case 0x0c03:
		return _("USB-C port");
	case 0x0c80:
		return _("control of the USB-C port (UCSI)");
	}
	return _("another function");
}

static void tell_part(struct check_gpu *gpu, const struct pci_device *d, const char *name)
{
	const struct pci_addr_text address = pci_addr_format(d->addr);

	if (gpu->device->iommu_group >= 0 && d->iommu_group != gpu->device->iommu_group)
		strv_addf(&gpu->reasons,
		        _("%s (%s) is part of the card (%s) and goes along, though it has a group "
		          "of "
		          "its own"),
		        address.s, name, part_name(d));
	else
		strv_addf(&gpu->reasons, _("%s (%s) is part of the card (%s) and goes along"),
		        address.s, name, part_name(d));
}

/* A function that must go along. */
static void judge_companion(
        const struct host *host, struct check_gpu *gpu, const struct pci_device *d)
{
	struct strv cleanup_strv uses = {0};
	cleanup_free char *name = pci_describe(d);
	cleanup_free char *all = NULL;
	const struct pci_addr_text address = pci_addr_format(d->addr);

	strv_add(&gpu->needs, address.s);
	host_uses(host, d, &uses);
	all = strv_join(&uses, ", ");
	if (uses.n) {
		worsen(gpu, CHECK_FAIL);
		strv_addf(&gpu->reasons, _("%s (%s) would go along, but the host uses it: %s"),
		        address.s, name, all);
	} else if (is_board_chip(d)) {
		worsen(gpu, CHECK_FAIL);
		strv_addf(&gpu->reasons, _("%s (%s) would go along, but this board needs it"),
		        address.s, name);
	} else if (pci_same_card(gpu->device, d)) {
		tell_part(gpu, d, name);
	} else {
		worsen(gpu, CHECK_WARN);
		strv_addf(&gpu->reasons,
		        _("%s (%s) shares group %d and goes along: the host loses it"), address.s,
		        name, d->iommu_group);
	}
}

static bool same_group(const struct pci_device *a, const struct pci_device *b)
{
	return a->iommu_group >= 0 && a->iommu_group == b->iommu_group;
}

/* Does @d go along with the card, or with a function that does? */
static bool goes_along(
        const struct host *host, const struct check_gpu *gpu, const struct pci_device *d)
{
	if (d == gpu->device || pci_is_bridge(d))
		return false;
	if (pci_same_card(gpu->device, d) || same_group(gpu->device, d))
		return true;
	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_device *part = &host->pci.list[i];

		if (!pci_is_bridge(part) && pci_same_card(gpu->device, part) && same_group(part, d))
			return true;
	}
	return false;
}

/* Whoever has a driver of the host in it holds the whole group: Linux, iommu_device_use_default_domain(). */
static void judge_driven(const struct host *host, struct check_gpu *gpu)
{
	const struct iommu_group *group = iommu_find_group(&host->iommu, gpu->device->iommu_group);

	if (!group || !group->driven.n)
		return;
	worsen(gpu, CHECK_FAIL);
	strv_foreach (member, &group->driven)
		strv_addf(&gpu->reasons,
		        _("%s shares group %d and keeps its driver: the kernel gives such a group "
		          "to "
		          "nobody (/sys/kernel/iommu_groups/%d/devices)"),
		        *member, group->id, group->id);
}

static void judge_group(const struct host *host, struct check_gpu *gpu)
{
	judge_driven(host, gpu);
	for (size_t i = 0; i < host->pci.n; i++) {
		if (goes_along(host, gpu, &host->pci.list[i]))
			judge_companion(host, gpu, &host->pci.list[i]);
	}
	if (gpu->device->iommu_group < 0) {
		worsen(gpu, CHECK_WARN);
		strv_add(&gpu->reasons,
		        _("it has no IOMMU group now, so what else would go along cannot be told"));
	} else if (gpu->needs.n == 0) {
		strv_addf(&gpu->reasons, _("group %d holds nothing else that must go along"),
		        gpu->device->iommu_group);
	}
}

const char *gpu_firmware_buffer(const struct host *host, const struct pci_device *d)
{
	for (size_t i = 0; i < host->displays.n; i++) {
		const struct display_card *card = &host->displays.list[i];

		if (display_is_firmwares(card) && card->has_controller &&
		        pci_addr_equal(card->controller, d->addr))
			return card->frame_buffer;
	}
	return NULL;
}

static void judge_frame_buffer(const struct host *host, struct check_gpu *gpu)
{
	const char *buffer = gpu_firmware_buffer(host, gpu->device);

	if (!buffer)
		return;
	worsen(gpu, CHECK_WARN);
	strv_addf(&gpu->reasons,
	        _("the frame buffer of the firmware (%s) lies in its memory and keeps it from a "
	          "VM; "
	          "to free it, make another card the first display in the firmware setup, or add "
	          "initcall_blacklist=sysfb_init to the kernel command line"),
	        buffer);
}

static void judge_screen(const struct host *host, struct check_gpu *gpu)
{
	const struct pci_device *d = gpu->device;
	struct strv cleanup_strv uses = {0};
	cleanup_free char *all = NULL;

	/* The firmware's choice stands, unless that card has been given to vfio-pci at boot. */
	gpu->boot_display = on_screen(host, d) ||
	                    (d->boot_vga == 1 && !(d->driver && streq(d->driver, "vfio-pci")));
	host_uses(host, d, &uses);
	all = strv_join(&uses, ", ");
	if (gpu->boot_display) {
		worsen(gpu, CHECK_FAIL);
		strv_addf(&gpu->reasons, _("it is the host's own screen: %s"),
		        uses.n ? all : "boot_vga");
	} else if (uses.n) {
		worsen(gpu, CHECK_WARN);
		strv_addf(&gpu->reasons, _("the host uses it now: %s"), all);
	}
}

static void judge_kind(const struct host *host, struct check_gpu *gpu)
{
	cleanup_free char *why = NULL;

	gpu->kind = gpu_kind_of(host, gpu->device, &why);
	if (gpu->kind != GPU_KIND_UNKNOWN)
		strv_take(&gpu->reasons, take_ptr(why));
}

/* What could not be told costs nothing; a card that is dead now cannot be given away at all. */
static void judge_return(const struct host *host, struct check_gpu *gpu)
{
	cleanup(gpu_return_finish) struct gpu_return judged = {0};

	gpu_return_judge(host, gpu, &judged);
	gpu->comes_back = judged.verdict;
	if (gpu->device->silent)
		worsen(gpu, CHECK_FAIL);
	else if (judged.verdict > GPU_BACK_UNKNOWN)
		worsen(gpu, CHECK_WARN);
	strv_take(&gpu->reasons, take_ptr(judged.reason));
}

static void judge_bars(const struct host *host, struct check_gpu *gpu)
{
	cleanup_free char *line = NULL;
	const struct pci_bar *bar = gpu_unset_bar(host, gpu->device, &line);

	if (!bar)
		return;
	worsen(gpu, CHECK_FAIL);
	strv_addf(&gpu->reasons, _("its memory (BAR %d) has no address, so no driver can use it"),
	        (int)(bar - gpu->device->bar));
}

static void judge_twins(const struct host *host, struct check_gpu *gpu)
{
	const struct pci_device *own = gpu->device;

	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_device *d = &host->pci.list[i];

		if (d != own && pci_is_gpu(d) && d->vendor == own->vendor &&
		        d->device == own->device)
			strv_addf(&gpu->reasons,
			        _("%s has the same id %s; the two are told apart by their slots"),
			        pci_addr_format(d->addr).s, pci_id(d).s);
	}
}

/* Programs may come and go: they decide nothing, but a person wants to know whom it would hit. */
static void judge_users(const struct host *host, struct check_gpu *gpu)
{
	for (size_t i = 0; i < host->displays.n; i++) {
		const struct display_card *card = &host->displays.list[i];
		cleanup_free char *all = strv_join(&card->users, ", ");

		if (*all && card->has_controller &&
		        pci_addr_equal(card->controller, gpu->device->addr))
			strv_addf(&gpu->reasons, _("programs have it open now: %s"), all);
	}
}

/* Nothing of the host holds it: vfio-pci does, or no driver at all. */
static bool is_released(const struct pci_device *d)
{
	return !d->driver || streq(d->driver, "vfio-pci");
}

static bool all_released(const struct host *host, const struct check_gpu *gpu)
{
	if (!is_released(gpu->device) || gpu->device->iommu_group < 0)
		return false;
	strv_foreach (need, &gpu->needs) {
		struct pci_addr a;

		if (pci_addr_parse(*need, &a) < 0 || !is_released(pci_find(&host->pci, a)))
			return false;
	}
	return true;
}

void gpus_judge(const struct host *host, struct check_report *report)
{
	for (size_t i = 0; i < host->pci.n; i++) {
		struct check_gpu *gpu;

		if (!pci_is_gpu(&host->pci.list[i]))
			continue;
		gpu = list_append(report->gpus, report->n_gpus);
		gpu->device = &host->pci.list[i];
		gpu->verdict = CHECK_PASS;
		judge_kind(host, gpu);
		judge_screen(host, gpu);
		judge_frame_buffer(host, gpu);
		judge_group(host, gpu);
		judge_bars(host, gpu);
		judge_return(host, gpu);
		judge_twins(host, gpu);
		judge_users(host, gpu);
		gpu->in_place = all_released(host, gpu);
	}
}

bool gpu_is_candidate(const struct check_gpu *gpu)
{
	return !gpu->boot_display && gpu->verdict != CHECK_FAIL;
}

bool gpu_concerns(const struct check_report *report, const struct check_gpu *gpu)
{
	bool spare = false;

	if (gpus_count_candidates(report))
		return gpu_is_candidate(gpu);
	for (size_t i = 0; i < report->n_gpus; i++)
		spare |= !report->gpus[i].boot_display;
	return !spare || !gpu->boot_display;
}

size_t gpus_count_candidates(const struct check_report *report)
{
	size_t n = 0;

	for (size_t i = 0; i < report->n_gpus; i++)
		n += gpu_is_candidate(&report->gpus[i]);
	return n;
}
