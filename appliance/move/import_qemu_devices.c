/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -device of QEMU. */
#include "base/i18n.h"
#include "move/import_qemu.h"
#include "move/import_secrets.h"
#include "move/import_url.h"

#include <stdio.h>

typedef void take(struct qemu *q, struct import_options *o, const char *driver);

static bool number_of(struct import_options *o, const char *key, uint64_t max, uint64_t *out)
{
	const char *text = import_option(o, key);

	return text && parse_u64(text, 0, max, out) == 0;
}

static unsigned boot_of(struct import_options *o)
{
	uint64_t n = 0;

	/* QEMU counts from 0, and the smallest is first. */
	return number_of(o, "bootindex", 98, &n) ? (unsigned)n + 1 : 0;
}

/* --- passed devices --- */

static void take_vfio(struct qemu *q, struct import_options *o, const char *driver)
{
	const char *host = import_option(o, "host"), *rom = import_option(o, "romfile");
	const char *bar = import_option(o, "rombar"), *path = import_option(o, "sysfsdev");
	const char *slash = path ? strrchr(path, '/') : NULL;
	struct draft_pci *pci;
	struct pci_addr at;

	if (!host && slash)
		host = slash + 1;
	if (!host || pci_addr_parse(host, &at) < 0)
		return draft_lost(q->d, N_("its PCI address cannot be read"));
	pci = draft_add_pci(q->d);
	pci->has_address = true;
	pci->address = at;
	pci->romfile = rom && *rom ? xstrdup(rom) : NULL;
	pci->no_rombar = bar && !import_is_on(bar);
	pci->primary = import_is_on(import_option(o, "x-vga"));
	pci->boot = boot_of(o);
	(void)driver;
}

static void take_usb_host(struct qemu *q, struct import_options *o, const char *driver)
{
	struct draft_usb *usb = draft_add_usb(q->d);
	const char *port = import_option(o, "hostport");
	uint64_t vendor, product, bus;

	if (number_of(o, "vendorid", 0xffff, &vendor) &&
	        number_of(o, "productid", 0xffff, &product)) {
		usb->vendor = (int)vendor;
		usb->product = (int)product;
	}
	if (number_of(o, "hostbus", 255, &bus) && port) {
		usb->bus = (unsigned)bus;
		usb->chain = xstrdup(port);
	}
	import_options_skip(o, "hostaddr");
	(void)driver;
}

void qemu_usbdevice(struct qemu *q, const char *value)
{
	cleanup_strv struct strv ids = {0};
	uint64_t vendor, product;
	struct draft_usb *usb;

	if (!starts_with(value, "host:"))
		return draft_left(q->d, WHY_INPUT);
	strv_split(&ids, value + 5, ":");
	usb = draft_add_usb(q->d);
	if (ids.n != 2 || parse_u64(ids.list[0], 16, 0xffff, &vendor) < 0 ||
	        parse_u64(ids.list[1], 16, 0xffff, &product) < 0)
		return;
	usb->vendor = (int)vendor;
	usb->product = (int)product;
}

/* --- disks --- */

static const char *bus_of(const char *driver)
{
	if (starts_with(driver, "virtio-blk"))
		return "virtio";
	if (starts_with(driver, "scsi-"))
		return "scsi";
	if (starts_with(driver, "ide-"))
		return "sata";
	return starts_with(driver, "nvme") ? "nvme" : "usb";
}

/* The file below a chain of -blockdev, with its format. */
static struct qemu_backend *resolve(struct qemu *q, struct qemu_backend *b, const char **format)
{
	for (int depth = 0; b && depth < 8; depth++) {
		const char *file = import_option(&b->o, "file");
		const char *driver = import_option(&b->o, "driver");

		if (driver && !streq(driver, "file") && !streq(driver, "host_device") &&
		        !import_is_network_driver(driver))
			*format = driver;
		if (import_option(&b->o, "filename") || import_option(&b->o, "file.filename") ||
		        !file || !qemu_find(q, file))
			return b;
		b = qemu_find(q, file);
	}
	return b;
}

static const char *path_of(struct qemu_backend *b)
{
	static const char *const keys[] = {"filename", "file.filename", "file"};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *path = import_option(&b->o, keys[i]);

		if (path && *path)
			return path;
	}
	return NULL;
}

