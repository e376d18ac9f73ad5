/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an overlay image stands on, as backing= says it: "qcow2:/a/b.qcow2|raw:/a/c.img", the nearest first. */
#ifndef PROFILE_BACKING_H
#define PROFILE_BACKING_H

#include "base/err.h"

#define PROFILE_BACKING_MOST 8

struct profile_backing {
	char *format, *path;
};
struct profile_backings {
	struct profile_backing *list;
	size_t n;
};

/* @text NULL: none. -EINVAL with @err, and nothing to finish. */
int profile_backings_parse(const char *text, struct profile_backings *out, struct err *err);
void profile_backings_finish(struct profile_backings *backings);

/* @rest (NULL: nothing) with one more file before it. NULL: its path cannot be written so. Caller frees. */
char *profile_backings_add(const char *format, const char *path, const char *rest);

#endif
