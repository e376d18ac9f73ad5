/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies the facts that host/ and this folder read into a folder, masked: what `check --root` looks at. */
#ifndef SETUP_CAPTURE_H
#define SETUP_CAPTURE_H

#include "base/root.h"

/* Copies from @from into the folder @to, which exists and is empty. @n gets the number of files and links. */
int capture_tree(const struct root *from, const char *to, size_t *n, struct err *err);

#endif