static void take_disk(struct qemu *q, struct import_options *o, const char *driver)
{
	const char *drive = import_option(o, "drive"), *format = NULL,
	           *serial = import_option(o, "serial");
	struct qemu_backend *first = drive ? qemu_find(q, drive) : NULL, *b;
	const char *path, *media;
	cleanup_free char *told = NULL;
	struct draft_disk *disk;

	if (!first)
		return draft_lost(q->d, N_("its -drive is not there"));
	b = resolve(q, first, &format);
	if (!format)
		format = import_option(&first->o, "format");
	media = import_option(&first->o, "media");
	path = path_of(b);
	told = secret_hide("file", path ? path : "");
	draft_at(
	        q->d, q->d->line, "-device %s,drive=%s%s%s", driver, drive, *told ? " " : "", told);
	disk = draft_add_disk(q->d);
	disk->path = xstrdup(path);
	disk->url = import_url_of_options(&b->o, &disk->why_no_url);
	disk->name = xstrdup(drive);
	disk->format = xstrdup(format);
	disk->serial = xstrdup(serial ? serial : import_option(&first->o, "serial"));
	disk->bus = bus_of(driver);
	disk->cdrom = ends_with(driver, "-cd") || (media && streq(media, "cdrom"));
	disk->read_only = import_is_on(import_option(&first->o, "readonly")) ||
	                  import_is_on(import_option(&first->o, "read-only"));
	disk->boot = boot_of(o);
	disk->dropped = import_is_on(import_option(&first->o, "snapshot"));
}

/* --- others --- */

static void take_nic(struct qemu *q, struct import_options *o, const char *driver)
{
	const char *netdev = import_option(o, "netdev"), *mac = import_option(o, "mac");
	struct qemu_backend *b = netdev ? qemu_find(q, netdev) : NULL;
	struct draft_nic *nic;

	if (!b)
		return draft_lost(q->d, N_("its -netdev is not there"));
	q->has_network = true;
	draft_at(q->d, q->d->line, "-netdev %s, -device %s", import_option(&b->o, "type"), driver);
	nic = draft_add_nic(q->d);
	if (starts_with(netdev, "network-")) /* as a VM of ours is run */
		nic->name = xstrdup(netdev + strlen("network-"));
	draft_nic_model(nic, driver);
	nic->mac = xstrdup(mac);
	qemu_network_type(nic, import_option(&b->o, "type"), &b->o);
}

static void take_shared_memory(struct qemu *q, struct import_options *o, const char *driver)
{
	const char *memory = import_option(o, "memdev");
	struct qemu_backend *b = memory ? qemu_find(q, memory) : NULL;
	const char *size = b ? import_option(&b->o, "size") : import_option(o, "size");
	const char *path = b ? import_option(&b->o, "mem-path") : NULL;
	uint64_t bytes;

	(void)driver;
	if (!size || !import_size(size, b ? 1 : 1 << 20, &bytes))
		return draft_lost(q->d, WHY_NOTHING);
	draft_glass(q->d, bytes, path && starts_with(path, "/dev/kvmfr"));
}

static void take_input(struct qemu *q, struct import_options *o, const char *driver)
{
	const char *evdev = import_option(o, "evdev");

	(void)driver;
	if (!evdev)
		return draft_left(q->d, WHY_INPUT);
	draft_add_input(q->d)->path = xstrdup(evdev);
}

static void take_display(struct qemu *q, struct import_options *o, const char *driver)
{
	(void)o;
	draft_display(q->d, driver);
}

static void take_sound(struct qemu *q, struct import_options *o, const char *driver)
{
	(void)o;
	q->d->sound = true;
	if (strstr(driver, "hda"))
		draft_carried(q->d, "[sound] type=hda");
	else
		draft_note(q->d, IMPORT_CHANGED, "[sound] type=hda",
		        N_("the nearest card that VMs can have"));
}

static void take_tpm(struct qemu *q, struct import_options *o, const char *driver)
{
	(void)o;
	(void)driver;
	q->d->tpm = true;
	draft_note(q->d, IMPORT_CHANGED, "[boot] tpm=yes", WHY_TPM);
}

static void take_watchdog(struct qemu *q, struct import_options *o, const char *driver)
{
	(void)o;
	if (streq(driver, "i6300esb"))
		draft_set(q->d, "vm", "watchdog", "reset");
	else
		draft_change(q->d, "vm", "watchdog", "reset",
		        N_("another watchdog, the one that VMs can have"));
}

static void take_port(struct qemu *q, struct import_options *o, const char *driver)
{
	const char *name = import_option(o, "name");

	(void)driver;
	if (name && streq(name, "org.qemu.guest_agent.0"))
		draft_carried(q->d, "[vm] guest-agent=yes");
	else if (name && streq(name, "com.redhat.spice.0"))
		draft_carried(q->d, "[console] clipboard=yes");
	else
		draft_lost(q->d, WHY_NOTHING);
}

static void take_redirected(struct qemu *q, struct import_options *o, const char *driver)
{
	(void)o;
	(void)driver;
	q->d->usb_channels++;
	draft_carried(q->d, "[console] usb-channels");
}

