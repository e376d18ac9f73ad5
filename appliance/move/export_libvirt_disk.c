/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The disks of a domain. */
#include "base/i18n.h"
#include "move/export_libvirt.h"
#include "profile/backing.h"
#include "profile/disk_url.h"

#include <stdio.h>

struct targets {
	unsigned virtio, sata;
};

/* What an overlay stands on, each in the one above it. */
static void add_backings(struct libvirt *l, const struct profile_disk *disk)
{
	struct profile_backings backings;

	if (profile_backings_parse(disk->backing, &backings, NULL) < 0)
		return;
	for (size_t i = 0; i < backings.n; i++) {
		xml_open(&l->xml, "backingStore", "type", "file", NULL);
		xml_empty(&l->xml, "format", "type", backings.list[i].format, NULL);
		xml_empty(&l->xml, "source", "file", backings.list[i].path, NULL);
	}
	/* The last one stands on nothing, and so nobody looks into it. */
	xml_empty(&l->xml, "backingStore", NULL);
	for (size_t i = 0; i < backings.n; i++)
		xml_close(&l->xml);
	profile_backings_finish(&backings);
}

/* A secret of libvirt by its usage, which is to be defined there. */
static void add_user(struct libvirt *l, const struct profile_disk *disk, const struct disk_url *url)
{
	cleanup_free char *usage = xasprintf("playthrough-%s-%s", l->e.profile->name, disk->name);

	xml_open(&l->xml, "auth", "username", url->user, NULL);
	xml_empty(&l->xml, "secret", "type", url->kind == DISK_URL_RBD ? "ceph" : "iscsi", "usage",
	        usage, NULL);
	xml_close(&l->xml);
	export_note_of(&l->e, EXPORT_DO, "disk", disk->name, "secret-file",
	        _("no password is carried: define a secret of libvirt with the usage %s (virsh "
	          "secret-define) and set it from that file"),
	        usage);
}

static bool is_preset_port(const struct disk_url *url)
{
	return !url->port || url->port == (url->kind == DISK_URL_ISCSI ? 3260u : 10809u);
}

static void add_server(struct libvirt *l, const struct profile_disk *disk)
{
	cleanup(disk_url_finish) struct disk_url url = {0};
	cleanup_free char *name = NULL;

	if (disk_url_parse(disk->url, &url, NULL) < 0)
		return;
	name = url.kind == DISK_URL_ISCSI ? xasprintf("%s/%u", url.name, url.lun)
	       : url.kind == DISK_URL_RBD ? xasprintf("%s/%s", url.pool, url.name)
	                                  : xstrdup(url.name);
	xml_open(&l->xml, "source", "protocol", disk_url_driver(url.kind), "name", name, NULL);
	if (url.socket)
		xml_empty(&l->xml, "host", "transport", "unix", "socket", url.socket, NULL);
	else if (url.host && is_preset_port(&url))
		xml_empty(&l->xml, "host", "name", url.host, NULL);
	else if (url.host)
		xml_empty(&l->xml, "host", "name", url.host, "port", xml_decimal(url.port).s, NULL);
	if (url.user)
		add_user(l, disk, &url);
	xml_close(&l->xml);
}

static void add_source(struct libvirt *l, const struct profile_disk *disk)
{
	cleanup_free char *usage = NULL;

	if (disk->url)
		return add_server(l, disk);
	if (disk->device || !disk->passphrase_file) {
		xml_empty(&l->xml, "source", disk->device ? "dev" : "file",
		        disk->device ? disk->device : disk->image, NULL);
		return;
	}
	usage = xasprintf("playthrough-%s-%s", l->e.profile->name, disk->name);
	xml_open(&l->xml, "source", "file", disk->image, NULL);
	xml_open(&l->xml, "encryption", "format", "luks", NULL);
	xml_empty(&l->xml, "secret", "type", "passphrase", "usage", usage, NULL);
	xml_close(&l->xml);
	xml_close(&l->xml);
	export_note_of(&l->e, EXPORT_DO, "disk", disk->name, "passphrase-file",
	        _("no passphrase is carried: define a secret of libvirt with the usage %s "
	          "(virsh secret-define) and set it from that file"),
	        usage);
}

