/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a thing that may be lost is told; shared by losses.c and usb_uses.c alone. Callers free. */
#ifndef HOST_LOSSES_PARTS_H
#define HOST_LOSSES_PARTS_H

#include "host/host.h"

/* "disk sda (root file system; mounted on /home; swap)" */
char *losses_tell_disk(const struct disk *disk);
/* "network eth0 (default route)" */
char *losses_tell_network(const struct host *host, const struct net_interface *n);
/* "sound card card1 PCH (silent now)" */
char *losses_tell_sound(const struct sounds *sounds, const struct sound_card *card);
/* "Bluetooth adapter hci0" */
char *losses_tell_part(const struct board_part *part);

#endif
