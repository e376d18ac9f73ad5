/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which devices: the wishes, their cards and their IOMMU groups, and every reason to refuse. */
#include "plan.h"

#include "base/i18n.h"

#include <errno.h>

/* The card that shows this PC's console: the firmware's choice, else the one with the text console. */
static bool is_boot_display(const struct host *host, const struct pci_device *d)
{
	if (d->boot_vga >= 0)
		return d->boot_vga == 1;
	for (size_t i = 0; i < host->pci.n; i++) {
		if (host->pci.list[i].boot_vga == 1)
			return false;
	}
	for (size_t i = 0; i < host->displays.n; i++) {
		const struct display_card *card = &host->displays.list[i];

		if (card->console && card->has_controller &&
		        pci_addr_equal(card->controller, d->addr))
			return true;
	}
	return false;
}

static struct plan_device *find_device(const struct plan *plan, struct pci_addr addr)
{
	for (size_t i = 0; i < plan->n_devices; i++) {
		if (pci_addr_equal(plan->devices[i].addr, addr))
			return &plan->devices[i];
	}
	return NULL;
}

static void add_device(struct plan *plan, const struct host *host, const struct pci_device *d,
        enum plan_role role, const char *reason)
{
	struct plan_device *p;

	if (find_device(plan, d->addr))
		return;
	p = list_append(plan->devices, plan->n_devices);
	*p = (struct plan_device){
	        .addr = d->addr,
	        .path = xstrdup(d->path),
	        .vendor = d->vendor,
	        .device = d->device,
	        .subsystem_vendor = d->subsystem_vendor,
	        .subsystem_device = d->subsystem_device,
	        .class_code = d->class_code,
	        .serial = xstrdup(d->serial),
	        .name = pci_describe(d),
	        .driver = xstrdup(d->driver),
	        .group = d->iommu_group,
	        .role = role,
	        .reason = xstrdup(reason),
	};
	host_loses(host, d, &p->losses);
}

/* "0000:01:00.0 (1234:1111 ...), ..." of all GPUs or USB controllers, for messages. */
static char *list_kind(const struct host *host, bool (*is_kind)(const struct pci_device *d))
{
	struct strv names = {0};
	char *text;

	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_device *d = &host->pci.list[i];
		cleanup_free char *name = NULL;

		if (!is_kind(d))
			continue;
		name = pci_describe(d);
		strv_addf(&names, "%s (%s)", pci_addr_format(d->addr).s, name);
	}
	text = names.n ? strv_join(&names, ", ") : xstrdup(_("none"));
	strv_finish(&names);
	return text;
}

static int refuse_missing(const struct host *host, const struct plan_wish *wish, struct err *err)
{
	bool usb = wish->role == PLAN_ROLE_USB;
	cleanup_free char *list = list_kind(host, usb ? pci_is_usb_controller : pci_is_gpu);

	err_set(err, -ENODEV, _("%s: this PC has no PCI device at %s"), wish->from,
	        wish->path ? wish->path : pci_addr_format(wish->addr).s);
	if (usb)
		err_hint(err, _("USB controllers here: %s"), list);
	else
		err_hint(err, _("graphics cards here: %s"), list);
	err_code(err, CODE_PCI_ABSENT);
	return -ENODEV;
}

static int refuse_kind(const struct host *host, const struct plan_wish *wish,
        const struct pci_device *d, struct err *err)
{
	bool usb = wish->role == PLAN_ROLE_USB;
	cleanup_free char *list = list_kind(host, usb ? pci_is_usb_controller : pci_is_gpu);
	cleanup_free char *name = pci_describe(d);

	err_set(err, -EINVAL, _("%s: %s (%s, class %06x) is no %s"), wish->from,
	        pci_addr_format(d->addr).s, name, d->class_code,
	        usb ? _("USB controller") : _("graphics card"));
	if (usb)
		err_hint(err, _("USB controllers here: %s"), list);
	else
		err_hint(err, _("graphics cards here: %s"), list);
	err_code(err, CODE_PCI_KIND);
	return -EINVAL;
}

static const struct pci_device *find_wish(
        const struct host *host, const struct plan_wish *wish, struct err *err)
{
	const struct pci_device *d = wish->path ? pci_find_path(&host->pci, wish->path)
	                                        : pci_find(&host->pci, wish->addr);

	if (!d) {
		refuse_missing(host, wish, err);
		return NULL;
	}
	if ((wish->role == PLAN_ROLE_GPU && !pci_is_gpu(d)) ||
	        (wish->role == PLAN_ROLE_USB && !pci_is_usb_controller(d))) {
		refuse_kind(host, wish, d, err);
		return NULL;
	}
	if ((wish->vendor >= 0 && wish->vendor != d->vendor) ||
	        (wish->device >= 0 && wish->device != d->device)) {
		err_set(err, -ENODEV, _("%s: %s is %s, not %04x:%04x"), wish->from,
		        pci_addr_format(d->addr).s, pci_id(d).s, wish->vendor, wish->device);
		err_hint(err,
		        _("name the device that is there now (lspci -nn), or put the card back"));
		err_code(err, CODE_PCI_IDENTITY);
		return NULL;
	}
	return d;
}

