/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A part of a function that itself stays with this PC: which virtual function, or which kind of mediated device. */
#include "base/i18n.h"
#include "base/net_name.h"
#include "vm/plan/plan_parts.h"

#include <errno.h>

static bool is_on_vfio(const struct pci_device *d)
{
	return d->driver && streq(d->driver, "vfio-pci");
}

static int refuse(struct err *err, enum code code, const char *hint)
{
	err_hint(err, "%s", hint);
	return plan_refuse(err, code);
}

/* --- virtual functions: what the card can --- */

static int check_can(const struct pci_device *d, struct err *err)
{
	const struct pci_addr_text at = pci_addr_format(d->addr);

	if (!d->vfs_total) {
		err_set(err, -ENOTSUP,
		        _("%s can have no virtual functions "
		          "(/sys/bus/pci/devices/%s/sriov_totalvfs: none)"),
		        pci_id(d).s, at.s);
		return refuse(err, CODE_SHARE_NONE,
		        _("switch on SR-IOV in the firmware setup, if there is such an entry; else "
		          "this card has it not: pass all of it, with virtual-function=no"));
	}
	if (d->driver && !is_on_vfio(d))
		return 0;
	err_set(err, -ENODEV,
	        _("%s has no driver that looks after its virtual functions "
	          "(/sys/bus/pci/devices/%s/driver: %s)"),
	        pci_id(d).s, at.s, d->driver ? d->driver : _("none"));
	return refuse(err, CODE_SHARE_NONE,
	        _("leave the function itself to its driver of this PC: take it out of what is kept "
	          "from the host at boot, and load that driver"));
}

static int check_number(const struct profile_pci *want, const struct pci_device *d, struct err *err)
{
	const struct pci_addr_text at = pci_addr_format(d->addr);
	unsigned most = d->vfs ? d->vfs : d->vfs_total, vf = 0, count = 1;

	if (want->virtual_function != PROFILE_VIRTUAL_AUTO)
		vf = (unsigned)(want->virtual_function - PROFILE_VIRTUAL(0));
	if (!d->vfs)
		count = want->virtual_functions;
	if (vf < most && count <= most)
		return 0;
	if (count > most)
		err_set(err, -ERANGE,
		        _("virtual-function-count=%u, and it has at most %u "
		          "(/sys/bus/pci/devices/%s/sriov_totalvfs)"),
		        count, most, at.s);
	else
		err_set(err, -ERANGE,
		        _("virtual-function=%u, and its virtual functions are 0 to %u "
		          "(/sys/bus/pci/devices/%s/%s)"),
		        vf, most - 1, at.s, d->vfs ? "sriov_numvfs" : "sriov_totalvfs");
	if (!d->vfs || most == d->vfs_total)
		return refuse(err, CODE_SHARE_NONE, _("write a smaller number"));
	err_hint(err,
	        _("write a smaller number; or, when nobody uses the %u that are there: echo 0 > "
	          "/sys/bus/pci/devices/%s/sriov_numvfs, and start the VM again with "
	          "virtual-function-count=%u or more"),
	        most, at.s, vf + 1);
	return plan_refuse(err, CODE_SHARE_NONE);
}

/*
 * Drivers of network cards set the whole card up anew when virtual functions come (igb, ixgbe and i40e close the link
 * meanwhile), and who sits at the other end of the only one cannot see what became of it.
 */
static int check_network(const struct planning *p, const struct pci_device *d, struct err *err)
{
	const struct net_interface *only = NULL;

	for (size_t i = 0; i < p->host->net.n; i++) {
		const struct net_interface *n = &p->host->net.list[i];
		bool own = n->has_controller && pci_addr_equal(n->controller, d->addr);

		if (!own && n->up && n->default_route) /* a cable alone leads nowhere */
			return 0;
		if (own && n->default_route)
			only = n;
	}
	if (!only)
		return 0;
	err_set(err, -EBUSY,
	        _("to make its virtual functions may interrupt %s for some seconds, this PC's only "
	          "network (/proc/net/route, /sys/class/net/*/operstate)"),
	        only->name);
	err_hint(err,
	        _("make them once when it may be: echo N > /sys/bus/pci/devices/%s/sriov_numvfs, "
	          "or at each "
	          "start of this PC by SR-IOVVirtualFunctions= in a file of systemd.link(5); VMs "
	          "then use those"),
	        pci_addr_format(d->addr).s);
	return plan_refuse(err, CODE_SHARE_CUTS);
}

