/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks and firmware as QEMU's arguments: descriptors in fdsets, block nodes on them, devices on those. */
#include "vm/plan_parts.h"

#include <stdio.h>

/* The descriptor that plan_disks() added for the profile's disk; both keep the profile's order. */
static unsigned fd_of_disk(const struct vm_plan *plan, size_t index)
{
	size_t seen = 0, i = 0;

	for (; i < plan->n_fds; i++) {
		bool disk = plan->fds[i].kind == VM_FD_DISK || plan->fds[i].kind == VM_FD_IMAGE;

		if (disk && seen++ == index)
			break;
	}
	return VM_FD_FIRST + (unsigned)i;
}

/* A raw disk goes past the host's cache; the host has no other use for what is on it. */
static void add_node(const struct planning *p, const struct profile_disk *disk, unsigned fd)
{
	struct strv *args = &p->plan->args;
	bool writable = disk->writable && !p->options->test_drive;
	const char *mode = writable ? "read-only=off,discard=unmap" : "read-only=on";
	bool qcow2 = disk->image && streq(disk->format, "qcow2");

	args_option(args, "-add-fd", "fd=%u,set=%u,opaque=disk-%s", fd, fd, disk->name);
	if (disk->device) {
		args_option(args, "-blockdev",
		        "driver=host_device,node-name=node-%s,filename=/dev/fdset/%u,"
		        "cache.direct=on,aio=native,%s",
		        disk->name, fd, mode);
		return;
	}
	args_option(args, "-blockdev", "driver=file,node-name=%s-%s,filename=/dev/fdset/%u,%s",
	        qcow2 ? "file" : "node", disk->name, fd, mode);
	if (qcow2)
		args_option(args, "-blockdev", "driver=qcow2,node-name=node-%s,file=file-%s,%s",
		        disk->name, disk->name, mode);
}

/* QEMU's SATA disks cannot be read-only; our own guest has a driver for virtio. */
static enum profile_bus bus_of(const struct planning *p, const struct profile_disk *disk)
{
	return p->options->test_drive ? PROFILE_BUS_VIRTIO : disk->bus;
}

static void add_device(const struct planning *p, size_t index, unsigned sata_port)
{
	const struct profile_disk *disk = &p->profile->disks[index];
	cleanup_free char *plain = plan_disk_serial(p, disk), *serial = args_value(plain);
	struct strv *args = &p->plan->args;
	unsigned slot = SLOT_DISKS + (unsigned)index, boot = plan_disk_boot(p, index);

	switch (bus_of(p, disk)) {
	case PROFILE_BUS_VIRTIO:
		args_option(args, "-device",
		        "virtio-blk-pci,id=disk-%s,drive=node-%s,serial=%s,bootindex=%u,"
		        "bus=pcie.0,addr=%02x.0",
		        disk->name, disk->name, serial, boot, slot);
		return;
	case PROFILE_BUS_SATA:
		args_option(args, "-device",
		        "ide-hd,id=disk-%s,drive=node-%s,serial=%s,bootindex=%u,bus=ide.%u",
		        disk->name, disk->name, serial, boot, sata_port);
		return;
	case PROFILE_BUS_NVME:
		args_option(args, "-device",
		        "nvme,id=disk-%s,drive=node-%s,serial=%s,bootindex=%u,bus=pcie.0,"
		        "addr=%02x.0",
		        disk->name, disk->name, serial, boot, slot);
		return;
	}
}

void args_disks(const struct planning *p)
{
	unsigned sata_port = 0;

	for (size_t i = 0; i < p->profile->n_disks; i++) {
		add_node(p, &p->profile->disks[i], fd_of_disk(p->plan, i));
		add_device(p, i, sata_port);
		sata_port += bus_of(p, &p->profile->disks[i]) == PROFILE_BUS_SATA;
	}
}
