/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/plan/profile_check.h"

#include "base/i18n.h"
#include "profile/disk_check.h"
#include "profile/file.h"
#include "profile/keys.h"

#define MIB (1ull << 20)

/* --- where a refusal belongs --- */

struct spot {
	char *section; /* "disk games"; NULL: none */
	const char *key;
};

static char *section_of(const struct key_section *section, const char *name)
{
	return xasprintf("%s%s%s", section->name, *name ? " " : "", name);
}

static bool says_both(const char *message, const char *a, const char *b)
{
	return strstr(message, a) && (!b || strstr(message, b));
}

static bool is_of_rom(const struct profile_pci *pci, const struct err *err)
{
	return pci->romfile && strstr(err->message, pci->romfile) &&
	       (err_is(err, CODE_VM_FILE) || err_is(err, CODE_GPU_ROM_FILE) ||
	               err_is(err, CODE_GPU_ROM_OTHER) || err_is(err, CODE_GPU_ROM_HEADER));
}

/* The planner names a function by its section or, where its group is at fault, by its address. */
static struct spot find_pci(const struct profile *profile, const struct err *err)
{
	for (size_t i = 0; i < profile->n_pci; i++) {
		const struct profile_pci *pci = &profile->pci[i];
		const struct key_section *section = key_section_of_pci(pci->kind);
		const struct pci_addr_text address = pci_addr_format(pci->address);
		cleanup_free char *head = xasprintf(
		        "%s%s%s %s", section->name, pci->name[0] ? " " : "", pci->name, address.s);
		bool rom = is_of_rom(pci, err);

		if (err_is(err, CODE_GPU_BAR_SIZE) && strstr(err->message, address.s))
			return (struct spot){section_of(section, pci->name), "bar-size"};
		if (err_is(err, CODE_GPU_RESET_WAY) && strstr(err->message, address.s))
			return (struct spot){section_of(section, pci->name), "reset-method"};
		if (err_is(err, CODE_GPU_PRIMARY) && starts_with(err->message, "gpu ") &&
		        starts_with(err->message + strlen("gpu "), address.s))
			return (struct spot){section_of(section, pci->name), "primary"};

		if (rom || starts_with(err->message, head) ||
		        starts_with(err->message, address.s) ||
		        (err_is(err, CODE_VM_SESSION) && says_both(err->message, address.s, NULL)))
			return (struct spot){
			        section_of(section, pci->name), rom ? "romfile" : "address"};
	}
	return (struct spot){0};
}

static const char *key_of_disk(const struct profile_disk *disk, const struct err *err)
{
	if (err_is(err, CODE_DISK_ATTACH))
		return disk->aio == PROFILE_AIO_NATIVE ? "aio" : "cache";
	return disk->device ? "device" : disk->image ? "image" : "url";
}

static struct spot find_cdrom(const struct profile *profile, const struct err *err)
{
	for (size_t i = 0; i < profile->n_cdroms; i++) {
		cleanup_free char *head = xasprintf(_("drive %s"), profile->cdroms[i].name);

		if (starts_with(err->message, head) && err->message[strlen(head)] == ':')
			return (struct spot){
			        xasprintf("cdrom %s", profile->cdroms[i].name), "file"};
	}
	return (struct spot){0};
}

static struct spot find_disk(const struct profile *profile, const struct err *err)
{
	const struct key_section *section = key_section_find("disk", NULL);

	for (size_t i = 0; i < profile->n_disks; i++) {
		const struct profile_disk *disk = &profile->disks[i];
		cleanup_free char *head = xasprintf(_("disk %s"), disk->name);

		if ((starts_with(err->message, head) && err->message[strlen(head)] == ':') ||
		        (err_is(err, CODE_VM_SESSION) && disk->device &&
		                says_both(err->message, disk->device, disk->name)))
			return (struct spot){
			        section_of(section, disk->name), key_of_disk(disk, err)};
	}
	return (struct spot){0};
}

