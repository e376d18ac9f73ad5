/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the host can let go of a card that it uses itself, and in which order; see vm/plan/hand_over.h. */
#include "vm/plan/plan_hand_over.h"

#include "base/i18n.h"

#include <errno.h>

static bool same_card(struct pci_addr a, struct pci_addr b)
{
	return a.domain == b.domain && a.bus == b.bus && a.device == b.device;
}

/* --- what is asked for --- */

bool plan_is_handed(const struct profile *profile, struct pci_addr addr)
{
	for (size_t i = 0; i < profile->n_pci; i++) {
		if (profile->pci[i].hand_over && same_card(profile->pci[i].address, addr))
			return true;
	}
	return false;
}

bool plan_hands_over(const struct profile *profile)
{
	for (size_t i = 0; i < profile->n_pci; i++) {
		if (profile->pci[i].hand_over)
			return true;
	}
	return false;
}

static void add_units(const struct profile *profile, struct strv *units)
{
	for (size_t i = 0; i < profile->n_pci; i++) {
		const char *stop = profile->pci[i].hand_over_stop;

		if (profile->pci[i].hand_over && stop)
			strv_split(units, stop, ", ");
	}
}

void plan_take_hand_over(const struct root *root, const struct profile *profile, struct host *host)
{
	cleanup_free struct pci_addr *cards = xcalloc(profile->n_pci, sizeof(*cards));
	cleanup_strv struct strv units = {0};
	size_t n = 0;

	for (size_t i = 0; i < profile->n_pci; i++) {
		const struct pci_device *d = pci_find(&host->pci, profile->pci[i].address);

		if (d && plan_is_handed(profile, d->addr) &&
		        !(d->driver && streq(d->driver, "vfio-pci")))
			cards[n++] = d->addr;
	}
	add_units(profile, &units);
	hand_over_finish(&host->hand_over);
	hand_over_take(root, &host->displays, cards, n, &units, &host->hand_over);
}

/* --- who holds it, and may not --- */

/* Stopped for it: what the profile names, and our own front end, which comes back by itself. */
static const char *covered_by(const struct hand_over *h, const struct hand_over_holder *holder)
{
	strv_foreach (unit, &holder->units) {
		if (streq(*unit, HAND_OVER_FRONT_END) || strv_has(&h->asked, *unit))
			return *unit;
	}
	return NULL;
}

static int refuse_holder(
        const struct planning *p, const struct hand_over_holder *holder, struct err *err)
{
	const char *unit = holder->units.n ? holder->units.list[0] : NULL;

	err_set(err, -EBUSY, _("%s is to be handed over, and %s has it in use (%s)"),
	        pci_addr_format(holder->addr).s, holder->who, holder->what);
	if (unit)
		err_hint(err,
		        _("write hand-over-stop=%s into [gpu] of %s, and it is stopped for the "
		          "game "
		          "and started again afterwards; whoever works in it loses what is not "
		          "saved"),
		        unit, p->profile->file);
	else if (holder->session)
		err_hint(err, _("log out there, and start the game from the console or from afar"));
	else
		err_hint(err, _("end that program"));
	return plan_refuse(err, holder->session ? CODE_HAND_SESSION : CODE_HAND_HELD);
}

/* With a service named, whoever wrote the profile has thought of it. */
static int check_seen(const struct planning *p, struct err *err)
{
	const struct hand_over *h = &p->host->hand_over;

	if (!h->unseen.n || h->asked.n)
		return 0;
	err_set(err, -EBUSY,
	        _("a card is to be handed over, and nothing tells who has %s open: its "
	          "driver may hang while it is in use"),
	        h->unseen.list[0]);
	err_hint(err,
	        _("name all services that use it in hand-over-stop= in [gpu] of %s; with NVIDIA's "
	          "driver nvidia-persistenced.service"),
	        p->profile->file);
	return plan_refuse(err, CODE_HAND_HELD);
}

static int check_holders(const struct planning *p, struct err *err)
{
	const struct hand_over *h = &p->host->hand_over;

	for (size_t i = 0; i < h->n_holders; i++) {
		if (!covered_by(h, &h->holders[i]))
			return refuse_holder(p, &h->holders[i], err);
	}
	return check_seen(p, err);
}

/* --- the order --- */

static bool has_act(const struct vm_plan *plan, enum hand_kind kind, const char *what)
{
	for (size_t i = 0; i < plan->n_hand; i++) {
		if (plan->hand[i].kind == kind && streq(plan->hand[i].what, what))
			return true;
	}
	return false;
}

static void add_act(struct vm_plan *plan, enum hand_kind kind, const char *what)
{
	if (!has_act(plan, kind, what))
		hand_acts_add(&plan->hand, &plan->n_hand, kind, what);
}

/* One with a slice of its own is found by what it has in use alone. */
static bool holds(const struct hand_over *h, const char *unit)
{
	for (size_t i = 0; i < h->n_holders; i++) {
		if (strv_has(&h->holders[i].units, unit))
			return true;
	}
	return false;
}

static void add_stops(struct vm_plan *plan, const struct hand_over *h)
{
	/* The front end last, so that it is back first: it is what a person before a dark screen waits for. */
	strv_foreach (unit, &h->asked) {
		if (strv_has(&h->running, *unit) || holds(h, *unit))
			add_act(plan, HAND_STOP, *unit);
	}
	if (holds(h, HAND_OVER_FRONT_END))
		add_act(plan, HAND_STOP, HAND_OVER_FRONT_END);
}

int plan_hand_over(const struct planning *p, struct err *err)
{
	const struct hand_over *h = &p->host->hand_over;
	int r = h->taken ? check_holders(p, err) : 0;

	if (r < 0 || !h->taken)
		return r;
	add_stops(p->plan, h);
	for (size_t i = 0; i < p->plan->n_pci; i++) {
		struct vm_claim_pci *claim = &p->plan->pci[i];

		claim->handed = claim->share.kind == VM_SHARE_NO &&
		                plan_is_handed(p->profile, claim->addr) && !claim->bound;
		if (claim->handed)
			add_act(p->plan, HAND_FREE, pci_addr_format(claim->addr).s);
	}
	strv_foreach (console, &h->consoles)
		add_act(p->plan, HAND_CONSOLE, *console);
	for (size_t i = 0; i < h->n_buffers; i++) {
		cleanup_free char *what =
		        xasprintf("%s/%s", h->buffers[i].driver, h->buffers[i].device);

		add_act(p->plan, HAND_BUFFER, what);
	}
	return 0;
}
