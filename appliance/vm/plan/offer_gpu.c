/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Graphics cards: each one judged, and the one that a game would best have. */
#include "vm/plan/offer_parts.h"

#include "base/i18n.h"

static const struct display_card *card_of(const struct host *host, const struct pci_device *d)
{
	for (size_t i = 0; i < host->displays.n; i++) {
		const struct display_card *card = &host->displays.list[i];

		if (card->has_controller && pci_addr_equal(card->controller, d->addr))
			return card;
	}
	return NULL;
}

static void judge_silent(struct offer *offer)
{
	if (!offer->device->silent)
		return;
	offer_worsen(offer, OFFER_FAIL);
	strv_addf(&offer->reasons,
	        _("the card does not answer (/sys/bus/pci/devices/%s/config reads ff): switch "
	          "this PC off and on again"),
	        pci_addr_format(offer->device->addr).s);
}

static void judge_bars(struct offer *offer)
{
	for (int i = 0; i < 6; i++) {
		const struct pci_bar *bar = &offer->device->bar[i];

		if (!bar->size || !bar->unset || bar->io)
			continue;
		offer_worsen(offer, OFFER_FAIL);
		strv_addf(&offer->reasons,
		        _("its memory (BAR %d) has no address, so no driver can use it"), i);
		return;
	}
}

static void judge_frame_buffer(const struct host *host, struct offer *offer)
{
	const struct display_card *card = card_of(host, offer->device);

	if (!card || !display_is_firmwares(card))
		return;
	offer_worsen(offer, OFFER_WARN);
	strv_addf(&offer->reasons,
	        _("the frame buffer of the firmware (%s) lies in its memory and keeps it from a "
	          "VM; "
	          "to free it, make another card the first display in the firmware setup, or add "
	          "initcall_blacklist=sysfb_init to the kernel command line"),
	        card->frame_buffer);
}

/* Which programs is not told: others than their owner may ask here. */
static void judge_users(const struct host *host, struct offer *offer)
{
	const struct display_card *card = card_of(host, offer->device);

	if (!card || !card->users.n)
		return;
	offer_worsen(offer, OFFER_WARN);
	strv_add(&offer->reasons, _("programs of this PC have it open now, and would lose it"));
}

/* --- the proposed one --- */

static bool shows(const struct host *host, const struct pci_device *d)
{
	const struct display_card *card = card_of(host, d);

	return d->boot_vga == 1 || (card && (card->console || card->lit.n));
}

/* Does the host keep a graphics card? */
static bool leaves_one(const struct host *host, const struct offer *offer)
{
	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_device *d = &host->pci.list[i];

		if (pci_is_gpu(d) && !offer_is_set_aside(d) && !offer_takes(offer, d))
			return true;
	}
	return false;
}

/* 0: not to be proposed. Set aside already, then without any doubt, then a card in a slot. */
static unsigned merit(const struct host *host, const struct offer *offer)
{
	const struct pci_device *d = offer->device;

	if (offer->verdict == OFFER_FAIL || offer->verdict == OFFER_UNKNOWN)
		return 0;
	if (!leaves_one(host, offer) || (shows(host, d) && !offer_is_set_aside(d)))
		return 0;
	return 1 + 4 * offer_is_set_aside(d) + 2 * (offer->verdict == OFFER_PASS) +
	       (d->addr.bus != 0);
}

static void judge(const struct offer_request *q, const struct pci_device *d, struct offer *offer,
        struct strv *taken)
{
	offer_judge_function(q, d, offer, taken);
	judge_silent(offer);
	judge_bars(offer);
	judge_frame_buffer(q->host, offer);
	judge_users(q->host, offer);
}

/* The host's own screen last: [gpu] is the name of what a game would have. */
json_t *offer_gpus(const struct offer_request *q, struct strv *taken)
{
	const struct pci *pci = &q->host->pci;
	json_t *all = json_array();
	struct offer *offers = NULL;
	size_t n = 0;

	for (int boot = 0; boot < 2; boot++) {
		for (size_t i = 0; i < pci->n; i++)
			if (pci_is_gpu(&pci->list[i]) && (pci->list[i].boot_vga == 1) == boot)
				judge(q, &pci->list[i], list_append(offers, n), taken);
	}
	offer_propose(q->host, offers, n, merit);
	for (size_t i = 0; i < n; i++) {
		json_array_append_new(all, offer_pci_json(q, &offers[i]));
		offer_finish(&offers[i]);
	}
	free(offers);
	return all;
}
