/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GRUB's environment block, grubenv: what its two kinds of set-up share. */
#ifndef SETUP_GRUB_ENV_H
#define SETUP_GRUB_ENV_H

#include "base/root.h"

/* Whether GRUB itself can write to the grubenv in @folder while it starts; @why (caller frees) when not. */
bool grub_env_writable(const struct root *root, const char *folder, char **why);

#endif
