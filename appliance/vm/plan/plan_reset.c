/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the kernel resets a card while a VM has it: one of the ways in its file reset_method, which has been there since Linux
 * 5.15 (Documentation/ABI/testing/sysfs-bus-pci).
 */
#include "base/i18n.h"
#include "vm/plan/plan_parts.h"

#include <errno.h>

static const char *const ways[] = {
        [PROFILE_RESET_DEVICE_SPECIFIC] = "device_specific",
        [PROFILE_RESET_ACPI] = "acpi",
        [PROFILE_RESET_FLR] = "flr",
        [PROFILE_RESET_AF_FLR] = "af_flr",
        [PROFILE_RESET_PM] = "pm",
        [PROFILE_RESET_BUS] = "bus",
        [PROFILE_RESET_CXL_BUS] = "cxl_bus",
};

static int refuse(const struct planning *p, const struct pci_device *d, const char *way,
        const struct strv *known, struct err *err)
{
	const struct pci_addr_text at = pci_addr_format(d->addr);
	cleanup_free char *list = strv_join(known, ", ");

	if (!d->reset_method)
		err_set(err, -ENOTSUP,
		        _("gpu %s: this kernel does not let the way of its reset be chosen (no "
		          "/sys/bus/pci/devices/%s/reset_method, which began with Linux 5.15)"),
		        at.s, at.s);
	else
		err_set(err, -EINVAL,
		        _("gpu %s: it cannot be reset by %s "
		          "(/sys/bus/pci/devices/%s/reset_method: %s)"),
		        at.s, way, at.s, known->n ? list : _("nothing"));
	if (known->n)
		err_hint(err, _("write reset-method=auto in [gpu] of %s, or one of %s"),
		        p->profile->file, list);
	else
		err_hint(err, _("write reset-method=auto in [gpu] of %s"), p->profile->file);
	return plan_refuse(err, CODE_GPU_RESET_WAY);
}

static int plan_reset(const struct planning *p, const struct profile_pci *want,
        struct vm_claim_pci *claim, struct err *err)
{
	const struct pci_device *d = pci_find(&p->host->pci, want->address);
	const char *way = ways[want->reset_method];
	cleanup_strv struct strv known = {0};

	strv_split(&known, d->reset_method ? d->reset_method : "", " ");
	if (!strv_has(&known, way))
		return refuse(p, d, way, &known, err);
	if (known.n == 1)
		return 0;
	claim->reset_was = xstrdup(d->reset_method);
	claim->reset_will = way;
	return 0;
}

int plan_resets(const struct planning *p, struct err *err)
{
	int r = 0;

	/* Claims of what the profile names come first, in its order. */
	for (size_t i = 0; i < p->profile->n_pci && r == 0; i++) {
		const struct profile_pci *want = &p->profile->pci[i];

		if (want->kind == PROFILE_PCI_GPU && want->reset_method != PROFILE_RESET_AUTO)
			r = plan_reset(p, want, &p->plan->pci[i], err);
	}
	return r;
}
