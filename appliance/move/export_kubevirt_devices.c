/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks, networks and devices of a VirtualMachine, and what of its node they are. */
#include "base/i18n.h"
#include "move/export_kubevirt.h"
#include "profile/forward.h"

#define UNKNOWN_SIZE "1Gi" /* of a local disk: compared with its claim's alone */

/* --- disks --- */

/* A whole disk of the node, as a volume that is bound to a claim. */
static void add_claim(struct kubevirt *k, const struct profile_disk *disk, const char *name)
{
	cleanup_free char *size = disk->size ? xasprintf("%llu", (unsigned long long)disk->size)
	                                     : xstrdup(UNKNOWN_SIZE);

	json_array_append_new(k->claims,
	        json_pack("{s:s, s:s, s:{s:s}, s:{s:{s:s}, s:[s], s:s, s:s, s:s, s:{s:s}, "
	                  "s:{s:{s:[{s:[{s:s, s:s, s:[s]}]}]}}}}",
	                "apiVersion", "v1", "kind", "PersistentVolume", "metadata", "name", name,
	                "spec", "capacity", "storage", size, "accessModes", "ReadWriteOnce",
	                "volumeMode", "Block", "storageClassName", "",
	                "persistentVolumeReclaimPolicy", "Retain", "local", "path", disk->device,
	                "nodeAffinity", "required", "nodeSelectorTerms", "matchExpressions", "key",
	                "kubernetes.io/hostname", "operator", "In", "values", KUBEVIRT_NODE));
	json_array_append_new(
	        k->claims, json_pack("{s:s, s:s, s:{s:s}, s:{s:[s], s:s, s:s, s:s, s:{s:{s:s}}}}",
	                           "apiVersion", "v1", "kind", "PersistentVolumeClaim", "metadata",
	                           "name", name, "spec", "accessModes", "ReadWriteOnce",
	                           "volumeMode", "Block", "storageClassName", "", "volumeName",
	                           name, "resources", "requests", "storage", size));
}

static void add_volume(struct kubevirt *k, const struct profile_disk *disk)
{
	cleanup_free char *name = xasprintf("%s-%s", k->e.profile->name, disk->name);

	if (disk->device) {
		add_claim(k, disk, name);
		json_array_append_new(
		        k->volumes, json_pack("{s:s, s:{s:s}}", "name", disk->name,
		                            "persistentVolumeClaim", "claimName", name));
		return;
	}
	kubevirt_gate(k, "HostDisk");
	json_array_append_new(k->volumes, json_pack("{s:s, s:{s:s, s:s}}", "name", disk->name,
	                                          "hostDisk", "path", disk->image, "type", "Disk"));
	if (!streq(disk->format, "raw"))
		export_note_of(&k->e, EXPORT_DO, "disk", disk->name, "format",
		        _("such a disk is raw: make it so before (playthrough disk convert --to "
		          "raw)"));
}

/* An image that lies on the node, as a raw disk does; a drive there is never empty. */
static void add_cdrom(struct kubevirt *k, json_t *disks, size_t index)
{
	const struct profile_cdrom *drive = &k->e.profile->cdroms[index];

	if (!drive->file) {
		export_note_of(&k->e, EXPORT_LOST, "cdrom", drive->name, NULL,
		        _("a drive with nothing in it is not there: give it an image by file="));
		return;
	}
	json_array_append_new(disks,
	        json_pack("{s:s, s:{s:s, s:b}, s:i}", "name", drive->name, "cdrom", "bus", "sata",
	                "readonly", 1, "bootOrder", (int)profile_cdrom_boot(k->e.profile, index)));
	kubevirt_gate(k, "HostDisk");
	json_array_append_new(k->volumes, json_pack("{s:s, s:{s:s, s:s}}", "name", drive->name,
	                                          "hostDisk", "path", drive->file, "type", "Disk"));
}

void kubevirt_disks(struct kubevirt *k)
{
	const struct profile *profile = k->e.profile;
	json_t *disks = json_array();

	for (size_t i = 0; i < profile->n_disks; i++) {
		const struct profile_disk *disk = &profile->disks[i];
		cleanup_free char *serial = NULL;
		bool virtio = export_is_virtio(&k->e, disk);

		if (!export_has_disk(&k->e, disk))
			continue;
		serial = export_serial(disk);
		json_array_append_new(
		        disks, json_pack("{s:s, s:{s:s, s:b}, s:s*, s:i}", "name", disk->name,
		                       "disk", "bus", virtio ? "virtio" : "sata", "readonly",
		                       !disk->writable && virtio, "serial", serial, "bootOrder",
		                       (int)profile_disk_boot(profile, i)));
		add_volume(k, disk);
		export_note_bus(&k->e, disk);
	}
	for (size_t i = 0; i < profile->n_cdroms; i++)
		add_cdrom(k, disks, i);
	if (json_array_size(disks))
		json_object_set(k->devices, "disks", disks);
	json_decref(disks);
}

