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

/* Of the machine. */
pve_take pve_take_name, pve_take_number, pve_take_memory, pve_take_huge_pages, pve_take_system,
        pve_take_cpu, pve_take_bios, pve_take_efi_disk, pve_take_tpm, pve_take_start,
        pve_take_agent, pve_take_watchdog, pve_take_smbios, pve_take_vga, pve_take_audio,
        pve_take_shared_memory, pve_take_boot, pve_take_boot_disk, pve_take_args;
/* Of its devices. */
pve_take pve_take_disk, pve_take_net, pve_take_passed, pve_take_usb;

#endif
