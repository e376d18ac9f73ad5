/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the settings of passthrough are in the firmware setup, by the names that the board's maker uses: pure, from
 * what DMI says of the board and the processor's maker.
 */
#ifndef SETUP_FIRMWARE_MENU_H
#define SETUP_FIRMWARE_MENU_H

#include "host/host.h"

enum firmware_setting {
	FIRMWARE_VIRTUALIZATION,  /* VT-x, "SVM Mode" */
	FIRMWARE_IOMMU,           /* VT-d, "IOMMU" */
	FIRMWARE_ABOVE_4G,        /* "Above 4G Decoding" */
	FIRMWARE_PRIMARY_DISPLAY, /* the processor's graphics shows first */
	FIRMWARE_CSM,             /* off: UEFI alone */
	FIRMWARE_SETTINGS
};

/*
 * "Advanced > System Agent (SA) Configuration > VT-d: Enabled (ASUS)"; caller frees. Where the maker or its menu is not
 * known, what the setting is called in general. Never NULL, no full stop.
 */
char *firmware_menu(const struct host *host, enum firmware_setting setting);
/* Whether the maker's own menu is known; else firmware_menu() can only say what it is called in general. */
bool firmware_menu_is_known(const struct host *host, enum firmware_setting setting);
/* The maker's name as people say it, "ASUS"; NULL where the table does not know the board. */
const char *firmware_maker(const struct host *host);

#endif
