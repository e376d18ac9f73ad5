/* SPDX-License-Identifier: GPL-2.0-or-later */
/* USB controllers as a whole, but for those that are a graphics card's own. */
#include "vm/offer_parts.h"

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

static bool takes(const struct offer *offer, const struct pci_device *d)
{
	for (size_t i = 0; i < offer->n_members; i++)
		if (offer->members[i] == d)
			return true;
	return false;
}

static bool leaves_one(const struct host *host, const struct offer *offer)
{
	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_device *d = &host->pci.list[i];

		if (pci_is_usb_controller(d) && !takes(offer, d) && !is_of_a_card(host, d) &&
		        !(d->driver && streq(d->driver, "vfio-pci")))
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
	return 1 + 2 * (d->driver && streq(d->driver, "vfio-pci")) + !keyboard;
}

static void propose(const struct host *host, struct offer *offers, size_t n)
{
	struct offer *best = NULL;

	for (size_t i = 0; i < n; i++) {
		if (merit(host, &offers[i]) > (best ? merit(host, best) : 0))
			best = &offers[i];
	}
	if (best)
		best->proposed = true;
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
		struct offer *offer;

		if (!pci_is_usb_controller(d) || is_of_a_card(q->host, d))
			continue;
		offer = list_append(offers, n);
		offer->device = d;
		offer_take_members(q, offer);
		offer_judge_pci(q, offer, taken);
	}
	propose(q->host, offers, n);
	for (size_t i = 0; i < n; i++) {
		json_array_append_new(all, tell(q, &offers[i]));
		offer_finish(&offers[i]);
	}
	free(offers);
	return all;
}
