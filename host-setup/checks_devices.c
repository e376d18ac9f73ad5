/* SPDX-License-Identifier: GPL-2.0-or-later */
/* USB controllers and disks: which of them can a game have for itself? */
#include "checks.h"

#include <inttypes.h>

static void add_plugged(const struct host *host, const struct pci_device *d, struct strv *out)
{
	for (size_t i = 0; i < host->usb.n; i++) {
		const struct usb_device *u = &host->usb.list[i];

		if (u->root_hub || !u->has_controller || !pci_addr_equal(u->controller, d->addr))
			continue;
		strv_addf(out, "%s %s%s", u->sysname,
		        u->product_name ? u->product_name
		        : u->hub        ? _("hub")
		                        : usb_kind_name(u->kind),
		        u->keyboard && !u->odd_keyboard ? _(" (keyboard)") : "");
	}
}

/* What a group means for a controller in it: bridges stay, every other function goes along. */
struct company {
	size_t others;
	bool with_gpu, needed; /* a graphics card among them; the host uses one of them */
};

static struct company company_of(const struct host *host, const struct pci_device *own)
{
	struct company company = {0};

	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_device *d = &host->pci.list[i];
		struct strv cleanup_strv uses = {0};

		if (d == own || pci_is_bridge(d) || own->iommu_group < 0 ||
		        d->iommu_group != own->iommu_group)
			continue;
		host_uses(host, d, &uses);
		company.others++;
		company.with_gpu |= pci_is_gpu(d);
		company.needed |= uses.n || d->class_code >> 16 == 0x06;
	}
	return company;
}

static char *tell_group(const struct pci_device *d, const struct company *company)
{
	if (d->iommu_group < 0)
		return xstrdup(_("no group"));
	if (company->with_gpu)
		return xasprintf(_("group %d, goes along with a graphics card"), d->iommu_group);
	if (company->needed)
		return xasprintf(_("group %d, shared with what the host needs"), d->iommu_group);
	if (company->others)
		return xasprintf(ngettext("group %d, %zu other goes along",
		                         "group %d, %zu others go along", company->others),
		        d->iommu_group, company->others);
	return xasprintf(_("group %d, alone"), d->iommu_group);
}

bool group_is_needed(const struct host *host, const struct pci_device *own)
{
	return company_of(host, own).needed;
}

/*
 * Does the host need what hangs on it? Keyboards and mice may go as long as a keyboard stays on another
 * controller: people plug the game's own in where the game can have it.
 */
static bool is_needed(const struct host *host, const struct pci_device *d, size_t n_uses)
{
	size_t inputs = 0;

	for (size_t i = 0; i < host->usb.n; i++) {
		const struct usb_device *u = &host->usb.list[i];

		inputs += u->has_controller && pci_addr_equal(u->controller, d->addr) &&
		          (u->keyboard || u->mouse);
	}
	return n_uses > inputs ||
	       (host_has_keyboard(host, d->addr) && !host_has_other_keyboard(host, d->addr));
}

/* The USB-C port of a graphics card goes with the card, also where it has a group of its own. */
static bool is_on_card(const struct host *host, const struct pci_device *d)
{
	for (size_t i = 0; i < host->pci.n; i++) {
		if (pci_is_gpu(&host->pci.list[i]) && pci_same_card(&host->pci.list[i], d))
			return true;
	}
	return false;
}

/* How well a controller can be given away as a whole; 0: not at all. */
static unsigned worth_of(const struct host *host, const struct pci_device *d)
{
	const struct company company = company_of(host, d);
	struct strv cleanup_strv uses = {0}, losses = {0};

	host_uses(host, d, &uses);
	host_loses(host, d, &losses);
	if (d->iommu_group < 0 || company.with_gpu || is_on_card(host, d) || company.needed ||
	        is_needed(host, d, uses.n))
		return 0;
	/* Nothing of the host on it weighs most, then company, then what is plugged in and idle. */
	return 1 + (uses.n == 0) * 4 + (company.others == 0) * 2 + (losses.n == 0);
}

const struct pci_device *usb_best_controller(const struct host *host)
{
	const struct pci_device *best = NULL;
	unsigned most = 0;

	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_device *d = &host->pci.list[i];
		unsigned worth = pci_is_usb_controller(d) ? worth_of(host, d) : 0;

		if (worth > most) {
			most = worth;
			best = d;
		}
	}
	return best;
}

static void show_controller(
        const struct host *host, const struct pci_device *d, struct check_result *r)
{
	struct strv cleanup_strv uses = {0}, plugged = {0};
	cleanup_free char *used = NULL, *list = NULL, *group = NULL;
	const struct company company = company_of(host, d);
	cleanup_free char *source =
	        xasprintf("/sys/bus/pci/devices/%s", pci_addr_format(d->addr).s);

	host_uses(host, d, &uses);
	add_plugged(host, d, &plugged);
	used = strv_join(&uses, ", ");
	list = strv_join(&plugged, ", ");
	group = tell_group(d, &company);
	result_evidence(r, source, "%s; %s: %s; %s: %s", group, _("plugged in"),
	        *list ? list : _("nothing"), _("host uses"), *used ? used : _("nothing"));
}

