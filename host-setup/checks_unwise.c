/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is better left alone, and which other slot there is. */
#include "checks.h"

/* --- what stays with the host --- */

/* Kinds of functions that people pass by mistake, since their group looks free. */
static const char *kind_of(const struct pci_device *d)
{
	switch (d->class_code >> 16) {
	case 0x01:
		return _("disk controller");
	case 0x02:
		return _("network card");
	}
	return pci_is_usb_controller(d) ? _("USB controller") : NULL;
}

/* On the root bus; or AMD's chipset, whose functions sit behind a port. AMD makes no such cards. */
static bool is_built_in(const struct pci_device *d)
{
	return d->addr.bus == 0 || (d->vendor == 0x1022 && d->class_code >> 16 != 0x02);
}

static bool carries_only_network(const struct host *host, const struct pci_device *d)
{
	for (size_t i = 0; i < host->net.n; i++) {
		const struct net_interface *n = &host->net.list[i];

		if (n->has_controller && pci_addr_equal(n->controller, d->addr) &&
		        host_is_only_network(host, n))
			return true;
	}
	return false;
}

static bool is_unwise(const struct host *host, const struct pci_device *d)
{
	struct strv cleanup_strv uses = {0};

	if (!kind_of(d) || (d->driver && streq(d->driver, "vfio-pci")))
		return false;
	if (pci_is_usb_controller(d) && host_has_keyboard(host, d->addr) &&
	        host_has_other_keyboard(host, d->addr))
		return false;
	host_uses(host, d, &uses);
	return uses.n > 0 || carries_only_network(host, d);
}

static void show_unwise(const struct host *host, const struct pci_device *d, struct check_result *r)
{
	struct strv cleanup_strv uses = {0};
	cleanup_free char *all = NULL;
	cleanup_free char *source =
	        xasprintf("/sys/bus/pci/devices/%s", pci_addr_format(d->addr).s);

	host_loses(host, d, &uses);
	all = strv_join(&uses, ", ");
	result_evidence(r, source, "%s%s: %s", kind_of(d),
	        is_built_in(d) ? _(" built into the board") : "", all);
}

/* --- a reset that takes neighbours along --- */

/* Another card's function on the card's bus that the host uses; NULL: none. */
static const struct pci_device *neighbour(const struct host *host, const struct pci_device *own)
{
	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_device *d = &host->pci.list[i];
		struct strv cleanup_strv uses = {0};

		if (d->addr.domain != own->addr.domain || d->addr.bus != own->addr.bus ||
		        pci_same_card(own, d) || own->addr.bus == 0)
			continue;
		host_uses(host, d, &uses);
		if (uses.n)
			return d;
	}
	return NULL;
}

/* The first card that could be given away whose only reset is its bus, with such a neighbour. */
static const struct check_gpu *find_bus_reset(
        const struct check_context *c, const struct pci_device **other)
{
	for (size_t i = 0; i < c->report->n_gpus; i++) {
		const struct check_gpu *gpu = &c->report->gpus[i];
		const char *way = gpu->device->reset_method;

		*other = neighbour(c->host, gpu->device);
		if (!gpu->boot_display && way && streq(way, "bus") && *other)
			return gpu;
	}
	return NULL;
}

void check_unwise(const struct check_context *c, struct check_result *r)
{
	const struct pci_device *other = NULL;
	const struct check_gpu *gpu = find_bus_reset(c, &other);
	size_t n = 0;

	if (gpu) {
		cleanup_free char *source = pci_source(gpu->device, "reset_method");

		result_evidence(r, source, "bus");
	}
	for (size_t i = 0; i < c->host->pci.n; i++) {
		if (!is_unwise(c->host, &c->host->pci.list[i]))
			continue;
		show_unwise(c->host, &c->host->pci.list[i], r);
		n++;
	}
	if (gpu) {
		result_warn(r, CODE_HOST_NEIGHBOURS,
		        _("the graphics card %s can only be reset with its whole bus, and the host "
		          "uses %s on it"),
		        pci_addr_format(gpu->device->addr).s, pci_addr_format(other->addr).s);
		result_fix(
		        r, _("Put the card into a slot with a port of its own; see host.slots."));
	} else if (n) {
		result_pass(r,
		        ngettext("%zu device is better left to the host, whatever its group",
		                "%zu devices are better left to the host, whatever their groups",
		                n),
		        n);
	} else {
		result_skip(r, _("nothing here that could be passed by mistake is in use"));
	}
}

/* --- another slot --- */

static bool is_empty_port(const struct host *host, size_t port)
{
	const struct pci_device *d = &host->pci.list[port];

	if (d->class_code >> 8 != 0x0604 || d->parent >= 0)
		return false;
	for (size_t i = 0; i < host->pci.n; i++) {
		if (host->pci.list[i].parent == (int)port)
			return false;
	}
	return true;
}

static bool is_empty_slot(const struct host *host, const struct slot *slot)
{
	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_addr a = host->pci.list[i].addr;

		if (a.domain == slot->addr.domain && a.bus == slot->addr.bus &&
		        a.device == slot->addr.device)
			return false;
	}
	return true;
}

/* Bridges in the group do not matter; anything else in it would be the new neighbour. */
static bool port_is_alone(const struct host *host, const struct pci_device *port)
{
	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_device *d = &host->pci.list[i];

		if (!pci_is_bridge(d) && port->iommu_group >= 0 &&
		        d->iommu_group == port->iommu_group)
			return false;
	}
	return port->iommu_group >= 0;
}

