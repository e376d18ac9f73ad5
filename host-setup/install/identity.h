/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * By which partitions an installed system finds itself: PARTUUIDs in /etc/fstab, in /etc/kernel/cmdline and in the entries
 * of systemd-boot. A copy has other partitions, and so each of these files gets theirs. Pure.
 */
#ifndef INSTALL_IDENTITY_H
#define INSTALL_IDENTITY_H

#include "base/err.h"

struct identity {
	char root[37], esp[37]; /* PARTUUIDs, lower case */
};

/* From the text of fstab(5). -ENOENT: it names / or /boot/efi otherwise, so that this is no image's system. */
int identity_read(const char *fstab, struct identity *out, struct err *err);
/* @text with the partitions of @old replaced by those of @new; caller frees. */
char *identity_replace(const char *text, const struct identity *old, const struct identity *new);

#endif