static struct spot find_input(const struct profile *profile, const struct err *err)
{
	for (size_t i = 0; i < profile->n_inputs; i++) {
		cleanup_free char *head = xasprintf(_("input %s: "), profile->inputs[i].name);

		if (starts_with(err->message, head))
			return (struct spot){xasprintf("input %s", profile->inputs[i].name),
			        err_is(err, CODE_INPUT_ONLY) ? "grab-toggle" : "device"};
	}
	return (struct spot){0};
}

/* --- the network --- */

static bool is_of_network(const struct err *err)
{
	static const enum code codes[] = {CODE_VM_PORT, CODE_VM_PORT_LOW, CODE_NET_LINK,
	        CODE_NET_WIRELESS, CODE_NET_VLAN, CODE_NET_KERNEL, CODE_NET_PROGRAM};

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (err_is(err, codes[i]))
			return true;
	return false;
}

static const char *key_of_network(const struct profile_net *net, const struct err *err)
{
	if (err_is(err, CODE_VM_PORT) || err_is(err, CODE_VM_PORT_LOW))
		return "forward";
	if (err_is(err, CODE_NET_VLAN))
		return "vlan";
	if (err_is(err, CODE_NET_KERNEL))
		return net->vhost == PROFILE_VHOST_YES ? "vhost" : "type";
	if (err_is(err, CODE_NET_PROGRAM))
		return net->type == PROFILE_NETWORK_USER ? "backend" : "type";
	return net->link ? "link" : "type";
}

/* The card that the error begins with. */
static struct spot find_network(const struct profile *profile, const struct err *err)
{
	const struct profile_net *net = profile->nets;

	for (size_t i = 1; i < profile->n_nets; i++) {
		cleanup_free char *head = xasprintf(_("network %s"), profile->nets[i].name);

		if (starts_with(err->message, head) && err->message[strlen(head)] == ':')
			net = &profile->nets[i];
	}
	return (struct spot){xasprintf("network%s%s", *net->name ? " " : "", net->name),
	        key_of_network(net, err)};
}

static struct spot find_place(const struct profile *profile, const struct err *err)
{
	struct spot place = find_pci(profile, err);

	if (!place.section)
		place = find_disk(profile, err);
	if (!place.section)
		place = find_cdrom(profile, err);
	if (!place.section)
		place = find_input(profile, err);
	if (place.section)
		return place;
	if (err_is(err, CODE_GLASS_MEMORY))
		return (struct spot){xstrdup("looking-glass"), "memory"};
	if (err_is(err, CODE_MEM_SHORT))
		return (struct spot){xstrdup("memory"), "size"};
	if (err_is(err, CODE_CPU_NONE) || err_is(err, CODE_KVM_ABSENT) ||
	        err_is(err, CODE_KVM_ACCESS))
		return (struct spot){xstrdup("cpu"), "accel"};
	if (is_of_network(err))
		return find_network(profile, err);
	if (err_is(err, CODE_VM_FILE))
		return (struct spot){xstrdup("boot"), profile->kernel ? "kernel" : "firmware"};
	return place;
}

/* The key's line, else its section's; 0 where the text does not say it: a drop-in does, or nobody. */
static int find_line(const char *text, const struct spot *place)
{
	cleanup(ini_finish) struct ini ini = {0};
	bool inside = false;
	int head = 0;

	if (!place->section || ini_read(text, strlen(text), "profile", &ini, NULL) < 0)
		return 0;
	for (size_t i = 0; i < ini.n; i++) {
		const struct ini_line *line = &ini.lines[i];

		if (line->kind == INI_SECTION) {
			cleanup_free char *name = xasprintf(
			        "%s%s%s", line->section, *line->name ? " " : "", line->name);

			inside = streq(name, place->section);
			head = inside ? line->number : head;
		} else if (inside && line->kind == INI_KEY && streq(line->key, place->key)) {
			return line->number;
		}
	}
	return head;
}

static void note(const struct profile *profile, const char *text, const struct err *err,
        struct profile_problems *problems)
{
	struct profile_problem *p = profile_problems_add(problems, profile->file, err);
	struct spot place = find_place(profile, err);