/* --- what the node has --- */

/* "playthrough.org/gpu-10de-2484": all functions of a kind are one resource. Caller frees. */
static char *resource_of(const char *kind, int vendor, int device)
{
	return xasprintf(KUBEVIRT_DOMAIN "/%s-%04x-%04x", kind, (unsigned)vendor, (unsigned)device);
}

static bool is_known(const json_t *list, const char *resource)
{
	const json_t *known;
	size_t i;

	json_array_foreach (list, i, known)
		if (streq(json_string_value(json_object_get(known, "resourceName")), resource))
			return true;
	return false;
}

static void add_function(struct kubevirt *k, const struct profile_pci *pci, size_t index)
{
	bool gpu = pci->kind == PROFILE_PCI_GPU;
	cleanup_free char *resource = resource_of(export_kind(pci), pci->vendor, pci->device);
	cleanup_free char *name = xasprintf("%s-%zu", export_kind(pci), index);
	cleanup_free char *selector =
	        xasprintf("%04X:%04X", (unsigned)pci->vendor, (unsigned)pci->device);
	const char *list = gpu ? "gpus" : "hostDevices";

	if (!json_object_get(k->devices, list))
		json_object_set_new(k->devices, list, json_array());
	json_array_append_new(json_object_get(k->devices, list),
	        json_pack("{s:s, s:s}", "name", name, "deviceName", resource));
	if (!is_known(k->pci, resource))
		json_array_append_new(k->pci, json_pack("{s:s, s:s}", "pciVendorSelector", selector,
		                                      "resourceName", resource));
	kubevirt_gate(k, "HostDevices");
	export_note_of(&k->e, EXPORT_CHANGED, export_kind(pci), pci->name, "address",
	        _("a cluster names devices by what they are: any %s of the host on vfio-pci"),
	        selector);
}

static void add_usb(struct kubevirt *k, const struct profile_usb *usb)
{
	cleanup_free char *resource = NULL, *vendor = NULL, *product = NULL;

	if (usb->vendor < 0)
		return;
	resource = resource_of("usb", usb->vendor, usb->product);
	vendor = xasprintf("%04x", (unsigned)usb->vendor);
	product = xasprintf("%04x", (unsigned)usb->product);
	if (!json_object_get(k->devices, "hostDevices"))
		json_object_set_new(k->devices, "hostDevices", json_array());
	json_array_append_new(json_object_get(k->devices, "hostDevices"),
	        json_pack("{s:s, s:s}", "name", usb->name, "deviceName", resource));
	if (!is_known(k->usb, resource))
		json_array_append_new(
		        k->usb, json_pack("{s:s, s:[{s:s, s:s}]}", "resourceName", resource,
		                        "selectors", "vendor", vendor, "product", product));
	kubevirt_gate(k, "HostDevices");
	export_note_of(&k->e, EXPORT_CHANGED, "usb", usb->name, "id",
	        _("the VM starts only while it is plugged in"));
}

void kubevirt_passed(struct kubevirt *k)
{
	const struct profile *profile = k->e.profile;

	export_note_shares(&k->e);
	for (size_t i = 0; i < profile->n_pci; i++)
		if (!profile_pci_is_share(&profile->pci[i]))
			add_function(k, &profile->pci[i], i);
	for (size_t i = 0; i < profile->n_usb; i++)
		add_usb(k, &profile->usb[i]);
}

/* --- networks --- */

static void add_ports(struct kubevirt *k, const struct profile_net *net, json_t *interface)
{
	struct forwards forwards;
	json_t *ports;

	if (forwards_parse(net->forward, &forwards, NULL) < 0 || !forwards.n)
		return;
	ports = json_array();
	for (size_t i = 0; i < forwards.n; i++)
		for (unsigned p = 0; p < forwards.list[i].count; p++)
			json_array_append_new(ports,
			        json_pack("{s:i, s:s}", "port", (int)(forwards.list[i].guest + p),
			                "protocol", forwards.list[i].udp ? "UDP" : "TCP"));
	json_object_set_new(interface, "ports", ports);
	forwards_finish(&forwards);
	export_note_of(&k->e, EXPORT_DO, "network", net->name, "forward",
	        _("from outside they are reached by a Service of the cluster: virtctl expose"));
}

