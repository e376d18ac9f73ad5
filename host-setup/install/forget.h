/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two PCs, or the PC of two owners, are never the same one. */
#ifndef INSTALL_FORGET_H
#define INSTALL_FORGET_H

#include "base/root.h"

/* Removes what says who a system is: keys of ssh, machine-id(5), seeds. Its next start makes them anew. */
int forget(const struct root *root, struct err *err);

#endif