static int refuse_choice(const struct host *host, struct err *err)
{
	cleanup_free char *list = list_kind(host, pci_is_gpu);

	err_set(err, -ENOTUNIQ, _("several graphics cards could go to a game: %s"), list);
	err_hint(err, _("name the one you mean: --gpu ADDRESS"));
	err_code(err, CODE_HOST_CHOICE);
	return -ENOTUNIQ;
}

static int refuse_no_gpu(const struct host *host, struct err *err)
{
	cleanup_free char *list = list_kind(host, pci_is_gpu);
	bool any = false;

	for (size_t i = 0; i < host->pci.n; i++)
		any |= pci_is_gpu(&host->pci.list[i]);
	err_set(err, -ENODEV,
	        any ? _("no graphics card to give away: all there is serves the host (%s)")
	            : _("no graphics card to give away: this PC has none on PCI (%s)"),
	        any ? list : "/sys/bus/pci/devices");
	err_hint(err,
	        _("a second graphics card, or the processor's own graphics as the host's display, "
	          "is needed to set one aside at boot; one card serves both in turn with "
	          "hand-over=yes in a profile, for which playthrough-setup apply --gpu none "
	          "switches on the IOMMU alone"));
	err_code(err, any ? CODE_GPU_ONLY_BOOT : CODE_GPU_NONE);
	return -ENODEV;
}

/* Nobody named a card: the only one that is not this PC's own display. */
static int choose_gpu(const struct host *host, struct plan *plan, struct err *err)
{
	const struct pci_device *found = NULL;

	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_device *d = &host->pci.list[i];

		if (!pci_is_gpu(d) || is_boot_display(host, d))
			continue;
		if (found)
			return refuse_choice(host, err);
		found = d;
	}
	if (found) {
		add_device(plan, host, found, PLAN_ROLE_GPU,
		        _("the only graphics card that is not the host's own"));
		return 0;
	}
	return refuse_no_gpu(host, err);
}

/* Functions of one card hang on each other: a GPU goes with its audio and USB-C functions. */
static void add_card(const struct host *host, struct plan *plan, struct pci_addr addr)
{
	cleanup_free char *reason = xasprintf(_("same card as %s"), pci_addr_format(addr).s);
	const struct pci_device *gpu = pci_find(&host->pci, addr);

	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_device *d = &host->pci.list[i];

		if (gpu && pci_same_card(gpu, d) && !pci_is_bridge(d))
			add_device(plan, host, d, PLAN_ROLE_OTHER, reason);
	}
}

/* LPC bridges and the like: no driver may show, and the PC still runs on them. */
static bool is_chipset(const struct pci_device *d)
{
	return d->class_code >> 16 == 0x06 && !pci_is_bridge(d);
}

static int refuse_group(const struct plan_device *of, const struct pci_device *member,
        const char *use, struct err *err)
{
	cleanup_free char *name = pci_describe(member);

	err_set(err, -EBUSY,
	        _("%s shares IOMMU group %d with %s (%s), which stays with the host: %s "
	          "(/sys/kernel/iommu_groups/%d/devices)"),
	        pci_addr_format(of->addr).s, of->group, pci_addr_format(member->addr).s, name, use,
	        of->group);
	err_hint(err, _("put the card into another slot, or choose another one; "
	                "a group can only be given away as a whole. playthrough-setup check "
	                "tells under host.slots which places are empty"));
	err_code(err, CODE_GROUP_SHARED);
	return -EBUSY;
}

static int refuse_driven(
        const struct plan_device *of, const struct iommu_group *group, struct err *err)
{
	err_set(err, -EBUSY,
	        _("%s shares IOMMU group %d with %s, which keeps its driver "
	          "(/sys/kernel/iommu_groups/%d/devices)"),
	        pci_addr_format(of->addr).s, group->id, group->driven.list[0], group->id);
	err_hint(err, _("the kernel gives such a group to nobody; put the card into another slot"));
	err_code(err, CODE_GROUP_SHARED);
	return -EBUSY;
}

/* The whole group of device @i, without its bridges, which the kernel lets stay. */
static int add_group(const struct host *host, struct plan *plan, size_t i, struct err *err)
{
	const struct iommu_group *group = iommu_find_group(&host->iommu, plan->devices[i].group);
	cleanup_free char *reason = xasprintf(_("same IOMMU group (%d) as %s"),
	        plan->devices[i].group, pci_addr_format(plan->devices[i].addr).s);

	if (group && group->driven.n)
		return refuse_driven(&plan->devices[i], group, err);
	for (size_t m = 0; group && m < group->n; m++) {
		const struct pci_device *d = &host->pci.list[group->devices[m]];
		struct strv uses = {0};
		int r = 0;

		if (pci_is_bridge(d) || find_device(plan, d->addr))
			continue;
		host_uses(host, d, &uses);
		if (is_chipset(d))
			r = refuse_group(&plan->devices[i], d, _("part of the chipset"), err);
		else if (uses.n)
			r = refuse_group(&plan->devices[i], d, uses.list[0], err);
		strv_finish(&uses);
		if (r < 0)
			return r;
		add_device(plan, host, d, PLAN_ROLE_OTHER, reason);
	}
	return 0;
}

