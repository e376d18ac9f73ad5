/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies what is in one folder into another, modes, owners, times and all, and tells how far it is. */
#ifndef INSTALL_COPY_H
#define INSTALL_COPY_H

#include "base/err.h"

/*
 * By cp(1), which stays on one file system. @tell hears 0-100 about once a second: the room that is used at @to beside what
 * is used at @from.
 */
int copy_folder(const char *from, const char *to, void (*tell)(unsigned percent), struct err *err);

#endif
