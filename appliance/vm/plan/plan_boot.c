/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order in which the guest's firmware looks for a system: what has a boot= of the profile, by these numbers, and then
 * the other disks, as they stand there. QEMU wants each number once (bootindex).
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

int plan_boot_order(const struct planning *p, struct err *err)
{
	bool seen[PROFILE_BOOT_MOST + 1] = {false};

	for (size_t i = 0; i < p->profile->n_disks + p->profile->n_pci; i++) {
		bool disk = i < p->profile->n_disks;
		unsigned boot = disk ? p->profile->disks[i].boot
		                     : p->profile->pci[i - p->profile->n_disks].boot;

		if (!boot || boot > PROFILE_BOOT_MOST)
			continue;
		if (seen[boot])
			return refuse(p, boot, err);
		seen[boot] = true;
	}
	return 0;
}
