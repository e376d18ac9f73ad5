/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is in the guest's drives for CDs when it starts. */
#include "base/i18n.h"
#include "vm/plan/plan_parts.h"

#include <errno.h>

int plan_cdroms(const struct planning *p, struct err *err)
{
	for (size_t i = 0; i < p->profile->n_cdroms; i++) {
		const struct profile_cdrom *drive = &p->profile->cdroms[i];

		if (!drive->file)
			continue;
		if (!plan_exists(p->options, drive->file)) {
			err_set(err, -ENOENT, _("the image %s is not there"), drive->file);
			err_hint(err, _("correct file= in the profile, or remove it: playthrough "
			                "cd insert puts one in while the VM runs"));
			plan_refuse(err, CODE_CD_FILE);
			return err_prefix(err, _("drive %s"), drive->name);
		}
		plan_add_fd(p->plan, VM_FD_CDROM, i, drive->file, false);
	}
	return 0;
}
