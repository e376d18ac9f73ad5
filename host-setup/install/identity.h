/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * By which partitions an installed system finds itself: PARTUUIDs in /etc/fstab, in /etc/kernel/cmdline and in the entries
 * of systemd-boot. A copy has other partitions, and so each of these files gets theirs. Pure but for identity_take().
 */
#ifndef INSTALL_IDENTITY_H
#define INSTALL_IDENTITY_H

#include "base/root.h"

struct identity {
	char root[37], esp[37]; /* PARTUUIDs, lower case */
};

/* From the text of fstab(5). -ENOENT: it names / or /boot/efi otherwise, so that this is no image's system. */
int identity_read(const char *fstab, struct identity *out, struct err *err);
/*
 * The same of a system, and -ENOENT, too, where it has not the marks of an image: /etc/playthrough-image, which only the
 * making of an image writes, and its /etc/kernel/entry-token.
 */
int identity_take(const struct root *root, struct identity *out, struct err *err);
/* @text with the partitions of @old replaced by those of @new; caller frees. */
char *identity_replace(const char *text, const struct identity *old, const struct identity *new);

#endif
