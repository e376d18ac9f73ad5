/* SPDX-License-Identifier: GPL-2.0-or-later */
/* USB controllers as a whole, but for those that are a graphics card's own. */
#include "vm/plan/offer_parts.h"

static bool is_of_a_card(const struct host *host, const struct pci_device *d)
{
	for (size_t i = 0; i < host->pci.n; i++)
		if (pci_is_gpu(&host->pci.list[i]) && pci_same_card(&host->pci.list[i], d))
			return true;
	return false;
}

/* What is plugged in there now, in words. */
static void list_devices(const struct host *host, const struct pci_device *d, struct strv *out)
{
	for (size_t i = 0; i < host->usb.n; i++) {
		const struct usb_device *u = &host->usb.list[i];

		if (u->hub || u->root_hub || !u->has_controller ||
		        !pci_addr_equal(u->controller, d->addr))
			continue;
		if (u->product_name && *u->product_name)
			strv_add(out, u->product_name);
		else
			strv_addf(out, "%s %s", usb_kind_name(u->kind), u->sysname);
	}
}

/* --- the proposed one --- */

static bool leaves_one(const struct host *host, const struct offer *offer)
{
	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_device *d = &host->pci.list[i];

		if (pci_is_usb_controller(d) && !offer_takes(offer, d) && !is_of_a_card(host, d) &&
		        !offer_is_set_aside(d))
			return true;
	}
	return false;
}

/* 0: not to be proposed. Set aside already; then one with no keyboard of the host. */
static unsigned merit(const struct host *host, const struct offer *offer)
{
	const struct pci_device *d = offer->device;
	bool keyboard = host_has_keyboard(host, d->addr);

	if (offer->verdict != OFFER_PASS || !leaves_one(host, offer) ||
	        (keyboard && !host_has_other_keyboard(host, d->addr)))
		return 0;
	return 1 + 2 * offer_is_set_aside(d) + !keyboard;
}

static json_t *tell(const struct offer_request *q, const struct offer *offer)
{
	cleanup_strv struct strv devices = {0};
	json_t *json = offer_pci_json(q, offer);

	list_devices(q->host, offer->device, &devices);
	json_object_set_new(json, "devices", offer_texts(&devices));
	return json;
}

json_t *offer_usb_controllers(const struct offer_request *q, struct strv *taken)
{
	json_t *all = json_array();
	struct offer *offers = NULL;
	size_t n = 0;

	for (size_t i = 0; i < q->host->pci.n; i++) {
		const struct pci_device *d = &q->host->pci.list[i];

		if (!pci_is_usb_controller(d) || is_of_a_card(q->host, d))
			continue;
		offer_judge_function(q, d, list_append(offers, n), taken);
	}
	offer_propose(q->host, offers, n, merit);
	for (size_t i = 0; i < n; i++) {
		json_array_append_new(all, tell(q, &offers[i]));
		offer_finish(&offers[i]);
	}
	free(offers);
	return all;
}
