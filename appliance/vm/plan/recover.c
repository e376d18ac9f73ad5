/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/plan/recover.h"

enum recover_next recover_next(
        const struct profile *profile, const struct recover_series *series, enum recover_end end)
{
	if (!profile->restart_count || end == RECOVER_ENDED)
		return RECOVER_NOTHING;
	if (end == RECOVER_REFUSED)
		return series->refused < profile->restart_count ? RECOVER_RESTART : RECOVER_GIVE_UP;
	if (series->set_back)
		return RECOVER_GIVE_UP;
	if (series->tries < profile->restart_count)
		return RECOVER_RESTART;
	return profile->restart_from_snapshot ? RECOVER_SET_BACK : RECOVER_GIVE_UP;
}

size_t recover_disk(const struct profile *profile, size_t from)
{
	for (size_t i = from; i < profile->n_disks; i++) {
		const struct profile_disk *disk = &profile->disks[i];

		if (disk->image && disk->backing && disk->writable)
			return i;
	}
	return profile->n_disks;
}
