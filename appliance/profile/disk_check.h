/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the keys of one [disk NAME] go together. */
#ifndef PROFILE_DISK_CHECK_H
#define PROFILE_DISK_CHECK_H

#include "profile/profile.h"

/* 0, or -EINVAL with @err, which does not name the section. */
int profile_disk_check(const struct profile_disk *disk, struct err *err);
/* What it is, as the profile says: its device=, image= or url=. */
const char *profile_disk_source(const struct profile_disk *disk);

#endif
