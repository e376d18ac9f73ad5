/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proxmox's configuration as it is read. */
#ifndef MOVE_IMPORT_PROXMOX_H
#define MOVE_IMPORT_PROXMOX_H

#include "move/import_options.h"

/* What several lines say together. */
struct pve {
	struct draft *d;
	unsigned long long cores, sockets, vcpus;
	int cores_line;
	struct strv boot; /* devices in their order: "sata0" */
	bool has_network;
};

typedef void pve_take(struct pve *p, const char *key, const char *value);

pve_take pve_take_disk, pve_take_net, pve_take_passed, pve_take_usb;

#endif
