/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which sound can a game have? The board's own is rarely free: it shares its group with the chipset. */
#include "checks.h"

static bool is_sound(const struct pci_device *d)
{
	uint32_t class = d->class_code >> 8;

	return class == 0x0403 || class == 0x0401; /* HD audio, and what came before */
}

/* A function of a graphics card: its HDMI and DisplayPort sound. */
static const struct check_gpu *gpu_of(
        const struct check_report *report, const struct pci_device *sound)
{
	for (size_t i = 0; i < report->n_gpus; i++) {
		if (pci_same_card(report->gpus[i].device, sound))
			return &report->gpus[i];
	}
	return NULL;
}

static const struct sound_card *card_of(const struct host *host, const struct pci_device *d)
{
	for (size_t i = 0; i < host->sounds.n; i++) {
		const struct sound_card *card = &host->sounds.list[i];

		if (card->has_controller && !card->usb && pci_addr_equal(card->controller, d->addr))
			return card;
	}
	return NULL;
}

/* "00:1f.0 [0601], 00:1f.4 [0c05]": the others that stand in the way; caller frees. */
static char *tell_others(const struct host *host, const struct pci_device *own)
{
	struct strv cleanup_strv others = {0};

	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_device *d = &host->pci.list[i];

		if (d != own && own->iommu_group >= 0 && d->iommu_group == own->iommu_group &&
		        !pci_is_bridge(d))
			strv_addf(&others, "%s [%04x]", pci_addr_format(d->addr).s,
			        d->class_code >> 8);
	}
	return strv_join(&others, ", ");
}

static void show_sound(
        const struct check_context *c, const struct pci_device *d, struct check_result *r)
{
	const struct sound_card *card = card_of(c->host, d);
	cleanup_free char *source = pci_source(d, "iommu_group");
	cleanup_free char *others = tell_others(c->host, d);

	if (d->iommu_group < 0)
		result_evidence(r, source, "%s", _("no group"));
	else
		result_evidence(
		        r, source, "%d%s%s", d->iommu_group, *others ? ", with " : "", others);
	if (card && card->running)
		result_evidence(r, card->running_source, "RUNNING (%s %s)", card->name, card->id);
}

/* USB sound that is plugged in now, and on which controller: the whole of that would have to go. */
static void show_usb_sound(const struct host *host, struct check_result *r)
{
	for (size_t i = 0; i < host->usb.n; i++) {
		const struct usb_device *u = &host->usb.list[i];
		cleanup_free char *source = xasprintf("/sys/bus/usb/devices/%s", u->sysname);

		if (u->kind == USB_KIND_AUDIO && u->has_controller)
			result_evidence(r, source, _("%s, on %s"),
			        u->product_name ? u->product_name : usb_kind_name(u->kind),
			        pci_addr_format(u->controller).s);
	}
}

/* The ways that remain, the best first; caller frees. */
static char *tell_ways(const struct check_context *c, const struct pci_device *of_gpu)
{
	const struct pci_device *usb = usb_best_controller(c->host);
	struct strv cleanup_strv ways = {0};

	if (of_gpu)
		strv_addf(&ways, _("the graphics card's own HDMI or DisplayPort (%s)"),
		        pci_addr_format(of_gpu->addr).s);
	if (usb)
		strv_addf(&ways,
		        _("a USB sound card on %s, passed as a whole controller (passed as a "
		          "single "
		          "device it may crackle)"),
		        pci_addr_format(usb->addr).s);
	else
		strv_add(&ways, _("a USB sound card on a USB controller that is passed as a whole "
		                  "(passed as a single device it may crackle)"));
	strv_add(&ways, _("SPICE, or the host's own sound"));
	return strv_join(&ways, "; ");
}

static void judge_board(const struct check_context *c, const struct pci_device *board,
        const struct pci_device *of_gpu, struct check_result *r)
{
	cleanup_free char *ways = tell_ways(c, of_gpu);
	const struct pci_addr_text text = pci_addr_format(board->addr);

	if (board->iommu_group < 0) {
		result_skip(r, _("which sound a game can have shows when the IOMMU is on"));
	} else if (!group_is_needed(c->host, board)) {
		result_pass(r,
		        _("the board's sound %s could go to a game, and the host would lose it; a "
		          "game can also use: %s"),
		        text.s, ways);
	} else if (of_gpu) {
		result_pass(r,
		        _("the board's sound %s stays with the host: its group %d also holds parts "
		          "of the chipset or what the host uses; a game can use: %s"),
		        text.s, board->iommu_group, ways);
	} else {
		result_warn(r, CODE_SOUND_NONE,
		        _("the board's sound %s cannot go to a game: its group %d also holds parts "
		          "of the chipset or what the host uses"),
		        text.s, board->iommu_group);
		result_fix(r, _("A game's sound can come from: %s."), ways);
	}
}

void check_audio_choice(const struct check_context *c, struct check_result *r)
{
	const struct pci_device *board = NULL, *of_gpu = NULL;

	for (size_t i = 0; i < c->host->pci.n; i++) {
		const struct pci_device *d = &c->host->pci.list[i];
		const struct check_gpu *gpu;

		if (!is_sound(d))
			continue;
		show_sound(c, d, r);
		gpu = gpu_of(c->report, d);
		if (gpu && gpu_is_candidate(gpu) && !of_gpu)
			of_gpu = d;
		else if (!gpu && !board)
			board = d;
	}
	show_usb_sound(c->host, r);
	if (board) {
		judge_board(c, board, of_gpu, r);
	} else if (of_gpu) {
		cleanup_free char *ways = tell_ways(c, of_gpu);

		result_pass(r, _("a game can use: %s"), ways);
	} else {
		result_skip(r, _("this PC shows no sound card that a game could have"));
	}
}