/* --- virtual functions: which one --- */

static bool is_taken(const struct planning *p, const struct pci_device *parent, unsigned vf)
{
	const struct pci_device *d = pci_find_virtual(&p->host->pci, parent->addr, vf);

	for (size_t i = 0; i < p->options->n_taken_pci; i++) {
		const struct vm_taken_pci *t = &p->options->taken_pci[i];

		if (t->vf == (int)vf && pci_addr_equal(t->addr, parent->addr))
			return true;
		if (t->vf < 0 && d && pci_addr_equal(t->addr, d->addr))
			return true;
	}
	for (size_t i = 0; i < p->plan->n_pci; i++) {
		const struct vm_share *s = &p->plan->pci[i].share;

		if (s->kind == VM_SHARE_VIRTUAL && s->vf == vf &&
		        pci_addr_equal(s->parent, parent->addr))
			return true;
		if (d && vm_claim_has(&p->plan->pci[i], d->addr))
			return true;
	}
	return false;
}

/* Or which a section names, this one's or another's. */
static bool is_named(const struct planning *p, const struct pci_device *parent, unsigned vf)
{
	for (size_t i = 0; i < p->profile->n_pci; i++) {
		const struct profile_pci *pci = &p->profile->pci[i];

		if (pci->virtual_function == PROFILE_VIRTUAL(vf) &&
		        pci_addr_equal(pci->address, parent->addr))
			return true;
	}
	return false;
}

/* What is on vfio-pci may be another program's VM's: it is taken last. */
static bool find_free(
        const struct planning *p, const struct pci_device *parent, bool on_vfio, unsigned *out)
{
	const unsigned n = parent->vfs ? parent->vfs : parent->vfs_total;

	for (unsigned vf = 0; vf < n; vf++) {
		const struct pci_device *d = pci_find_virtual(&p->host->pci, parent->addr, vf);

		if (is_taken(p, parent, vf) || is_named(p, parent, vf) || (parent->vfs && !d))
			continue;
		if (d && (is_on_vfio(d) != on_vfio || plan_pci_unused(p, d, NULL) < 0))
			continue;
		*out = vf;
		return true;
	}
	return false;
}

static int refuse_taken(const struct planning *p, const struct pci_device *parent, struct err *err)
{
	cleanup_strv struct strv all = {0};
	cleanup_free char *words = NULL;

	for (unsigned vf = 0; vf < parent->vfs; vf++) {
		const struct pci_device *d = pci_find_virtual(&p->host->pci, parent->addr, vf);

		if (d)
			strv_addf(&all, "%s (%s)", pci_addr_format(d->addr).s,
			        d->driver ? d->driver : _("none"));
	}
	words = strv_join(&all, ", ");
	err_set(err, -EBUSY,
	        _("none of its %u virtual functions is free: %s "
	          "(/sys/bus/pci/devices/%s/sriov_numvfs)"),
	        parent->vfs, words, pci_addr_format(parent->addr).s);
	return refuse(err, CODE_SHARE_TAKEN,
	        _("stop a VM that has one; or stop them all and write the number of VMs that run "
	          "at once into virtual-function-count= of each of their profiles"));
}

/* Only a number of 0 can be changed without taking virtual functions away from whoever has them. */
static int choose(const struct planning *p, const struct profile_pci *want,
        const struct pci_device *parent, struct vm_share *out, struct err *err)
{
	if (want->virtual_function != PROFILE_VIRTUAL_AUTO)
		out->vf = (unsigned)(want->virtual_function - PROFILE_VIRTUAL(0));
	else if (!find_free(p, parent, false, &out->vf) && !find_free(p, parent, true, &out->vf))
		return refuse_taken(p, parent, err);
	out->there = pci_find_virtual(&p->host->pci, parent->addr, out->vf);
	if (parent->vfs && !out->there) {
		err_set(err, -ENODEV,
		        _("its virtual function %u is not there "
		          "(/sys/bus/pci/devices/%s/virtfn%u)"),
		        out->vf, pci_addr_format(parent->addr).s, out->vf);
		return refuse(err, CODE_SHARE_NONE,
		        _("name another one, or have them made anew: write 0 into sriov_numvfs "
		          "when nobody uses any"));
	}
	return 0;
}

