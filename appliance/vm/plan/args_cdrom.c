/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SATA ports, and the drives for CDs on them. */
#include "vm/plan/plan_parts.h"

#define SATA_PORTS \
	6u /* of the chipset's controller, and of the second one: 12 in all, as many as there may be devices */

char *args_sata_port(unsigned *used)
{
	unsigned port = (*used)++;

	return port < SATA_PORTS ? xasprintf("ide.%u", port)
	                         : xasprintf("sata.%u", port - SATA_PORTS);
}

static bool is_sata(const struct planning *p, size_t disk)
{
	return p->plan->attach[disk].bus == PROFILE_BUS_SATA;
}

/* A profile has four drives at most, so that there are three SATA disks then: the slot of one is free. */
void args_sata(const struct planning *p)
{
	size_t n = p->profile->n_cdroms, first = p->plan->n_attach;

	for (size_t i = p->plan->n_attach; i--;) {
		n += is_sata(p, i);
		first = is_sata(p, i) ? i : first;
	}
	if (n > SATA_PORTS)
		args_option(&p->plan->args, "-device", "ich9-ahci,id=sata,bus=pcie.0,addr=%02x.0",
		        SLOT_DISKS + (unsigned)first);
}

static const struct vm_fd *medium_of(const struct vm_plan *plan, size_t drive, unsigned *fd)
{
	for (size_t i = 0; i < plan->n_fds; i++) {
		*fd = VM_FD_FIRST + (unsigned)i;
		if (plan->fds[i].kind == VM_FD_CDROM && plan->fds[i].index == drive)
			return &plan->fds[i];
	}
	return NULL;
}

/* The set's name says whose it is and which file, for whoever asks QEMU later: see vm_cdrom.c. */
static void add_medium(const struct planning *p, const struct profile_cdrom *drive, unsigned fd)
{
	cleanup_free char *path = args_value(drive->file);

	args_option(&p->plan->args, "-add-fd", "fd=%u,set=%u,opaque=" VM_CD_PREFIX "%s:%s", fd, fd,
	        drive->name, path);
	args_option(&p->plan->args, "-blockdev",
	        "driver=file,node-name=" VM_CD_PREFIX "%s,filename=/dev/fdset/%u,read-only=on",
	        drive->name, fd);
}

void args_cdroms(const struct planning *p, unsigned used)
{
	unsigned fd;

	for (size_t i = 0; i < p->profile->n_cdroms; i++) {
		const struct profile_cdrom *drive = &p->profile->cdroms[i];
		cleanup_free char *bus = args_sata_port(&used), *node = NULL;

		if (medium_of(p->plan, i, &fd)) {
			add_medium(p, drive, fd);
			node = xasprintf(",drive=" VM_CD_PREFIX "%s", drive->name);
		}
		args_option(&p->plan->args, "-device",
		        "ide-cd,id=" VM_CD_PREFIX "%s,bus=%s,bootindex=%u%s", drive->name, bus,
		        profile_cdrom_boot(p->profile, i), node ? node : "");
	}
}