	p->warning = true;
	p->line = find_line(text, &place);
	if (!place.section)
		return;
	free(p->section);
	p->section = place.section;
	free(p->key);
	p->key = xstrdup(place.key);
}

/* --- what it takes --- */

static void tell_share(const struct host *host, const struct vm_claim_pci *claim, struct strv *out)
{
	const struct vm_share *share = &claim->share;
	const struct pci_addr_text parent = pci_addr_format(share->parent);
	cleanup_free char *name = pci_describe(pci_find(&host->pci, share->parent));

	if (share->kind == VM_SHARE_MEDIATED)
		strv_addf(out, _("a part of %s (%s) that its driver makes, of the kind %s"),
		        parent.s, name, share->type);
	else if (share->there)
		strv_addf(out, _("virtual function %u of %s (%s), which is %s"), share->vf,
		        parent.s, name, pci_addr_format(claim->addr).s);
	else
		strv_addf(out, _("virtual function %u of %s (%s), of %u that are made for it"),
		        share->vf, parent.s, name, share->vfs);
	if (share->mac && share->vlan)
		strv_addf(out, _("its network address is %s, in VLAN %u"), share->mac, share->vlan);
	else if (share->mac)
		strv_addf(out, _("its network address is %s"), share->mac);
}

static void tell_pci(const struct host *host, const struct vm_claim_pci *claim, struct strv *out)
{
	const struct pci_device *d = pci_find(&host->pci, claim->addr);
	const struct pci_addr_text at = pci_addr_format(claim->addr);
	const char *address = at.s;
	cleanup_free char *name = pci_describe(d);

	if (claim->share.kind != VM_SHARE_NO) {
		tell_share(host, claim, out);
		return;
	}
	if (!claim->pass) {
		strv_addf(out, _("%s (%s) stands still meanwhile, as it shares a group"), address,
		        name);
		return;
	}
	switch (claim->kind) {
	case PROFILE_PCI_GPU:
		strv_addf(out, _("the graphics card %s (%s)"), address, name);
		break;
	case PROFILE_PCI_AUDIO:
		strv_addf(out, _("the sound of %s (%s)"), address, name);
		break;
	case PROFILE_PCI_USB:
		strv_addf(out, _("the USB controller %s (%s) with all its ports"), address, name);
		break;
	case PROFILE_PCI_OTHER:
		strv_addf(out, _("the PCI function %s (%s)"), address, name);
		break;
	}
}

static bool is_named(const struct profile *profile, const struct pci_device *d)
{
	for (size_t i = 0; i < profile->n_pci; i++)
		if (pci_addr_equal(profile->pci[i].address, d->addr))
			return true;
	return false;
}

static const char *section_for(const struct pci_device *d)
{
	if (d->class_code >> 16 == 0x04)
		return "audio";
	return pci_is_usb_controller(d) ? "usb-controller" : "pci";
}

/* Sound over the card's cable, and its USB-C socket, are functions of their own, which nobody need want. */
static void tell_left_out(const struct host *host, const struct profile *profile,
        const struct pci_device *gpu, struct strv *out)
{
	for (size_t i = 0; i < host->pci.n; i++) {
		const struct pci_device *d = &host->pci.list[i];
		cleanup_free char *name = NULL;

		if (!pci_same_card(gpu, d) || pci_is_bridge(d) || is_named(profile, d))
			continue;
		name = pci_describe(d);
		strv_addf(out,
		        _("%s (%s) is a part of the graphics card that the profile leaves out; "
		          "the guest would have it by a section [%s NAME] with address=%s and "
		          "id=%s"),
		        pci_addr_format(d->addr).s, name, section_for(d),
		        pci_addr_format(d->addr).s, pci_id(d).s);
	}
}

static void tell_losses(const struct host *host, const struct vm_plan *plan, struct strv *out)
{
	cleanup_strv struct strv losses = {0};
	cleanup_free char *all = NULL;

	for (size_t i = 0; i < plan->n_pci; i++)
		if (vm_claim_has(&plan->pci[i], plan->pci[i].addr))
			host_loses(host, pci_find(&host->pci, plan->pci[i].addr), &losses);
	all = strv_join(&losses, ", ");
	if (losses.n)
		strv_addf(out, _("this PC is without that meanwhile: %s"), all);
}

