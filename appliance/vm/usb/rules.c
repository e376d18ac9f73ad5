/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/usb/rules.h"

#include "base/usb_port.h"

/* Each outweighs all those after it; a hub counts by its depth, which is below 8. */
enum { RANK_SERIAL = 64, RANK_ID = 32, RANK_PORT = 16 };

void usb_rules_of(const struct profile *profile, struct journal_rule **list, size_t *n)
{
	for (size_t i = 0; i < profile->n_usb; i++) {
		const struct profile_usb *u = &profile->usb[i];

		*list_append(*list, *n) = (struct journal_rule){.name = xstrdup(u->name),
		        .vendor = u->vendor,
		        .product = u->product,
		        .serial = xstrdup(u->serial),
		        .port = xstrdup(u->port),
		        .hub = xstrdup(u->hub)};
	}
}

static bool matches(const struct journal_rule *rule, const struct usb_device *d)
{
	if ((rule->vendor >= 0 && rule->vendor != d->vendor) ||
	        (rule->product >= 0 && rule->product != d->product))
		return false;
	if (rule->serial && !(d->serial && streq(rule->serial, d->serial)))
		return false;
	if (rule->port && !(d->port && streq(rule->port, d->port)))
		return false;
	return !rule->hub || (d->port && usb_port_is_behind(d->port, rule->hub));
}

unsigned usb_rule_rank(const struct journal_rule *rule, const struct usb_device *d)
{
	unsigned rank = 0;

	if (d->root_hub || d->hub || !matches(rule, d))
		return 0;
	if (rule->serial)
		rank += RANK_SERIAL;
	if (rule->vendor >= 0)
		rank += RANK_ID;
	if (rule->port)
		rank += RANK_PORT;
	return rule->hub ? rank + usb_port_depth(rule->hub) : rank;
}

const struct usb_claimant *usb_rules_owner(const struct usb_claimant *claimants, size_t n,
        const struct usb_device *d, const struct journal_rule **rule)
{
	const struct usb_claimant *owner = NULL;
	unsigned best = 0;

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < claimants[i].n; k++) {
			unsigned rank = usb_rule_rank(&claimants[i].rules[k], d);

			if (rank < best || !rank)
				continue;
			if (rank == best && claimants[i].since >= owner->since)
				continue;
			best = rank;
			owner = &claimants[i];
			*rule = &claimants[i].rules[k];
		}
	}
	return owner;
}
