/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies what is in one folder into another, modes, owners, times and all, and tells how far it is. */
#ifndef INSTALL_COPY_H
#define INSTALL_COPY_H

#include "base/err.h"

uint64_t copy_used(const char *path); /* bytes on the file system of @path; 0: not known */
/*
 * By rsync(1), which stays on one file system. The system goes on meanwhile: a file that is gone when its turn comes is no
 * error, and journal and temporary files are left out. @tell hears 0-100 about once a second: the room that is used at @to beside what
 * is used at @from.
 */
int copy_folder(const char *from, const char *to, void (*tell)(unsigned percent), struct err *err);
/* That what was written to the file system of @path is on its medium; what it did not take is an error here. */
int copy_flush(const char *path, struct err *err);

#endif
