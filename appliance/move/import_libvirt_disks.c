/* SPDX-License-Identifier: GPL-2.0-or-later */
/* <disk> of libvirt's domain XML. */
#include "base/i18n.h"
#include "move/import_url.h"
#include "move/import_xml.h"

static const char *bus_of(const char *bus)
{
	static const char *const same[] = {"virtio", "scsi", "sata", "ide", "nvme", "usb"};

	for (size_t i = 0; bus && i < ARRAY_SIZE(same); i++)
		if (streq(bus, same[i]))
			return same[i];
	return bus && streq(bus, "fdc") ? "floppy" : NULL;
}

/* What its image stands on, the nearest first: "qcow2:/a|raw:/b"; NULL: nothing, or what cannot be said. Caller frees. */
static char *backing_of(const xmlNode *disk)
{
	cleanup_strv struct strv all = {0};

	for (const xmlNode *b = xml_child(disk, "backingStore"); b;
	        b = xml_child(b, "backingStore")) {
		cleanup_free char *format = xml_child_attr(b, "format", "type");
		cleanup_free char *file = xml_child_attr(b, "source", "file");

		if (format && file)
			strv_addf(&all, "%s:%s", format, file);
	}
	return all.n ? strv_join(&all, "|") : NULL;
}

/* Where a file or a device of this PC is. Caller frees; NULL: @why. */
static char *path_of(const xmlNode *source, const char *type, const char **why)
{
	char *path = xml_attr(source, "file");

	if (!path)
		path = xml_attr(source, "dev");
	if (!path)
		*why = streq(type, "nvme")
		               ? N_("libvirt drives an NVMe controller itself: a profile passes it "
		                    "whole, by [pci] with its address")
		               : N_("only libvirt knows where it lies: virsh domblklist tells the "
		                    "files");
	return path;
}

/* Of its servers the first one; those of Ceph stand in this PC's own ceph.conf. Caller frees; NULL: @why. */
static char *url_of(struct draft *d, const xmlNode *disk, const xmlNode *source, const char **why)
{
	const xmlNode *host = xml_child(source, "host");
	const xmlNode *auth = xml_child(source, "auth") ? source : disk;
	cleanup_free char *protocol = xml_attr(source, "protocol"),
	                  *name = xml_attr(source, "name");
	cleanup_free char *server = host ? xml_attr(host, "name") : NULL;
	cleanup_free char *port = host ? xml_attr(host, "port") : NULL;
	cleanup_free char *socket = host ? xml_attr(host, "socket") : NULL;
	cleanup_free char *user = xml_child_attr(auth, "auth", "username");
	const struct import_place place = {
	        protocol ? protocol : "", server, port, socket, user, name};

	if (xml_attr_is(source, "tls", "yes")) {
		*why = N_("no disk is read by TLS here: have a tunnel of your own to its server");
		return NULL;
	}
	if (host && (streq(place.protocol, "rbd") || xml_next(host)))
		draft_note(d, IMPORT_CHANGED, NULL,
		        streq(place.protocol, "rbd")
		                ? N_("the monitors of Ceph are those of this PC's ceph.conf")
		                : N_("of several servers the first one is taken"));
	return import_url_of_place(&place, why);
}

void take_disk(struct draft *d, const xmlNode *node)
{
	cleanup_free char *bus = xml_child_attr(node, "target", "bus");
	cleanup_free char *type = xml_attr(node, "type"), *path = NULL, *url = NULL;
	const xmlNode *serial = xml_child(node, "serial"), *source = xml_child(node, "source");
	bool network = type && streq(type, "network");
	const char *why = NULL;
	struct draft_disk *disk;

	if (source && network)
		url = url_of(d, node, source, &why);
	else if (source)
		path = path_of(source, type ? type : "", &why);
	if (why && !network)
		return draft_lost(d, why);
	disk = draft_add_disk(d);
	disk->path = take_ptr(path);
	disk->url = take_ptr(url);
	disk->why_no_url = why;
	disk->name = xml_child_attr(node, "target", "dev");
	disk->format = xml_child_attr(node, "driver", "type");
	if (!disk->format)
		disk->format = xstrdup("raw"); /* libvirt's default */
	disk->bus = bus_of(bus);
	disk->cdrom = xml_attr_is(node, "device", "cdrom");
	if (xml_attr_is(node, "device", "floppy"))
		disk->bus = "floppy";
	disk->read_only = xml_child(node, "readonly") != NULL;
	disk->dropped = xml_child(node, "transient") != NULL;
	disk->boot = xml_boot(node);
	disk->serial = serial ? xml_text(serial) : NULL;
	disk->backing = backing_of(node);
}
