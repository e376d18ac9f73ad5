/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/usb/kept.h"

static bool is_it(const struct journal_kept *k, const struct usb_device *d)
{
	return k->busnum == d->busnum && k->devnum == d->devnum && k->vendor == d->vendor &&
	       (!k->instance || !d->instance || k->instance == d->instance);
}

static struct journal_kept *find(const struct journal *j, const struct usb_device *d)
{
	for (size_t i = 0; i < j->n_kept; i++) {
		if (is_it(&j->kept[i], d))
			return &j->kept[i];
	}
	return NULL;
}

void usb_kept_add(struct journal *j, const struct usb_device *d, bool by_hand)
{
	struct journal_kept *k = find(j, d);

	if (!k) {
		k = list_append(j->kept, j->n_kept);
		*k = (struct journal_kept){.port = xstrdup(d->port),
		        .busnum = d->busnum,
		        .devnum = d->devnum,
		        .vendor = d->vendor,
		        .instance = d->instance};
	}
	k->by_hand |= by_hand;
	k->left = 0;
}

static struct usb_device device_of(const struct journal_usb *u)
{
	return (struct usb_device){.port = u->port,
	        .busnum = u->busnum,
	        .devnum = u->devnum,
	        .vendor = u->vendor,
	        .instance = u->instance};
}

void usb_kept_add_entry(struct journal *j, const struct journal_usb *u, bool by_hand)
{
	const struct usb_device d = device_of(u);

	usb_kept_add(j, &d, by_hand);
}

bool usb_kept_has(const struct journal *j, const struct usb_device *d)
{
	return find(j, d);
}

bool usb_kept_has_entry(const struct journal *j, const struct journal_usb *u)
{
	const struct usb_device d = device_of(u);

	return find(j, &d);
}

bool usb_kept_by_hand(const struct journal *j, const struct usb_device *d)
{
	const struct journal_kept *k = find(j, d);

	return k && k->by_hand;
}

void usb_kept_drop(struct journal *j, const struct usb_device *d)
{
	struct journal_kept *k = find(j, d);

	if (k)
		journal_kept_remove(j, (size_t)(k - j->kept));
}

static const struct usb_device *find_there(const struct usb *usb, const struct journal_kept *k)
{
	for (size_t i = 0; i < usb->n; i++) {
		if (is_it(k, &usb->list[i]))
			return &usb->list[i];
	}
	return NULL;
}

static const struct usb_device *find_back(const struct usb *usb, const struct journal_kept *k)
{
	for (size_t i = 0; i < usb->n && k->port; i++) {
		const struct usb_device *d = &usb->list[i];

		if (!d->hub && d->port && streq(d->port, k->port) && d->vendor == k->vendor)
			return d;
	}
	return NULL;
}

/* Returns false when it is to be dropped. */
static bool follow(struct journal_kept *k, const struct usb *usb, uint64_t now, bool *changed)
{
	const struct usb_device *back;

	if (find_there(usb, k)) {
		k->left = 0;
		return true;
	}
	if (!k->by_hand)
		return false;
	if (!k->left)
		k->left = now;
	if (now > k->left + USB_KEPT_USEC)
		return false;
	back = find_back(usb, k);
	if (back) {
		*changed = true;
		k->busnum = back->busnum;
		k->devnum = back->devnum;
		k->instance = back->instance;
		k->left = 0;
	}
	return true;
}

bool usb_kept_look(struct journal *j, const struct usb *usb, uint64_t now)
{
	bool changed = false;

	for (size_t i = j->n_kept; i-- > 0;) {
		if (follow(&j->kept[i], usb, now, &changed))
			continue;
		journal_kept_remove(j, i);
		changed = true;
	}
	return changed;
}