/* Another card that the host keeps, which can show its console. */
static bool other_display(const struct host *host, const struct plan *plan)
{
	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_device *d = &host->pci.list[i];

		if (pci_is_gpu(d) && !find_device(plan, d->addr))
			return true;
	}
	return false;
}

static int refuse_used(const struct plan_device *d, const struct strv *used, struct err *err)
{
	cleanup_free char *uses = strv_join(used, "; ");

	err_set(err, -EBUSY, _("%s (%s; %s) is needed by this PC: %s"), pci_addr_format(d->addr).s,
	        d->name, d->reason, uses);
	err_hint(
	        err, _("move what the host needs to another controller, or choose another device"));
	err_code(err, CODE_PCI_USED);
	return -EBUSY;
}

/* Disks and networks of the host hang on it: no wish makes that go. */
static bool carries_host(const struct host *host, struct pci_addr addr)
{
	for (size_t i = 0; i < host->disks.n; i++) {
		const struct disk *disk = &host->disks.list[i];

		if (disk->has_controller && disk->uses.n && pci_addr_equal(disk->controller, addr))
			return true;
	}
	for (size_t i = 0; i < host->net.n; i++) {
		const struct net_interface *net = &host->net.list[i];

		if (net->has_controller && (net->default_route || net->up) &&
		        pci_addr_equal(net->controller, addr))
			return true;
	}
	return false;
}

/* A keyboard that stays: on a controller that is not in the plan, or on none (PS/2). */
static bool other_keyboard(const struct host *host, const struct plan *plan)
{
	struct host_keyboard k;

	for (size_t i = 0; host_keyboard(host, &i, &k);) {
		if (k.sure && !(k.has_controller && find_device(plan, k.controller)))
			return true;
	}
	return false;
}

static int refuse_only_display(const struct plan_device *d, struct err *err)
{
	err_set(err, -EBUSY,
	        _("%s (%s) is this PC's only display; without it the host could not be reached"),
	        pci_addr_format(d->addr).s, d->name);
	err_hint(err, _("add a second graphics card, switch on the processor's own graphics in the "
	                "firmware setup, or have this one serve both in turn: hand-over=yes in a "
	                "profile, and playthrough-setup apply --gpu none"));
	err_code(err, CODE_GPU_ONLY_BOOT);
	return -EBUSY;
}

/*
 * What the host uses stays. Two losses are a person's to choose, by name: a graphics card while another
 * one remains, and the keyboards and mice of a USB controller while another keyboard remains.
 */
static int check_use(const struct host *host, const struct plan *plan, const struct plan_device *d,
        struct err *err)
{
	struct strv cleanup_strv uses = {0};
	bool may_go = false;

	host_uses(host, pci_find(&host->pci, d->addr), &uses);
	if (!uses.n)
		return 0;
	if (d->role == PLAN_ROLE_GPU && !other_display(host, plan))
		return refuse_only_display(d, err);
	if (d->role == PLAN_ROLE_GPU)
		may_go = true;
	if (d->role == PLAN_ROLE_USB)
		may_go = !host_has_keyboard(host, d->addr) || other_keyboard(host, plan);
	return may_go && !carries_host(host, d->addr) ? 0 : refuse_used(d, &uses, err);
}

static int check_uses(const struct host *host, const struct plan *plan, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < plan->n_devices; i++)
		r = check_use(host, plan, &plan->devices[i], err);
	return r;
}

static int compare_devices(const void *a, const void *b)
{
	const struct plan_device *x = a, *y = b;

	return pci_addr_compare(x->addr, y->addr);
}

int plan_choose(const struct host *host, const struct plan_wishes *wishes, struct plan *plan,
        struct err *err)
{
	size_t wished;
	int r = 0;

	for (size_t i = 0; i < wishes->n; i++) {
		const struct pci_device *d = find_wish(host, &wishes->list[i], err);

		if (!d)
			return err ? err->number : -ENODEV;
		add_device(plan, host, d, wishes->list[i].role, wishes->list[i].from);
	}
	if (!wishes->n && !wishes->none)
		r = choose_gpu(host, plan, err);
	wished = plan->n_devices;
	for (size_t i = 0; i < wished; i++) {
		if (plan->devices[i].role == PLAN_ROLE_GPU)
			add_card(host, plan, plan->devices[i].addr);
	}
	/* The list grows while it is walked: a member's group is looked at too. */
	for (size_t i = 0; r == 0 && i < plan->n_devices; i++)
		r = add_group(host, plan, i, err);
	if (r == 0)
		r = check_uses(host, plan, err);
	if (plan->n_devices)
		qsort(plan->devices, plan->n_devices, sizeof(*plan->devices), compare_devices);
	return r;
}