static void tell_disk(const struct profile_disk *disk, struct strv *out)
{
	const char *words;

	if (disk->url)
		words = disk->writable
		                ? _("the disk %s on the network; the guest writes on it")
		                : _("the disk %s on the network, which the guest only reads");
	else if (disk->device)
		words = disk->writable ? _("the whole disk %s; the guest writes on it")
		                       : _("the whole disk %s, which the guest only reads");
	else
		words = disk->writable ? _("the disk image %s; the guest writes on it")
		                       : _("the disk image %s, which the guest only reads");
	strv_addf(out, words, profile_disk_source(disk));
}

/* What was chosen for it; the words of bus= and aio= are the field's own. */
static void tell_attach(
        const struct profile_disk *disk, const struct disk_attach *attach, struct strv *out)
{
	const struct key_section *section = key_section_find("disk", NULL);
	const char *bus = key_find(section, "bus", NULL)->words[attach->bus];
	const char *aio = key_find(section, "aio", NULL)->words[attach->aio];

	if (disk->url)
		strv_addf(out, _("disk %s is on bus %s; QEMU itself connects to its server"),
		        disk->name, bus);
	else if (attach->direct)
		strv_addf(out, _("disk %s is on bus %s, past this PC's cache (aio %s)"), disk->name,
		        bus, aio);
	else
		strv_addf(out, _("disk %s is on bus %s, through this PC's cache (aio %s)"),
		        disk->name, bus, aio);
}

static void tell_kept(const struct vm_plan *plan, struct strv *out)
{
	cleanup_free char *kept = cpulist_format(&plan->kept);

	if (plan->kept.n)
		strv_addf(out, _("processors %s are kept free of this PC's other work"), kept);
	if (plan->not_kept)
		strv_add(out, plan->not_kept);
}

static void tell(const struct host *host, const struct profile *profile, const struct vm_plan *plan,
        struct strv *out)
{
	strv_addf(out, _("processors: %u of %u"), profile->cpus, host->cpu.threads);
	tell_kept(plan, out);
	strv_addf(out, _("memory: %llu of %llu MiB"),
	        (unsigned long long)(plan->memory_bytes / MIB),
	        (unsigned long long)(host->memory.total_bytes / MIB));
	if (plan->floor_bytes)
		strv_addf(out,
		        _("that is all that is available now, but for %llu MiB that the host needs "
		          "and what QEMU needs itself"),
		        (unsigned long long)(plan->floor_bytes / MIB));
	if (plan->n_nodes > 1)
		strv_addf(out, _("its memory and processors are on %zu nodes of this PC"),
		        plan->n_nodes);
	for (size_t i = 0; i < plan->n_pci; i++)
		tell_pci(host, &plan->pci[i], out);
	for (size_t i = 0; i < profile->n_pci; i++)
		if (profile->pci[i].kind == PROFILE_PCI_GPU &&
		        !profile_pci_is_share(&profile->pci[i]))
			tell_left_out(
			        host, profile, pci_find(&host->pci, profile->pci[i].address), out);
	for (size_t i = 0; i < profile->n_disks; i++) {
		tell_disk(&profile->disks[i], out);
		tell_attach(&profile->disks[i], &plan->attach[i], out);
	}
	for (size_t i = 0; i < profile->n_usb; i++)
		strv_addf(out, _("what [usb %s] names, whenever it is plugged in"),
		        profile->usb[i].name);
	tell_losses(host, plan, out);
}

void profile_check_plan(const struct host *host, const struct profile *profile, const char *text,
        const struct vm_options *options, struct profile_problems *problems, struct strv *summary)
{
	struct vm_plan plan;
	struct err err = {0};

	if (vm_plan_make(host, profile, options, &plan, &err) < 0) {
		note(profile, text, &err, problems);
		return;
	}
	tell(host, profile, &plan, summary);
	vm_plan_finish(&plan);
}
