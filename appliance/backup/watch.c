/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup/watch.h"

#include "base/i18n.h"

#include <errno.h>

void backup_watch_begin(struct backup_watch *watch, enum backup_stage stage, uint64_t all)
{
	watch->stage = stage;
	watch->done = 0;
	watch->all = all;
}

int backup_watch_add(struct backup_watch *watch, uint64_t n, struct err *err)
{
	watch->done += n;
	if (!watch->tell || watch->tell(watch->user, watch->stage, watch->done, watch->all) >= 0)
		return 0;
	return err_set(err, -ECANCELED, _("cancelled; nothing was left behind"));
}