/* All that the sections of this profile want of it are made at once. */
static unsigned count_wanted(const struct planning *p, const struct pci_device *parent, unsigned vf)
{
	unsigned least = vf + 1;

	for (size_t i = 0; i < p->profile->n_pci; i++) {
		const struct profile_pci *pci = &p->profile->pci[i];
		bool own = pci->virtual_function != PROFILE_VIRTUAL_NO &&
		           pci_addr_equal(pci->address, parent->addr);

		if (own && pci->virtual_functions > least)
			least = pci->virtual_functions;
		if (own && pci->virtual_function > (int)least)
			least = (unsigned)pci->virtual_function;
	}
	return least < parent->vfs_total ? least : parent->vfs_total;
}

static void plan_address(const struct planning *p, const struct profile_pci *want,
        const struct pci_device *parent, struct vm_share *out)
{
	cleanup_free char *who = xasprintf("%s %s", p->profile->name, want->name);

	for (size_t i = 0; i < p->host->net.n && !out->link; i++) {
		const struct net_interface *n = &p->host->net.list[i];

		if (n->has_controller && !n->of_function &&
		        pci_addr_equal(n->controller, parent->addr))
			out->link = xstrdup(n->name);
	}
	if (!out->link)
		return;
	out->mac = want->mac ? xstrdup(want->mac) : net_mac_of_vm(who, "", p->options->mac_seed);
	out->vlan = want->vlan;
}

static int plan_virtual(const struct planning *p, const struct profile_pci *want,
        const struct pci_device *parent, struct vm_share *out, struct err *err)
{
	int r = check_can(parent, err);

	r = r < 0 ? r : check_number(want, parent, err);
	r = r < 0 ? r : choose(p, want, parent, out, err);
	if (r == 0 && !parent->vfs)
		r = check_network(p, parent, err);
	if (r < 0)
		return r;
	if (!parent->vfs)
		out->vfs = count_wanted(p, parent, out->vf);
	plan_address(p, want, parent, out);
	if (out->link || (!want->mac && !want->vlan))
		return 0;
	err_set(err, -ENOTSUP,
	        _("%s=: it is no network card that this PC has a link of "
	          "(/sys/bus/pci/devices/%s/net)"),
	        want->mac ? "mac" : "vlan", pci_addr_format(parent->addr).s);
	return refuse(err, CODE_SHARE_NONE, _("remove mac= and vlan= from its section"));
}

/* --- mediated devices --- */

static int refuse_type(const struct planning *p, const struct profile_pci *want, struct err *err)
{
	const struct pci_addr_text at = pci_addr_format(want->address);
	cleanup_strv struct strv all = {0};
	cleanup_free char *words = NULL;

	for (size_t i = 0; i < p->host->mdevs.n_types; i++) {
		const struct mdev_type *t = &p->host->mdevs.types[i];

		if (pci_addr_equal(t->parent, want->address))
			strv_addf(&all, "%s (%u)", t->id, t->available);
	}
	words = strv_join(&all, ", ");
	if (all.n) {
		err_set(err, -ENOTSUP,
		        _("its driver makes no %s; it makes, with how many of each are left: %s "
		          "(/sys/bus/pci/devices/%s/mdev_supported_types)"),
		        want->mediated, words, at.s);
		return refuse(err, CODE_SHARE_NONE, _("write one of these into mediated="));
	}
	err_set(err, -ENOTSUP,
	        _("its driver makes no mediated devices (/sys/class/mdev_bus/%s: none)"), at.s);
	return refuse(err, CODE_SHARE_NONE,
	        _("Intel's graphics of the 5th to 10th generation make some with "
	          "i915.enable_gvt=1 on the kernel command line and modprobe kvmgt; NVIDIA's with "
	          "the driver of its vGPU programme, on newer cards at each virtual function's "
	          "address; other cards have none"));
}

/* The same in every run of the VM: version 8 of RFC 9562, whose bits are the maker's own. */
static char *uuid_for(const struct planning *p, const struct profile_pci *want)
{
	cleanup_free char *who = xasprintf("%s %s", p->profile->name, want->name);
	uint64_t a = text_hash(who, p->options->mac_seed), b = text_hash(who, a);

	return xasprintf("%08x-%04x-8%03x-%04x-%012llx", (unsigned)(a >> 32),
	        (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff),
	        (unsigned)(b >> 48 & 0x3fff) | 0x8000, (unsigned long long)(b & 0xffffffffffffull));
}

