/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks and firmware as QEMU's arguments: descriptors in fdsets, block nodes on them, devices on those. */
#include "profile/backing.h"
#include "vm/plan/plan_parts.h"

#include <stdio.h>

#define IO_THREAD "io"

/* The descriptor that plan_disks() added for the profile's disk; both keep the profile's order. */
static unsigned fd_of_disk(const struct planning *p, size_t index)
{
	size_t before = 0, i = 0;

	for (size_t k = 0; k < index; k++)
		before += !p->profile->disks[k].url;
	for (; i < p->plan->n_fds; i++) {
		enum vm_fd_kind kind = p->plan->fds[i].kind;

		if ((kind == VM_FD_DISK || kind == VM_FD_IMAGE) && !before--)
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

static const char *const aio_words[] = {[PROFILE_AIO_IO_URING] = "io_uring",
        [PROFILE_AIO_NATIVE] = "native",
        [PROFILE_AIO_THREADS] = "threads"};

/* What reads the medium itself; @node: "file", or "node" where there is no format above it. */
static void add_protocol(
        const struct planning *p, size_t index, const char *node, unsigned fd, const char *mode)
{
	const struct profile_disk *disk = &p->profile->disks[index];
	const struct disk_attach *attach = &p->plan->attach[index];
	struct strv *args = &p->plan->args;

	if (disk->url) {
		args_url(p, disk, node, fd_of_kind(p->plan, VM_FD_URL_SECRET, index), mode);
		return;
	}
	args_option(args, "-add-fd", "fd=%u,set=%u,opaque=disk-%s", fd, fd, disk->name);
	args_option(args, "-blockdev",
	        "driver=%s,node-name=%s-%s,filename=/dev/fdset/%u,cache.direct=%s,aio=%s,%s",
	        disk->device ? "host_device" : "file", node, disk->name, fd,
	        attach->direct ? "on" : "off", aio_words[attach->aio], mode);
}

static void add_node(const struct planning *p, size_t index)
{
	const struct profile_disk *disk = &p->profile->disks[index];
	bool writable = disk->writable && !p->options->test_drive;
	bool unmap = disk->discard == PROFILE_DISCARD_UNMAP;
	const char *mode = !writable ? "read-only=on"
	                   : unmap   ? "read-only=off,discard=unmap"
	                             : "read-only=off,discard=ignore";
	bool qcow2 = disk->format && streq(disk->format, "qcow2");
	cleanup_free char *more = NULL;

	add_protocol(p, index, qcow2 ? "file" : "node", fd_of_disk(p, index), mode);
	if (!qcow2)
		return;
	more = more_of_node(p, disk);
	add_backings(p, disk);
	args_option(&p->plan->args, "-blockdev", "driver=qcow2,node-name=node-%s,file=file-%s,%s%s",
	        disk->name, disk->name, mode, more);
}

/* ",iothread=io,num-queues=4", with the device's own word for the latter. Caller frees. */
static char *more_of_virtio(bool io_thread, const char *word, unsigned queues)
{
	cleanup_free char *many = queues ? xasprintf(",%s=%u", word, queues) : xstrdup("");

	return xasprintf("%s%s", io_thread ? ",iothread=" IO_THREAD : "", many);
}

static void add_device(const struct planning *p, size_t index, unsigned *sata)
{
	const struct profile_disk *disk = &p->profile->disks[index];
	const struct disk_attach *attach = &p->plan->attach[index];
	cleanup_free char *plain = plan_disk_serial(p, disk), *serial = args_value(plain);
	cleanup_free char *common = xasprintf("id=disk-%s,drive=node-%s,serial=%s,bootindex=%u%s",
	        disk->name, disk->name, serial, profile_disk_boot(p->profile, index),
	        attach->synced ? ",write-cache=off" : "");
	unsigned slot = SLOT_DISKS + (unsigned)index;
	struct strv *args = &p->plan->args;
	cleanup_free char *more = NULL;

	switch (attach->bus) {
	case PROFILE_BUS_AUTO:
	case PROFILE_BUS_VIRTIO:
		more = more_of_virtio(attach->io_thread, "num-queues", disk->queues);
		args_option(args, "-device", "virtio-blk-pci,%s,bus=pcie.0,addr=%02x.0%s", common,
		        slot, more);
		return;
	case PROFILE_BUS_SCSI:
		args_option(args, "-device", "scsi-hd,%s,bus=scsi.0,scsi-id=%zu", common, index);
		return;
	case PROFILE_BUS_SATA:
		more = args_sata_port(sata);
		args_option(args, "-device", "ide-hd,%s,bus=%s", common, more);
		return;
	case PROFILE_BUS_NVME:
		args_option(args, "-device", "nvme,%s,bus=pcie.0,addr=%02x.0", common, slot);
		return;
	}
}

/* One for all of them, in the slot that the first of them does not need; what one of them wants not, it is without. */
static void add_scsi(const struct planning *p)
{
	unsigned slot = 0, queues = 0;
	cleanup_free char *more = NULL;
	bool io_thread = true;

	for (size_t i = 0; i < p->plan->n_attach; i++) {
		unsigned wanted = p->profile->disks[i].queues;

		if (p->plan->attach[i].bus != PROFILE_BUS_SCSI)
			continue;
		slot = slot ? slot : SLOT_DISKS + (unsigned)i;
		queues = wanted > queues ? wanted : queues;
		io_thread = io_thread && p->plan->attach[i].io_thread;
	}
	if (!slot)
		return;
	more = more_of_virtio(io_thread, "num_queues", queues);
	args_option(&p->plan->args, "-device", "virtio-scsi-pci,id=scsi,bus=pcie.0,addr=%02x.0%s",
	        slot, more);
}

static void add_io_thread(const struct planning *p)
{
	bool wanted = false;

	for (size_t i = 0; i < p->plan->n_attach; i++)
		wanted |= p->plan->attach[i].io_thread;
	if (wanted)
		args_option(&p->plan->args, "-object", "iothread,id=" IO_THREAD);
}

void args_disks(const struct planning *p)
{
	unsigned sata = 0;

	add_io_thread(p);
	add_scsi(p);
	args_sata(p);
	for (size_t i = 0; i < p->profile->n_disks; i++) {
		add_node(p, i);
		add_device(p, i, &sata);
	}
	args_cdroms(p, sata);
}
