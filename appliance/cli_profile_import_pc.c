/* SPDX-License-Identifier: GPL-2.0-or-later */
/* This PC, as far as an import asks for it: without root, and without the daemon. */
#include "cli.h"
#include "cli_profile_import.h"
#include "host/disk.h"
#include "host/pci.h"
#include "host/usb.h"

#include <stdio.h>
#include <unistd.h>

static void take_functions(const struct root *root, struct import_pc *out)
{
	cleanup(pci_finish) struct pci pci = {0};

	if (pci_take(root, &pci, NULL) < 0)
		return;
	for (size_t i = 0; i < pci.n; i++) {
		const struct pci_device *d = &pci.list[i];
		const char *name = d->device_name ? d->device_name : d->vendor_name;

		*list_append(out->functions, out->n_functions) =
		        (struct import_pc_function){.address = d->addr,
		                .vendor = d->vendor,
		                .device = d->device,
		                .subsystem_vendor = d->subsystem_vendor,
		                .subsystem_device = d->subsystem_device,
		                .class_code = d->class_code,
		                .path = xstrdup(d->path),
		                .name = xstrdup(name)};
	}
}

static void add_disk(
        struct import_pc *out, const char *name, const struct strv *links, const char *link)
{
	struct import_pc_disk *disk = list_append(out->disks, out->n_disks);

	strv_addf(&disk->names, "/dev/%s", name);
	strv_foreach (one, links)
		strv_add(&disk->names, *one);
	disk->link = xstrdup(link);
}

/* Those that are about contents, not about the disk, which a source may have used as well. */
static void add_other_links(const struct root *root, struct import_pc *out)
{
	static const char *const folders[] = {"by-uuid", "by-label", "by-path", "by-partlabel"};

	for (size_t f = 0; f < ARRAY_SIZE(folders); f++) {
		cleanup_free char *folder = xasprintf("/dev/disk/%s", folders[f]);
		cleanup_strv struct strv names = {0};

		root_list(root, folder, &names);
		strv_foreach (name, &names) {
			cleanup_free char *link = xasprintf("%s/%s", folder, *name);
			cleanup_free char *to = root_link_name(root, link);
			cleanup_free char *node = xasprintf("/dev/%s", to ? to : "");

			for (size_t i = 0; i < out->n_disks; i++)
				if (strv_has(&out->disks[i].names, node))
					strv_add(&out->disks[i].names, link);
		}
	}
}

static void take_disks(const struct root *root, struct import_pc *out)
{
	cleanup(disks_finish) struct disks disks = {0};

	if (disks_take(root, &disks, NULL) < 0)
		return;
	for (size_t i = 0; i < disks.n; i++) {
		const struct disk *d = &disks.list[i];

		add_disk(out, d->name, &d->links, d->by_id);
		for (size_t k = 0; k < d->n_partitions; k++)
			add_disk(out, d->partitions[k].name, &d->partitions[k].links,
			        d->partitions[k].path);
	}
	add_other_links(root, out);
}

static void take_inputs(const struct root *root, struct import_pc *out)
{
	static const char folder[] = "/dev/input/by-id";
	cleanup_strv struct strv names = {0};

	root_list(root, folder, &names);
	strv_foreach (name, &names) {
		cleanup_free char *link = xasprintf("%s/%s", folder, *name);
		cleanup_free char *to = root_link_name(root, link);

		if (!to || !(ends_with(link, "-event-kbd") || ends_with(link, "-event-mouse")))
			continue;
		*list_append(out->inputs, out->n_inputs) =
		        (struct import_pc_input){xasprintf("/dev/input/%s", to), take_ptr(link)};
	}
}

static void take_buses(const struct root *root, struct import_pc *out)
{
	cleanup(usb_finish) struct usb usb = {0};

	if (usb_take(root, &usb, NULL) < 0)
		return;
	for (size_t i = 0; i < usb.n; i++) {
		const struct usb_device *d = &usb.list[i];

		if (d->root_hub && d->has_controller)
			*list_append(out->buses, out->n_buses) =
			        (struct import_pc_bus){d->busnum, d->superspeed, d->controller};
	}
}

void cli_import_pc(const struct root *root, struct import_pc *out)
{
	long processors = sysconf(_SC_NPROCESSORS_CONF);

	*out = (struct import_pc){.processors = processors > 0 ? (unsigned)processors : 0};
	take_functions(root, out);
	take_disks(root, out);
	take_inputs(root, out);
	take_buses(root, out);
}
