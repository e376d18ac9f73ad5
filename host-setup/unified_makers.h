/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who makes a unified image anew when its kernel or initramfs changes: one that has hooks for us, or somebody else. */
#ifndef SETUP_UNIFIED_MAKERS_H
#define SETUP_UNIFIED_MAKERS_H

#include "base/root.h"

/* A preset of mkinitcpio(8) names the image @file. */
bool unified_made_by_mkinitcpio(const struct root *root, const char *file);
/* kernel-install(8) makes unified images: their names hold the kernel's version. */
bool unified_made_by_kernel_install(const struct root *root);
/* Whether mkinitcpio makes an image that lies in @boot. */
bool unified_by_mkinitcpio(const struct root *root, const char *boot);

#endif
