/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order in which the guest's firmware looks for a system: what has a boot= of the profile, by these numbers, and then
 * the other disks, as they stand there, and the drives for CDs. QEMU wants each number once (bootindex).
 */
#include "base/i18n.h"
#include "vm/plan/plan_parts.h"

#include <errno.h>

static int refuse(const struct planning *p, unsigned boot, struct err *err)
{
	err_set(err, -EINVAL, _("two devices have boot=%u"), boot);
	err_hint(err, _("give each a number of its own in %s"), p->profile->file);
	return plan_refuse(err, CODE_VM_BOOT_ORDER);
}

/* The boot= of the @i-th that may have one; past the last: false. */
static bool boot_of(const struct profile *profile, size_t i, unsigned *boot)
{
	if (i < profile->n_disks) {
		*boot = profile->disks[i].boot;
		return true;
	}
	i -= profile->n_disks;
	if (i < profile->n_pci) {
		*boot = profile->pci[i].boot;
		return true;
	}
	i -= profile->n_pci;
	if (i < profile->n_cdroms)
		*boot = profile->cdroms[i].boot;
	return i < profile->n_cdroms;
}

int plan_boot_order(const struct planning *p, struct err *err)
{
	bool seen[PROFILE_BOOT_MOST + 1] = {false};
	unsigned boot;

	for (size_t i = 0; boot_of(p->profile, i, &boot); i++) {
		if (!boot || boot > PROFILE_BOOT_MOST)
			continue;
		if (seen[boot])
			return refuse(p, boot, err);
		seen[boot] = true;
	}
	return 0;
}