/*
 * Ports of the processor itself rather than of the chipset. Intel: devices 1, 2, 3 and 6 of bus 0 in all Core and
 * Xeon datasheets, and the root buses beside bus 0 of the large ones. AMD's chipset sits behind such a port, so
 * every empty one on a root bus is the processor's.
 */
static bool is_processor_port(const struct pci_device *d)
{
	if (d->vendor == 0x1022)
		return true;
	return d->vendor == 0x8086 && (d->addr.bus != 0 || d->addr.device == 6 ||
	                                      (d->addr.device >= 1 && d->addr.device <= 3));
}

static size_t show_ports(const struct host *host, struct check_result *r)
{
	size_t n = 0;

	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_device *d = &host->pci.list[i];
		cleanup_free char *source =
		        xasprintf("/sys/bus/pci/devices/%s", pci_addr_format(d->addr).s);

		if (!is_empty_port(host, i) || !port_is_alone(host, d))
			continue;
		result_evidence(r, source,
		        is_processor_port(d)
		                ? _("a port of the processor with nothing behind it, group %d is "
		                    "its own")
		                : _("a port with nothing behind it, group %d is its own"),
		        d->iommu_group);
		n++;
	}
	return n;
}

static size_t show_slots(const struct host *host, struct check_result *r)
{
	size_t n = 0;

	for (size_t i = 0; i < host->slots.n; i++) {
		const struct slot *slot = &host->slots.list[i];
		cleanup_free char *source = xasprintf("/sys/bus/pci/slots/%s/address", slot->name);

		if (!is_empty_slot(host, slot))
			continue;
		result_evidence(r, source, _("%04x:%02x:%02x, empty"), slot->addr.domain,
		        slot->addr.bus, slot->addr.device);
		n++;
	}
	return n;
}

/* Where the firmware says the card sits. */
static void show_own_slot(
        const struct host *host, const struct pci_device *d, struct check_result *r)
{
	for (size_t i = 0; i < host->slots.n; i++) {
		const struct slot *slot = &host->slots.list[i];
		cleanup_free char *source = xasprintf("/sys/bus/pci/slots/%s/address", slot->name);

		if (slot->addr.domain == d->addr.domain && slot->addr.bus == d->addr.bus &&
		        slot->addr.device == d->addr.device)
			result_evidence(r, source, _("%04x:%02x:%02x, this card"),
			        slot->addr.domain, slot->addr.bus, slot->addr.device);
	}
}

/* A card that is no screen of the host, yet cannot go for the company in its group. */
static const struct check_gpu *find_cramped(const struct check_context *c)
{
	for (size_t i = 0; i < c->report->n_gpus; i++) {
		const struct check_gpu *gpu = &c->report->gpus[i];

		if (!gpu->boot_display && gpu->device->iommu_group >= 0 &&
		        group_is_needed(c->host, gpu->device))
			return gpu;
	}
	return NULL;
}

/* The host's own card, where nothing but its role keeps it from a game; NULL: none. */
static const struct check_gpu *find_roomy(const struct check_context *c)
{
	for (size_t i = 0; i < c->report->n_gpus; i++) {
		const struct check_gpu *gpu = &c->report->gpus[i];

		if (gpu->boot_display && gpu->device->iommu_group >= 0 &&
		        gpu->device->addr.bus != 0 && !group_is_needed(c->host, gpu->device))
			return gpu;
	}
	return NULL;
}

/* The cards may change their roles: no screwdriver needed where the firmware lets choose. */
static bool fix_by_roles(
        const struct check_context *c, const struct check_gpu *cramped, struct check_result *r)
{
	const struct check_gpu *roomy = find_roomy(c);
	cleanup_free char *source = NULL;

	if (!roomy)
		return false;
	source = pci_source(roomy->device, "iommu_group");
	result_evidence(
	        r, source, _("%d, nothing else of the host in it"), roomy->device->iommu_group);
	result_fix(r,
	        _("Let the two cards change roles: %s, whose group is its own, goes to the game, "
	          "and the host shows its screen on %s. Choose that one as first display in the "
	          "firmware setup (Initial Display Output, Primary Display: its slot) and plug the "
	          "screen into it; or exchange the two cards in their slots."),
	        pci_addr_format(roomy->device->addr).s, pci_addr_format(cramped->device->addr).s);
	return true;
}

void check_slots(const struct check_context *c, struct check_result *r)
{
	const struct check_gpu *gpu = find_cramped(c);
	size_t ports, slots;

	if (!gpu) {
		result_skip(r, _("no graphics card needs another slot for its group's sake"));
		return;
	}
	show_own_slot(c->host, gpu->device, r);
	ports = show_ports(c->host, r);
	slots = show_slots(c->host, r);
	result_warn(r, CODE_HOST_SLOT,
	        _("the graphics card %s shares group %d with what the host needs; another slot may "
	          "give it a group of its own"),
	        pci_addr_format(gpu->device->addr).s, gpu->device->iommu_group);
	if (!ports && !slots)
		result_evidence(r, "/sys/bus/pci/slots", "no empty port or slot is shown");
	if (fix_by_roles(c, gpu, r))
		return;
	if (ports || slots)
		result_fix(
		        r, _("Move the card to one of the empty places named here, the one nearest "
		             "the processor first, and run check again: groups are made anew."));
	else
		result_fix(r,
		        _("Exchange it with the card in the slot nearest the processor. Firmware "
		          "hides the ports of empty slots, so that one may be free all the same."));
}
