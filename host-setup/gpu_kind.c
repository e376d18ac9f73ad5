/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processor graphics or a card of its own: concluded from where it sits and what sits beside it, never from a name. */
#include "gpu.h"

enum { INTEL = 0x8086, AMD = 0x1022, ATI = 0x1002, NVIDIA = 0x10de, ASPEED = 0x1a03 };

const char *gpu_kind_name(enum gpu_kind kind)
{
	switch (kind) {
	case GPU_KIND_UNKNOWN:
		return "unknown";
	case GPU_KIND_INTEGRATED:
		return "integrated";
	case GPU_KIND_DISCRETE:
		return "discrete";
	}
	abort();
}

static enum gpu_kind intel(const struct pci_device *d, char **why)
{
	const struct pci_addr a = d->addr;

	if (a.domain == 0 && a.bus == 0 && a.device == 2) {
		*why = xasprintf(_("part of the processor: Intel's graphics always sit at %s"),
		        pci_addr_format(a).s);
		return GPU_KIND_INTEGRATED;
	}
	if (d->parent >= 0) {
		*why = xasprintf(
		        _("a card of its own: Intel graphics behind a port, at %s"), d->path);
		return GPU_KIND_DISCRETE;
	}
	return GPU_KIND_UNKNOWN;
}

/* The security processor, USB and sound of an AMD processor with graphics share the slot of the graphics. */
static const struct pci_device *find_processor_part(
        const struct host *host, const struct pci_device *gpu)
{
	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_device *d = &host->pci.list[i];

		if (d->vendor == AMD && d->addr.domain == gpu->addr.domain &&
		        d->addr.bus == gpu->addr.bus && d->addr.device == gpu->addr.device)
			return d;
	}
	return NULL;
}

static enum gpu_kind amd(const struct host *host, const struct pci_device *d, char **why)
{
	const struct pci_device *part = find_processor_part(host, d);

	if (part) {
		*why = xasprintf(
		        _("part of the processor: %s [%s] of the processor shares its slot"),
		        pci_addr_format(part->addr).s, pci_id(part).s);
		return GPU_KIND_INTEGRATED;
	}
	if (d->parent < 0)
		return GPU_KIND_UNKNOWN;
	if (host->pci.list[d->parent].vendor == ATI) {
		*why = xasprintf(_("a card of its own: behind its own switch, %s"),
		        pci_addr_format(host->pci.list[d->parent].addr).s);
		return GPU_KIND_DISCRETE;
	}
	if (d->rom_size) {
		*why = xasprintf(_("a card of its own: behind a port with a ROM of %zu KiB, and "
		                   "nothing of the processor in its slot"),
		        (size_t)(d->rom_size >> 10));
		return GPU_KIND_DISCRETE;
	}
	return GPU_KIND_UNKNOWN;
}

/* No slot for cards is on a root bus; in a virtual machine anything may sit there. */
static bool on_root_bus(const struct host *host, const struct pci_device *d)
{
	return d->parent < 0 && !strchr(d->path, '/') && !host->cpu.hypervisor;
}

enum gpu_kind gpu_kind_of(const struct host *host, const struct pci_device *d, char **why)
{
	enum gpu_kind kind = GPU_KIND_UNKNOWN;

	*why = NULL;
	if (d->vendor == INTEL) {
		kind = intel(d, why);
	} else if (d->vendor == ATI) {
		kind = amd(host, d, why);
	} else if (d->vendor == ASPEED) {
		*why = xstrdup(_("part of the board: the screen of its management processor"));
		kind = GPU_KIND_INTEGRATED;
	} else if (d->vendor == NVIDIA && d->parent >= 0) {
		*why = xasprintf(_("a card of its own: behind a port, at %s"), d->path);
		kind = GPU_KIND_DISCRETE;
	}
	if (kind == GPU_KIND_UNKNOWN && on_root_bus(host, d)) {
		*why = xasprintf(_("part of the processor or board: %s is on the root bus, where "
		                   "there is no slot"),
		        pci_addr_format(d->addr).s);
		kind = GPU_KIND_INTEGRATED;
	}
	if (kind == GPU_KIND_UNKNOWN)
		*why = xstrdup(_("whether it is a card or part of the processor cannot be told"));
	return kind;
}