/* "keyboard 1-2 stays on 0000:00:14.0", of the first that stays for sure; caller frees; "" where none does. */
static char *tell_keyboard(const struct host *host, const struct pci_device *given)
{
	struct host_keyboard k;

	for (size_t i = 0; host_keyboard(host, &i, &k);) {
		if (!k.sure || (k.has_controller && pci_addr_equal(k.controller, given->addr)))
			continue;
		return k.has_controller ? xasprintf(_("; keyboard %s stays on %s"), k.sysname,
		                                  pci_addr_format(k.controller).s)
		                        : xasprintf(_("; keyboard %s stays"), k.sysname);
	}
	return xstrdup("");
}

static void tell_best(const struct host *host, size_t candidates, size_t n, struct check_result *r)
{
	const struct pci_device *best = usb_best_controller(host);
	const struct company company = company_of(host, best);
	cleanup_free char *group = tell_group(best, &company);
	cleanup_free char *keyboard = tell_keyboard(host, best);
	cleanup_free char *name = pci_describe(best);

	result_pass(r,
	        _("%zu of %zu USB controllers can be given away as a whole, best %s (%s): %s%s"),
	        candidates, n, pci_addr_format(best->addr).s, name, group, keyboard);
}

void check_usb_controllers(const struct check_context *c, struct check_result *r)
{
	size_t n = 0, candidates = 0;

	for (size_t i = 0; i < c->host->pci.n; i++) {
		const struct pci_device *d = &c->host->pci.list[i];

		if (!pci_is_usb_controller(d))
			continue;
		show_controller(c->host, d, r);
		candidates += worth_of(c->host, d) > 0;
		n++;
	}
	if (n == 0) {
		result_skip(r, _("this PC has no USB controller on PCI"));
	} else if (candidates) {
		tell_best(c->host, candidates, n, r);
	} else if (!iommu_is_on(c->host)) {
		result_skip(r,
		        _("%zu USB controllers; which can be given away shows when the IOMMU is "
		          "on"),
		        n);
	} else {
		result_warn(r, CODE_USB_NONE, _("no USB controller can be given away as a whole"));
		result_fix(r,
		        _("Single USB devices can still be passed while the game runs; or move "
		          "the host's keyboard to another controller (the lists above say what is "
		          "on which), or add a USB card."));
	}
}

static const char *readable_size(uint64_t bytes, char *buffer, size_t size)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1000 && unit + 1 < ARRAY_SIZE(units)) {
		value /= 1000;
		unit++;
	}
	snprintf(buffer, size, value < 10 && unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
	return buffer;
}

static char *contents(const struct disk *disk)
{
	struct strv cleanup_strv parts = {0};

	if (disk->content.fs_type)
		strv_add(&parts, disk->content.fs_type);
	else if (disk->table)
		strv_add(&parts, disk->table);
	for (size_t i = 0; i < disk->n_partitions; i++) {
		const struct disk_partition *p = &disk->partitions[i];

		const char *label = p->content.label;

		strv_addf(&parts, "%s %s%s%s%s", p->name,
		        p->content.fs_type ? p->content.fs_type : "?", label ? " \"" : "",
		        label ? label : "", label ? "\"" : "");
	}
	return parts.n ? strv_join(&parts, ", ") : xstrdup(_("nothing recognised"));
}

static char *uses_of(const struct disk *disk)
{
	cleanup_strv struct strv uses = {0};

	disk_part_uses((struct disk_part){.disk = disk}, true, &uses);
	return strv_join(&uses, "; ");
}

static void show_disk(const struct disk *disk, struct check_result *r)
{
	char size[32];
	cleanup_free char *source =
	        disk->by_id ? xstrdup(disk->by_id) : xasprintf("/sys/block/%s", disk->name);
	cleanup_free char *inside = contents(disk);
	cleanup_free char *used = uses_of(disk);

	result_evidence(r, source, "%s, %s, %s: %s; %s", disk->name,
	        readable_size(disk->size, size, sizeof(size)),
	        disk->model ? disk->model : _("unknown model"), inside, *used ? used : _("free"));
}

void check_disk_candidates(const struct check_context *c, struct check_result *r)
{
	size_t n = 0, unused = 0;

	for (size_t i = 0; i < c->host->disks.n; i++) {
		const struct disk *disk = &c->host->disks.list[i];

		show_disk(disk, r);
		n++;
		unused += !disk->uses.n && !disk->members.n && disk->by_id && disk->size;
	}
	if (n == 0) {
		result_skip(r, _("this PC shows no disk"));
	} else if (unused) {
		result_pass(r,
		        ngettext("%zu of %zu disk is free for a game",
		                "%zu of %zu disks are free for a game", n),
		        unused, n);
	} else {
		result_warn(r, CODE_DISK_USED,
		        ngettext("no disk is free for a game (%zu seen)",
		                "no disk is free for a game (%zu seen)", n),
		        n);
		result_fix(r, _("A disk image works too. A whole disk must have a stable name in "
		                "/dev/disk/by-id and nothing of the host on it."));
	}
}
