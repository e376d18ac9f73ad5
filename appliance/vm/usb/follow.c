/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/usb/follow.h"

static bool is_same_port(const struct usb_left *left, const char *port)
{
	return left->port && port && streq(left->port, port);
}

void usb_follow_drop(struct usb_follow *follow, const struct usb_left *left)
{
	size_t index;

	if (!left)
		return;
	index = (size_t)(left - follow->list);
	free(follow->list[index].port);
	free(follow->list[index].serial);
	follow->list[index] = follow->list[--follow->n];
}

void usb_follow_left(struct usb_follow *follow, const struct journal_usb *u, uint64_t now)
{
	/* One for each socket: the last. */
	for (size_t i = follow->n; i-- > 0;) {
		if (is_same_port(&follow->list[i], u->port))
			usb_follow_drop(follow, &follow->list[i]);
	}
	*list_append(follow->list, follow->n) = (struct usb_left){.port = xstrdup(u->port),
	        .serial = xstrdup(u->serial),
	        .vendor = u->vendor,
	        .product = u->product,
	        .by_hand = u->by_hand,
	        .at = now};
}

static bool is_back(const struct usb_left *left, const struct usb_device *d, uint64_t now)
{
	if (now > left->at + USB_FOLLOW_USEC)
		return false;
	if (is_same_port(left, d->port))
		return left->vendor == d->vendor || now <= left->at + USB_FOLLOW_OTHER_USEC;
	return left->serial && d->serial && streq(left->serial, d->serial) &&
	       left->vendor == d->vendor && left->product == d->product;
}

const struct usb_left *usb_follow_find(
        const struct usb_follow *follow, const struct usb_device *d, uint64_t now)
{
	for (size_t i = 0; i < follow->n && !d->hub && !d->root_hub; i++) {
		if (is_back(&follow->list[i], d, now))
			return &follow->list[i];
	}
	return NULL;
}

void usb_follow_expire(struct usb_follow *follow, uint64_t now)
{
	for (size_t i = follow->n; i-- > 0;) {
		if (now > follow->list[i].at + USB_FOLLOW_USEC)
			usb_follow_drop(follow, &follow->list[i]);
	}
}

void usb_follow_finish(struct usb_follow *follow)
{
	while (follow->n)
		usb_follow_drop(follow, follow->list);
	free(follow->list);
	*follow = (struct usb_follow){0};
}
