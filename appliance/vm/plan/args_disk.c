/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks and firmware as QEMU's arguments: descriptors in fdsets, block nodes on them, devices on those. */
#include "profile/backing.h"
#include "vm/plan/plan_parts.h"

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

/* The first descriptor of the profile's disk @index that is of @kind; 0: it has none. */
static unsigned fd_of_kind(const struct vm_plan *plan, enum vm_fd_kind kind, size_t index)
{
	for (size_t i = 0; i < plan->n_fds; i++)
		if (plan->fds[i].kind == kind && plan->fds[i].index == index)
			return VM_FD_FIRST + (unsigned)i;
	return 0;
}

/* What an overlay stands on, from the ground up: each node names the one below it. */
static void add_backings(const struct planning *p, const struct profile_disk *disk)
{
	size_t index = (size_t)(disk - p->profile->disks);
	unsigned first = fd_of_kind(p->plan, VM_FD_BACKING, index);
	struct strv *args = &p->plan->args;
	struct profile_backings backings;

	if (profile_backings_parse(disk->backing, &backings, NULL) < 0)
		return;
	for (size_t i = backings.n; i--;) {
		unsigned fd = first + (unsigned)i;
		bool qcow2 = streq(backings.list[i].format, "qcow2"), last = i + 1 == backings.n;
		cleanup_free char *under =
		        last ? xstrdup("") : xasprintf(",backing=back%zu-%s", i + 1, disk->name);

		args_option(args, "-add-fd", "fd=%u,set=%u,opaque=backing-%s", fd, fd, disk->name);
		args_option(args, "-blockdev",
		        "driver=file,node-name=%s%zu-%s,filename=/dev/fdset/%u,read-only=on",
		        qcow2 ? "under" : "back", i, disk->name, fd);
		if (qcow2)
			args_option(args, "-blockdev",
			        "driver=qcow2,node-name=back%zu-%s,file=under%zu-%s,read-only=on%s",
			        i, disk->name, i, disk->name, under);
	}
	profile_backings_finish(&backings);
}

/* How the disk's qcow2 node goes on: what it stands on, and what opens it. Caller frees. */
static char *more_of_node(const struct planning *p, const struct profile_disk *disk)
{
	size_t index = (size_t)(disk - p->profile->disks);
	unsigned secret = fd_of_kind(p->plan, VM_FD_SECRET, index);
	cleanup_free char *backing =
	        disk->backing ? xasprintf(",backing=back0-%s", disk->name) : xstrdup("");

	if (!secret)
		return take_ptr(backing);
	args_option(&p->plan->args, "-object", "secret,id=secret-%s,file=/proc/self/fd/%u",
	        disk->name, secret);
	return xasprintf(
	        "%s,encrypt.format=luks,encrypt.key-secret=secret-%s", backing, disk->name);
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
	if (qcow2) {
		cleanup_free char *more = more_of_node(p, disk);

		add_backings(p, disk);
		args_option(args, "-blockdev", "driver=qcow2,node-name=node-%s,file=file-%s,%s%s",
		        disk->name, disk->name, mode, more);
	}
}

/* QEMU's SATA disks cannot be read-only, as all disks of a test drive are. */
static enum profile_bus bus_of(const struct planning *p, const struct profile_disk *disk)
{
	return p->options->test_drive && disk->bus == PROFILE_BUS_SATA ? PROFILE_BUS_VIRTIO
	                                                               : disk->bus;
}

static void add_device(const struct planning *p, size_t index, unsigned sata_port)
{
	const struct profile_disk *disk = &p->profile->disks[index];
	cleanup_free char *plain = plan_disk_serial(p, disk), *serial = args_value(plain);
	struct strv *args = &p->plan->args;
	unsigned slot = SLOT_DISKS + (unsigned)index, boot = profile_disk_boot(p->profile, index);

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