static int refuse_other(const struct mdev *m, struct err *err)
{
	err_set(err, -EEXIST,
	        _("there is a mediated device %s already, and not as the profile wants it "
	          "(/sys/bus/mdev/devices/%s: %s)"),
	        m->uuid, m->uuid, m->type ? m->type : _("unknown"));
	err_hint(err, _("remove it: echo 1 > /sys/bus/mdev/devices/%s/remove"), m->uuid);
	return plan_refuse(err, CODE_SHARE_TAKEN);
}

static int plan_mediated(const struct planning *p, const struct profile_pci *want,
        const struct pci_device *parent, struct vm_share *out, struct err *err)
{
	const struct mdevs *mdevs = &p->host->mdevs;
	const struct mdev_type *type = mdev_find_type(mdevs, parent->addr, want->mediated);
	const struct mdev *made;

	if (!type)
		return refuse_type(p, want, err);
	if (!type->api || !streq(type->api, "vfio-pci")) {
		err_set(err, -ENOTSUP,
		        _("%s is no PCI device in a guest "
		          "(/sys/bus/pci/devices/%s/mdev_supported_types/%s/device_api: %s)"),
		        type->id, pci_addr_format(parent->addr).s, type->id,
		        type->api ? type->api : _("none"));
		return refuse(err, CODE_SHARE_NONE, _("write another kind into mediated="));
	}
	out->uuid = uuid_for(p, want);
	made = mdev_find(mdevs, out->uuid);
	out->type = xstrdup(type->id);
	out->there = made;
	if (made && (!made->on_pci || !pci_addr_equal(made->parent, parent->addr) || !made->type ||
	                    !streq(made->type, type->id) || made->iommu_group < 0))
		return refuse_other(made, err);
	if (made || type->available)
		return 0;
	err_set(err, -EBUSY,
	        _("no %s is left "
	          "(/sys/bus/pci/devices/%s/mdev_supported_types/%s/available_instances: 0)"),
	        type->id, pci_addr_format(parent->addr).s, type->id);
	return refuse(err, CODE_SHARE_TAKEN,
	        _("stop a VM that has a part of this card, or write a smaller kind into mediated=; "
	          "while one kind is in use many cards make no other"));
}

/* --- both --- */

int plan_share(const struct planning *p, size_t index, struct vm_share *out, struct err *err)
{
	const struct profile_pci *want = &p->profile->pci[index];
	const struct pci_device *parent = pci_find(&p->host->pci, want->address);
	int r = 0;

	*out = (struct vm_share){.parent = parent->addr};
	if (want->mediated) {
		out->kind = VM_SHARE_MEDIATED;
		r = plan_mediated(p, want, parent, out, err);
	} else if (want->virtual_function != PROFILE_VIRTUAL_NO) {
		out->kind = VM_SHARE_VIRTUAL;
		r = plan_virtual(p, want, parent, out, err);
	}
	if (r < 0)
		plan_share_finish(out);
	return r;
}

void plan_share_finish(struct vm_share *share)
{
	free(share->link);
	free(share->mac);
	free(share->type);
	free(share->uuid);
	*share = (struct vm_share){0};
}

int plan_share_keeps(const struct planning *p, const struct pci_device *d, struct err *err)
{
	const struct pci_addr_text at = pci_addr_format(d->addr);
	unsigned made = mdev_count(&p->host->mdevs, d->addr);

	if (d->vfs)
		err_set(err, -EBUSY,
		        _("%u virtual functions of it are made, which would go with it "
		          "(/sys/bus/pci/devices/%s/sriov_numvfs)"),
		        d->vfs, at.s);
	else if (made)
		err_set(err, -EBUSY,
		        _("%u mediated devices of it are made, which would go with it "
		          "(/sys/bus/pci/devices/%s/mdev_supported_types)"),
		        made, at.s);
	else
		return 0;
	return refuse(err, CODE_PCI_USED,
	        _("stop the VMs that use them, or give this VM one too: virtual-function=auto, or "
	          "mediated="));
}