/* --- the table --- */

static const struct driver {
	const char *prefix; /* of the driver's name; the first that fits */
	take *take;
	enum import_fate fate; /* without take */
	const char *why;
} drivers[] = {
        {"vfio-pci", take_vfio, 0, NULL},
        {"usb-host", take_usb_host, 0, NULL},
        {"virtio-blk", take_disk, 0, NULL},
        {"scsi-", take_disk, 0, NULL},
        {"ide-", take_disk, 0, NULL},
        {"nvme", take_disk, 0, NULL},
        {"usb-storage", take_disk, 0, NULL},
        {"virtio-net", take_nic, 0, NULL},
        {"e1000", take_nic, 0, NULL},
        {"rtl8139", take_nic, 0, NULL},
        {"vmxnet3", take_nic, 0, NULL},
        {"igb", take_nic, 0, NULL},
        {"ivshmem", take_shared_memory, 0, NULL},
        {"virtio-input-host", take_input, 0, NULL},
        {"usb-tablet", take_input, 0, NULL},
        {"usb-kbd", take_input, 0, NULL},
        {"usb-mouse", take_input, 0, NULL},
        {"virtio-keyboard", take_input, 0, NULL},
        {"virtio-mouse", take_input, 0, NULL},
        {"virtio-tablet", take_input, 0, NULL},
        {"VGA", take_display, 0, NULL},
        {"qxl", take_display, 0, NULL},
        {"virtio-vga", take_display, 0, NULL},
        {"virtio-gpu", take_display, 0, NULL},
        {"bochs-display", take_display, 0, NULL},
        {"cirrus-vga", take_display, 0, NULL},
        {"vmware-svga", take_display, 0, NULL},
        {"ramfb", take_display, 0, NULL},
        {"ich9-intel-hda", take_sound, 0, NULL},
        {"intel-hda", take_sound, 0, NULL},
        {"AC97", take_sound, 0, NULL},
        {"ES1370", take_sound, 0, NULL},
        {"usb-audio", take_sound, 0, NULL},
        {"virtio-sound", take_sound, 0, NULL},
        {"hda-", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"tpm-", take_tpm, 0, NULL},
        {"i6300esb", take_watchdog, 0, NULL},
        {"ib700", take_watchdog, 0, NULL},
        {"virtserialport", take_port, 0, NULL},
        {"usb-redir", take_redirected, 0, NULL},
        {"virtio-serial", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"virtio-scsi", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"virtio-balloon", NULL, IMPORT_CHANGED,
                N_("a guest has all of its memory from the start")},
        {"virtio-rng", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"pvpanic", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"pcie-", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"pci-bridge", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"ioh3420", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"i82801b11", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"x3130", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"xio3130", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"qemu-xhci", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"nec-usb-xhci", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"usb-ehci", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"ich9-", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"piix", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"ahci", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"lsi", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"megasas", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"pvscsi", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"usb-hub", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"usb-ccid", NULL, IMPORT_CHANGED, WHY_PLACES},
        {"isa-serial", NULL, IMPORT_CHANGED, N_("every VM has a serial port: playthrough log")},
        {"virtio-9p", NULL, IMPORT_LOST, WHY_SHARE},
        {"vhost-user-fs", NULL, IMPORT_LOST, WHY_SHARE},
        {"vhost-vsock", NULL, IMPORT_LOST, WHY_NOTHING},
        {"intel-iommu", NULL, IMPORT_LOST, N_("no guest hands its devices on")},
        {"isa-applesmc", NULL, IMPORT_LOST, WHY_NOTHING},
};

/* Where in the guest a device sits, and what QEMU calls it. */
#define PLACES                                                                                     \
	"id bus addr multifunction iothread num-queues scsi port chassis slot acpi-index "         \
	"physical_block_size "                                                                     \
	"logical_block_size rotation_rate write-cache guest-reset audiodev x-no-kvm-intx display " \
	"share-rw"

void qemu_device(struct qemu *q, const char *value)
{
	cleanup(import_options_finish) struct import_options o;
	const char *name;
	const struct driver *found = NULL;

	import_options_split(&o, value, "driver");
	name = import_option(&o, "driver");
	for (size_t i = 0; name && !found && i < ARRAY_SIZE(drivers); i++)
		if (starts_with(name, drivers[i].prefix))
			found = &drivers[i];
	if (!found)
		return draft_lost(q->d, WHY_UNKNOWN);
	if (!found->take)
		return draft_note(q->d, found->fate, NULL, found->why);
	found->take(q, &o, name);
	if (found->take != take_vfio && found->take != take_usb_host && found->take != take_disk)
		return;
	import_options_skip(&o, PLACES);
	import_options_rest(&o, q->d, name);
}