/* Where the interface of that name leads. */
static void add_source(struct kubevirt *k, const struct profile_net *net, const char *name)
{
	const char *link = net->link ? net->link : "playthrough";

	if (net->type == PROFILE_NETWORK_USER) {
		json_array_append_new(k->networks, json_pack("{s:s, s:{}}", "name", name, "pod"));
		return;
	}
	json_array_append_new(k->networks,
	        json_pack("{s:s, s:{s:s}}", "name", name, "multus", "networkName", link));
	export_note_of(&k->e, EXPORT_DO, "network", net->name, "type",
	        _("make a NetworkAttachmentDefinition %s of Multus that leads there"), link);
}

/* A pod has one way out of its own: https://kubevirt.io/user-guide/network/interfaces_and_networks/ */
static bool has_pod(const struct kubevirt *k)
{
	json_t *network;
	size_t i;

	json_array_foreach (k->networks, i, network)
		if (json_object_get(network, "pod"))
			return true;
	return false;
}

static void add_network(struct kubevirt *k, size_t index, json_t *interfaces)
{
	const struct profile_net *net = &k->e.profile->nets[index];
	bool e1000e = profile_network_card(k->e.profile, net) == PROFILE_NIC_E1000E;
	bool user = net->type == PROFILE_NETWORK_USER;
	cleanup_free char *name = index ? xasprintf("network-%zu", index) : xstrdup("default");
	json_t *interface;

	if (net->type == PROFILE_NETWORK_NONE)
		return;
	if (user && has_pod(k)) {
		export_note_of(&k->e, EXPORT_LOST, "network", net->name, NULL,
		        _("a VM there has one network of its pod"));
		return;
	}
	interface = json_pack("{s:s, s:s, s:{}}", "name", name, "model",
	        e1000e ? "e1000e" : "virtio", user ? "masquerade" : "bridge");
	if (net->mac)
		json_object_set_new(interface, "macAddress", json_string(net->mac));
	if (user)
		add_ports(k, net, interface);
	add_source(k, net, name);
	json_array_append_new(interfaces, interface);
}

static void add_networks(struct kubevirt *k)
{
	json_t *interfaces = json_array();

	for (size_t i = 0; i < k->e.profile->n_nets; i++)
		add_network(k, i, interfaces);
	if (json_array_size(interfaces))
		json_object_set(k->devices, "interfaces", interfaces);
	else
		json_object_set_new(k->devices, "autoattachPodInterface", json_false());
	json_decref(interfaces);
}

/* --- the rest --- */

static void add_screen(struct kubevirt *k)
{
	const struct profile *profile = k->e.profile;
	bool screen = profile_display_card(profile) != PROFILE_DISPLAY_NONE;

	json_object_set_new(k->devices, "autoattachGraphicsDevice", json_boolean(screen));
	json_object_set_new(k->devices, "autoattachMemBalloon", json_false());
	if (screen)
		json_object_set_new(k->devices, "inputs",
		        json_pack("[{s:s, s:s, s:s}]", "name", "tablet", "type", "tablet", "bus",
		                profile_is_windows(profile) ? "usb" : "virtio"));
	if (profile->usb_channels)
		kubevirt_empty(k->devices, "clientPassthrough");
}

static void add_others(struct kubevirt *k)
{
	const struct profile *profile = k->e.profile;
	const char *action = export_watchdog(profile->watchdog);

	if (profile_wants_tpm(profile)) {
		json_object_set_new(k->devices, "tpm", json_pack("{s:b}", "persistent", 1));
		kubevirt_gate(k, "VMPersistentState");
	}
	if (profile_sound_card(profile) == PROFILE_SOUND_HDA)
		json_object_set_new(k->devices, "sound",
		        json_pack("{s:s, s:s}", "name", "sound", "model", "ich9"));
	if (action && streq(action, "pause"))
		export_note(&k->e, EXPORT_LOST, "vm", "watchdog",
		        _("a VM there is reset or ended, not paused"));
	else if (action)
		json_object_set_new(k->devices, "watchdog",
		        json_pack("{s:s, s:{s:s}}", "name", "watchdog", "i6300esb", "action",
		                action));
}

void kubevirt_devices(struct kubevirt *k)
{
	add_screen(k);
	add_networks(k);
	add_others(k);
}