static void add_driver(struct libvirt *l, const struct profile_disk *disk)
{
	xml_empty(&l->xml, "driver", "name", "qemu", "type", disk->image ? disk->format : "raw",
	        "cache", disk->device ? "none" : NULL, "io", disk->device ? "native" : NULL,
	        "discard", disk->writable ? "unmap" : NULL, NULL);
}

static void add_target(struct libvirt *l, const struct profile_disk *disk, struct targets *used)
{
	bool virtio = export_is_virtio(&l->e, disk);
	unsigned number = virtio ? used->virtio++ : used->sata++;
	char name[] = {virtio ? 'v' : 's', 'd', (char)('a' + number % 26), '\0'};

	xml_empty(&l->xml, "target", "dev", name, "bus", virtio ? "virtio" : "sata", NULL);
}

/* libvirt passes on no others (its qemu_command.c, "unsafe characters"). Caller frees. */
static char *safe_serial(struct libvirt *l, const struct profile_disk *disk)
{
	static const char safe[] =
	        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+- ";
	cleanup_free char *serial = export_serial(disk);
	char *left, *to;

	if (!serial)
		return NULL;
	to = left = xcalloc(strlen(serial) + 1, 1);
	for (const char *from = serial; *from; from++)
		if (strchr(safe, *from))
			*to++ = *from;
	if (!streq(left, serial))
		export_note_of(&l->e, EXPORT_CHANGED, "disk", disk->name, "serial",
		        _("libvirt lets only letters, digits and few signs through: %s"), left);
	return left;
}

static void add_disk(struct libvirt *l, size_t index, struct targets *used)
{
	const struct profile_disk *disk = &l->e.profile->disks[index];
	cleanup_free char *serial = safe_serial(l, disk);

	xml_open(&l->xml, "disk", "type",
	        disk->device ? "block"
	        : disk->url  ? "network"
	                     : "file",
	        "device", "disk", NULL);
	add_driver(l, disk);
	add_source(l, disk);
	if (disk->image && streq(disk->format, "qcow2"))
		add_backings(l, disk);
	add_target(l, disk, used);
	if (!disk->writable && export_is_virtio(&l->e, disk))
		xml_empty(&l->xml, "readonly", NULL);
	if (serial)
		xml_put(&l->xml, "serial", serial, NULL);
	if (!l->e.profile->kernel)
		xml_empty(&l->xml, "boot", "order",
		        xml_decimal(profile_disk_boot(l->e.profile, index)).s, NULL);
	xml_close(&l->xml);
	export_note_bus(&l->e, disk);
}

/* A drive on the chipset's controller, as ours are. */
static void add_cdrom(struct libvirt *l, size_t index, struct targets *used)
{
	const struct profile_cdrom *drive = &l->e.profile->cdroms[index];
	char name[] = {'s', 'd', (char)('a' + used->sata++ % 26), '\0'};

	xml_open(&l->xml, "disk", "type", "file", "device", "cdrom", NULL);
	xml_empty(&l->xml, "driver", "name", "qemu", "type", "raw", NULL);
	if (drive->file)
		xml_empty(&l->xml, "source", "file", drive->file, NULL);
	xml_empty(&l->xml, "target", "dev", name, "bus", "sata", NULL);
	xml_empty(&l->xml, "readonly", NULL);
	if (!l->e.profile->kernel)
		xml_empty(&l->xml, "boot", "order",
		        xml_decimal(profile_cdrom_boot(l->e.profile, index)).s, NULL);
	xml_close(&l->xml);
}

void libvirt_disks(struct libvirt *l)
{
	struct targets used = {0};

	for (size_t i = 0; i < l->e.profile->n_disks; i++)
		add_disk(l, i, &used);
	for (size_t i = 0; i < l->e.profile->n_cdroms; i++)
		add_cdrom(l, i, &used);
}
